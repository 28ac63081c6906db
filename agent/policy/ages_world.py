"""Ages of minors in the languages of ``ages_world.toml``, word by word.

It complements the patterns of :mod:`agent.policy.ages`: a number, in digits or words, with a word
for years behind it or a word for age before it, or both in one word ("tolvårig", "dvanáctiletá").
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Final, cast

from agent.language.normalise import fold

_TABLES = cast(
    "dict[str, dict[str, str]]",
    tomllib.loads((files("agent.policy") / "ages_world.toml").read_text(encoding="utf-8")),
)
_WITHIN: Final = _TABLES.pop("_within")
_TENS: Final = _TABLES.pop("_tens")
_JOINT: Final = frozenset(_TENS.pop("joint").split())
_ADULT: Final = 18
_LONGEST_END: Final = 12
_SIGNS: Final = r"\w\u0900-\u0963\u0971-\u0df3"
_WORD = re.compile(rf"[{_SIGNS}]+")
# "12letá" and the Amharic "የ12".
_DIGITS = re.compile(r"([^\d]{0,4})(\d{1,2})([^\d]*)")


class _Words:
    """What the words of all languages mean in an age."""

    def __init__(self) -> None:
        self.numbers: dict[str, set[str]] = defaultdict(set)
        self.years: dict[str, set[str]] = defaultdict(set)
        self.year_stems: dict[str, set[str]] = defaultdict(set)
        self.before: set[str] = set()
        self.tens = {word for words in _TENS.values() for word in _split(words)}
        self.joined: dict[str, set[str]] = defaultdict(set)
        for language, table in _TABLES.items():
            for word in _split(table.get("numbers", "")):
                self.numbers[word].add(language)
            for word in _split(table.get("years", "")):
                kept = self.year_stems if word.endswith("*") else self.years
                kept[word.rstrip("*")].add(language)
            self.before.update(_split(table.get("before", "")))
            for word in _split(table.get("joined", "")):
                self.joined[fold(table["ending"])].add(word)

    def get_languages(self, word: str) -> set[str]:
        """The languages in which a word is one for years."""
        found = set(self.years.get(word, ()))
        for length in range(1, min(len(word), _LONGEST_END) + 1):
            found |= self.year_stems.get(word[:length], set())
        return found

    def holds_age(self, word: str) -> bool:
        """Whether a word holds a number below 18 and an ending for years."""
        return any(
            (at := word.find(ending)) > 0 and word[:at] in numbers
            for ending, numbers in self.joined.items()
        )


def _split(words: str) -> list[str]:
    return [re.sub("['’-]", " ", fold(word.replace("_", " "))) for word in words.split()]


def _any_of(words: str) -> str:
    ordered = sorted(_split(words), key=len, reverse=True)
    return "(?:" + "|".join(map(re.escape, ordered)) + ")"


_WORDS: Final = _Words()
_NUMBER = rf"(?>(?<!\d)(?:[1-9]|1[0-7])(?!\d)|{_any_of(_WITHIN['numbers_th'])})"
_UNPARTED = re.compile(
    rf"{_NUMBER}\s*{_any_of(_WITHIN['after'])}"
    rf"|{_any_of(_WITHIN['before'])}\s*{_NUMBER}(?!สิบ)(?!\s?(?:ร้อย|พัน))"
)
_NO_BLANKS = re.compile(r"[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff]")


def find_more_ages(text: str) -> Iterator[tuple[int, int]]:
    """Where a folded text with European digits states an age below 18, as character spans."""
    found = [(m[0], m.start(), m.end()) for m in _WORD.finditer(text)]
    words = [word for word, _, _ in found]
    holding = {word for word in set(words) if _WORDS.holds_age(word)}
    for number, (word, start, end) in enumerate(found):
        after = words[number + 1] if number + 1 < len(words) else ""
        if _is_age(words, number, after) or word in holding:
            yield start, end
    if _NO_BLANKS.search(text):
        yield from (m.span() for m in _UNPARTED.finditer(text))


def follows_tens(words: Sequence[str]) -> bool:
    """Whether a number after these folded words is only the last part of a greater one, as five is
    in "twenty five" and "veinte y cinco"."""
    before = [word for word in words[-2:] if word not in _JOINT]
    return bool(before) and before[-1] in _WORDS.tens


def _is_age(words: list[str], at: int, after: str) -> bool:
    word = words[at]
    if digits := _DIGITS.fullmatch(word):
        if not 0 < int(digits[2]) < _ADULT:
            return False
        if at and not digits[3] and words[at - 1] in _WORDS.before:
            return True
        return bool(_WORDS.get_languages(digits[3] or after))
    first = at
    languages = set(_WORDS.numbers.get(word, ()))
    if at and (pair := _WORDS.numbers.get(f"{words[at - 1]} {word}")):
        first, languages = at - 1, pair
    previous = words[first - 1] if first else ""
    if not languages or follows_tens(words[:first]):
        return False
    return bool(languages & _WORDS.get_languages(after)) or previous in _WORDS.before
