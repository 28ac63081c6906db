"""A job that a linked channel shows too: its shadow there, kept as the job itself stands.

The shadow is a job of the other workspace with messages and deliveries of its own. Nothing is
looked up or drawn for it; what the original has is copied. Doing so twice has no further effect,
and the process that does it locks the shadow's row, so that any number of processes may.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

import structlog

from domain.errors import LimnerError, NotFound, NotPossibleNow
from domain.illustrations import Delivery
from domain.links import MirroredJob
from domain.requests import JobRef, JobStatus
from domain.stores import MirrorOperations, Store
from jobs.admission.requests import Requester
from jobs.common.galleries import refresh_galleries
from jobs.common.messages import show_again
from jobs.common.ports import BlobStore, Changes, Dispatcher
from jobs.common.removal import removed_pictures
from jobs.common.tasks import deliver_task
from jobs.linked.linked_copy import (
    PARTED,
    WITHHELD,
    LinkedCopy,
    SourceJob,
    ended,
    get_original,
    read_original,
    shadow_of,
)
from jobs.linked.links import NO_LONGER_LINKED, original_of, other_side

T = TypeVar("T")

log = structlog.get_logger(__name__)

ROUND_S: Final = 1.0
"""The least time in seconds between two rounds."""
LOOK_S: Final = 10.0
"""The longest wait while no change is notified."""
AFTER_FAILURE_S: Final = 5.0


class ChannelLink:
    """Carries jobs over to linked channels, and what is done there back to them."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: BlobStore,
        dispatcher: Dispatcher,
        reached: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._dispatcher = dispatcher
        self._reached = reached
        self._lent: dict[JobRef, set[str]] = {}

    async def act(
        self,
        requester: Requester,
        job_id: str,
        work: Callable[[Requester, str], Awaitable[T]],
        *,
        brings: Iterable[str] = (),
        or_here: bool = False,
    ) -> T:
        """Do something about a job; where it only shows another one, about that one.

        ``brings`` names bytes that the work needs there. Where the channels are no longer linked,
        it is done about the shadow alone if ``or_here``.

        Raises:
            NotFound: This workspace has no such job.
            NotPossibleNow: The channels are no longer linked.
        """
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            job = await unit.jobs.get(job_id)
        if job.request.origin.shadow_of is None:
            return await work(requester, job_id)
        found = await original_of(self._store, requester, job)
        if found is None:
            if or_here:
                return await work(requester, job_id)
            raise NotPossibleNow(NO_LONGER_LINKED)
        outsider, original = found
        for sha256 in brings:
            await self._lend(sha256, of=requester.workspace_id, to=original.workspace_id)
        done = await work(outsider, original.job_id)
        try:
            await self.carry(original)
        except LimnerError as error:
            log.warning("carry_failed", job_id=original.job_id, error=str(error))
        return done

    async def carry(self, ref: JobRef) -> None:
        """Bring a job's shadow up to date, making it first where there is none; a shadow whose
        channel is no longer linked is ended."""
        found = await read_original(self._store, ref)
        if found is None:
            return
        side = await other_side(self._store, found.mirrored.here)
        if side is None or side.there != found.mirrored.there or found.mirrored.withheld:
            await self._part(found)
            return
        await self._lend_all(found)
        self._reached("mirror-lent")
        sent: list[Delivery] = []
        lost: list[str] = []
        async with self._store.workspace(side.there.workspace_id) as unit:
            shadow = await shadow_of(unit, found, side)
            async with unit.beside(ref.workspace_id) as beside:
                # now that no other process writes the shadow
                newer = await get_original(beside, ref)
            if newer is None or newer.hashes - found.hashes or newer.mirrored.withheld:
                return
            if shadow is not None:
                copy = LinkedCopy(unit, shadow, newer)
                lost = await copy.update()
                sent = await copy.deliveries()
        self._reached("mirror-sent" if sent else "mirror-written")
        for delivery in sent:
            await self._dispatcher.enqueue(deliver_task(delivery))
        await self._forget(newer, lost)
        if newer.deleted:
            await refresh_galleries(self._store, self._dispatcher, side.there.workspace_id)
        if newer.job.status.final and (shadow is None or await self._is_over(newer, shadow.id)):
            await self._close(newer)

    async def _part(self, found: SourceJob) -> None:
        """End a shadow whose channel is no longer linked, or does not allow it; what was deleted
        still, or may not be seen there, is removed there."""
        withheld, lost = found.mirrored.withheld, list[str]()
        async with self._store.workspace(found.mirrored.there.workspace_id) as unit:
            shadow = await unit.jobs.by_event(found.event_key)
            if shadow is not None:
                await ended(unit, shadow.id, WITHHELD if withheld else PARTED)
                if found.deleted or withheld:
                    only = None if withheld else found.deleted
                    lost = await removed_pictures(unit, shadow.id, only=only)
        await self._forget(found, lost)
        if found.deleted or withheld:
            there = found.mirrored.there.workspace_id
            await refresh_galleries(self._store, self._dispatcher, there)
        await self._close(found)

    async def _is_over(self, found: SourceJob, shadow_id: str) -> bool:
        async with self._store.workspace(found.mirrored.there.workspace_id) as unit:
            shadow = await unit.jobs.get(shadow_id)
            if shadow.status is JobStatus.FAILED:
                await show_again(unit, shadow_id, ended=True)
        return shadow.status.final

    async def _close(self, found: SourceJob) -> None:
        self._lent.pop(found.ref, None)
        self._reached("mirror-closing")
        async with self._store.workspace(found.ref.workspace_id) as unit:
            await unit.mirrors.close(found.ref.job_id, changes=found.mirrored.changes)

    async def _lend_all(self, found: SourceJob) -> None:
        """Copy the bytes that the shadow needs, each once."""
        known = self._lent.setdefault(found.ref, set())
        there = found.mirrored.there.workspace_id
        for sha256 in sorted(found.hashes - known):
            await self._lend(sha256, of=found.ref.workspace_id, to=there)
            known.add(sha256)

    async def _lend(self, sha256: str, *, of: str, to: str) -> None:
        try:
            data = await self._blobs.get(of, sha256)
        except NotFound:  # deleted meanwhile
            return
        await self._blobs.put(to, data)

    async def _forget(self, found: SourceJob, lost: Iterable[str]) -> None:
        for sha256 in lost:
            await self._blobs.remove(found.mirrored.there.workspace_id, sha256)


class MirrorRounds:
    """Looks for jobs to carry over, about once a second; every process that keeps house does."""

    def __init__(self, *, store: Store, operations: MirrorOperations, mirror: ChannelLink) -> None:
        self._store = store
        self._operations = operations
        self._mirror = mirror
        self._seen: dict[JobRef, tuple[JobStatus, int, int]] = {}

    async def run(self, changes: Changes) -> None:
        """Look after each change until cancelled; what fails once is logged and tried again."""
        while True:
            try:
                await self.look()
            except Exception as error:  # on any failure, the other jobs go on being carried over
                log.warning("mirror_failed", error=str(error), exc_info=not _is_known(error))
                await asyncio.sleep(AFTER_FAILURE_S)
            await asyncio.sleep(ROUND_S)
            await changes.wait(LOOK_S)

    async def look(self) -> None:
        """Carry over each job that moved since it was last looked at, or whose channels may have
        been parted."""
        every = await self._operations.open_mirrors()
        known = {_ref(mirrored) for mirrored in every}
        self._seen = {ref: seen for ref, seen in self._seen.items() if ref in known}
        for mirrored in every:
            try:
                await self._look_at(mirrored)
            except (LimnerError, OSError) as error:
                log.warning("carry_failed", job_id=mirrored.job_id, error=str(error))

    async def _look_at(self, mirrored: MirroredJob) -> None:
        ref, state = _ref(mirrored), (mirrored.status, mirrored.seq, mirrored.changes)
        if self._seen.get(ref) == state and not mirrored.status.final:
            side = await other_side(self._store, mirrored.here)
            if side is not None and side.there == mirrored.there:
                return
        await self._mirror.carry(ref)
        self._seen[ref] = state


def _is_known(error: Exception) -> bool:
    return isinstance(error, LimnerError | OSError)


def _ref(mirrored: MirroredJob) -> JobRef:
    return JobRef(mirrored.here.workspace_id, mirrored.job_id)
