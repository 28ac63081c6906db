"""How well a sentence of a page can be read elsewhere and on another day: what leans on the day of
its page, speaks to that page's readers or carries its clutter is quoted only where nothing better
is there."""

from __future__ import annotations

import re
from typing import Final

from agent.news.moments import is_month, is_year

_RELATIVE_DAY: Final = re.compile(
    r"\b(?:today|yesterday|tomorrow|tonight|(?:this|last) (?:morning|afternoon|evening|night|week)"
    r"|heute|gestern|übermorgen|vorgestern|aujourd['’]hui|hier|demain|hoy|ayer|oggi|ieri|domani"
    r"|hoje|ontem|amanhã|vandaag|gisteren|dziś|dzisiaj|wczoraj|jutro|сегодня|вчера|завтра)\b"
    r"|今日|昨日|明日|本日|今天|昨天|明天",
    re.IGNORECASE,
)
_CLUTTER: Final = re.compile(
    r"\([A-Z][A-Za-z]{1,8}\s?:\s?[A-Z.]{1,6}\)"  # (NASDAQ: MSFT)
    r"|\((?=[^()]*\b(?:[Qq]uote|[Ss]tock|[Nn]ews|[Pp]rofile|[Cc]hart)\b)[A-Z]{2,5}\b[^()]*\)"
    r"|\bwww\.|https?://|(?<!\w)[@#]\w|\s[-–—]\s[-–—]\s|[|›»]\s*$|<[^>]*>"
)
_TO_READERS: Final = re.compile(
    r"\b(?:we|our|us|you|your|wir|uns|unsere[rmns]?|nous|vous|notre|votre|nosotros|nuestr[oa]s?"
    r"|ustedes|noi|nostr[oaie]|voi|nós|noss[oa]s?|você|wij|ons|onze|jullie)\b",
)
_BESIDES: Final = re.compile(
    r"\b(?:also|auch|aussi|también|anche|também|ook|także|również)\b", re.IGNORECASE
)
_SHOUTED: Final = re.compile(r"^[A-ZÀ-Þ]{3,}\s+[A-ZÀ-Þ]{4,}\s|^([A-ZÀ-Þ]{4,})\s(?=[a-zà-þ])")
_OPENING: Final = re.compile(r"^([^,]{3,40}),\s")
MOST_OPENING_WORDS = 4
_QUOTED: Final = re.compile(r"[“„«\"][^“”„«»\"]*[”“»\"]")
WORTH: Final = {
    "day": 0.4,
    "clutter": 0.3,
    "readers": 0.5,
    "past": 0.5,
    "besides": 0.7,
    "case": 0.6,
}
"""How much of its worth a sentence of each kind keeps."""


def plainness(sentence: str, *, page: str = "") -> float:
    """How well (0 to 1) a sentence can be quoted elsewhere and later: 1 where nothing is wrong.
    ``page`` is the text that it stands in."""
    own = _QUOTED.sub(" ", sentence)
    found = {
        "day": _RELATIVE_DAY.search(own),
        "clutter": _CLUTTER.search(sentence),
        "readers": _TO_READERS.search(own),
        "past": _opens_in_the_past(sentence),
        "besides": _BESIDES.search(own),
        "case": _is_shouted(sentence, page),
    }
    worth = 1.0
    for kind, is_so in found.items():
        worth *= WORTH[kind] if is_so else 1.0
    return worth


def _is_shouted(sentence: str, page: str) -> bool:
    """Whether it begins in capitals that are no short name, as many pages' first paragraphs do: a
    single word is a name where the page never writes it otherwise."""
    begun = _SHOUTED.match(sentence)
    if begun is None or begun[1] is None:
        return begun is not None
    return re.search(rf"\b{begun[1].lower()}\b", page) is not None


def _opens_in_the_past(sentence: str) -> bool:
    """Whether it begins with a month or a year, as background does: "In January, …"."""
    opening = _OPENING.match(sentence)
    words = re.findall(r"\w+", opening[1]) if opening else []
    if not 1 < len(words) <= MOST_OPENING_WORDS:
        return False
    days = any(word.isdecimal() and not is_year(word) for word in words)
    return not days and any(is_year(word) or is_month(word) for word in words[1:])
