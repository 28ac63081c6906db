"""Writing PNG quickly.

Pillow tries five filters on each row and takes three times as long for a file a tenth smaller. One
filter for all rows and run-length coding suit a board, which is mostly paper and photographs.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

from PIL import Image, ImageChops

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_TRUE_COLOR: Final = 2
_UP: Final = b"\x02"
"""The filter that stores each row as its difference to the one above (PNG specification, 9.2)."""


def encode_png(image: Image.Image) -> bytes:
    """The bytes of a PNG; ``image`` is in mode RGB. The same pixels give the same bytes with the
    same zlib.

    Raises:
        ValueError: It is in another mode.
    """
    if image.mode != "RGB":
        raise ValueError(f"mode {image.mode!r} is not RGB")
    above = Image.new("RGB", image.size)
    above.paste(image, (0, 1))
    plain = ImageChops.subtract_modulo(image, above).tobytes()
    row = image.width * 3
    rows = b"".join(_UP + plain[at : at + row] for at in range(0, len(plain), row))
    packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)
    packed = packer.compress(rows) + packer.flush()
    header = struct.pack(">IIBBBBB", image.width, image.height, 8, _TRUE_COLOR, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", packed), _chunk(b"IEND", b""))
    return b"".join((_SIGNATURE, *chunks))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
