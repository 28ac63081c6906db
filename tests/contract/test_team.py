"""Preferences, votes, decisions, usage, the audit log and messages, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.errors import NotFound
from domain.illustrations import Illustration, Marks
from domain.requests import AspectRatio, Destination, JobStatus, ResearchDepth
from domain.team import (
    AuditEntry,
    Decision,
    JobMessage,
    MessageKind,
    Preferences,
    Scope,
    Tally,
    UsageEntry,
    UsageTotal,
)
from evaluation.peers.values import NOON, a_job, a_request, an_illustration
from jobs.linked.channel_link import ChannelLink
from jobs.services.team import TeamService
from storage.blobs import FolderBlobStore
from storage.unit_of_work import SqlStore
from tests.fakes.job_service import IdleDispatcher


def a_message(job_id: str, number: int = 1, *, thread: str | None = None) -> JobMessage:
    return JobMessage(
        surface="discord",
        channel="c1",
        message=f"m{number}",
        job_id=job_id,
        kind=MessageKind.LIVE,
        created_at=NOON + timedelta(seconds=number),
        open=True,
        thread=thread,
    )


def test_a_narrower_preference_wins_and_false_is_one() -> None:
    wide = Preferences(generator="sdxl", threads=True, aspect=AspectRatio(16, 9), approvals=2)
    narrow = Preferences(threads=False, research=ResearchDepth.DEEP, approvals=0)
    assert narrow.over(wide) == Preferences(
        generator="sdxl",
        threads=False,
        aspect=AspectRatio(16, 9),
        research=ResearchDepth.DEEP,
        approvals=0,
    )


async def test_preferences_come_back_as_they_were_set(store: SqlStore) -> None:
    wished = Preferences(aspect=AspectRatio(3, 2), blocked=("gore",), paused=False)
    async with store.workspace("w1") as unit:
        assert await unit.preferences.get(Scope.CHANNEL, "c1") == Preferences()
        await unit.preferences.save(Scope.CHANNEL, "c1", Preferences(generator="sdxl"))
        await unit.preferences.save(Scope.CHANNEL, "c1", wished)
    async with store.workspace("w1", read_only=True) as unit:
        assert await unit.preferences.get(Scope.CHANNEL, "c1") == wished
        assert await unit.preferences.get(Scope.MEMBER, "c1") == Preferences()


async def test_each_member_has_one_vote(store: SqlStore) -> None:
    job = a_job()
    picture = an_illustration(job)
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
        await unit.illustrations.save(picture)
        for member, value in (("a", 1), ("b", 1), ("a", -1), ("c", 5), ("b", 0)):
            await unit.opinions.vote(picture.id, member, value, now=NOON)
        await unit.opinions.vote("unknown", "a", 1, now=NOON)
        assert await unit.opinions.tally(picture.id) == Tally(up=1, down=1)
        assert await unit.opinions.tally("unknown") == Tally()
        await unit.opinions.take_back(picture.id, "a", 1)
        assert await unit.opinions.tally(picture.id) == Tally(up=1, down=1)
        await unit.opinions.take_back(picture.id, "a", -1)
        assert await unit.opinions.tally(picture.id) == Tally(up=1, down=0)


async def test_the_gallery_holds_posted_pictures_that_are_liked_best_first(store: SqlStore) -> None:
    async with store.workspace("w1") as unit:
        pictures: list[Illustration] = []
        others: tuple[dict[str, Any], ...] = (
            {},
            {},
            {"status": JobStatus.FAILED},
            {"request": a_request(private=True)},
            {},
        )
        for number, parts in enumerate(others):
            job = a_job(**{"status": JobStatus.DONE, **parts})
            await unit.jobs.add(job, event_key=str(number))
            picture = an_illustration(job, created_at=NOON + timedelta(hours=number))
            await unit.illustrations.save(picture)
            pictures.append(picture)
        for picture, member, value in (
            (pictures[0], "a", 1),
            (pictures[0], "b", 1),
            (pictures[0], "c", -1),
            (pictures[4], "a", 1),
            (pictures[4], "b", 1),
            (pictures[2], "a", 1),
        ):
            await unit.opinions.vote(picture.id, member, value, now=NOON)
        best = await unit.illustrations.best(limit=10)
    assert [(p.id, t) for p, t in best] == [
        (pictures[4].id, Tally(2, 0)),
        (pictures[0].id, Tally(2, 1)),
    ]


async def test_a_later_decision_replaces_an_earlier_one(store: SqlStore) -> None:
    async with store.workspace("w1") as unit:
        await unit.opinions.decide("draft", Decision("a", approved=True, at=NOON))
        later = Decision("a", approved=False, at=NOON + timedelta(minutes=1), reason="too dark")
        await unit.opinions.decide("draft", later)
        await unit.opinions.decide("draft", Decision("b", approved=True, at=NOON))
        assert await unit.opinions.decisions("draft") == [
            Decision("b", approved=True, at=NOON),
            later,
        ]


async def test_usage_is_counted_once_for_each_key(store: SqlStore) -> None:
    job = a_job()
    entry = UsageEntry("turn-1", NOON, job.id, "m1", "model", "qwen", "tokens", 100, 0.5)
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
        await unit.ledger.spend([entry, entry, replace(entry, key="turn-2", amount=50)])
        await unit.ledger.spend([replace(entry, key="turn-3", member_id="m2", job_id="unknown")])
        await unit.ledger.spend([replace(entry, key="turn-4", member_id="m2", amount=7)])
    async with store.workspace("w1", read_only=True) as unit:
        assert await unit.ledger.totals(NOON) == [UsageTotal("model", "qwen", "tokens", 157.0, 1.5)]
        assert await unit.ledger.totals(NOON, member_id="m2") == [
            UsageTotal("model", "qwen", "tokens", 7.0, 0.5)
        ]
        assert await unit.ledger.totals(NOON + timedelta(days=31)) == []


async def test_the_audit_log_gives_the_newest_first(store: SqlStore) -> None:
    entries = [
        AuditEntry(f"id{n}", NOON + timedelta(seconds=n), "a", "delete", "job", {"n": n})
        for n in range(4)
    ]
    async with store.workspace("w1") as unit:
        for entry in (*entries, entries[0]):
            await unit.ledger.record(entry)
        assert await unit.ledger.audit(limit=3) == entries[:0:-1]


async def test_messages_are_found_by_their_ids_and_their_thread(store: SqlStore) -> None:
    job = a_job()
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
        await unit.messages.add(a_message(job.id))
        await unit.messages.add(a_message(job.id, thread="t1"))
        await unit.messages.add(a_message(job.id, 2))
        found = await unit.messages.find("discord", "c1", "m1")
        assert found == a_message(job.id, thread="t1")
        assert await unit.messages.in_thread("discord", "t1") == found
        assert await unit.messages.find("slack", "c1", "m1") is None
        assert [m.message for m in await unit.messages.of_job(job.id)] == ["m1", "m2"]
        await unit.messages.close(job.id)
        assert not any(m.open for m in await unit.messages.of_job(job.id))


async def test_live_jobs_are_those_that_go_on_or_have_an_open_message(store: SqlStore) -> None:
    chat = Destination("discord", "c1")
    jobs = {
        name: a_job(request=a_request(destination=chat, **wishes), status=status)
        for name, status, wishes in (
            ("running", JobStatus.RESEARCHING, {}),
            ("quiet", JobStatus.RESEARCHING, {"live": False}),
            ("over", JobStatus.DONE, {}),
            ("cancelled", JobStatus.CANCELLED, {}),
        )
    }
    terminal = a_job()
    async with store.workspace("w1") as unit:
        for job in (*jobs.values(), terminal):
            await unit.jobs.add(job, event_key=job.id)
            await unit.events.append(job.id, "queued", {})
        await unit.events.append(jobs["running"].id, "research_started", {})
        await unit.messages.add(a_message(jobs["cancelled"].id))
    live = await store.operations.live("discord")
    assert {(j.job_id, j.seq, j.status, j.channel, j.shown) for j in live} == {
        (jobs["running"].id, 2, JobStatus.RESEARCHING, "c1", False),
        (jobs["cancelled"].id, 1, JobStatus.CANCELLED, "c1", True),
    }


async def test_waiting_jobs_are_counted_before_each_all_at_once(store: SqlStore) -> None:
    ids: dict[str, list[str]] = {}
    for workspace, statuses in (("w1", "qqrq"), ("w2", "q")):
        async with store.workspace(workspace) as unit:
            for number, letter in enumerate(statuses):
                status = JobStatus.QUEUED if letter == "q" else JobStatus.RENDERING
                at = NOON + timedelta(seconds=number)
                request = a_request(workspace_id=workspace)
                job = a_job(status=status, created_at=at, request=request)
                await unit.jobs.add(job, event_key=job.id)
                ids.setdefault(workspace, []).append(job.id)
    first, second, _running, third = ids["w1"]
    assert await store.operations.positions() == {
        ("w1", first): 0,
        ("w1", second): 1,
        ("w1", third): 2,
        ("w2", ids["w2"][0]): 0,
    }
    async with store.workspace("w1", read_only=True) as unit:
        assert await unit.jobs.position(third) == 2
    assert await store.operations.ahead_of("w1", NOON + timedelta(seconds=3)) == (4, 3)
    assert await store.operations.ahead_of("w2", NOON) == (0, 0)


async def test_how_fast_jobs_were_done_lately_is_known(store: SqlStore) -> None:
    async with store.workspace("w1") as unit:
        for seconds in (10, 20, 400):
            job = a_job(status=JobStatus.DONE, created_at=NOON + timedelta(seconds=seconds))
            await unit.jobs.add(job, event_key=job.id)
            await unit.jobs.save(replace(job, finished_at=job.created_at + timedelta(seconds=5)))
    asked = NOON + timedelta(seconds=20)
    assert await store.operations.done_since(asked) == (2, asked)
    assert await store.operations.done_since(NOON + timedelta(days=1)) == (0, None)


async def test_jobs_are_counted_and_found_by_their_event(store: SqlStore) -> None:
    async with store.workspace("w1") as unit:
        for number, member in enumerate(("m1", "m1", "m2")):
            job = a_job(
                request=a_request(member_id=member), created_at=NOON + timedelta(days=number)
            )
            await unit.jobs.add(job, event_key=f"e{number}")
        assert await unit.jobs.count_since(NOON) == 3
        assert await unit.jobs.count_since(NOON, member_id="m1") == 2
        assert await unit.jobs.count_since(NOON + timedelta(days=1), member_id="m1") == 1
        first = await unit.jobs.by_event("e0")
        assert first is not None
        assert first.created_at == NOON
        assert await unit.jobs.by_event("e9") is None


async def test_marks_are_kept_with_their_picture(store: SqlStore) -> None:
    job = a_job()
    marks = Marks(1.0, 0.5, None, 1.0, advice="Show the bridge in red.", model="qwen")
    assert marks.score == pytest.approx(0.1 + 0.2 + 0.2 + 0.1)
    picture = an_illustration(job, marks=marks)
    async with store.workspace("w1") as unit:
        await unit.jobs.add(job, event_key="e1")
        await unit.illustrations.save(picture)
        assert await unit.illustrations.get(picture.id) == picture
        child = an_illustration(job, parent_id=picture.id, position=1)
        await unit.illustrations.save(child)
        assert await unit.illustrations.children(picture.id) == 1


async def test_one_of_all_who_would_makes_the_message(store: SqlStore, tmp_path: Path) -> None:
    async with store.workspace("w1") as unit:
        job = await unit.jobs.add(a_job(), event_key="claim")
    dispatcher = IdleDispatcher()
    mirror = ChannelLink(store=store, blobs=FolderBlobStore(tmp_path), dispatcher=dispatcher)
    team = TeamService(store=store, dispatcher=dispatcher, mirror=mirror)
    claims = await asyncio.gather(*(team.claim_message("w1", job.id) for _ in range(5)))
    assert sorted(claims, key=str) == [0, None, None, None, None]
    assert await team.claim_message("w1", job.id, patience=timedelta(0)) == 1
    assert await team.claim_message("w1", job.id) is None
    with pytest.raises(NotFound):
        await team.claim_message("w2", job.id)
