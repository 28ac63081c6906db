"""Peers that repeat what they are sent, or answer in the worst way: no secret reaches a log, the
console, JSON, the database or a sentence for people, and `limner doctor` goes on to its end."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog

from agent.fetching.fetcher import FetchSettings, SafeFetcher
from agent.model_clients.chat import ModelSettings, OpenAiChatModel
from agent.policy.moderation_service import ModerationServiceJudge
from agent.ports import Message
from agent.providers.brave import Brave
from agent.providers.serper import Serper
from agent.providers.tavily import Tavily
from agent.providers.web import WebProvider
from app.blobs import opened_blobs
from app.cli import edge
from app.cli.streams import redacted_output
from app.doctor import ask_peers, examine
from app.generators import backend_context, offered_generators
from app.logs import LOG_FILE, configure_logging
from app.settings import Settings, load_settings
from bot.bounded_connections import limited_connector
from bot.cards.builders import error_card
from bot.discord import checkup as discord_checkup
from bot.discord.checkup import examined as examine_discord
from bot.discord.gateway.client import DiscordOptions
from bot.slack import checkup as slack_checkup
from bot.slack.client.http import Wire
from bot.slack.surface import SlackSettings
from domain.policy import JudgedText
from domain.requests import Rights
from evaluation.peers.values import a_job, a_recipe
from generation.registry import Renderers
from storage import schema
from storage.database import open_database
from storage.unit_of_work import SqlStore
from tests import forks
from tests.fakes.hostile_peer import ANSWERS, HostilePeer, hostile_peer
from tests.fakes.search import MemoryDecoder
from tests.unit.test_redaction import SPELLINGS

ROOT = Path(__file__).parent.parent.parent
SECRETS = {
    "discord_token": "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA.GabcdE.zyxwvutsrqponmlkjihgfedcba-_12345",
    "slack_bot_token": "xoxb-111111111111-222222222222-AbCdEfGhIjKlMnOpQrSt",
    "slack_app_token": "xapp-1-A0123456789-3333333333-0123456789abcdef",
    "openai_images_api_key": "sk-images-0123456789abcdefghij",
    "gemini_image_api_key": "gemini+key/with=odd&signs",
    "seedream_api_key": "seedream-key-0123456789",
    "serper_api_key": "serper-key-0123456789",
    "brave_api_key": "brave-key-0123456789",
    "tavily_api_key": "tavily-key-0123456789",
    "model_api_key": "model-key-0123456789",
    "moderation_api_key": "moderation-key-0123456789",
    "s3_secret_access_key": "s3/secret+access/key/0123456789",
}
PATIENCE_S = 120.0
"""No peer of the echoes keeps anybody waiting; a busy machine may."""
ECHOES = [name for name in ANSWERS if name.startswith("echoes")]
OURS = "generator storyboard"


def settings_for(peer: HostilePeer, **others: Any) -> Settings:
    """Settings whose every service is that peer."""
    return load_settings(
        **SECRETS,
        discord_api_base=f"{peer.address}/api/v10",
        slack_api_base=f"{peer.address}/api/",
        generators="storyboard,openai-images,gemini-image,seedream",
        openai_images_base_url=f"{peer.address}/v1",
        gemini_image_base_url=peer.address,
        seedream_base_url=f"{peer.address}/v1",
        blobs="s3://bucket",
        s3_endpoint_url=peer.address,
        s3_access_key_id="AKIDOFTHETESTS",
        **others,
    )


def assert_no_secret(text: str) -> None:
    """The text holds no secret in any spelling."""
    for name, secret in SECRETS.items():
        for spelling, spelled in SPELLINGS.items():
            assert spelled(secret).strip("\"'") not in text, (name, spelling)


@pytest.fixture
async def peer(request: pytest.FixtureRequest) -> AsyncIterator[HostilePeer]:
    async with hostile_peer(request.param) as running:
        yield running


@pytest.mark.parametrize("peer", ANSWERS, indirect=True)
async def test_the_doctor_survives_any_answer(peer: HostilePeer) -> None:
    settings = settings_for(peer)
    configure_logging(settings)
    found = {finding.name: finding for finding in await ask_peers(settings, limit_s=1.5)}
    assert {"blobs", "slack", "discord", OURS, "generator openai-images"} <= set(found)
    for name in ("blobs", "slack", "discord"):
        assert not found[name].ok, found[name]
        assert found[name].text.endswith("."), found[name]
    assert found["discord"].required
    assert_no_secret(json.dumps([finding.text for finding in found.values()]))
    with suppress(FileNotFoundError):
        assert_no_secret((settings.data_dir / LOG_FILE).read_text())


async def test_a_check_that_is_given_up_before_it_logs_in_closes_its_connections(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[aiohttp.TCPConnector] = []

    def noted() -> aiohttp.TCPConnector:
        made.append(limited_connector())
        return made[-1]

    async def forever(*_arguments: Any) -> None:
        await asyncio.Event().wait()

    for module in (discord_checkup, slack_checkup):
        monkeypatch.setattr(module, "limited_connector", noted)
    monkeypatch.setattr(discord_checkup, "_looked_around", forever)
    monkeypatch.setattr(slack_checkup, "_examined", forever)
    options = DiscordOptions(token="x.y.z")
    checks = (
        discord_checkup.examined(options),
        slack_checkup.examined(SlackSettings("https://slack.example", tmp_path)),
    )
    for check in checks:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(check, 0.05)
    assert [connector.closed for connector in made] == [True, True]


@pytest.mark.parametrize("peer", ["binary"], indirect=True)
async def test_what_is_well_here_stays_well_whatever_peers_answer(peer: HostilePeer) -> None:
    settings = settings_for(peer)
    configure_logging(settings)
    found = {finding.name: finding for finding in await examine(settings)}
    for name in ("data folder", "database", "decoding pool", "generator", OURS):
        assert found[name].ok, found[name]
    assert not found["discord"].ok


Client = Callable[[Settings, HostilePeer], Awaitable[Any]]


async def _chat(settings: Settings, peer: HostilePeer) -> Any:
    model = OpenAiChatModel(
        ModelSettings((f"{peer.address}/v1",), "m", SECRETS["model_api_key"], timeout_s=PATIENCE_S)
    )
    try:
        return await model.complete([Message("user", "hello")], max_tokens=5)
    finally:
        await model.aclose()


async def _moderation(settings: Settings, peer: HostilePeer) -> Any:
    key = SECRETS["moderation_api_key"]
    judge = ModerationServiceJudge(
        base_url=f"{peer.address}/v1",
        model="m",
        api_key=key,
        decoder=MemoryDecoder(),
        timeout_s=PATIENCE_S,
    )
    try:
        return await judge.judge_text(JudgedText("hello"))
    finally:
        await judge.aclose()


def _generator(name: str) -> Client:
    async def render(settings: Settings, peer: HostilePeer) -> Any:
        renderers = Renderers(
            default="storyboard",
            offered=offered_generators(settings),
            backend_context=backend_context(settings, fatal=print),
        )

        async def nobody(fraction: float, preview: bytes | None = None) -> None: ...

        try:
            recipe = replace(a_recipe(), generator=name, references=())
            return await renderers.render(recipe, (), progress=nobody)
        finally:
            await renderers.aclose()

    return render


def _search(kind: Any, name: str) -> Client:
    async def search(settings: Settings, peer: HostilePeer) -> Any:
        fetcher = SafeFetcher(
            FetchSettings(total_timeout_s=PATIENCE_S, allowed_networks=["127.0.0.0/8"])
        )
        provider = WebProvider(kind(peer.address, SECRETS[name]), fetcher)
        try:
            pages = await provider.pages("x", workspace_id="w", limit=5)
            found = await provider.pictures("x", workspace_id="w", limit=5, rights=Rights.ANY)
            return [*pages, *found]
        finally:
            await fetcher.aclose()

    return search


async def _slack(settings: Settings, peer: HostilePeer) -> Any:
    wire = Wire(settings.slack_api_base)
    try:
        return await wire.call(SECRETS["slack_bot_token"], "auth.test", limit_s=PATIENCE_S)
    finally:
        await wire.aclose()


async def _slack_file(settings: Settings, peer: HostilePeer) -> Any:
    wire = Wire(settings.slack_api_base)
    try:
        return await wire.upload(SECRETS["slack_bot_token"], "a.png", b"data")
    finally:
        await wire.aclose()


async def _discord(settings: Settings, peer: HostilePeer) -> Any:
    options = DiscordOptions(token=SECRETS["discord_token"])
    return await examine_discord(options, api_base=settings.discord_api_base)


async def _bucket(settings: Settings, peer: HostilePeer) -> Any:
    async with opened_blobs(settings, patient=False) as blobs:
        return await blobs.put("w", b"data")


CLIENTS: dict[str, Client] = {
    "model": _chat,
    "moderation": _moderation,
    "openai-images": _generator("openai-images"),
    "gemini-image": _generator("gemini-image"),
    "seedream": _generator("seedream"),
    "serper": _search(Serper, "serper_api_key"),
    "brave": _search(Brave, "brave_api_key"),
    "tavily": _search(Tavily, "tavily_api_key"),
    "slack": _slack,
    "slack files": _slack_file,
    "discord": _discord,
    "bucket": _bucket,
}
"""Every client that sends a secret."""


@pytest.mark.parametrize("client", CLIENTS)
async def test_what_a_peer_repeats_gets_no_further(
    client: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load_settings()
    error: Exception = RuntimeError("nobody was asked")
    found: Any = None
    for name in ECHOES:
        async with hostile_peer(name) as peer:
            settings = settings_for(peer, log_level="info")
            configure_logging(settings)
            error, found = await outcome(CLIENTS[client], settings, peer)
            assert peer.heard, f"the peer was not asked: {error!r}"
        with redacted_output(settings.redactor.text):
            print(error, found)  # noqa: T201 - whoever prints
            edge.failed(str(error), as_json=True)
            edge.echo_json({"found": repr(found), "error": repr(error)})
        log = structlog.get_logger(__name__)
        log.error("client_failed", exc_info=error, found=found, text=f"{error!r}")
        assert_no_secret(error_card(error, settings.redactor.text).text)
    assert_no_secret(await kept(settings, {"error": str(error), "found": repr(found)}))
    printed = capsys.readouterr()
    logged = (settings.data_dir / LOG_FILE).read_text()
    for text in (printed.out, printed.err, logged):
        assert_no_secret(text)
    for line in logged.splitlines():
        json.loads(line)


async def outcome(client: Client, settings: Settings, peer: HostilePeer) -> tuple[Exception, Any]:
    """What a client raises, and what it gives."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return RuntimeError("there was none"), await client(settings, peer)
    except Exception as error:
        return error, None


async def kept(settings: Settings, data: dict[str, str]) -> str:
    """What is left of that in the database, as an event and as a job's error."""
    await schema.upgrade(settings.database)
    engine = open_database(settings.database, redact=settings.redactor.known)
    store = SqlStore(engine)
    job = replace(a_job(), error=data["error"])
    async with store.workspace(job.workspace_id) as unit:
        await unit.jobs.add(job, event_key="e")
        await unit.jobs.save(job)
        await unit.events.append(job.id, "failed", data)
        events = await unit.events.read(job.id, limit=10)
        found = await unit.jobs.get(job.id)
    await engine.dispose()
    file = Path(settings.database.partition(":///")[2])
    raw = b"".join(p.read_bytes() for p in file.parent.glob(f"{file.name}*"))
    return f"{events} {found} {raw.decode('latin-1')}"


@pytest.mark.parametrize(
    ("peer", "command"),
    [("echoes with 400", ("doctor", "--json")), ("echoes with 401", ("run",))],
    indirect=["peer"],
)
async def test_a_command_tells_no_secret(peer: HostilePeer, command: tuple[str, ...]) -> None:
    settings = settings_for(peer)
    given = {
        f"LIMNER_{name.upper()}": SECRETS.get(name, str(getattr(settings, name)))
        for name in (*SECRETS, "discord_api_base", "slack_api_base", "s3_endpoint_url", "blobs",
                     "s3_access_key_id", "openai_images_base_url")
    }  # fmt: skip
    process = await forks.start(
        *("app", *command),
        env={**os.environ, **given, "LIMNER_GENERATORS": "storyboard,openai-images"},
        stdout=forks.PIPE,
        stderr=forks.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 100)
    assert process.returncode == 1, (out, err)
    log = Path(os.environ["LIMNER_DATA_DIR"]) / LOG_FILE
    written = log.read_text() if log.exists() else ""
    for text in (out.decode(), err.decode(), written):
        assert "Traceback" not in text or text == written
        assert_no_secret(text)
    if command == ("run",):
        *_, sentence = err.decode().strip().splitlines()
        assert sentence.endswith(".")
    else:
        assert json.loads(out)["ok"] is False
