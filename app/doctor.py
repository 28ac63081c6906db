"""What `limner doctor` looks at: is everything that Limner needs here, and safe?"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryFile

from app import database
from app.chats import configured_chats, slack_settings
from app.settings import PREFIX, Settings
from domain.errors import LimnerError, StorageUnavailable

LOW_SPACE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``required`` ones must be ok for Limner to work."""

    name: str
    ok: bool
    text: str
    required: bool


async def examine(settings: Settings) -> Sequence[Finding]:
    """Look at everything; nothing is changed but what a first start would make anyway."""
    checks: tuple[tuple[str, Callable[[Settings], Awaitable[tuple[bool, str]]], bool], ...] = (
        ("settings", _unknown_settings, False),
        ("data folder", _data_folder, True),
        ("free space", _free_space, False),
        ("database", _database, True),
        ("workers", _workers, False),
        ("generator", _generator, True),
        ("decoding pool", _decoding, True),
        ("search providers", _providers, True),
        ("allowed networks", _networks, False),
        ("slack", _slack, False),
    )
    findings: list[Finding] = []
    for name, check, required in checks:
        try:
            ok, text = await check(settings)
        except LimnerError as error:
            ok, text = False, str(error)
        findings.append(Finding(name, ok, text, required))
    return findings


async def _unknown_settings(_settings: Settings) -> tuple[bool, str]:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(
        n for n in os.environ if n.upper().startswith(PREFIX) and n.upper() not in known
    )
    if unknown:
        return False, f"Not a setting of Limner: {', '.join(unknown)}."
    return True, "Every LIMNER_ variable is known."


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
            f"The data folder {str(folder)!r} cannot be written ({error.strerror}); free it or set "
            "LIMNER_DATA_DIR to another."
        ) from error
    return True, f"{folder} can be written."


async def _free_space(settings: Settings) -> tuple[bool, str]:
    folder = settings.data_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return free >= LOW_SPACE_BYTES, f"{free / 1e9:.1f} GB are free."


async def _database(settings: Settings) -> tuple[bool, str]:
    engine = await database.opened(settings)
    await engine.dispose()
    kind = "SQLite" if settings.database.startswith("sqlite") else "Postgres"
    return True, f"{kind}. {await database.check(settings)}"


async def _workers(settings: Settings) -> tuple[bool, str]:
    from storage.unit_of_work import SqlStore

    engine = await database.opened(settings)
    try:
        horizon = datetime.now(UTC) - timedelta(seconds=15)
        alive = [e for e in await SqlStore(engine).operations.executors() if e.seen_at >= horizon]
    finally:
        await engine.dispose()
    if not alive:
        return True, "No worker is running; `limner imagine` works by itself."
    return True, "; ".join(f"{e.host} (pid {e.pid}): {', '.join(e.queues)}" for e in alive)


async def _generator(settings: Settings) -> tuple[bool, str]:
    from generation.registry import Renderers

    Renderers(default=settings.generator)
    return True, f"{settings.generator} is known."


async def _decoding(settings: Settings) -> tuple[bool, str]:
    from PIL import Image

    from agent.images import DecodingPool

    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "PNG")
    pool = DecodingPool(size=1)
    try:
        await pool.decode(data.getvalue())
    finally:
        await pool.aclose()
    return True, f"Pictures are decoded apart ({settings.decoder_processes} processes)."


async def _providers(settings: Settings) -> tuple[bool, str]:
    from agent.providers.registry import check_names

    check_names(settings.search_providers)
    return True, f"In this order: {', '.join(settings.search_providers)}."


async def _networks(settings: Settings) -> tuple[bool, str]:
    if settings.fetch_allowed_networks:
        return False, (
            f"Strangers' addresses may reach {', '.join(settings.fetch_allowed_networks)}; empty "
            "LIMNER_FETCH_ALLOWED_NETWORKS unless this is a test or an intranet."
        )
    return True, "Strangers' addresses never reach private networks."


async def _slack(settings: Settings) -> tuple[bool, str]:
    if "slack" not in configured_chats(settings):
        return True, "Slack is not set up."
    from bot.slack.checkup import examined

    return await examined(slack_settings(settings))
