"""The doctor's checks of the database, and of what it knows: clock, workers, moderators."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app import database
from app.settings import Settings
from storage.unit_of_work import SqlStore

WRONG_CLOCK_S = 60.0


async def examine_database(settings: Settings) -> tuple[bool, str]:
    """Which database it is, and whether its tables are those of this version."""
    engine = await database.opened(settings)
    await engine.dispose()
    kind = "SQLite" if settings.database.startswith("sqlite") else "Postgres"
    return True, f"{kind}. {await database.check(settings)}"


async def examine_connections(settings: Settings) -> tuple[bool, str]:
    """Whether the database has room for another process."""
    engine = await database.opened(settings)
    try:
        room = await database.free_connections(engine)
    finally:
        await engine.dispose()
    if room is None:
        return True, "SQLite needs none."
    (free, allowed), most = room, settings.database_connections
    known = f"Postgres allows {allowed} connections, of which {max(free, 0)} are free"
    if free >= most:
        return True, f"{known}; a process opens up to {most}."
    return False, (
        f"{known}, but a process opens up to {most}: lower LIMNER_DATABASE_CONNECTIONS "
        "or raise Postgres's max_connections."
    )


async def examine_clock(settings: Settings) -> tuple[bool, str]:
    """Whether this machine and the database agree on the time."""
    engine = await database.opened(settings)
    try:
        operations = SqlStore(engine).operations
        await operations.now()  # connecting takes longer than asking
        ahead_s = (datetime.now(UTC) - await operations.now()).total_seconds()
    finally:
        await engine.dispose()
    if abs(ahead_s) < WRONG_CLOCK_S:
        return True, "This machine's clock agrees with the database's."
    way = "ahead of" if ahead_s > 0 else "behind"
    return False, (
        f"This machine's clock is {abs(ahead_s):.0f} s {way} the database's; synchronize "
        "it, for example with NTP. Jobs keep running meanwhile."
    )


async def examine_workers(settings: Settings) -> tuple[bool, str]:
    """The processes that work on jobs now, with their queues."""
    engine = await database.opened(settings)
    try:
        operations = SqlStore(engine).operations
        horizon = await operations.now() - timedelta(seconds=15)
        alive = [e for e in await operations.executors() if e.seen_at >= horizon]
    finally:
        await engine.dispose()
    if not alive:
        return True, "No worker is running. `limner imagine` doesn't need one."
    return True, "; ".join(f"{e.host} (pid {e.pid}): {', '.join(e.queues)}" for e in alive)


async def examine_moderators(settings: Settings) -> tuple[bool, str]:
    """Whether every server and workspace says where moderators look at what waits for them."""
    engine = await database.opened(settings)
    try:
        without = await SqlStore(engine).operations.without_review_channel()
    finally:
        await engine.dispose()
    if not without:
        return True, "Every server and workspace in use has a review channel."
    return True, (
        f"No review channel is set in {', '.join(without)}. Appeals and pictures that need "
        "approval are sent to moderators as direct messages (on Discord to the moderators "
        "Limner knows and the owner; on Slack to the configured groups, the admins and "
        "owners, or the person who installed it) and listed by /job queue or /illustrate "
        "queue. To use a channel, set review_channel in the team's settings."
    )
