"""Provenance: finds where a picture comes from.

Signature, bytes, watermark and look-up are asked in this order. Only pictures of the requester's
own workspace are looked at, and of those only what the requester can see is named.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from domain.errors import LimnerError, NotFound
from domain.provenance import (
    UNKNOWN,
    Credentials,
    KnownPicture,
    Layer,
    Likeness,
    Provenance,
    ProvenanceVerdict,
    watermark_of,
)
from domain.stores import Store
from jobs.admission.access import Access, Action
from jobs.admission.requests import Requester
from jobs.common.ports import BlobStore, PictureChecker, PictureExaminer

MAX_PIXELS = 2_000_000
PAGE = 10_000
"""Kept pictures that are read from the database at once."""
PAGES = 10
"""Pages that are looked through at once: the watermark of the picture at hand is read once for all
of them, and reading it takes longer than comparing it with a whole page."""
COMPARED = 10
"""Kept pictures that are compared point by point at once, so that a large workspace does not reach
the time limit of one comparison."""
MOST_UNHASHED = 40
"""Pictures of earlier versions that get their hashes while the requester waits."""
DOUBT = 0.9
"""The certainty of a watermark in a picture that does not look like the one it was given to."""


class ProvenanceService:
    """Looks up a picture's provenance; each question is about the requester's own workspace."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: BlobStore,
        checker: PictureChecker,
        examiner: PictureExaminer,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._checker = checker
        self._examiner = examiner
        self._access = Access(store)

    async def verify(self, requester: Requester, data: bytes) -> Provenance:
        """The provenance of a picture, and what it leads to.

        Raises:
            UnusableReference: It is no picture that can be read.
            NotPossibleNow: This process cannot look at pictures just now.
        """
        checked = (await self._checker.decode(data, max_pixels=MAX_PIXELS)).data
        credentials = await self._examiner.credentials(data)
        if credentials is not None and credentials.valid and credentials.trusted:
            return await self._signed(requester, credentials)
        found = await self._found(requester, data, checked)
        if credentials is not None and credentials.valid and not credentials.trusted:
            if found.verdict is ProvenanceVerdict.UNKNOWN:
                return Provenance(
                    ProvenanceVerdict.SIGNED_BY_OTHER,
                    layer=Layer.CREDENTIALS,
                    confidence=1.0,
                    signer=credentials.issuer,
                )
            return replace(found, signer=credentials.issuer)
        return found

    async def _signed(self, requester: Requester, credentials: Credentials) -> Provenance:
        """Of a picture that this installation signed: its ids are only named where they are of this
        workspace and may be seen, since the signature reveals as much to all."""
        illustration_id = credentials.illustration_id or ""
        job_id = await self._visible(requester, illustration_id)
        return Provenance(
            ProvenanceVerdict.SIGNED,
            illustration_id if job_id else None,
            job_id,
            Layer.CREDENTIALS,
            1.0,
            credentials.issuer,
        )

    async def _found(self, requester: Requester, data: bytes, checked: bytes) -> Provenance:
        """The results of the bytes, the watermark and the look of a picture."""
        sha256 = hashlib.sha256(data).hexdigest()
        near: list[KnownPicture] = []
        for turned in (False, True):
            before: str | None = None
            while pages := await self._pages(requester.workspace_id, before):
                before = pages[-1].illustration_id
                for known in () if turned else pages:
                    if known.sha256 == sha256:
                        verdict = ProvenanceVerdict.CHANGED
                        return await self._named(requester, known, verdict, Layer.BYTES, 1.0)
                marked, sure, alike = await self._look(requester, checked, pages, turned=turned)
                if marked is not None:
                    return await self._marked(requester, checked, marked, sure)
                near += alike
        return await self._probable(requester, checked, near)

    async def _pages(self, workspace_id: str, before: str | None) -> Sequence[KnownPicture]:
        """The next pages of a workspace's pictures; empty after the last one."""
        pages: list[KnownPicture] = []
        for _ in range(PAGES):
            page = await self._page(workspace_id, before)
            pages += page
            if len(page) < PAGE:
                break
            before = page[-1].illustration_id
        return pages

    async def _page(self, workspace_id: str, before: str | None) -> Sequence[KnownPicture]:
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            page = await unit.provenance.known(before=before, limit=PAGE)
        if before is not None:
            return page
        unhashed = [known for known in page if known.hashes is None][:MOST_UNHASHED]
        hashed = {
            known.illustration_id: await self._hash(workspace_id, known) for known in unhashed
        }
        return [
            replace(known, hashes=known.hashes or hashed.get(known.illustration_id))
            for known in page
        ]

    async def _hash(self, workspace_id: str, known: KnownPicture) -> bytes | None:
        """The hashes of a picture that has none yet, which are kept; None where it is gone."""
        try:
            hashes = await self._examiner.hashes(await self._blobs.get(workspace_id, known.sha256))
        except NotFound:
            return None
        async with self._store.workspace(workspace_id) as unit:
            await unit.provenance.keep_hashes(known.illustration_id, hashes)
        return hashes

    async def _look(
        self, requester: Requester, checked: bytes, pages: Sequence[KnownPicture], *, turned: bool
    ) -> tuple[KnownPicture | None, float, list[KnownPicture]]:
        """The picture whose watermark was found, how sure that is, and those that look alike."""
        workspace_id = requester.workspace_id
        hashed = [] if turned else [known for known in pages if known.hashes is not None]
        found = await self._examiner.find(
            checked,
            await asyncio.to_thread(_watermarks, workspace_id, pages),
            [known.hashes or b"" for known in hashed],
            turned=turned,
        )
        marked = None if found.marked is None else pages[found.marked]
        return marked, found.sure, [hashed[place] for place in found.near]

    async def _marked(
        self, requester: Requester, checked: bytes, known: KnownPicture, sure: float
    ) -> Provenance:
        """A watermark can be laid over another picture; where it does not look like the one that it
        was given to, nothing else is reported."""
        likeness = await self._likeness(requester.workspace_id, checked, [known])
        if likeness and likeness[0][1].same:
            verdict = ProvenanceVerdict.CHANGED
            return await self._named(requester, known, verdict, Layer.WATERMARK, sure)
        verdict = ProvenanceVerdict.PROBABLE
        return await self._named(requester, known, verdict, Layer.WATERMARK, min(sure, DOUBT))

    async def _probable(
        self, requester: Requester, checked: bytes, near: Sequence[KnownPicture]
    ) -> Provenance:
        compared = await self._likeness(requester.workspace_id, checked, near)
        alike = [(likeness.alike, known) for known, likeness in compared if likeness.same]
        for share, known in sorted(alike, key=lambda each: -each[0]):
            verdict = ProvenanceVerdict.PROBABLE
            found = await self._named(requester, known, verdict, Layer.LOOKUP, min(share, 0.99))
            if found.job_id is not None:
                return found
        return UNKNOWN

    async def _likeness(
        self, workspace_id: str, checked: bytes, pictures: Sequence[KnownPicture]
    ) -> list[tuple[KnownPicture, Likeness]]:
        """How well kept pictures match the one at hand; those that are gone are left out."""
        compared: list[tuple[KnownPicture, Likeness]] = []
        for start in range(0, len(pictures), COMPARED):
            there: list[tuple[KnownPicture, bytes]] = []
            for known in pictures[start : start + COMPARED]:
                try:
                    there.append((known, await self._blobs.get(workspace_id, known.sha256)))
                except LimnerError:
                    continue
            if there:
                found = await self._examiner.compare(checked, [data for _known, data in there])
                compared += zip((known for known, _data in there), found, strict=True)
        return compared

    async def _named(
        self,
        requester: Requester,
        known: KnownPicture,
        verdict: ProvenanceVerdict,
        layer: Layer,
        confidence: float,
    ) -> Provenance:
        """A finding about a picture; nothing is known where the requester cannot see it."""
        job_id = await self._visible(requester, known.illustration_id)
        if job_id is None:
            return UNKNOWN
        return Provenance(verdict, known.illustration_id, job_id, layer, round(confidence, 4))

    async def _visible(self, requester: Requester, illustration_id: str) -> str | None:
        """The job of a picture that the requester can see; None for all others."""
        try:
            job = await self._access.check_picture(requester, Action.READ, illustration_id)
        except NotFound:
            return None
        return job.id


def _watermarks(workspace_id: str, pictures: Sequence[KnownPicture]) -> list[bytes]:
    """The watermark of each picture."""
    return [watermark_of(workspace_id, known.illustration_id) for known in pictures]
