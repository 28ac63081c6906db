"""Words such as "yesterday", which say a day only to those who know when they were written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

RELATIVE_DAYS: Final[Mapping[str, int]] = {
    "today": 0, "yesterday": -1, "tomorrow": 1, "heute": 0, "gestern": -1, "aujourd'hui": 0,
    "hier": -1, "demain": 1, "hoy": 0, "ayer": -1, "oggi": 0, "ieri": -1, "domani": 1, "hoje": 0,
    "ontem": -1, "amanhã": 1, "vandaag": 0, "gisteren": -1, "dzisiaj": 0, "wczoraj": -1, "jutro": 1,
}  # fmt: skip
"""Each word with how many days it is after the day on which it was written."""
_WORD: Final = re.compile(
    rf"\b(?:{'|'.join(RELATIVE_DAYS)})\b(?!'s)".replace("'", "['’]"), re.IGNORECASE
)
_INSERTED: Final = re.compile(r" \[[^\[\]]*\]")


def relative_days(text: str) -> list[str]:
    """Such words of a text as it writes them, in their order, each once."""
    return list(dict.fromkeys(_WORD.findall(text)))


def days_after(word: str) -> int:
    """How many days after the day of its writing the day is that a word means."""
    return RELATIVE_DAYS[word.casefold().replace("’", "'")]


def explained(text: str, days: Mapping[str, str]) -> str:
    """The text with the day of each word in square brackets behind its first occurrence, as
    newspapers mark what they add to a quotation: "today [4 March]"; not where a date follows."""
    for word, day in days.items():
        place = re.search(rf"\b{re.escape(word)}\b(?! \(|, \d|,? [^\W\d_]+ \d)", text)
        if place is not None:
            text = f"{text[: place.end()]} [{day}]{text[place.end() :]}"
    return text


def without_explanations(text: str) -> str:
    """The text without what :func:`explained` put into it."""
    return _INSERTED.sub("", text)
