"""Long-running processes: everything in one, or a worker for some queues."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Final
from urllib.parse import urlsplit

import structlog

from app.application import EVERYTHING, open_application
from app.chats import configured_chats
from app.logs import log_to_console
from app.overview import live_overview
from app.restart import start_again
from app.setting_sources import unknown_settings
from app.settings import Settings

NICENESS: Final = 5
"""So much later than others a worker gets a busy processor: on a machine that also answers the
chats, people come first."""

log = structlog.get_logger(__name__)


async def run(
    settings: Settings, queues: Sequence[str] = (), *, language: str | None = None
) -> None:
    """Answer in chats and work until the process is asked to stop: on every queue of this machine,
    or only on the named ones. ``language`` is that of the terminal.

    Raises:
        InvalidSettings: A queue of that name does not exist.
    """
    await _until_stopped(settings, queues or EVERYTHING, chats=True, language=language)


async def work(settings: Settings, queues: Sequence[str], *, language: str | None = None) -> None:
    """Work on the named queues until the process is asked to stop. ``language`` is that of the
    terminal.

    Raises:
        InvalidSettings: A queue of that name does not exist.
    """
    os.nice(NICENESS)
    await _until_stopped(settings, queues, language=language)


async def _until_stopped(
    settings: Settings, queues: Sequence[str], *, chats: bool = False, language: str | None
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with (
        open_application(
            settings, work=queues, serve=True, chats=chats, fatal=start_again
        ) as application,
        live_overview(application, language),
    ):
        log_to_console(settings)
        log.info("started", version=version("limner"), data_folder=str(settings.data_dir))
        for sentence in unknown_settings(Settings):
            log.warning("setting_unknown", state=sentence)
        for name, state in describe(settings, queues).items():
            log.info(name, state=state)
        stopped = asyncio.create_task(stop.wait(), name="stop")
        done, _ = await asyncio.wait(
            {stopped, *application.running}, return_when=asyncio.FIRST_COMPLETED
        )
        stopped.cancel()
        log.info("stopping", note="work that was begun goes back to its queue")
        for task in done - {stopped}:
            task.result()


def describe(settings: Settings, queues: Sequence[str]) -> Mapping[str, str]:
    """The parts of a process, in words for the operator: the configured values, and for missing
    ones the setting. It holds no secret."""
    chats = [name for name in configured_chats(settings) if name != "terminal"]
    database = "SQLite in the data folder"
    if not settings.database.startswith("sqlite"):
        database = f"Postgres at {urlsplit(settings.database).hostname or 'the local socket'}"
    hosts = ", ".join(_host(address) for address in settings.model_base_url)
    model = f"{settings.model_name or 'the served model'} at {hosts}"
    return {
        "database": database,
        "queues": ", ".join(queues),
        "chats": ", ".join(chats) or "none; set LIMNER_DISCORD_TOKEN or the LIMNER_SLACK_ settings",
        "research": model
        if settings.model_base_url
        else "the planner without a model; set LIMNER_MODEL_BASE_URL for one",
        "search": ", ".join(settings.search_providers) or "none; set LIMNER_SEARCH_PROVIDERS",
        "generators": ", ".join(dict.fromkeys((settings.generator, *settings.generators))),
        "more": "`limner doctor` checks each of them",
    }


def _host(address: str) -> str:
    return urlsplit(address).netloc.rpartition("@")[2]
