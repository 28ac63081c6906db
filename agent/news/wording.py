"""What keeps an editor from printing a sentence although it is true: terms that nobody explains,
a maker's praise, a private person's full name beside a suspicion, a time of day without its day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.language.frequencies import get_zipf
from agent.language.normalise import fold
from agent.news.answers import is_attributed
from agent.news.copies import is_agency
from agent.news.moments import moments
from agent.news.states import states
from agent.people import find_people
from agent.research.known_names import get_article_titles, get_place_names, title_key
from domain.relative_days import relative_days

KNOWN_LETTERS: Final = 4.0
"""Zipf frequency from which on readers know what letters stand for: "NASA", "FBI"."""
A_PERSON: Final = 0.5
"""The recogniser's score from which on a name is taken for a person's."""
_LETTERS: Final = re.compile(r"(?<![\w.&’'-])(?:[A-Z]{2,6}|[A-Z][A-Za-z]*\d+\w*)(?![\w&-]|\.\w)")
"""Abbreviations in capitals and makers' numbers of things: "EYP", "Q10"."""
_ZONE: Final = re.compile(r"(?:\d|[ap]\.?m\.?)\s?\(?$")
"""What stands before the letters of a time zone."""
_TECHNICAL: Final = re.compile(
    r"\bzero[- ]days?\b|\bout-of-(?:band|cycle)\b|\bdrive-by\b|\buse-after-free\b|\bremote code\b"
    r"|\bproof[- ]of[- ]concept\b|\bcross-site\b|\b(?:memory|heap) corruption\b|\bin the wild\b"
    r"|\bleverag(?:es?|ed|ing)\b|\bmicro-?servers?\b|\bfabric computing\b|\bSQL\b"
    r"|\bdata[- ]binding\b",
    re.IGNORECASE,
)
"""Terms of a trade that news explain to their readers."""
_EXPLAINS: Final = (
    r"\s*[”’\"]?(?:,\s(?:or|a|an|the|which|who|that is|meaning|so called)\s|\s\([A-Za-z])"
)
"""What begins an explanation right behind a term."""
_REST_OF_NAME: Final = (
    r"(?:\s[A-ZÀ-Þ][\w’-]+)*(?:,?\s(?:Inc|Corp|Co|Ltd|plc|PLC|LLC|AG|GmbH|SA|NV)\b\.?)?"
)
"""The words of a name behind its letters, and what kind of company it is."""
_SHIPS: Final = frozenset({"MV", "MS", "SS", "MT", "RMS", "HMS", "USS", "INS", "HMAS", "HMCS"})
"""Letters before the name of a ship."""
_PRAISE: Final = re.compile(
    r"\b(?:(?:entirely|all|brand)[- ]new|next[- ]gen(?:eration)?|revolution(?:ary|i[sz]es?)"
    r"|innovativ\w+|cutting[- ]edge|state[- ]of[- ]the[- ]art|world[- ]class"
    r"|(?:industry|market)[- ]leading|best-in-class"
    r"|(?:the )?world['’]s (?:most|best|fast|thin|leading|first|small|light|larg|big)\w*"
    r"|leading (?:provider|maker|supplier|company)|game[- ]chang\w+|breakthrough|stunning"
    r"|seamless\w*|blazing|lightning[- ]fast|faster than ever|ultra[- ]?\w+|super[- ]?fast|premium"
    r"|iconic|beautiful\w*|thrilled|proud|excited|delighted|eager(?:ly)?|long[- ]awaited"
    r"|highly[- ]anticipated|much[- ]hyped|must-have|pre-?order(?:s|ed|ing)?|(?:pre-?)?registration"
    r"|signs? up|hits? (?:stores|shelves)|biggest ever|growing .{0,20}portfolio|\w+\.com)\b",
    re.IGNORECASE,
)
"""What makers and sellers say of their things."""
_CLOCK: Final = re.compile(
    r"\b\d{1,2}(?:[:.]\d\d)?\s?(?:[ap]\.?m\b|hours\b)"
    r"|\b(?:\d{1,2}[:.]\d\d|\d{4}\s?(?:GMT|UTC|BST|local))\b",
    re.IGNORECASE,
)
_SUSPECT: Final = re.compile(r"\b(?:suspect(?:s|ed)?|accused|verdächtig\w*)\b", re.IGNORECASE)
_WHO_SAID: Final = re.compile(
    r"[,”\"] (?:the|an?) (?:[a-z]+ ){0,2}(?:official|spokes\w+|source|statement|report|officer"
    r"|minister|agency|ministry|department|company|firm|paper) (?:said|says|added|told|reported)\b"
    r"|\b(?:said|added) the (?:[a-z]+ )?(?:official|spokes\w+|source|statement|report|officer)\b"
)
"""Somebody who speaks and is known only from the sentences before: ", the official said"."""
_MANY: Final = re.compile(
    r"\b(?:hundreds of thousands|tens of thousands|thousands|millions?)\s(?:of\s)?(?:\w+\s){0,2}"
    r"(?:users?|people|customers?|computers?|PCs?|machines?|web\s?(?:sites?|pages?)|sites)\b"
    r"|\b\d+(?:\.\d+)?m\s(?:\w+\s){0,2}(?:users?|people|computers?)\b"
    r"|\bup to \d+\s?(?:%|per\s?cent)",
    re.IGNORECASE,
)
"""Large numbers of people and things, which somebody has estimated."""
_VAGUE: Final = re.compile(r"\b(?:huge|vast|enormous|countless|untold) numbers?\b", re.IGNORECASE)
_KINDS: Final = (
    "maker|manufacturer|company|business|start-?up|firm|giant|group|agency|ministry|union|party|ship|warship|frigate|navy"
    "|network|operator|provider|phone|smartphone|handset|device|laptop|notebook|computer|tablet"
    "|browser|software|program|system|chip|processor|conference|service|rebel|movement|bank|fund"
    "|court|office|bulletin|update|cable|vessel|law|act|rule|force|team|channel|broadcaster"
)
"""What things are, in one word beside their names."""


def unexplained_terms(post: Sequence[str], language: str | None) -> list[str]:
    """The abbreviations, numbers of products and technical terms in the parts of a post that none
    of them explains."""
    whole = " ".join(post)
    letters = [m for m in _LETTERS.finditer(whole) if not _is_known(m, whole, language)]
    terms = [*letters, *_TECHNICAL.finditer(whole)]
    names = list(dict.fromkeys(match[0] for match in terms))
    return [name for name in names if not _is_explained(name, whole)]


def praises(text: str) -> bool:
    """Whether a text has a maker's or seller's words for a thing."""
    return _PRAISE.search(text) is not None


def lacks_day(text: str) -> bool:
    """Whether a sentence says at what time of day something was and not on which day."""
    if _CLOCK.search(text) is None:
        return False
    rest = _CLOCK.sub(" ", text)  # an hour such as 2045 is no year
    return not moments(rest) and not relative_days(rest)


def has_unnamed_speaker(text: str) -> bool:
    """Whether a sentence gives the words of somebody whom only the sentences before it name."""
    return _WHO_SAID.search(text) is not None


def tells_many(text: str) -> bool:
    """Whether a text tells of thousands or millions, or of a share."""
    return _MANY.search(text) is not None


def counts_many(text: str, *, several: bool) -> bool:
    """Whether a sentence tells of thousands or millions, or of a share, and not who says so, unless
    ``several`` articles tell of as many; or of "huge numbers"."""
    estimates = _VAGUE.search(text) is not None or (tells_many(text) and not several)
    return estimates and not is_attributed(text)


def names_suspect(text: str, language: str | None) -> bool:
    """Whether a sentence of an arrest, a charge or a trial gives the full name of somebody who is
    not widely known."""
    if "justice" not in states(text) and not _SUSPECT.search(text):
        return False
    return any(
        len(found.text.split()) > 1
        and found.score >= A_PERSON
        and title_key(found.text) not in get_article_titles()
        for found in find_people(text, language)
    )


def _is_known(found: re.Match[str], text: str, language: str | None) -> bool:
    """Whether readers know letters: a country's, an agency's, a time zone's, much-used ones."""
    name = found[0]
    return (
        get_zipf(name.casefold(), language or "en") >= KNOWN_LETTERS
        or is_agency(name)
        or (name in _SHIPS and re.match(r"\s[A-ZÀ-Þ]", text[found.end() :]) is not None)
        or fold(name) in get_place_names()
        or _ZONE.search(text[: found.start()]) is not None
    )


def _is_explained(name: str, text: str) -> bool:
    """Whether a text says what a term means: behind it, in brackets behind its words, by a common
    noun beside it, or by words that begin with its letters."""
    plain = re.escape(name)
    if re.search(rf"\(\s?[“‘\"']?{plain}[”’\"']?\s?\)", text):
        return True
    if re.search(rf"\b{plain}\b{_REST_OF_NAME}{_EXPLAINS}", text):
        return True
    if name.isupper() and name.isalpha():
        spelt_out = r"\b" + r"[\w’'-]*\s(?:of\s|and\s|for\s|the\s)*".join(name)
        if re.search(spelt_out, text):
            return True
    kind = rf"(?:{_KINDS})s?"
    before = rf"\b{kind},?\s(?:the\s)?(?:[A-Z][\w’-]+\s)*{plain}"
    return re.search(rf"{before}|\b{plain}\s(?:[\w-]+\s)?{kind}\b", text) is not None
