"""What the grammar of a sentence says of it: whether it is whole, and whether somebody who reads it
alone knows whom it speaks of. Taggers tell, for the languages that have one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Final

from agent.language.frequencies import get_zipf
from agent.language.tagging import WordKind, has_finite, has_past, tag_words
from agent.news.features import telling
from agent.people import find_people

_WORDS: Final = re.compile(r"[^\W_]+(?:[.,’'\-][^\W_]+)*|[^\w\s]")
_PEOPLE: Final = {
    "en": frozenset({"he", "she", "his", "her", "him", "hers", "himself", "herself"}),
    "de": frozenset({"er", "ihn", "ihm"}),
}
"""Pronouns of one person, who must be named before."""
_THINGS: Final = {
    "en": frozenset(
        {"it", "its", "they", "their", "them", "this", "that", "these", "those"}
        | {"there", "here", "such"}
    ),
    "de": frozenset(
        {"es", "sie", "ihr", "ihre", "ihren", "ihrem", "ihrer", "sein", "seine", "seinen"}
        | {"dies", "diese", "dieser"}
    ),
}
"""Pronouns that take up a noun before them."""
_ARTICLES: Final = frozenset({"the", "der", "die", "das", "de", "het"})
_SPEAKER: Final = re.compile(
    r"\b([A-ZÀ-Þ][a-zà-þ’'-]{2,})\s(?:said|says|told|added|sagte|sagt|erklärte)\b"
    r"|\b(?:said|says|added|sagte|erklärte)\s([A-ZÀ-Þ][a-zà-þ’'-]{2,})(?=[.,”\"]|$)"
)
_TITLED: Final = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Capt|Captain|Herr|Frau)\.?\s([A-ZÀ-Þ][a-zà-þ’'-]{2,})\b(?!\s[A-ZÀ-Þ])"
)
"""One capitalised word beside a verb of speech or behind a title."""
_OF_A_NOUN: Final = (WordKind.NOUN, WordKind.NAME, WordKind.ADJECTIVE, WordKind.NUMBER)
_MARKS: Final = frozenset({"-", "’s", "'s"})
_OPENS_WITH_NAME: Final = re.compile(r"^(?:The|Der|Die|Das)\s([A-ZÀ-Þ]\w+)(?=[,\s]\s?[a-z])")
_NAME_WITH_ARTICLE: Final = re.compile(r"\b[Tt]he ([A-ZÀ-Þ][\w’-]+)(?=[.,;]|\s[a-z])")
RARE: Final = 3.0
"""Zipf frequency up to which a name with an article must have been introduced."""
_WHICH_ONE: Final = frozenset({"first", "second", "third", "last", "only", "next", "same", "main"})
_TELLS_WHICH: Final = frozenset(
    {"of", "that", "who", "which", "where", "whose", "in", "on", "at", "behind", "between", "near"}
)
"""What follows a noun and says which one is meant."""
_COMMON: Final = 4.7
"""Zipf frequency from which a word before a name is no first name: "Today Apple said"."""
SHORTEST: Final = 3
"""Words of a sentence."""
_BEGINNING: Final = 4
"""Words into a sentence in which a pronoun mostly leans on the sentence before."""


@lru_cache(maxsize=2048)
def _tagged(sentence: str, language: str) -> tuple[tuple[str, WordKind], ...] | None:
    words = _WORDS.findall(sentence)
    kinds = tag_words(words, language) if words else None
    return tuple(zip(words, kinds, strict=True)) if kinds is not None else None


@lru_cache(maxsize=2048)
def has_finite_verb(sentence: str, language: str | None) -> bool | None:
    """Whether a sentence says that something happens or is; None where nothing tells."""
    words = _WORDS.findall(sentence)
    return has_finite(words, language) if language and words else None


def has_verb(sentence: str, language: str | None) -> bool | None:
    """Whether a verb of any form stands in a headline; None where nothing tells."""
    tagged = _tagged(sentence, language) if language else None
    return None if tagged is None else any(kind is WordKind.VERB for _word, kind in tagged)


@lru_cache(maxsize=2048)
def tells_of_past(sentence: str, language: str | None) -> bool | None:
    """Whether a sentence says what happened, and not what is or will be; None where nothing
    tells."""
    words = _WORDS.findall(sentence)
    return has_past(words, language) if language and words else None


def opens_with_verb(sentence: str, language: str | None) -> bool:
    """Whether a sentence begins with a verb, as an order does ("Apply the patch")."""
    tagged = _tagged(sentence, language) if language else None
    return tagged is not None and tagged[0][1] is WordKind.VERB and language == "en"


@lru_cache(maxsize=2048)
def pronoun_without_noun(sentence: str, language: str | None) -> bool:
    """Whether a sentence speaks of somebody or something that only the sentences before it name."""
    tagged = _tagged(sentence, language) if language in _THINGS else None
    if tagged is None or language is None:
        return False
    said = [(word, kind) for word, kind in tagged if word[0].isalpha() and "." not in word]
    nouns = False
    for place, (word, kind) in enumerate(said):
        plain = re.split("['’]", word.casefold())[0]
        if plain in _PEOPLE[language]:
            before = sentence.partition(f" {word} ")[0] if place else ""
            if not find_people(before, language):
                return True
        if place < _BEGINNING and (plain == "them" or (plain in _THINGS[language] and not nouns)):
            return True
        nouns = nouns or kind in (WordKind.NOUN, WordKind.NAME)
    return False


def opens_with_unnamed(
    words: Sequence[str], language: str | None, *, known: Collection[str]
) -> bool:
    """Whether a sentence begins with something that the reader is thought to know ("The report
    …") and that neither has a name nor stands in the ``known`` words."""
    if not words or words[0].casefold() not in _ARTICLES:
        return False
    tagged = _tagged(" ".join(words), language) if language else None
    if tagged is None:
        return False
    part = [w for w, _kind in takewhile(lambda each: each[1] is not WordKind.VERB, tagged[1:])]
    named = any(kind is WordKind.NAME for _word, kind in tagged[1 : len(part) + 1])
    if named or (language != "de" and any(word[0].isupper() for word in part)):
        return False
    return bool(part) and not telling(" ".join(part)) & set(known)


def opening_noun(words: Sequence[str], language: str | None) -> str | None:
    """The noun with which a sentence begins behind its article, where one word alone does."""
    if len(words) < SHORTEST or words[0].casefold() not in _ARTICLES or not language:
        return None
    tagged = _tagged(" ".join(words), language)
    if tagged is None:
        return None
    (noun, kind), (_word, following) = tagged[1:3]
    return noun if kind is WordKind.NOUN and following not in _OF_A_NOUN else None


def takes_up(
    sentence: str, language: str | None, *, before: str, known: Collection[str]
) -> set[str]:
    """The nouns with an article by which a sentence speaks of what its page named ``before`` it
    ("agreed to buy the company"), without those that are ``known`` words or are told there and then
    ("the man who …", "the largest …")."""
    if language != "en" or not before:
        return set()
    left_open = _nouns_left_open(sentence, language) - set(known)
    return set(left_open & telling(before)) if left_open else set()


@lru_cache(maxsize=2048)
def _nouns_left_open(sentence: str, language: str) -> frozenset[str]:
    """The nouns of a sentence with an article and nothing that says which one is meant, and names
    with an article that few people know ("the Mysore")."""
    tagged = _tagged(sentence, language) or ()
    rare = (
        name
        for name in _NAME_WITH_ARTICLE.findall(sentence)
        if get_zipf(name.casefold(), language) <= RARE
    )
    return frozenset[str]().union(*map(telling, rare)) | frozenset(
        word
        for place, (article, _kind) in enumerate(tagged)
        if article.casefold() == "the"
        for word in _left_open(tagged[place + 1 :])
    )


def _left_open(following: Sequence[tuple[str, WordKind]]) -> Collection[str]:
    """The noun behind an article where nothing says which one is meant."""
    part = list(takewhile(lambda each: each[1] in _OF_A_NOUN or each[0] in _MARKS, following))
    nouns = [word for word, kind in part if kind is WordKind.NOUN]
    rest = following[len(part) : len(part) + 1]
    told = (
        not nouns
        or any(word[0].isupper() or word[0].isdigit() for word, _kind in part)
        or any(word in _WHICH_ONE or word.endswith("est") for word, _kind in part)
        or any(word in _TELLS_WHICH or word.endswith(("ed", "ing")) for word, _kind in rest)
    )
    return () if told else telling(nouns[-1])


def opens_with_unknown_figure(words: Sequence[str], *, known: Collection[str]) -> bool:
    """Whether a sentence begins with something told from others by a figure ("The 6.1-magnitude
    quake …") that the ``known`` words lack."""
    if len(words) < 2 or words[0].casefold() not in _ARTICLES or not words[1][0].isdecimal():
        return False
    return not telling(words[1]) & set(known)


def speaker_without_introduction(sentence: str, page: str, language: str | None) -> bool:
    """Whether a sentence gives somebody's words by their surname alone ("…, Nambiar said"), whom
    only the rest of the ``page`` names in full."""
    for match in _TITLED.finditer(sentence):
        if not re.search(rf"\b[A-ZÀ-Þ][a-zà-þ]+\s{re.escape(match[1])}\b", sentence):
            return True
    for match in _SPEAKER.finditer(sentence):
        name = next(filter(None, match.groups()))
        in_full = re.compile(rf"\b([A-ZÀ-Þ][a-zà-þ]+)\s{re.escape(name)}\b")
        if in_full.search(sentence) or language is None:
            continue
        first_names = {found[1].casefold() for found in in_full.finditer(page)}
        if any(get_zipf(first, language) < _COMMON for first in first_names):
            return True
    return False


def opens_with_unknown_name(sentence: str, *, known: Collection[str]) -> bool:
    """Whether a sentence begins with the name of a thing as if readers knew it ("The Mysore …"),
    and the ``known`` words lack it."""
    opened = _OPENS_WITH_NAME.match(sentence)
    return opened is not None and not telling(opened[1]) & set(known)
