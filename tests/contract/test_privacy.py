"""All that is kept of a person can be had and deleted, on both databases: nothing of theirs stays
in any table, blob, chat or linked channel, and nothing of other people goes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Text, cast, select

from domain.errors import NotFound, Refused
from domain.requests import Destination, Job
from domain.team import JobMessage, MessageKind, Preferences, Role, Scope, UsageEntry
from domain.training import TrainingTurn, Trajectory
from evaluation.peers.newsroom import a_schedule
from evaluation.peers.values import NOON
from jobs.admission.requests import Requester, record
from jobs.services.archives import packed, write_archive
from jobs.services.privacy import Deleted, receipt_text
from storage.repositories import privacy
from storage.rows import TABLES
from tests.fakes.chat import ChatPeer
from tests.fakes.job_service import Office, an_office
from tests.fakes.search import Died, MemorySteps
from tests.fakes.web import picture

ANN = Requester("w1", "4815162342", Destination("chat", "c1"))
BOB = Requester("w1", "bob", Destination("chat", "c1"))
EVE = Requester("w1", "eve", Destination("chat", "c1"), Role.ADMIN)


@dataclass
class Team:
    """Ann's and Bob's jobs, and everything around them."""

    office: Office
    peer: ChatPeer

    async def job(self, requester: Requester, number: int, *, parent: Any = None) -> Job:
        """A job that is done, with a picture and something in every table."""
        office, workspace = self.office, requester.workspace_id
        commands = office.commands(requester)
        mine = [("mine.png", picture(number + 50))]
        if parent is None:
            reply = await commands.imagine(f"a fox {number}", event_key=f"k{number}", pictures=mine)
        else:
            reply = await commands.edit(parent, "at night", event_key=f"k{number}")
        assert reply.job_id is not None
        await office.researched(reply.job_id)
        sha256 = await office.blobs.put(workspace, picture(number))
        await office.finished(reply.job_id, sha256=sha256)
        async with office.store.workspace(workspace) as unit:
            job = await unit.jobs.get(reply.job_id)
            [shown] = await unit.illustrations.of_job(job.id)
            await unit.provenance.keep_hashes(shown.id, b"hashes")
            await unit.pages.revoke_links(job.id)
            spent = UsageEntry("k", NOON, job.id, requester.member_id, "model", "m", "tokens", 1.0)
            await unit.ledger.spend([spent])
            turns = (TrainingTurn("user", "a fox"),)
            await unit.trajectories.keep(Trajectory(job.id, requester.member_id, NOON, turns))
            message = JobMessage("chat", "c1", f"m{number}", job.id, MessageKind.RESULT, NOON)
            await unit.messages.add(message)
        return job

    async def shown(self, job: Job) -> str:
        async with self.office.store.workspace(job.workspace_id, read_only=True) as unit:
            return (await unit.illustrations.of_job(job.id))[0].id

    async def fill(self) -> tuple[Job, Job]:
        """Jobs of both, and what they did about each other's."""
        hers, his = await self.job(ANN, 1), await self.job(BOB, 2)
        team = self.office.team
        await team.vote(ANN, await self.shown(his), 1)
        await team.vote(BOB, await self.shown(his), 1)
        await team.vote(BOB, await self.shown(hers), -1)
        await team.prefer(ANN, Scope.MEMBER, style="ink")
        await team.prefer(BOB, Scope.MEMBER, style="oil")
        await team.keep_preset(ANN, Scope.MEMBER, "poster", "count:2")
        async with self.office.store.workspace("w1") as unit:
            await unit.schedules.save(
                a_schedule(id="S1", workspace_id="w1", owner_id=ANN.member_id)
            )
            await unit.events.append(his.id, "decided", {"by": ANN.member_id, "approved": True})
            await record(unit, ANN, "approve", his.id, reason="nice")
            await record(unit, EVE, "lift", ANN.member_id)
        return hers, his

    async def texts(self, workspace_id: str = "w1") -> str:
        """Every value of every row of a workspace, as text."""
        found: list[str] = []
        async with self.office.engine.connect() as connection:
            for table in TABLES.sorted_tables:
                if "workspace_id" in table.columns:
                    values = [cast(column, Text) for column in table.columns]
                    mine = table.c.workspace_id == workspace_id
                    found += map(
                        repr, (await connection.execute(select(*values).where(mine))).all()
                    )
        return "\n".join(found)

    async def delete(self, requester: Requester, *, everybody: bool = False) -> str:
        """Ask for it and let the task be worked on; gives the receipt."""
        privacy = self.office.privacy
        await privacy.ask_deletion(requester, everybody=everybody, event_key="once")
        [task] = [task for task in self.office.dispatcher.tasks if task.workflow == "privacy"]
        assert task.queue == "delivery-chat"
        await privacy.work(task.workspace_id, task.subject_id, MemorySteps())
        return self.peer.notices[-1].text


@pytest.fixture
async def team(database_url: str, tmp_path: Path) -> AsyncIterator[Team]:
    async with an_office(tmp_path, url=database_url) as office:
        peer = ChatPeer()
        office.surfaces["chat"] = peer
        yield Team(office, peer)


def test_no_table_is_forgotten() -> None:
    named = {privacy.table_of(row).name for row in (*privacy._OWN, *privacy._KEPT)}  # pyright: ignore[reportPrivateUsage]
    others = (*privacy._OF_JOBS, *privacy._OF_PICTURES, *privacy._SHARED)  # pyright: ignore[reportPrivateUsage]
    named |= {privacy.table_of(row).name for row in others}
    wanted = {table.name for table in TABLES.sorted_tables if "workspace_id" in table.columns}
    assert wanted <= named


async def test_an_archive_holds_everything_of_a_person_and_nothing_of_others(
    team: Team, tmp_path: Path
) -> None:
    hers, his = await team.fill()
    path = tmp_path / "mine.zip"
    count = await write_archive(team.office.privacy.entries(ANN), path)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert count == len(names) == len(set(names))
        data = {name: json.loads(archive.read(name)) for name in names if name.startswith("data/")}
        pictures = [archive.read(name) for name in names if name.startswith("pictures/")]
        brought = [name for name in names if name.startswith("references/")]
    assert pictures == [picture(1)]
    assert len(brought) == 1
    assert [row["id"] for row in data["data/jobs.json"]] == [hers.id]
    for table in ("hops", "sources", "illustrations", "trajectories", "usage", "job_messages"):
        assert {row["job_id"] for row in data[f"data/{table}.json"]} == {hers.id}
    [own] = data["data/preferences.json"]
    assert own["value"] == {"style": "ink", "presets": {"poster": "count:2"}}
    assert {"votes", "audit_log", "schedules"} <= {n[5:-5] for n in data}
    assert "bob" not in json.dumps({n: rows for n, rows in data.items() if "audit" not in n})
    assert his.request.prompt not in json.dumps(data)


async def test_an_archive_comes_in_parts_that_a_chat_takes(team: Team) -> None:
    await team.fill()
    whole = [entry async for entry in team.office.privacy.entries(ANN)]
    most = max(len(entry.data) for entry in whole) + 3_000
    parts = [
        part async for part, _left in packed(team.office.privacy.entries(ANN), most_bytes=most)
    ]
    assert len(parts) > 1
    assert all(len(part) <= most for part in parts)
    found: dict[str, bytes] = {}
    for part in parts:
        with zipfile.ZipFile(io.BytesIO(part)) as archive:
            found |= {name: archive.read(name) for name in archive.namelist()}
    assert set(found) == {entry.name for entry in whole}


async def test_nothing_of_a_person_stays_and_everything_of_others_does(team: Team) -> None:
    hers, his = await team.fill()
    before = await team.texts()
    assert ANN.member_id in before
    receipt = await team.delete(ANN)
    assert "1 request, 1 picture, 2 files, 1 message" in receipt
    after = await team.texts()
    assert ANN.member_id not in after
    assert "a fox 1" not in after
    assert "a fox 2" in after
    assert team.peer.removed == ["m1"]
    assert f"{hers.id}:research" in team.office.history.removed
    commands = team.office.commands(BOB)
    assert (await commands.job(his.id)).card
    view = await team.office.job_service.view("w1", his.id)
    assert (view.tallies[0].up, view.tallies[0].down) == (1, 0)
    for brought in hers.request.attachments:
        with pytest.raises(NotFound):
            await team.office.blobs.get("w1", brought.sha256)
    [kept] = his.request.attachments
    assert await team.office.blobs.get("w1", kept.sha256)
    async with team.office.store.workspace("w1", read_only=True) as unit:
        assert (await unit.preferences.get(Scope.MEMBER, "bob")).style == "oil"
        assert [schedule.owner_id for schedule in await unit.schedules.list()] == [""]
        audit = await unit.ledger.audit(limit=99)
    assert {entry.member_id for entry in audit} == {"", "bob", "eve"}


async def test_what_others_made_from_a_picture_goes_on_working(team: Team) -> None:
    hers = await team.job(ANN, 1)
    edited = await team.job(BOB, 2, parent=await team.shown(hers))
    await team.delete(ANN)
    view = await team.office.job_service.view("w1", edited.id)
    assert view.illustrations
    for attachment in view.job.request.attachments:
        assert await team.office.blobs.get("w1", attachment.sha256)
    again = await team.office.commands(BOB).regenerate(edited.id, event_key="again")
    assert again.job_id is not None


async def test_a_running_job_is_stopped_and_removed(team: Team) -> None:
    reply = await team.office.commands(ANN).imagine("a cat", event_key="k9")
    await team.delete(ANN)
    assert f"{reply.job_id}:research" in team.office.dispatcher.cancelled
    with pytest.raises(NotFound):
        await team.office.job_service.view("w1", str(reply.job_id))


async def test_a_suspension_is_not_deleted_with_the_rest(team: Team) -> None:
    async with team.office.store.workspace("w1") as unit:
        suspended = Preferences(style="ink", suspended=True)
        await unit.preferences.save(Scope.MEMBER, ANN.member_id, suspended)
    await team.delete(ANN)
    async with team.office.store.workspace("w1", read_only=True) as unit:
        assert await unit.preferences.get(Scope.MEMBER, ANN.member_id) == Preferences(
            suspended=True
        )


async def test_only_admins_export_or_delete_everybodys_data(team: Team) -> None:
    await team.fill()
    with pytest.raises(Refused):
        await team.office.privacy.ask_deletion(BOB, everybody=True, event_key="once")
    with pytest.raises(Refused):
        _ = [entry async for entry in team.office.privacy.entries(BOB, everybody=True)]
    receipt = await team.delete(EVE, everybody=True)
    assert "2 requests, 2 pictures" in receipt
    assert await team.texts() == ""


async def test_a_deletion_that_died_goes_on_where_it_was(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.services.privacy.JOBS_AT_ONCE", 1)
    for number in (1, 2, 3):
        await team.job(ANN, number)
    await team.office.privacy.ask_deletion(ANN, everybody=False, event_key="once")
    [task] = [task for task in team.office.dispatcher.tasks if task.workflow == "privacy"]
    steps = MemorySteps()
    steps.dies_after = 2
    with pytest.raises(Died):
        await team.office.privacy.work(task.workspace_id, task.subject_id, steps)
    steps.dies_after = None
    await team.office.privacy.work(task.workspace_id, task.subject_id, steps)
    assert "3 requests, 3 pictures" in team.peer.notices[-1].text
    assert len(team.peer.notices) == 1
    assert ANN.member_id not in await team.texts()


def test_a_receipt_says_what_could_not_be_removed_in_the_readers_language() -> None:
    assert "2 messages couldn't be removed" in receipt_text(Deleted(left=2), "en")
    assert "Gelöscht" in receipt_text(Deleted(), "de")
