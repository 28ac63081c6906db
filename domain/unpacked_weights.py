"""Weights that are unpacked once into a folder, where all processes of an installation map them."""

from __future__ import annotations

import hashlib
import mmap
import shutil
import tempfile
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from domain.separate_process import ran_apart

if TYPE_CHECKING:
    from numpy.typing import NDArray

REST_S: Final = 5.0
"""Seconds without a text after which weights leave a process's memory."""
_Opened = TypeVar("_Opened")


def open_unpacked(
    folder: Path | None,
    name: str,
    read: Callable[[Path], _Opened],
    unpack: Callable[[Path], None],
    *,
    module: str,
    arguments: Sequence[str] = (),
) -> _Opened:
    """What ``read`` opens of the weights in ``folder / name``, which are unpacked where they are
    missing or damaged. Without a folder, or where it cannot be written, they are this process's
    own: what is mapped outlives its name.

    ``module`` is run as a program to unpack into the folder that is its first argument, before the
    further ``arguments``; where that cannot be done, ``unpack`` does it here. ``read`` raises
    ``OSError``, ``ValueError`` or ``KeyError`` where something is missing or damaged; ``unpack``
    raises ``OSError``, as this does then.
    """
    if folder is not None:
        path = folder / name
        for _ in range(2):
            with suppress(OSError, ValueError, KeyError):
                return read(path)
            with suppress(OSError):
                _unpack_to(path, unpack, module, arguments)
    with tempfile.TemporaryDirectory() as own:
        path = Path(own) / name
        _unpack_to(path, unpack, module, arguments)
        return read(path)


def _unpack_to(
    path: Path, unpack: Callable[[Path], None], module: str, arguments: Sequence[str]
) -> None:
    """Unpacks into ``path``, all at once, so that no other process reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        if not ran_apart(module, str(folder), *arguments):
            unpack(folder)
        shutil.rmtree(path, ignore_errors=True)
        folder.rename(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def leave_memory(arrays: Iterable[NDArray[Any]]) -> None:
    """Has no page of mapped arrays count as this process's, where the system can do that. They stay
    in the system's memory as long as it has some to spare; reading one maps it again."""
    for array in arrays:
        mapping: object = array.base
        if isinstance(mapping, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            mapping.madvise(mmap.MADV_DONTNEED)


class PieceTable:
    """Numbers of texts, looked up in arrays that may be mapped: ``keys`` in order, as
    :func:`sorted_pieces` gives them, with their ``ids``."""

    def __init__(self, keys: memoryview[Any], ids: memoryview[Any]) -> None:
        self._keys, self._ids = keys, ids

    def get(self, text: str) -> int | None:
        """The number of a text; None where it has none."""
        key = _key(text)
        at = bisect_left(self._keys, key)
        return self._ids[at] if at < len(self._keys) and self._keys[at] == key else None


def sorted_pieces(numbers: Mapping[str, int]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The keys of texts in order, and their numbers."""
    import numpy as np

    keys = np.array(list(map(_key, numbers)), np.uint64)
    order = keys.argsort()
    return keys[order], np.array(list(numbers.values()), np.int32)[order]


def _key(text: str) -> int:
    """A number that no other of some 250,000 texts has, but for one chance in a hundred million."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
