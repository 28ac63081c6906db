"""A Limner on either database, with the outside world on loopback."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest
from ulid import ULID

from app.application import open_application
from app.settings import Settings, load_settings
from domain.requests import LOCAL_WORKSPACE, Destination, Job, Request
from jobs.common.views import JobView
from tests import forks
from tests.fakes.web import WebPeer, web_peer

PROMPT = "the Golden Gate Bridge next to Tower Bridge"


@dataclass
class Place:
    """Settings of one installation, and what a test does with it from outside."""

    environment: dict[str, str]
    out: Path
    peer: WebPeer

    @classmethod
    def at(cls, database_url: str, peer: WebPeer, folder: Path) -> Self:
        """An installation on that database; searches are not cached."""
        return cls(
            {
                **peer.environment(),
                "LIMNER_DATABASE_URL": database_url,
                "LIMNER_DATA_DIR": str(folder / "data"),
                "LIMNER_SEARCH_CACHE_HOURS": "0",
            },
            folder / "picture.png",
            peer,
        )

    @property
    def settings(self) -> Settings:
        """The settings, as a process started here would read them."""
        return load_settings(
            **{k.removeprefix("LIMNER_").lower(): v for k, v in self.environment.items()}
        )

    def request(
        self, *, prompt: str = PROMPT, member: str = "m1", out: Path | None = None
    ) -> Request:
        """The commands of a requester here, to be written to ``out``."""
        return Request.checked(
            prompt,
            workspace_id=LOCAL_WORKSPACE,
            member_id=member,
            destination=Destination("terminal", platform.node(), str(out or self.out)),
        )

    async def submit(self, *, prompt: str = PROMPT, key: str = "", member: str = "m1") -> Job:
        """Ask, from a process that does no work itself."""
        request = self.request(prompt=prompt, member=member)
        async with open_application(self.settings, work=()) as application:
            return await application.job_service.submit(request, event_key=key or str(ULID()))

    async def view(self, job: Job) -> JobView:
        """Everything known about a job."""
        async with open_application(self.settings, work=()) as application:
            return await application.job_service.view(LOCAL_WORKSPACE, job.id)

    async def command(self, *arguments: str) -> forks.Process:
        """Start a command of Limner's."""
        return await forks.start("app", *arguments, env={**os.environ, **self.environment})

    async def worker(self, job: Job, *, dies_at: str = "-") -> forks.Process:
        """Start a worker process."""
        return await forks.start(
            "tests.scenario.worker", job.id, dies_at, env={**os.environ, **self.environment}
        )

    async def work(self, job: Job, *, dies_at: str = "-") -> int:
        """Let a worker process run until the job is over or the process dies."""
        process = await self.worker(job, dies_at=dies_at)
        async with asyncio.timeout(240):
            return await process.wait()


@pytest.fixture
async def peer() -> AsyncIterator[WebPeer]:
    """The outside world."""
    async with web_peer() as running:
        running.articles = {
            "Golden Gate Bridge": "The Golden Gate Bridge is a suspension bridge painted in orange "
            "vermilion. Its two towers are 227 metres high.",
            "Tower Bridge": "Tower Bridge is a bascule bridge with two stone towers in London. Its "
            "walkways are painted blue and white.",
        }
        running.pictures = {"Golden Gate Bridge": 1, "Tower Bridge": 2}
        yield running


@pytest.fixture
def place(database_url: str, peer: WebPeer, tmp_path: Path) -> Place:
    """An installation on an empty database of either kind."""
    return Place.at(database_url, peer, tmp_path)


@pytest.fixture
async def ready(place: Place) -> Place:
    """The same with its schema made."""
    from storage import schema

    await schema.upgrade(place.settings.database)
    return place
