"""Pictures as phones and cameras make them, and a colour profile that is not sRGB."""

from __future__ import annotations

import base64
import io
import struct

from PIL import Image

HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAA"
    "AAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAAFcAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABo"
    "dmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEA"
    "GEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAA"
    "AwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAAB"
    "AAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAAF9t"
    "ZGF0AAAAUygBrxOA9SeBP//lnUV/5SOr/mMrMSreXKn/5we4v5FBnbgMumImd+E0PDrkagmqYmrr8I2RAYDvaMrjdjKV"
    "p+y8SGnBSU//JT73Ymfm3613/7eA"
)
"""64 × 48 pixels: the left half blue (30, 60, 200), the right half red (200, 40, 30)."""


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as a file of that format."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def wide_gamut_profile(*, space: bytes = b"RGB ") -> bytes:
    """An ICC profile (version 2) with the primaries of Display P3 and a gamma of 2.2."""
    rows = {b"rXYZ": (0.5151, 0.2412, -0.0011), b"gXYZ": (0.2920, 0.6922, 0.0419)}
    rows[b"bXYZ"] = (0.1571, 0.0666, 0.7841)
    rows[b"wtpt"] = (0.9642, 1.0, 0.8249)
    tags = {name: b"XYZ \0\0\0\0" + b"".join(map(_fixed, row)) for name, row in rows.items()}
    gamma = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma)
    name = b"Wide gamut\0"
    tags[b"desc"] = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + b"\0" * 79
    tags[b"cprt"] = b"text\0\0\0\0none\0"
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    size = start + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"\0" * 4, 0x02400000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    head += b"".join(map(_fixed, (0.9642, 1.0, 0.8249))) + b"\0" * 48
    return head + table + body


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65_536))


def wide_gamut_as_srgb(color: tuple[int, int, int]) -> tuple[float, float, float]:
    """What a colour of that profile is in sRGB (IEC 61966-2-1), computed from the definitions."""
    red, green, blue = ((value / 255) ** 2.2 for value in color)
    # Display P3 to sRGB, linear light.
    linear = (
        1.2249 * red - 0.2247 * green,
        -0.0420 * red + 1.0419 * green,
        -0.0197 * red - 0.0786 * green + 1.0979 * blue,
    )
    encoded = (12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055 for v in linear)
    first, second, third = (min(255.0, max(0.0, 255 * value)) for value in encoded)
    return first, second, third
