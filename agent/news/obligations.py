"""What readers must be told because several of a story's articles tell it: that something is
suspected and not proved, that people are missing, on which day and in which town it happened."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from agent.news.features import folded
from agent.news.moments import is_month, moments
from agent.news.omissions import UNPROVED
from domain.relative_days import relative_days

WITNESSES: Final = 2
"""Articles that must tell something."""
HALF: Final = 0.5
"""The share of the articles that must tell something."""
MOST: Final = 0.6
"""The share of the articles that must name a town."""
_MISSING: Final = re.compile(
    r"\b(?:(?:people|persons?|others?|m[ae]n|wom[ae]n|children|crew|residents|\d+|one|two|three|four"
    r"|five|six|seven|eight|nine|ten) (?:\w+ )?(?:(?:is|are|was|were|remain(?:s|ed)?) )?"
    r"(?:still |reported )?missing|vermisst\w*)\b",
    re.IGNORECASE,
)
"""What says that people are missing."""
_IN: Final = re.compile(
    r"\b(?:in|at|near|off|outside|on|bei|à|en)\s(?:the\s(?:\w+\s){0,2}(?:town|city|village|island)\sof\s)?"
    r"([A-ZÀ-Þ][\w’-]{3,}(?:\s[A-ZÀ-Þ][\w’-]+)*)"
)
"""Where something was."""

_STREET: Final = re.compile(r"\b(?:Street|Road|Avenue|Lane|Square|straße|Straße)$")


class Obligations:
    """What readers must be told of a story, by the texts of its articles: copies only once."""

    def __init__(self, articles: Sequence[str], *, place_matters: bool) -> None:
        self._patterns = {
            kind: pattern
            for kind, pattern in (("unproved", UNPROVED), ("missing", _MISSING))
            if _is_common(sum(pattern.search(text) is not None for text in articles), articles)
        }
        self._days = sum(map(_names_day, articles)) >= max(WITNESSES, MOST * len(articles))
        self._towns = _common_towns(articles) if place_matters else frozenset[str]()

    def missing(self, post: str) -> frozenset[str]:
        """The kinds of what a post lacks."""
        lacks: Mapping[str, bool] = {
            "day": self._days and not _names_day(post),
            "town": bool(self._towns) and not any(town in folded(post) for town in self._towns),
            **{kind: not pattern.search(post) for kind, pattern in self._patterns.items()},
        }
        return frozenset(kind for kind, lacking in lacks.items() if lacking)


def _names_day(text: str) -> bool:
    """Whether a text says on which day something was."""
    named = any(moment.startswith(("weekday", "day")) for moment in moments(text))
    return named or bool(relative_days(text))


def _is_common(count: int, articles: Sequence[str]) -> bool:
    return count >= min(WITNESSES, len(articles)) and count >= HALF * len(articles)


def _common_towns(articles: Sequence[str]) -> frozenset[str]:
    """The places that most articles name as where something was."""
    named = [{match[1] for match in _IN.finditer(folded(text))} for text in articles]
    counts = Counter(
        name
        for name in frozenset[str]().union(*named)
        if not (is_month(name.casefold()) or moments(name) or _STREET.search(name))
        for text in articles
        if name in folded(text)
    )
    least = max(WITNESSES, MOST * len(articles))
    most = max(counts.values(), default=0)
    return frozenset(name for name, count in counts.items() if count >= least and count == most)
