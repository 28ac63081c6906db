"""Replies in a job's thread, read as wishes: "make it night", "use the second photo", "again"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_CHARS = 1000


class Intent(StrEnum):
    """What a reply asks for."""

    EDIT = "edit"
    AGAIN = "again"
    VARY = "vary"
    SOURCES = "sources"
    RERESEARCH = "reresearch"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A wish about the newest picture of a thread; ``references`` are numbers of references that
    it names, from 1."""

    wish: Intent
    instruction: str = ""
    references: tuple[int, ...] = ()


_ASIDE = re.compile(r"^\s*(?://|\(|>|#|<@|<#|/|!)")
"""How people begin what is not meant for the bot: a comment, a quote, a mention, a command."""
_CHAT = re.compile(
    r"^(?:ok(?:ay)?|thanks?|thank you|thx|danke|super|toll|nice|great|cool|wow|lol|haha|yes|no|ja|"
    r"nein|perfect|perfekt|love it|schön|good|gut|👍|❤️|\+1|[\W\d_]+)[\s.!?…]*$",
    re.IGNORECASE,
)
_COMMANDS = (
    (Intent.AGAIN, r"again|once more|re-?render|noch ?(?:ein)?mal"),
    (Intent.VARY, r"vary|variations?|another one|other versions?|variieren|varianten?|eine andere"),
    (Intent.SOURCES, r"sources?\??|where is (?:this|that) from\??|quellen?\??|woher.{0,20}\??"),
    (Intent.RERESEARCH, r"(?:re-?|new )(?:re)?search|search again|neu recherchieren"),
)
_NUMBERS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "erste": 1,
    "zweite": 2,
    "dritte": 3,
    "vierte": 4,
    "fünfte": 5,
}
_REFERENCE = re.compile(
    rf"\b(?:({'|'.join(_NUMBERS)})[nrsm]?|([1-5])(?:st|nd|rd|th|\.)?)\s+"
    r"(?:photo|picture|image|reference|foto|bild|vorlage)"
    r"|\b(?:photo|picture|image|reference|foto|bild|vorlage)\s+(?:number\s+|nr\.?\s*)?#?([1-5])\b",
    re.IGNORECASE,
)


def read_follow_up(text: str) -> FollowUp | None:
    """What a reply wishes; None for what is only talk among people."""
    text = " ".join(text.split())[:MAX_CHARS]
    if not text or _ASIDE.match(text) or _CHAT.match(text):
        return None
    bare = text.rstrip(".!… ").removeprefix("please ").removesuffix(" please")
    for wish, pattern in _COMMANDS:
        if re.fullmatch(pattern, bare, re.IGNORECASE):
            return FollowUp(wish)
    if len(text) < 3 or not re.search(r"[^\W\d_]{2}", text):
        return None
    numbers = [_number(match) for match in _REFERENCE.finditer(text)]
    return FollowUp(Intent.EDIT, text, tuple(dict.fromkeys(numbers)))


def _number(match: re.Match[str]) -> int:
    word = match[1]
    return _NUMBERS[word.lower()] if word else int(match[2] or match[3])
