"""Numbers with their units in a text, and whether two of them agree."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from agent.research.support.lexicon import NumberWords, Unit, fold, get_number_words, get_unit
from agent.research.support.reading import Reading, Word

_CLOSE: Final = 0.005
"""Relative difference of numbers that are the same."""
_CONVERTED: Final = 0.03
"""The same after a conversion, because converted numbers are rounded."""
_APPROXIMATE: Final = 0.06
"""Whether they are equal where one is approximate."""
_WITHIN: Final = 3.0
"""The largest factor that "more than" may stand for."""
_CURRENCIES: Final = frozenset("$€£¥")
_SQUARE: Final = frozenset({"square", "sq", "quadrat", "carres", "carre", "cuadrados", "cuadradas",
                            "quadrados", "quadrati", "vierkante"})  # fmt: skip
_AREA: Final = re.compile(r"^(quadrat)(?=\w{4})")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text.

    ``values`` are what it may be worth in the first unit of its kind: "1.600" may be 1600 or 1.6.
    """

    place: int
    values: tuple[float, ...]
    unit: Unit | None = None
    squared: bool = False
    currency: bool = False
    noun: str = ""
    """The stem of what is counted, where there is no unit."""
    top: tuple[float, ...] = ()
    """The other end of a range, "110 to 140 cm"."""
    rank: bool = False
    """Whether it is an ordinal: the third."""
    written: tuple[float, ...] = ()
    """Its text before it is converted into the first unit of its kind."""
    bound: str = ""
    """``about``, ``more``, ``less`` or nothing."""

    @property
    def kind(self) -> str:
        """Its dimension; empty for a bare number."""
        if self.rank:
            return "rank"
        if self.currency:
            return "money"
        if self.unit is None:
            return ""
        return f"square {self.unit.kind}" if self.squared else self.unit.kind

    def is_comparable(self, other: Quantity) -> bool:
        """Whether both may measure the same thing."""
        if self.kind != other.kind:
            return False
        return bool(self.kind and not self.rank) or self.noun == other.noun

    def agrees(self, other: Quantity) -> bool:
        """Whether a claim's quantity (this one) is what a passage's says."""
        if self.kind != other.kind and (self.kind and other.kind):
            return False
        if any(self._is(mine, theirs, other) for mine in self.values for theirs in other.values):
            return True
        if (self.unit is None) != (other.unit is None) and not (self.rank or other.rank):
            # "10-24 year old" and "aged 10-24"
            mine_written, theirs_written = (
                self.written or self.values,
                other.written or other.values,
            )
            if set(mine_written) & set(theirs_written):
                return True
        ends = [(low, high) for low in other.values for high in other.top if low < high <= 20 * low]
        return any(low <= mine <= high for mine in self.values for low, high in ends)

    def _is(self, mine: float, theirs: float, other: Quantity) -> bool:
        tolerance = _CLOSE
        if self.unit != other.unit:
            tolerance = _CONVERTED
        if "about" in (self.bound, other.bound):
            tolerance = _APPROXIMATE
        if abs(mine - theirs) <= tolerance * max(abs(mine), abs(theirs)):
            return True
        if self.bound == "more":
            return mine < theirs <= _WITHIN * mine
        if self.bound == "less":
            return theirs < mine <= _WITHIN * theirs
        # "30 metres" for 29.6 metres, and no more exact than it is written.
        return self.unit == other.unit and mine >= 10 and mine == round(mine) == round(theirs)


def get_quantities(reading: Reading) -> list[Quantity]:
    """The numbers of a text that are no years or days, in their order."""
    words, known = reading.words, get_number_words()
    found: list[Quantity] = []
    position = 0
    while position < len(words):
        values, used = _number(words, position, known, reading.code)
        rank = known.ordinals.get(reading.code, {}).get(words[position].plain)
        if rank is not None:
            noun = next((w.stem for w in words[position + 1 : position + 4] if w.content), "")
            found.append(Quantity(position, (float(rank),), noun=noun, rank=True))
        elif values:
            found.append(_measured(reading, position, used, values, known))
        position += max(used, 1)
    return _with_ranges(found, words)


_RANGE: Final = frozenset({"to", "and", "or", "bis", "und", "a", "et", "y", "e", "do", "tot", "до"})


def _with_ranges(found: list[Quantity], words: tuple[Word, ...]) -> list[Quantity]:
    """The quantities with both ends of a range as one: its unit stands behind the second."""
    joined: list[Quantity] = []
    for one, other in zip_longest(found, found[1:]):
        if other is None or one.unit is not None or other.unit is None or one.rank:
            joined.append(one)
            continue
        between = words[one.place + 1 : other.place]
        tied = len(between) == 1 and between[0].plain in _RANGE
        if not tied and not (not between and words[other.place].joined):
            joined.append(one)
            continue
        low = tuple(_in_first_unit(v, other.unit, squared=other.squared) for v in one.values)
        joined.append(replace(other, place=one.place, values=low, top=other.values))
    return joined


def get_span(reading: Reading, quantity: Quantity) -> tuple[int, int]:
    """Where a number and its unit stand in their text, in characters."""
    last = reading.words[quantity.place]
    first = last.start
    if quantity.unit is not None:
        for word in reading.words[quantity.place + 1 : quantity.place + 3]:
            plain = _AREA.sub("", word.plain).rstrip("²2³3")
            if plain not in _SQUARE and get_unit(plain) is None:
                break
            last = word
    return first, last.start + len(last.text)


def parse_number(text: str) -> tuple[float, ...]:
    """The possible values of a number in figures: "1.600" is 1600 or 1.6."""
    plain = re.sub(r"[ \u00a0\u202f’']", "", text)
    marks = re.findall(r"[.,]", plain)
    if not marks:
        return (float(plain),)
    whole = float(re.sub(r"[.,]", "", plain))
    decimal = marks[-1]
    if len(set(marks)) == 2 and marks.count(decimal) == 1:
        other = "," if decimal == "." else "."
        return (float(plain.replace(other, "").replace(decimal, ".")),)
    if len(marks) > 1:
        return (whole,)  # or a list of figures, such as "1,2.3.4", which is no number
    head, _mark, tail = re.split(r"([.,])", plain)
    fraction = float(f"{head}.{tail}")
    return (whole, fraction) if len(tail) == 3 and head != "0" and len(head) <= 3 else (fraction,)


def _number(
    words: tuple[Word, ...], position: int, known: NumberWords, code: str
) -> tuple[tuple[float, ...], int]:
    """The number that begins at a word, and how many words it takes; nothing where none does."""
    word = words[position]
    spoken = known.numbers.get(code, {})
    if word.kind == "number":
        values, used = parse_number(word.text), 1
    elif word.plain in spoken and word.plain not in ("ein", "un", "una", "um", "een", "uno", "sei"):
        value, used = float(spoken[word.plain]), 1
        after = words[position + 1] if position + 1 < len(words) else None
        if value >= 20 and after and after.plain in spoken and spoken[after.plain] < 10:
            value, used = value + spoken[after.plain], 2
        values = (value,)
    elif word.plain in _HALVES and _is_measured(words, position):
        return (0.5,), 2 if words[position + 1].plain in ("a", "an") else 1
    else:
        value_ = _compound(word.plain, spoken)
        if value_ is not None:
            values, used = (value_,), 1
        elif word.plain in ("hundred", "thousand", "dozen", "million") and position > 0:
            values, used = (1.0,), 0
        else:
            return (), 1
    if code == "en":
        values, used = _with_fraction(words, position, values, used)
    while position + used < len(words) and words[position + used].plain in known.factors:
        factor = known.factors[words[position + used].plain]
        values = tuple(value * factor for value in values)
        used += 1
    return values, max(used, 1)


_DENOMINATORS: Final = {
    name + ending: number
    for number, name in enumerate(
        ["half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"], 2
    )
    for ending in ("", "s")
}


def _with_fraction(
    words: tuple[Word, ...], position: int, values: tuple[float, ...], used: int
) -> tuple[tuple[float, ...], int]:
    """The number with what English adds to it: "one seventh", "two and a half"."""
    after = [word.plain for word in words[position + used : position + used + 3]]
    if after[:1] and after[0] in _DENOMINATORS and all(v < 20 for v in values):
        return tuple(value / _DENOMINATORS[after[0]] for value in values), used + 1
    if after == ["and", "a", "half"]:
        return tuple(value + 0.5 for value in values), used + 3
    return values, used


_HALVES: Final = frozenset(
    {
        "half",
        "halber",
        "halben",
        "halbe",
        "demi",
        "medio",
        "media",
        "mezzo",
        "mezza",
        "meio",
        "meia",
    }
)


def _is_measured(words: tuple[Word, ...], position: int) -> bool:
    """Whether a half is one of a unit: "half a mile"."""
    after = [
        word.plain for word in words[position + 1 : position + 3] if word.plain not in ("a", "an")
    ]
    return bool(after) and get_unit(after[0]) is not None


def _compound(plain: str, spoken: dict[str, int]) -> float | None:
    """German "sechsundzwanzig"."""
    unit, und, ten = plain.partition("und")
    if und and ten in spoken and unit in spoken and spoken[ten] >= 20 and spoken[unit] < 10:
        return float(spoken[ten] + spoken[unit])
    return None


def _measured(
    reading: Reading, position: int, used: int, values: tuple[float, ...], known: NumberWords
) -> Quantity:
    words = reading.words
    after = words[position + used : position + used + 5]
    bound = _bound(words, position, known)
    before = words[position - 1] if position else None
    money = bool(before and before.text in _CURRENCIES) or bool(
        after and after[0].text in _CURRENCIES
    )
    unit, squared = _unit(reading, after)
    if unit is not None:
        behind = [word.plain for word in after[1:4]]
        if behind == ["and", "a", "half"]:  # "thirteen knots and a half"
            values = tuple(value + 0.5 for value in values)
        written = values
        values = tuple(_in_first_unit(value, unit, squared=squared) for value in values)
        return Quantity(position, values, unit, squared, bound=bound, written=written)
    noun = next((w.stem for w in after[:3] if w.content and w.kind == "word"), "")
    rank = bool(after) and not after[0].content and after[0].plain in ("st", "nd", "rd", "th")
    return Quantity(position, values, currency=money, noun=noun, rank=rank, bound=bound)


def _unit(reading: Reading, after: tuple[Word, ...]) -> tuple[Unit | None, bool]:
    if not after:
        return None, False
    first, squared = after[0], False
    if first.kind == "dense":
        return _dense_unit(reading.text[first.start :]), False
    if first.text == "°":
        scale = after[1] if len(after) > 1 else None
        return (get_unit(scale.plain) if scale and scale.plain in ("c", "f", "k") else None), False
    if first.plain in _SQUARE and len(after) > 1:
        first, squared = after[1], True
    elif len(after) > 1 and (after[1].plain in _SQUARE or after[1].text == "2"):
        squared = True
    plain = _AREA.sub("", first.plain)
    squared = squared or plain != first.plain or first.text.endswith("²")
    if plain in ("c", "f", "k", "in", "st", "t", "l", "h", "g") and first.joined is False:
        near = reading.text[first.start - 1 : first.start] in (" ", "\u00a0", "\u202f")
        if not near or plain in ("in", "c", "f", "k"):
            return None, False
    return get_unit(plain.rstrip("²2³3")), squared


def _dense_unit(text: str) -> Unit | None:
    """The unit that a Chinese or Japanese text begins with."""
    return next((u for n in range(6, 0, -1) if (u := get_unit(fold(text[:n])))), None)


def _in_first_unit(value: float, unit: Unit, *, squared: bool) -> float:
    if unit.name == "fahrenheit":
        return (value - 32) / 1.8
    if unit.name == "kelvin":
        return value - 273.15
    return value * unit.size ** (2 if squared else 1)


def _bound(words: tuple[Word, ...], position: int, known: NumberWords) -> str:
    for word in reversed(words[max(0, position - 3) : position]):
        if word.kind == "number":
            break
        if word.plain in known.approximately:
            return "about"
        if word.plain in known.more:
            return "more"
        if word.plain in known.less:
            return "less"
    return ""
