"""A small search engine over the packaged corpus: BM25 as engines for the web rank, and every word
as encyclopedias want it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

K1, B = 1.2, 0.75
TITLE_WEIGHT = 3
_WORD = re.compile(r"\w+")
_PIECES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
STOP = frozenset(
    (
        *("a", "an", "and", "the", "of", "in", "on", "at", "by", "with", "for", "to", "from"),
        *("is", "are", "der", "die", "das", "und", "ein", "eine", "im", "am", "von", "mit"),
        *("el", "la", "los", "las", "de", "del", "en", "un", "una", "y", "le", "les", "du"),
        *("des", "et", "dans", "au", "o", "os", "as", "do", "da", "no", "na", "em", "e"),
    )
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found."""

    id: str
    title: str
    text: str


class SearchIndex:
    """Finds entries by words; the order of equal ones is that in which they were given."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = list(entries)
        self._words = [
            Counter(tokens(f"{f'{e.title} ' * TITLE_WEIGHT}{e.text}")) for e in self._entries
        ]
        self._lengths = [words.total() for words in self._words]
        self._mean = sum(self._lengths) / max(len(self._lengths), 1)
        seen = Counter(word for words in self._words for word in words)
        size = len(self._entries)
        self._weights = {w: math.log(1 + (size - n + 0.5) / (n + 0.5)) for w, n in seen.items()}

    def find(self, query: str, *, limit: int, every_word: bool = False) -> list[Entry]:
        """The best entries for a query; with ``every_word`` only those that hold all its words."""
        wanted = [word for word in dict.fromkeys(tokens(query)) if word not in STOP]
        found: list[tuple[float, int]] = []
        for number, words in enumerate(self._words):
            hits = [word for word in wanted if word in words]
            if not hits or (every_word and len(hits) < len(wanted)):
                continue
            score = sum(self._score(word, number) for word in hits)
            found.append((-score, number))
        return [self._entries[number] for _, number in sorted(found)[:limit]]

    def _score(self, word: str, number: int) -> float:
        times = self._words[number][word]
        norm = K1 * (1 - B + B * self._lengths[number] / self._mean)
        return self._weights[word] * times * (K1 + 1) / (times + norm)


def tokens(text: str) -> list[str]:
    """Words in lower case without a plural's or genitive's s; letters of scripts that write no
    spaces, and pairs of them."""
    found: list[str] = []
    for word in _WORD.findall(text.casefold()):
        if _PIECES.search(word):
            found += [word[at : at + 2] for at in range(max(len(word) - 1, 1))]
        elif len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
            found.append(word[:-1])
        elif word != "s":
            found.append(word)
    return found
