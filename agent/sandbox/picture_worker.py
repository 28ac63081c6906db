"""Decodes untrusted pictures: upright, in sRGB, 8 bits a channel, with only their pixels.

One decoding gives the picture in every size that is asked for.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from agent.sandbox.color import in_srgb, to_eight_bits
from agent.sandbox.picture_formats import format_of
from agent.sandbox.worker import CannotBeRead
from domain.pictures import difference_hash
from domain.translation.messages import gettext

MAX_PIXELS = 25_000_000
"""Of a picture as it is held in memory."""
MAX_JPEG_PIXELS = 250_000_000
"""Of a JPEG, which can be decoded at a half, a quarter or an eighth of its sides."""
MAX_SIDE = 16_384
MAX_JPEG_SCANS = 64
FEW_PIXELS = 250_000
"""Pictures that are made as small as this are scaled by a filter that costs half as much; nothing
is drawn from them."""
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_THE_SIDE = frozenset({5, 6, 7, 8})
_ORIENTATION = 0x0112
_HALVED_CHROMA = 2
_BROKEN = gettext("is damaged or incomplete")


def run(facts: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The picture at most as large as each of ``facts["sizes"]`` (pixels), in that order.

    Raises:
        CannotBeRead: It cannot be used.
    """
    sizes: list[int] = facts["sizes"]
    try:
        largest, subsampling, original_size = decoded(data, max(sizes))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise CannotBeRead(gettext("has more than 25 million pixels; make it smaller")) from error
    except MemoryError as error:
        raise CannotBeRead(gettext("needs too much memory to decode")) from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, LookupError) as error:
        raise CannotBeRead(_BROKEN) from error
    found, bodies = _in_sizes(largest, sizes, subsampling)
    return {**found, "original_size": original_size}, bodies


def decoded(data: bytes, max_pixels: int) -> tuple[Image.Image, int, tuple[int, int]]:
    """The picture upright, as sRGB in mode RGB or RGBA, with at most that many pixels; the chroma
    subsampling that loses nothing of it: 0 (none) or 2 (4:2:0), where the source has only that; and
    the width and height that it came with, upright. Raises Pillow's errors, and
    ``CannotBeRead``."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    name = format_of(data)
    is_jpeg = name == "JPEG"
    if is_jpeg and _scans(data) > MAX_JPEG_SCANS:
        raise CannotBeRead(gettext("has too many layers to decode safely"))
    Image.MAX_IMAGE_PIXELS = MAX_JPEG_PIXELS if is_jpeg else MAX_PIXELS
    with Image.open(io.BytesIO(data), formats=(name,)) as opened:
        width, height = opened.size
        if is_jpeg:
            _reduce_jpeg(opened, max_pixels)
        elif max(opened.size) > MAX_SIDE:
            raise CannotBeRead(
                gettext("has sides longer than {max_side:,} pixels", max_side=MAX_SIDE)
            )
        elif name != "HEIF":  # which opens at its main picture
            opened.seek(0)
        opened.load()
        subsampling = 2 if _has_halved_chroma(opened) else 0
        profile = opened.info.get("icc_profile")
        orientation = _orientation(opened)
        picture = _smaller(to_eight_bits(opened), max_pixels)
    picture = in_srgb(picture, profile)
    turn = _TURNS.get(orientation)
    if turn is not None:
        picture = picture.transpose(turn)
    original_size = (height, width) if orientation in _ON_THE_SIDE else (width, height)
    return picture, subsampling, original_size


def _has_halved_chroma(opened: Image.Image) -> bool:
    """Whether a picture is a JPEG in 4:2:0, as most photographs are."""
    return isinstance(opened, JpegImageFile) and get_sampling(opened) == _HALVED_CHROMA


def _reduce_jpeg(opened: Image.Image, max_pixels: int) -> None:
    """Have the decoder itself scale down as far as the wanted size allows, and in any case below
    what may be held in memory."""
    width, height = opened.size
    shrink = min(1.0, (max_pixels / (width * height)) ** 0.5)
    if width * height > MAX_PIXELS:
        shrink = min(shrink, 0.5)
    wanted = (max(1, int(width * shrink)), max(1, int(height * shrink)))
    if shrink < 1:
        opened.draft(opened.mode, wanted)
    if opened.width * opened.height > MAX_PIXELS:
        opened.draft(opened.mode, (width // 8 or 1, height // 8 or 1))
    if opened.width * opened.height > MAX_PIXELS:
        raise Image.DecompressionBombError


def _scans(data: bytes) -> int:
    """The number of scans of a JPEG, or 0 where there are certainly few; what stands in its other
    segments (thumbnails, comments) and after its end (videos) does not count."""
    if data.count(b"\xff\xda") <= MAX_JPEG_SCANS:
        return 0  # too few, wherever they stand, and much quicker to see
    at, scans = 2, 0
    while marker := _MARKER.search(data, at):
        at, code = marker.end(), marker[1][0]
        if code == 0xD9:
            break
        if code != 0x01:
            scans += code == 0xDA
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
        if scans > MAX_JPEG_SCANS:
            break
    return scans


def _orientation(opened: Image.Image) -> int:
    """The rotation of the picture; 1 where it has no readable one."""
    try:
        value: object = opened.getexif().get(_ORIENTATION, 1)
    except Exception:
        return 1
    return value if isinstance(value, int) else 1


def _smaller(picture: Image.Image, max_pixels: int) -> Image.Image:
    shrink = (max_pixels / (picture.width * picture.height)) ** 0.5
    if shrink >= 1:
        return picture
    size = (max(1, int(picture.width * shrink)), max(1, int(picture.height * shrink)))
    few = max_pixels <= FEW_PIXELS
    kernel = Image.Resampling.HAMMING if few else Image.Resampling.BICUBIC
    # Halving first by plain averages costs a third of one step by a wide filter.
    return picture.resize(size, kernel, reducing_gap=1.25)


def _in_sizes(
    largest: Image.Image, sizes: Sequence[int], subsampling: int
) -> tuple[dict[str, Any], list[bytes]]:
    """Each size re-encoded; sizes that come out alike share their bytes."""
    bodies: list[bytes] = []
    facts: dict[tuple[int, int], dict[str, Any]] = {}
    found: dict[int, dict[str, Any]] = {}
    picture = largest
    for most in sorted(set(sizes), reverse=True):
        picture = _smaller(largest, most)
        if picture.size not in facts:
            body, media_type = _encoded(picture, subsampling)
            facts[picture.size] = {
                "media_type": media_type,
                "width": picture.width,
                "height": picture.height,
                "body": len(bodies),
            }
            bodies.append(body)
        found[most] = facts[picture.size]
    return {"phash": dhash(picture), "pictures": [found[size] for size in sizes]}, bodies


def _encoded(picture: Image.Image, subsampling: int) -> tuple[bytes, str]:
    """PNG for drawings and transparency, JPEG for photographs."""
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)  # into a new picture, so that nothing but pixels comes along
    out = io.BytesIO()
    if clean.mode == "RGBA" or clean.getcolors(256) is not None:
        clean.save(out, "PNG", compress_level=4)
        return out.getvalue(), "image/png"
    clean.save(out, "JPEG", quality=92, subsampling=subsampling)
    return out.getvalue(), "image/jpeg"


def dhash(picture: Image.Image) -> str:
    """The difference hash of a picture; transparent parts count as white."""
    if picture.mode == "RGBA":
        ground = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(ground, picture)
    rough = picture.reduce(max(1, min(picture.width // 72, picture.height // 64)))
    small = rough.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    return difference_hash(small.tobytes())
