"""What the linear model of names sees of each word of a request: how it is written, how frequent it
is, in which lists it stands, what the rules say of it, and how the words around it stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agent.language.frequencies import get_zipf, has_long_list
from agent.language.normalise import fold
from agent.people.names import get_names
from agent.research.known_names import (
    get_english_names,
    get_english_nouns,
    get_international_names,
    get_place_names,
)
from agent.research.names import Names, is_model, is_year
from agent.research.rarity import CAPITALS_SAY_NOTHING, is_compound
from agent.research.vocabulary import (
    COLORS,
    CONNECTORS,
    DRAW_WORDS,
    FUNCTION_WORDS_OF,
    PICTURE_WORDS,
)
from agent.research.words import Word

_ARTICLES: Final = {
    "en": frozenset({"the"}),
    "de": frozenset({"der", "die", "das", "den", "dem", "des"}),
    "fr": frozenset({"le", "la", "les", "l"}),
    "es": frozenset({"el", "la", "los", "las"}),
    "it": frozenset({"il", "lo", "la", "i", "gli", "le", "l"}),
    "pt": frozenset({"o", "a", "os", "as"}),
    "nl": frozenset({"de", "het"}),
}
"""Articles of particular things, by language."""
_ROLES: Final = {
    word: role
    for role, words in {
        "a": "a an ein eine einen einem einer eines un une una uno um uma een en ett",
        "my": "my your our his her their its mein meine meinen dein unser unsere sein seine ihr"
        " ihre mon ma mes ton ta tes son sa ses notre votre leur mi mis tu tus su sus nuestro"
        " nuestra mio mia meu minha seu sua nosso nossa",
        "of": "of du des del della dello dei degli delle di d da do dos das von vom de",
        "in": "in at on im am an auf bei à au aux dans sur al nel nella sul em no na nos nas ao"
        " from aus",
        "and": "and und et y e ed & with mit avec con com for für pour para per",
    }.items()
    for word in words.split()
}
"""What other small words do, whatever their language."""
_PICTURE_ROLES: Final = ("draw", "pic")
_PHRASE_ENDS: Final = ("the", "a", "my")
_LONG: Final = 9
"""Letters from which a word is tried as a compound."""
_SMALL: Final = 5.3
"""Zipf frequency from which a word is looked at itself."""
_LEVELS: Final = 2.5
"""Levels of frequency for each step of the Zipf scale."""
_MAX_LEFT: Final = 12
_MAX_RIGHT: Final = 10
"""Letters that the description of a phrase may have before it is cut."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of a word by itself."""

    plain: str
    shape: str
    level: str
    """How frequent it is in the language of the request."""
    abroad: str
    """How frequent it is in English, or in German where the request is in English."""
    lists: str
    """A letter for each list in which it stands."""
    kind: str
    small: str
    """The word and its language where it is a common one."""
    marked: str
    """Whether the rules take it for a part of a name ("n") or of a person's ("p")."""
    role: str


def get_features(words: Sequence[Word], names: Names, language: str) -> list[list[str]]:
    """The names of the features of each word; ``names`` are what the rules take for names. Reads
    word lists: call it in a thread."""
    seen = [_seen(number, word, names, language) for number, word in enumerate(words)]
    cased = any(word.text[0].isupper() and not word.begins_sentence for word in words)
    text = f"{'C' if cased else 'c'}{language if language in CAPITALS_SAY_NOTHING else ''}"
    found: list[list[str]] = []
    for number in range(len(words)):
        features = [*_of_word(words[number], seen[number], language, text)]
        features += _of_letters(seen[number], language)
        features += _of_neighbours(words, seen, number, language=language, text=text)
        features += _of_phrase(words, seen, number, cased=cased)
        features.append(f"n{min(len(words), 12) // 3} {min(number, 3)}")
        found.append(features)
    return found


def get_roles(words: Sequence[Word], language: str) -> list[str]:
    """What the small words of a request do; empty for the others."""
    roles = [_role(word.plain, language) for word in words]
    return ["" if role in _PICTURE_ROLES else role for role in roles]


def _of_word(word: Word, here: _Seen, language: str, text: str) -> Iterator[str]:
    begins = "b" if word.begins_sentence else "o" if word.opens else "i"
    looks = f"{here.shape}{begins}{text}"
    for fact in ("", f" {looks}", f" {language}", f" {here.kind}", f" z{here.level}"):
        yield f"r{here.marked}{fact}"
    for fact in ("", f" {here.kind}", f" z{here.level}"):
        yield f"s {looks}{fact}"
    for fact in (language, f"a{here.abroad}", here.kind):
        yield f"z{here.level} {fact}"
    for fact in (language, here.lists):
        yield f"a{here.abroad} {fact}"
    for fact in ("", f" {here.shape}", f" z{here.level}"):
        yield f"l{here.lists}{fact}"
    for letter in here.lists:
        yield f"l {letter}"
    yield f"k{here.kind} {language}"


def _of_letters(here: _Seen, language: str) -> Iterator[str]:
    """A common word itself; of others their beginnings, ends and threes of letters."""
    if here.small:
        yield f"w {here.small}"
        return
    plain = here.plain
    for size in (1, 2, 3, 4):
        if len(plain) > size + 1:
            yield f"e {plain[-size:]} {language}"
    for size in (2, 3):
        yield f"p {plain[:size]} {language}"
    marked = f"<{plain}>"
    for at in range(len(marked) - 2):
        yield f"g {marked[at : at + 3]}"


def _of_neighbours(
    words: Sequence[Word], seen: Sequence[_Seen], number: int, *, language: str, text: str
) -> Iterator[str]:
    here = seen[number]
    ends = number + 1 == len(words) or words[number + 1].opens
    sides = (
        ("<", None if words[number].opens or not number else seen[number - 1]),
        (">", None if ends else seen[number + 1]),
    )
    for side, other in sides:
        if other is None:
            yield f"{side}|"
            yield f"{side}| z{here.level}"
            continue
        yield f"{side}r{other.marked} r{here.marked}"
        yield f"{side}s{other.shape} {here.shape}{text}"
        yield f"{side}z{other.level} z{here.level}"
        yield f"{side}l{other.lists} l{here.lists}"
        yield f"{side}k{other.kind} k{here.kind}"
        yield f"{side}a{other.abroad} a{here.abroad}"
        if other.small:
            for fact in ("", f" z{here.level}", f" {here.shape}{text}"):
                yield f"{side}w {other.small}{fact}"
        else:
            yield f"{side}e {other.plain[-3:]} {language}"
    if number > 1 and not words[number - 1].opens and seen[number - 2].small:
        yield f"<<w {seen[number - 2].small}"


def _of_phrase(
    words: Sequence[Word], seen: Sequence[_Seen], number: int, *, cased: bool
) -> Iterator[str]:
    """How the small words stand from the article before a word to the next one behind it, whatever
    the language: "the x of the x" is more often a name than "a x in x"."""
    here, case = seen[number], "C" if cased else "l"
    left, at = "", number
    while at and not words[at].opens and len(left) < _MAX_LEFT:
        at -= 1
        left = f"{seen[at].role or 'x'} {left}"
        if seen[at].role in _PHRASE_ENDS:
            break
    else:
        left = f"| {left}"
    right, at = "", number + 1
    while at < len(words) and not words[at].opens and len(right) < _MAX_RIGHT:
        right += f" {seen[at].role or 'x'}"
        if seen[at].role in (*_PHRASE_ENDS, "in", "and"):
            break
        at += 1
    yield f"< {left}"
    yield f"< {left}{case}"
    yield f"< {left} z{here.level}"
    yield f"> {right}"
    yield f"<> {left}_{right}"
    yield f"<> {left}_{right} {case}"
    article = left.split(" ", 1)[0]
    yield f"a {article} {case} z{here.level}"
    yield f"a {article} {case} l{here.lists}"
    yield f"a {article} k{here.kind}"


def _seen(number: int, word: Word, names: Names, language: str) -> _Seen:
    plain = word.plain
    level = _level(plain, language)
    return _Seen(
        plain=plain,
        shape=_shape(word),
        # In a short list a word that is missing may be a common one.
        level=level if has_long_list(language) else f"-{level}",
        abroad=_level(plain, "en" if language != "en" else "de"),
        lists=get_lists(plain, language),
        kind=str(word.kind or ""),
        small=_small(plain, language),
        marked=("p" if number in names.people else "n") if number in names.words else "",
        role=_role(plain, language),
    )


def _shape(word: Word) -> str:
    """How it is written, apart from its letters."""
    text = word.text
    if is_year(word.plain):
        return "year"
    if text.isdigit():
        return "9"
    if is_model(word):
        return "model"
    if word.shouted:
        return "!"
    if text[0].isupper():
        if len(text) > 1 and text.isupper():
            return "AA"
        return "AaA" if any(map(str.isupper, text[1:])) else "Aa"
    if any(map(str.isupper, text)):
        return "aA"
    return "a" if text[0].lower() != text[0].upper() else "-"


def _level(plain: str, language: str) -> str:
    return str(int(get_zipf(plain, language) * _LEVELS))


def _role(plain: str, language: str) -> str:
    """What a small word does: it is an article, belongs to somebody, or joins others; or that it
    asks for a picture."""
    if plain not in FUNCTION_WORDS_OF.get(language, frozenset()) and plain not in CONNECTORS:
        return "draw" if plain in DRAW_WORDS else "pic" if plain in PICTURE_WORDS else ""
    if plain in _ARTICLES.get(language, frozenset()):
        return "the"
    return _ROLES.get(plain, "f")


@lru_cache(4096)
def get_lists(plain: str, language: str) -> str:
    """A letter for each list in which a word stands."""
    names, folded = get_names(), fold(plain)
    stands_in = {
        "g": folded in names.given,
        "f": folded in names.family,
        "d": folded in names.everyday,
        "p": plain in get_place_names(),
        "n": plain in get_english_names(),
        "w": plain in get_english_nouns(),
        "i": plain in get_international_names(),
        "c": len(plain) >= _LONG and is_compound(plain, language),
        "P": plain in PICTURE_WORDS,
        "C": plain in COLORS,
        "D": plain in DRAW_WORDS,
    }
    return "".join(letter for letter, here in stands_in.items() if here)


@lru_cache(4096)
def _small(plain: str, language: str) -> str:
    """The word with its language where it is a common one, else nothing."""
    listed = plain in FUNCTION_WORDS_OF.get(language, frozenset()) or plain in CONNECTORS
    told = plain in PICTURE_WORDS or plain in DRAW_WORDS
    common = listed or told or get_zipf(plain, language) >= _SMALL
    return f"{plain} {language}" if common else ""
