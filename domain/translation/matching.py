"""Finds the template of a sentence that was kept as text.

Why a job failed, its notes and its events are stored as English sentences, also by older versions.
Code that shows them looks up the template of each here, and gets the values back.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from string import Formatter
from typing import Final

MAX_CHARS: Final = 2_000
"""A longer text is not one of our sentences."""
NAME_CHARS: Final = 100
"""Texts named by a user, in front of a sentence about them."""
LEAST_LETTERS: Final = 6
"""A template with fewer letters of its own would match anything: its values must be sentences."""
COUNT_LETTERS: Final = 3
"""The score of a number among the letters, since only digits match it."""
_QUOTED: Final = r"(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_NUMBER: Final = r"-?[\d.,]+"
_BETWEEN: Final = re.compile(r"(?<=[.!?…])\s+")
_FIELD: Final = re.compile(r"\{\w+[^}]*\}")
_FIRST: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence of a text and what it was made of; without ``template`` it is unknown."""

    text: str
    template: str | None = None
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    quoted: frozenset[str] = frozenset()
    """Names of values that stood in quotation marks: people's words, no sentences of ours."""
    plural: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class _Template:
    one: str
    many: str | None
    used: str
    """The one of the two that was written."""
    letters: int


class Templates:
    """The templates of a catalogue, by how their sentences begin."""

    def __init__(self, templates: Iterable[tuple[str, str | None]]) -> None:
        """``templates`` are singulars, with their plurals where they have one."""
        self._by_first: dict[str, list[_Template]] = {}
        for one, many in templates:
            for used in (one, many) if many else (one,):
                own = _FIELD.sub("\0", used)
                letters = sum(map(str.isalpha, own))
                if letters:
                    letters += COUNT_LETTERS * used.count("{count}")
                    first = _first_word(own.partition("\0")[0])
                    known = _Template(one, many, used, letters)
                    self._by_first.setdefault(first, []).append(known)

    @lru_cache(maxsize=2_000)  # noqa: B019 - as long-lived as the catalogue, one for each language
    def recognise(self, text: str) -> Sequence[Found]:
        """The templates and values of a text of one or more sentences."""
        if len(text) > MAX_CHARS:
            return (Found(text),)
        whole = self._find(text)
        if whole is not None:
            return (whole,)
        head, _, tail = text.partition(": ")
        if tail and len(head) <= NAME_CHARS and (named := self._find_first(tail)):
            return (Found(f"{head}:"), *named)
        parts = _BETWEEN.split(text)
        found: list[Found] = []
        while parts:
            taken, size = Found(parts[0]), 1
            for end in range(min(len(parts), 6), 0, -1):
                match = self._find(" ".join(parts[:end]))
                if match is not None:
                    taken, size = match, end
                    break
            found.append(taken)
            parts = parts[size:]
        return tuple(found)

    def _is_known(self, value: str) -> bool:
        return value.isdigit() or self.recognise(value)[0].template is not None

    def _find_first(self, text: str) -> Sequence[Found]:
        """The template and values of a text that begins with a known sentence; otherwise
        nothing."""
        found = self.recognise(text)
        return found if found[0].template is not None else ()

    def _find(self, text: str) -> Found | None:
        """The template with the most words of its own that a sentence fits."""
        candidates = [
            *self._by_first.get(_first_word(text), ()),
            *self._by_first.get("", ()),
        ]
        for template in sorted(candidates, key=lambda known: -known.letters):
            match = _pattern(template.used).fullmatch(text)
            if match is None:
                continue
            found = match.groupdict()
            quoted = frozenset(n for _, n, _, kind in _parts(template.used) if n and kind == "r")
            unknown = [v for name, v in found.items() if name not in quoted]
            if template.letters < LEAST_LETTERS and not all(map(self._is_known, unknown)):
                continue
            values = {n: _unquoted(v) if n in quoted else v for n, v in found.items()}
            count = values.get("count", "")
            many = template.many is not None and template.used == template.many
            number = int(count) if count.isdigit() else (2 if many else 1)
            return Found(text, template.one, values, quoted, template.many, number)
        return None


def _parts(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    return list(Formatter().parse(template))


def _first_word(text: str) -> str:
    """The word that a sentence begins with; empty where a template begins with a value."""
    match = _FIRST.match(text)
    if match is None or match.end() == len(text):
        return ""
    return match[0]


@lru_cache(maxsize=4_000)
def _pattern(template: str) -> re.Pattern[str]:
    seen: set[str] = set()
    written: list[str] = []
    for literal, name, spec, conversion in _parts(template):
        written.append(re.escape(literal))
        if name is None:
            continue
        if name in seen:
            written.append(f"(?P={name})")
            continue
        seen.add(name)
        if conversion == "r":
            value = _QUOTED
        elif spec and spec[-1] in "dfg,":
            value = _NUMBER
        else:
            value = r"\d+" if name == "count" else ".+?"
        written.append(f"(?P<{name}>{value})")
    return re.compile("".join(written), re.DOTALL)


def _unquoted(value: str) -> str:
    """A value without the quotation marks that Python put around it."""
    if value[:1] in ("'", '"') and value[-1:] == value[:1]:
        try:
            return str(ast.literal_eval(value))
        except (SyntaxError, ValueError):
            return value
    return value
