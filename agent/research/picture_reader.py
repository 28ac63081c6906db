"""Reads the pictures that a search named: as many as are wanted, and no more than needed.

The best-ranked candidates are downloaded first, a few more beside them in case some are missing or
slow. Only as many are decoded as are wanted: decoding costs far more than a download.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from agent.fetching.failures import UNREADABLE, fail_as
from agent.ports import KeepingFetcher, PictureDecoder, PictureHit, PictureStore
from agent.sandbox.picture_decoder import hamming
from domain.errors import FetchFailed, NotFound, UnusableReference
from domain.pictures import CheckedPicture
from domain.translation.messages import gettext

AT_ONCE = 8
"""Candidates of one search that are read beside each other."""
MAX_CANDIDATES = 20
GRACE_S = 0.1
"""Seconds that a better-ranked picture is waited for when enough others have come."""
MAX_PICTURE_BYTES = 15_000_000
MAX_PIXELS = 2_000_000
"""Of a picture that is kept."""
MAX_SHOWN_PIXELS = 160_000
"""Of a picture that is shown to the research model: the cap it was trained with."""
MIN_SIDE = 160
MAX_HELD_BYTES = 16_000_000
"""Of downloaded pictures that a process keeps in memory until they are decoded; what comes beyond
that is read again from what the fetcher keeps."""
DECODED_AT_ONCE = 8
"""Pictures whose bytes are given to the decoders, of which there are fewer."""
SAME_PICTURE = 6
"""Bits of the 64-bit difference hash in which two copies of one picture may differ."""


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """A picture that can be used; ``shown`` is the same, small enough for the research model, where
    there is one. It is no other than ``picture`` where the large one is made later."""

    hit: PictureHit
    picture: CheckedPicture
    shown: CheckedPicture | None = None


@dataclass(frozen=True, slots=True)
class PicturesRead:
    """The pictures in the order of the search, and why others are not among them."""

    pictures: tuple[ReadPicture, ...]
    problems: tuple[str, ...]
    dropped: int
    """Candidates that are copies, small or unreadable."""
    known: tuple[str, ...] = ()
    """Of the perceptual hashes that were known, those that candidates showed again, in the order
    of the search."""
    in_order: tuple[str, ...] = ()
    """The perceptual hashes of both in the order of the search."""


class PictureReader:
    """Reads candidates through a fetcher that keeps what it read, or from the blobs they name."""

    def __init__(
        self,
        *,
        fetcher: KeepingFetcher,
        decoder: PictureDecoder,
        pictures: PictureStore,
        for_model: bool,
        large_later: bool = False,
    ) -> None:
        """``for_model`` is whether pictures are shown to a model too. ``large_later``: only what
        the model is shown is made of each, because what it chooses is made large by
        :meth:`large`."""
        self._large_later = for_model and large_later
        if self._large_later:
            self._sizes: tuple[int, ...] = (MAX_SHOWN_PIXELS,)
        else:
            self._sizes = (MAX_PIXELS, MAX_SHOWN_PIXELS) if for_model else (MAX_PIXELS,)
        self._fetcher = fetcher
        self._decoder = decoder
        self._pictures = pictures
        self._held_bytes = 0
        self._decodings = asyncio.Semaphore(DECODED_AT_ONCE)

    async def read(
        self, hits: Sequence[PictureHit], *, workspace_id: str, wanted: int, known: Sequence[str]
    ) -> PicturesRead:
        """Up to ``wanted`` pictures among the first 20 candidates, none that is small or shows the
        same as another or as one of the perceptual hashes ``known``.

        What is kept already is taken first, so that a search that is repeated asks nobody.
        """
        reading = _Reading(self, hits[:MAX_CANDIDATES], workspace_id, wanted, known)
        try:
            await reading.take_kept()
            await reading.take_new()
        finally:
            await reading.end()
        return reading.outcome()

    async def kept(self, hit: PictureHit, workspace_id: str) -> bytes | None:
        """The picture's bytes where they need not be downloaded. Raises ``FetchFailed`` where they
        cannot be had."""
        if hit.blob is None:
            found = await self._fetcher.kept(hit.url, max_bytes=MAX_PICTURE_BYTES)
            return None if found is None else found.body
        try:
            return await self._pictures.get(workspace_id, hit.blob)
        except NotFound as error:
            raise FetchFailed(hit.url, gettext("its bytes are gone")) from error

    async def download(self, hit: PictureHit, *, spare: bool) -> bytes:
        """The picture's bytes. Raises ``FetchFailed``."""
        with fail_as(FetchFailed(hit.url, UNREADABLE)):
            fetched = await self._fetcher.get(hit.url, max_bytes=MAX_PICTURE_BYTES, spare=spare)
        return fetched.body

    def hold(self, body: bytes) -> HeldPicture:
        """Keep a picture's bytes until they are decoded, unless so many are kept already."""
        if self._held_bytes + len(body) > MAX_HELD_BYTES:
            return HeldPicture(None)
        self._held_bytes += len(body)
        return HeldPicture(body)

    def let_go(self, held: HeldPicture) -> bytes | None:
        """The bytes, where they were kept, which counts them no longer."""
        body, held.body = held.body, None
        self._held_bytes -= len(body or b"")
        return body

    async def decode(self, hit: PictureHit, held: HeldPicture, workspace_id: str) -> ReadPicture:
        """The picture in both sizes. Raises ``FetchFailed`` or ``UnusableReference``."""
        async with self._decodings:
            body = self.let_go(held) or await self.kept(hit, workspace_id)
            return await self._decode(hit, body or await self.download(hit, spare=False))

    async def _decode(self, hit: PictureHit, body: bytes) -> ReadPicture:
        try:
            with fail_as(FetchFailed(hit.url, UNREADABLE)):
                large, *small = await self._decoder.decode_sizes(body, self._sizes)
        except UnusableReference as error:
            if hit.blob is None and not error.retryable:
                await self._fetcher.remember_unusable(
                    hit.url, error.why, max_bytes=MAX_PICTURE_BYTES
                )
            raise
        return ReadPicture(hit, large, *(small or ((large,) if self._large_later else ())))

    async def large(self, url: str, *, like: str) -> CheckedPicture | None:
        """A picture that was read before, as large as references are kept; ``like`` is its
        perceptual hash. None where it was made large at once, or shows something else by now.

        Raises:
            FetchFailed: It cannot be had any more.
            UnusableReference: It cannot be decoded any more.
        """
        if not self._large_later:
            return None
        with fail_as(FetchFailed(url, UNREADABLE)):
            fetched = await self._fetcher.kept(url, max_bytes=MAX_PICTURE_BYTES)
            if fetched is None:
                fetched = await self._fetcher.get(url, max_bytes=MAX_PICTURE_BYTES)
            picture = await self._decoder.decode(fetched.body, max_pixels=MAX_PIXELS)
        return picture if _among(picture, [like]) else None


@dataclass(slots=True)
class HeldPicture:
    """A picture that waits to be decoded; ``body`` is None where it is to be read again."""

    body: bytes | None


class _Reading:
    """The state of one search: each candidate, by its rank from 0, is unknown, being downloaded,
    held (downloaded), being decoded, usable or given up."""

    def __init__(
        self,
        reader: PictureReader,
        hits: Sequence[PictureHit],
        workspace_id: str,
        wanted: int,
        known: Sequence[str],
    ) -> None:
        self._reader = reader
        self._hits = hits
        self._workspace_id = workspace_id
        self._wanted = wanted
        self._known = known
        self._held: dict[int, HeldPicture] = {}
        self._usable: dict[int, ReadPicture] = {}
        self._given_up: dict[int, str] = {}
        self._again: dict[int, str] = {}
        self._downloads: dict[asyncio.Task[bytes], int] = {}
        self._decodings: dict[asyncio.Task[ReadPicture], int] = {}

    async def take_kept(self) -> None:
        """Take what needs no download; decode it at once only where it may be enough."""
        kept = await asyncio.gather(
            *(self._reader.kept(hit, self._workspace_id) for hit in self._hits),
            return_exceptions=True,
        )
        for rank, found in enumerate(kept):
            if isinstance(found, bytes):
                self._held[rank] = self._reader.hold(found)
            elif isinstance(found, FetchFailed):
                self._given_up[rank] = found.why
            elif found is not None:
                raise found
        while len(self._held) + len(self._decodings) + len(self._usable) >= self._wanted:
            self._decode(sorted(self._held))
            if not self._decodings:
                return
            await self._next(timeout_s=None)

    async def take_new(self) -> None:
        """Download until enough pictures are usable or no candidate is left."""
        loop = asyncio.get_running_loop()
        enough_at: float | None = None
        while len(self._usable) < self._wanted:
            first = self._first(self._wanted)
            self._download(self._first(AT_ONCE), first)
            self._decode(first)
            coming = len(self._usable) + len(self._decodings) + len(self._held)
            if coming < self._wanted:
                enough_at = None
            elif enough_at is None:
                enough_at = loop.time() + GRACE_S
            left_s = None if enough_at is None else enough_at - loop.time()
            if left_s is not None and (left_s <= 0 or not self._downloads):
                self._decode(sorted(self._held))
            if not self._downloads and not self._decodings:
                return
            waits = left_s is not None and left_s > 0 and self._held
            await self._next(timeout_s=left_s if waits else None)

    async def end(self) -> None:
        """Stop whatever still goes on."""
        tasks: list[asyncio.Future[Any]] = [*self._downloads, *self._decodings]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for held in self._held.values():
            self._reader.let_go(held)

    def outcome(self) -> PicturesRead:
        """What was read, in the order of the search."""
        problems = (
            f"{self._hits[rank].title}: {why}"
            for rank, why in sorted(self._given_up.items())
            if why
        )
        usable = sorted(self._usable.items())[: self._wanted]
        hashes = {rank: found.picture.phash for rank, found in usable} | self._again
        return PicturesRead(
            tuple(found for _rank, found in usable),
            tuple(problems),
            dropped=len(self._given_up.keys() - self._again.keys()),
            known=tuple(dict.fromkeys(known for _rank, known in sorted(self._again.items()))),
            in_order=tuple(dict.fromkeys(phash for _rank, phash in sorted(hashes.items()))),
        )

    def _first(self, count: int) -> list[int]:
        """The best-ranked candidates that are not given up."""
        alive = [rank for rank in range(len(self._hits)) if rank not in self._given_up]
        return alive[:count]

    def _download(self, ranks: Sequence[int], urgent: Sequence[int]) -> None:
        begun = {*self._held, *self._usable, *self._downloads.values(), *self._decodings.values()}
        for rank in ranks:
            if rank not in begun:
                work = self._reader.download(self._hits[rank], spare=rank not in urgent)
                self._downloads[asyncio.ensure_future(work)] = rank

    def _decode(self, ranks: Sequence[int]) -> None:
        """Decode those that are held, as far as their pictures are still wanted."""
        for rank in ranks:
            if len(self._usable) + len(self._decodings) >= self._wanted:
                return
            if rank in self._held:
                held = self._held.pop(rank)
                work = self._reader.decode(self._hits[rank], held, self._workspace_id)
                decoding = asyncio.ensure_future(work)
                # Also where it is cancelled before it has begun.
                decoding.add_done_callback(partial(self._let_go, held))
                self._decodings[decoding] = rank

    def _let_go(self, held: HeldPicture, _decoding: object) -> None:
        self._reader.let_go(held)

    async def _next(self, *, timeout_s: float | None) -> None:
        """Wait until something is done, and take note of it."""
        done, _pending = await asyncio.wait(
            [*self._downloads, *self._decodings],
            timeout=timeout_s,
            return_when=asyncio.FIRST_COMPLETED,
        )
        for download in [task for task in self._downloads if task in done]:
            rank = self._downloads.pop(download)
            if not self._failed(rank, download.exception()):
                self._held[rank] = self._reader.hold(download.result())
        for decoding in [task for task in self._decodings if task in done]:
            rank = self._decodings.pop(decoding)
            if not self._failed(rank, decoding.exception()):
                self._consider(rank, decoding.result())

    def _failed(self, rank: int, error: BaseException | None) -> bool:
        """Whether a candidate is given up for that; raises what is no fault of the candidate's."""
        if isinstance(error, (FetchFailed, UnusableReference)):
            self._given_up[rank] = error.why
            return True
        if error is not None:
            raise error
        return False

    def _consider(self, rank: int, found: ReadPicture) -> None:
        """Take a decoded picture, unless it is small or there already; of two copies the
        better-ranked one stays."""
        picture = found.picture
        again = next((known for known in self._known if _among(picture, [known])), None)
        if picture.shorter_side < MIN_SIDE or again is not None:
            self._given_up[rank] = ""
            if again is not None:
                self._again[rank] = again
            return
        for other, taken in self._usable.items():
            if _among(picture, [taken.picture.phash]):
                worse = max(rank, other)
                self._usable.pop(worse, None)
                self._given_up[worse] = ""
                if worse == rank:
                    return
                break
        self._usable[rank] = found


def _among(picture: CheckedPicture, hashes: Sequence[str]) -> bool:
    return any(hamming(picture.phash, known) <= SAME_PICTURE for known in hashes)
