"""The relevance of a text to a query."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_DENSE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Scripts that part no words by blanks, and Hangul, whose words carry particles."""
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
"""Signs that belong to a word, though ``\\w`` misses some of them."""
_LETTER = rf"[^\W\d_{_DENSE}]|[{_MARKS}]"
_WORD = re.compile(rf"\d+|[{_DENSE}]+|(?:{_LETTER})+")
_IDEOGRAPHS = "[\u3040-\u30ff\u3400-\u9fff]"
_PHRASE = 3
"""Chinese and Japanese signs beyond which a run of them may be several words."""
_SHORT, _LONG = 3, 6
"""Letters up to which a word must stand alone, and from which it may be part of another."""


def coverage(text: str, query: str) -> float:
    """The share of a query's words that a text holds, endings aside; 1 for an empty query. Of a
    Chinese or Japanese phrase it is the share of its pairs of characters, since its word boundaries
    are unknown."""
    words = _words(query.casefold())
    plain = text.casefold()
    return sum(word.held_by(plain) for word in words) / len(words) if words else 1.0


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a query and how it is looked for: a number as it is, a run of signs anywhere
    (富士山), a short word as a word of its own ("AI" is not in "said"), another with any ending
    ("rockets"), and a long one also at the end of a compound ("Köhlbrandbrücke")."""

    stem: str
    anywhere: str | None
    """A pattern that may match anywhere."""
    pattern: re.Pattern[str]

    pairs: tuple[str, ...] = ()
    """Of a phrase that may be several words, each two characters that stand beside each other."""

    def held_by(self, plain: str) -> float:
        """The share of the word that a casefolded text holds, from 0 to 1."""
        if self.stands_in(plain):
            return 1.0
        held = sum(pair in plain for pair in self.pairs)
        return held / len(self.pairs) if self.pairs else 0.0

    def stands_in(self, plain: str) -> bool:
        """Whether a casefolded text holds the word."""
        if self.stem not in plain:
            return False
        if self.anywhere is not None and self.anywhere in plain:
            return True
        return self.pattern.search(plain) is not None


@lru_cache(maxsize=256)  # one query is compared with many texts
def _words(query: str) -> tuple[_Word, ...]:
    return tuple(_word(word) for word in _WORD.findall(query))


def _word(word: str) -> _Word:
    stem = word[: max(4, len(word) - 2)]
    if word[0].isdigit():
        return _Word(stem, None, re.compile(rf"(?<!\d){word}(?!\d)"))
    end = rf"(?:e?s)?(?!{_LETTER})" if len(word) <= _SHORT else ""
    pattern = re.compile(rf"(?<!{_LETTER}){re.escape(stem)}{end}")
    if re.match(rf"[{_DENSE}]", word):
        phrase = len(word) > _PHRASE and re.match(_IDEOGRAPHS, word)
        pairs = tuple(first + second for first, second in pairwise(word)) if phrase else ()
        return _Word(stem, stem, pattern, pairs)
    return _Word(stem, word if len(word) >= _LONG else None, pattern)
