"""The news desk from the clock to the post: real feeds and pages on loopback, the real engine."""

from __future__ import annotations

import asyncio
import os
import platform
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.application import open_application
from domain.news import Slot, SlotStatus
from domain.requests import LOCAL_WORKSPACE, Destination
from evaluation.peers.newsroom import a_schedule
from evaluation.peers.newsstand import Newsstand, Told, article, newsstand, rss
from storage.database import open_database
from storage.unit_of_work import SqlStore
from tests import forks
from tests.scenario.conftest import Place
from tests.scenario.news_worker import ASKER

TITLE = "Ellery harbour opens its new lighthouse"
STORY = (
    "The new lighthouse of Ellery harbour was opened on Monday by the harbour board.",
    "It is 42 metres high, white and red, and stands at the end of the northern pier.",
)
OTHER = (
    "Ellery's harbour board opened the lighthouse on the northern pier on Monday.",
    "The tower of the Ellery lighthouse is 42 metres high and painted in white and red.",
)


@dataclass
class Desk:
    """An installation with a schedule that came up within the last hour."""

    place: Place
    stand: Newsstand

    async def keep(self) -> None:
        """Keep the schedule. One due time, half an hour ago, is not accounted for yet; the next one
        is half an hour away, so that it does not come up during the test."""
        now = datetime.now(UTC)
        due = now - timedelta(minutes=30)
        schedule = a_schedule(
            workspace_id=LOCAL_WORKSPACE,
            destination=Destination("terminal", platform.node()),
            cron=f"{due.minute} * * * *",
            topic="",
            feeds=(self.stand.url(0, "feed"), self.stand.url(1, "feed")),
            created_at=now - timedelta(hours=1),
            counted_from=now - timedelta(hours=1),
            grace=timedelta(hours=3),
        )
        engine = open_database(self.place.settings.database)
        async with SqlStore(engine).workspace(LOCAL_WORKSPACE) as unit:
            await unit.schedules.save(schedule)
        await engine.dispose()

    async def serve(self, *, dies_at: str = "-") -> forks.Process:
        """Start a process with the news desk's clock."""
        return await forks.start(
            *("tests.scenario.news_worker", "Harbour news", dies_at),
            env={**os.environ, **self.place.environment},
        )

    async def served(self, *, dies_at: str = "-") -> int:
        """Let such a process run until the slot is over or it dies."""
        process = await self.serve(dies_at=dies_at)
        async with asyncio.timeout(240):
            return await process.wait()

    async def slots(self) -> list[Slot]:
        """What became of the due times, the newest first."""
        async with open_application(self.place.settings, work=()) as application:
            [view] = await application.news.schedules(ASKER)
        return [slot for _when, slot in view.slots]

    async def posted_once(self) -> str:
        """The text of the post, of which there must be one."""
        slots = await self.slots()
        assert slots[0].status is SlotStatus.POSTED, slots
        assert [slot.status for slot in slots].count(SlotStatus.POSTED) == 1
        assert slots[0].note == f"Posted: {TITLE}"
        async with open_application(self.place.settings, work=()) as application:
            assert len(await application.job_service.recent(LOCAL_WORKSPACE, limit=10)) == 1
        pictures = Path(self.place.environment["LIMNER_DATA_DIR"]) / "pictures"
        assert len(list(pictures.glob("*.png"))) == 1
        [text] = pictures.glob("*.txt")
        return text.read_text()


@pytest.fixture
async def job_service(ready: Place) -> AsyncIterator[Desk]:
    async with newsstand() as stand:
        for site, sentences in ((0, STORY), (1, OTHER)):
            page = stand.serve(site, "lighthouse", article(TITLE, *sentences))
            told = Told(TITLE, page, sentences[0], datetime.now(UTC) - timedelta(hours=2))
            stand.serve(site, "feed", rss([told]), "application/rss+xml")
        ready.environment["LIMNER_NEWS_PROVIDERS"] = ""
        ready.environment["LIMNER_FETCH_ALLOWED_NETWORKS"] = "127.0.0.0/8"
        yield Desk(ready, stand)


async def test_a_due_story_is_posted_with_its_words_and_numbered_sources(job_service: Desk) -> None:
    await job_service.keep()
    assert await job_service.served() == 0
    text = await job_service.posted_once()
    assert text.splitlines()[0] == TITLE
    assert "opened the lighthouse on the northern pier on Monday" in text
    assert "[1]" in text
    assert job_service.stand.url(0, "lighthouse") in text
    assert job_service.stand.url(1, "lighthouse") in text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "point",
    [
        "slot-claimed",
        "news-kept",
        *(pytest.param(p, marks=pytest.mark.soak) for p in ("news-begun", "news-gathered")),
        *(pytest.param(p, marks=pytest.mark.soak) for p in ("recipe", "after-send")),
    ],
)
async def test_a_due_story_survives_the_death_of_its_process_and_is_posted_once(
    job_service: Desk, point: str
) -> None:
    await job_service.keep()
    assert await job_service.served(dies_at=point) == -signal.SIGKILL
    assert await job_service.served() == 0
    await job_service.posted_once()


async def test_of_two_processes_one_works_on_a_due_time(job_service: Desk) -> None:
    await job_service.keep()
    processes = [await job_service.serve(), await job_service.serve()]
    async with asyncio.timeout(240):
        assert [await process.wait() for process in processes] == [0, 0]
    await job_service.posted_once()


async def test_a_story_that_one_source_alone_tells_is_not_posted(job_service: Desk) -> None:
    job_service.stand.serve(1, "feed", rss([]), "application/rss+xml")
    await job_service.keep()
    assert await job_service.served() == 0
    [slot] = await job_service.slots()
    assert slot.status is SlotStatus.EMPTY
    assert slot.note == "No story worth a picture today: checked 1 article."
