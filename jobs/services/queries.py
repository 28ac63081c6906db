"""Queries of the surfaces: jobs with everything known about them, pictures and their copies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime

from domain.errors import NotPossibleNow
from domain.illustrations import Delivery, Illustration, JobEvent, Picture
from domain.pages import PageLinks
from domain.requests import Job, JobKind, JobStatus
from domain.research import EvidenceChange
from domain.short_codes import id_shown
from domain.stores import Store
from domain.translation.messages import gettext
from jobs.common import event_log
from jobs.common.outlook import Outlook
from jobs.common.ports import BlobStore, CopyMaker, Exporter
from jobs.common.views import JobView, job_view, with_page
from jobs.services.earlier_pictures import why_missing
from jobs.services.evidence_changes import evidence_change
from jobs.services.outgoing import OutgoingCopies
from jobs.services.refused_pictures import NONE_KEPT, is_kept

MAX_THUMBNAIL_BYTES = 400_000
MAX_THUMBNAIL_SIDE = 640
"""Pixels; a reference at the most extreme aspect still keeps a side that can be made out."""


class JobReader:
    """Reads the jobs of every workspace; each method stays within the one it is given."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: BlobStore,
        exporter: Exporter,
        make_copy: CopyMaker | None = None,
        watermark: bool = True,
        links: PageLinks | None = None,
    ) -> None:
        """Without ``make_copy`` pictures go out as they are, as far as they fit; ``watermark`` is
        whether copies carry one where a workspace says nothing else. ``links`` makes the addresses
        of pages, where there are some."""
        self._store = store
        self._blobs = blobs
        self._export = exporter
        self._links = links
        self._copies = (
            OutgoingCopies(store=store, make_copy=make_copy, watermark=watermark)
            if make_copy
            else None
        )
        self._outlook = Outlook(store.operations)

    async def view(self, workspace_id: str, job_id: str) -> JobView:
        """A job with its research, pictures and deliveries.

        A re-render shows the research that its first ancestor was grounded on.

        Raises:
            NotFound: This workspace has no such job.
        """
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return with_page(await job_view(unit, job_id), self._links)

    async def deliveries(self, workspace_id: str, job_id: str) -> Sequence[Delivery]:
        """The outbox of a job. Raises ``NotFound``."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return await unit.deliveries.of_job(job_id)

    async def wait_s(self, job: Job, *, between_s: float = 0.0) -> float | None:
        """About how many seconds it takes until a new job's result is shown, where its platform
        wants ``between_s`` seconds between two of one workspace; None where that cannot be
        estimated."""
        return await self._outlook.wait_s(job, between_s=between_s)

    async def job_of_event(self, workspace_id: str, event_key: str) -> Job | None:
        """The job that an event was made into, if there is one."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return await unit.jobs.by_event(event_key)

    async def illustration(self, workspace_id: str, illustration_id: str) -> Illustration:
        """One picture with its recipe. Raises ``NotFound``."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return await unit.illustrations.get(illustration_id)

    async def job_with_code(self, workspace_id: str, code: str) -> Job | None:
        """The newest job whose id ends with a short code, in capitals."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return await unit.jobs.with_code(code)

    async def picture_with_code(self, workspace_id: str, code: str) -> Illustration | None:
        """The newest picture whose id ends with a short code, in capitals."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return await unit.illustrations.with_code(code)

    async def recent(
        self,
        workspace_id: str,
        *,
        member_id: str | None = None,
        status: JobStatus | None = None,
        limit: int = 20,
    ) -> Sequence[Job]:
        """The newest jobs first: of a member, in a state, or all."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return await unit.jobs.recent(member_id=member_id, status=status, limit=limit)

    async def statuses(
        self, workspace_id: str, job_ids: Collection[str]
    ) -> Mapping[str, JobStatus]:
        """How the jobs of these ids stand; unknown ones are left out."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return await unit.jobs.statuses(job_ids)

    def follow(self, workspace_id: str, job_id: str, *, after: int = 0) -> AsyncIterator[JobEvent]:
        """The job's events as they appear, from any process, until the job is over."""
        return event_log.follow(self._store, workspace_id, job_id, after=after)

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
        """A finished picture as a platform takes it: the best copy that fits, with its watermark
        and its content credentials.

        Raises:
            NotFound: This workspace has no such illustration.
            NotPossibleNow: It has not been rendered yet.
            InvalidRequest: No copy fits.
        """
        illustration = await self.illustration(workspace_id, illustration_id)
        if illustration.sha256 is None or illustration.media_type is None:
            async with self._store.workspace(workspace_id, read_only=True) as unit:
                job = await unit.jobs.get(illustration.job_id)
            raise NotPossibleNow(why_missing(illustration, job.status))
        data = await self._blobs.get(workspace_id, illustration.sha256)
        if self._copies is not None:
            copy = await self._copies.get_copy(
                illustration,
                data,
                max_bytes=max_bytes,
                media_types=media_types,
                max_side=max_side,
            )
            if copy is not None:
                return copy
        return await asyncio.to_thread(
            self._export,
            data,
            illustration.media_type,
            max_bytes=max_bytes,
            media_types=media_types,
            max_side=max_side,
        )

    async def refused_picture_for(
        self,
        workspace_id: str,
        illustration_id: str,
        *,
        max_bytes: int,
        media_types: Sequence[str],
        max_side: int = 16_384,
    ) -> Picture:
        """A refused picture that is kept for moderators, as :meth:`picture_for` gives others. Whom
        it is shown to was checked before (:meth:`JobService.refused_pictures`).

        Raises:
            NotFound: This workspace has no such illustration, or its bytes are gone.
            NotPossibleNow: It is not kept, or no longer.
            InvalidRequest: No copy fits.
        """
        picture = await self.illustration(workspace_id, illustration_id)
        if not is_kept(picture, now=datetime.now(UTC)):
            raise NotPossibleNow(NONE_KEPT)
        data = await self._blobs.get(workspace_id, picture.kept_sha256 or "")
        return await asyncio.to_thread(
            self._export,
            data,
            picture.media_type or "image/png",
            max_bytes=max_bytes,
            media_types=media_types,
            max_side=max_side,
        )

    async def thumbnail(self, workspace_id: str, sha256: str) -> Picture:
        """A small JPEG of a picture or a reference, to choose by.

        Raises:
            NotFound: This workspace has no such bytes.
            InvalidRequest: No copy is small enough.
        """
        data = await self._blobs.get(workspace_id, sha256)
        return await asyncio.to_thread(
            self._export,
            data,
            "image/jpeg" if data.startswith(b"\xff\xd8") else "image/png",
            max_bytes=MAX_THUMBNAIL_BYTES,
            media_types=("image/jpeg",),
            max_side=MAX_THUMBNAIL_SIDE,
        )

    async def changes(self, workspace_id: str, job_id: str) -> EvidenceChange:
        """The difference in evidence between a re-research and the job it repeats.

        Raises:
            NotPossibleNow: The job repeats no other.
        """
        view = await self.view(workspace_id, job_id)
        if view.job.kind is not JobKind.RERESEARCH or view.job.request.parent_id is None:
            raise NotPossibleNow(
                gettext(
                    "The job {job_id!r} doesn't repeat another job's research.",
                    job_id=id_shown(job_id),
                )
            )
        before = await self.view(workspace_id, view.job.request.parent_id)
        return evidence_change(before.research, view.research)
