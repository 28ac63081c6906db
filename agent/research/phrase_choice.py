"""Which of the phrases of a request are looked up, given a score of each.

The scores make every way to take phrases that do not overlap more or less probable (a semi-Markov
random field, Sarawagi and Cohen 2004): its weight is the exponential of the sum of their scores. A
phrase is worth its own probability and, less so, that of the phrases inside it: who searches for
"giralda de sevilla" finds the Giralda, and who searches for "flag" does not find that of Bhutan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent.research.phrases import Span, TaggedRequest

LEAST_WORTH: Final = 0.34
"""What a phrase must be worth to be looked up."""
LEAST_OF_NAME: Final = 0.07
"""The same of what the rules and the model of words take for a name, where nothing else is looked
up: of a sole famous name ("Venice") the labelled requests leave open whether it is looked up."""
EXTRA_WORD: Final = 0.7
"""What the probability of a phrase counts for one that has a word more."""
MAX_EXTRA_WORDS: Final = 2
EXTRA_SIGN: Final = 0.8
"""The same for each further sign, in scripts without blanks."""
MAX_EXTRA_SIGNS: Final = 6
SMALL_WORD: Final = 0.5
"""The same for each small word beside the two that names hold: "nintendo dans la rue"."""
_IN_NAMES: Final = frozenset({"", "of", "the"})


@dataclass(frozen=True, slots=True)
class Scored:
    """A phrase with the probability that it is what must be looked up, and what looking it up is
    worth: the probability that it finds such a thing."""

    span: Span
    share: float
    worth: float


def with_shares(
    request: TaggedRequest, spans: Sequence[Span], scores: Sequence[float]
) -> list[Scored]:
    """The phrases with their probabilities; ``scores`` are what the model gave them."""
    shares = get_shares(spans, scores)
    return [
        Scored(span, share, _worth(request, span, spans, shares))
        for span, share in zip(spans, shares, strict=True)
    ]


def get_shares(spans: Sequence[Span], scores: Sequence[float]) -> list[float]:
    """The probability of each phrase among all ways to take some that do not overlap."""
    count = max((end for _, end in spans), default=0)
    before, behind = [0.0] * (count + 1), [0.0] * (count + 1)
    for place in range(1, count + 1):
        before[place] = before[place - 1]
        for (first, end), score in zip(spans, scores, strict=True):
            if end == place:
                before[place] = _log_sum(before[place], before[first] + score)
    for place in range(count - 1, -1, -1):
        behind[place] = behind[place + 1]
        for (first, end), score in zip(spans, scores, strict=True):
            if first == place:
                behind[place] = _log_sum(behind[place], behind[end] + score)
    return [
        math.exp(min(0.0, before[first] + score + behind[end] - before[count]))
        for (first, end), score in zip(spans, scores, strict=True)
    ]


def chosen(request: TaggedRequest, scored: Sequence[Scored]) -> list[Span]:
    """The phrases to be looked up, in the order of the request: those that do not overlap and are
    together worth most above what each costs; where none is worth that, the likeliest name."""
    found = _best_together([phrase for phrase in scored if phrase.worth >= LEAST_WORTH])
    names = [p for p in scored if request.found.get(p.span) and request.found_by_rules.get(p.span)]
    likeliest = max(names, key=lambda phrase: phrase.worth, default=None)
    if not found and likeliest is not None and likeliest.worth >= LEAST_OF_NAME:
        return [likeliest.span]
    return found


def _best_together(kept: Sequence[Scored]) -> list[Span]:
    count = max((phrase.span[1] for phrase in kept), default=0)
    best: list[tuple[float, tuple[Span, ...]]] = [(0.0, ())] * (count + 1)
    for place in range(1, count + 1):
        best[place] = best[place - 1]
        for phrase in kept:
            if phrase.span[1] == place:
                worth, spans = best[phrase.span[0]]
                worth += phrase.worth - LEAST_WORTH
                if worth > best[place][0]:
                    best[place] = worth, (*spans, phrase.span)
    return list(best[count][1])


def _worth(
    request: TaggedRequest, span: Span, spans: Sequence[Span], shares: Sequence[float]
) -> float:
    inside = (
        (other, share)
        for other, share in zip(spans, shares, strict=True)
        if span[0] <= other[0] and other[1] <= span[1]
    )
    return min(1.0, sum(share * _likeness(request, span, other) for other, share in inside))


def _likeness(request: TaggedRequest, span: Span, inner: Span) -> float:
    """How well a search for a phrase finds what the phrase inside it names."""
    around = [n for n in range(*span) if not inner[0] <= n < inner[1]]
    small = SMALL_WORD ** sum(request.roles[n] not in _IN_NAMES for n in around)
    if request.things is not None:  # a script without blanks
        extra = len(request.text_of(span)) - len(request.text_of(inner))
        return small * EXTRA_SIGN**extra if extra <= MAX_EXTRA_SIGNS else 0.0
    extra = sum(not request.roles[n] for n in around)
    return small * EXTRA_WORD**extra if extra <= MAX_EXTRA_WORDS else 0.0


def _log_sum(first: float, second: float) -> float:
    """The logarithm of the sum of two numbers whose logarithms these are."""
    high, low = max(first, second), min(first, second)
    return high + math.log1p(math.exp(low - high))
