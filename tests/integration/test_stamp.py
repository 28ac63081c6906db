"""Every finished picture says what it is, and nothing else beside its pixels; copies keep that."""

from __future__ import annotations

import io
import itertools
import random
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from domain.errors import InvalidRequest, NotPossibleNow, RenderFailed
from domain.illustrations import Picture
from evaluation.peers.values import a_request
from generation.export import outgoing
from generation.stamp import COMPOSITE, MADE_BY_MODEL, source_type_of, stamped, with_xmp
from storage.blobs import FolderBlobStore
from tests.fakes.job_service import an_office

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


def noise(size: tuple[int, int] = (97, 61), mode: str = "RGB") -> Image.Image:
    pixels = random.Random(1).randbytes(size[0] * size[1] * len(mode))  # noqa: S311
    return Image.frombytes(mode, size, pixels)


def encoded(media_type: str, image: Image.Image | None = None, **options: object) -> bytes:
    out = io.BytesIO()
    (image or noise()).save(out, FORMATS[media_type], **options)
    return out.getvalue()


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    with Image.open(io.BytesIO(data)) as image:
        return image.mode, image.size, image.tobytes()


@pytest.mark.parametrize("media_type", FORMATS)
def test_the_stamp_says_what_made_the_picture_and_leaves_its_pixels(media_type: str) -> None:
    data = encoded(media_type)
    picture = stamped(Picture(data, media_type, 97, 61), is_model=True)
    assert pixels(picture.data) == pixels(data)
    with Image.open(io.BytesIO(picture.data)) as image:
        xmp = image.info["xmp"]
    assert MADE_BY_MODEL in (xmp if isinstance(xmp, str) else xmp.decode())
    assert source_type_of(picture.data) == MADE_BY_MODEL
    assert stamped(picture, is_model=True) == picture, "twice is once"


@pytest.mark.parametrize(
    ("media_type", "options"),
    [
        ("image/webp", {"lossless": True}),
        ("image/webp", {"lossless": False}),
        ("image/png", {}),
    ],
)
def test_transparency_and_colour_profiles_stay(media_type: str, options: dict[str, object]) -> None:
    profile = b"x" * 200
    data = encoded(media_type, noise(mode="RGBA"), icc_profile=profile, **options)
    marked = with_xmp(data, media_type, COMPOSITE)
    assert pixels(marked) == pixels(data)
    with Image.open(io.BytesIO(marked)) as image:
        assert image.info["icc_profile"] == profile


def test_foreign_metadata_is_left_out() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a secret prompt")
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    secret = noise()
    for data, media_type in (
        (encoded("image/png", secret, pnginfo=text), "image/png"),
        (encoded("image/jpeg", secret, exif=exif, comment=b"a secret"), "image/jpeg"),
        (encoded("image/webp", secret, exif=exif), "image/webp"),
    ):
        assert b"secret" in data
        assert b"secret" not in with_xmp(data, media_type, MADE_BY_MODEL)


@pytest.mark.parametrize("media_type", FORMATS)
def test_cut_off_or_foreign_bytes_are_refused_in_words(media_type: str) -> None:
    data = encoded(media_type)
    for broken in (b"", b"GIF89a", data[:11], data[: len(data) // 10]):
        with pytest.raises(RenderFailed, match=f"no {media_type}"):
            with_xmp(broken, media_type, MADE_BY_MODEL)
    with pytest.raises(RenderFailed):
        with_xmp(data, "image/gif", MADE_BY_MODEL)


def board() -> bytes:
    return with_xmp(encoded("image/png", noise((640, 480))), "image/png", COMPOSITE)


def test_a_picture_that_fits_leaves_as_it_is() -> None:
    data = board()
    assert outgoing(data, "image/png", max_bytes=len(data)).data is data


def test_a_picture_that_is_too_large_leaves_as_the_best_copy_that_fits() -> None:
    data = board()
    limits = (len(data) - 1, len(data) // 4, len(data) // 20)
    copies = [outgoing(data, "image/png", max_bytes=limit) for limit in limits]
    for copy, limit in zip(copies, limits, strict=True):
        assert len(copy.data) <= limit
        assert copy.media_type == "image/webp"
        assert source_type_of(copy.data) == COMPOSITE
        assert pixels(copy.data)[1] == (copy.width, copy.height)
    assert (copies[0].width, copies[0].height) == (640, 480)
    for larger, smaller in itertools.pairwise(copies):
        assert smaller.width <= larger.width
    assert copies[-1].width / copies[-1].height == pytest.approx(4 / 3, rel=0.02)


def test_only_what_the_platform_takes_leaves() -> None:
    data = board()
    jpeg = outgoing(data, "image/png", max_bytes=10**7, media_types=("image/jpeg",))
    assert jpeg.media_type == "image/jpeg"
    png = outgoing(data, "image/png", max_bytes=10**5, media_types=("image/png",))
    assert png.media_type == "image/png"
    assert len(png.data) <= 10**5
    small = outgoing(data, "image/png", max_bytes=10**7, max_side=100)
    assert (small.width, small.height) == (100, 75)
    with pytest.raises(InvalidRequest, match="image/tiff"):
        outgoing(data, "image/png", max_bytes=10**7, media_types=("image/tiff",))
    with pytest.raises(InvalidRequest, match="500 bytes"):
        outgoing(data, "image/png", max_bytes=500)


def test_a_transparent_picture_is_shown_on_white_where_nothing_else_is_taken() -> None:
    clear = encoded("image/png", Image.new("RGBA", (80, 80), (0, 0, 0, 0)))
    copy = outgoing(clear, "image/png", max_bytes=10**6, media_types=("image/jpeg",))
    with Image.open(io.BytesIO(copy.data)) as image:
        assert image.getpixel((40, 40)) == (255, 255, 255)


async def test_the_desk_hands_out_a_finished_picture_as_a_platform_takes_it(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        job = await office.job_service.submit(a_request(), event_key="e")
        (drawn,) = await office.finished(job.id)
        sha256 = await FolderBlobStore(tmp_path / "blobs").put("w1", board())
        async with office.store.workspace("w1") as unit:
            await unit.illustrations.save(replace(drawn, sha256=sha256))
        copy = await office.job_service.picture_for(
            "w1", drawn.id, max_bytes=50_000, media_types=("image/png", "image/jpeg")
        )
        assert (copy.media_type, len(copy.data) <= 50_000) == ("image/jpeg", True)
        async with office.store.workspace("w1") as unit:
            await unit.illustrations.save(replace(drawn, sha256=None))
        with pytest.raises(NotPossibleNow, match="isn't ready yet"):
            await office.job_service.picture_for("w1", drawn.id, max_bytes=9, media_types=())
