"""Pictures that were decoded safely."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckedPicture:
    """A stranger's picture after the decoding pool: re-encoded, upright, without metadata.

    ``data`` is PNG or JPEG bytes; ``phash`` a 64-bit dHash as 16 hex digits.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    phash: str
