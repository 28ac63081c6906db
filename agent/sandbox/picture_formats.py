"""Supported picture formats, recognised by the first bytes of a file."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.sandbox.worker import CannotBeRead
from domain.translation.messages import gettext

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_SAVE_AS = gettext("save it as JPEG or PNG and try again")
READ = gettext("PNG, JPEG, WebP, GIF, AVIF, HEIC, TIFF or BMP picture")


@dataclass(frozen=True, slots=True)
class Format:
    """A format by Pillow's name, and the module that registers its reader with Pillow."""

    name: str
    module: str


_FORMATS: Mapping[str, Format] = {
    name: Format(name, module)
    for name, module in (
        ("PNG", "PIL.PngImagePlugin"),
        ("JPEG", "PIL.JpegImagePlugin"),
        ("WEBP", "PIL.WebPImagePlugin"),
        ("GIF", "PIL.GifImagePlugin"),
        ("AVIF", "PIL.AvifImagePlugin"),
        ("HEIF", "pi_heif"),
        ("TIFF", "PIL.TiffImagePlugin"),
        ("BMP", "PIL.BmpImagePlugin"),
    )
}


def format_of(data: bytes) -> str:
    """The name of the picture's format, whose reader is registered then.

    Raises:
        CannotBeRead: It is of no format that is read; the message names it where it is known.
    """
    name = _read_format(data)
    if name is None:
        raise CannotBeRead(_why_not(data))
    module: Any = importlib.import_module(_FORMATS[name].module)
    if name == "HEIF":
        module.register_heif_opener(
            thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
        )
    elif name == "AVIF":
        module.DEFAULT_MAX_THREADS = 1
    return name


def _read_format(data: bytes) -> str | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    if data.startswith(b"BM"):
        return "BMP"
    brands = _brands(data)
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIF" if brands & _HEIF_BRANDS else None


def _brands(data: bytes) -> frozenset[bytes]:
    """The brands of an ISO media file (ISO/IEC 14496-12), such as ``heic`` and ``mif1``."""
    if data[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(data[:4], "big"), 256)
    return frozenset([data[8:12], *(data[at : at + 4] for at in range(16, end, 4))])


_REFUSED: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (
        lambda data: data.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")),
        gettext("is a JPEG XL picture, which isn't supported; {advice}", advice=_SAVE_AS),
    ),
    (
        lambda data: b"<svg" in data[:4096].lower(),
        gettext("is an SVG drawing, not a {kind}; {advice}", kind=READ, advice=_SAVE_AS),
    ),
    (
        lambda data: data.startswith((b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")),
        gettext("is a JPEG 2000 picture, which isn't supported; {advice}", advice=_SAVE_AS),
    ),
    (
        lambda data: data.startswith(b"8BPS"),
        gettext("is a Photoshop document; {advice}", advice=_SAVE_AS),
    ),
    (
        lambda data: data.startswith(b"%PDF"),
        gettext("is a PDF, not a picture; {advice}", advice=_SAVE_AS),
    ),
    (
        lambda data: data[4:8] == b"ftyp" or data.startswith(b"\x1a\x45\xdf\xa3"),
        gettext("is a video, not a picture; send a single frame as JPEG or PNG"),
    ),
)


def _why_not(data: bytes) -> str:
    return next(
        (why for matches, why in _REFUSED if matches(data)), gettext("isn't a {kind}", kind=READ)
    )
