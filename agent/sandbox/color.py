"""Pixels of any mode and colour space as 8-bit sRGB."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any, cast

from PIL import Image, ImageCms, ImageOps

MAX_PROFILE_BYTES = 8_000_000
_WHITE_IS_ZERO = 0
_PHOTOMETRIC, _BITS = 262, 258
_SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}
"""Pillow's mode for each colour space that a profile may describe."""


def to_eight_bits(opened: Image.Image) -> Image.Image:
    """The pixels in mode L, LA, RGB, RGBA, CMYK or LAB, with 8 bits a channel.

    16-bit grey is scaled by its full range, and not cut off at 255; grey with other ranges (32
    bits, floating point) by that of its pixels where it is no usual one.
    """
    mode = opened.mode
    if mode.startswith("I;16"):
        return _scaled(opened.convert("I"), 0, _full_range(opened), inverted=_is_inverted(opened))
    if mode in ("I", "F"):
        return _scaled(opened, *_range(opened))
    if mode == "1":
        return opened.convert("L")
    if mode in ("L", "RGB", "CMYK", "LAB") and "transparency" not in opened.info:
        return opened
    if mode in ("LA", "RGBA"):
        return opened
    transparent = mode in ("PA", "La", "RGBa") or "transparency" in opened.info
    return opened.convert("RGBA" if transparent else "RGB")


def in_srgb(picture: Image.Image, profile: object) -> Image.Image:
    """A picture in mode RGB, or RGBA where it is transparent anywhere, whose colours are sRGB.

    ``profile`` is its ICC profile; one that is broken or describes other channels than the picture
    has is left out of account, as is one of sRGB itself.
    """
    alpha = picture.getchannel("A") if picture.mode in ("LA", "RGBA") else None
    if alpha is not None and alpha.getextrema() == (255, 255):
        alpha = None
    colors = picture.convert(picture.mode[:-1]) if picture.mode in ("LA", "RGBA") else picture
    converted = _converted(colors, profile) or colors.convert("RGB")
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _converted(colors: Image.Image, profile: object) -> Image.Image | None:
    if not isinstance(profile, bytes) or not 0 < len(profile) <= MAX_PROFILE_BYTES:
        return None
    try:
        cms: Any = ImageCms  # its types are incomplete
        source = cms.ImageCmsProfile(io.BytesIO(profile))
        if _SPACES.get(source.profile.xcolor_space.strip()) != colors.mode:
            return None
        if (source.profile.profile_description or "").startswith("sRGB"):
            return None
        converted: Image.Image = cms.profileToProfile(
            colors,
            source,
            cms.createProfile("sRGB"),
            renderingIntent=cms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=cms.Flags.BLACKPOINTCOMPENSATION,
        )
        return converted
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return None


def _full_range(opened: Image.Image) -> int:
    """The value of white: 65,535, or 4,095 in a TIFF with 12 bits a sample."""
    bits = _tag(opened, _BITS)
    return 2**bits - 1 if 8 < bits < 16 else 65_535


def _is_inverted(opened: Image.Image) -> bool:
    return opened.format == "TIFF" and _tag(opened, _PHOTOMETRIC, 1) == _WHITE_IS_ZERO


def _tag(opened: Image.Image, tag: int, default: int = 0) -> int:
    value: Any = getattr(opened, "tag_v2", {}).get(tag, default)
    values: Sequence[Any] = cast("Sequence[Any]", value) if isinstance(value, tuple) else (value,)
    return next((value for value in values if isinstance(value, int)), default)


def _range(opened: Image.Image) -> tuple[float, float]:
    """The values of black and white in a picture whose mode does not define them."""
    extrema = opened.getextrema()
    low, high = (float(value) for value in extrema if not isinstance(value, tuple))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("its brightness has no limits")
    if low >= 0:
        for white in (1.0, 255.0, 65_535.0) if opened.mode == "F" else (255.0, 65_535.0):
            if high <= white:
                return 0.0, white
    return low, high if high > low else low + 1


def _scaled(
    grey: Image.Image, black: float, white: float, *, inverted: bool = False
) -> Image.Image:
    factor = 255 / (white - black)
    # Rounds in integer mode, where the fraction would be cut off.
    half = 0.5 if grey.mode == "I" else 0.0
    scaled = grey.point(lambda value: value * factor + (half - black * factor)).convert("L")
    return ImageOps.invert(scaled) if inverted else scaled
