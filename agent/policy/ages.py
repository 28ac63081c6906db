"""Ages of minors by language (``ages.toml``): "a 12-year-old", "aged nine", "tolvårig", "12岁".

A number below 18, in digits or words, is an age with a word for years behind it, a word for age or
a young person before it, or both in one word. It is none where a person cannot have it: "a
12-year-old whisky" is a thing's, and a number before a unit is a measure, a price or a count.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from importlib.resources import files
from typing import Any, Final, NamedTuple, cast

from agent.language.normalise import fold

ADULT: Final = 18
LONGEST_STEM: Final = 14
MAX_BETWEEN: Final = 2
"""Words between a thing and its age, as in "vinho do Porto de 10 anos"."""
MAX_OLD: Final = 3
"""Words such as "old" between an age and a thing."""
_SIGNS: Final = r"\w\u0900-\u0963\u0971-\u0df3"
_WORD = re.compile(rf"[{_SIGNS}]+")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
# "12letá" and the Amharic "የ12".
_DIGITS = re.compile(r"([^\d]{0,4})(\d{1,2})([^\d]*)")
_ORDINALS: Final = frozenset({"st", "nd", "rd", "th"})
_ANY: Final = "*"

_DATA: Final = cast(
    "dict[str, dict[str, Any]]",
    tomllib.loads((files("agent.policy") / "ages.toml").read_text(encoding="utf-8")),
)
_WITHIN: Final = _DATA.pop("_within")
_TENS: Final = _DATA.pop("_tens")
_THINGS: Final = _DATA.pop("_things")
_UNITS: Final = _DATA.pop("_units")


class _Term(NamedTuple):
    """Words in a row; the last may stand for any ending."""

    words: tuple[str, ...]
    stem: bool
    language: str

    def matches(self, words: Sequence[str], start: int) -> bool:
        """Whether it stands at a word."""
        here = tuple(words[start : start + len(self.words)])
        if not self.stem:
            return here == self.words
        return here[:-1] == self.words[:-1] and here[-1].startswith(self.words[-1])


class _Terms:
    """Terms, found by their first word, or by their last for what precedes something."""

    def __init__(self, *, backwards: bool = False) -> None:
        self._backwards = backwards
        self._exact: dict[str, list[_Term]] = defaultdict(list)
        self._stems: dict[str, list[_Term]] = defaultdict(list)

    def add(self, text: str, language: str = _ANY) -> None:
        """Add one term, as the data file writes it."""
        stem = text.endswith("*")
        words = tuple(_plain(text.rstrip("*")).split())
        key = words[-1] if self._backwards else words[0]
        (self._stems if stem and len(words) == 1 else self._exact)[key].append(
            _Term(words, stem, language)
        )

    def find(self, words: Sequence[str], at: int) -> Iterator[_Term]:
        """The terms that begin at a word, or where they are looked for backwards end there."""
        if not 0 <= at < len(words):
            return
        word = words[at]
        for term in self._exact.get(word, ()):
            start = at - len(term.words) + 1 if self._backwards else at
            if start >= 0 and term.matches(words, start):
                yield term
        for length in range(1, min(len(word), LONGEST_STEM) + 1):
            yield from self._stems.get(word[:length], ())


def _plain(text: str) -> str:
    return re.sub("['’-]", " ", fold(text.replace("_", " "))).strip()


def _split(words: str) -> list[str]:
    return [_plain(word) for word in words.split()]


class _Words:
    """What words mean in an age, in all languages."""

    def __init__(self) -> None:
        self.numbers: dict[str, set[str]] = defaultdict(set)
        self.ones: set[str] = set()
        """Words for one, which count more often than they are an age."""
        self.years = _Terms()
        self.before, self.weak = _Terms(backwards=True), _Terms(backwards=True)
        self.whole, self.units, self.things, self.origins = _Terms(), _Terms(), _Terms(), _Terms()
        self.tens = {w for name, words in _TENS.items() if name != "joint" for w in _split(words)}
        self.joint = frozenset(_split(_TENS["joint"]))
        self.old, self.of = frozenset(_split(_THINGS["old"])), frozenset(_split(_THINGS["of"]))
        self.apart = frozenset(_split(_THINGS["apart"]))
        self._joined: dict[str, set[str]] = defaultdict(set)
        for language, table in _DATA.items():
            self._add(language, table)
        for terms, text in (
            (self.units, _UNITS["words"]),
            (self.things, _THINGS["words"]),
            (self.origins, _THINGS["origin"]),
        ):
            for term in text.split():
                terms.add(term)

    def _add(self, language: str, table: dict[str, str]) -> None:
        numbers = _split(table.get("numbers", ""))
        self.ones.update(numbers[:1])
        for word in numbers:
            self.numbers[word].add(language)
        for term in table.get("weak", "").split():
            self.weak.add(term, language)
        for terms, key in ((self.years, "years"), (self.before, "before"), (self.whole, "whole")):
            for term in table.get(key, "").split():
                terms.add(term, language)
        for young in table.get("young", "").split():
            for link in ("", *table.get("links", "").split()):
                self.before.add(f"{young}_{link}".rstrip("_"), language)
        for ending in _split(table.get("ending", "")):
            self._joined[ending].update(_split(table["joined"]))

    def holds_age(self, word: str) -> bool:
        """Whether a word holds a number below 18 and an ending for years."""
        return any(
            (at := word.find(ending)) > 0 and word[:at] in numbers
            for ending, numbers in self._joined.items()
        )


def _any_of(words: str) -> str:
    ordered = sorted(_split(words), key=len, reverse=True)
    return "(?:" + "|".join(map(re.escape, ordered)) + ")"


_WORDS: Final = _Words()
_AFTER = "|".join(
    [_any_of(_WITHIN["after"])]
    + [rf"{_plain(sign)}(?=[{then}]|\s|$)" for sign, then in _WITHIN["after_and"].items()]
)
_ALONE = "".join(f"(?<!{tens})" for tens in _split(_WITHIN["tens"]))
_NUMBER = rf"(?>(?<!\d)(?:[1-9]|1[0-7])(?!\d)|{_ALONE}{_any_of(_WITHIN['numbers'])})"
_UNPARTED = re.compile(
    rf"{_NUMBER}\s*(?:{_AFTER})"
    rf"|{_any_of(_WITHIN['before'])}\s*{_NUMBER}(?!สิบ)(?!\s?(?:ร้อย|พัน))"
)
_NO_BLANKS = re.compile(
    r"[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)


def find_minor_ages(text: str) -> Iterator[tuple[int, int]]:
    """Where a folded text states an age below 18, as character spans."""
    if not text.isascii():
        text = _OTHER_DIGIT.sub(lambda match: str(int(match[0])), text)
    found = [(m[0], m.start(), m.end()) for m in _WORD.finditer(text)]
    words = [word for word, _, _ in found]
    holding = {word for word in set(words) if _WORDS.holds_age(word)}
    for at, (word, start, end) in enumerate(found):
        last = at if word in holding or any(_WORDS.whole.find(words, at)) else _get_end(words, at)
        if last is not None and not _is_of_a_thing(words, at, last):
            yield start, max(end, found[last][2])
    if _NO_BLANKS.search(text):
        yield from (match.span() for match in _UNPARTED.finditer(text))


def _get_end(words: Sequence[str], at: int) -> int | None:
    """The last word of the age that begins with a number at a word; None where there is none."""
    if digits := _DIGITS.fullmatch(words[at]):
        if not 0 < int(digits[2]) < ADULT:
            return None
        suffix = "" if digits[3] in _ORDINALS else digits[3]
        following = [suffix, *words[at + 1 :]] if suffix else words[at + 1 :]
        for term in _WORDS.years.find(following, 0):
            return at + len(term.words) - bool(suffix)
        weak = any(True for _ in _WORDS.weak.find(words, at - 1))
        aged = not suffix and (weak or _follows_age(words, at)) and not _counts(words, at)
        return at if aged else None
    first, languages = _get_number(words, at)
    if not languages or _follows_tens(words[:first]):
        return None
    for term in _WORDS.years.find(words, at + 1):
        if term.language in languages:
            return at + len(term.words)
    if words[at] in _WORDS.ones or _counts(words, at):
        return None
    return at if _follows_age(words, first, languages) else None


def _get_number(words: Sequence[str], at: int) -> tuple[int, set[str]]:
    """Where a number word begins that ends at a word, and its languages."""
    for length in (3, 2):
        first = at - length + 1
        if first >= 0 and (found := _WORDS.numbers.get(" ".join(words[first : at + 1]))):
            return first, found
    return at, _WORDS.numbers.get(words[at], set())


def _follows_age(words: Sequence[str], at: int, languages: Set[str] | None = None) -> bool:
    """Whether a number follows a word for age or for somebody young, of its own language where
    ``languages`` says which."""
    found = _WORDS.before.find(words, at - 1)
    return any(languages is None or term.language in languages for term in found)


def _counts(words: Sequence[str], at: int) -> bool:
    """Whether a number measures or counts something."""
    return any(True for _ in _WORDS.units.find(words, at + 1))


def _is_of_a_thing(words: Sequence[str], first: int, last: int) -> bool:
    """Whether an age is a thing's: of wine, of a contract, of a cat."""
    at = last + 1
    while at <= last + MAX_OLD and at < len(words) and words[at] in _WORDS.old:
        at += 1
    if any(True for _ in _WORDS.things.find(words, at)):
        return True
    if not first or words[first - 1] not in _WORDS.of:
        return False
    for back in range(first - 2, max(-1, first - 3 - MAX_BETWEEN), -1):
        if words[back] in _WORDS.apart:
            return False
        if any(True for _ in _WORDS.origins.find(words, back)):
            return True
        if any(True for _ in _WORDS.before.find(words, back)):
            return False
    return False


def _follows_tens(words: Sequence[str]) -> bool:
    """Whether a number after these folded words is only the last part of a greater one, as five is
    in "twenty five" and "veinte y cinco"."""
    before = [word for word in words[-2:] if word not in _WORDS.joint]
    return bool(before) and before[-1] in _WORDS.tens


__all__ = ["ADULT", "find_minor_ages"]
