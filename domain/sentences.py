"""Where sentences begin and end, in scripts with and without blanks."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof st jr sr no nr vs etc eg ie e.g i.e c ca approx fig vol pp ed est inc ltd co
    u.s u.k d.c mt ft gen col lt sgt capt hon rev jan feb mar apr jun jul aug sep sept oct nov dec
    z.b d.h bzw usw
    """.split()  # noqa: SIM905
)
# Possessive, and only from the first mark on: a run of marks is looked at once, however long it is.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+(?=\s|$)|[。！？]+|\n+")
_WORD_CHARS = 40
"""Before a full stop, enough to see an abbreviation."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, or the beginning of a long one; ``text`` stands at ``start`` in its source."""

    start: int
    text: str


def sentences(text: str, *, most: int | None = None) -> list[Passage]:
    """The sentences of a text in order, without the blanks around them; at most the first ``most``
    where that is given."""
    found: list[Passage] = []
    begin = 0
    for match in _END.finditer(text):
        if most is not None and len(found) >= most:
            return found
        if match[0].startswith(".") and _abbreviated(
            text[max(begin, match.start() - _WORD_CHARS) : match.start()]
        ):
            continue
        _add(found, text, begin, match.end())
        begin = match.end()
    _add(found, text, begin, len(text))
    return found


def _abbreviated(before: str) -> bool:
    words = before.rsplit(None, 1)
    word = words[-1] if words else ""
    plain = word.lstrip("(\"'“").casefold()
    return plain in _ABBREVIATIONS or (len(plain) == 1 and plain.isalpha())


def _add(found: list[Passage], text: str, begin: int, end: int) -> None:
    sentence = text[begin:end].strip()
    if sentence:
        start = begin + len(text[begin:end]) - len(text[begin:end].lstrip())
        found.append(Passage(start, sentence))
