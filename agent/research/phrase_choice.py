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
from agent.research.vocabulary import PICTURE_WORDS

LEAST_WORTH: Final = 0.34
"""What a phrase must be worth to be looked up."""
LEAST_WORTH_ENCODED: Final = 0.16
"""The same where the text encoder has read the request; chosen on 600 requests of an author whose
requests no model had seen (precision 0.85, recall 0.91)."""
LEAST_OF_NAME: Final = 0.07
"""The same of what the rules and the model of words take for a name, where nothing else is looked
up: of a sole famous name ("Venice") the labelled requests leave open whether it is looked up."""
LEAST_OF_NAME_ENCODED: Final = 0.005
"""The same where the text encoder has read the request; chosen on prompts of World Knowledge, of
which nine in ten are looked up with it, and everyday ones."""
LEAST_OF_NAME_DENSE: Final = 0.1
"""The same where it has, in Chinese, Japanese and Korean, whose rules take more words for names."""
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
    share_before: float = 0.0
    worth_before: float = 0.0
    """The same before the text encoder was heard."""


def with_shares(
    request: TaggedRequest,
    spans: Sequence[Span],
    scores: Sequence[float],
    before: Sequence[float] | None = None,
) -> list[Scored]:
    """The phrases with their probabilities; ``scores`` are what the model gave them, ``before``
    what it did without the text encoder."""
    shares = get_shares(spans, scores)
    earlier = shares if before is None else get_shares(spans, before)
    return [
        Scored(
            span, share, _worth(request, span, spans, shares),
            once, _worth(request, span, spans, earlier),
        )
        for span, share, once in zip(spans, shares, earlier, strict=True)
    ]  # fmt: skip


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
    read = request.encoded is not None
    least = LEAST_WORTH_ENCODED if read else LEAST_WORTH
    least_of_name = LEAST_OF_NAME_ENCODED if read else LEAST_OF_NAME
    if read and request.things is not None:
        least_of_name = LEAST_OF_NAME_DENSE
    found = _best_together([phrase for phrase in scored if phrase.worth >= least], least)
    names = [p for p in scored if request.found.get(p.span) and request.found_by_rules.get(p.span)]
    likeliest = max(names, key=lambda phrase: phrase.worth, default=None)
    if not found and likeliest is not None and likeliest.worth >= least_of_name:
        return [likeliest.span]
    if not read:
        return found
    if request.things is not None:
        return _joined(request, found)
    return _whole(request, found, [phrase.span for phrase in names], scored)


def _best_together(kept: Sequence[Scored], least: float) -> list[Span]:
    count = max((phrase.span[1] for phrase in kept), default=0)
    best: list[tuple[float, tuple[Span, ...]]] = [(0.0, ())] * (count + 1)
    for place in range(1, count + 1):
        best[place] = best[place - 1]
        for phrase in kept:
            if phrase.span[1] == place:
                worth, spans = best[phrase.span[0]]
                worth += phrase.worth - least
                if worth > best[place][0]:
                    best[place] = worth, (*spans, phrase.span)
    return list(best[count][1])


def _joined(request: TaggedRequest, found: Sequence[Span]) -> list[Span]:
    """The found phrases in Chinese, Japanese and Korean with what belongs together as one: 草間彌生
    and かぼちゃ in 草間彌生のかぼちゃ, and what stands side by side where blanks part no words."""
    spans: list[Span] = []
    for span in found:
        last = spans[-1] if spans else None
        if last is not None and _belongs(request, last, span):
            spans[-1] = last[0], span[1]
        else:
            spans.append(span)
    return spans


def _belongs(request: TaggedRequest, before: Span, span: Span) -> bool:
    between = range(before[1], span[0])
    if any(request.words[number].opens for number in (*between, span[0])):
        return False
    if len(between) == 1:
        return request.roles[before[1]] == "of"
    adjacent = request.place_of(before)[1] == request.words[span[0]].start
    return not between and adjacent and request.language != "ko"


def _whole(
    request: TaggedRequest, found: Sequence[Span], names: Sequence[Span], scored: Sequence[Scored]
) -> list[Span]:
    """The found phrases without words that say what kind of picture it is ("die hard poster") and
    without what all takes less for a name than a part of it ("Mona Lisa in Paris"), and with the
    rest of what all that reads no sentences takes for one name."""
    known = {phrase.span: phrase.worth_before for phrase in scored}
    shares = {phrase.span: phrase.share for phrase in scored}
    spans: list[Span] = []
    for span in found:
        inner = _without_picture_words(request, span)
        span = inner if inner in known else span
        surer = [
            phrase for phrase in scored
            if span[0] <= phrase.span[0] and phrase.span[1] <= span[1]
            and phrase.share > shares[span] and phrase.worth_before > known[span]
        ]  # fmt: skip
        span = max(surer, key=lambda phrase: phrase.share).span if surer else span
        around = [
            name for name in names
            if name[0] <= span[0] and span[1] <= name[1] and _likeness(request, name, span)
            and known[name] > known.get(span, 1.0)
            and sum(name[0] < end and first < name[1] for first, end in found) == 1
        ]  # fmt: skip
        spans.append(max(around, key=lambda name: name[1] - name[0], default=span))
    return spans


def _without_picture_words(request: TaggedRequest, span: Span) -> Span:
    first, end = span
    while first < end and request.words[end - 1].plain in PICTURE_WORDS:
        end -= 1
    while first < end and (
        request.words[first].plain in PICTURE_WORDS or (first > span[0] and request.roles[first])
    ):
        first += 1
    return first, end


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
