"""Decodes strangers' pictures in a process of its own; run as a script, it serves until its input
ends.

A request is the most pixels wanted and the length of the picture (two 32-bit numbers) and the
picture; an answer is the length of a JSON object and of the re-encoded picture, and both. The
process may use 768 MB in all and 3 s of processor time for each picture; the kernel ends it
otherwise.
"""

from __future__ import annotations

import io
import json
import resource
import struct
import sys
import warnings
from typing import BinaryIO

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

MEMORY_BYTES = 768 << 20
CPU_S = 3
MAX_SOURCE_PIXELS = 25_000_000
MAX_SIDE = 16_384
MAX_JPEG_SCANS = 64
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
HEADER = struct.Struct(">II")


class UnusablePictureError(Exception):
    """Why a picture is refused, in words for the person who brought it."""


def limit_process() -> None:
    """Take from this process what decoding does not need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MAX_SOURCE_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.preinit()


def limit_next_picture() -> None:
    """Give the next picture its processor time, counted from what is used already."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_S, resource.RLIM_INFINITY))


def decoded(data: bytes, max_pixels: int) -> tuple[dict[str, object], bytes]:
    """What is known about the picture, and its bytes: upright, scaled down to ``max_pixels``,
    without anything but pixels.

    Raises:
        UnusablePictureError: It cannot be used.
    """
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > MAX_JPEG_SCANS:
        raise UnusablePictureError("it has too many layers to decode safely")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if max(opened.size) > MAX_SIDE:
                raise UnusablePictureError(f"its sides are longer than {MAX_SIDE:,} pixels")
            opened.seek(0)
            clean = _clean(opened, max_pixels)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusablePictureError("it has more than 25 million pixels") from error
    except MemoryError as error:
        raise UnusablePictureError("it needs too much memory to decode") from error
    except UnidentifiedImageError as error:
        raise UnusablePictureError("it is no PNG, JPEG, WebP or GIF picture") from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, IndexError) as error:
        raise UnusablePictureError("it is broken or cut off") from error
    body, media_type = _encoded(clean)
    facts: dict[str, object] = {
        "media_type": media_type,
        "width": clean.width,
        "height": clean.height,
        "phash": dhash(clean),
    }
    return facts, body


def _clean(opened: Image.Image, max_pixels: int) -> Image.Image:
    shrink = (max_pixels / max(1, opened.width * opened.height)) ** 0.5
    if opened.format == "JPEG" and shrink < 1:
        opened.draft("RGB", (int(opened.width * shrink), int(opened.height * shrink)))
    upright = ImageOps.exif_transpose(opened)
    see_through = "A" in upright.getbands() or "transparency" in upright.info
    upright = upright.convert("RGBA" if see_through else "RGB")
    shrink = (max_pixels / (upright.width * upright.height)) ** 0.5
    if shrink < 1:
        size = (max(1, int(upright.width * shrink)), max(1, int(upright.height * shrink)))
        upright = upright.resize(size, Image.Resampling.LANCZOS)
    clean = Image.new(upright.mode, upright.size)
    clean.paste(upright)
    return clean


def _encoded(picture: Image.Image) -> tuple[bytes, str]:
    """PNG for drawings and transparency, JPEG for photographs."""
    out = io.BytesIO()
    if picture.mode == "RGBA" or picture.getcolors(256) is not None:
        picture.save(out, "PNG", compress_level=6)
        return out.getvalue(), "image/png"
    picture.save(out, "JPEG", quality=92, subsampling=0)
    return out.getvalue(), "image/jpeg"


def dhash(picture: Image.Image) -> str:
    """The 64-bit difference hash as 16 hex digits: whether each of 8 × 8 cells is darker than its
    right neighbour; transparent parts count as white."""
    if picture.mode == "RGBA":
        ground = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(ground, picture)
    small = picture.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    cells = small.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            here = row * 9 + column
            bits = bits << 1 | (cells[here] < cells[here + 1])
    return f"{bits:016x}"


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer one request after another until the input ends."""
    while header := requests.read(HEADER.size):
        max_pixels, length = HEADER.unpack(header)
        data = requests.read(length)
        limit_next_picture()
        try:
            facts, body = decoded(data, max_pixels)
        except UnusablePictureError as error:
            facts, body = {"why": str(error)}, b""
        except MemoryError:
            facts, body = {"why": "it needs too much memory to decode"}, b""
        plain = json.dumps(facts).encode()
        answers.write(HEADER.pack(len(plain), len(body)) + plain + body)
        answers.flush()


if __name__ == "__main__":
    limit_process()
    serve(sys.stdin.buffer, sys.stdout.buffer)
