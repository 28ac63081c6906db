"""A text as the checks see it: its words with their stems, what is negated, and what are names."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, cast

from agent.research.support.lexicon import (
    Language,
    fold,
    get_base_forms,
    get_languages,
    get_number_words,
)

MAX_CHARS: Final = 1_200
"""Of a claim or a passage; the rest is not read."""
_NEGATED_WORDS: Final = 6
"""Content words that a negator reaches."""
_WITHOUT: Final = frozenset(
    {"without", "ohne", "sans", "sin", "senza", "sem", "zonder", "bez", "без"}
)
_WITHOUT_WORDS: Final = 2
"""The same of a preposition, which denies what stands behind it and not the sentence."""
_STEMMERS: Final = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian",
    "pt": "portuguese", "nl": "dutch", "pl": "polish", "ru": "russian",
}  # fmt: skip
_DENSE: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
_TOKEN: Final = re.compile(
    rf"(?P<number>\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+(?![\d.,]*\d)|\d+(?:[.,’']\d+)*)"
    rf"|(?P<dense>[{_DENSE}]+)"
    rf"|(?P<word>[^\W\d_{_DENSE}]+(?:['’&][^\W\d_{_DENSE}]+)*|[°%$€£¥])"
)
_CLAUSE: Final = re.compile(r"[,;:()\[\]—–!?…]| - |\.\s")
_SENTENCE: Final = re.compile(r"[.!?…][\"”’)]*\s|\n")
_ELISION: Final = re.compile(
    r"(?:l|d|n|c|s|j|m|t|qu|dell|all|nell|sull|dall|un|quell)['’](?=\w)", re.IGNORECASE
)
_ORDINAL_ENDINGS: Final = frozenset({"st", "nd", "rd", "th", "er", "e"})
_LACK: Final = frozenset("lack lacks lacked lacking fehlt fehlen manque manquent".split())  # noqa: SIM905
"""Verbs that deny what stands behind them, as "without" does."""
_DENIED_FROM: Final = frozenset({("far", "from"), ("yet", "to"), ("other", "than")})
"""Two words that deny what stands behind them: "has yet to appear"."""
_NEARLY: Final = frozenset({"hardly", "scarcely", "barely"})
_NOR: Final = frozenset({"nor", "noch", "ni", "ne", "ani", "nem", "ни"})
_NAME_LINKS: Final = frozenset(
    {"of", "de", "du", "von", "van", "der", "da", "di", "la", "le", "the"}
)


@dataclass(slots=True, eq=False)
class Word:
    """A word or a number; ``place`` counts the words of its text from 0."""

    place: int
    text: str
    plain: str
    stem: str
    kind: str
    """``word``, ``number`` or ``dense``."""
    start: int
    clause: int
    content: bool
    joined: bool
    """Whether a hyphen ties it to the word before."""
    possessive: bool = False
    opens: bool = False
    """Whether a sentence begins with it."""
    name: bool = False
    group: int = -1
    """The name that it is part of, counted within the text; -1 for other words."""
    negated: bool = False

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[:1].isupper()


@dataclass(slots=True, eq=False)
class Reading:
    """A text of one or more sentences with its words."""

    text: str
    code: str
    """ISO 639-1 code of the language that its words were read in."""
    language: Language
    words: tuple[Word, ...]

    @property
    def content(self) -> list[Word]:
        """The words that carry content."""
        return [word for word in self.words if word.content]


@lru_cache(maxsize=2_000)
def read(text: str, code: str) -> Reading:
    """Read a text in a language; an unknown code is read as English."""
    code = code if code in get_languages() else "en"
    language = get_languages()[code]
    words = _words(text[:MAX_CHARS], code, language)
    _mark_names(words, code)
    _mark_negated(words, language)
    return Reading(text, code, language, tuple(words))


@lru_cache(maxsize=50_000)
def get_stem(plain: str, code: str) -> str:
    """A folded word without its ending, by Snowball's rules for the language."""
    return _stemmer(_STEMMERS.get(code, "english"))(plain)


@lru_cache(maxsize=len(_STEMMERS))
def _stemmer(algorithm: str) -> Callable[[str], str]:
    module: Any = import_module("Stemmer")  # it has no types
    return cast("Callable[[str], str]", module.Stemmer(algorithm).stemWord)


def _words(text: str, code: str, language: Language) -> list[Word]:
    found: list[Word] = []
    clause, end = 0, 0
    for match in _TOKEN.finditer(_ELISION.sub(lambda m: m[0][:-1] + " ", text)):
        between = text[end : match.start()]
        clause += bool(_CLAUSE.search(between)) and bool(found)
        joined = between in ("-", "‑", "–") and bool(found)
        end = match.end()
        for start, piece, kind in _pieces(match):
            plain = fold(piece)
            possessive = plain.endswith("'s") or piece.endswith(("'", "’"))
            plain = plain.removesuffix("'s")
            if kind == "word":
                clause += plain in language.contrast
            suffix = plain in _ORDINAL_ENDINGS and start == end - len(piece) and between == ""
            content = kind != "word" or (
                not suffix
                and (plain not in language.function or _is_east(plain, code, found))
                and plain not in language.negators
                and len(plain) > 1
            )
            found.append(
                Word(len(found), piece, plain, plain if kind != "word" else get_stem(plain, code),
                     kind, start, clause, content, joined, possessive,
                     bool(_SENTENCE.search(between)))
            )  # fmt: skip
    return found


def _is_east(plain: str, code: str, before: list[Word]) -> bool:
    """Whether Spanish or Portuguese "este" is the east and not "this"."""
    return (
        plain == "este"
        and code in ("es", "pt")
        and bool(before)
        and before[-1].plain in ("al", "del", "el", "hacia", "a", "ao", "do", "no", "o")
    )


def _pieces(match: re.Match[str]) -> list[tuple[int, str, str]]:
    """A token as it is, or a run of Chinese or Japanese characters as its pairs."""
    text, start = match[0], match.start()
    kind = match.lastgroup or "word"
    if kind != "dense" or len(text) <= 2:
        return [(start, text, kind)]
    return [(start + n, text[n : n + 2], kind) for n in range(len(text) - 1)]


def _mark_names(words: list[Word], code: str) -> None:
    """Mark what is written with a capital where a common word would not be. German gives capitals
    to every noun, so that only two in a row count there."""
    group, before = 0, None
    for position, word in enumerate(words):
        if word.kind != "word" or not word.capital or not word.content:
            if not (before and word.plain in _NAME_LINKS):
                before = None
            continue
        opens = position == 0 or word.opens
        follows = _next_is_capital(words, position)
        chained = before is not None and before.clause == word.clause
        if code == "de":
            word.name = chained or follows
        elif opens and not follows:
            word.name = code != "en" or not get_base_forms(word.plain)
        else:
            word.name = True
        if word.name:
            group += not chained
            word.group = group
            before = word
        else:
            before = None


def _next_is_capital(words: list[Word], position: int) -> bool:
    after = words[position + 1] if position + 1 < len(words) else None
    return (
        after is not None
        and after.kind == "word"
        and after.capital
        and after.content
        and after.clause == words[position].clause
    )


def _mark_negated(words: list[Word], language: Language) -> None:
    """Mark the words that a negation turns round: those after it up to the end of its clause; of
    the languages that put it behind the verb, those before it where nothing comes after."""
    for position, word in enumerate(words):
        plain = word.plain
        negates = plain in language.negators or plain.endswith(("n't", "nt'")) or plain == "non"
        if plain in _NEARLY and position + 1 < len(words):
            # "Scarcely a seventh" is nearly one.
            after = words[position + 1]
            spoken = get_number_words().numbers["en"]
            negates = after.kind != "number" and after.plain not in spoken
        lacks = plain in _LACK and position + 1 < len(words) and not words[position + 1].negated
        far = (words[position - 1].plain if position else "", plain) in _DENIED_FROM
        negates = negates or lacks or far
        if word.kind == "dense":
            negates = word.text in language.negators
        if not negates:
            continue
        reached = 0
        most = _WITHOUT_WORDS if plain in _WITHOUT or lacks or far else _NEGATED_WORDS
        if word.kind == "dense" and word.text in language.backward:
            most = 0  # a Japanese verb is denied at its end
        for later in words[position + 1 :]:
            if later.clause != word.clause or reached >= most:
                break
            if later.plain == "only" and reached == 0:
                break
            if later.plain in ("longer", "more") and reached == 0:
                continue
            if later.content:
                later.negated = plain in _NOR or not later.negated
                reached += 1
        if plain in language.backward and reached == 0:
            for earlier in reversed(words[:position]):
                if earlier.clause != word.clause:
                    break
                earlier.negated = earlier.content
