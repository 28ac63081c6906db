"""As many pictures as are wanted, the best-ranked ones, and no more work than that takes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest

from agent.ports import Fetched, PictureHit
from agent.research import picture_reader
from agent.research.picture_reader import AT_ONCE, PictureReader, PicturesRead
from domain.errors import FetchFailed, StorageUnavailable, UnusableReference
from domain.pictures import CheckedPicture
from tests.fakes.search import NOW, MemoryDecoder, MemoryPictures
from tests.fakes.web import picture


class Site:
    """Pictures by number; those that are named are missing, broken or hang, others are kept."""

    def __init__(
        self,
        *,
        missing: Collection[int] = (),
        broken: Collection[int] = (),
        hangs: Collection[int] = (),
        kept: Collection[int] = (),
        copies: Mapping[int, int] | None = None,
    ) -> None:
        self.missing, self.broken, self.hangs, self.known = missing, broken, hangs, set(kept)
        self.copies = copies or {}
        self.asked: list[int] = []
        self.spare: list[int] = []
        self.unusable: dict[str, str] = {}
        self.cancelled = 0

    def _fetched(self, url: str) -> Fetched:
        number = int(url.rpartition("/")[2])
        body = b"broken" if number in self.broken else picture(self.copies.get(number, number + 1))
        return Fetched(url, 200, "image/jpeg", body, NOW)

    async def get(self, url: str, *, spare: bool = False, **_named: Any) -> Fetched:
        number = int(url.rpartition("/")[2])
        self.asked.append(number)
        if spare:
            self.spare.append(number)
        try:
            await asyncio.sleep(30 if number in self.hangs else 0)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if number in self.missing:
            raise FetchFailed(url, "the site answered 404", status=404)
        return self._fetched(url)

    async def post(self, url: str, body: Mapping[str, Any], **_named: Any) -> Fetched:
        raise AssertionError

    async def allows(self, url: str) -> bool:
        return True

    async def kept(self, url: str, **_named: Any) -> Fetched | None:
        number = int(url.rpartition("/")[2])
        if number in self.known and number in self.missing:
            raise FetchFailed(url, "the site answered 404", status=404)
        return self._fetched(url) if number in self.known else None

    async def remember_unusable(self, url: str, why: str, **_named: Any) -> None:
        self.unusable[url] = why


class Decoder(MemoryDecoder):
    def __init__(self) -> None:
        self.decoded = 0

    async def decode_sizes(
        self, data: bytes, max_pixels: Sequence[int]
    ) -> tuple[CheckedPicture, ...]:
        self.decoded += 1
        return await super().decode_sizes(data, max_pixels)


def hits(count: int) -> list[PictureHit]:
    return [
        PictureHit("p", f"picture {n}", f"https://x.example/{n}", f"https://x.example/p{n}", NOW)
        for n in range(count)
    ]


async def read(
    site: Site, *, wanted: int = 4, count: int = 10, decoder: MemoryDecoder | None = None
) -> PicturesRead:
    reader = PictureReader(
        fetcher=site,
        decoder=decoder or MemoryDecoder(),
        pictures=MemoryPictures(),
        for_model=True,
    )
    async with asyncio.timeout(240):
        return await reader.read(hits(count), workspace_id="w1", wanted=wanted, known=())


def numbers(found: PicturesRead) -> list[int]:
    return [int(taken.hit.url.rpartition("/")[2]) for taken in found.pictures]


async def test_the_best_ranked_are_taken_and_no_others_decoded() -> None:
    site, decoder = Site(), Decoder()
    found = await read(site, decoder=decoder)
    assert numbers(found) == [0, 1, 2, 3]
    assert decoder.decoded == 4
    assert (found.problems, found.dropped) == ((), 0)


async def test_a_few_more_are_downloaded_beside_them_and_wait_for_the_others() -> None:
    site = Site()
    await read(site)
    assert site.asked == list(range(AT_ONCE))
    assert site.spare == [4, 5, 6, 7]


@pytest.mark.parametrize("wanted", [1, 4, 5])
async def test_missing_and_broken_ones_are_replaced_by_the_next(wanted: int) -> None:
    site = Site(missing={0, 2, 4, 6, 8}, broken={1})
    found = await read(site, wanted=wanted, count=14)
    assert numbers(found) == [3, 5, 7, 9, 10][:wanted]
    assert "picture 0: the site answered 404" in found.problems
    assert "picture 1: it is damaged or incomplete" in found.problems
    assert found.dropped == len(found.problems)
    assert site.unusable == {"https://x.example/1": "it is damaged or incomplete"}


async def test_one_that_hangs_is_not_waited_for() -> None:
    site = Site(hangs={0, 2})
    found = await read(site)
    assert numbers(found) == [1, 3, 4, 5]
    assert site.cancelled == 2


async def test_all_that_there_is_is_waited_for_when_it_is_not_enough() -> None:
    found = await read(Site(missing=range(2, 10)))
    assert numbers(found) == [0, 1]
    assert found.dropped == 8


async def test_of_two_copies_the_better_ranked_stays() -> None:
    found = await read(Site(copies={1: 1, 4: 6}), wanted=5)
    assert numbers(found) == [0, 2, 3, 4, 6]
    assert found.dropped == 2


async def test_what_is_kept_is_enough_and_nobody_is_asked() -> None:
    first = Site(missing={1}, hangs={3}, broken={2})
    found = await read(first)
    again = Site(
        missing={1}, broken={2}, kept={*first.asked} - {3}, hangs=range(20)
    )  # nothing else would come
    assert numbers(await read(again)) == numbers(found) == [0, 4, 5, 6]
    assert again.asked == []


async def test_what_is_kept_is_taken_beside_what_is_new() -> None:
    site, decoder = Site(kept={1}), Decoder()
    found = await read(site, decoder=decoder)
    assert numbers(found) == [0, 1, 2, 3]
    assert 1 not in site.asked


async def test_copies_among_what_is_kept_are_made_up_for() -> None:
    site = Site(kept={0, 1, 2, 3}, copies={1: 1, 2: 1})
    found = await read(site)
    assert numbers(found) == [0, 3, 4, 5]


async def test_a_picture_of_the_library_whose_bytes_are_gone_is_left_out() -> None:
    reader = PictureReader(
        fetcher=Site(), decoder=MemoryDecoder(), pictures=MemoryPictures(), for_model=False
    )
    lost = PictureHit("library", "lost", "library:1", "library:1", NOW, blob="a" * 64)
    found = await reader.read([lost], workspace_id="w1", wanted=2, known=())
    assert (found.pictures, found.problems) == ((), ("lost: its bytes are gone",))


async def test_trouble_that_is_no_fault_of_the_picture_is_raised_and_all_is_stopped() -> None:
    class Full(MemoryDecoder):
        async def decode_sizes(self, data: bytes, max_pixels: Sequence[int]) -> Any:
            raise StorageUnavailable("The disk is full.")

    site = Site(hangs={5})
    with pytest.raises(StorageUnavailable):
        await read(site, decoder=Full())
    assert site.cancelled == 1


async def test_a_machine_that_is_too_busy_to_decode_says_nothing_about_the_picture() -> None:
    class Busy(MemoryDecoder):
        async def decode_sizes(self, data: bytes, max_pixels: Sequence[int]) -> Any:
            error = UnusableReference("picture", "this machine is too busy")
            error.retryable = True
            raise error

    site = Site()
    found = await read(site, count=2, decoder=Busy())
    assert len(found.problems) == 2
    assert site.unusable == {}


async def test_a_search_that_is_cancelled_leaves_nothing_behind() -> None:
    site = Site(hangs=range(20))
    task = asyncio.create_task(read(site))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert site.cancelled == len(site.asked) == AT_ONCE


async def test_pictures_for_which_there_is_no_memory_are_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(picture_reader, "MAX_HELD_BYTES", 0)
    site = Site(missing={1}, broken={2})
    assert numbers(await read(site)) == [0, 3, 4, 5]
    assert sorted(site.asked).count(0) == 2
