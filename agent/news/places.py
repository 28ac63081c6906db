"""Whether a reader elsewhere knows where something happened: a country, a state or a famous town is
named, or a smaller place together with the region that it lies in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, cast
from zoneinfo import available_timezones

from babel import Locale

from agent.news.features import folded
from agent.news.moments import LANGUAGES, is_month
from agent.research.known_names import get_place_names
from domain.made_once import made_once

_STATES: Final = frozenset(
    {"alabama", "alaska", "arizona", "arkansas", "california", "colorado", "connecticut"}
    | {"delaware", "florida", "hawaii", "idaho", "illinois", "indiana", "iowa", "kansas"}
    | {"kentucky", "louisiana", "maine", "maryland", "massachusetts", "michigan", "minnesota"}
    | {"mississippi", "missouri", "montana", "nebraska", "nevada", "ohio", "oklahoma", "oregon"}
    | {"pennsylvania", "tennessee", "texas", "utah", "vermont", "virginia", "wisconsin", "wyoming"}
    | {"england", "scotland", "wales", "britain", "queensland", "victoria", "ontario", "quebec"}
    | {"alberta", "manitoba", "bavaria", "bayern", "sachsen", "hessen"}
)
"""Regions of one word that are named without their country."""
_ABBREVIATIONS: Final = re.compile(r"\b(?:U\.?S\.?A?|U\.?K|E\.?U|U\.?A\.?E)\b(?!\.? [A-Z])")
"""Countries in letters, unless an office follows: "U.S. Geological Survey"."""
_NAME_BEFORE: Final = re.compile(r"(?!The\s)(?<!\w)[A-ZÀ-Þ][\w’-]*\s$")
"""A name right before, which what follows is a part of."""
_RUN: Final = re.compile(r"[A-ZÀ-Þ][\w’'-]*(?:\s(?:(?:of|the|and|al)\s)?[A-ZÀ-Þ][\w’'-]*)*")
_WITH_REGION: Final = re.compile(
    r"\b[A-ZÀ-Þ][\w’-]+,\s(?:in\s)?[A-ZÀ-Þ][\w’-]+(?:\s[A-ZÀ-Þ][\w’-]+)*"
    r"|\bin\s[A-ZÀ-Þ][\w’-]+\sin\s[A-ZÀ-Þ][\w’-]+"
)
"""A town with what it lies in: "Banstead, Surrey"."""
_LIES_IN: Final = re.compile(
    r"\b(?:in|at|near|of|from)\s[A-ZÀ-Þ][\w’-]+(?:\s[A-ZÀ-Þ][\w’-]+)?(?:,|\sin)\s(?:the\s)?"
    r"([A-ZÀ-Þ][\w’-]+)"
)
"""What a town lies in, of a town with its region."""
_SMALL_PART: Final = re.compile(
    r"\s(?:County|Road|Street|Avenue|District|Township|Parish|Valley|Park)\b"
)
"""What shows that a name is of no region that readers elsewhere know."""
_OF_A_COUNTRY: Final = re.compile(
    r"(?:an|n|ese|ish|i|isch(?:e[nrms]?)?|er|ien(?:ne)?|ais(?:e)?)s?$"
)
"""How words for those who live in a country end."""
_WHERE: Final = re.compile(
    r"\b(?:in|at|near|off|outside|from|around|hits?|strikes?|shakes?|rattles?|jolts?|rocks?"
    r"|bei|aus|nahe|von|à|en|près de|cerca de|vicino a)\s(?:the\s)?(?:\w+\s)?"
    r"([A-ZÀ-Þ][\w’-]+(?:\s[A-ZÀ-Þ][\w’-]+)*)"
)
_CONTINENTS: Final = ("Africa/", "America/", "Asia/", "Europe/", "Pacific/")
_LONGEST_NAME: Final = 4
_LEAST_SHARED: Final = 4
_CODE: Final = 2
"""Letters of a country's code; continents have three digits."""
_LONGEST_ENDING: Final = 3


@lru_cache(maxsize=4096)
def names_wide_place(text: str) -> bool:
    """Whether a text names a country or those who live there, a state or a famous town."""
    if any(_abbreviated(text)):
        return True
    for words in _runs(text):
        for start in range(len(words)):
            for end in range(start + 1, min(len(words), start + _LONGEST_NAME) + 1):
                if _is_wide(" ".join(words[start:end])):
                    return True
    return False


@lru_cache(maxsize=4096)
def names_place_with_region(text: str) -> bool:
    """Whether a text names a place together with what it lies in."""
    return _WITH_REGION.search(text) is not None


@lru_cache(maxsize=4096)
def names_some_place(text: str) -> bool:
    """Whether a text says of something that it was in a place, known or not."""
    return any(not is_month(match[1].casefold()) for match in _WHERE.finditer(text))


def regions_of_towns(text: str) -> frozenset[str]:
    """What the towns of a text lie in, where it says so: of "Banstead, Surrey" "Surrey"."""
    return frozenset(
        match[1]
        for match in _LIES_IN.finditer(text)
        if not is_month(match[1].casefold()) and not _SMALL_PART.match(text[match.end() :])
    )


@lru_cache(maxsize=4096)
def named_regions(text: str, language: str = "en") -> frozenset[str]:
    """The countries and states that a text names, also by those who live there in its language:
    codes of countries, names of states. What is part of another name ("Acme USA") is none."""
    found = set(_abbreviated(text))
    for words in _runs(text):
        start = 0
        while start < len(words):
            ends = range(min(len(words), start + _LONGEST_NAME), start, -1)
            known = ((end, _region(" ".join(words[start:end]), language)) for end in ends)
            start, region = next(((e, r) for e, r in known if r), (start + 1, None))
            found |= {region} if region else set()
    return frozenset(found)


def names_people(word: str, language: str = "en") -> bool:
    """Whether a word is for those who live in a country, and not the country's name."""
    plain = folded(word).casefold()
    return plain not in _countries(language) and _region(plain, language) is not None


def _abbreviated(text: str) -> Iterator[str]:
    """The codes of the countries that a text names in letters, but within other names."""
    for match in _ABBREVIATIONS.finditer(text):
        if not _NAME_BEFORE.search(text[: match.start()]):
            yield match[0].replace(".", "")[:_CODE]


def _runs(text: str) -> Iterator[list[str]]:
    """The words of each run of capitalised words, in lower case and without a genitive's s."""
    for run in _RUN.findall(text):
        yield re.sub(r"['’]s?\b", "", folded(run)).casefold().split()


@lru_cache(maxsize=8192)
def _region(name: str, language: str) -> str | None:
    """The country or state of a name or of a word for those who live there."""
    if name in _STATES:
        return name
    countries = _countries(language)
    if name in countries:
        return countries[name]
    if len(name) <= _LEAST_SHARED:
        return None
    lived_in = [
        country
        for country in countries
        if country in {f"{name}istan", f"{name}a"}
        or (
            name not in get_place_names()
            and name.startswith(country[: max(_LEAST_SHARED, len(country) - 2)])
            and len(name) <= len(country) + _LONGEST_ENDING
            and _OF_A_COUNTRY.search(name)
        )
    ]
    return countries[max(lived_in, key=len)] if lived_in else None


@lru_cache(maxsize=4)
def _countries(language: str) -> dict[str, str]:
    """The codes of the countries by their names in a language."""
    if language not in LANGUAGES:
        return {}
    territories = cast("Mapping[str, str]", Locale.parse(language).territories)
    return {
        folded(name).casefold(): code
        for code, name in territories.items()
        if len(code) == _CODE and len(name) >= _LEAST_SHARED
    }


def _is_wide(name: str) -> bool:
    if name in _STATES or name in get_place_names() or name in _cities_of_zones():
        return True
    return len(name) > _LEAST_SHARED and name[:_LEAST_SHARED] in _beginnings() and _of_people(name)


def _of_people(name: str) -> bool:
    """Whether a word is a country's name with another ending, as "Indian" is."""
    return any(
        name.startswith(country[: max(_LEAST_SHARED, len(country) - 2)])
        and len(name) <= len(country) + _LONGEST_ENDING
        for country in _beginnings()[name[:_LEAST_SHARED]]
    )


@lru_cache(maxsize=1)
def _cities_of_zones() -> frozenset[str]:
    """The cities that time zones are called by."""
    zones = (
        zone
        for zone in available_timezones()
        if zone.startswith(_CONTINENTS) and zone.count("/") == 1
    )
    return frozenset(zone.rpartition("/")[2].replace("_", " ").casefold() for zone in zones)


@made_once
def _beginnings() -> dict[str, list[str]]:
    """The countries of one word in all languages that news are read in, by how they begin."""
    found: dict[str, list[str]] = {}
    for code in LANGUAGES:
        territories = cast("Mapping[str, str]", Locale.parse(code).territories)
        for territory, name in territories.items():
            plain = folded(name).casefold()
            if len(territory) == _CODE and plain.isalpha() and len(plain) >= _LEAST_SHARED:
                found.setdefault(plain[:_LEAST_SHARED], []).append(plain)
    return found
