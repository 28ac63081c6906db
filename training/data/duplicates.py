"""Near-duplicates among requests, and between requests and benchmarks.

Texts are compared by their sets of character 5-grams. MinHash with banded signatures finds the
pairs worth comparing (Broder, On the resemblance and containment of documents, 1997), so that time
grows with the number of texts, not of pairs. Signatures are kept in a temporary file.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import struct
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence

NGRAM = 5
SAME = 0.5
"""The share of common 5-grams from which on a request repeats a benchmark's, even reworded."""
SAME_REQUEST = 0.85
"""The same for two requests of a team, which may follow one pattern and name different things."""
CONTAINED = 0.85
"""The share of the shorter one's 5-grams that the longer one holds, likewise."""
MIN_CONTAINED_CHARS = 24
"""A shorter text is a name, which many requests hold."""
BANDS, ROWS = 24, 3
_MERSENNE = (1 << 61) - 1
_WORDS = re.compile(r"[^\w\s]|_")


def plain(text: str) -> str:
    """The text without case, accents, punctuation and double blanks."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join(_WORDS.sub(" ", kept).split())


def shingles(text: str) -> frozenset[int]:
    """The 5-grams of a plain text, each as a number."""
    padded = f" {text} "
    count = max(1, len(padded) - NGRAM + 1)
    return frozenset(_number(padded[n : n + NGRAM]) for n in range(count))


def resemblance(one: frozenset[int], other: frozenset[int]) -> float:
    """The share of common 5-grams, from 0 to 1."""
    return len(one & other) / len(one | other) if one or other else 1.0


class _Signatures:
    """Numbers of texts by the keys that their signatures have, in a temporary file of SQLite: what
    is kept in memory does not grow with them."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute("PRAGMA cache_size=-4000")
        self._file.execute("PRAGMA journal_mode=OFF")
        self._file.execute("PRAGMA synchronous=OFF")
        self._file.execute("CREATE TABLE keys (key INTEGER, number INTEGER)")
        self._file.execute("CREATE INDEX by_key ON keys (key, number)")

    def add(self, keys: Iterable[int], number: int) -> None:
        self._file.executemany("INSERT INTO keys VALUES (?, ?)", [(key, number) for key in keys])

    def find(self, keys: Collection[int]) -> Sequence[int]:
        """The numbers of all texts with one of the keys, the earliest first."""
        marks = ",".join("?" * len(keys))
        rows = self._file.execute(
            f"SELECT DISTINCT number FROM keys WHERE key IN ({marks}) ORDER BY number",  # noqa: S608
            tuple(keys),
        )
        return [number for (number,) in rows]


class NearDuplicates:
    """Texts that were seen, and which of them a new one repeats: shares at least ``same`` of its
    5-grams or, with ``parts``, holds the other or stands in it."""

    def __init__(self, *, same: float = SAME, parts: bool = True) -> None:
        self._same = same
        self._parts = parts
        self._texts: list[tuple[str, str, frozenset[int] | None]] = []
        self._signatures = _Signatures()

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, name: str, text: str) -> None:
        """Take note of a text."""
        simple = plain(text)
        found = shingles(simple)
        keys = _bands(found)
        if self._parts and len(simple) >= MIN_CONTAINED_CHARS:
            keys += _rare_words(simple)
        self._signatures.add(keys, len(self._texts))
        # With parts many texts are compared; otherwise memory counts more than time.
        self._texts.append((name, simple, found if self._parts else None))

    def find(self, text: str) -> str | None:
        """The name of a text that this one repeats, nearly or as a part; None where none is."""
        simple = plain(text)
        found = shingles(simple)
        for number in self._signatures.find({*_bands(found), *_rare_words(simple)}):
            name, other, theirs = self._texts[number]
            if self._repeats(simple, found, other, theirs or shingles(other)):
                return name
        return None

    def _repeats(
        self, text: str, found: frozenset[int], other: str, theirs: frozenset[int]
    ) -> bool:
        if text == other:
            return True
        if resemblance(found, theirs) >= self._same:
            return True
        shorter = min(text, other, key=len)
        if not self._parts or len(shorter) < MIN_CONTAINED_CHARS:
            return False
        fewer = found if shorter == text else theirs
        return len(found & theirs) / max(1, len(fewer)) >= CONTAINED


def benchmark_index(prompts: Mapping[str, Iterable[str]]) -> NearDuplicates:
    """All prompts of the benchmarks, by the benchmarks' names."""
    index = NearDuplicates()
    for name, texts in prompts.items():
        for text in texts:
            index.add(name, text)
    return index


def _rare_words(text: str) -> list[int]:
    """The three longest words, by which texts that hold each other are found."""
    words = sorted(set(text.split()), key=lambda w: (-len(w), w))[:3]
    return [_number(word) for word in words]


def _bands(found: frozenset[int]) -> list[int]:
    signature = [min((a * s + b) % _MERSENNE for s in found) for a, b in _FUNCTIONS]
    return [hash((n, *signature[n * ROWS : n * ROWS + ROWS])) for n in range(BANDS)]


def _number(text: str) -> int:
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") & (_MERSENNE - 1)


def _functions() -> list[tuple[int, int]]:
    made: list[tuple[int, int]] = []
    for n in range(BANDS * ROWS):
        digest = hashlib.blake2b(struct.pack(">I", n), digest_size=16, person=b"minhash").digest()
        a, b = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")
        made.append((a % (_MERSENNE - 1) + 1, b % _MERSENNE))
    return made


_FUNCTIONS = _functions()
