"""Outgoing copies of a picture: in a format and size that a platform takes, metadata kept.

The stored picture stays as it was made; what leaves is as close to it as the platform allows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from PIL import Image

from domain.errors import InvalidRequest
from domain.illustrations import Picture
from domain.translation.messages import gettext
from generation.stamp import source_type_of, with_xmp

QUALITIES = (92, 85, 78, 70, 60)
SHRINK = 0.8
MIN_SIDE = 64
_ENCODERS = {"image/webp": "WEBP", "image/jpeg": "JPEG", "image/png": "PNG"}


def outgoing(
    data: bytes,
    media_type: str,
    *,
    max_bytes: int,
    media_types: Sequence[str] = ("image/png", "image/jpeg", "image/webp"),
    max_side: int = 16_384,
) -> Picture:
    """The picture as it is where that fits; otherwise the best copy that does.

    Copies are tried from the first of WebP and JPEG that the platform takes, at falling quality and
    then at falling size; PNG only where nothing else is taken. ``data`` is one of our own pictures.

    Raises:
        InvalidRequest: No media type that can be written, or so few bytes that nothing fits.
    """
    with Image.open(io.BytesIO(data)) as image:
        fits = media_type in media_types and len(data) <= max_bytes
        if fits and max(image.size) <= max_side:
            return Picture(data, media_type, *image.size)
        image.load()
        kind = next(
            (m for m in ("image/webp", "image/jpeg", "image/png") if m in media_types), None
        )
        if kind is None:
            raise InvalidRequest(
                gettext(
                    "No picture can be written as {media_types}.",
                    media_types=", ".join(media_types),
                )
            )
        for copy, body in _copies(image, kind, max_side):
            marked = _marked(body, kind, source_type_of(data))
            if len(marked) <= max_bytes:
                return Picture(marked, kind, *copy.size)
    raise InvalidRequest(
        gettext("No copy of the picture fits into {max_bytes:,} bytes.", max_bytes=max_bytes)
    )


def _copies(
    image: Image.Image, media_type: str, max_side: int
) -> Iterator[tuple[Image.Image, bytes]]:
    """Encoded copies, each smaller than the last."""
    copy = image if media_type != "image/jpeg" else _on_white(image)
    share = min(1.0, max_side / max(image.size))
    while min(image.size) * share >= MIN_SIDE:
        size = (max(1, int(image.width * share)), max(1, int(image.height * share)))
        shown = copy if size == copy.size else copy.resize(size, Image.Resampling.LANCZOS)
        for quality in QUALITIES if media_type != "image/png" else (None,):
            yield shown, _encoded(shown, media_type, quality)
        share *= SHRINK


def _encoded(image: Image.Image, media_type: str, quality: int | None) -> bytes:
    out = io.BytesIO()
    profile = image.info.get("icc_profile")
    options = {"quality": quality} if quality is not None else {}
    image.save(out, _ENCODERS[media_type], icc_profile=profile, **options)
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """Opaque, for formats without transparency."""
    shown = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(shown, mask=shown.getchannel("A"))
    ground.info = image.info
    return ground


def _marked(data: bytes, media_type: str, source_type: str | None) -> bytes:
    return with_xmp(data, media_type, source_type) if source_type else data
