"""What a shadow copies from its original job."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from ulid import ULID

from domain.errors import NotFound
from domain.illustrations import (
    Delivery,
    DeliveryKind,
    Illustration,
    IllustrationStatus,
    JobEvent,
)
from domain.links import MirroredJob, member_elsewhere
from domain.requests import Destination, Illustrate, Job, JobKind, JobRef, JobStatus, Request
from domain.research import Research
from domain.stores import Store, UnitOfWork
from domain.team import MessageKind
from domain.team_messages import without_told
from domain.translation.messages import gettext
from jobs.common.messages import show_again
from jobs.common.removal import removed_pictures
from jobs.common.tasks import delivery_id
from jobs.common.views import JobView, for_outsiders, job_view, picture_for_outsiders
from jobs.linked.links import OtherSide

PARTED: Final = gettext(
    "This picture is no longer shown here because this channel is no longer "
    "linked with the one it was requested in."
)
WITHHELD: Final = gettext(
    "This channel's content policy doesn't allow this picture, so it isn't shown here."
)
SHOWN_EVENTS: Final = frozenset(
    {
        *("research_started", "thinking", "hop_started", "hop_finished", "grounded", "choosing"),
        *("chosen", "render_started", "render_progress", "rendered", "checked", "reviewing"),
        "decided",
    }
)
"""Events of the original that its shadow's log repeats, where they are the latest."""
LATEST = 20
"""How many of the original's last events are searched for one."""


@dataclass(frozen=True, slots=True)
class SourceJob:
    """A mirrored job at one moment; ``pictures`` are all of it, and ``votes`` are by picture and
    member."""

    mirrored: MirroredJob
    view: JobView
    pictures: tuple[Illustration, ...]
    votes: Mapping[str, Mapping[str, int]]
    event: JobEvent | None

    @property
    def job(self) -> Job:
        """The job itself."""
        return self.view.job

    @property
    def ref(self) -> JobRef:
        """Its name across workspaces."""
        return JobRef(self.job.workspace_id, self.job.id)

    @property
    def event_key(self) -> str:
        """The key by which its shadow is made once."""
        return shadow_key(self.ref)

    @property
    def deleted(self) -> frozenset[str]:
        """The ids of its pictures that were deleted."""
        return frozenset(
            picture.id for picture in self.pictures if picture.status is IllustrationStatus.DELETED
        )

    @property
    def hashes(self) -> frozenset[str]:
        """The bytes that a shadow needs: to show it, and to go on from it."""
        there = [p for p in self.pictures if p.status is not IllustrationStatus.DELETED]
        preview = self.event.data.get("preview") if self.event else None
        return frozenset(
            {
                *(attachment.sha256 for attachment in self.job.request.attachments),
                *(reference.sha256 for reference in self.view.research.grounded.references),
                *(picture.sha256 for picture in there if picture.sha256),
                *(reference.sha256 for picture in there for reference in picture.recipe.references),
                *([str(preview)] if preview else []),
            }
        )


async def read_original(store: Store, ref: JobRef) -> SourceJob | None:
    """A mirrored job as it stands now; None where it is shown nowhere else."""
    async with store.workspace(ref.workspace_id, read_only=True) as unit:
        return await get_original(unit, ref)


async def get_original(unit: UnitOfWork, ref: JobRef) -> SourceJob | None:
    """The same by a unit of work over the job's own workspace."""
    mirrored = await unit.mirrors.get(ref.job_id)
    if mirrored is None:
        return None
    pictures = await unit.illustrations.of_job(ref.job_id)
    events = await unit.events.read(ref.job_id, after=max(0, mirrored.seq - LATEST))
    event = next((e for e in reversed(events) if e.kind in SHOWN_EVENTS), None)
    return SourceJob(
        mirrored=mirrored,
        view=for_outsiders(await job_view(unit, ref.job_id)),
        pictures=tuple(picture_for_outsiders(each) for each in pictures),
        votes={picture.id: await unit.opinions.votes(picture.id) for picture in pictures},
        event=event if event is None else replace(event, data=_data_for_outsiders(event.data)),
    )


def _data_for_outsiders(data: Mapping[str, Any]) -> dict[str, Any]:
    prompt = data.get("prompt")
    return {**data, "prompt": without_told(prompt)} if isinstance(prompt, str) else dict(data)


def shadow_key(ref: JobRef) -> str:
    """The event key of a job's shadow."""
    return f"mirror:{ref.workspace_id}:{ref.job_id}"


async def shadow_of(unit: UnitOfWork, original: SourceJob, side: OtherSide) -> Job | None:
    """The shadow of a job, locked, made where there is none; None for a job that came to nothing
    before it had one."""
    shadow = await unit.jobs.by_event(original.event_key)
    if shadow is None:
        if original.job.status in (JobStatus.FAILED, JobStatus.CANCELLED):
            return None
        request = _request(original, side, await _thread(unit, original, side))
        new = Job(str(ULID()), request, JobStatus.QUEUED, datetime.now(UTC))
        shadow = await unit.jobs.add(new, event_key=original.event_key)
        await unit.events.append(
            shadow.id, "queued", {"kind": original.job.kind.value}, key="queued"
        )
    return await unit.jobs.get(shadow.id)


async def ended(unit: UnitOfWork, shadow_id: str, why: str) -> None:
    """End a shadow that is no longer kept up to date, and say why, unless its result is on its way
    already."""
    shadow = await unit.jobs.get(shadow_id)
    if shadow.status.final or shadow.status is JobStatus.DELIVERING:
        return
    now = datetime.now(UTC)
    await unit.jobs.save(replace(shadow, status=JobStatus.CANCELLED, error=why, finished_at=now))
    await unit.events.append(shadow_id, "cancelled", {"why": why}, key="cancelled")
    await show_again(unit, shadow_id, ended=False)


class LinkedCopy:
    """One shadow while its workspace's unit of work holds it."""

    def __init__(self, unit: UnitOfWork, job: Job, original: SourceJob) -> None:
        self._unit = unit
        self._job = job
        self._original = original
        self._here = job.request.routing.destination.surface
        self._there = original.job.request.routing.destination.surface

    async def update(self) -> list[str]:
        """Take over what the original has; gives the hashes of the bytes that were lost by it."""
        if self._job.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
            await self._research()
            await self._pictures()
            await self._votes()
            await self._decisions()
            await self._event()
            await self._status()
        return await self._lost()

    async def deliveries(self) -> list[Delivery]:
        """Put into the outbox what is to be delivered by now; gives what was not there."""
        due = self._due() if not self._job.status.final else None
        if due is None:
            return []
        request, kind = self._job.request, due
        place = (
            request.routing.review if kind is DeliveryKind.REVIEW else request.routing.destination
        )
        delivery = Delivery(
            id=delivery_id(self._job.id, kind),
            workspace_id=self._job.workspace_id,
            job_id=self._job.id,
            kind=kind,
            destination=place or request.routing.destination,
        )
        if any(d.id == delivery.id for d in await self._unit.deliveries.of_job(self._job.id)):
            return []
        await self._unit.deliveries.add(delivery)
        return [delivery]

    def _due(self) -> DeliveryKind | None:
        status = self._original.job.status
        if status is JobStatus.REVIEWING and self._job.request.routing.review is not None:
            return DeliveryKind.REVIEW
        return DeliveryKind.RESULT if self._has_result else None

    @property
    def _has_result(self) -> bool:
        """Whether the original's result is on its way, or there."""
        sent = any(d.kind is DeliveryKind.RESULT for d in self._original.view.deliveries)
        status = self._original.job.status
        return status is JobStatus.DONE or (status is JobStatus.DELIVERING and sent)

    async def _research(self) -> None:
        theirs = self._original.view.research
        ours = await self._unit.research.load(self._job.id)
        known = {hop.number: hop for hop in ours.hops}
        for hop in theirs.hops:
            if known.get(hop.number) != hop:
                sources = [s for s in theirs.sources if _hop_of(s.id, theirs) == hop.number]
                await self._unit.research.save_hop(self._job.id, hop, sources)
        if theirs.grounded.text and theirs.grounded != ours.grounded:
            await self._unit.research.save_grounding(
                self._job.id,
                theirs.grounded,
                notes=theirs.notes,
                searched=theirs.searched,
                reasons=theirs.decision,
                agent=theirs.agent,
            )

    async def _pictures(self) -> None:
        known = {p.id: p for p in await self._unit.illustrations.of_job(self._job.id)}
        gone = [p for p in known.values() if p.status is IllustrationStatus.DELETED]
        for picture in self._original.pictures:
            deleted = picture.status is IllustrationStatus.DELETED and picture.id in known
            copy = replace(picture, workspace_id=self._job.workspace_id, job_id=self._job.id)
            if not deleted and not gone and known.get(copy.id) != copy:
                await self._unit.illustrations.save(copy)

    async def _votes(self) -> None:
        for picture_id, votes in self._original.votes.items():
            theirs = {self._member(member_id): value for member_id, value in votes.items()}
            ours = await self._unit.opinions.votes(picture_id)
            for member_id in theirs.keys() | ours.keys():
                value = theirs.get(member_id, 0)
                if value != ours.get(member_id, 0):
                    await self._unit.opinions.vote(
                        picture_id, member_id, value, now=datetime.now(UTC)
                    )

    async def _decisions(self) -> None:
        theirs = [
            replace(decision, member_id=self._member(decision.member_id))
            for decision in self._original.view.decisions
        ]
        ours = await self._unit.opinions.decisions(self._job.id)
        new = [decision for decision in theirs if decision not in ours]
        for decision in new:
            await self._unit.opinions.decide(self._job.id, decision)
        if new:
            await show_again(self._unit, self._job.id, ended=False)

    async def _event(self) -> None:
        event = self._original.event
        if event is not None and not self._job.status.final:
            await self._unit.events.append(
                self._job.id, event.kind, dict(event.data), key=f"mirror:{event.seq}"
            )

    async def _status(self) -> None:
        """Move the shadow to the original's status; a delivery here reports by itself."""
        if self._job.status.final:
            return
        theirs = self._original.job
        status = self._standing()
        notes = (_whence(self._there), *theirs.notes)
        error = theirs.error if status is JobStatus.FAILED else None
        refusal = theirs.refusal if status is JobStatus.FAILED else None
        job = replace(self._job, status=status, notes=notes, error=error, refusal=refusal)
        if job == self._job:
            return
        if status.final:
            job = replace(job, finished_at=datetime.now(UTC))
            await self._unit.events.append(job.id, status.value, {"error": error}, key=status.value)
            await show_again(self._unit, job.id, ended=status is JobStatus.FAILED)
        await self._unit.jobs.save(job)
        self._job = job

    def _standing(self) -> JobStatus:
        status = self._original.job.status
        if self._has_result:
            return JobStatus.DELIVERING
        return JobStatus.RENDERING if status is JobStatus.DELIVERING else status

    async def _lost(self) -> list[str]:
        pictures = await self._unit.illustrations.of_job(self._job.id)
        lost = [
            picture.id
            for picture in pictures
            if picture.status is not IllustrationStatus.DELETED
            and picture.id in self._original.deleted
        ]
        if not lost:
            return []
        await show_again(self._unit, self._job.id, ended=self._job.status.final)
        return await removed_pictures(self._unit, self._job.id, only=lost)

    def _member(self, member_id: str) -> str:
        return member_elsewhere(member_id, of=self._there, on=self._here)


def _request(original: SourceJob, side: OtherSide, thread: str | None) -> Request:
    """The original's request as the other workspace keeps it: without its lineage, and without a
    requester there."""
    theirs, there = original.job.request, side.there
    surface = theirs.routing.destination.surface
    channel = side.preferences.review_channel
    reviewed = theirs.routing.approvals and channel and channel != there.channel
    action = theirs.action
    return theirs.with_parts(
        workspace_id=there.workspace_id,
        member_id=member_elsewhere(theirs.origin.member_id, of=surface, on=there.surface),
        destination=Destination(there.surface, there.channel, thread),
        review=Destination(there.surface, channel) if reviewed and channel else None,
        action=action if isinstance(action, Illustrate) else type(action)(parent_id=None),
        live=True,
        lane=0,
        shadow_of=original.ref,
    )


async def _thread(unit: UnitOfWork, original: SourceJob, side: OtherSide) -> str | None:
    """The thread in which a follow-up belongs: that of the picture it goes on from."""
    request = original.job.request
    if request.routing.destination.thread is None or request.parent_id is None:
        return None
    parent = await _parent(unit, original.job)
    if parent is None or parent.request.routing.destination.channel != side.there.channel:
        return None
    if parent.request.routing.destination.thread is not None:
        return parent.request.routing.destination.thread
    messages = await unit.messages.of_job(parent.id)
    others = (MessageKind.REVIEW, MessageKind.CANVAS)
    threads = [m.thread for m in messages if m.thread and m.kind not in others]
    # a surface whose threads are only unique within a channel names them ``channel/thread``
    return threads[-1].rpartition("/")[2] if threads else None


async def _parent(unit: UnitOfWork, job: Job) -> Job | None:
    """The parents of a job, in the other workspace: pictures have the same ids there."""
    parent_id = job.request.parent_id or ""
    with suppress(NotFound):
        if job.kind is JobKind.RERESEARCH:
            return await unit.jobs.by_event(shadow_key(JobRef(job.workspace_id, parent_id)))
        return await unit.jobs.get((await unit.illustrations.get(parent_id)).job_id)
    return None


def _hop_of(source_id: str, research: Research) -> int | None:
    """The hop that found a source first; the last one where none says so."""
    for hop in research.hops:
        if hop.observation is not None and source_id in hop.observation.source_ids:
            return hop.number
    return research.hops[-1].number if research.hops else None


def _whence(surface: str) -> str:
    return gettext("Requested in the linked channel on {surface}.", surface=surface.capitalize())
