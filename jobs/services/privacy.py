"""Everything that is kept of a person, or of a workspace: given in an archive, and deleted."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import structlog

from domain.errors import InvalidRequest, LimnerError, NotFound, Refused
from domain.links import ChannelCode, member_elsewhere
from domain.news import Notice
from domain.patience import is_pause
from domain.privacy import Holdings
from domain.requests import Job, JobRef, JobStatus
from domain.stores import Store, UnitOfWork
from domain.team import Role
from domain.translation.messages import gettext, ngettext, translated
from jobs.admission.requests import Requester, with_role
from jobs.common.ports import BlobStore, Dispatcher, StepRunner, Surface
from jobs.common.tasks import privacy_task, task_ids
from jobs.linked.linked_copy import shadow_key
from jobs.services.galleries import GalleryService

log = structlog.get_logger(__name__)

ROWS_AT_ONCE: Final = 500
JOBS_AT_ONCE: Final = 50
"""Jobs whose rows are removed in one transaction."""
SUFFIXES: Final = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"RIFF": ".webp", b"GIF8": ".gif"}
ABOUT: Final = gettext(
    "Everything that Limner keeps of you here: one JSON file for each kind of record, the pictures "
    "that were made for you in pictures/, and those that you sent in references/. Times are UTC."
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Deleted:
    """The items removed so far; ``done`` once nothing is left. ``left`` counts messages in chat
    that the platform did not let Limner remove."""

    jobs: int = 0
    pictures: int = 0
    files: int = 0
    messages: int = 0
    left: int = 0
    done: bool = False

    def plus(self, other: Deleted) -> Deleted:
        """Both together."""
        return Deleted(
            self.jobs + other.jobs,
            self.pictures + other.pictures,
            self.files + other.files,
            self.messages + other.messages,
            self.left + other.left,
            done=other.done,
        )


@dataclass(frozen=True, slots=True)
class DeletionOrder:
    """Whose data are to be deleted, who asked for it and the language of the receipt; without a
    member all data of the workspace."""

    surface: str
    asked_by: str
    member_id: str | None
    language: str

    def __str__(self) -> str:
        return json.dumps([self.surface, self.asked_by, self.member_id, self.language])

    @classmethod
    def parse(cls, text: str) -> DeletionOrder:
        """Back from the text."""
        surface, asked_by, member_id, language = json.loads(text)
        return cls(surface, asked_by, member_id, language)


class TaskHistory(Protocol):
    """The workflow engine's stored steps of tasks."""

    async def remove(self, task_ids: Sequence[str]) -> None:
        """Forget these tasks; nothing for unknown ones."""
        ...


class PrivacyService:
    """Reads and removes all data about a person; each method stays within the workspace that it is
    given, and its copies in linked channels."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: BlobStore,
        dispatcher: Dispatcher,
        surfaces: Mapping[str, Surface],
        history: TaskHistory,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._dispatcher = dispatcher
        self._surfaces = surfaces
        self._history = history
        self.galleries = GalleryService(store=store, dispatcher=dispatcher, surfaces=surfaces)
        """The posted galleries, from which deleted pictures are removed."""

    async def holdings(self, requester: Requester, *, everybody: bool = False) -> Holdings:
        """Counts of the requester's data, or for admins of all members' data. Raises
        ``Refused``."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            await _check_may(unit, requester, everybody=everybody)
            return await unit.privacy.holdings(None if everybody else requester.member_id)

    async def entries(
        self, requester: Requester, *, everybody: bool = False
    ) -> AsyncGenerator[Entry]:
        """The files of the requester's archive, or for admins of the workspace's, one after
        another. Raises ``Refused``."""
        workspace_id = requester.workspace_id
        member_id = None if everybody else requester.member_id
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            await _check_may(unit, requester, everybody=everybody)
            tables = await unit.privacy.tables()
        about = {
            "about": translated(ABOUT, requester.language or "en"),
            "workspace": workspace_id,
            "member": member_id,
            "made_at": datetime.now(UTC).isoformat(),
        }
        yield Entry("about.json", _as_json(about))
        for table in tables:
            async for entry in self._table(workspace_id, table, member_id):
                yield entry
        async for entry in self._pictures(workspace_id, member_id):
            yield entry

    async def ask_deletion(self, requester: Requester, *, everybody: bool, event_key: str) -> None:
        """Have all that is kept of the requester deleted, or for admins of the workspace, by a
        process that is connected to their platform; the receipt reaches them in private. The same
        key again is the same deletion. Raises ``Refused``."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            await _check_may(unit, requester, everybody=everybody)
        order = DeletionOrder(
            requester.destination.surface,
            requester.member_id,
            None if everybody else requester.member_id,
            requester.language or "en",
        )
        task = privacy_task(requester.workspace_id, str(order), order.surface, event_key)
        await self._dispatcher.enqueue(task)

    async def work(self, workspace_id: str, subject_id: str, steps: StepRunner) -> None:
        """Delete and send the receipt: the body of the workflow ``privacy``."""
        order = DeletionOrder.parse(subject_id)
        total, number = Deleted(), 0
        try:
            while not total.done:
                part = await steps.run(
                    f"delete-{number}", lambda: self.delete_some(workspace_id, order), Deleted
                )
                total, number = total.plus(part), number + 1
            text = receipt_text(total, order.language)
        except LimnerError as error:
            if is_pause(error):
                raise
            log.exception("deletion_failed", workspace=workspace_id)
            failed = gettext(
                "Your data couldn't be deleted completely. Ask for it again; what is gone stays "
                "gone."
            )
            text = translated(failed, order.language)
        await steps.run(
            "receipt", lambda: self._send_receipt(workspace_id, order, text), type(None)
        )

    async def delete_now(self, requester: Requester, *, everybody: bool) -> Deleted:
        """Delete all at once, without a receipt later. Raises ``Refused``."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            await _check_may(unit, requester, everybody=everybody)
        surface, member_id = requester.destination.surface, requester.member_id
        order = DeletionOrder(surface, member_id, None if everybody else member_id, "en")
        total = Deleted()
        while not total.done:
            total = total.plus(await self.delete_some(requester.workspace_id, order))
        return total

    async def delete_some(self, workspace_id: str, order: DeletionOrder) -> Deleted:
        """Remove the oldest jobs, or once there are none what else is kept; may be done again at
        any point."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            jobs = await unit.privacy.jobs(order.member_id, limit=JOBS_AT_ONCE)
        if jobs:
            return await self._delete_jobs(workspace_id, jobs)
        lost: Collection[str] = ()
        if order.member_id is not None:
            await self._forget_elsewhere(workspace_id, order.surface, order.member_id)
        async with self._store.workspace(workspace_id) as unit:
            if order.member_id is not None:
                await unit.privacy.forget_member(order.member_id)
            else:
                lost = await unit.privacy.library_blobs()
                await unit.privacy.forget_everybody()
        for sha256 in lost:
            await self._blobs.remove(workspace_id, sha256)
        return Deleted(files=len(lost), done=True)

    async def _forget_elsewhere(self, workspace_id: str, surface: str, member_id: str) -> None:
        """Take a member's name and votes out of what linked channels keep of theirs."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            codes = await unit.privacy.linked()
        for code in codes:
            with suppress(InvalidRequest):
                there = ChannelCode.parse(code).workspace_id
                name = member_elsewhere(member_id, of=surface, on=there.partition(":")[0])
                if name != member_id:
                    async with self._store.workspace(there) as unit:
                        await unit.privacy.forget_member(name)

    async def _delete_jobs(self, workspace_id: str, jobs: Sequence[Job]) -> Deleted:
        ids = [job.id for job in jobs]
        await self._stop(workspace_id, jobs)
        await self.galleries.take_out(workspace_id, ids)
        removed = left = 0
        for job in jobs:
            for place, job_id in [(workspace_id, job.id), *await self._shadows(workspace_id, job)]:
                gone, kept = await self._remove_messages(place, job_id)
                removed, left = removed + gone, left + kept
                if place != workspace_id:
                    await self.galleries.take_out(place, [job_id])
                    await self._remove(place, [job_id])
        pictures, files = await self._remove(workspace_id, ids)
        return Deleted(len(ids), pictures, files, removed, left)

    async def _remove(self, workspace_id: str, ids: Sequence[str]) -> tuple[int, int]:
        """Remove jobs with their bytes and the engine's record of them; gives how many pictures and
        files there were. The bytes go first: their names are lost with the rows."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            lost = await unit.privacy.blobs(ids)
        for sha256 in lost:
            await self._blobs.remove(workspace_id, sha256)
        async with self._store.workspace(workspace_id) as unit:
            pictures = await unit.privacy.remove_jobs(ids)
        await self._history.remove([task for job_id in ids for task in task_ids(job_id)])
        return pictures, len(lost)

    async def _stop(self, workspace_id: str, jobs: Sequence[Job]) -> None:
        """Cancel those that go on, so that nothing more is made for them."""
        running = [job for job in jobs if not job.status.final]
        for job in running:
            async with self._store.workspace(workspace_id) as unit:
                now = await unit.jobs.get(job.id)
                if not now.status.final:
                    stopped = replace(
                        now, status=JobStatus.CANCELLED, finished_at=datetime.now(UTC)
                    )
                    await unit.jobs.save(stopped)
        await self._dispatcher.cancel([task for job in running for task in task_ids(job.id)])

    async def _shadows(self, workspace_id: str, job: Job) -> list[tuple[str, str]]:
        """The job that a linked channel shows in place of this one."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            mirrored = await unit.mirrors.get(job.id)
        if mirrored is None:
            return []
        there: ChannelCode = mirrored.there
        async with self._store.workspace(there.workspace_id, read_only=True) as unit:
            shadow = await unit.jobs.by_event(shadow_key(JobRef(workspace_id, job.id)))
        return [(there.workspace_id, shadow.id)] if shadow is not None else []

    async def _remove_messages(self, workspace_id: str, job_id: str) -> tuple[int, int]:
        """Remove a job's messages and files from chats; gives how many are gone, and how many could
        not be removed."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            messages = await unit.messages.of_job(job_id)
            deliveries = await unit.deliveries.of_job(job_id)
        receipts = [each.receipt for each in deliveries if each.receipt]
        names = {m.surface for m in messages} | {d.destination.surface for d in deliveries}
        gone = left = 0
        for name in sorted(names):
            mine = [message for message in messages if message.surface == name]
            surface = self._surfaces.get(name)
            if surface is None:
                left += len(mine)
                continue
            try:
                await surface.remove(workspace_id, mine, receipts)
                gone += len(mine)
            except LimnerError as error:
                if error.retryable:
                    raise
                log.warning("messages_not_removed", job_id=job_id, error=str(error))
                left += len(mine)
        return gone, left

    async def _send_receipt(self, workspace_id: str, order: DeletionOrder, text: str) -> None:
        """Send the receipt; nothing of it is kept. People who take no messages get none."""
        surface = self._surfaces.get(order.surface)
        if surface is None:
            return
        notice = Notice(
            f"privacy:{order.asked_by}", workspace_id, order.surface, order.asked_by, text
        )
        try:
            await surface.notify(notice)
        except LimnerError as error:
            if error.retryable:
                raise
            log.warning("receipt_not_sent", error=str(error))

    async def _table(
        self, workspace_id: str, table: str, member_id: str | None
    ) -> AsyncGenerator[Entry]:
        offset = 0
        while True:
            async with self._store.workspace(workspace_id, read_only=True) as unit:
                rows = await unit.privacy.rows(table, member_id, offset=offset, limit=ROWS_AT_ONCE)
            if rows:
                number = offset // ROWS_AT_ONCE
                name = f"data/{table}-{number + 1}.json" if number else f"data/{table}.json"
                yield Entry(name, _as_json(rows))
            if len(rows) < ROWS_AT_ONCE:
                return
            offset += len(rows)

    async def _pictures(self, workspace_id: str, member_id: str | None) -> AsyncGenerator[Entry]:
        offset, seen = 0, set[str]()
        while True:
            async with self._store.workspace(workspace_id, read_only=True) as unit:
                jobs = await unit.privacy.rows("jobs", member_id, offset=offset, limit=JOBS_AT_ONCE)
                named = await unit.privacy.pictures([row["id"] for row in jobs])
            for name, sha256 in named:
                if name in seen:
                    continue
                seen.add(name)
                with suppress(NotFound):  # deleted meanwhile
                    data = await self._blobs.get(workspace_id, sha256)
                    yield Entry(name + _suffix(data), data)
            if len(jobs) < JOBS_AT_ONCE:
                return
            offset += len(jobs)


def receipt_text(deleted: Deleted, language: str | None) -> str:
    """The removed items, in words."""
    jobs = ngettext("{count} request", "{count} requests", deleted.jobs, count=deleted.jobs)
    pictures = ngettext(
        "{count} picture", "{count} pictures", deleted.pictures, count=deleted.pictures
    )
    files = ngettext("{count} file", "{count} files", deleted.files, count=deleted.files)
    messages = ngettext(
        "{count} message", "{count} messages", deleted.messages, count=deleted.messages
    )
    sentence = gettext(
        "Deleted: {jobs}, {pictures}, {files}, {messages}, and your settings, presets, votes and "
        "usage. Your name is gone from the audit log. Bytes that other people's pictures need stay "
        "with those. Backups are the operator's.",
        jobs=jobs,
        pictures=pictures,
        files=files,
        messages=messages,
    )
    text = translated(sentence, language or "en")
    if deleted.left:
        left = ngettext(
            "{count} message couldn't be removed from the chat; delete it there.",
            "{count} messages couldn't be removed from the chat; delete them there.",
            deleted.left,
            count=deleted.left,
        )
        text = f"{text} {translated(left, language or 'en')}"
    return text


async def _check_may(unit: UnitOfWork, requester: Requester, *, everybody: bool) -> None:
    if everybody and (await with_role(unit, requester)).role is not Role.ADMIN:
        raise Refused(gettext("Only an admin can export or delete the data of everybody."))


def _as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()


def _suffix(data: bytes) -> str:
    return next((suffix for head, suffix in SUFFIXES.items() if data.startswith(head)), "")
