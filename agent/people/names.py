"""Data on names: given and family names of many countries, and well-known people. Read from the
data files when it is first needed; ``data/README.md`` names their sources.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Final

from agent.language.normalise import fold, get_words
from agent.people.sounds import get_sound
from domain.made_once import made_once

LEAST_SOUND: Final = 4
"""Consonants that a name needs to be compared by its sound; shorter ones sound like anything."""
LONGEST_ENDING: Final = 4
"""Letters that inflection may add to a name: "Меркелем", "Merkel'in", "Macrons"."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a person's name; ``stem`` lets its last word have any ending."""

    words: tuple[str, ...]
    person: str
    stem: bool

    def matches(self, words: Sequence[str], start: int) -> bool:
        """Whether it stands there, possibly inflected."""
        here = words[start : start + len(self.words)]
        if len(here) < len(self.words):
            return False
        return all(
            _is_form(word, own, stem=self.stem) for word, own in zip(here, self.words, strict=True)
        )


@dataclass
class KnownPeople:
    """An index of well-known people."""

    forms: dict[str, list[Form]] = field(default_factory=lambda: defaultdict(list))
    """By the first three letters of the first word."""
    inside: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    """Forms in scripts without blanks by their first sign, with the person."""
    sounds: dict[str, str] = field(default_factory=dict[str, str])
    """Full names by how they sound."""

    def add(self, entry: str) -> None:
        """Take in an entry: the full name, then other forms after ``|``."""
        first, *others = (part.strip() for part in entry.split("|"))
        self._add_form(first, first)
        words = get_words(fold(first))
        sounds = [get_sound(word) for word in words]
        if len(words) > 1 and all(sounds) and sum(map(len, sounds)) >= LEAST_SOUND:
            self.sounds[" ".join(sounds)] = first
        for other in others:
            self._add_form(other, first)

    def _add_form(self, text: str, person: str) -> None:
        if _is_dense(text):
            for written in {text, text.replace("·", ""), text.replace("・", "")}:
                self.inside[written[0]].append((written, person))
        elif words := get_words(fold(text.rstrip("*"))):
            self.forms[words[0][:3]].append(Form(words, person, text.endswith("*")))


def _is_form(word: str, own: str, *, stem: bool) -> bool:
    if word == own:
        return True
    if not word.startswith(own) or (not stem and len(own) < 5):
        return False
    return len(word) - len(own) <= LONGEST_ENDING


def _is_dense(text: str) -> bool:
    """Whether it is written in Chinese, Japanese or Korean signs."""
    return any("\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af"
               for c in text)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """Names that many people have, folded. ``everyday`` are those that are ordinary words too."""

    given: frozenset[str]
    family: frozenset[str]
    everyday: frozenset[str]


@made_once
def get_known_people() -> KnownPeople:
    """The people of ``figures.toml``."""
    known = KnownPeople()
    content = tomllib.loads(_read("figures.toml"))
    for group in content.values():
        for entry in group["names"]:
            known.add(entry)
    return known


@made_once
def get_names() -> Names:
    """The names of ``given.txt`` and ``family.txt``."""
    return Names(*(frozenset(_lines(f"{name}.txt")) for name in ("given", "family", "everyday")))


def _lines(name: str) -> Iterator[str]:
    return (line for line in _read(name).splitlines() if line and not line.startswith("#"))


def _read(name: str) -> str:
    return (resources.files("agent.people") / "data" / name).read_text(encoding="utf-8")
