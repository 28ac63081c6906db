"""Which articles are copies of one text, and how many independent sites tell an event."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.news.features import tokens

SAME_TEXT = 0.6
"""The share of three-word pieces of the shorter text that also stand in the other, from which on
both are one text."""
PIECE = 3
FEW_PIECES = 4
_AGENCIES = (
    "Reuters|Associated Press|AP|AFP|dpa|DPA|EFE|ANSA|APA|SDA|Keystone-SDA|UPI|PA Media|Xinhua|TASS"
    "|Interfax|Kyodo|Jiji|Yonhap|PTI|AAP|Canadian Press|NTB|TT|Ritzau|Belga|ANP|PAP|CTK|Lusa|epd"
    "|KNA|SID|Europa Press"
)
_CREDIT = re.compile(
    rf"[(\[/]\s*({_AGENCIES})(?:[/,;][^)\]]{{0,24}})?\s*[)\]/]|(?:^|\n)({_AGENCIES})\b"
)
_BYLINE = re.compile(rf"\b({_AGENCIES})\b")


@dataclass(frozen=True, slots=True)
class Voice:
    """One article as a witness: whose site it is on, its pieces, and the agency it credits."""

    site: str
    pieces: frozenset[tuple[str, ...]]
    agency: str | None = None


def voice(site: str, title: str, text: str, *, author: str | None = None) -> Voice:
    """An article as a witness."""
    words = [token.plain for token in tokens(f"{title}\n{text}")]
    pieces = frozenset(tuple(words[i : i + PIECE]) for i in range(max(1, len(words) - PIECE + 1)))
    return Voice(site, pieces, credited(text, author=author))


def credited(text: str, *, author: str | None = None) -> str | None:
    """The news agency whose text it says to be, lower case: "(dpa)", "LONDON (Reuters)"."""
    byline = _BYLINE.search(author or "")
    found = byline or _CREDIT.search(text)
    return next(group for group in found.groups() if group).casefold() if found else None


def is_agency(name: str) -> bool:
    """Whether that is the name of a news agency."""
    return re.fullmatch(_AGENCIES, name.removeprefix("the ").removeprefix("The ")) is not None


def one_text(one: Voice, other: Voice) -> bool:
    """Whether two articles are one text: an agency's, or one that was copied."""
    if one.agency and one.agency == other.agency:
        return True
    fewer = min(len(one.pieces), len(other.pieces))
    shared = len(one.pieces & other.pieces)
    return shared >= SAME_TEXT * fewer and (fewer >= FEW_PIECES or one.pieces == other.pieces)


def independent(voices: Sequence[Voice]) -> int:
    """How many independent witnesses there are: each site and each text counts once."""
    text_of = texts(voices)
    told: dict[int, str] = {}
    by_site: dict[str, set[int]] = {}
    for witness, text in zip(voices, text_of, strict=True):
        by_site.setdefault(witness.site, set()).add(text)

    def finds_text(site: str, tried: set[int]) -> bool:
        """Give the site a text of its own, moving another site to another text if need be."""
        for text in sorted(by_site[site] - tried):
            tried.add(text)
            if text not in told or finds_text(told[text], tried):
                told[text] = site
                return True
        return False

    return sum(finds_text(site, set()) for site in sorted(by_site))


def texts(voices: Sequence[Voice]) -> list[int]:
    """The number of each article's text; copies have the same."""
    found = list(range(len(voices)))
    for i, one in enumerate(voices):
        for j in range(i):
            if found[i] != found[j] and one_text(one, voices[j]):
                old, new = found[i], found[j]
                found = [new if text == old else text for text in found]
    return found
