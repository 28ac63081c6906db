"""What the articles of a story tell differently, and that nobody was hurt, in fixed sentences: how
many were killed or hurt, and how strong an earthquake was, each number with who tells it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from agent.news.casualties import HURT, KILLED, UNLIMITED, casualties
from agent.news.states import Report, doubts_harm, newest, says_unhurt, tells_harm
from domain.translation.messages import Message, gettext, translated

MOST_NAMED: Final = 2
"""Articles that are named for each side of what is no number."""
SAME_QUAKE: Final = 0.6
"""By how much the measures of one earthquake differ."""
STRENGTH: Final = "strength"
MOST_TOLD: Final = 4
"""Articles whose numbers are given."""
_MAGNITUDE: Final = re.compile(
    r"\b(?:[Mm]agnitude|Stärke|M)[- ]?(?:of )?(?:[a-z]+ )?(\d[.,]\d)\b"
    r"|\b(\d[.,]\d)[- ][Mm]agnitude\b"
)
_SENTENCES: Final[Mapping[str, Message]] = {
    KILLED: gettext("The sources give different numbers of people killed: {numbers}."),
    HURT: gettext("The sources give different numbers of people injured: {numbers}."),
    STRENGTH: gettext("The sources give different magnitudes: {numbers}."),
}
_HARM: Final = gettext("The sources contradict one another on whether anybody was hurt.")
_UNHURT: Final = gettext("Nobody was reported hurt, according to {one} and {other}.")
_SO_FAR: Final = re.compile(
    r"\b(?:immediate(?:ly)?|initial(?:ly)?|so far|yet|confirmed|zunächst|bislang|bisher)\b",
    re.IGNORECASE,
)
"""What a word that nobody was hurt has that later words may go beyond."""
_AT_LEAST: Final = gettext("at least {count}")
_Said: TypeAlias = tuple[int, str]
"""The place of an article and its sentence."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A sentence that tells numbers that differ, and for each article that it rests on (by its
    place from 0) the sentence there."""

    text: str
    rests_on: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class _Number:
    """What an article says of one thing: the ranges, in words, and the sentence that says so."""

    ranges: tuple[tuple[float, float], ...]
    sentence: str


def disputes(post: Sequence[str], articles: Sequence[Report], *, language: str) -> list[Dispute]:
    """A sentence for each thing that a post measures, or for each number of victims where it tells
    of any, that its articles tell differently, those first that agree with the post."""
    found: list[Dispute] = []
    for kind, template in _SENTENCES.items():
        counted = any(_ranges(text, kind) for text in post)
        if not counted and (kind == STRENGTH or not any(map(tells_harm, post))):
            continue
        told = {n: number for n, a in enumerate(articles) if (number := _number(a, kind, post))}
        if not any(_differ(a, b, kind) for a in told.values() for b in told.values()):
            continue
        if kind == STRENGTH and _is_told(post, told.values()):
            continue
        shown = _distinct(told)[:MOST_TOLD]
        numbers = ", ".join(
            f"{_in_words(told[n].ranges, language)} ({articles[n].outlet})" for n in shown
        )
        text = translated(template.format(numbers=numbers), language)
        found.append(Dispute(text, tuple((n, told[n].sentence) for n in shown)))
    unhurt = [(n, said) for n, a in enumerate(articles) if (said := _first(says_unhurt, a))]
    found += _harm(post, articles, unhurt, language)
    found += _nobody_hurt(post, articles, unhurt, language)
    return found


def _harm(
    post: Sequence[str], articles: Sequence[Report], unhurt: Sequence[_Said], language: str
) -> Iterator[Dispute]:
    """That some articles tell of people killed or hurt and others that nobody was. Who tells what
    is left to the articles: one may tell of another place, or of what it doubts."""
    # An article that tells both reports the earlier word and its correction; one that doubts it
    # tells of harm elsewhere.
    yes = [
        (n, text)
        for n, a in enumerate(articles)
        if n not in dict(unhurt) and not _first(doubts_harm, a) and (text := _first(tells_harm, a))
    ]
    tells = any(map(tells_harm, post))
    counted = newest(articles) if tells else articles
    no = [(n, text) for n, text in unhurt if articles[n] in counted and not _SO_FAR.search(text)]
    if yes and no and not (tells and any(map(says_unhurt, post))):
        yield Dispute(translated(_HARM, language), (*yes[:MOST_NAMED], *no[:MOST_NAMED]))


def _nobody_hurt(
    post: Sequence[str], articles: Sequence[Report], unhurt: Sequence[_Said], language: str
) -> Iterator[Dispute]:
    """That nobody was hurt, where two articles say so and no article tells of harm, not even of
    an early report that it denies."""
    told = [*post, *(text for article in articles for text in article.told)]
    if len(unhurt) < 2 or any(map(tells_harm, told)) or any(map(says_unhurt, post)):
        return
    one, other = unhurt[:2]
    text = _UNHURT.format(one=articles[one[0]].outlet, other=articles[other[0]].outlet)
    yield Dispute(translated(text, language), (one, other))


def _first(says: Callable[[str], bool], article: Report) -> str | None:
    return next((text for text in article.told if says(text)), None)


def _is_told(post: Sequence[str], told: Collection[_Number]) -> bool:
    """Whether one text of a post gives the least and the most of what the articles measured."""
    values = {value for number in told for each in number.ranges for value in each}
    spoken = ({low for low, _high in _ranges(text, STRENGTH)} for text in post)
    return any({min(values), max(values)} <= each for each in spoken)


def _distinct(told: Mapping[int, _Number]) -> list[int]:
    """The first article with each number."""
    first: dict[tuple[tuple[float, float], ...], int] = {}
    for n, number in told.items():
        first.setdefault(number.ranges, n)
    return sorted(first.values())


def _differ(one: _Number, other: _Number, kind: str) -> bool:
    """Whether two articles cannot both be right; of strengths, whether they give other ones."""
    if kind == STRENGTH:
        return set(one.ranges) != set(other.ranges)
    return not any(a[0] <= b[1] and b[0] <= a[1] for a in one.ranges for b in other.ranges)


def _number(article: Report, kind: str, post: Sequence[str]) -> _Number | None:
    """What an article says: of people the largest number, which is the total, of strengths all."""
    said = [(found, text) for text in article.told if (found := _ranges(text, kind))]
    if not said:
        return None
    quoted = next((each for each in said if each[1] in post), None)
    if kind == STRENGTH:
        own = [low for each in post for low, _high in _ranges(each, kind)]
        near = {r for found, _ in said for r in found if _is_near(r[0], own)}
        if not near:
            return None
        ranges = tuple(near)
        text = max(said, key=lambda each: len(each[0]))[1]
        return _Number(tuple(sorted(ranges)), text)
    found, text = quoted or max(said, key=lambda each: each[0][0][0])
    return _Number(found, text)


def _is_near(strength: float, others: Sequence[float]) -> bool:
    """Whether a strength may be another measure of the same earthquake, and not an aftershock's."""
    return not others or any(abs(strength - other) <= SAME_QUAKE for other in others)


def _ranges(text: str, kind: str) -> tuple[tuple[float, float], ...]:
    if kind == STRENGTH:
        found = (float((a or b).replace(",", ".")) for a, b in _MAGNITUDE.findall(text))
        return tuple((value, value) for value in found)
    counted = casualties(text).get(kind)
    return (counted,) if counted and _is_number(counted) else ()


def _is_number(counted: tuple[float, float]) -> bool:
    """Whether a range is of a number in digits, and not of a word such as "dozens"."""
    return counted[0] == counted[1] or counted[1] >= UNLIMITED


def _in_words(ranges: Sequence[tuple[float, float]], language: str) -> str:
    return " / ".join(_each(ranges, language))


def _each(ranges: Sequence[tuple[float, float]], language: str) -> Iterator[str]:
    for low, high in ranges:
        if high >= UNLIMITED:
            yield translated(_AT_LEAST.format(count=f"{low:g}"), language)
        else:
            yield f"{low:g}"
