"""The vocabulary of each language, from the data files beside this one.

Another language is another file with the same keys.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, cast

from domain.made_once import made_once

LANGUAGES: Final = ("en", "de")
_VERBS: Final = ("verbs", "weak_verbs", "errands", "draw")
_APOSTROPHES: Final = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"'})


@dataclass(frozen=True, slots=True)
class Ordinals:
    """How pictures are counted: ``words`` from a word to its number, -1 for the last one;
    ``phrase`` finds one in a folded text, ``reference`` one that names a reference image."""

    words: Mapping[str, int]
    phrase: re.Pattern[str]
    reference: re.Pattern[str]
    lead: re.Pattern[str]
    """What stands before a picture's number and means only that it is that one."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one language by what they do in a sentence, all in lower case."""

    language: str
    words: Mapping[str, frozenset[str]]
    patterns: Mapping[str, re.Pattern[str]]
    shapes: Mapping[str, re.Pattern[str]]
    """How sentences are built, by name."""
    ordinals: Ordinals
    front: Mapping[str, re.Pattern[str]]
    """By list of words, what finds one of them at the beginning of a text."""
    end: re.Pattern[str]
    """Finds a polite word at the end."""
    subject: re.Pattern[str]
    """Finds a person or a group as the subject of a sentence."""
    work: re.Pattern[str]
    """Finds what offices talk of."""
    everyday: re.Pattern[str]
    """Finds what offices talk of and pictures show."""
    function_words: frozenset[str] = frozenset()
    """Articles, pronouns, prepositions and the like."""
    plural: re.Pattern[str] | None = None
    """Finds a command to several people at the beginning, where the language has such a form."""

    def has(self, name: str, word: str) -> bool:
        """Whether a word is in a list."""
        return word in self.words[name]


def folded(text: str) -> str:
    """One line in lower case with plain apostrophes; ``ß`` and umlauts stay."""
    return " ".join(text.translate(_APOSTROPHES).lower().split())


@made_once
def lexicon(language: str) -> Lexicon:
    """The vocabulary of a language, read once. Raises ``FileNotFoundError``."""
    text = (files("bot.intents") / "data" / f"{language}.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    lists = {name: _listed(value) for name, value in cast("dict[str, Any]", data["words"]).items()}
    patterns = cast("dict[str, Any]", data["patterns"])
    pic = str(patterns.pop("pic"))
    function = ("small", "prepositions", "determiners", "definite", "own", "pronouns", "joints")
    return Lexicon(
        language=language,
        words=lists,
        patterns={
            name: re.compile("|".join(f"(?:{p.replace('{pic}', pic)})" for p in found))
            for name, found in patterns.items()
        },
        shapes={
            name: re.compile(str(shape).replace("VIEWS", _alternatives(lists["views"])))
            for name, shape in cast("dict[str, Any]", data["shapes"]).items()
        },
        ordinals=_ordinals(cast("dict[str, Any]", data["ordinals"])),
        front={
            name: re.compile(rf"(?:{_alternatives(lists[name])})(?![\w'])[\s,.!:;–—…-]*")
            for name in (
                "openers",
                "asks",
                "groups",
                "new_words",
                "verbs",
                "proposes",
                "idioms",
                "errands",
            )
        }
        | {"weak_verbs": re.compile(rf"(?:{_alternatives(lists['weak_verbs'])})(?![\w'])\s*")},
        end=re.compile(rf"[\s,.!:;–—…-]*(?<![\w'])(?:{_alternatives(lists['polite'])})[\s,.!…]*\Z"),
        subject=re.compile(rf"(?:{_alternatives(lists['people'])})(?:'\w+)?(?![\w'])"),
        work=re.compile(rf"(?<![\w-])(?:{_alternatives(lists['work'])})(?:s|es|n|en)?(?![\w-])"),
        everyday=re.compile(rf"(?<![\w-])(?:{_alternatives(lists['everyday'])})(?![\w-])"),
        function_words=frozenset[str]().union(*(lists[name] for name in function)),
        plural=_plural(lists) if language == "de" else None,
    )


def lexicons() -> list[Lexicon]:
    """Every language."""
    return [lexicon(language) for language in LANGUAGES]


def _listed(value: str) -> frozenset[str]:
    parts = (" ".join(part.split()) for part in value.replace("\n", " ").split(","))
    return frozenset(part for part in parts if part)


def _plural(lists: Mapping[str, frozenset[str]]) -> re.Pattern[str]:
    """German commands to several people: "bringt", "schreibt"."""
    verbs = {verb for name in _VERBS for verb in lists[name] if " " not in verb}
    told = {f"{verb.removesuffix('e')}{ending}" for verb in verbs for ending in ("t", "et")}
    return re.compile(rf"(?:bitte |und |also )?(?:{_alternatives(told)})(?![\w'-])")


def _alternatives(words: Iterable[str]) -> str:
    """The words as a pattern, longer ones first, so that they are not cut short."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word) for word in ordered)


def _ordinals(data: Mapping[str, Any]) -> Ordinals:
    words = {str(word): int(number) for word, number in data["words"].items()}
    named = _alternatives(words)
    noun, article, number = data["noun"], data["article"], data["number"]
    phrase = (
        rf"(?:(?<![\w])(?:{article}) )?(?<![\w])(?P<word>{named})(?: (?P<noun>{noun}))(?![\w])"
        rf"|(?<![\w])(?:{article}) (?P<bare>{named})(?=\s*(?:$|[,.:;!?–-]|\w))"
        rf"|(?<![\w])(?:(?:{number}) ?)?#(?P<hash>[1-4])(?!\w)"
        rf"|(?<![\w])(?:(?:{article}) )?(?:{number}) (?P<digit>[1-4])(?!\w)"
    )
    reference = (
        rf"(?<![\w])(?P<word>{named}) (?P<noun>{data['references']})(?![\w])"
        rf"|(?<![\w])(?:{data['references']}) (?:{data['number']})? ?#?(?P<digit>[1-5])(?!\w)"
    )
    return Ordinals(
        words=words,
        phrase=re.compile(phrase),
        reference=re.compile(reference),
        lead=re.compile(rf"(?:(?:{data['lead']}) )?"),
    )
