"""How many people a sentence says were killed or hurt, as ranges, so that two sentences of one
event can be compared: "a child was killed" and "at least 24 people died" do not go together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agent.research.support.lexicon import get_number_words

KILLED, HURT = "killed", "hurt"
UNLIMITED: Final = 10**9
_VAGUE: Final[Mapping[str, tuple[int, int]]] = {
    "several": (2, 20), "dozens": (12, 199), "scores": (20, 199), "hundreds": (100, 9_999),
    "thousands": (1_000, 999_999), "mehrere": (2, 20), "dutzende": (12, 199),
    "hunderte": (100, 9_999), "tausende": (1_000, 999_999),
}  # fmt: skip
_ONE: Final = frozenset({"a", "an", "ein", "eine", "einen"})
_LARGE: Final = {"million": 10**6, "millionen": 10**6, "billion": 10**9}
_BETWEEN: Final = frozenset(
    {"at", "least", "more", "than", "over", "nearly", "almost", "about", "around", "other"}
    | {"others", "another", "mindestens", "über", "etwa", "rund", "fast", "mehr", "als", "weitere"}
)
"""Words between a number and what happened that say nothing of what it counts."""
_OPEN: Final = frozenset(
    {"least", "than", "over", "nearly", "almost", "about", "around"}
    | {"mindestens", "über", "etwa", "rund", "fast", "als"}
)
"""Words before a number that is not exact."""
_NUMBER: Final = re.compile(r"\d{1,3}(?:[,.]\d{3})+|\d+")
_WORD: Final = re.compile(r"[^\W_]+(?:[,.][\d]{3})*(?:['’\-][^\W_]+)*")
DEATHS: Final = re.compile(
    r"\b(?:kill(?:s|ed|ing)|dead|died|dies|deaths?|fatalit(?:y|ies)|slain"
    r"|getötet|töte(?:t|te|ten)|tote[nr]?|starb(?:en)?|gestorben|ums Leben"
    r"|morts?|tué[es]*|muert[oa]s?|mort[oi]|mortes|doden|zabit\w+)\b",
    re.IGNORECASE,
)
"""Words for people who were killed or died."""
_THINGS_DIE: Final = re.compile(
    r"\b(?:business|company|cooperative|firm|industry|project|plan|bill|act|deal|proposal|idea"
    r"|battery|engine|phone|device|format|product|service|brand|market|trees?|plants?|fish|birds?"
    r"|coral|cattle|sheep)\b[^,.;]{0,24}?\b(?:dead|died|dies|killed)\b"
    r"|\bkill(?:s|ed|ing)? (?:off )?(?:the|a|an|any) (?:\w+ )?(?:business|project|plan|bill|deal"
    r"|proposal|idea|program(?:me)?|process|app|trees?|plants?|fish|birds?)\b"
    r"|\bdead (?:end|heat|zone|spot|line|battery|pixels?)\b",
    re.IGNORECASE,
)
"""Deaths of no people: a bill that died, a plan that was killed."""
INJURIES: Final = re.compile(
    r"\b(?:injur(?:es?|ed|ing|y|ies)|wound(?:s|ed|ing)|hurt|verletzt(?:e[nr]?)?|verwundet(?:e[nr]?)?"
    r"|bless[ée]\w*|herid\w+|ferit\w+|gewond\w*)\b",
    re.IGNORECASE,
)
"""Words for people who were hurt."""
_LIFE: Final = "leben"
"""The word of "ums Leben" that stands last."""
_DOES: Final = re.compile(
    r"(?:kill|wound|injur|hurt)(?:s|es|ed|ing)?|töte(?:t|te|ten)|verletzte(?:n)?", re.IGNORECASE
)
"""Verbs of what does it to people, who may stand behind them."""
_PEOPLE: Final = re.compile(
    r"people|persons?|child(?:ren)?|m[ae]n|wom[ae]n|civilians?|others?|boys?|girls?|villagers?"
    r"|soldiers?|policem[ae]n|residents?|students?|workers?|passengers?|militants?|menschen|person"
    r"(?:en)?|kind(?:er)?|mann|männer|frau(?:en)?|zivilisten|weitere",
    re.IGNORECASE,
)
_PASSIVE: Final = frozenset({"was", "were", "been", "be", "being", "wurde", "wurden", "worden"})
_NEAR: Final = 5
"""Words between a number and what happened to those whom it counts, at most."""
_NEAR_PEOPLE: Final = 8
"""The same where people stand beside the number: "Five people had so far been confirmed dead"."""
_TOLL: Final = re.compile(
    r"\b(?:death toll|(?:number|count) of (?:the )?(?:dead|deaths|fatalities|people killed)"
    r"|Zahl der (?:Toten|Todesopfer)|Todeszahl|bilan|nombre de (?:morts|victimes)"
    r"|(?:número|cifra) de muertos|(?:numero|bilancio) (?:dei|delle) (?:morti|vittime)"
    r"|dodental|número de mortos|liczba (?:ofiar|zabitych))\b[^.;:]{0,60}?"
    r"\s(?:to|of|at|is|was|reache[sd]|auf|bei|à|de|a|en|op|do)\s"
    r"((?:at least|more than|over|mindestens|mehr als|au moins|al menos|almeno)\s)?"
    r"(\d+(?:[.,]\d{3})*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty)\b",
    re.IGNORECASE,
)
"""A total of deaths: "bringing the death toll from the disaster to 11"."""


@dataclass(frozen=True, slots=True)
class _Number:
    place: int
    least: int
    most: int
    of_people: bool


@lru_cache(maxsize=8192)
def casualties(sentence: str) -> Mapping[str, tuple[int, int]]:
    """The numbers of people killed and hurt, each from the least to the most that is meant."""
    words = _WORD.findall(sentence)
    read = (_number(words, place) for place in range(len(words)))
    numbers = [number for number in read if number is not None]
    happened = [(place, kind) for place, word in enumerate(words) if (kind := _kind(word))]
    found: dict[str, tuple[int, int]] = {}
    taken: set[int] = set()
    for place, kind in happened:
        near = [
            n for n in numbers if n.place not in taken and _may_count(n, place, words, happened)
        ]
        if near and kind not in found:
            passive = place and words[place - 1].casefold() in _PASSIVE
            doing = not passive and _DOES.fullmatch(words[place]) is not None
            best = min(near, key=lambda n: _distance(n.place - place, doing=doing))
            taken.add(best.place)
            found[kind] = (best.least, best.most)
    total = _total(sentence)
    return found if total is None else {**found, KILLED: total}


def _total(sentence: str) -> tuple[int, int] | None:
    """The total of deaths that a sentence gives, which counts more than a part of them."""
    found = _TOLL.search(sentence)
    number = _number([found[2]], 0) if found is not None else None
    if found is None or number is None or number.most < number.least:
        return None
    return number.least, UNLIMITED if found[1] else number.most


def _may_count(
    number: _Number, place: int, words: Sequence[str], happened: Sequence[tuple[int, str]]
) -> bool:
    """Whether a number stands so near to what happened that it may count those to whom it did."""
    first, last = sorted((number.place, place))
    others = {other for other, _kind in happened}
    near = _NEAR_PEOPLE if number.of_people else _NEAR
    if last - first > near or others & set(range(first + 1, last)):
        return False
    if number.place > place and number.place + 1 in others:
        return False  # "killed and 55 wounded"
    between = {word.casefold() for word in words[first + 1 : last]}
    return number.of_people or between <= _BETWEEN


def _distance(steps: int, *, doing: bool) -> float:
    """How far a number is from what happened, in words: the people stand right behind a verb such
    as "killing", and before one such as "died"."""
    expected = steps > 0 if doing and abs(steps) <= 2 else steps < 0
    return abs(steps) if expected else abs(steps) + _NEAR


def tells_deaths(text: str) -> bool:
    """Whether a text tells of deaths of people."""
    return DEATHS.search(_THINGS_DIE.sub(" ", text)) is not None


def casualties_differ(one: str, other: str) -> bool:
    """Whether two sentences cannot both be right about how many were killed or hurt."""
    ours, theirs = casualties(one), casualties(other)
    return any(
        ours[kind][1] < theirs[kind][0] or theirs[kind][1] < ours[kind][0]
        for kind in ours.keys() & theirs.keys()
    )


def is_overtaken(one: str, other: str) -> bool:
    """Whether one text has fewer killed or hurt than the other, as earlier reports have; "at least
    five" are fewer than six and than dozens."""
    ours, theirs = casualties(one), casualties(other)
    return any(most_told(ours[kind]) < theirs[kind][0] for kind in ours.keys() & theirs.keys())


def most_told(meant: tuple[float, float]) -> float:
    """The largest number that is told: of "at least five" no more than five."""
    least, most = meant
    return least if most == UNLIMITED else most


def _kind(word: str) -> str | None:
    if DEATHS.fullmatch(word) or word.casefold() == _LIFE:
        return KILLED
    return HURT if INJURIES.fullmatch(word) else None


def _number(words: list[str], place: int) -> _Number | None:
    plain = words[place].casefold()
    following = words[place + 1 : place + 4]
    people = next((n for n, word in enumerate(following) if _PEOPLE.fullmatch(word)), None)
    if plain in _ONE:
        return _Number(place, 1, 1, of_people=True) if people == 0 else None
    if plain in _VAGUE:
        return _Number(place, *_VAGUE[plain], of_people=people is not None)
    spoken = get_number_words().numbers
    if _NUMBER.fullmatch(plain):
        value = int(re.sub(r"[,.]", "", plain))
    else:
        value = next((int(w[plain]) for w in (spoken["en"], spoken["de"]) if plain in w), 0)
    value *= _LARGE.get(following[0].casefold(), 1) if following else 1
    if not value:
        return None
    before = {word.casefold() for word in words[max(0, place - 3) : place]}
    if "no" in before:
        return None
    most = UNLIMITED if before & _OPEN else value
    return _Number(place, value, most, of_people=people is not None)
