"""Evidence: the passages of a page that say something about how a subject looks or what it is.

A passage stands word for word in the text that was fetched; its offset says where.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from agent.providers.matching import coverage
from agent.research.support.pages import get_passages
from agent.research.vocabulary import COLORS, FUNCTION_WORDS, LOOKS
from agent.sandbox.furniture import is_furniture
from domain.research import Source
from domain.sentences import Passage

MIN_PASSAGE_CHARS = 20
_WHOLE = 0.99
"""A coverage that is meant to be 1."""
_UNQUOTABLE = re.compile(
    r"https?://|www\.|\bIMG_\d|\breference\s+(image|picture|photo)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A passage that grounds a subject, with the source it stands in."""

    source: Source
    passage: Passage
    visual: bool
    """Whether it speaks of how something looks."""


@dataclass(frozen=True, slots=True)
class _Entry:
    source: Source
    passage: Passage
    position: int
    """Its place among the passages of its page, from 0."""
    words: frozenset[str]


class PassageIndex:
    """The passages of pages with their words, for many questions to the same pages."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = tuple(sources)
        self._entries = [
            _Entry(source, passage, position, frozenset(_content(passage.text)))
            for source in sources
            for position, passage in enumerate(get_passages(source.text or ""))
        ]

    @classmethod
    def of(cls, sources: Sequence[Source] | PassageIndex) -> PassageIndex:
        """The index itself, or one of these pages."""
        return sources if isinstance(sources, PassageIndex) else cls(sources)

    def about(self, subject: str) -> list[_Entry]:
        """The passages that can be quoted and speak of the subject, or whose page's title does."""
        titled = {
            id(source) for source in self._sources if coverage(source.title, subject) >= _WHOLE
        }
        return [
            entry
            for entry in self._entries
            if len(entry.passage.text) >= MIN_PASSAGE_CHARS
            and (id(entry.source) in titled or coverage(entry.passage.text, subject) >= _WHOLE)
            and quotable(entry.passage.text)
        ]


def best_passages(
    subject: str, prompt: str, sources: Sequence[Source] | PassageIndex, *, most: int = 2
) -> list[Finding]:
    """The passages that say most about a subject, best first: one that says what it is or how it
    looks, and further ones only if they tell of its looks.

    Words count by how rare they are among the candidates (as in BM25); words of the prompt,
    colours, materials, clothes and measures count more.
    """
    candidates = PassageIndex.of(sources).about(subject)
    rarity = _rarity(candidates)
    wished = _content(prompt) - _content(subject)
    scored: list[tuple[float, int, Finding]] = []
    for order, entry in enumerate(candidates):
        words, text, position = entry.words, entry.passage.text, entry.position
        looks = words & (LOOKS | COLORS)
        score = sum(2.0 * rarity.get(word, 0.0) for word in words & wished)
        score += sum(1.5 + 0.3 * rarity.get(word, 0.0) for word in looks)
        score += 0.5 * bool(re.search(r"\d", text))
        score += 1.0 * (position == 0) + 0.5 * (coverage(text, subject) >= _WHOLE)
        score += 1.0 * (coverage(entry.source.title, subject) >= _WHOLE)
        finding = Finding(entry.source, entry.passage, len(looks) > 1)
        scored.append((-score / (1 + position / 40), order, finding))
    best: list[Finding] = []
    for _score, _order, finding in sorted(scored, key=lambda entry: entry[:2]):
        repeated = any(_same(finding.passage.text, other.passage.text) for other in best)
        if not repeated and (not best or finding.visual or not best[0].visual):
            best.append(finding)
        if len(best) == most:
            break
    return sorted(best, key=lambda finding: finding.visual)


def quotable(text: str) -> bool:
    """Whether a text may stand in a grounded prompt: it holds no address and no id of a picture,
    gives no orders about the reference images, and is no byline, cookie line or button."""
    return not _UNQUOTABLE.search(text) and not is_furniture(text)


def _rarity(found: Sequence[_Entry]) -> dict[str, float]:
    """log((n + 1) / (df + 0.5)) of each word among the candidate passages."""
    counts = Counter(word for entry in found for word in entry.words)
    return {w: max(0.1, math.log((len(found) + 1) / (n + 0.5))) for w, n in counts.items()}


def _content(text: str) -> set[str]:
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return {word for word in words if word not in FUNCTION_WORDS and len(word) > 1}


def _same(first: str, second: str) -> bool:
    """Whether two passages say nearly the same (most of their words are shared)."""
    one, other = _content(first), _content(second)
    return len(one & other) > 0.7 * min(len(one), len(other)) if one and other else False
