"""Opening the configured database: made when it is our own file, checked when it is a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.settings import Settings
from storage import schema

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


async def upgrade(settings: Settings) -> str:
    """Bring the schema to this program's version; gives a sentence about what was done."""
    await schema.upgrade(settings.database)
    return "The database schema is up to date."


async def plan(settings: Settings) -> str:
    """The pending migrations of :func:`upgrade`, one a line; nothing is changed."""
    migrations = await schema.pending(settings.database)
    if not migrations:
        return "The database schema is up to date."
    lines = [f"  {revision}  {about}" for revision, about in migrations]
    return "\n".join(["`limner db upgrade` would run these migrations:", *lines])


async def check(settings: Settings) -> str:
    """Say that schema and program agree.

    Raises:
        SchemaMismatch: They do not; the message says what to do.
    """
    await schema.check(settings.database)
    return "The database schema matches this version of Limner."


async def opened(settings: Settings) -> AsyncEngine:
    """The database with a schema of this version.

    An SQLite file is ours alone: it is made or brought up to date. A server is only checked,
    because several versions may be running against it.

    Raises:
        SchemaMismatch: The schema is missing, older (server only) or newer.
        StorageUnavailable: The folder, file or server cannot be used.
    """
    from storage.database import open_database

    if settings.database.startswith("sqlite"):
        await schema.upgrade(settings.database)
    else:
        await schema.require_current(settings.database)
    most = settings.database_connections
    return open_database(
        settings.database, redact=settings.redactor.known, connections=most - engine_share(most)
    )


async def free_connections(engine: AsyncEngine) -> tuple[int, int] | None:
    """How many further connections the server takes, and how many it allows in all; None for
    SQLite."""
    if engine.dialect.name != "postgresql":
        return None
    from sqlalchemy import text

    async with engine.connect() as connection:
        [allowed, reserved, used] = (
            await connection.execute(
                text(
                    "SELECT current_setting('max_connections')::int,"
                    " current_setting('superuser_reserved_connections')::int,"
                    " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"
                )
            )
        ).one()
    return allowed - reserved - used, allowed


def engine_share(connections: int) -> int:
    """The share of a process's connections that are the workflow engine's: two thirds."""
    return connections * 2 // 3
