"""The stamp of a finished picture: what it is, in XMP, and nothing else beside its pixels.

Every picture passes here once, last of all, before it is kept; this is where content credentials
would be signed in. The containers are rewritten without decoding, so the pixels stay as they are
and the same picture gives the same bytes. Text, EXIF and foreign XMP are left out, and so is a
foreign C2PA manifest: it names the hash of other bytes and would only be invalid.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from domain.errors import RenderFailed
from domain.illustrations import Picture
from domain.translation.messages import gettext

_SOURCE_TYPES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MADE_BY_MODEL: Final = _SOURCE_TYPES + "trainedAlgorithmicMedia"
COMPOSITE: Final = _SOURCE_TYPES + "composite"
"""A board of pictures made by camera, hand or model: nothing narrower would be true."""

_XMP: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF \
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" \
xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" \
xmlns:xmp="http://ns.adobe.com/xap/1.0/" Iptc4xmpExt:DigitalSourceType="{source_type}" \
xmp:CreatorTool="Limner"/></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = frozenset(
    {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"IDAT", b"IEND"}
)
_JPEG_XMP: Final = b"http://ns.adobe.com/xap/1.0/\x00"
_JPEG_KEPT_APP: Final = frozenset({0xE0, 0xE2, 0xEE})
"""JFIF, the colour profile and Adobe's colour transform."""
_WEBP_KEPT: Final = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ICCP"})


def stamped(picture: Picture, *, is_model: bool) -> Picture:
    """The picture with its XMP, and without any other metadata.

    Raises:
        RenderFailed: The bytes are no PNG, JPEG or WebP.
    """
    source_type = MADE_BY_MODEL if is_model else COMPOSITE
    return replace(picture, data=with_xmp(picture.data, picture.media_type, source_type))


def with_xmp(data: bytes, media_type: str, source_type: str) -> bytes:
    """PNG, JPEG or WebP bytes with that DigitalSourceType as their only metadata.

    Raises:
        RenderFailed: They are none of these.
    """
    xmp = _XMP.format(source_type=source_type).encode()
    try:
        return _WRITERS[media_type](data, xmp)
    except (KeyError, ValueError, struct.error, IndexError) as error:
        raise RenderFailed(
            "picture", gettext("the bytes are no {media_type}", media_type=media_type)
        ) from error


def source_type_of(data: bytes) -> str | None:
    """The DigitalSourceType that stands in a picture's XMP; None where there is none."""
    _, found, rest = data.partition(b'Iptc4xmpExt:DigitalSourceType="')
    return rest.partition(b'"')[0].decode("ascii", "replace") if found else None


def _png(data: bytes, xmp: bytes) -> bytes:
    if not data.startswith(_PNG):
        raise ValueError("no PNG")
    parts = [_PNG]
    for kind, chunk in _png_chunks(data):
        if kind not in _PNG_KEPT:
            continue
        parts.append(chunk)
        if kind == b"IHDR":
            text = b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + xmp
            parts.append(_png_chunk(b"iTXt", text))
    return b"".join(parts)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk with its kind; its checksum stays, since it takes longer than all else here."""
    at = len(_PNG)
    kind = b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        chunk = data[at : at + length + 12]
        if len(chunk) != length + 12:
            raise ValueError("cut off")
        yield kind, chunk
        at += length + 12


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))


def _jpeg(data: bytes, xmp: bytes) -> bytes:
    if not data.startswith(b"\xff\xd8\xff"):
        raise ValueError("no JPEG")
    segment = _JPEG_XMP + xmp
    own = b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment
    head: list[bytes] = [b"\xff\xd8"]
    rest: list[bytes] = []
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("no marker")
        marker = data[at + 1]
        if marker == 0xFF:  # fill bytes before a marker
            at += 1
            continue
        if marker == 0xDA:  # the scan: pixels until the end
            rest.append(data[at:])
            break
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        is_metadata = marker == 0xFE or 0xE0 <= marker <= 0xEF
        if marker in _JPEG_KEPT_APP:
            head.append(data[at:end])
        elif not is_metadata:
            rest.append(data[at:end])
        at = end
    return b"".join([*head, own, *rest])


def _webp(data: bytes, xmp: bytes) -> bytes:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise ValueError("no WebP")
    chunks = [(kind, body) for kind, body in _riff_chunks(data) if kind != b"VP8X"]
    kept = [(kind, body) for kind, body in chunks if kind in _WEBP_KEPT]
    kinds = {kind for kind, _ in kept}
    if not kinds & {b"VP8 ", b"VP8L"}:
        raise ValueError("no still picture")
    width, height, alpha = _webp_size(dict(kept))
    flags = (0x20 if b"ICCP" in kinds else 0) | (0x10 if alpha else 0) | 0x04
    header = bytes([flags, 0, 0, 0]) + _uint24(width - 1) + _uint24(height - 1)
    profile = [chunk for chunk in kept if chunk[0] == b"ICCP"]
    pixels = [chunk for chunk in kept if chunk[0] != b"ICCP"]
    body = b"".join(
        _riff_chunk(*chunk) for chunk in ((b"VP8X", header), *profile, *pixels, (b"XMP ", xmp))
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + length]
        if len(body) != length:
            raise ValueError("cut off")
        yield kind, body
        at += 8 + length + length % 2


def _riff_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(body)) + body + b"\x00" * (len(body) % 2)


def _webp_size(chunks: Mapping[bytes, bytes]) -> tuple[int, int, bool]:
    """Width, height and transparency, as the bitstream says them (RFC 9649)."""
    if b"VP8L" in chunks:
        bits = int.from_bytes(chunks[b"VP8L"][1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)
    width, height = struct.unpack_from("<HH", chunks[b"VP8 "], 6)
    return width & 0x3FFF, height & 0x3FFF, b"ALPH" in chunks


def _uint24(value: int) -> bytes:
    return value.to_bytes(3, "little")


_WRITERS: Mapping[str, Callable[[bytes, bytes], bytes]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
}
