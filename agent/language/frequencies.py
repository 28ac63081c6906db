"""How often words are used in a language, by the lists of wordfreq (Robyn Speer, data of 2021).

The lists come inside the package (CC BY-SA 4.0 and freer); nothing is downloaded. They are read in
their own format, "cBpack": a sequence of buckets, where bucket n holds the words whose frequency is
10 ** (-n / 100). Of each word only a hash stays in memory, 8 bytes: the package itself would keep
100 MB for a language with many word forms.
"""

from __future__ import annotations

import gzip
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, cast

RAREST_ZIPF: Final = 1.5
"""Rarer words are left out: one use in thirty million words says little."""
MAX_LANGUAGES: Final = 12
"""Lists that are kept in memory, about 3 MB each."""
_SHARDS: Final = 256
_VALUE_BITS: Final = 0xFF
_LAST_BUCKET: Final = round((9 - RAREST_ZIPF) * 100)


class WordList:
    """The words of one language with their frequencies."""

    def __init__(self, buckets: Iterator[list[str]]) -> None:
        # Sorted in small parts, so that a thread that reads a list never holds up the others long.
        shards: list[list[int]] = [[] for _ in range(_SHARDS)]
        for number, words in enumerate(buckets):
            if number > _LAST_BUCKET:
                break
            value = max(1, 90 - number // 10)
            for word in words:
                key = hash(word)
                shards[(key >> 8) % _SHARDS].append((key & ~_VALUE_BITS) | value)
        self._shards = [array("q", sorted(shard)) for shard in shards]

    def zipf(self, word: str) -> float:
        """The word's frequency on the Zipf scale: the logarithm (base 10) of its uses in a billion
        words, about 7 for "the" and 3 for one in a million; 0 for a word that is rarer than 1.5.
        The word is looked for as it stands, so give it in lower case."""
        key = hash(word)
        shard = self._shards[(key >> 8) % _SHARDS]
        found = key & ~_VALUE_BITS
        at = bisect_left(shard, found)
        if at < len(shard) and shard[at] & ~_VALUE_BITS == found:
            return (shard[at] & _VALUE_BITS) / 10
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
            return WordList(_buckets(path))
    return None


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
