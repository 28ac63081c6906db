"""The checks of `limner doctor`: is everything that Limner needs here, and safe?"""

from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import structlog

from app import database
from app.agent_checkup import examine_model, examine_profile
from app.blobs import opened_blobs
from app.chats import configured_chats, discord_options, slack_settings
from app.judges import examine_judges
from app.logs import LOG_FILE
from app.monitoring import examine_monitoring
from app.provenance import signing_identity
from app.provider_settings import provider_settings
from app.setting_sources import unknown_settings
from app.settings import Settings
from domain.errors import LimnerError, NotFound, StorageUnavailable
from domain.translation.messages import gettext
from storage.blob_sweep import BlobSweep, SweptStore

if TYPE_CHECKING:
    from generation.catalogue import Generator

log = structlog.get_logger(__name__)

LIMIT_S = 20.0
"""For one thing to be looked at."""
COUNT_S = 5.0
"""For looking for blobs that nothing refers to."""
LOW_SPACE_BYTES = 1_000_000_000
WRONG_CLOCK_S = 60.0
PROBE = "limner doctor"
"""The workspace in which a blob is tried."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``required`` ones must be ok for Limner to work."""

    name: str
    ok: bool
    text: str
    required: bool


@dataclass(frozen=True, slots=True)
class _Check:
    """Something to look at; ``look_at`` says what a person looks at when it breaks."""

    name: str
    work: Callable[[Settings], Awaitable[tuple[bool, str] | list[Finding]]]
    required: bool
    look_at: str = "this machine"


async def examine(settings: Settings) -> Sequence[Finding]:
    """Look at everything; nothing is changed but what a first start would make anyway.

    Each check stands alone: any failure is a finding. No finding holds a secret of the settings.
    """
    own = (
        _Check("settings", _unknown_settings, required=False),
        _Check("data folder", _data_folder, required=True),
        _Check("free space", _free_space, required=False),
        _Check("database", _database, required=True, look_at="LIMNER_DATABASE_URL"),
        _Check("connections", _connections, required=False, look_at="LIMNER_DATABASE_URL"),
        _Check("clock", _clock, required=False, look_at="LIMNER_DATABASE_URL"),
        _Check("workers", _workers, required=False, look_at="LIMNER_DATABASE_URL"),
        _Check("moderators", _moderators, required=False, look_at="LIMNER_DATABASE_URL"),
        _Check("generator", _generator, required=True, look_at="LIMNER_GENERATORS"),
        _Check("decoding pool", _decoding, required=True),
        _Check("text check", _text_check, required=False),
        _Check("signing", _signing, required=False, look_at="LIMNER_SIGNING_CERTIFICATE"),
        _Check("search providers", _providers, required=True, look_at="LIMNER_SEARCH_PROVIDERS"),
        _Check("allowed networks", _networks, required=False),
        _Check("monitoring", examine_monitoring, required=False, look_at="LIMNER_METRICS_PORT"),
    )
    found = [await _looked(check, settings, LIMIT_S) for check in own]
    return [*_redacted(found, settings), *await ask_peers(settings)]


async def ask_peers(settings: Settings, *, limit_s: float = LIMIT_S) -> Sequence[Finding]:
    """Checks of other services: the blob store, the chat platforms, the generators' servers. All
    run at once, each for at most ``limit_s`` seconds; no answer, and any answer, is a finding."""
    peers = (
        _Check("blobs", _blobs, required=True, look_at="LIMNER_BLOBS"),
        _Check("research model", examine_model, required=False, look_at="LIMNER_MODEL_BASE_URL"),
        _Check("agent profile", examine_profile, required=False, look_at="LIMNER_AGENT_PROFILE"),
        _Check("policy", examine_judges, required=False, look_at="LIMNER_MODERATION_BASE_URL"),
        _Check("slack", _slack, required=False, look_at="LIMNER_SLACK_API_BASE"),
        _Check("discord", _discord, required=True, look_at="LIMNER_DISCORD_API_BASE"),
    )
    asked = (_looked(check, settings, limit_s) for check in peers)
    return _redacted(await asyncio.gather(*asked, _offered(settings, limit_s)), settings)


def _redacted(found: Sequence[Sequence[Finding]], settings: Settings) -> list[Finding]:
    redact = settings.redactor.text
    return [replace(finding, text=redact(finding.text)) for part in found for finding in part]


async def _looked(check: _Check, settings: Settings, limit_s: float) -> list[Finding]:
    """The findings of a check; any failure of it is a finding too."""
    try:
        async with asyncio.timeout(limit_s):
            found = await check.work(settings)
    except LimnerError as error:
        found = False, str(error)
    except TimeoutError:
        why = f"No answer within {limit_s:.0f} s"
        found = False, f"{why}; check {check.look_at} and the network."
    except Exception as error:  # what a peer sends may break any library
        log.warning("check_broke", check=check.name, exc_info=error)
        found = (
            False,
            (
                f"This check failed unexpectedly ({type(error).__name__}); check "
                f"{check.look_at}, and see {LOG_FILE} for details."
            ),
        )
    if isinstance(found, list):
        return found
    ok, text = found
    return [Finding(check.name, ok, text, check.required)]


async def _unknown_settings(_settings: Settings) -> tuple[bool, str]:
    unknown = unknown_settings(Settings)
    if unknown:
        return False, " ".join(unknown)
    return True, "All LIMNER_ variables are known settings."


async def _data_folder(settings: Settings) -> tuple[bool, str]:
    folder = settings.data_dir

    def write() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            file.write(b"limner")

    try:
        await asyncio.to_thread(write)
    except OSError as error:
        raise StorageUnavailable(
            gettext(
                "The data folder {folder!r} isn't writable ({strerror}); fix its "
                "permissions, free up space, or set LIMNER_DATA_DIR to another folder.",
                folder=str(folder),
                strerror=error.strerror,
            )
        ) from error
    return True, f"{folder} is writable."


async def _free_space(settings: Settings) -> tuple[bool, str]:
    folder = settings.data_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return free >= LOW_SPACE_BYTES, f"{free / 1e9:.1f} GB free."


async def _blobs(settings: Settings) -> tuple[bool, str]:
    """Whether a blob is kept, read and removed again."""
    where = settings.blobs or str(settings.data_dir / "blobs")
    async with opened_blobs(settings, patient=False) as blobs:
        sha256 = await blobs.put(PROBE, b"limner doctor")
        await blobs.get(PROBE, sha256)
        await blobs.remove(PROBE, sha256)
        try:
            await blobs.get(PROBE, sha256)
        except NotFound:
            left = await _left_blobs(settings, blobs)
            return True, f"Writing, reading and deleting work in {where}.{left}"
    return False, f"Files deleted from {where} are still there."


async def _left_blobs(settings: Settings, blobs: SweptStore) -> str:
    """A sentence about blobs that nothing refers to, if there are any."""
    try:
        engine = await database.opened(settings)
    except LimnerError:
        return ""  # reported by the finding about the database
    try:
        async with asyncio.timeout(COUNT_S):
            found = await BlobSweep(engine, blobs).run(remove=False)
    except TimeoutError:
        return " There are too many files to look for unused ones."
    finally:
        await engine.dispose()
    if not found.blobs:
        return ""
    return (
        f" {found.blobs} of {found.looked_at} files are unused "
        f"({found.bytes / 1e6:.1f} MB); `limner run` removes them within a day."
    )


async def _database(settings: Settings) -> tuple[bool, str]:
    engine = await database.opened(settings)
    await engine.dispose()
    kind = "SQLite" if settings.database.startswith("sqlite") else "Postgres"
    return True, f"{kind}. {await database.check(settings)}"


async def _connections(settings: Settings) -> tuple[bool, str]:
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


async def _clock(settings: Settings) -> tuple[bool, str]:
    """Whether this machine and the database agree on the time."""
    from storage.unit_of_work import SqlStore

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


async def _workers(settings: Settings) -> tuple[bool, str]:
    from storage.unit_of_work import SqlStore

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


async def _moderators(settings: Settings) -> tuple[bool, str]:
    """Whether every server and workspace says where moderators look at what waits for them."""
    from storage.unit_of_work import SqlStore

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


async def _generator(settings: Settings) -> tuple[bool, str]:
    from app.generators import offered_generators

    names = [generator.name for generator in offered_generators(settings)]
    return True, f"Available: {', '.join(names)}; default: {settings.generator}."


async def _offered(settings: Settings, limit_s: float) -> list[Finding]:
    """Each offered generator: whether it is ready in this place, its license, its time a picture.

    None is required: another machine may be the one that draws with it.
    """
    from app.generators import backend_context, offered_generators
    from app.restart import give_up
    from generation.registry import Renderers

    try:
        offered = offered_generators(settings)
    except LimnerError:
        return []  # reported by the finding about the generator
    renderers = Renderers(
        default=settings.generator,
        offered=offered,
        backend_context=backend_context(settings, fatal=give_up),
    )
    seconds = await _seconds(settings)

    async def looked(generator: Generator) -> list[Finding]:
        async def work(_settings: Settings) -> tuple[bool, str]:
            try:
                ok, text = True, await renderers.examine(generator.name)
            except LimnerError as error:
                ok, text = False, f"Not ready: {error}"
            took = seconds.get(generator.name)
            known = f"about {took:.1f} s per picture" if took else ""
            time = known or "time unknown until the first picture"
            return ok, f"{text} License: {generator.capabilities.license}; {time}."

        name = f"generator {generator.name}"
        check = _Check(name, work, required=False, look_at="its address")
        return await _looked(check, settings, limit_s)

    try:
        found = await asyncio.gather(*(looked(generator) for generator in offered))
    finally:
        await renderers.aclose()
    return [finding for part in found for finding in part]


async def _seconds(settings: Settings) -> Mapping[str, float]:
    """The recent render times, by generator; nothing where the database cannot be read."""
    from storage.unit_of_work import SqlStore

    try:
        async with asyncio.timeout(LIMIT_S):
            engine = await database.opened(settings)
            try:
                return await SqlStore(engine).operations.render_seconds()
            finally:
                await engine.dispose()
    except Exception:  # reported by the finding about the database
        return {}


async def _decoding(settings: Settings) -> tuple[bool, str]:
    from PIL import Image

    from agent.sandbox.picture_decoder import DecodingPool

    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "PNG")
    pool = DecodingPool(size=1)
    try:
        await pool.decode(data.getvalue())
    finally:
        await pool.aclose()
    return True, (
        f"Untrusted pages and pictures are parsed in {settings.worker_processes} worker processes."
    )


async def _text_check(settings: Settings) -> tuple[bool, str]:
    """The checker of texts that pictures must show."""
    from agent.sandbox.text_reading import installed_reader

    if not settings.check_pictures:
        return True, "Checking pictures is switched off (LIMNER_CHECK_PICTURES)."
    if settings.check_base_url or settings.model_base_url:
        return True, "The vision model that checks pictures reads their text too."
    name = installed_reader()
    if not name:
        return (
            True,
            "Not installed; `pip install 'limner[ocr]'` checks text without a vision model.",
        )
    return True, f"{name}."


async def _signing(settings: Settings) -> tuple[bool, str]:
    identity = await asyncio.to_thread(signing_identity, settings)
    if identity is None:
        return True, "Content credentials are switched off; pictures leave unsigned."
    if settings.signing_certificate is None:
        return True, (
            "Pictures are signed with a certificate for development, which no other program "
            "trusts; set LIMNER_SIGNING_CERTIFICATE for production."
        )
    return True, f"Pictures are signed by {identity.issuer}."


async def _providers(settings: Settings) -> list[Finding]:
    """Every chosen search provider: whether it is set up, where it is asked and what it costs."""
    from agent.providers.registry import PROVIDERS, check_names, missing_setting

    check_names(settings.search_providers)
    order = f"Searched in this order: {', '.join(settings.search_providers)}."
    found = [Finding("search providers", True, order, True)]
    known = provider_settings(settings)
    for name in dict.fromkeys((*settings.search_providers, *settings.news_providers)):
        spec = PROVIDERS[name]
        if lacking := missing_setting(spec, known):
            text = f"{spec.title} needs {lacking} to be set."
            found.append(Finding(f"search provider {name}", False, text, True))
            continue
        price = settings.search_usd.get(name)
        facts = (
            known.base_url(spec),
            "key is set" if spec.needs_key else "",
            "searches news" if spec.gives_news else "",
            f"{price:g} USD a {spec.price_unit or 'call'}" if price is not None else "",
            "price unknown; set it in LIMNER_SEARCH_USD"
            if spec.price_unit and price is None
            else "",
        )
        text = f"{spec.title}: {'; '.join(filter(None, facts)) or 'no setup needed'}."
        found.append(Finding(f"search provider {name}", True, text, False))
    return found


async def _networks(settings: Settings) -> tuple[bool, str]:
    if settings.fetch_allowed_networks:
        return False, (
            f"Untrusted addresses can reach {', '.join(settings.fetch_allowed_networks)}; "
            "clear LIMNER_FETCH_ALLOWED_NETWORKS unless this is a test or an intranet."
        )
    return True, "Untrusted addresses can't reach private networks."


async def _discord(settings: Settings) -> list[Finding]:
    """Whether the bot can log in, what it may read and do, and how it is invited."""
    name = "discord"
    if settings.discord_token is None:
        return [Finding(name, True, "Not set up; set LIMNER_DISCORD_TOKEN to enable it.", False)]
    try:
        options = discord_options(settings)
        from bot.discord.checkup import examined

        found = await examined(options, api_base=settings.discord_api_base)
    except LimnerError as error:
        return [Finding(name, False, str(error), True)]
    lacking = "; ".join(f"{guild}: {', '.join(missing)}" for guild, missing in found.guilds)
    servers = f"In {found.guild_count} servers" + (f"; missing in {lacking}." if lacking else ".")
    wanted, allowed = settings.discord_message_content, found.message_content
    intent = (
        "Message Content Intent is on."
        if allowed
        else "Message Content Intent is off, so Limner reads thread replies only when mentioned."
    )
    if wanted and not allowed:
        intent = (
            "LIMNER_DISCORD_MESSAGE_CONTENT is on, but Message Content Intent is off; "
            "enable the intent on the Bot page of the developer portal."
        )
    return [
        Finding(name, True, f"Logged in as {found.name}.", True),
        Finding("discord intents", allowed or not wanted, intent, True),
        Finding("discord permissions", not lacking, servers, False),
        Finding("discord invitation", True, found.invitation, False),
        *_premium(settings, found.premium, found.premium_problem),
    ]


def _premium(settings: Settings, name: str, problem: str) -> list[Finding]:
    """Whether people can have the subscription that the settings ask for."""
    if settings.discord_premium_sku is None:
        return []
    said = problem or f"Drawing needs the subscription {name}."
    return [Finding("discord premium", not problem, said, True)]


async def _slack(settings: Settings) -> tuple[bool, str]:
    if "slack" not in configured_chats(settings):
        return True, (
            "Not set up; set LIMNER_SLACK_BOT_TOKEN and LIMNER_SLACK_APP_TOKEN to enable it."
        )
    slack = slack_settings(settings)
    from bot.slack.checkup import examined

    return await examined(slack)
