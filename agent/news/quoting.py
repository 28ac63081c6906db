"""Other papers' sentences as an editor takes them: marked as quotations, with their outlet, and
without what a page puts before its first sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from agent.research.known_names import get_place_names
from domain.quotations import within_quotation

_MARKS: Final[Mapping[str, tuple[str, str]]] = {
    "de": ("„", "“"), "fr": ("« ", " »"), "es": ("«", "»"), "it": ("«", "»"), "pl": ("„", "”"),
    "cs": ("„", "“"), "ru": ("«", "»"), "uk": ("«", "»"), "EAST ASIAN": ("「", "」"),
}  # fmt: skip
_AGENCY: Final = (
    r"(?:AP|AFP|Reuters|dpa|DPA|EFE|ANSA|APA|UPI|PA|TASS|Xinhua|Kyodo|PAP|ANP|Lusa|CNN|BBC)"
)
_DATELINE: Final = re.compile(
    r"^(?:"
    # LONDON, March 4 (Reuters) - ; NEW YORK — ; PARIS (AFP) –
    r"[A-ZÀ-Þ][A-ZÀ-Þ .'’/-]{2,40}(?:,\s[\w .]{2,25})?\s*(?:\([^)]{2,40}\))?\s*(?:—|–|--?)\s+"
    # ALASKA-Shortly after
    r"|[A-ZÀ-Þ]{4,}\s?[-–—]\s?(?=[A-ZÀ-Þ][a-zß-ÿ])"
    # Berlin (dpa) - ; (AP) -
    rf"|(?:[A-ZÀ-Þ][\w .,'’/-]{{1,40}}\s)?\({_AGENCY}(?:[/,][^)]{{0,20}})?\)\s*(?:—|–|--?)\s*"
    r")(?=\S)"
)
_FURNITURE: Final = re.compile(
    r"(?:posted|published|updated|last updated|first published|photo|image|picture|video|caption"
    r"|file photo|read more|share|advertisement|copyright|©|sign up|subscribe|click|listen"
    r"|veröffentlicht|aktualisiert|stand:|foto|bild|anzeige|publié|mis à jour|crédit|photo"
    r"|publicado|actualizado|foto|pubblicato|aggiornato|atualizado|gepubliceerd|bijgewerkt"
    r"|opublikowano|aktualizacja)\b",
    re.IGNORECASE,
)
_BYLINE: Final = re.compile(
    r"(?:By|Von|Par|Por|Door|Autor|Text|Story by|Reporting by|Written by)\s*:?\s+"
    r"[A-ZÀ-Þ][\w’'-]+(?:\s+(?:[A-Z]\.\s+)?[A-ZÀ-Þ][\w’'-]+){1,3}(?:\s*[,|]|\s*$|\s+(?:and|und|et|y)\s)"
)
_CUT_OFF: Final = re.compile(
    r"(?:…|\.\.\.|\[[^\]]{0,12}\])[\"”’»)]*$"
    r"|\b(?:before|after|at|by|about|around|until|since)\s\d{1,2}\.$"
)


_DATE: Final = re.compile(
    r"^(?:[^\W\d_]{2,10},?\s)?"  # Thursday, or an agency
    r"(?:[^\W\d_]{3,10}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s?\d{4}|\d{1,2}\.?\s[^\W\d_]{3,10}\.?,?\s\d{4}"
    r"|\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})"
    r"(?:\s?[,|–-]?\s?\d{1,2}[:.]\d{2}\s?(?:[aApP]\.?[mM]\.?)?(?:\s\(?[A-Z]{2,4}(?:[+-]\d\d?:?\d\d)?\)?)?)?"
    r"\s+(?=[A-ZÀ-Þ][^\W\d_]*\s)",
)
"""A date and time before a sentence, which another capital begins."""
_BEFORE_DASH: Final = re.compile(r"^[A-ZÀ-Þ][\w.]+ [–—-] (?=[A-ZÀ-Þ])(?!.* [–—-] )")
"""A town or an outlet before a sentence: "Berlin – ", "Computerworld - "."""
_TOWNS: Final = re.compile(r"^([A-ZÀ-Þ][^:.()]{2,40}?)\s?:\s+(?=[A-ZÀ-Þ])")
"""What may be towns before a sentence: "New Delhi / Mumbai: "."""


def without_dateline(sentence: str) -> str:
    """A sentence without the place, date and agency before it."""
    undated = _DATELINE.sub("", _DATE.sub("", sentence, count=1), count=1)
    undated = _BEFORE_DASH.sub("", undated, count=1)
    towns = _TOWNS.match(undated)
    if towns is None:
        return undated
    known = get_place_names()
    named = (town.strip().casefold() for town in re.split(r"[/,]", towns[1]))
    return undated[towns.end() :] if all(town in known for town in named) else undated


def is_furniture(sentence: str) -> bool:
    """Whether a sentence is a page's own: a byline, a date of publication, a caption; or is cut
    off, begins in the middle, or lost a letter."""
    first = sentence[:1]
    return bool(
        _FURNITURE.match(sentence)
        or _BYLINE.match(sentence)
        or _CUT_OFF.search(sentence)
        or "\ufffd" in sentence
        or (first.isalpha() and first.islower())
    )


def marks_are_paired(sentence: str) -> bool:
    """Whether each quotation mark in a sentence that opens is closed: otherwise the sentence is a
    part of somebody's longer words."""
    straight = sentence.count('"')
    opening, closing = sentence.count("“"), sentence.count("”")
    german = sentence.count("„")
    if german:
        return german == opening + closing and not straight
    return straight % 2 == 0 and opening == closing and sentence.count("«") == sentence.count("»")


def quotation(sentence: str, outlet: str, *, language: str | None) -> str:
    """A sentence marked as somebody's, in the marks of its language: “It floats.” (bbc.co.uk)."""
    opening, closing = _MARKS.get(language or "en", ("“", "”"))
    inner = within_quotation(sentence)
    return f"{opening}{inner}{closing} ({outlet})"
