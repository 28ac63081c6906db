"""How many words of a claim no passage has, and how closely it follows the passage otherwise.

A claim in other words has many strange words. One with a detail changed or added follows its
passage closely and has one or two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from agent.research.support.assessment import Assessment
from agent.research.support.lexicon import are_opposite, get_base_forms
from agent.research.support.reading import Word

_MOST_IN_ROW: Final = 4
_MOST_KNOWN: Final = 4


def get_coverage(best: Assessment, near: Sequence[Assessment]) -> Mapping[str, float]:
    """Features of the words that neither the best passage nor the others near it have, each from 0
    to 1."""
    content = best.alignment.claim.reading.content
    held = frozenset[int]().union(best.held, *(a.held for a in near))
    held |= {word.place for word in content if _is_denied_opposite(word, near)}
    strange = [word for word in content if word.place not in held]
    count = len(strange)
    known = sum(word.kind != "number" and not word.name and _is_known(word) for word in strange)
    follows = best.order * (1 - count / max(1, len(content)))
    return {
        "strange one": float(count == 1),
        "strange two": float(count == 2),
        "strange three": float(count >= 3),
        "strange run": min(_longest_run(content, held), _MOST_IN_ROW) / _MOST_IN_ROW,
        "strange start": float(bool(content) and content[0] in strange),
        "strange end": float(bool(content) and content[-1] in strange),
        "strange known": min(known, _MOST_KNOWN) / _MOST_KNOWN,
        "follows": follows,
        "follows but strange": follows if count else 0.0,
        "follows but one": follows if count == 1 else 0.0,
    }


def _is_denied_opposite(word: Word, near: Sequence[Assessment]) -> bool:
    """Whether a passage denies the opposite of a word: "closed" and "not open"."""
    return any(
        other.negated != word.negated and are_opposite(word.plain, other.plain)
        for assessment in near
        for other in assessment.alignment.passage.reading.content
    )


def _is_known(word: Word) -> bool:
    """Whether it is an English word that may have been chosen for another."""
    return bool(get_base_forms(word.plain))


def _longest_run(content: Sequence[Word], held: frozenset[int]) -> int:
    """The most strange words in a row."""
    run = longest = 0
    for word in content:
        run = 0 if word.place in held else run + 1
        longest = max(longest, run)
    return longest
