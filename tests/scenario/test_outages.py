"""Storage that is away, full or locked for a while delays jobs: none fails, and no requester reads
what only concerns the operator."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from app.application import open_application
from app.wiring import Application
from domain.requests import LOCAL_WORKSPACE, Job, JobStatus
from evaluation.peers.slack_team import Message
from storage import schema
from tests.bursts import slack_burst
from tests.fakes.postgres import PostgresPeer, postgres_peer
from tests.fakes.web import WebPeer
from tests.scenario.conftest import Place

JOBS = 4


async def until(condition: Callable[[], bool], *, within_s: float) -> None:
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - it has no event of its own
            await asyncio.sleep(0.05)


async def all_done(application: Application, jobs: list[Job], *, within_s: float) -> None:
    """Wait until all of these jobs are over, and see that each has its picture."""
    async with asyncio.timeout(within_s):
        for job in jobs:
            while True:
                view = await application.job_service.view(LOCAL_WORKSPACE, job.id)
                if view.job.status.final:
                    break
                await asyncio.sleep(0.2)
    for job in jobs:
        view = await application.job_service.view(LOCAL_WORKSPACE, job.id)
        assert view.job.status is JobStatus.DONE, view.job.error
        assert [len(view.illustrations), len(view.deliveries)] == [1, 1]
        events = [event async for event in application.job_service.follow(LOCAL_WORKSPACE, job.id)]
        assert [event.kind for event in events].count("rendered") == 1


@pytest.fixture
async def restartable(peer: WebPeer, tmp_path: Path) -> AsyncIterator[tuple[Place, PostgresPeer]]:
    """A Limner on a Postgres of its own, which the test stops and starts."""
    with postgres_peer() as server:
        place = Place.at(server.new_database(), peer, tmp_path)
        await schema.upgrade(place.settings.database)
        yield place, server


async def test_a_server_that_is_away_for_a_while_delays_the_jobs(
    restartable: tuple[Place, PostgresPeer],
) -> None:
    place, server = restartable
    async with open_application(place.settings) as application:
        asked = [place.request(member=f"m{n}") for n in range(JOBS + 1)]
        jobs = [
            await application.job_service.submit(r, event_key=r.origin.member_id)
            for r in asked[:JOBS]
        ]
        await until(lambda: place.peer.total > 0, within_s=240)
        await asyncio.to_thread(server.stop)
        await until(lambda: application.trouble is not None, within_s=240)
        accepting = asyncio.create_task(
            application.job_service.submit(asked[JOBS], event_key="late")
        )
        await asyncio.sleep(3)
        assert not accepting.done(), "whoever asks meanwhile waits"
        await asyncio.to_thread(server.start)
        jobs.append(await accepting)
        await all_done(application, jobs, within_s=240)
        await until(lambda: application.trouble is None, within_s=240)


async def test_messages_say_that_their_jobs_are_paused_while_the_server_is_away(
    tmp_path: Path,
) -> None:
    channels, go_on = [f"C{number:04d}" for number in range(3)], asyncio.Event()

    async def search(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go_on.wait()
        writer.close()

    with postgres_peer() as server:
        url = server.new_database()
        await schema.upgrade(url)
        searching = await asyncio.start_server(search, "127.0.0.1", 0)
        port = searching.sockets[0].getsockname()[1]
        settings = {
            "LIMNER_DATABASE_URL": url,
            "LIMNER_SEARCH_PROVIDERS": "searxng",
            "LIMNER_SEARXNG_BASE_URL": f"http://127.0.0.1:{port}",
        }
        async with (
            searching,
            slack_burst(tmp_path, teams=1, http=False, people=0, settings=settings) as chat,
        ):
            [team] = chat.teams
            team.users["U0ANN"] = {"locale": "de-DE"}
            for number, channel in enumerate(channels):
                team.channel(channel)
                await chat.fake.slash(f"a fox, number {number}", channel=channel)

            def messages() -> list[Message]:
                found = [team.channel(channel).messages.values() for channel in channels]
                return [message for every in found for message in every]

            await until(lambda: len(messages()) == len(channels), within_s=240)
            await asyncio.to_thread(server.stop)
            await until(
                lambda: any("Pausiert: Limners Speicher" in m.said for m in messages()),
                within_s=240,
            )
            await asyncio.to_thread(server.start)
            go_on.set()
            await until(lambda: len(set(chat.pictures())) == len(channels), within_s=240)
            assert not any("Pausiert" in message.said for message in messages())


async def test_a_database_file_that_is_taken_away_is_noticed_and_nothing_is_written_beside_it(
    peer: WebPeer, tmp_path: Path
) -> None:
    place = Place.at(f"sqlite:///{tmp_path / 'limner.sqlite'}", peer, tmp_path)
    async with open_application(place.settings) as application:
        request = place.request()
        names = ("limner.sqlite", "limner-engine.sqlite")
        hidden = [(tmp_path / name).rename(tmp_path / f"hidden-{name}") for name in names]
        await until(lambda: application.trouble is not None, within_s=240)
        assert "was deleted or replaced" in str(application.trouble)
        accepting = asyncio.create_task(application.job_service.submit(request, event_key="e"))
        await asyncio.sleep(1)
        assert not accepting.done()
        assert not (tmp_path / "limner.sqlite").exists()
        for path in hidden:
            path.rename(path.with_name(path.name.removeprefix("hidden-")))
        await all_done(application, [await accepting], within_s=240)
        await until(lambda: application.trouble is None, within_s=240)


async def test_a_disk_that_is_full_for_a_while_delays_the_jobs(
    peer: WebPeer, tmp_path: Path
) -> None:
    place = Place.at(f"sqlite:///{tmp_path / 'limner.sqlite'}", peer, tmp_path)
    async with open_application(place.settings, work=()):
        pass  # makes the schema
    worker = await place.command(
        "worker", *(f"--queue={q}" for q in ("research", "generation", "delivery"))
    )
    try:
        async with open_application(place.settings, work=()) as application:
            jobs = [await application.job_service.submit(place.request(), event_key="warm-up")]
            await all_done(application, jobs, within_s=240)
            _, most = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (1, most))
            jobs += [
                await application.job_service.submit(
                    place.request(member=f"m{n}"), event_key=f"k{n}"
                )
                for n in range(JOBS)
            ]
            await asyncio.sleep(5)
            views = [
                await application.job_service.view(LOCAL_WORKSPACE, job.id) for job in jobs[1:]
            ]
            assert not any(view.job.status.final for view in views)
            resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (most, most))
            await all_done(application, jobs, within_s=240)
        assert worker.returncode is None, "it went on through all of it"
    finally:
        with suppress(ProcessLookupError):
            worker.terminate()
        await worker.wait()
