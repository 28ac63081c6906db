"""Lines of a page that are no part of what it says: walls that stand in place of the text, and
furniture such as bylines, cookie lines and buttons.

They are recognised by whole phrases that sites use, in the languages in which most pages are
written. A line is a wall or furniture only if it is short, so that an article about cookies stays
one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from agent.sandbox.wall_phrases import FURNITURE, IN_LINES, IN_TITLES, WORDS
from domain.translation.messages import gettext

MAX_LINE_CHARS = 320
"""Longer lines are sentences of an article, even about these subjects."""
MAX_TITLE_CHARS = 80


class Wall(StrEnum):
    """The kind of page in place of a text; the value is worded to stand after "it"."""

    PAYWALL = gettext("is behind a paywall")
    CONSENT = gettext("shows a consent page in place of its text")
    SCRIPT = gettext("shows its text only with JavaScript")
    ROBOT = gettext("shows a check for robots in place of its text")
    MISSING = gettext("says that there is no such page")


def wall_of(line: str) -> Wall | None:
    """The wall that a line of text belongs to; None for any other."""
    return None if len(line) > MAX_LINE_CHARS else _wall_of_short(line)


@lru_cache(maxsize=2_000)
def _wall_of_short(line: str) -> Wall | None:
    """The same for a short line; the lines of a page are looked at several times, and a site's
    pages have many in common."""
    lower = line.lower()
    for wall, pattern in _WALLS.items():
        # Searching for words is a hundred times as fast as trying every phrase.
        if any(word in lower for word in WORDS[wall.name.lower()]) and pattern.search(line):
            return wall
    return None


def wall_of_title(title: str) -> Wall | None:
    """The wall that a page's title names, alone or beside the site's name."""
    for part in _SEPARATORS.split(title[: 2 * MAX_TITLE_CHARS]):
        name = part.strip(" .!…。！")
        wall = next((wall for wall, known in _TITLES.items() if known.fullmatch(name)), None)
        if wall is not None:
            return wall
    return None


def is_furniture(line: str) -> bool:
    """Whether a line is a wall, a byline, a notice about cookies, or a button."""
    if len(line) > MAX_LINE_CHARS:
        return False
    if _AT_START.match(line) or _BYLINE.match(line) or wall_of(line) is not None:
        return True
    lower = line.lower()
    return any(word in lower for word in WORDS["furniture"]) and bool(_ANYWHERE.search(line))


def _any(phrases: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE)


_WALLS = {Wall[name.upper()]: _any(phrases) for name, phrases in IN_LINES.items()}
_TITLES = {Wall[name.upper()]: _any(phrases) for name, phrases in IN_TITLES.items()}
_SEPARATORS = re.compile(r"\s+[|–—·•»:-]\s+|\s*[|]\s*|:\s+")
_NAME = r"[A-ZÀ-ÖØ-ÞА-Я][\w’'.-]*"
_BYLINE = re.compile(
    r"^\W*(?:[Bb]y|BY|[Vv]on|VON|[Pp]ar|PAR|[Pp]or|POR|[Dd]i|[Dd]oor|[Aa]f|[Tt]ext(?: und Fotos?)?"
    r"|[Aa]ut(?:h|eu)?or(?:in|a)?|[Ww]ritten by|[Rr]eported by|[Ee]dited by)\s*:?\s+"
    rf"{_NAME}(?:\s+(?:(?:and|und|et|y|e|en|&|de|van|von|der|del|da)\s+)?{_NAME}){{0,5}}"
    r"(?:\s*[,|•·–—-].{0,80})?\W*$"
)
_AT_START = _any([phrase for phrase in FURNITURE if phrase.startswith("^")])
_ANYWHERE = _any([phrase for phrase in FURNITURE if not phrase.startswith("^")])
