"""Outgoing copies with their origin in them: watermark first, then XMP, then credentials over all.

The stored picture carries none of it. It is what a re-render is compared with, byte for byte, and a
watermark that differs with each picture's id would make equal renders unequal, or have two pictures
claim to be one. A copy is made each time that a picture leaves.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

from PIL import Image

from domain.illustrations import Picture
from domain.provenance import Origin
from generation.backends.png import encode_png
from generation.export import outgoing
from generation.provenance.certificates import Identity
from generation.provenance.credentials import signed
from generation.provenance.watermark import with_watermark
from generation.stamp import MADE_BY_MODEL, source_type_of, with_xmp

CREDENTIALS_BYTES: Final = 12_000
"""The most that credentials add to a copy, in bytes; they take about 4,000 and 300 for each
reference."""


def signed_copy(
    data: bytes,
    media_type: str,
    origin: Origin,
    identity: Identity | None,
    *,
    max_bytes: int,
    media_types: Sequence[str],
    max_side: int,
    decoded: Image.Image | None = None,
) -> Picture:
    """The best copy that fits, with watermark, XMP and content credentials.

    ``decoded`` is the picture that ``data`` is, where that was decoded already.

    Raises:
        InvalidRequest: No copy fits.
        ValueError: It cannot be signed.
    """
    marked, marked_type = _marked(data, media_type, origin, decoded)
    room = max_bytes - (CREDENTIALS_BYTES if identity else 0)
    copy = outgoing(marked, marked_type, max_bytes=room, media_types=media_types, max_side=max_side)
    if identity is None:
        return copy
    body = signed(
        copy.data,
        copy.media_type,
        origin,
        source_type=source_type_of(copy.data) or MADE_BY_MODEL,
        chain=identity.chain,
        key=identity.key,
    )
    return Picture(body, copy.media_type, copy.width, copy.height)


def _marked(
    data: bytes, media_type: str, origin: Origin, decoded: Image.Image | None
) -> tuple[bytes, str]:
    """The picture with its watermark, without loss and with its XMP."""
    if origin.mark is None:
        return data, media_type
    with decoded or Image.open(io.BytesIO(data)) as opened:
        opened.load()
        mode = "RGBA" if opened.has_transparency_data else "RGB"
        picture = opened.convert(mode)
        profile = opened.info.get("icc_profile")
    picture = with_watermark(picture, bytes.fromhex(origin.mark))
    if mode == "RGBA" or profile:
        out = io.BytesIO()
        picture.save(out, "PNG", compress_level=4, icc_profile=profile)
        body = out.getvalue()
    else:
        body = encode_png(picture)
    source_type = source_type_of(data)
    return (with_xmp(body, "image/png", source_type) if source_type else body), "image/png"
