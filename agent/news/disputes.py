"""What the articles of a story tell differently, in fixed sentences: how many were killed or hurt,
how strong an earthquake was, and how much something costs, each number with who tells it. And what
readers must be told of victims where no quotation tells it: how many there were, or that nobody was
hurt."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from agent.news.amounts import Amount, amounts
from agent.news.casualties import HURT, KILLED, UNLIMITED, casualties, most_told, tells_deaths
from agent.news.features import telling
from agent.news.states import (
    Report,
    doubts_harm,
    newest,
    says_unhurt,
    tells_harm,
    tells_injuries,
)
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
_UNHURT_BY_ONE: Final = gettext("Nobody was reported hurt, according to {one}.")
_COUNTED: Final[Mapping[str, Message]] = {
    KILLED: gettext("People reported killed: {numbers}."),
    HURT: gettext("People reported injured: {numbers}."),
}
UNHURT: Final = "unhurt"
_TELLS: Final[Mapping[str, Callable[[str], bool]]] = {
    KILLED: tells_deaths,
    HURT: tells_injuries,
    UNHURT: tells_harm,
}
"""What tells readers of each."""
_AMOUNTS: Final = gettext("The sources give different amounts: {numbers}.")
OF_ONE_THING: Final = 3
"""Telling words that two sentences with an amount must share."""
WITNESSES: Final = 2
"""Articles that must count victims alike."""
FIRST_TOLD: Final = 6
"""Texts of an article, its headline first, that count the victims of what is news."""
_SO_FAR: Final = re.compile(
    r"\b(?:immediate(?:ly)?|initial(?:ly)?|so far|yet|confirmed|zunächst|bislang|bisher)\b",
    re.IGNORECASE,
)
"""What a word that nobody was hurt has that later words may go beyond."""
_OF_ANOTHER: Final = re.compile(
    r"\b(?:also|another|second|third|separate(?:ly)?|earlier|previous(?:ly)?|aftershocks?|auch"
    r"|series of|(?:hours|days|weeks|months|years) (?:after|before|ago)|first (?:earth)?quake"
    r"|weitere[nrs]?|früher\w*|vorherig\w*)\b|^One \d",
    re.IGNORECASE,
)
"""What a sentence has whose numbers may be of something else that happened."""
_ONE_OF_SEVERAL: Final = re.compile(
    r"\b(?:second|another|third|fresh|new|latest)(?: one\b|\s(?:[\w.]+[\s-]){0,3}?"
    r"(?:(?:earth)?quakes?|tremors?|temblors?|attacks?|bombings?|explosions?|blasts?|air ?strikes?"
    r"|raids?|fires?|blazes?|storms?|floods?|eruptions?|shootings?)\b)"
    r"|\b(?:zweite[nrs]?|neue[nrs]?|weitere[nrs]?)\s(?:\w+\s)?(?:Erd)?(?:beben|stöße|Anschl\w+|Brand"
    r"|Angriff\w*|Explosion\w*)\b",
    re.IGNORECASE,
)
"""What an article has that tells of something like it that happened before."""
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
        if kind != STRENGTH:
            told = _not_overtaken(told, articles)
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
    found += _amounts(post, articles, language)
    unhurt = _unhurt_in(articles)
    found += _harm(post, articles, unhurt, language)
    texts = (*post, *(each.text for each in found))
    found += [
        own
        for kind, own in agreed(articles, language=language).items()
        if not any(says_unhurt(text) or _TELLS[kind](text) for text in texts)
    ]
    return found


def agreed(articles: Sequence[Report], *, language: str) -> Mapping[str, Dispute]:
    """How many people were killed, and how many hurt, where two articles count them at their
    beginning and all that do agree; or ``UNHURT``, that nobody was, where no article tells of
    harm, not even of an early report that it denies."""
    unhurt = _unhurt_in(articles)
    if unhurt and not any(tells_harm(text) for article in articles for text in article.told):
        return {UNHURT: _nobody_hurt(articles, unhurt, language)}
    if unhurt:
        return {}
    found: dict[str, Dispute] = {}
    for kind, template in _COUNTED.items():
        totals = {number.ranges for a in articles if (number := _number(a, kind, ()))}
        told = [(n, *each) for n, a in enumerate(articles) if (each := _counts(a, kind))]
        if len(totals) == 1 and len(told) >= WITNESSES:
            outlets = ", ".join(articles[n].outlet for n, _ranges, _text in told[:MOST_NAMED])
            numbers = f"{_in_words(told[0][1], language)} ({outlets})"
            text = translated(template.format(numbers=numbers), language)
            rests_on = tuple((n, sentence) for n, _, sentence in told[:MOST_NAMED])
            found[kind] = Dispute(text, rests_on)
    return found


def _counts(article: Report, kind: str) -> tuple[tuple[tuple[float, float], ...], str] | None:
    """The number of victims that an article gives at its beginning, and the sentence with it."""
    said = ((_ranges(text, kind), text) for text in article.told[:FIRST_TOLD])
    return next((each for each in said if each[0]), None)


def _amounts(post: Sequence[str], articles: Sequence[Report], language: str) -> Iterator[Dispute]:
    """The first amount of money of which another article gives one that is near, in a sentence of
    the same thing."""
    for said in post:
        for ours in amounts(said):
            told = {n: each for n, a in enumerate(articles) if (each := _amount(a, ours, said))}
            if all(each.is_same(ours) for each, _text in told.values()):
                continue
            first = {
                0.0 if each.is_same(ours) else each.value: n
                for n, (each, _text) in reversed(told.items())
            }
            shown = sorted(first.values())[:MOST_TOLD]
            numbers = ", ".join(f"{told[n][0].text} ({articles[n].outlet})" for n in shown)
            text = translated(_AMOUNTS.format(numbers=numbers), language)
            yield Dispute(text, tuple((n, told[n][1]) for n in shown))
            return


def _amount(article: Report, ours: Amount, said: str) -> tuple[Amount, str] | None:
    """The amount that an article gives for what a sentence of a post does, and where: the same one
    where it has that too."""
    near = [
        (each, text)
        for text in article.told
        for each in amounts(text)
        if each.is_near(ours) and len(telling(text) & telling(said)) >= OF_ONE_THING
    ]
    return next((each for each in near if each[0].is_same(ours)), near[0] if near else None)


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


def _unhurt_in(articles: Sequence[Report]) -> list[_Said]:
    """The articles that say that nobody was hurt, and where."""
    return [(n, said) for n, a in enumerate(articles) if (said := _first(says_unhurt, a))]


def _nobody_hurt(articles: Sequence[Report], unhurt: Sequence[_Said], language: str) -> Dispute:
    outlets = [articles[n].outlet for n, _text in unhurt]
    if len(unhurt) == 1:
        text = _UNHURT_BY_ONE.format(one=outlets[0])
    else:
        text = _UNHURT.format(one=outlets[0], other=outlets[1])
    return Dispute(translated(text, language), tuple(unhurt[:MOST_NAMED]))


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


def _not_overtaken(told: Mapping[int, _Number], articles: Sequence[Report]) -> dict[int, _Number]:
    """The numbers of victims without those of which a later article counts more: they were right
    when they were written."""

    def is_overtaken(n: int) -> bool:
        at = articles[n].at
        most = max(map(most_told, told[n].ranges))
        return at is not None and any(
            (later := articles[m].at) is not None
            and later > at
            and min(low for low, _high in number.ranges) > most
            for m, number in told.items()
        )

    return {n: number for n, number in told.items() if not is_overtaken(n)}


def _differ(one: _Number, other: _Number, kind: str) -> bool:
    """Whether two articles cannot both be right; of strengths, whether they give other ones."""
    if kind == STRENGTH:
        return set(one.ranges) != set(other.ranges)
    return not any(a[0] <= b[1] and b[0] <= a[1] for a in one.ranges for b in other.ranges)


def _number(article: Report, kind: str, post: Sequence[str]) -> _Number | None:
    """What an article says: of people the largest number, which is the total, of strengths those in
    the first sentence that has any."""
    if any(map(_ONE_OF_SEVERAL.search, article.told[:FIRST_TOLD])):
        return None
    plain = (text for text in article.told if not _OF_ANOTHER.search(text))
    said = [(found, text) for text in plain if (found := _ranges(text, kind))]
    if not said:
        return None
    quoted = next((each for each in said if each[1] in post), None)
    if kind == STRENGTH:
        own = [low for each in post for low, _high in _ranges(each, kind)]
        near = (
            (tuple(sorted({r for r in found if _is_near(r[0], own)})), text) for found, text in said
        )
        # What comes behind may be of another earthquake, or of those of that strength in general.
        first = next((each for each in near if each[0]), None)
        return None if first is None else _Number(*first)
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
