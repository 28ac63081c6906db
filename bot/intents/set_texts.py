"""What a prompt says of each picture of a set, by the words that it counts or places them with.

"Left: … Right: …", "one with a tent, one with a canoe, …", "one shows …, the other …", "Erstes
Bild: … Zweites Bild: …": each such word begins a clause and the next one of its row comes behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_BEFORE: Final = (
    r"(?:^|(?<=[.!?;:,–—(] )|(?<=[.!?;:,–—(])"
    r"|(?<=\band )|(?<=\bund )|(?<=\bwhile )|(?<=\bwährend ))"
)
"""Where a clause begins."""
_TOWARDS: Final = (
    r"(?:(?:on|in|at|to|im|am|auf) )?(?:(?:the|der|die|das|dem|den) )?(?:far |ganz |oben |unten )?"
)
_KIND: Final = (
    r"(?: (?:hand )?(?:one|picture|image|panel|version|variant|design|badge|poster|plate|drawing|"
    r"side|bild|motiv|entwurf|variante|seite|fassung|zeichnung))?"
)
_LEFT: Final = r"(?:left(?:-hand)?|links|linke[nrsm]?)"
_MIDDLE: Final = r"(?:middle|cent(?:re|er)|mitte|mittig|mittlere[nrsm]?)"
_RIGHT: Final = r"(?:right(?:-hand)?|rechts|rechte[nrsm]?)"
_ORDINALS: Final = (
    r"(?:first|erste[nrsm]?)",
    r"(?:second|zweite[nrsm]?)",
    r"(?:third|dritte[nrsm]?)",
    r"(?:fourth|vierte[nrsm]?)",
)
_ONE: Final = r"(?:one|eine[rsnm]?|eins|einmal|once|mal)"
_NEXT: Final = (
    rf"(?:another|a (?:second|third|fourth)|eine (?:weitere|andere|zweite|dritte)|{_ONE})"
)
_OTHER: Final = (
    r"(?:(?:in |on |im |auf )?(?:the|die|das|der|dem|den) "
    r"(?:other|last|andere[nrsm]?|letzte[nrsm]?))"
)
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")
_OF_ALL: Final = re.compile(r"[,;] (?=(?:all|both|each|alle|beide|jeweils)\b)", re.IGNORECASE)
"""Begins what is said of every picture behind the last one."""


def find_set_texts(text: str, *, pictures: int) -> tuple[str, ...]:
    """What is said of each picture, in their order; empty where the text has no such row of words,
    or more or fewer of them than pictures."""
    for row in _rows(pictures):
        found = _parts(text, row)
        if found:
            return found
    return ()


def _rows(pictures: int) -> Iterator[Sequence[str]]:
    """The rows of words that name as many pictures, each a pattern."""
    if pictures == 2:
        yield (_LEFT, _RIGHT)
    elif pictures == 3:
        yield (_LEFT, _MIDDLE, _RIGHT)
    yield _ORDINALS[:pictures]
    yield (_ONE, *[_NEXT] * (pictures - 2), _OTHER)
    yield (_ONE, *[_NEXT] * (pictures - 1))


def _parts(text: str, row: Sequence[str]) -> tuple[str, ...]:
    marks: list[re.Match[str]] = []
    at = 0
    for word in row:
        pattern = re.compile(rf"{_BEFORE}{_TOWARDS}{word}{_KIND}(?![\w'-])", re.IGNORECASE)
        mark = pattern.search(text, at)
        if mark is None:
            return ()
        marks.append(mark)
        at = mark.end()
    again = re.compile(rf"{_BEFORE}{_TOWARDS}{row[-1]}{_KIND}(?![\w'-])", re.IGNORECASE)
    last = _SENTENCE.split(text[at:], maxsplit=1)[0]
    if again.search(last):
        return ()
    last = _OF_ALL.split(last, maxsplit=1)[0]
    ends = [mark.start() for mark in marks[1:]]
    parts = [text[m.end() : end] for m, end in zip(marks, ends, strict=False)] + [last]
    cleaned = tuple(part.strip(" .,;:–—") for part in parts)
    return cleaned if all(cleaned) else ()
