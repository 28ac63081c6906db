"""One text encoder for all who judge texts: it reads a text, or two, for a trained purpose.

The packaged weights are unpacked once into files that every process maps, so that a process is
ready within milliseconds and shares the layers (85 MB) with the others; of the table of words only
the rows that a text needs are read, from the package's own file.
"""

from __future__ import annotations

import json
import math
import os
import sys
import threading
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from threadpoolctl import ThreadpoolController

from domain.encoder.network import NORMS, PARTS, Layer, Purpose, normed
from domain.encoder.packaged import (
    PACKAGE,
    ROW_BYTES,
    SIZE,
    PackagedWeights,
    find_packaged_file,
    unpack_blocks,
)
from domain.encoder.pieces import BEGIN, END, Piece, WordCutter, is_piece
from domain.unpacked_weights import (
    REST_S,
    PieceTable,
    leave_memory,
    open_unpacked,
    sorted_pieces,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

MAX_PIECES: Final = 250
"""A text is read as far as this."""
_LAYOUT: Final = 1
"""Of the files; raised when what they hold changes."""
_WHOLE: Final = "weights.npy"
_CONTENTS: Final = "contents.json"
_SHAPES: Final[Mapping[str, tuple[int, int]]] = {"fi.w": (-1, SIZE), "fo.w": (SIZE, -1)}


class TextEncoder:
    """Reads texts; the unpacked weights lie in ``folder`` or, without one, are this object's own.
    May be asked by several threads, one after another."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None
        self._read_at = 0.0

    def cut(self, text: str, *, most: int = MAX_PIECES) -> list[int]:
        """The numbers of a text's first pieces. Raises ``FileNotFoundError`` where the package is
        missing."""
        with self._lock:
            return self._get().cutter.cut(text, most=most)

    def cut_with_places(self, text: str, *, most: int = MAX_PIECES) -> list[Piece]:
        """A text's first pieces and where they stand. Raises ``FileNotFoundError`` where the
        package is missing."""
        with self._lock:
            return self._get().cutter.cut_with_places(text, most=most)

    def sums(self, pieces: Sequence[Sequence[int]], purpose: Purpose) -> Floats:
        """What speaks for each class of a purpose, for one text or for several that are read
        together, each given by its pieces. Raises ``FileNotFoundError`` where the package is
        missing."""
        return self.sums_of(pieces, (purpose,))[0]

    def sums_of(self, pieces: Sequence[Sequence[int]], purposes: Sequence[Purpose]) -> list[Floats]:
        """The same for several purposes; the layers that none of them changes are worked out
        once."""
        ids = [BEGIN]
        for part in pieces:
            ids += [*part, END]
        rows = self._rows(ids, purposes)
        return [purpose.sums(own) for purpose, own in zip(purposes, rows, strict=True)]

    def sums_of_each(self, pieces: Sequence[int], purpose: Purpose) -> Floats:
        """What speaks for each class of a purpose of each piece of a text, (pieces, classes).
        Raises ``FileNotFoundError`` where the package is missing."""
        (rows,) = self._rows([BEGIN, *pieces, END], (purpose,))
        return purpose.sums_of_each(rows)[1:-1]

    def rest(self, *, unused_s: float = REST_S) -> None:
        """Takes the layers out of this process's memory where no text was read for so long; the
        next one takes some milliseconds more."""
        with self._lock:
            if self._loaded is not None and time.monotonic() - self._read_at >= unused_s:
                leave_memory([self._loaded.whole])

    def _rows(self, ids: Sequence[int], purposes: Sequence[Purpose]) -> list[Floats]:
        """The last layer's outcome for these pieces, by purposes."""
        with self._lock:
            loaded = self._get()
            self._read_at = time.monotonic()
            with loaded.threads.limit(limits=1, user_api="blas"):
                first = min((n for purpose in purposes for n in purpose.changes), default=0)
                rows = loaded.embed(ids)
                for layer in loaded.layers[:first]:
                    rows = layer.apply(rows, None)
                return [loaded.read(rows, purpose, first=first) for purpose in purposes]

    def _get(self) -> _Loaded:
        if self._loaded is None:
            find_packaged_file()
            name = f"encoder-weights-{version(PACKAGE)}-{_LAYOUT}"
            self._loaded = open_unpacked(self.folder, name, _Loaded, _unpack, module=__name__)
        return self._loaded


class _Loaded:
    """The unpacked weights in a folder. Raises ``OSError``, ``ValueError`` or ``KeyError`` where
    they are missing or damaged."""

    def __init__(self, folder: Path) -> None:
        import numpy as np

        self.threads = ThreadpoolController()
        contents = json.loads((folder / _CONTENTS).read_text("utf-8"))
        self.whole: Floats = np.load(folder / _WHOLE, mmap_mode="r")
        found: dict[str, Floats] = {}
        for name, start, shape in contents["arrays"]:
            found[name] = self.whole[start : start + math.prod(shape)].reshape(shape)
        self.layers = [
            Layer(
                {
                    name.partition(".")[2]: a
                    for name, a in found.items()
                    if name.startswith(f"l{n}.")
                }
            )
            for n in range(contents["layers"])
        ]
        self._before = {name: array for name, array in found.items() if name.startswith("emb.")}
        self.cutter = WordCutter(
            PieceTable(
                *(np.load(folder / f"{part}.npy", mmap_mode="r").data for part in ("keys", "ids"))
            ),
            np.load(folder / "scores.npy"),
            contents["replacements"],
            contents["longest"],
        )
        self._words = os.open(find_packaged_file(), os.O_RDONLY)
        self._start = contents["words"]

    def __del__(self) -> None:
        with suppress(AttributeError, OSError):
            os.close(self._words)

    def read(self, rows: Floats, purpose: Purpose, *, first: int) -> Floats:
        """The last layer's outcome for a purpose, from that of the layers before ``first``."""
        for number, layer in enumerate(self.layers[first:], first):
            rows = layer.apply(rows, purpose.changes.get(number))
        return rows

    def embed(self, ids: Sequence[int]) -> Floats:
        """What stands for each piece before the first layer, (pieces, ``SIZE``)."""
        import numpy as np

        read = b"".join(
            os.pread(self._words, ROW_BYTES, self._start + number * ROW_BYTES) for number in ids
        )
        rows = unpack_blocks(np.frombuffer(read, np.uint8)).reshape(len(ids), SIZE)
        rows = rows + self._before["emb.pos"][: len(ids)] + self._before["emb.type"]
        return normed(rows, self._before["emb.ln.w"], self._before["emb.ln.b"])


def _unpack(folder: Path) -> None:
    """Writes the layers as numbers of 32 bits and the pieces of words in the order of their keys.
    Raises ``OSError``."""
    import numpy as np

    packaged = PackagedWeights(find_packaged_file())
    names = ["emb.pos", "emb.type", "emb.ln.w", "emb.ln.b"]
    for number in range(packaged.layers):
        names += [f"l{number}.{part}.{kind}" for part in (*PARTS, *NORMS) for kind in ("w", "b")]
    arrays: list[tuple[str, int, tuple[int, ...]]] = []
    parts: list[Floats] = []
    start = 0
    for name in names:
        array = _shaped(name, packaged.get(name))
        arrays.append((name, start, array.shape))
        parts.append(array.reshape(-1))
        start += array.size
    np.save(folder / _WHOLE, np.concatenate(parts))
    pieces = packaged.pieces
    keys, ids = sorted_pieces({t: n for n, t in enumerate(pieces.texts) if is_piece(n, t)})
    np.save(folder / "keys.npy", keys)
    np.save(folder / "ids.npy", ids)
    np.save(folder / "scores.npy", pieces.scores)
    contents: dict[str, Any] = {
        "layers": packaged.layers,
        "arrays": arrays,
        "words": packaged.place_of_words(),
        "longest": max(
            len(text) for number, text in enumerate(pieces.texts) if is_piece(number, text)
        ),
        "replacements": pieces.replacements,
    }
    (folder / _CONTENTS).write_text(json.dumps(contents), "utf-8")


def _shaped(name: str, flat: Floats) -> Floats:
    if name == "emb.pos":
        return flat.reshape(-1, SIZE)
    if name == "emb.type":
        first: Floats = flat.reshape(-1, SIZE)[0]
        return first
    shape = _SHAPES.get(name.partition(".")[2])
    if shape is not None:
        shaped: Floats = flat.reshape(shape)
        return shaped
    return flat.reshape(SIZE, SIZE) if len(flat) == SIZE * SIZE else flat


_shared: Final = TextEncoder()


def keep_encoder_weights(folder: Path) -> None:
    """Keeps the unpacked weights in ``folder`` for every process to come. Without this, or where it
    cannot be written, each process unpacks them for itself."""
    _shared.folder = folder


def get_text_encoder() -> TextEncoder:
    """The encoder of this process."""
    return _shared


if __name__ == "__main__":
    os.nice(10)
    _unpack(Path(sys.argv[1]))
