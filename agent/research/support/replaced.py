"""A word in whose place a passage has another one, which may or may not say the same, and a claim
that says more than the passage: that something is the only one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from agent.research.support.alignment import Alignment
from agent.research.support.checks import (
    CONTRADICTS,
    REPLACED,
    SOFT,
    Problem,
)
from agent.research.support.lexicon import are_siblings, is_verb_form
from agent.research.support.pages import Page
from agent.research.support.reading import Word
from agent.research.support.slots import get_slot, get_tight_slot

_COPULAS: Final = frozenset(
    ["is", "was", "are", "were", "ist", "war", "sind", "waren", "est", "etait", "es", "era", "fue",
     "e", "fu", "foi", "jest", "byl", "byla"]
)  # fmt: skip
_ARTICLES: Final = frozenset("a an the ein eine un une una um uma".split())  # noqa: SIM905
_ONLY: Final = frozenset(
    ["only", "solely", "exclusively", "nur", "ausschliesslich", "seulement", "uniquement",
     "exclusivement", "solo", "solamente", "unicamente", "exclusivamente", "soltanto", "apenas",
     "somente", "alleen", "uitsluitend", "tylko", "только"]
)  # fmt: skip
_SOLE: Final = frozenset(
    ["sole", "one", "just", "alone", "single", "merely", "but", "except", "lediglich", "allein",
     "einzige", "einzigen", "einziger", "qu", "que", "seul", "seule", "unico", "unica", "enige",
     "enkel", "slechts", "jedyny", "лишь"]
)  # fmt: skip
"""Words by which a passage may say the same."""
_MANY: Final = 4
"""Words of a claim that a passage holds, from which it is nearly a quotation."""


def check_replaced(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """One word of what is nearly a quotation that the passage has another word for."""
    claim = alignment.claim.reading
    plain = [w for w in claim.content if not w.name and w.kind == "word"]
    strange = [
        w for w in plain if w.place not in alignment.pairs and w.place not in alignment.exact
    ]
    for word in strange:
        if claim.code == "en" and is_verb_form(word.plain):
            continue
        slot = [w for w in get_slot(alignment, word.place) if w.kind == "word" and not w.name]
        tight = get_tight_slot(alignment, word.place)
        siblings = [w for w in tight if are_siblings(word.plain, w.plain)]
        if siblings and claim.code == "en":
            yield Problem(CONTRADICTS, "sibling", word.place)
        elif _is_one_run(strange) and any(w in tight for w in slot):
            if _is_what_it_is(alignment, word):
                yield Problem(REPLACED, "predicate", word.place)
            elif len(alignment.pairs) >= (
                _MANY - 1 if _all_others_held(alignment, word) else _MANY
            ):
                yield Problem(REPLACED, SOFT, word.place)


def check_only(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """A claim that something is the only one, where no passage says so."""
    for word in alignment.claim.reading.words:
        if word.plain in _ONLY and not any(
            other.plain in _ONLY | _SOLE
            for facts in (alignment.passage, *alignment.window)
            for other in facts.reading.words
        ):
            yield Problem(REPLACED, "only", word.place)


def _is_what_it_is(alignment: Alignment, word: Word) -> bool:
    """Whether a claim whose other words the passage holds says with this one what something is:
    "Samsa was a teacher"."""
    before = [w.plain for w in alignment.claim.reading.words[: word.place]][-2:]
    if before and before[-1] in _ARTICLES:
        before.pop()
    is_told = bool(before) and before[-1] in _COPULAS
    return is_told and _all_others_held(alignment, word)


def _all_others_held(alignment: Alignment, word: Word) -> bool:
    """Whether the passage holds the claim's words but for this one and those right beside it."""
    others = [w for w in alignment.claim.reading.content if abs(w.place - word.place) > 1]
    return all(w.place in alignment.pairs for w in others)


def _is_one_run(words: Sequence[Word]) -> bool:
    """Whether words stand side by side, as "old woman", so that they are replaced together."""
    return 0 < len(words) <= 2 and words[-1].place - words[0].place == len(words) - 1
