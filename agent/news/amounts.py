"""Amounts of money in a text, so that those of several articles can be compared: "$13.9 billion",
"nearly $14 billion" and "some $13 billion" are one amount, "$12 billion" is another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

NEAR: Final = 0.25
"""By how much of the larger one two amounts for one thing may differ."""
ROUNDED: Final = 0.08
"""By how much of the larger one a rounded amount may differ from the one that is meant."""
_UNITS: Final = {"m": 1e6, "b": 1e9, "t": 1e12}
_UNIT: Final = r"(m(?:illion(?:en)?|n|io)?|b(?:illion|n)|t(?:rillion|n)|Mrd|Milliarden?)\b"
_AMOUNT: Final = re.compile(
    rf"(?P<sign>[$€£¥])\s?(?P<number>\d+(?:[.,]\d+)?)[\s-]?(?P<unit>{_UNIT})"
    rf"|(?P<number_2>\d+(?:[.,]\d+)?)[\s-](?P<unit_2>{_UNIT})\s(?P<sign_2>euros?|dollars?|pounds?|yen)\b",
    re.IGNORECASE,
)
_SIGNS: Final = {"e": "€", "d": "$", "p": "£", "y": "¥"}


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a currency, how exactly it is given (one unit of its last digit), and the words
    for it."""

    value: float
    exact_to: float
    currency: str
    text: str

    def is_same(self, other: Amount) -> bool:
        """Whether one is the other, perhaps rounded, up or down."""
        step = max(self.exact_to, other.exact_to)
        apart = abs(self.value - other.value)
        rounded = round(self.value / step) == round(other.value / step)
        return self.currency == other.currency and (
            rounded or (apart <= step and apart <= ROUNDED * max(self.value, other.value))
        )

    def is_near(self, other: Amount) -> bool:
        """Whether both may be of one thing."""
        larger = max(self.value, other.value)
        return self.currency == other.currency and abs(self.value - other.value) <= NEAR * larger


@lru_cache(maxsize=4096)
def amounts(text: str) -> tuple[Amount, ...]:
    """The amounts of millions or more in a text."""
    return tuple(_read(match) for match in _AMOUNT.finditer(text))


def _read(match: re.Match[str]) -> Amount:
    number = (match["number"] or match["number_2"]).replace(",", ".")
    unit = (match["unit"] or match["unit_2"]).casefold()
    sign = match["sign"] or _SIGNS[match["sign_2"][0].casefold()]
    size = 1e9 if unit.startswith(("mrd", "milliard")) else _UNITS[unit[0]]
    digits = len(number.partition(".")[2])
    return Amount(float(number) * size, size / 10**digits, sign, " ".join(match[0].split()))
