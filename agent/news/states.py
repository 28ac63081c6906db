"""What a story has come to: a man is arrested, then charged, then convicted; a purchase is agreed
on, then completed or called off. A post tells what the newest of its articles tell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from agent.news.casualties import INJURIES, KILLED, casualties, tells_deaths

_CRIMES: Final = (
    r"(?:arson|murder|manslaughter|charges?|theft|fraud|rape|assault|guilt|robbery|burglary|bribery"
    r"|wrongdoing|terror\w*|conspir\w+|attempted \w+)"
)
_DEAL: Final = "(?:purchase|acquisition|takeover|deal|merger|bid)"
_BLAZE: Final = "(?:fire|blaze|flames)"
_COURSES: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "justice": (
        ("arrest(?:s|ed)?", "detain(?:s|ed)?", "in custody", "festgenommen", "verhaftet"),
        (
            "(?:is|are|was|were|been) (?:\\w+ly )?charged",
            "(?:m[ae]n|wom[ae]n|suspects?|teenagers?|boys?) charged",
            "charged (?:with|over|in)", "indict(?:s|ed)", "angeklagt", "Anklage",
        ),
        (
            f"den(?:y|ies|ied) (?:\\w+ ){{0,2}}{_CRIMES}", "plead(?:s|ed)? (?:not )?guilty",
            "pled (?:not )?guilty", "enter(?:s|ed)? a (?:not )?guilty",
        ),
        (
            "convict(?:s|ed)", "found (?:not )?guilty", "acquit(?:s|ted)", "cleared of",
            "verurteilt", "freigesprochen",
        ),
        ("sentence[sd] to", "jail(?:s|ed) for", "gets (?:life|\\d+ years)"),
    ),
    "purchase": (
        ("in talks", "negotiat\\w+", "mulls", "considers?", "bids? for", "verhandel\\w+"),
        (
            "agree[sd]? to (?:buy|acquire|sell|merge)", "to (?:buy|acquire)",
            "is (?:buy|acquir)ing",
            "(?:will|would) (?:buy|acquire)", "agreement to (?:buy|purchase|acquire)",
        ),
        (
            f"complete[sd]? (?:the |its )?{_DEAL}", f"{_DEAL} (?:closes|closed|is complete)",
            "Übernahme abgeschlossen",
        ),
        (
            f"(?:call(?:s|ed) off|abandon(?:s|ed)|scrap(?:s|ped)) (?:the |its )?{_DEAL}",
            f"{_DEAL} (?:collapse[sd]?|is off|fails)", "Übernahme \\w{0,3} ?geplatzt",
        ),
    ),
    "vote": (
        ("candidates?", "campaign\\w*", "to hold \\w* ?(?:elections?|vote)", "to be held",
         "will be held", "Kandidat\\w*"),
        ("polls (?:have )?open(?:ed)?", "vot(?:ing|e) (?:is under way|begins|began|starts|started)",
         "(?:go|goes|went) to the polls", "Wahl beginnt"),
        ("polls (?:have )?closed?", "vot(?:ing|e) (?:ends|ended)", "ha(?:s|ve) voted"),
        ("elected", "w[io]ns? (?:the )?(?:\\w+ )?(?:elections?|vote|seats)", "gewinnt", "gewann",
         "gewählt"),
    ),
    "search": (
        ("missing", "disappeared", "vermisst\\w*"),
        ("found (?:alive|dead|safe)", "bod(?:y|ies) (?:\\w+ )?found", "rescued", "gefunden",
         "gerettet"),
    ),
    "fire": (
        (f"(?:battl|fight|tackl)(?:es?|ing|s)? (?:\\w+ ){{0,3}}{_BLAZE}",
         f"{_BLAZE} (?:rages|is raging|is burning)"),
        ("put out", "extinguish\\w+", "under control", "tackled", "gelöscht"),
    ),
}  # fmt: skip
"""Of each course of events the states that follow on each other, an earlier one first."""
_PATTERNS: Final = {
    course: tuple(re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE) for words in states)
    for course, states in _COURSES.items()
}
ALWAYS_NEWS: Final = {"justice": 1}
"""The states from which on a headline must tell them: that somebody is charged."""
FIRST_TOLD: Final = 3
"""Texts of an article, its headline first, that tell what matters most."""
LAST: Final = 99
"""More than any state."""
_HARMS: Final = (
    r"(?:casualt(?:y|ies)|deaths|fatalities|injuries|dead or wounded|victims|toten|verletzten)"
)
_UNHURT: Final = re.compile(
    r"\b(?:no(?:t any)?|without|free of|did not (?:see|cause) any|keine) (?:\w+ ){0,4}?"
    rf"{_HARMS}(?:,? (?:or|and|nor|und) (?:\w+ )?{_HARMS})*\b"
    r"|\b(?:no ?-? ?(?:one|body)|nobody) (?:\w+ ){0,3}?(?:hurt|injured|killed|harmed)\b"
    r"|\bniemand (?:\w+ ){0,3}?verletzt\b",
    re.IGNORECASE,
)
"""What says that nobody was killed or hurt."""
_HARMED: Final = (
    r"(?:casualt(?:y|ies)|deaths|fatalities|injuries|victims|dead|killed|wounded|hurt|injured|opfer"
    r"|tote[nr]?|verletzte[nr]?)"
)
_UNCONFIRMED: Final = re.compile(
    rf"\b{_HARMED}\b[^.;]{{0,60}}?\b(?:none|not|n['’]t)\b[^.;]{{0,30}}?\b(?:confirm|verif)"
    rf"|\bunconfirmed\b[^.;]{{0,40}}?\b{_HARMED}\b|\b{_HARMED}\b[^.;]{{0,60}}?\bunconfirmed\b"
    rf"|\b{_HARMED}\b[^.;]{{0,60}}?\b(?:nicht|keine)\b[^.;]{{0,30}}?\bbestätigt",
    re.IGNORECASE,
)
"""What says that nobody knows whether anybody was hurt."""
A_DAY: Final = timedelta(hours=20)
"""By how much an article must be older than the newest one to be an earlier report."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an article tells at its beginning, from its headline on, when it was published, and the
    name of its outlet where that is to be told."""

    told: tuple[str, ...]
    at: datetime | None = None
    outlet: str = ""


@lru_cache(maxsize=4096)
def states(text: str) -> Mapping[str, int]:
    """The last state of each course of events that a text tells, counted from 0."""
    found: dict[str, int] = {}
    for course, patterns in _PATTERNS.items():
        told = [n for n, pattern in enumerate(patterns) if pattern.search(text)]
        if told:
            found[course] = told[-1]
    return found


def says_unhurt(text: str) -> bool:
    """Whether a text says that nobody was killed or hurt."""
    return _UNHURT.search(text) is not None


def doubts_harm(text: str) -> bool:
    """Whether a text says that people killed or hurt are reported and not confirmed."""
    return _UNCONFIRMED.search(text) is not None


def tells_injuries(text: str) -> bool:
    """Whether a text tells of people hurt, and not that there were none."""
    return INJURIES.search(_UNHURT.sub(" ", text)) is not None


def is_a_day_older(one: datetime | None, other: datetime | None) -> bool:
    """Whether one time is known to be a day before another."""
    return one is not None and other is not None and other - one > A_DAY


def newest(reports: Sequence[Report]) -> list[Report]:
    """The reports that are less than a day older than the latest one, and those without a time."""
    latest = max((report.at for report in reports if report.at is not None), default=None)
    return [report for report in reports if not is_a_day_older(report.at, latest)]


class Course:
    """What the newest articles of a story tell that it has come to."""

    def __init__(self, reports: Sequence[Report]) -> None:
        last = newest(reports)
        told = [states(text) for report in last for text in report.told]
        self._deaths = any(KILLED in casualties(text) for r in last for text in r.told[:FIRST_TOLD])
        self._state = {course: max(each.get(course, -1) for each in told) for course in _PATTERNS}

    def is_overtaken(self, headline: str) -> bool:
        """Whether a headline tells less than the newest articles: an arrest, of a charge."""
        ours = states(headline)
        return any(
            ours.get(course, -1) < state
            and (course in ours or state >= ALWAYS_NEWS.get(course, LAST))
            for course, state in self._state.items()
        )

    def leaves_out_deaths(self, post: str) -> bool:
        """Whether a post tells of no deaths although one of the newest articles counts them at its
        beginning."""
        return self._deaths and not tells_deaths(post)


def is_other_state(headline: str, below: Sequence[str]) -> bool:
    """Whether the sentences below a headline tell another state than it; of what is always news
    they must tell the same."""
    ours, theirs = states(headline), states(" \n".join(below))
    for course in ours.keys() | theirs.keys():
        one, other = ours.get(course), theirs.get(course)
        is_told_once = one is None or other is None
        if one != other and (
            not is_told_once or max(one or 0, other or 0) >= ALWAYS_NEWS.get(course, LAST)
        ):
            return True
    return False


def tells_harm(text: str) -> bool:
    """Whether a text counts people killed or hurt, or tells of deaths, and does not deny that."""
    plain = _UNHURT.sub(" ", text)
    return bool(casualties(plain)) or tells_deaths(plain)
