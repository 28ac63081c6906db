"""What a fair report may not leave out, and what a sentence may not lean on: the denial of what
somebody is accused of, and the numbers to which a sentence adds.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from agent.news.places import named_regions

_DENIES: Final = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)(?!\s(?:bail|entry|access|permission|parole|visas?)\b)"
    r"|refut(?:e[sd]?|ing)|(?:not|completely) true"
    r"|(?:completely|totally|entirely) false"
    r"|false (?:claims?|accusations?|allegations?)|denials?"
    r"|bestreite[nt]|bestritt(?:en)?|dementier\w+|zurückgewiesen|dementi"
    r"|dément(?:i|ie|ent)?|démenti[ts]?|nié|nient"
    r"|neg[óo]|niega[n]?|negaron|desmient\w+|desminti\w+"
    r"|nega(?:to|no)?|smentisc\w+|smenti(?:to|ta|ti|va)|negou|negaram|desment\w+"
    r"|ontken(?:t|de|den|nen)|zaprzecz\w+|zdementow\w+)\b",
    re.IGNORECASE,
)
_ATTRIBUTED: Final = re.compile(
    r"[\"“”„«»‘]|(?<!\w)'\w|:"
    r"|\b(?:sa(?:y|ys|id)|tells?|told|report(?:s|ed)?|accord\w+|accus\w+|alleg\w+|claim\w*|blam\w+"
    r"|deni\w+|deny|condemn\w*|sagt\w*|laut|wirft|beschuldig\w+|soll(?:en)?"
    r"|selon|según|secondo|segundo|volgens|według)\b",
    re.IGNORECASE,
)
"""What a headline does not say itself: it quotes, or names who says so."""
_ATTACKS: Final = re.compile(
    r"\b(?:bomb(?:s|ed|ing)|shell(?:s|ed|ing)|attack(?:s|ed|ing)|kill(?:s|ed|ing)|shoots?|shot"
    r"|murder(?:s|ed)|invade[sd]?|tortur(?:es|ed)|massacre[sd]?|bombardier\w+|tötet|überfällt"
    r"|greift|bombarde(?:nt)?|ataca[n]?|attacca(?:no)?)\b",
    re.IGNORECASE,
)
_FORCES: Final = (
    r"(?:(?:armed |security )?forces|army|military|troops|soldiers|navy|police|air ?force|jets"
    r"|(?:war)?planes|government)"
)
_BLAMED: Final = (
    re.compile(
        rf"\b(\w+)(?:['’]s)?(?:\s{_FORCES})?\s(?:has\s|have\s)?['‘\"“]?{_ATTACKS.pattern}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_ATTACKS.pattern}[^.,;]{{0,40}}?,?\s(?:(?:allegedly|reportedly|apparently)\s)?"
        rf"by\s(?:the\s)?(\w+)(?:\s{_FORCES}\b|$|[,.])",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:accus|blam)\w+\s(?:the\s)?(\w+)\b", re.IGNORECASE),
)
"""A country or its forces as those who attacked, whoever says so."""
_COUNTED: Final = (
    r"(?:\d+|hundreds|dozens|scores|thousands|several|many"
    r"|one|two|three|four|five|six|seven|eight|nine|ten)"
)
_ADDS: Final = re.compile(
    rf"\b{_COUNTED}\s(?:\w+\s)?more\b(?!\sthan)(?!\s\w+ly\b)|\b(?:another|a further)\s{_COUNTED}\b"
    r"|\b(?:\d+|hunderte|dutzende|zahlreiche|viele)?\s?weitere\b(?=\s\w+\s(?:wurden|seien|kamen))"
    r"|\b(?:\d+|des dizaines d|des centaines d)['’ ]?\s?autres\b|\botr[oa]s\s\d+\b"
    r"|\baltr[ie]\s\d+\b|\boutr[oa]s\s\d+\b",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(rf"(?<![\d.,])\b{_COUNTED}\b(?![.,-]?\d|-)", re.IGNORECASE)
"""A number of people or things, and no measure such as "6.1-magnitude"."""


@lru_cache(maxsize=4096)
def denies(text: str) -> bool:
    """Whether a sentence says that somebody denies something."""
    return _DENIES.search(text) is not None


def is_attributed(headline: str) -> bool:
    """Whether a headline says whose words it gives, or gives them as a quotation."""
    return _ATTRIBUTED.search(headline) is not None


def accuses(headline: str) -> bool:
    """Whether a headline or a sentence says itself that a country or its people attacked
    somebody."""
    found = _ATTACKS.search(headline)
    if found is None or is_attributed(headline):
        return False
    return bool(named_regions(" ".join(headline[: found.start()].split()[-4:])))


@lru_cache(maxsize=4096)
def blames(headline: str) -> bool:
    """Whether a headline or a sentence says, itself or in somebody's words, that a country attacked
    somebody."""
    names = (match[1] for pattern in _BLAMED for match in pattern.finditer(headline))
    return any(named_regions(name.capitalize()) for name in names)


@lru_cache(maxsize=4096)
def adds_to_untold(text: str) -> bool:
    """Whether a sentence counts "hundreds more" without a number before them to which they add."""
    found = _ADDS.search(text)
    return found is not None and _NUMBER.search(text[: found.start()]) is None
