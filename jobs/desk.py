"""What surfaces call: submit, follow, view, cancel, make again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ulid import ULID

from domain.errors import NotPossibleNow, UnusableReference
from domain.illustrations import (
    Delivery,
    Illustration,
    IllustrationStatus,
    JobEvent,
    Picture,
)
from domain.requests import Attachment, Destination, Job, JobKind, JobStatus, Request
from domain.research import EvidenceChange, Research
from jobs import progress
from jobs.ports import BlobStore, Dispatcher, Exporter, PictureChecker, Renderer, Store
from jobs.tasks import first_task, task_ids

MAX_ATTACHMENT_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and where the answer goes."""

    workspace_id: str
    member_id: str
    destination: Destination


@dataclass(frozen=True, slots=True)
class JobView:
    """Everything known about a job at one moment; ``position`` counts the jobs before it."""

    job: Job
    research: Research
    illustrations: tuple[Illustration, ...]
    deliveries: tuple[Delivery, ...]
    position: int


class Desk:
    """The one door to the jobs of every workspace; each method stays within the one it is told."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: BlobStore,
        renderer: Renderer,
        checker: PictureChecker,
        dispatcher: Dispatcher,
        exporter: Exporter,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._renderer = renderer
        self._checker = checker
        self._dispatcher = dispatcher
        self._exporter = exporter

    async def attach(self, workspace_id: str, name: str, data: bytes) -> Attachment:
        """Check, re-encode and keep a picture that the asker brings along.

        Raises:
            UnusableReference: It is no picture that can be used; the message says why.
        """
        if not data:
            raise UnusableReference(name, "the file is empty")
        if len(data) > MAX_ATTACHMENT_BYTES:
            raise UnusableReference(
                name,
                f"it has {len(data) / 1e6:.0f} MB, the limit is {MAX_ATTACHMENT_BYTES / 1e6:.0f}",
            )
        try:
            picture = await self._checker.decode(data)
        except UnusableReference as error:
            raise UnusableReference(name, error.why) from error
        sha256 = await self._blobs.put(workspace_id, picture.data)
        return Attachment(name=name, sha256=sha256, width=picture.width, height=picture.height)

    async def submit(self, request: Request, *, event_key: str) -> Job:
        """Accept a request as a job; the same ``event_key`` again gives the same job.

        Once this returns, nothing can lose the job.

        Raises:
            InvalidRequest: No generator can serve it; the message names the nearest that can.
        """
        self._renderer.check(request.generator, request)
        return await self._accept(request, JobKind.ILLUSTRATE, event_key)

    async def rerender(
        self,
        asker: Asker,
        illustration_id: str,
        *,
        event_key: str,
        seed: int | None = None,
        generator: str | None = None,
    ) -> Job:
        """Make a picture again from its recipe, with another seed or generator if asked.

        Raises:
            NotFound: This workspace has no such illustration.
            NotPossibleNow: It has not been rendered yet.
        """
        async with self._store.workspace(asker.workspace_id, read_only=True) as unit:
            parent = await unit.illustrations.get(illustration_id)
            job = await unit.jobs.get(parent.job_id)
        if parent.status is not IllustrationStatus.RENDERED:
            raise NotPossibleNow(
                f"The picture {illustration_id!r} is not finished yet; wait for its job first."
            )
        request = replace(
            _for(asker, job.request),
            seed=seed,
            generator=generator,
            count=1,
            parent_id=parent.id,
        )
        if generator is not None:
            self._renderer.check(generator, request)
        return await self._accept(request, JobKind.RERENDER, event_key)

    async def reresearch(self, asker: Asker, job_id: str, *, event_key: str) -> Job:
        """Search anew for what a job asked, and render what comes of it.

        Raises:
            NotFound: This workspace has no such job.
        """
        async with self._store.workspace(asker.workspace_id, read_only=True) as unit:
            job = await unit.jobs.get(job_id)
            while job.kind is JobKind.RERENDER and job.request.parent_id is not None:
                parent = await unit.illustrations.get(job.request.parent_id)
                job = await unit.jobs.get(parent.job_id)
        request = replace(_for(asker, job.request), parent_id=job.id)
        return await self._accept(request, JobKind.RERESEARCH, event_key)

    async def cancel(self, workspace_id: str, job_id: str) -> Job:
        """Stop a job, waiting or running; the picture of a step in flight is thrown away.

        Raises:
            NotFound: This workspace has no such job.
            NotPossibleNow: The job is over already.
        """
        async with self._store.workspace(workspace_id) as unit:
            job = await unit.jobs.get(job_id)
            if job.status is JobStatus.CANCELLED:
                return job
            if job.status.final or job.status is JobStatus.DELIVERING:
                raise NotPossibleNow(
                    f"The job {job_id!r} is {job.status.value} already and cannot be cancelled."
                )
            job = replace(job, status=JobStatus.CANCELLED, finished_at=datetime.now(UTC))
            await unit.jobs.save(job)
            await unit.events.append(job_id, "cancelled", {}, key="cancelled")
        await self._dispatcher.cancel(task_ids(job_id))
        return job

    async def view(self, workspace_id: str, job_id: str) -> JobView:
        """A job with its research, pictures and deliveries.

        A re-render shows the research that its first ancestor was grounded on.

        Raises:
            NotFound: This workspace has no such job.
        """
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            job = await unit.jobs.get(job_id)
            grounding = job
            while grounding.kind is JobKind.RERENDER and grounding.request.parent_id is not None:
                parent = await unit.illustrations.get(grounding.request.parent_id)
                grounding = await unit.jobs.get(parent.job_id)
            return JobView(
                job=job,
                research=await unit.research.load(grounding.id),
                illustrations=tuple(await unit.illustrations.of_job(job_id)),
                deliveries=tuple(await unit.deliveries.of_job(job_id)),
                position=await unit.jobs.position(job_id),
            )

    async def illustration(self, workspace_id: str, illustration_id: str) -> Illustration:
        """One picture with its recipe. Raises ``NotFound``."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return await unit.illustrations.get(illustration_id)

    async def recent(
        self, workspace_id: str, *, member_id: str | None = None, limit: int = 20
    ) -> Sequence[Job]:
        """The newest jobs first."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return await unit.jobs.recent(member_id=member_id, limit=limit)

    def follow(self, workspace_id: str, job_id: str, *, after: int = 0) -> AsyncIterator[JobEvent]:
        """The job's events as they appear, from any process, until the job is over."""
        return progress.follow(self._store, workspace_id, job_id, after=after)

    async def picture(self, workspace_id: str, sha256: str) -> bytes:
        """The bytes of a picture. Raises ``NotFound``."""
        return await self._blobs.get(workspace_id, sha256)

    async def picture_for(
        self,
        workspace_id: str,
        illustration_id: str,
        *,
        max_bytes: int,
        media_types: Sequence[str],
        max_side: int = 16_384,
    ) -> Picture:
        """A finished picture as a platform takes it: as it is, or the best copy that fits.

        Raises:
            NotFound: This workspace has no such illustration.
            NotPossibleNow: It has not been rendered yet.
            InvalidRequest: No copy fits.
        """
        illustration = await self.illustration(workspace_id, illustration_id)
        if illustration.sha256 is None or illustration.media_type is None:
            raise NotPossibleNow(
                f"The picture {illustration_id!r} is not finished yet; wait for its job first."
            )
        data = await self._blobs.get(workspace_id, illustration.sha256)
        return await asyncio.to_thread(
            self._exporter,
            data,
            illustration.media_type,
            max_bytes=max_bytes,
            media_types=media_types,
            max_side=max_side,
        )

    async def changes(self, workspace_id: str, job_id: str) -> EvidenceChange:
        """How the evidence of a re-research differs from that of the job it repeats.

        Raises:
            NotPossibleNow: The job repeats no other.
        """
        view = await self.view(workspace_id, job_id)
        if view.job.kind is not JobKind.RERESEARCH or view.job.request.parent_id is None:
            raise NotPossibleNow(f"The job {job_id!r} does not repeat another one's research.")
        before = await self.view(workspace_id, view.job.request.parent_id)
        return evidence_change(before.research, view.research)

    async def _accept(self, request: Request, kind: JobKind, event_key: str) -> Job:
        job = Job(
            id=str(ULID()),
            kind=kind,
            request=request,
            status=JobStatus.QUEUED,
            created_at=datetime.now(UTC),
        )
        async with self._store.workspace(request.workspace_id) as unit:
            job = await unit.jobs.add(job, event_key=event_key)
            await unit.events.append(job.id, "queued", {"kind": kind.value}, key="queued")
        if not job.status.final:
            await self._dispatcher.enqueue(first_task(job))
        return job


def evidence_change(before: Research, after: Research) -> EvidenceChange:
    """Compare the cited sources of two runs by address, and the text behind each by hash."""
    old, new = _cited(before), _cited(after)
    both = [url for url in new if url in old]
    return EvidenceChange(
        added=tuple(url for url in new if url not in old),
        removed=tuple(url for url in old if url not in new),
        kept=tuple(url for url in both if old[url] == new[url]),
        changed=tuple(url for url in both if old[url] != new[url]),
    )


def _cited(research: Research) -> dict[str, str]:
    sources = {source.id: source for source in research.sources}
    return {
        sources[e.source_id].page_url: sources[e.source_id].sha256
        for e in research.grounded.evidence
        if e.source_id in sources
    }


def _for(asker: Asker, request: Request) -> Request:
    return replace(
        request,
        workspace_id=asker.workspace_id,
        member_id=asker.member_id,
        destination=asker.destination,
    )
