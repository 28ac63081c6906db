"""Which of the things of one name a request means: of a river and a jaguar the animal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent.providers.matching import coverage
from agent.research.vocabulary import FUNCTION_WORDS, PICTURE_WORDS
from domain.research import Source

BAGGAGE: Final = 0.25
"""How much each further thing that a picture's title names counts against it."""
MOST_BAGGAGE: Final = 4
MAX_READ_CHARS: Final = 3000
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif|tiff?|svg)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sense:
    """What stands around a subject: words of the request, and of the page that fits it best."""

    subject: str
    context: frozenset[str]
    """Words of the request beside the subject."""
    described: frozenset[str] = frozenset()
    """Words with which the best page begins."""
    ambiguous: bool = False
    """Whether the pages that were read tell of several things of that name."""

    def fit(self, text: str) -> float:
        """How many words of the context a text holds; those of the page count half."""
        words = _content(text)
        shared = sum(coverage(text, word) >= 1 for word in self.context)
        return shared + 0.5 * len(words & self.described) * self.ambiguous

    def baggage(self, title: str) -> int:
        """How many words of a picture's title are of neither the subject nor its context, at most
        four: other things that it shows."""
        plain = _FILE.sub("", title)
        others = _content(plain) - _content(self.subject) - self.context - self.described
        return min(MOST_BAGGAGE, len(others))

    def fitting(self, pages: Sequence[Source]) -> list[Source]:
        """Of the pages that are called like an ambiguous subject those that fit the request at
        least half as well as the best, with all other pages; nothing where nothing fits."""
        if not self.ambiguous:
            return []
        fits = {page.id: self.fit(_beginning(page)) for page in self._called_so(pages)}
        best = max(fits.values(), default=0.0)
        if best <= 0:
            return []
        return [page for page in pages if fits.get(page.id, best) >= best / 2]

    def _called_so(self, pages: Sequence[Source]) -> list[Source]:
        return [page for page in pages if coverage(page.title, self.subject) >= 1]


def get_sense(subject: str, prompt: str, pages: Sequence[Source]) -> Sense:
    """The sense of a subject in a request. One word may be the name of many things; where pages of
    several titles were read, the one that shares most words with the request says what is meant."""
    context = frozenset(_content(prompt) - _content(subject))
    sense = Sense(subject, context)
    called = [page for page in pages if coverage(page.title, subject) >= 1]
    if len(subject.split()) > 1 or len({page.title for page in called}) < 2:
        return sense
    best = max(called, key=lambda page: sense.fit(_beginning(page)))
    if not sense.fit(_beginning(best)):
        return sense
    return Sense(subject, context, frozenset(_content((best.text or "")[:300])), ambiguous=True)


def _beginning(page: Source) -> str:
    return f"{page.title} {(page.text or '')[:MAX_READ_CHARS]}"


def _content(text: str) -> set[str]:
    words = {word.casefold() for word in _WORD.findall(text)}
    return {
        word
        for word in words
        if len(word) > 2 and word not in FUNCTION_WORDS and word not in PICTURE_WORDS
    }
