"""Checks for conflicts between a claim and a passage: values, numbers, dates, names, negations,
opposites. Each check gives the problems that it finds, surest first.

A problem *contradicts* (the passage gives something else in that place), is *replaced* (the passage
has another word there, which may or may not say the same) or is *missing* (no passage says it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from agent.research.support.alignment import Alignment
from agent.research.support.dates import Moment, is_same_time
from agent.research.support.lexicon import (
    get_classes,
    get_values,
    is_verb_form,
)
from agent.research.support.pages import Page
from agent.research.support.quantities import Quantity
from agent.research.support.reading import Reading, Word
from agent.research.support.slots import get_free_words, get_slot, get_tight_slot
from agent.research.support.table import single_letters

CONTRADICTS: Final = "contradicts"
REPLACED: Final = "replaced"
MISSING: Final = "missing"
FIRST_PERSON: Final = frozenset(
    ["i", "my", "me", "we", "our", "us", "ich", "mein", "meine", "wir", "unser", "je", "mon", "ma",
     "nous", "yo", "mi", "nosotros", "io", "mio", "eu", "meu", "ik", "mijn"]
)  # fmt: skip
"""First-person words of a narrator."""
NAME: Final = "name"
"""The kind of a problem with a name."""
SOFT: Final = "replaced"
"""The kind of a problem with a word that may well mean the same as the passage's."""
_NAMED_SLOT: Final = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """The conflict of a claim with the passage: ``kind`` names the check, ``place`` is of the word
    in the claim."""

    verdict: str
    kind: str
    place: int
    detail: str = ""
    """Values that stay the same wherever the claim repeats them, such as a year."""


def check_quantities(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """Numbers and measures that the passage does not give."""
    mine, theirs = alignment.claim.quantities, alignment.passage.quantities
    for quantity in mine:
        if any(quantity.agrees(other) for other in theirs):
            continue
        slot = {word.place for word in get_slot(alignment, quantity.place)}
        rivals = [
            q for q in theirs if _rivals(quantity, q, alignment) or _in_slot(quantity, q, slot)
        ]
        rivals = [q for q in rivals if not any(c.agrees(q) for c in mine)]
        elsewhere = any(quantity.agrees(q) for facts in alignment.window for q in facts.quantities)
        elsewhere = elsewhere or _on_page(quantity, alignment, page)
        if any(q.place in slot or not elsewhere for q in rivals):
            yield Problem(CONTRADICTS, "quantity", quantity.place)
        elif not elsewhere and not _small(quantity):
            yield Problem(MISSING, "quantity", quantity.place)


def _rivals(mine: Quantity, other: Quantity, alignment: Alignment) -> bool:
    if mine.kind and mine.is_comparable(other):
        return True
    return bool(mine.noun) and mine.is_comparable(other)


def _in_slot(mine: Quantity, other: Quantity, slot: set[int]) -> bool:
    return mine.kind == other.kind and other.place in slot


def _small(quantity: Quantity) -> bool:
    """Whether it counts so few that a text may list them instead."""
    return not quantity.kind and all(value <= 4 for value in quantity.values)


def _on_page(quantity: Quantity, alignment: Alignment, page: Page) -> bool:
    """Whether another passage that shares words with the claim gives the number."""
    text = alignment.claim.reading.words[quantity.place].text
    for number in page.places.get(text, ()):
        if any(quantity.agrees(q) for q in page.get_facts(number).quantities):
            return True
    return False


def check_moments(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """Years, months, days, decades and centuries that the passage does not give."""
    for moment in alignment.claim.moments:
        own, around = alignment.passage.moments, [m for f in alignment.window for m in f.moments]
        if _given(moment, own, alignment):
            continue
        elsewhere = _given(moment, around, alignment) or _dated_on_page(moment, page, alignment)
        rivals = [m for m in own if m.field == moment.field]
        rivals = [m for m in rivals if not _given(m, alignment.claim.moments, alignment)]
        slot = {word.place for word in get_slot(alignment, moment.place)}
        told_later = moment.field == "clock" and elsewhere
        if any(m.place in slot for m in rivals) and not told_later:
            yield Problem(CONTRADICTS, "date", moment.place)
        elif rivals and not elsewhere and not _is_relative_date(alignment):
            yield Problem(REPLACED, "date", moment.place)
        elif not elsewhere:
            yield Problem(MISSING, "date", moment.place, f"{moment.field} {moment.value}")


_NOW: Final = re.compile(
    r"\b(?:(?:this|last|next|past|same|following|previous) (?:year|month|week|season|summer|winter|"
    r"spring|autumn|fall)|today|yesterday|tomorrow|tonight|heute|gestern|dieses Jahr|letztes Jahr|"
    r"aujourd'hui|hier|cette année|hoy|ayer|este año|oggi|ieri|quest'anno|hoje|ontem|este ano)\b",
    re.IGNORECASE,
)
"""Dates relative to the day of writing, which may be any."""


def _is_relative_date(alignment: Alignment) -> bool:
    return _NOW.search(alignment.passage.reading.text) is not None


def _given(moment: Moment, others: Sequence[Moment], alignment: Alignment) -> bool:
    years = sorted(m.value for m in others if m.field == "year")
    if any((m.field, m.value) == (moment.field, moment.value) for m in others):
        return True
    if moment.field == "clock":
        return any(m.field == "clock" and is_same_time(m.value, moment.value) for m in others)
    if moment.field == "year":
        # Within a range of years, such as "from 1321 to 1323".
        return any(a < moment.value < b <= a + 30 for a, b in pairwise(years))
    if moment.field == "decade":
        if any(moment.value <= year < moment.value + 10 for year in years):
            return True
        # Within a longer time, such as "from 1957 to 1975".
        ends = [(a, b) for a, b in pairwise(years) if b <= a + 60]
        return any(a < moment.value and moment.value + 9 < b for a, b in ends)
    if moment.field == "century":
        return any((abs(year) - 1) // 100 + 1 == moment.value for year in years)
    if moment.field == "month":
        return any(m.field == "day" and m.value // 100 == moment.value for m in others)
    return False


def _dated_on_page(moment: Moment, page: Page, alignment: Alignment) -> bool:
    word = alignment.claim.reading.words[moment.place]
    numbers = page.places.get(word.stem, ())
    return any(_given(moment, page.get_facts(n).moments, alignment) for n in numbers)


def check_values(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """Colours, materials, sides, shapes and the like that the passage does not give."""
    theirs = _values_of(alignment.passage.reading, names=True)
    around = [v for facts in alignment.window for v in _values_of(facts.reading, names=True)]
    mine = _values_of(alignment.claim.reading)
    for value in mine:
        if any(value.agrees(other) for other in theirs):
            continue
        nearby = any(value.agrees(other) for other in around)
        slot = {w.place for w in get_slot(alignment, value.word.place)}
        rivals = [v for v in theirs if v.name == value.name and not any(m.agrees(v) for m in mine)]
        rivals = [v for v in rivals if v.word.place in slot or not v.word.name]
        if any(v.word.place in slot for v in rivals) or (
            rivals and not nearby and _bearer_is_held(alignment, value.word)
        ):
            yield Problem(CONTRADICTS, value.name, value.word.place)
            continue
        if rivals and not nearby:
            yield Problem(REPLACED, value.name, value.word.place)
            continue
        must = get_classes()[value.name].must
        if must and not nearby and value.word.place not in alignment.far:
            yield Problem(MISSING, value.name, value.word.place)


@dataclass(frozen=True, slots=True)
class _Value:
    """A word that gives a value; a few give one of two, as "vermilion" is red or orange."""

    name: str
    values: frozenset[str]
    word: Word

    def agrees(self, other: _Value) -> bool:
        kind = get_classes()[self.name]
        return self.name == other.name and any(
            kind.are_kin(mine, theirs) for mine in self.values for theirs in other.values
        )


def _values_of(reading: Reading, *, names: bool = False) -> list[_Value]:
    """The words of a text that give values; those of names only with ``names``."""
    found: list[_Value] = []
    for word in reading.words:
        if not word.content or word.kind == "number":
            continue
        if word.name and reading.code != "de" and not names:
            continue
        if word.plain == "left" and _is_verb(word, reading):
            continue
        values = get_values(word.plain)
        found += [
            _Value(name, frozenset(v for n, v in values if n == name), word)
            for name in sorted({name for name, _value in values})
        ]
    return found


_SUBJECTS: Final = frozenset(
    [
        "i",
        "you",
        "he",
        "she",
        "it",
        "we",
        "they",
        "who",
        "which",
        "had",
        "has",
        "have",
        "having",
        "and",
    ]
)


def _is_verb(word: Word, reading: Reading) -> bool:
    """Whether "left" means that a person went away, and no side."""
    before = reading.words[word.place - 1] if word.place else None
    return before is not None and (before.name or before.plain in _SUBJECTS)


def _bearer_is_held(alignment: Alignment, word: Word) -> bool:
    """Whether the passage mentions the thing that the claim gives a value to: the sky, for a pink
    sky."""
    claim = alignment.claim.reading
    after = [w for w in claim.words[word.place + 1 :] if w.content][:2]
    before = [w for w in claim.words[: word.place] if w.content][-2:]
    near = [w for w in after if not get_values(w.plain) and w.clause == word.clause]
    bearer = (
        near[0] if near else next((w for w in reversed(before) if not get_values(w.plain)), None)
    )
    return bearer is not None and bearer.place in alignment.pairs


def check_names(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """Names that the page does not hold, and names that stand where the passage has another."""
    claim = alignment.claim.reading
    narrated = any(w.plain in FIRST_PERSON for w in alignment.passage.reading.words)
    groups = {word.group for word in claim.words if word.name}
    for group in sorted(groups):
        words = [w for w in claim.words if w.group == group]
        strange = [w for w in words if not alignment.holds(w.place) and not _initials(w, page)]
        if len(strange) == len(words) and _is_abbreviated(words, page):
            continue
        if not strange:
            absent = [w for w in words if w.place not in alignment.pairs]
            titled = [w for w in absent if w.place > words[0].place]
            if any(_other_part(alignment, words[: w.place - words[0].place], w) for w in titled):
                yield Problem(CONTRADICTS, NAME, absent[0].place)
            else:
                yield from _displaced(alignment, words)
        elif narrated and len(strange) == len(words) and _opens_claim(claim, words[0]):
            continue  # a first-person narrator seldom gives their own name
        elif len(strange) == len(words):
            tight = get_tight_slot(alignment, words[0].place)
            tight += get_tight_slot(alignment, words[-1].place)
            slot = get_slot(alignment, words[0].place) + get_slot(alignment, words[-1].place)
            verdict = REPLACED if any(w.name for w in slot) else MISSING
            if any(w.name for w in tight):
                verdict = CONTRADICTS
            yield Problem(verdict, NAME, strange[0].place)
        elif any(
            _other_part(alignment, words, w) and not _is_short_form(w, alignment) for w in strange
        ):
            yield Problem(CONTRADICTS, NAME, strange[0].place)


_SHORT_FORM: Final = 3
"""Letters of a first name in its short form, and those that it lacks at least."""


def _is_short_form(word: Word, alignment: Alignment) -> bool:
    """Whether the passage has a name in full that the claim shortens, or the other way round:
    "Chris" for "Christopher"."""
    for other in alignment.passage.reading.words:
        if other.name and other.place not in alignment.taken:
            short, long = sorted((word.plain, other.plain), key=len)
            if len(long) - _SHORT_FORM >= len(short) >= _SHORT_FORM and long.startswith(short):
                return True
    return False


def _opens_claim(claim: Reading, word: Word) -> bool:
    """Whether nothing of weight stands before a word of the claim."""
    return not any(w.content for w in claim.words[: word.place])


_LONG_NAME: Final = 6


def _initials(word: Word, page: Page) -> bool:
    """Whether capital letters stand for a name on the page, as UNESCO does, or the page writes it
    with a letter doubled or not: "Paterson", "Patterson"."""
    if len(word.plain) >= _LONG_NAME and single_letters(word.plain) in page.single_lettered:
        return True
    return word.text.isupper() and len(word.text) >= 3 and word.text in (page.source.text or "")


def _is_abbreviated(words: Sequence[Word], page: Page) -> bool:
    """Whether the page has a name's first letters in its place: "HP" for "Hewlett-Packard"."""
    letters = "".join(w.text[0] for w in words)
    text = page.source.text or ""
    return len(letters) > 1 and re.search(rf"\b{re.escape(letters)}\b", text) is not None


def _displaced(alignment: Alignment, words: Sequence[Word]) -> Iterator[Problem]:
    """A name of the page, but in the place of another name of the passage."""
    if any(word.place in alignment.pairs for word in words):
        return
    claim = alignment.claim.reading
    if _done_by_another(alignment, words):
        yield Problem(REPLACED, NAME, words[0].place)
        return
    before = next((w for w in reversed(claim.words[: words[0].place]) if w.content), None)
    if before is None or before.place not in alignment.pairs or before.name:
        return
    after = alignment.passage.reading.words[alignment.pairs[before.place] + 1 :]
    free = get_free_words(alignment, after, _NAMED_SLOT)
    if any(word.name for word in free):
        yield Problem(CONTRADICTS, NAME, words[0].place)


def _done_by_another(alignment: Alignment, words: Sequence[Word]) -> bool:
    """Whether another name stands before the verb that the claim has after this one."""
    claim, passage = alignment.claim.reading.words, alignment.passage.reading.words
    after = next((w for w in claim[words[-1].place + 1 :] if w.content), None)
    if after is None or after.place not in alignment.pairs or after.clause != words[-1].clause:
        return False
    if not is_verb_form(after.plain):
        return False
    verb = passage[alignment.pairs[after.place]]
    before = [w for w in passage[max(0, verb.place - 4) : verb.place] if w.clause == verb.clause]
    return any(w.name and w.place not in alignment.taken for w in before)


def _other_part(alignment: Alignment, words: Sequence[Word], strange: Word) -> bool:
    """Whether the passage has the rest of a name with another part in the place of this one."""
    kept = [w for w in words if w.place in alignment.pairs]
    for word in kept:
        place = alignment.pairs[word.place] + (strange.place - word.place)
        if 0 <= place < len(alignment.passage.reading.words):
            other = alignment.passage.reading.words[place]
            near = (
                other.clause == alignment.passage.reading.words[alignment.pairs[word.place]].clause
            )
            if other.name and near and other.place not in alignment.taken:
                return True
    return False


def check_attachment(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """A value that the passage gives to something else: "the left hand" of "holding a knife in the
    right hand, the left hand grasps a cord" holds no knife."""
    passage = alignment.passage.reading
    theirs, mine = _values_of(passage), _values_of(alignment.claim.reading)
    for value in mine:
        word, name = value.word, value.name
        own = {v.word.clause for v in theirs if v.agrees(value)}
        rivals = [v for v in theirs if v.name == name and not any(m.agrees(v) for m in mine)]
        others = {v.word.clause for v in rivals}
        if not own or not others or own & others:
            continue
        partners = [
            passage.words[alignment.pairs[w.place]]
            for w in alignment.claim.reading.content
            if w.place in alignment.pairs
            and abs(w.place - word.place) <= _NAMED_SLOT
            and not w.name
        ]
        stems = [w.stem for w in passage.content]
        unique = [w for w in partners if stems.count(w.stem) == 1 and not get_values(w.plain)]
        if unique and all(w.clause in others for w in unique):
            yield Problem(CONTRADICTS, name, word.place)
