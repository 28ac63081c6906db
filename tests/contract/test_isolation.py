"""Nothing crosses a workspace: every method of every repository is called with the ids, keys and
hashes of another workspace, and neither reads nor changes what is there."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.accounts import Account
from domain.errors import LimnerError, NotFound
from domain.galleries import GalleryMessage
from domain.illustrations import DeliveryKind
from domain.library import LibraryItem
from domain.links import ChannelCode
from domain.news import Notice, Slot, SlotStatus
from domain.pages import GalleryQuery
from domain.requests import JobStatus
from domain.research import SourceKind
from domain.team import (
    AuditEntry,
    Decision,
    JobMessage,
    MessageKind,
    Preferences,
    Scope,
    UsageEntry,
)
from domain.training import TrainingTurn, Trajectory
from evaluation.peers.newsroom import a_schedule, a_story, a_text
from evaluation.peers.values import (
    NOON,
    SHA,
    a_delivery,
    a_grounding,
    a_hop,
    a_job,
    a_source,
    an_illustration,
)
from storage.blobs import FolderBlobStore
from storage.library import SqlLibrary
from storage.objects import S3BlobStore
from storage.repositories.privacy import TABLES_READ
from storage.unit_of_work import SqlStore, SqlUnitOfWork

THEIRS = "THEIR-SECRET"
REPOSITORIES = (
    "jobs",
    "research",
    "illustrations",
    "deliveries",
    "events",
    "messages",
    "preferences",
    "opinions",
    "ledger",
    "schedules",
    "stories",
    "mirrors",
    "provenance",
    "trajectories",
    "pages",
    "galleries",
    "privacy",
    "accounts",
)


A_MESSAGE = JobMessage("discord", "c1", "m1", "", MessageKind.LIVE, NOON, open=True)
A_GALLERY = GalleryMessage("discord", "c1", "m1", (), NOON)
A_SLOT = Slot("S1", NOON, SlotStatus.DUE, NOON)
A_NOTICE = Notice("N1", "", "chat", "ann", "told")
SPENT = UsageEntry("k1", NOON, "", "m1", "model", "qwen", "tokens", 1.0)


def methods(owner: object) -> list[str]:
    """Every public method, so that a new one cannot be forgotten."""
    return [name for name, _ in inspect.getmembers(owner, callable) if not name.startswith("_")]


class World:
    """Two workspaces; everything of the second is marked, and its ids are tried on the first."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.ours = a_job("ours", id="JOB-OURS")
        self.theirs = a_job("theirs", id="JOB-THEIRS")
        marked = replace(self.theirs.request, prompt=THEIRS, style=THEIRS)
        self.theirs = replace(self.theirs, request=marked, notes=(THEIRS,))

    async def fill(self) -> None:
        for job, mark in ((self.ours, "open"), (self.theirs, THEIRS)):
            async with self.store.workspace(job.workspace_id) as unit:
                await unit.jobs.add(job, event_key=f"event-{job.workspace_id}")
                await unit.research.save_hop(job.id, a_hop(), [a_source(title=mark, text=mark)])
                await unit.research.save_grounding(
                    job.id, replace(a_grounding(), text=mark), notes=[mark], searched=True
                )
                picture = an_illustration(job, id=f"PIC-{job.workspace_id}", alt_text=mark)
                await unit.illustrations.save(picture)
                await unit.deliveries.add(replace(a_delivery(job), receipt=mark))
                await unit.events.append(job.id, "note", {"text": mark}, key="k1")
                await unit.messages.add(replace(A_MESSAGE, job_id=job.id, thread=mark))
                await unit.opinions.vote(picture.id, "m1", 1, now=NOON)
                await unit.opinions.decide("draft", Decision("m1", True, NOON, mark))
                await unit.ledger.spend([replace(SPENT, job_id=job.id, name=mark)])
                await unit.ledger.record(AuditEntry(mark, NOON, "m1", "delete", mark))
                await unit.schedules.save(a_schedule(id=f"S-{job.workspace_id}", name=mark))
                await unit.schedules.claim(replace(A_SLOT, note=mark))
                await unit.stories.save(a_story(id=f"STORY-{job.workspace_id}", text=a_text(mark)))
                await unit.stories.add_notice(replace(A_NOTICE, text=mark))
                await unit.mirrors.add(job.id, ChannelCode("chat:1", mark))
                await unit.provenance.keep_hashes(picture.id, mark.encode())
                turns = (TrainingTurn("user", mark),)
                await unit.trajectories.keep(Trajectory(job.id, "m1", NOON, turns))
                await unit.pages.revoke_links(job.id)
                gallery = replace(A_GALLERY, pictures=(picture.id, mark))
                await unit.galleries.add(gallery, most=9, since=NOON)
                shared = Preferences(style=mark, publish=True)
                await unit.preferences.save(Scope.CHANNEL, "c1", shared)

    async def snapshot(self, workspace_id: str) -> str:
        job_id = self.theirs.id if workspace_id == "theirs" else self.ours.id
        async with self.store.workspace(workspace_id, read_only=True) as unit:
            return repr(
                (
                    await unit.jobs.recent(limit=100),
                    await unit.research.load(job_id),
                    await unit.illustrations.of_job(job_id),
                    await unit.deliveries.of_job(job_id),
                    await unit.events.read(job_id),
                    await unit.messages.of_job(job_id),
                    await unit.preferences.get(Scope.CHANNEL, "c1"),
                    await unit.opinions.tally(f"PIC-{workspace_id}"),
                    await unit.opinions.decisions("draft"),
                    await unit.ledger.totals(NOON),
                    await unit.ledger.audit(),
                    await unit.schedules.list(),
                    await unit.schedules.slots("S1"),
                    await unit.stories.get(f"STORY-{workspace_id}"),
                    await unit.stories.notice("N1"),
                    await unit.mirrors.get(job_id),
                    await unit.provenance.known(limit=9),
                    await unit.trajectories.after(),
                    await unit.galleries.get("discord", "c1", "m1"),
                    await unit.pages.links(job_id),
                    await unit.pages.published_channels(),
                    await unit.pages.made_from(f"PIC-{workspace_id}", limit=9),
                )
            )

    def arguments(self) -> dict[str, st.SearchStrategy[Any]]:
        job_ids = st.sampled_from([self.theirs.id, self.ours.id, "unknown"])
        jobs = job_ids.map(lambda job_id: a_job("theirs", id=job_id))
        return {
            "job_id": job_ids,
            "job_ids": job_ids.map(lambda job_id: [job_id]),
            "job": jobs,
            "event_key": st.sampled_from(["event-theirs", "event-ours", "new"]),
            "member_id": st.sampled_from([None, "m1"]),
            "opinions.vote.member_id": st.sampled_from(["m1", "m2"]),
            "status": st.sampled_from([None, *JobStatus]),
            "limit": st.integers(1, 10),
            "code": st.sampled_from(["theirs", "eirs", self.theirs.id[-6:], self.ours.id[-6:]]),
            "hop": st.integers(1, 3).map(a_hop),
            "sources": st.just([a_source(1), a_source(2)]),
            "grounded": st.just(a_grounding()),
            "notes": st.just(["n"]),
            "searched": st.booleans(),
            "illustration_id": st.sampled_from(["PIC-theirs", "PIC-ours", SHA]),
            "sha256": st.just(SHA),
            "illustration": st.builds(
                an_illustration, jobs, id=st.sampled_from(["PIC-theirs", "PIC-ours", "PIC-new"])
            ),
            "delivery": jobs.map(lambda job: a_delivery(job, DeliveryKind.FAILURE)),
            "delivery_id": st.sampled_from([f"{self.theirs.id}:result", f"{self.ours.id}:result"]),
            "now": st.just(NOON),
            "receipt": st.just("r"),
            "kind": st.just("note"),
            "data": st.just({"a": 1}),
            "key": st.sampled_from([None, "k1", "k2"]),
            "after": st.integers(0, 3),
            "since": st.just(NOON),
            "message": st.sampled_from(["m1", "m2"]),
            "messages.add.message": job_ids.map(lambda job_id: replace(A_MESSAGE, job_id=job_id)),
            **{
                f"galleries.{method}.message": st.just(A_GALLERY)
                for method in ("add", "shown", "remove")
            },
            "most": st.just(9),
            "pictures": st.sampled_from([[], ["PIC-theirs"], ["PIC-ours"]]),
            "surface": st.just("discord"),
            "channel": st.just("c1"),
            "thread": st.sampled_from([THEIRS, "open"]),
            "scope": st.sampled_from(list(Scope)),
            "scope_id": st.sampled_from(["", "c1"]),
            "action": st.just("delete"),
            "approvals": st.integers(0, 2),
            "review": st.just(None),
            "places": st.just([(Scope.CHANNEL, "c1"), (Scope.WORKSPACE, "")]),
            "preferences": st.just(Preferences(style="ours")),
            "value": st.sampled_from([-1, 0, 1]),
            "subject_id": st.just("draft"),
            "decision": st.just(Decision("m1", approved=False, at=NOON)),
            "entries": job_ids.map(lambda job_id: [replace(SPENT, job_id=job_id)]),
            "schedule": st.sampled_from(
                [a_schedule(id="S-theirs", workspace_id="theirs"), a_schedule(id="S-ours")]
            ),
            "schedule_id": st.sampled_from(["S-theirs", "S-ours", "S1"]),
            "slot": st.sampled_from([A_SLOT, replace(A_SLOT, due_at=NOON + timedelta(hours=1))]),
            "due_at": st.just(NOON),
            "story": st.sampled_from(["STORY-theirs", "STORY-new"]).map(lambda i: a_story(id=i)),
            "story_id": st.sampled_from(["STORY-theirs", "STORY-new"]),
            "notice": st.sampled_from(["N1", "N2"]).map(lambda i: replace(A_NOTICE, id=i)),
            "notice_id": st.sampled_from(["N1", "N2"]),
            "there": st.just(ChannelCode("chat:2", "ours")),
            "changes": st.integers(0, 2),
            "hashes": st.just(b"ours"),
            "reasons": st.just(("It was looked up.",)),
            "agent": st.just({"profile": "limner"}),
            "before": st.sampled_from([None, "Z", "PIC-theirs"]),
            "trajectory": job_ids.map(lambda job_id: Trajectory(job_id, "m1", NOON, ())),
            "query": st.builds(
                GalleryQuery,
                channels=st.just(frozenset({"here", "c1"})),
                words=st.sampled_from(["", THEIRS]),
                member_id=st.sampled_from([None, "m1"]),
                schedule_id=st.sampled_from([None, "S1"]),
            ),
            "channels": st.just(frozenset({"here", "c1"})),
            "table": st.sampled_from(TABLES_READ),
            "offset": st.integers(0, 1),
            "account": st.just(Account("ours", "m1")),
            "one": st.just(Account("ours", "m1")),
            "other": st.just(Account("ours", "m2")),  # another's only with a code, see the service
            "digest": st.just("d"),
            "expires_at": st.just(NOON),
            "entry": st.just(AuditEntry("new", NOON, "m1", "delete", "x")),
        }

    def call(self) -> st.SearchStrategy[tuple[str, str, dict[str, Any]]]:
        unit: Any = SqlUnitOfWork(None, "ours", read_only=True)  # type: ignore[arg-type]
        known = self.arguments()
        calls: list[st.SearchStrategy[tuple[str, str, dict[str, Any]]]] = []
        for repository in REPOSITORIES:
            for method in methods(getattr(unit, repository)):
                bound: Callable[..., Any] = getattr(getattr(unit, repository), method)
                names = list(inspect.signature(bound).parameters)
                arguments = st.fixed_dictionaries(
                    {
                        name: known.get(f"{repository}.{method}.{name}", known[name])
                        for name in names
                    }
                )
                calls.append(st.tuples(st.just(repository), st.just(method), arguments))
        return st.one_of(calls)


def test_every_repository_of_the_unit_is_tried() -> None:
    unit = SqlUnitOfWork(None, "w", read_only=True)  # type: ignore[arg-type]
    assert {name for name in vars(unit) if not name.startswith("_")} == set(REPOSITORIES)


async def test_no_method_reaches_into_another_workspace(store: SqlStore) -> None:
    world = World(store)
    await world.fill()
    before = await world.snapshot("theirs")
    assert THEIRS in before

    loop = asyncio.get_running_loop()

    async def try_(repository: str, method: str, arguments: dict[str, Any]) -> None:
        with suppress(LimnerError):
            async with store.workspace("ours") as unit:
                answer = await getattr(getattr(unit, repository), method)(**arguments)
                assert THEIRS not in repr(answer)
        assert await world.snapshot("theirs") == before
        with suppress(NotFound):  # some calls remove all that is ours
            assert THEIRS not in await world.snapshot("ours")

    @settings(max_examples=150)
    @given(call=world.call())
    def in_any_call(call: tuple[str, str, dict[str, Any]]) -> None:
        asyncio.run_coroutine_threadsafe(try_(*call), loop).result(30)

    await asyncio.to_thread(cast("Callable[[], None]", in_any_call))


async def test_no_library_method_reaches_into_another_workspace(database: AsyncEngine) -> None:
    library = SqlLibrary(database)

    def item(workspace_id: str, title: str) -> LibraryItem:
        return LibraryItem(
            id=f"ITEM-{workspace_id}",
            workspace_id=workspace_id,
            kind=SourceKind.PAGE,
            title=title,
            text=title,
            url="https://example.org/",
            sha256=SHA,
            added_at=NOON,
        )

    theirs = await library.add(item("theirs", f"rocket {THEIRS}"))
    tried: dict[str, Callable[[], Awaitable[object]]] = {
        "add": lambda: library.add(replace(item("ours", "rocket"), id=theirs.id)),
        "list": lambda: library.list("ours"),
        "remove": lambda: library.remove("ours", theirs.id),
        "search": lambda: library.search("ours", f"rocket {THEIRS}", kind="page", limit=5),
    }
    assert set(tried) == set(methods(library))
    for call in tried.values():
        with suppress(LimnerError):
            assert THEIRS not in repr(await call())
        assert await library.list("theirs") == [theirs]
    assert len(await library.search("theirs", THEIRS, kind="page", limit=5)) == 1


async def test_no_hash_gives_another_workspaces_blob(tmp_path: Path) -> None:
    blobs = FolderBlobStore(tmp_path)
    # These name no workspace, because the sweep and the backup are over all of them.
    sweep = {"now", "listed", "remove_old", "remove_drafts", "read_listed", "restore"}
    for store in (blobs, S3BlobStore):
        assert set(methods(store)) == {"put", "get", "remove"} | sweep, (
            "tests/contract/test_blobs.py"
        )
    sha256 = await blobs.put("theirs", THEIRS.encode())
    await blobs.remove("ours", sha256)
    assert await blobs.get("theirs", sha256) == THEIRS.encode()
    with pytest.raises(LimnerError):
        await blobs.get("ours", sha256)
    assert await blobs.put("ours", THEIRS.encode()) == sha256
    assert await blobs.get("ours", sha256) == THEIRS.encode()
