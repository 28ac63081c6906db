"""Whether two texts of one event give different figures for one thing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from agent.news.casualties import casualties_differ
from agent.news.features import telling, undated_tokens
from agent.research.support.rules import figures_differ

_LARGE: Final = 13
"""Smaller numbers count several things of one event by chance."""
_BESIDE: Final = 4
OUTVOTE: Final = 2
"""Articles whose figure counts more than that of one."""
_COUNTS: Final = re.compile(
    r"(?<![\w.,$€£-])(\d{2,4})(?![\w,:.%-])\s(?:[A-ZÀ-Þ]\w+\s){0,3}((?:[a-zß-ÿ]+\s?){1,2})"
)
"""A number, names, and the words in lower case behind them."""
_ANYBODY: Final = re.compile(
    r"\b(?:people|persons?|m[ae]n|wom[ae]n|others?|and|or|of|in|at|on|to|were|was|are|have|had|per|more"
    r"|menschen|personen|miles?|km|kilomet\w+|years?|hours?|minutes?|days?|percent|million|billion"
    r"|aged|suspects?|dead|killed|injured|hurt|wounded)\b",
    re.IGNORECASE,
)
_NUMBERS: Final = (
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_SPOKEN: Final = re.compile(rf"\b({'|'.join(_NUMBERS)})(?=\s[a-z])", re.IGNORECASE)
"""Small numbers in words, before what they count."""
_SMALL: Final = frozenset(map(str, range(2, 13)))
_PERCENT: Final = frozenset({"percent", "prozent"})


@lru_cache(maxsize=4096)
def figures_conflict(one: str, other: str) -> bool:
    """Whether two sentences give different figures for one thing: what both count or measure."""
    ours, theirs = _measured(one), _measured(other)
    shared = ours.keys() & theirs.keys()
    return (
        any(not ours[word] & theirs[word] for word in shared)
        or casualties_differ(one, other)
        or figures_differ(one, other)
    )


@lru_cache(maxsize=1024)
def _measured(text: str) -> Mapping[str, set[str]]:
    """The numbers that stand beside each telling word: of "magnitude 5.2" and "5.2 magnitude"."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    text = _SPOKEN.sub(_in_digits, re.sub(r"%|\bper cent\b", " percent", text))
    said = undated_tokens(text)
    for number, word, noun in zip(said, said[1:], said[2:], strict=False):
        # "three undersea cables": what a small number counts stands behind an adjective.
        if number.plain in _SMALL and word.kind == noun.kind == "word" and not noun.capital:
            found[noun.plain].add(number.plain)
    for one, other in pairwise(said):
        kinds = {one.kind: one, other.kind: other}
        if kinds.keys() != {"number", "word"}:
            continue
        word = kinds["word"]
        if word.plain in telling(word.text) or word.text.casefold() in _PERCENT:
            found[word.plain].add(kinds["number"].plain)
    return found


def _in_digits(spoken: re.Match[str]) -> str:
    return str(_NUMBERS.index(spoken[1].casefold()) + 2)


def is_outvoted(text: str, articles: Sequence[Sequence[str]]) -> bool:
    """Whether several articles, each by its first sentences, give another figure for something that
    a text counts or measures, and none the same."""
    ours = _measured(text)
    for word, numbers in ours.items():
        theirs = [
            frozenset[str]().union(*(_measured(t).get(word, set()) for t in article if t != text))
            for article in articles
        ]
        same = sum(bool(each & numbers) for each in theirs)
        if not same and sum(bool(each) for each in theirs) >= OUTVOTE:
            return True
    return False


def counts_differ(one: str, other: str) -> bool:
    """Whether one large number counts different things in two texts of one event: "26 pirates" and
    "26 crew members"."""
    ours, theirs = _counted(one), _counted(other)
    return any(not ours[number] & theirs[number] for number in ours.keys() & theirs.keys())


@lru_cache(maxsize=8192)
def counts_others(one: str, other: str) -> bool:
    """Whether one large number counts other people or things in two texts of one event, by the noun
    behind it: "26 Somali pirates" and "26 Somali crew members"."""
    ours, theirs = _nouns(one), _nouns(other)
    return any(not ours[number] & theirs[number] for number in ours.keys() & theirs.keys())


@lru_cache(maxsize=1024)
def _nouns(text: str) -> Mapping[str, frozenset[str]]:
    """The nouns in lower case behind each number that may count, as telling words; numbers of
    people who are called nothing more, and of measures, are left out."""
    found: dict[str, frozenset[str]] = {}
    for match in _COUNTS.finditer(text):
        words = _ANYBODY.split(match[2])[0].split()
        noun = telling(" ".join(w for w in words if not w.endswith(("ed", "ly"))))
        if noun and int(match[1]) >= _LARGE:
            found[match[1]] = found.get(match[1], frozenset()) | noun
    return found


@lru_cache(maxsize=1024)
def _counted(text: str) -> Mapping[str, set[str]]:
    """The telling words beside each number that may count."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    said = undated_tokens(text)
    for place, token in enumerate(said):
        if token.kind == "number" and token.plain.isdecimal() and int(token.plain) >= _LARGE:
            beside = said[max(0, place - _BESIDE) : place + _BESIDE + 1]
            found[token.plain] |= telling(" ".join(t.text for t in beside if t is not token))
    return found
