"""How often words are used in a language, by the lists of wordfreq (Robyn Speer, data of 2021).

The lists come inside the package (CC BY-SA 4.0 and freer); nothing is downloaded. They are read in
their own format, "cBpack": a sequence of buckets, where bucket n holds the words whose frequency is
10 ** (-n / 100). Of each word only a hash of 8 bytes is kept: the package itself would keep 100 MB
for a language with many word forms. The hashes of a list are written once into a file, which every
process to come maps into memory.
"""

from __future__ import annotations

import gzip
import mmap
import os
import sys
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Final, cast

from domain.separate_process import ran_apart

RAREST_ZIPF: Final = 1.5
"""Rarer words are left out: one use in thirty million words says little."""
MAX_LANGUAGES: Final = 12
"""Lists that are kept in memory, about 3 MB each."""
MAX_READ: Final = 400_000
"""Bytes up to which a kept list is read rather than mapped, and a packed one unpacked at once."""
_VALUE_BITS: Final = 0xFF
_LAST_BUCKET: Final = round((9 - RAREST_ZIPF) * 100)
_SHARD_SHIFT: Final = 56
_LAYOUT: Final = 1
"""Of the kept files; raised when what they hold changes."""

_kept_in: Path | None = None
_making = Lock()
"""Held while a list is written, so that a burst of jobs does not write it thirty times."""


def keep_word_lists(folder: Path | None) -> None:
    """Keeps the hashes of the lists that are asked for (up to 3 MB each) in ``folder``. Without
    this, or where it cannot be written, each process makes them anew: up to a second a list."""
    global _kept_in
    _kept_in = folder


class WordList:
    """The words of one language with their frequencies: sorted hashes, each with its word's
    frequency in the lowest byte."""

    def __init__(self, hashes: Sequence[int]) -> None:
        self._hashes = hashes

    def zipf(self, word: str) -> float:
        """The word's frequency on the Zipf scale: the logarithm (base 10) of its uses in a billion
        words, about 7 for "the" and 3 for one in a million; 0 for a word that is rarer than 1.5.
        The word is looked for as it stands, so give it in lower case."""
        key = _key(word)
        at = bisect_left(self._hashes, key)
        if at < len(self._hashes) and self._hashes[at] & ~_VALUE_BITS == key:
            return (self._hashes[at] & _VALUE_BITS) / 10
        return 0.0


def get_zipf(word: str, language: str) -> float:
    """The frequency of a word in lower case (:meth:`WordList.zipf`); 0 where the language has no
    list."""
    words = get_word_list(language)
    return words.zipf(word) if words is not None else 0.0


@lru_cache(maxsize=MAX_LANGUAGES)
def get_word_list(language: str) -> WordList | None:
    """The list of a language (ISO 639-1), the longest there is; None where there is none. Reading
    one takes up to a second: do so in a thread."""
    return _read_list(language, ("large", "small"))


def has_long_list(language: str) -> bool:
    """Whether the list of a language goes below Zipf frequency 3, so that a word that it lacks is
    rare."""
    return (_folder() / f"large_{language}.msgpack.gz").is_file()


@lru_cache(maxsize=4 * MAX_LANGUAGES)
def get_common_words(language: str) -> WordList | None:
    """The words of a language of Zipf frequency 3 and more; None where it has no list."""
    return _read_list(language, ("small",))


def _read_list(language: str, sizes: tuple[str, ...]) -> WordList | None:
    for size in sizes:
        path = _folder() / f"{size}_{language}.msgpack.gz"
        if path.is_file():
            return WordList(_kept(path) or _hashes(_buckets(path)))
    return None


def _kept(path: Path) -> Sequence[int] | None:
    """The hashes of a list from their file, which is written where it is missing; None where it can
    neither be written nor read."""
    if _kept_in is None:
        return None
    list_name = path.name.partition(".")[0]
    kept = _kept_in / f"words-{version('wordfreq')}-{_LAYOUT}-{list_name}"
    with suppress(OSError):
        with _making:
            if not kept.is_file() and not (
                path.stat().st_size > MAX_READ and ran_apart(__name__, str(path), str(kept))
            ):
                _write(kept, _hashes(_buckets(path)))
        if kept.stat().st_size <= MAX_READ:  # a mapped file stays open
            return memoryview(kept.read_bytes()).cast("Q")
        with kept.open("rb") as file, suppress(ValueError):  # an empty file cannot be mapped
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)).cast("Q")
    return None


def _write(path: Path, hashes: Iterable[int]) -> None:
    """All at once, so that no other process reads half of it. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=".words-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            array("Q", hashes).tofile(file)
        Path(name).rename(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _hashes(buckets: Iterator[list[str]]) -> array[int]:
    """The sorted hashes of a list's words, sorted in small parts, so that a thread that makes them
    never holds up the others long."""
    shards: list[list[int]] = [[] for _ in range(256)]
    for number, words in enumerate(buckets):
        if number > _LAST_BUCKET:
            break
        value = max(1, 90 - number // 10)
        for word in words:
            key = _key(word)
            shards[key >> _SHARD_SHIFT].append(key | value)
    made = array("Q")
    for shard in shards:
        made.extend(sorted(shard))
    return made


def _key(word: str) -> int:
    """A hash of a word, the same in every process, whose lowest byte is empty."""
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big") & ~_VALUE_BITS


def _buckets(path: Path) -> Iterator[list[str]]:
    import msgpack

    with gzip.open(path) as packed:
        unpacker = msgpack.Unpacker(packed, raw=False, max_buffer_size=50_000_000)
        count = unpacker.read_array_header()
        unpacker.unpack()  # a header of the format
        for _ in range(count - 1):
            yield cast("list[str]", unpacker.unpack())


@lru_cache(maxsize=1)
def _folder() -> Path:
    # Found and not imported: the package itself loads tools that Limner has no use for.
    spec = find_spec("wordfreq")
    if spec is None or spec.origin is None:  # pragma: no cover - a broken installation
        raise FileNotFoundError("wordfreq is not installed")
    return Path(spec.origin).parent / "data"


if __name__ == "__main__":
    os.nice(10)
    _write(Path(sys.argv[2]), _hashes(_buckets(Path(sys.argv[1]))))
