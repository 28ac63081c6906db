"""Strangers' pictures are decoded apart, and no picture harms more than its own process."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from agent.images import DecodingPool, hamming
from domain.errors import UnusableReference
from tests.fakes.web import picture


@pytest.fixture
async def pool() -> AsyncIterator[DecodingPool]:
    opened = DecodingPool(size=2)
    yield opened
    await opened.aclose()


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_pictures_of_the_four_kinds_are_taken(pool: DecodingPool, kind: str) -> None:
    checked = await pool.decode(picture(3, kind=kind))
    assert (checked.width, checked.height) == (320, 240)
    with Image.open(io.BytesIO(checked.data)) as image:
        assert image.size == (320, 240)
        assert Image.MIME[image.format or ""] == checked.media_type


async def test_nothing_but_pixels_is_kept_and_they_stand_upright(pool: DecodingPool) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "SECRET PLACE"
    data = saved(Image.open(io.BytesIO(picture(2))), "JPEG", exif=exif, comment=b"SECRET")
    assert b"SECRET" in data
    checked = await pool.decode(data)
    assert (checked.width, checked.height) == (240, 320)
    assert b"SECRET" not in checked.data


async def test_large_pictures_are_scaled_down_and_the_same_bytes_come_out(
    pool: DecodingPool,
) -> None:
    data = picture(4, size=(2000, 1000))
    first, second = await asyncio.gather(*(pool.decode(data, max_pixels=50_000) for _ in "ab"))
    assert first == second
    assert 45_000 < first.width * first.height <= 50_000
    assert abs(first.width / first.height - 2) < 0.05


async def test_transparency_stays(pool: DecodingPool) -> None:
    checked = await pool.decode(saved(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG"))
    assert checked.media_type == "image/png"


async def test_the_same_motif_has_nearly_the_same_hash(pool: DecodingPool) -> None:
    first = await pool.decode(picture(5, kind="PNG"))
    again = await pool.decode(picture(5, kind="JPEG", size=(320, 240)), max_pixels=9_000)
    other = await pool.decode(picture(9))
    assert hamming(first.phash, again.phash) <= 6
    assert hamming(first.phash, other.phash) > 10


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"hello, I am a text", "no PNG, JPEG, WebP or GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no PNG, JPEG, WebP or GIF"),
        (picture(1)[:900], "broken or cut off"),
        (picture(1, kind="PNG")[:-200], "broken or cut off"),
        (saved(Image.new("RGB", (9, 9)), "TIFF"), "no PNG, JPEG, WebP or GIF"),
        (saved(Image.new("RGB", (9, 9)), "BMP"), "no PNG, JPEG, WebP or GIF"),
        (png_header(60_000, 60_000), "25 million pixels|sides are longer"),
        (png_header(5_000, 5_000), "broken or cut off"),
        (b"\xff\xd8" + b"\xff\xda" * 70, "too many layers"),
        (b"x" * 26_000_000, "larger than 25 MB"),
        (b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0\x2f\xff\xff\xff\x0f\0\0\0\0\0\0\0\0", "."),
    ],
    ids=[
        "empty", "text", "svg", "cut jpeg", "cut png", "tiff", "bmp", "bomb", "lying header",
        "scans", "too large", "webp bomb",
    ],
)  # fmt: skip
async def test_what_cannot_be_used_is_refused_in_words(
    pool: DecodingPool, data: bytes, why: str
) -> None:
    with pytest.raises(UnusableReference, match=why):
        await pool.decode(data)
    assert (await pool.decode(picture(1))).width == 320


async def test_a_picture_that_kills_its_process_leaves_the_pool_working(
    pool: DecodingPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agent import images

    monkeypatch.setattr(images, "PATIENCE_S", 0.0)
    with pytest.raises(UnusableReference, match="too long"):
        await pool.decode(picture(1))
    monkeypatch.setattr(images, "PATIENCE_S", 10.0)
    assert (await pool.decode(picture(1))).width == 320


async def test_giving_up_in_the_middle_leaves_the_pool_working(pool: DecodingPool) -> None:
    task = asyncio.create_task(pool.decode(picture(1, size=(3000, 3000))))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    pictures = await asyncio.gather(*(pool.decode(picture(n)) for n in range(6)))
    assert len({p.phash for p in pictures}) > 3
