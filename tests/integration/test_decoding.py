"""Untrusted pictures are decoded in worker processes, and a harmful picture ends only its own."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from agent.sandbox.picture_decoder import DecodingPool, hamming
from domain.errors import UnusableReference
from domain.pictures import CheckedPicture
from tests.fakes.pictures import HEIC, saved, wide_gamut_as_srgb, wide_gamut_profile
from tests.fakes.web import picture


@pytest.fixture
async def pool() -> AsyncIterator[DecodingPool]:
    opened = DecodingPool(size=2)
    yield opened
    await opened.aclose()


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
        (b"hello, I am a text", "a PNG, JPEG, WebP, GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a PNG, JPEG, WebP, GIF"),
        (picture(1)[:900], "damaged or incomplete"),
        (picture(1, kind="PNG")[:-200], "damaged or incomplete"),
        (png_header(60_000, 60_000), "25 million pixels|sides are longer"),
        (png_header(5_000, 5_000), "damaged or incomplete"),
        (b"\xff\xd8" + b"\xff\xda\0\2" * 70, "too many layers"),
        (b"x" * 26_000_000, "larger than 25 MB"),
        (b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0\x2f\xff\xff\xff\x0f\0\0\0\0\0\0\0\0", "."),
    ],
    ids=[
        "empty", "text", "svg", "cut jpeg", "cut png", "bomb", "lying header",
        "scans", "too large", "webp bomb",
    ],
)  # fmt: skip
async def test_what_cannot_be_used_is_refused_in_words(
    pool: DecodingPool, data: bytes, why: str
) -> None:
    with pytest.raises(UnusableReference, match=why):
        await pool.decode(data)
    assert (await pool.decode(picture(1))).width == 320


WIDE = (200, 100, 50)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
async def test_colours_of_other_spaces_become_srgb(pool: DecodingPool, kind: str) -> None:
    options = {} if kind in ("PNG", "TIFF") else {"quality": 100}
    data = saved(
        Image.new("RGB", (64, 64), WIDE), kind, icc_profile=wide_gamut_profile(), **options
    )
    assert pixel(await pool.decode(data)) == pytest.approx(wide_gamut_as_srgb(WIDE), abs=4)


async def test_transparent_pictures_of_other_spaces_keep_their_transparency(
    pool: DecodingPool,
) -> None:
    data = saved(Image.new("RGBA", (9, 9), (*WIDE, 77)), "PNG", icc_profile=wide_gamut_profile())
    checked = await pool.decode(data)
    assert pixel(checked) == pytest.approx((*wide_gamut_as_srgb(WIDE), 77), abs=2)


@pytest.mark.parametrize(
    "profile", [b"", b"rubbish" * 99, wide_gamut_profile()[:300], wide_gamut_profile(space=b"CMYK")]
)
async def test_a_profile_that_cannot_be_used_changes_nothing(
    pool: DecodingPool, profile: bytes
) -> None:
    data = saved(Image.new("RGB", (64, 64), WIDE), "PNG", icc_profile=profile)
    assert pixel(await pool.decode(data)) == WIDE


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
async def test_grey_of_sixteen_bits_is_scaled(pool: DecodingPool, kind: str) -> None:
    for value, grey in ((0, 0), (257 * 60, 60), (257 * 128, 128), (65_535, 255)):
        data = saved(Image.new("I;16", (9, 9), value), kind)
        assert pixel(await pool.decode(data)) == (grey, grey, grey)


@pytest.mark.parametrize(
    ("mode", "value", "grey"), [("I", 257 * 60, 60), ("I", 60, 60), ("F", 0.5, 128), ("F", 60, 60)]
)
async def test_grey_in_wider_modes_is_scaled(
    pool: DecodingPool, mode: str, value: float, grey: int
) -> None:
    data = saved(Image.new(mode, (9, 9), value), "TIFF")
    assert pixel(await pool.decode(data)) == pytest.approx((grey, grey, grey), abs=1)


@pytest.mark.parametrize("kind", ["AVIF", "TIFF", "BMP"])
async def test_pictures_of_other_kinds_are_taken(pool: DecodingPool, kind: str) -> None:
    checked = await pool.decode(saved(Image.open(io.BytesIO(picture(3))), kind))
    assert (checked.width, checked.height) == (320, 240)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
async def test_pictures_of_other_modes_are_taken(pool: DecodingPool, mode: str) -> None:
    checked = await pool.decode(
        saved(Image.open(io.BytesIO(picture(3))).convert(mode), "TIFF", compression="tiff_lzw")
    )
    assert (checked.width, checked.height) == (320, 240)


async def test_pictures_of_phones_are_taken(pool: DecodingPool) -> None:
    checked = await pool.decode(HEIC)
    assert (checked.width, checked.height) == (64, 48)
    image = Image.open(io.BytesIO(checked.data)).convert("RGB")
    assert image.getpixel((8, 8)) == pytest.approx((30, 60, 200), abs=12)
    assert image.getpixel((56, 8)) == pytest.approx((200, 40, 30), abs=12)


async def test_photographs_of_many_megapixels_are_decoded_reduced(pool: DecodingPool) -> None:
    # 108 million pixels, as phones take them.
    data = saved(Image.new("RGB", (12_000, 9_000), (200, 100, 50)), "JPEG", quality=30)
    checked = await pool.decode(data)
    assert 1_900_000 < checked.width * checked.height <= 2_000_000
    assert pixel(checked) == pytest.approx((200, 100, 50), abs=6)


async def test_what_follows_a_photograph_is_no_layer_of_it(pool: DecodingPool) -> None:
    # Phones append a short video to a photograph.
    checked = await pool.decode(picture(3) + b"\xff\xda\0\x04ab" * 500)
    assert checked.width == 320


async def test_one_decoding_gives_every_size(pool: DecodingPool) -> None:
    data = picture(4, size=(2000, 1000))
    large, small, same = await pool.decode_sizes(data, [500_000, 20_000, 500_000])
    assert large == same
    assert 450_000 < large.width * large.height <= 500_000
    assert 18_000 < small.width * small.height <= 20_000
    assert large.phash == small.phash
    tiny = await pool.decode_sizes(picture(1), [2_000_000, 900_000])
    assert tiny[0].data == tiny[1].data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\x0a" + b"\0" * 99, "JPEG XL.*save it as JPEG or PNG"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0" * 99, "JPEG XL.*save it as JPEG or PNG"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 99, "it is a video"),
        (b"%PDF-1.7 ...", "it is a PDF"),
        (HEIC[:300], "damaged or incomplete"),
        (saved(Image.new("RGB", (9, 9)), "TIFF")[:120], "damaged or incomplete|no PNG"),
    ],
)
async def test_other_files_are_refused_by_name(pool: DecodingPool, data: bytes, why: str) -> None:
    with pytest.raises(UnusableReference, match=why):
        await pool.decode(data)


async def test_a_picture_with_a_broken_description_is_taken(pool: DecodingPool) -> None:
    data = saved(Image.open(io.BytesIO(picture(2))), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert (await pool.decode(data)).width == 320


def pixel(checked: CheckedPicture) -> tuple[int, ...]:
    image = Image.open(io.BytesIO(checked.data))
    return image.convert("RGBA" if "A" in image.mode else "RGB").getpixel((5, 5))  # type: ignore[return-value]


async def test_giving_up_in_the_middle_leaves_the_pool_working(pool: DecodingPool) -> None:
    task = asyncio.create_task(pool.decode(picture(1, size=(3000, 3000))))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    pictures = await asyncio.gather(*(pool.decode(picture(n)) for n in range(6)))
    assert len({p.phash for p in pictures}) > 3
