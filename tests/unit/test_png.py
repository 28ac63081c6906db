"""Our own PNG writer: other decoders read back exactly what was put in."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from generation.backends.png import encode_png


@pytest.mark.parametrize("size", [(1, 1), (3, 1), (1, 5), (64, 48), (257, 129)])
def test_pixels_are_read_back_as_they_were(size: tuple[int, int]) -> None:
    noise = bytes(n * n * 31 % 251 for n in range(size[0] * size[1] * 3))
    for image in (Image.frombytes("RGB", size, noise), Image.new("RGB", size, (248, 246, 241))):
        data = encode_png(image)
        with Image.open(io.BytesIO(data)) as read:
            assert (read.format, read.mode, read.size) == ("PNG", "RGB", size)
            assert read.tobytes() == image.tobytes()
        assert encode_png(image) == data


def test_other_modes_are_refused() -> None:
    with pytest.raises(ValueError, match="RGBA"):
        encode_png(Image.new("RGBA", (2, 2)))
