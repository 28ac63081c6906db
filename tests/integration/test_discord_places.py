"""Servers, channels and threads that disappear: news there pauses, its owner is notified once, and
it resumes by itself; what is kept of a server that Limner left is deleted after a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.news import Notice, Schedule
from domain.requests import Destination, JobStatus
from domain.short_codes import short_code
from domain.team import Role
from evaluation.peers.discord_rules import Object
from evaluation.peers.discord_server import DiscordPeer
from evaluation.peers.discord_world import GENERAL, GUILD, REVIEW, RIGHTS, said_in
from evaluation.peers.values import NOON
from jobs.admission.requests import Requester
from storage.newsroom import SqlNewsOperations
from tests.fakes.discord_line import Line, a_line
from tests.fakes.job_service import Office, an_office

WORKSPACE = f"discord:{GUILD}"
THREAD = 7_777


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield replace(opened, workspace=WORKSPACE)


@pytest.fixture
async def line(peer: DiscordPeer, office: Office) -> AsyncIterator[Line]:
    async with a_line(peer, office) as connected:
        yield connected


async def a_schedule(office: Office, channel: int = GENERAL, thread: int | None = None) -> None:
    """News of Ann's that is posted there every hour."""
    place = Destination("discord", str(channel), str(thread) if thread else None)
    owner = Requester(WORKSPACE, "42", place, Role.ADMIN)
    schedule = Schedule(
        "", WORKSPACE, "42", f"ships {channel}", place, "0 * * * *", "UTC", NOON, topic="ships"
    )
    await office.news.add(owner, schedule)


async def schedules(office: Office) -> list[Schedule]:
    async with office.store.workspace(WORKSPACE, read_only=True) as unit:
        return list(await unit.schedules.list())


async def notices(office: Office) -> list[Notice]:
    return list(await SqlNewsOperations(office.engine).unsent_notices())


async def paused(office: Office, *wanted: bool) -> list[Schedule]:
    """The schedules once they are paused or not, in their order."""
    async with asyncio.timeout(30):
        while True:
            found = await schedules(office)
            if tuple(schedule.paused for schedule in found) == wanted:
                return found
            await asyncio.sleep(0.05)


def thread(*, locked: bool, archived: bool = False) -> Object:
    return {
        "id": str(THREAD), "type": 11, "guild_id": str(GUILD), "parent_id": str(GENERAL),
        "owner_id": "42", "name": "ships", "message_count": 1, "member_count": 1,
        "rate_limit_per_user": 0,
        "thread_metadata": {
            "archived": archived, "locked": locked, "auto_archive_duration": 1440,
            "archive_timestamp": "2026-11-26T00:00:00+00:00",
        },
    }  # fmt: skip


async def test_news_of_a_deleted_channel_pauses_and_its_owner_is_notified_once(line: Line) -> None:
    office, world = line.office, line.peer.world
    await a_schedule(office, GENERAL)
    await a_schedule(office, REVIEW)
    for _ in range(2):
        await line.peer.send_event("CHANNEL_DELETE", world.channel(REVIEW))
    found = await paused(office, False, True)
    assert "can't post in its channel" in str(found[1].paused_why)
    [notice] = await notices(office)
    assert notice.member_id == "42"
    assert notice.text.startswith(f"ships {REVIEW} has been paused")


async def test_news_of_a_locked_thread_waits_until_it_is_unlocked(line: Line) -> None:
    await a_schedule(line.office, GENERAL, THREAD)
    await line.peer.send_event("THREAD_UPDATE", thread(locked=False, archived=True))
    await line.peer.send_event("THREAD_UPDATE", thread(locked=True))
    await paused(line.office, True)
    await line.peer.send_event("THREAD_UPDATE", thread(locked=False))
    [schedule] = await paused(line.office, False)
    assert schedule.paused_why is None
    assert schedule.counted_from is not None
    assert schedule.counted_from > NOON
    assert len(await notices(line.office)) == 1


async def test_what_somebody_paused_stays_paused_when_the_channel_is_there_again(
    line: Line,
) -> None:
    await a_schedule(line.office, GENERAL, THREAD)
    [schedule] = await schedules(line.office)
    owner = Requester(WORKSPACE, "42", schedule.destination, Role.ADMIN)
    await line.office.news.pause(owner, schedule.id)
    for locked in (True, False):
        await line.peer.send_event("THREAD_UPDATE", thread(locked=locked))
    await line.asked()
    assert [s.paused for s in await schedules(line.office)] == [True]
    assert await notices(line.office) == []


async def test_news_waits_while_a_role_keeps_limner_from_posting(line: Line) -> None:
    await line.surface._client.wait_until_ready()  # pyright: ignore[reportPrivateUsage]
    await a_schedule(line.office)
    for rights, is_paused in ((0, True), (int(RIGHTS), False)):
        [role] = line.peer.world.guild()["roles"]
        changed = {"guild_id": str(GUILD), "role": {**role, "permissions": str(rights)}}
        await line.peer.send_event("GUILD_ROLE_UPDATE", changed)
        await paused(line.office, is_paused)
    assert len(await notices(line.office)) == 1


async def test_a_permission_that_came_back_while_limner_was_not_connected_is_noticed(
    peer: DiscordPeer, office: Office
) -> None:
    await a_schedule(office, GENERAL)
    await a_schedule(office, THREAD)  # a channel that is not there any more stays closed
    for channel in (GENERAL, THREAD):
        assert await office.destinations.close_channel(WORKSPACE, str(channel)) == 1
    async with a_line(peer, office):
        await paused(office, False, True)


async def test_news_that_is_moved_out_of_a_closed_channel_goes_on(office: Office) -> None:
    await a_schedule(office, REVIEW)
    await office.destinations.close_channel(WORKSPACE, str(REVIEW))
    [schedule] = await schedules(office)
    owner = Requester(WORKSPACE, "42", schedule.destination, Role.ADMIN)
    await office.news.change(owner, schedule.id, name="tugs")
    assert [s.paused for s in await schedules(office)] == [True]
    elsewhere = Destination("discord", str(GENERAL))
    await office.news.change(owner, schedule.id, destination=elsewhere)
    assert [(s.paused, s.closed_by) for s in await schedules(office)] == [(False, None)]


async def test_a_server_that_removes_limner_stops_everything_until_it_is_invited_again(
    line: Line,
) -> None:
    office, peer = line.office, line.peer
    await line.surface._client.wait_until_ready()  # pyright: ignore[reportPrivateUsage]
    await a_schedule(office)
    _token, job_id = await line.asked()
    await peer.send_event("GUILD_DELETE", {"id": str(GUILD)})
    [schedule] = await paused(office, True)
    assert "Limner was removed" in str(schedule.paused_why)
    async with asyncio.timeout(30):
        while True:
            status = (await office.job_service.view(WORKSPACE, job_id)).job.status
            if status.final:
                break
            await asyncio.sleep(0.05)
    assert status is JobStatus.CANCELLED
    assert len(await notices(office)) == 1
    again = {key: value for key, value in peer.world.guild().items() if key != "unavailable"}
    await peer.send_event("GUILD_CREATE", again)
    await paused(office, False)
    await peer.until(lambda: any("Three things to try" in said_in(m) for m in peer.world.every()))
    [greeting] = [m for m in peer.world.every() if "Three things to try" in said_in(m)]
    assert "/imagine" in said_in(greeting)
    assert short_code(job_id) not in said_in(greeting)


async def test_a_removal_while_limner_was_not_connected_is_noticed(
    peer: DiscordPeer, office: Office
) -> None:
    elsewhere = "discord:555"
    place = Destination("discord", "9")
    schedule = Schedule("", elsewhere, "42", "ships", place, "0 * * * *", "UTC", NOON, topic="x")
    await office.news.add(Requester(elsewhere, "42", place, Role.ADMIN), schedule)
    await a_schedule(office)
    async with a_line(peer, office):
        async with asyncio.timeout(30):
            while True:
                async with office.store.workspace(elsewhere, read_only=True) as unit:
                    [found] = await unit.schedules.list()
                if found.paused:
                    break
                await asyncio.sleep(0.05)
        await paused(office, False)


async def test_what_is_kept_of_a_server_is_deleted_long_after_limner_was_removed(
    office: Office,
) -> None:
    now = datetime.now(UTC)
    later = replace(office.destinations, clock=lambda: now + timedelta(days=29))
    await a_schedule(office)
    other = "discord:555"
    place = Destination("discord", "9")
    kept = Schedule("", other, "42", "ships", place, "0 * * * *", "UTC", NOON, topic="x")
    await office.news.add(Requester(other, "42", place, Role.ADMIN), kept)
    await office.destinations.leave(WORKSPACE)
    await later.erase_departed(after=timedelta(days=30))
    assert len(await schedules(office)) == 1
    much_later = replace(later, clock=lambda: now + timedelta(days=31))
    await much_later.erase_departed(after=timedelta(days=30))
    assert await schedules(office) == []
    async with office.store.workspace(other, read_only=True) as unit:
        assert len(await unit.schedules.list()) == 1
    assert WORKSPACE not in dict(await office.destinations.workspaces.in_use("discord"))
