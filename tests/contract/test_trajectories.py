"""Conversations are kept for training only where all members agreed, and are removed when one
withdraws."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.ports import Message, Transcript
from app.trajectories import KeptTranscripts
from domain.requests import Destination, Job
from domain.team import Role, Scope
from domain.training import Trajectory
from evaluation.peers.values import NOON, SHA, a_job, a_request
from jobs.admission.requests import Requester
from jobs.services.team import TeamService
from storage.blobs import FolderBlobStore
from storage.unit_of_work import SqlStore
from tests.fakes.job_service import IdleDispatcher

PLACE = Destination("chat", "c1")
ADMIN = Requester("w1", "ada", PLACE, Role.ADMIN)
ANN = Requester("w1", "ann", PLACE)
TALK = Transcript(
    (
        Message("system", "You prepare a picture. Today is 2026-03-01"),
        Message("user", "A poster for ann@example.net, call +49 30 1234567"),
        Message("assistant", "<think></think><tool_call>…</tool_call>"),
        Message("user", "<tool_response>\nIMG_001\n</tool_response>", (b"a picture", b"another")),
        Message("assistant", '<answer>{"gen_prompt": "for ann@example.net"}</answer>'),
    ),
    agent={"profile": "limner", "model": "m"},
    answered=True,
    tokens=7,
)


class Keeping:
    """A store, its blobs, and who keeps and who changes settings."""

    def __init__(self, store: SqlStore, folder: Path) -> None:
        self.store = store
        self.blobs = FolderBlobStore(folder)
        self.keeper = KeptTranscripts(store, self.blobs)
        self.team = TeamService(store=store, dispatcher=IdleDispatcher(), mirror=None)  # type: ignore[arg-type]

    async def job(self, member: str = "ann", **parts: object) -> Job:
        """A new job, whose conversation is offered to be kept."""
        request = a_request(member_id=member, destination=PLACE, **{"attachments": (), **parts})
        job = a_job(request=request)
        async with self.store.workspace("w1") as unit:
            await unit.jobs.add(job, event_key=job.id)
        await self.keeper.keep(job, TALK)
        return job

    async def kept(self) -> list[Trajectory]:
        """What there is."""
        async with self.store.workspace("w1", read_only=True) as unit:
            return [*await unit.trajectories.after()]


@pytest.fixture
def keeping(store: SqlStore, tmp_path: Path) -> Keeping:
    return Keeping(store, tmp_path / "blobs")


async def test_nothing_is_kept_unless_the_workspace_agreed(keeping: Keeping) -> None:
    await keeping.job()
    await keeping.team.prefer(ANN, Scope.MEMBER, training=True)
    await keeping.team.prefer(ADMIN, Scope.CHANNEL, training=True)
    await keeping.job()
    assert await keeping.kept() == []


async def test_a_conversation_is_kept_whole_with_stand_ins_for_personal_data(
    keeping: Keeping,
) -> None:
    await keeping.team.prefer(ADMIN, Scope.WORKSPACE, training=True)
    job = await keeping.job()
    await keeping.keeper.keep(job, TALK)  # a resumed job
    [kept] = await keeping.kept()
    assert (kept.job_id, kept.member_id, kept.tokens) == (job.id, "ann", 7)
    assert [turn.role for turn in kept.turns] == [m.role for m in TALK.messages]
    assert kept.turns[0].text == TALK.messages[0].text
    assert kept.turns[1].text == "A poster for person1@example.org, call [telephone 1]"
    assert "person1@example.org" in kept.turns[4].text
    pictures = [await keeping.blobs.get("w1", sha) for sha in kept.turns[3].images]
    assert pictures == [b"a picture", b"another"]


async def test_pictures_of_people_and_private_requests_are_never_kept(keeping: Keeping) -> None:
    await keeping.team.prefer(ADMIN, Scope.WORKSPACE, training=True)
    attachment = a_request().attachments
    await keeping.job(attachments=attachment)
    await keeping.job(private=True)
    assert await keeping.kept() == []


async def test_who_says_no_is_left_out_and_what_was_kept_of_them_goes(keeping: Keeping) -> None:
    await keeping.team.prefer(ADMIN, Scope.WORKSPACE, training=True)
    await keeping.job("ann")
    theirs = await keeping.job("bob")
    await keeping.team.prefer(ANN, Scope.MEMBER, training=False)
    await keeping.job("ann")
    assert [each.job_id for each in await keeping.kept()] == [theirs.id]
    await keeping.team.prefer(ADMIN, Scope.CHANNEL, training=False)
    await keeping.job("bob")
    assert [each.job_id for each in await keeping.kept()] == [theirs.id]
    await keeping.team.prefer(ADMIN, Scope.WORKSPACE, training=None)
    assert await keeping.kept() == []


async def test_they_are_kept_for_a_time(keeping: Keeping) -> None:
    await keeping.team.prefer(ADMIN, Scope.WORKSPACE, training=True)
    await keeping.job()
    operations = keeping.store.operations
    assert await operations.expire_trajectories(before=NOON) == 0
    assert await operations.expire_trajectories(before=NOON + timedelta(seconds=1)) == 1
    assert await keeping.kept() == []


async def test_all_of_a_person_can_be_read_and_removed(keeping: Keeping) -> None:
    await keeping.team.prefer(ADMIN, Scope.WORKSPACE, training=True)
    ours = [await keeping.job("ann") for _ in range(2)]
    await keeping.job("bob")
    async with keeping.store.workspace("w1") as unit:
        assert [t.job_id for t in await unit.trajectories.of_member("ann")] == [j.id for j in ours]
        assert await unit.trajectories.forget("ann") == 2
        assert await unit.trajectories.of_member("ann") == []
    assert len(await keeping.kept()) == 1


def test_a_trajectory_names_each_picture_once() -> None:
    turn = replace(Trajectory("j", "m", NOON, ()), turns=())
    assert turn.images == ()
    assert len(SHA) == 64
