"""The watcher: messages follow their jobs, at most one edit a second, and end with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from domain.errors import FetchFailed, StorageUnavailable
from domain.health import StorageHealth
from domain.illustrations import DeliveryKind
from domain.requests import Destination, JobStatus
from domain.team import JobMessage, MessageKind
from evaluation.peers.values import NOON, a_delivery
from jobs.common.ports import NoRoom
from jobs.common.tasks import delivery_id
from jobs.common.views import JobView
from jobs.illustration.status_watch import Watcher, WatchSettings
from storage.changes import ChangeFeed
from tests.fakes.job_service import ANN, Office, an_office

CHAT = replace(ANN, destination=Destination("discord", "c1"))


@dataclass
class Board:
    """Remembers what it was to show."""

    office: Office
    shown: list[tuple[str, JobStatus]] = field(default_factory=list[tuple[str, JobStatus]])
    opened: list[str] = field(default_factory=list[str])
    there: bool = True
    failure: Exception | None = None
    busy: int = 0
    most_busy: int = 0
    room: bool = True
    views: list[JobView] = field(default_factory=list[JobView])
    paused: list[str] = field(default_factory=list[str])
    made: dict[str, JobView] = field(default_factory=dict[str, JobView])

    def begun(self, job_id: str) -> JobView | None:
        return self.made.get(job_id)

    async def pause(self, view: JobView) -> None:
        assert view.paused
        if self.failure is not None:
            raise self.failure
        self.paused.append(view.job.id)

    def has_room(self, workspace_id: str, channel: str, *, new: bool) -> bool:
        return self.room

    async def open(self, view: JobView) -> bool:
        self.opened.append(view.job.id)
        await keep(self.office, view.job.id)
        return True

    async def show(self, view: JobView) -> bool:
        self.busy += 1
        self.most_busy = max(self.busy, self.most_busy)
        await asyncio.sleep(0)
        self.busy -= 1
        if self.failure is not None:
            raise self.failure
        self.shown.append((view.job.id, view.job.status))
        self.views.append(view)
        return self.there


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


async def keep(office: Office, job_id: str) -> None:
    await office.team.keep_message(
        "w1", JobMessage("discord", "c1", f"m-{job_id}", job_id, MessageKind.LIVE, NOON, open=True)
    )


async def settled() -> None:
    for _ in range(200):
        await asyncio.sleep(0.001)
        if not any(t.get_name() == "show job" for t in asyncio.all_tasks()):
            return


class Scene:
    def __init__(self, office: Office) -> None:
        self.office = office
        self.board = Board(office)
        self.clock = Clock()
        self.health = StorageHealth(clock=self.clock)
        self.watcher = Watcher(
            store=office.store,
            surface="discord",
            board=self.board,
            settings=WatchSettings(),
            health=self.health,
            clock=self.clock,
        )

    async def look(self, *, after: float = 0.0) -> list[tuple[str, JobStatus]]:
        """What one look shows."""
        self.clock.now += after
        before = len(self.board.shown)
        try:
            await self.watcher.look()
        finally:
            await settled()
        return self.board.shown[before:]

    async def job(self, key: str = "e1", *, message: bool = True) -> str:
        reply = await self.office.commands(CHAT).imagine("a cat", event_key=key)
        assert reply.job_id is not None
        if message:
            await keep(self.office, reply.job_id)
        return reply.job_id

    async def happens(self, job_id: str, status: JobStatus) -> None:
        async with self.office.store.workspace("w1") as unit:
            job = await unit.jobs.get(job_id)
            await unit.jobs.save(replace(job, status=status))
            await unit.events.append(job_id, status.value, {})


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with an_office(tmp_path) as office:
        yield Scene(office)


async def test_what_happens_is_shown_at_most_once_a_second(scene: Scene) -> None:
    job_id = await scene.job()
    assert await scene.look() == [(job_id, JobStatus.QUEUED)]
    assert await scene.look(after=5) == []
    await scene.happens(job_id, JobStatus.RESEARCHING)
    assert await scene.look() == [(job_id, JobStatus.RESEARCHING)]
    await scene.happens(job_id, JobStatus.RENDERING)
    assert await scene.look(after=0.9) == []
    assert await scene.look(after=0.2) == [(job_id, JobStatus.RENDERING)]


async def test_a_waiting_job_is_shown_again_when_its_place_changes(scene: Scene) -> None:
    first, second = await scene.job("e1"), await scene.job("e2")
    assert len(await scene.look()) == 2
    assert await scene.look(after=4) == []
    await scene.happens(first, JobStatus.RESEARCHING)
    shown = await scene.look(after=4)
    assert (second, JobStatus.QUEUED) in shown
    assert (first, JobStatus.RESEARCHING) in shown


async def test_a_job_without_a_message_gets_one_after_a_while(scene: Scene) -> None:
    job_id = await scene.job(message=False)
    assert await scene.look() == []
    assert scene.board.opened == []
    await scene.look(after=6)
    assert scene.board.opened == [job_id]
    await scene.happens(job_id, JobStatus.RESEARCHING)
    assert await scene.look(after=6) == [(job_id, JobStatus.RESEARCHING)]
    assert scene.board.opened == [job_id]


async def test_a_cancelled_job_is_shown_to_the_end_and_then_left_alone(scene: Scene) -> None:
    job_id = await scene.job()
    await scene.office.commands(CHAT).cancel(job_id)
    assert await scene.look() == [(job_id, JobStatus.CANCELLED)]
    assert await scene.look(after=10) == []


async def test_a_message_that_is_gone_is_given_up(scene: Scene) -> None:
    job_id = await scene.job()
    scene.board.there = False
    assert len(await scene.look()) == 1
    async with scene.office.store.workspace("w1") as unit:
        assert not any(m.open for m in await unit.messages.of_job(job_id))


async def test_what_could_not_be_shown_is_shown_later(scene: Scene) -> None:
    job_id = await scene.job()
    scene.board.failure = FetchFailed("https://discord.example", "it is silent")
    assert await scene.look() == []
    scene.board.failure = None
    assert await scene.look(after=2) == []
    assert await scene.look(after=5) == [(job_id, JobStatus.QUEUED)]


async def test_a_delivered_job_is_no_longer_looked_after(scene: Scene) -> None:
    job_id = await scene.job()
    await scene.look()
    await scene.office.researched(job_id)
    await scene.office.finished(job_id)
    async with scene.office.store.workspace("w1") as unit:
        job = await unit.jobs.get(job_id)
        await unit.deliveries.add(a_delivery(job))
        await unit.events.append(job_id, "done", {})
    assert await scene.look(after=2) == [(job_id, JobStatus.DONE)]
    async with scene.office.store.workspace("w1") as unit:
        await unit.deliveries.delivered(
            delivery_id(job_id, DeliveryKind.RESULT), receipt="m", now=NOON
        )
    await scene.look(after=4)
    assert await scene.look(after=4) == []


async def test_what_there_is_no_room_for_is_shown_later_and_costs_no_reading(scene: Scene) -> None:
    job_id = await scene.job()
    scene.board.room = False
    async with counted_reads(scene) as reads:
        assert await scene.look() == []
        assert await scene.look(after=10) == []
    assert reads == []
    scene.board.room = True
    assert await scene.look() == [(job_id, JobStatus.QUEUED)]


async def test_what_is_urgent_needs_no_room(scene: Scene) -> None:
    job_id = await scene.job()
    scene.board.room = False
    await scene.happens(job_id, JobStatus.CHOOSING)
    assert await scene.look() == [(job_id, JobStatus.CHOOSING)]


async def test_progress_that_gave_way_is_shown_at_the_next_look(scene: Scene) -> None:
    job_id = await scene.job()
    scene.board.failure = NoRoom()
    assert await scene.look() == []
    scene.board.failure = None
    assert await scene.look(after=1.5) == [(job_id, JobStatus.QUEUED)]


async def test_many_waiting_jobs_are_looked_at_with_two_questions(scene: Scene) -> None:
    for number in range(30):
        await scene.job(f"e{number}")
    for _ in range(40):
        await scene.look(after=1.1)
    async with counted_reads(scene) as reads:
        assert await scene.look(after=4) == []
    assert reads == []


@asynccontextmanager
async def counted_reads(scene: Scene) -> AsyncGenerator[list[str]]:
    """The workspaces that are opened meanwhile."""
    watcher: Any = scene.watcher
    store, reads = watcher._store, list[str]()

    class Counting:
        operations = store.operations

        def workspace(self, workspace_id: str, **how: bool) -> Any:
            reads.append(workspace_id)
            return store.workspace(workspace_id, **how)

    watcher._store = Counting()
    yield reads
    watcher._store = store


async def test_a_watcher_looks_when_something_changed(scene: Scene) -> None:
    looks, feed = 0, ChangeFeed()
    settings = WatchSettings(look_s=0.0, going_s=3600.0, idle_s=3600.0)
    watcher = Watcher(
        store=scene.office.store, surface="discord", board=scene.board, settings=settings
    )
    look = watcher.look

    async def counted() -> None:
        nonlocal looks
        looks += 1
        await look()

    watcher.look = counted  # type: ignore[method-assign]
    running = asyncio.create_task(watcher.run(feed.listener()))
    await until(lambda: looks == 1)
    feed.touch()
    await until(lambda: looks == 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert looks == 2


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_one_message_is_edited_by_one_task_at_a_time(scene: Scene) -> None:
    await scene.job()
    scene.clock.now += 10
    await scene.watcher.look()
    await scene.watcher.look()
    await settled()
    assert scene.board.most_busy == 1


@asynccontextmanager
async def storage_away(scene: Scene) -> AsyncGenerator[None]:
    """Nothing can be read meanwhile."""
    watcher: Any = scene.watcher
    store = watcher._store

    class Away:
        def __getattr__(self, _name: str) -> Any:
            raise StorageUnavailable("The database is away.", retryable=True)

    watcher._store = Away()
    yield
    watcher._store = store


async def test_jobs_are_shown_as_paused_while_nothing_can_be_read(scene: Scene) -> None:
    going, chosen = await scene.job("e1"), await scene.job("e2")
    await scene.happens(going, JobStatus.RESEARCHING)
    await scene.happens(chosen, JobStatus.CHOOSING)
    await scene.look()
    async with storage_away(scene):
        for _ in range(6):
            with pytest.raises(StorageUnavailable):
                await scene.look(after=1)
    assert scene.board.paused == [going], "once, and only what goes on by itself"
    shown = await scene.look(after=1)
    assert (going, JobStatus.RESEARCHING) in shown, "and that it goes on again"
    assert not scene.board.views[-1].paused
    assert await scene.look(after=5) == []


async def test_a_moment_without_storage_is_not_shown(scene: Scene) -> None:
    await scene.job()
    await scene.look()
    async with storage_away(scene):
        for _ in range(2):
            with pytest.raises(StorageUnavailable):
                await scene.look(after=1)
    assert scene.board.paused == []
    assert await scene.look(after=5) == []


async def test_jobs_are_shown_as_paused_while_nothing_can_be_written(scene: Scene) -> None:
    job_id = await scene.job()
    await scene.look()
    scene.health.report_failure(scene, StorageUnavailable("The disk is full."))
    assert await scene.look(after=2) == []
    assert await scene.look(after=2) == [(job_id, JobStatus.QUEUED)]
    assert scene.board.views[-1].paused
    assert await scene.look(after=5) == []
    scene.health.report_success(scene)
    assert await scene.look(after=2) == [(job_id, JobStatus.QUEUED)]
    assert not scene.board.views[-1].paused


async def test_what_cannot_be_edited_yet_says_that_it_is_paused_as_soon_as_it_can_be(
    scene: Scene,
) -> None:
    job_id = await scene.job()
    await scene.look()
    async with storage_away(scene):
        scene.board.room = False
        for _ in range(6):
            with pytest.raises(StorageUnavailable):
                await scene.look(after=1)
        assert scene.board.paused == []
        scene.board.room = True
        scene.board.failure = NoRoom()
        with pytest.raises(StorageUnavailable):
            await scene.look(after=1)
        scene.board.failure = None
        with pytest.raises(StorageUnavailable):
            await scene.look(after=1)
    assert scene.board.paused == [job_id]


async def test_a_job_that_was_never_read_is_paused_as_its_message_was_made(scene: Scene) -> None:
    job_id = await scene.job()
    scene.board.made[job_id] = await scene.office.job_service.view("w1", job_id)
    scene.board.room = False
    await scene.look()
    scene.board.room = True
    async with storage_away(scene):
        for _ in range(5):
            with pytest.raises(StorageUnavailable):
                await scene.look(after=1)
    assert scene.board.paused == [job_id]
