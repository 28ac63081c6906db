"""Cuts texts into the pieces of words that the packaged model knows (Kudo 2018's unigram model,
https://arxiv.org/abs/1804.10959): of all ways to cut a word the one whose pieces are likeliest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from domain.unpacked_weights import PieceTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEGIN: Final = 0
PADDING: Final = 1
END: Final = 2
UNKNOWN: Final = 3
_SPECIAL: Final = frozenset({BEGIN, PADDING, END, UNKNOWN})
_BLANK: Final = "\u2581"
_BLANKS: Final = re.compile(" {2,}")
_UNKNOWN_COSTS: Final = 10.0
"""A character that no piece holds is so much less likely than the least likely piece."""
_WORD: Final = re.compile(r"\S+")
_KEPT_WORDS: Final = 8192


class Piece(NamedTuple):
    """A piece of a text: its number, and where it stands, in characters."""

    number: int
    start: int
    end: int


class WordCutter:
    """Cuts texts; ``pieces`` are their numbers, ``scores`` stand by number, ``longest`` is the
    characters of the longest."""

    def __init__(
        self,
        pieces: PieceTable,
        scores: NDArray[Any],
        replacements: Mapping[str, str],
        longest: int,
    ) -> None:
        self._pieces, self._scores = pieces, scores.data
        self._replaced = str.maketrans(dict(replacements))
        self._longest = longest
        self._unknown = float(scores.min()) - _UNKNOWN_COSTS
        self._word = lru_cache(_KEPT_WORDS)(self._cut)

    def cut(self, text: str, *, most: int) -> list[int]:
        """The numbers of a text's first ``most`` pieces."""
        plain = _BLANKS.sub(" ", text.translate(self._replaced))
        found: list[int] = []
        for word in plain.removeprefix(" ").split(" "):
            found += [number for number, _size in self._word(_BLANK + word)]
            if len(found) >= most:
                break
        return found[:most]

    def cut_with_places(self, text: str, *, most: int) -> list[Piece]:
        """A text's first ``most`` pieces and where they stand; where characters were replaced by
        more or fewer, about there."""
        found: list[Piece] = []
        for match in _WORD.finditer(text):
            start, end = match.span()
            at = start - len(_BLANK)
            for number, size in self._word(
                _BLANK + match[0].translate(self._replaced).replace(" ", "")
            ):
                begins = min(max(at, start), end)
                at += size
                found.append(Piece(number, begins, min(max(at, start), end)))
            if len(found) >= most:
                break
        return found[:most]

    def _cut(self, word: str) -> tuple[tuple[int, int], ...]:
        """The likeliest pieces of a word and their lengths; each place knows the best way to
        it."""
        size = len(word)
        best: list[tuple[float, int, int]] = [(0.0, 0, 0)] + [(float("-inf"), 0, 0)] * size
        for at in range(size):
            score = best[at][0]
            for end in range(at + 1, min(size, at + self._longest) + 1):
                piece = self._pieces.get(word[at:end])
                if piece is not None and score + self._scores[piece] > best[end][0]:
                    best[end] = (score + self._scores[piece], piece, at)
            if score + self._unknown > best[at + 1][0]:
                best[at + 1] = (score + self._unknown, UNKNOWN, at)
        found: list[tuple[int, int]] = []
        while size:
            _score, piece, begins = best[size]
            found.append((piece, size - begins))
            size = begins
        return tuple(reversed(found))


def is_piece(number: int, text: str) -> bool:
    """Whether it is a piece of words, not one of the marks."""
    return bool(text) and number not in _SPECIAL
