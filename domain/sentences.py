"""Sentence boundaries, in scripts with and without blanks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof st jr sr no nr vs etc eg ie e.g i.e c ca approx fig vol pp ed est inc ltd co
    corp cos bros dept assn ave blvd rd ste messrs mt ft
    gen col lt sgt capt cpl maj brig cmdr adm det insp supt hon rev sen rep gov pres atty dist
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun
    u.s u.k u.n d.c a.m p.m ph.d
    ala ariz ark calif colo conn del fla ga ill ind kan ky md mich minn mo mont neb nev okla ore
    pa penn tenn tex va vt wash wis wyo ont que
    z.b d.h u.a bzw usw vgl evtl ggf inkl mio mrd str abs tel jh
    mme mlle mgr av env m.m
    sra srta dña ee uu aa av dott ing sig sig.ra avv
    """.split()  # noqa: SIM905
)
"""Folded. Words that a sentence often ends with are left out, such as "miss", "la" and "art"."""
_GERMAN_ORDINALS = re.compile(
    r"\s+(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November"
    r"|Dezember|Jahrhunderts?|Weltkriegs?|Geburtstags?|Spieltags?|Platz|Runde|Klasse|Stock|Etage)\b"
)
_OPENERS = re.compile(
    r"[\"'”’)\]]*\s+[\"'“‘(\[]*(?:The|This|That|These|Those|There|It|Its|He|She|His|Her|They|Their|We"
    r"|But|And|In|On|At|By|For|From|After|Before|When|While|If|As|An?|Der|Die|Das|Ein|Eine|Er|Sie|Es"
    r"|Im|Am|Le|La|Les|Il|Elle|Un|Une|El|Los|Las)\s"
)
"""Characters that begin a new sentence even after an abbreviation."""
_SMALL = re.compile(r"[^\S\n]+[^\W\d_]\w*")
# Possessive, and only from the first mark on: a run of marks is looked at once, however long it is.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+(?=\s|$)|[。！？]+|\n+")
_BLANK_BEHIND = re.compile(r"(?<=[。！？」』]) ")
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
        if match[0] == "." and _goes_on(text, begin, match.start(), match.end()):
            continue
        _add(found, text, begin, match.end())
        begin = match.end()
    _add(found, text, begin, len(text))
    return found


def joined(texts: Iterable[str]) -> str:
    """Sentences that follow each other as one text; scripts without blanks get none between."""
    return _BLANK_BEHIND.sub("", " ".join(texts))


def _goes_on(text: str, begin: int, stop: int, end: int) -> bool:
    """Whether a single full stop at ``stop`` ends no sentence that began at ``begin``: it belongs
    to an abbreviation or a number, or a small letter follows."""
    before = text[max(begin, stop - _WORD_CHARS) : stop].rsplit(None, 1)
    word = before[-1].lstrip("(\"'“‘„«[").casefold() if before else ""
    after = text[end : end + _WORD_CHARS]
    next_word = _SMALL.match(after)
    if next_word is not None and next_word[0].strip().islower():
        return True
    if word.isdigit():
        return after.lstrip()[:1].isdigit() or (
            len(word) < 3 and bool(_GERMAN_ORDINALS.match(after))
        )
    short = word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha())
    return short and not _OPENERS.match(after)


def _add(found: list[Passage], text: str, begin: int, end: int) -> None:
    sentence = text[begin:end].strip()
    if sentence:
        start = begin + len(text[begin:end]) - len(text[begin:end].lstrip())
        found.append(Passage(start, sentence))
