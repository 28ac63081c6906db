"""Whether a word is so rare that it is a name, and no compound or form of common words."""

# ruff: noqa: SIM905 - long lists of words read better as texts

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.language.frequencies import get_zipf, has_long_list
from agent.language.normalise import fold
from agent.language.tagging import WordKind
from agent.people.names import get_names
from agent.research.known_names import get_international_names
from agent.research.words import Word

CAPITALS_SAY_NOTHING: Final = frozenset({"de", "lb"})
"""Languages that write every noun with a capital."""
COMMON: Final = 3.3
"""Zipf frequency from which a word is an everyday one."""
MOVEMENT = re.compile(r"(?:isms?|ists?|ismus|isme|ismo|изм)$")
"""Endings of styles and movements, which name nothing in particular."""
_COMPOUNDING: Final = frozenset({"de", "nl", "sv", "da", "nb", "no", "fi", "hu", "en", "is"})
_LINKS: Final = ("", "s", "n", "en", "er", "es", "e")
_INFLECTING: Final = frozenset(
    "ru uk bg pl cs sk tr fi hu ar ko lt lv el ro he fa es it pt fr".split()
)
_RARE: Final = 2.3
"""Zipf frequency up to which a word counts as rare, and is taken for a name."""
_RARE_ENGLISH: Final = 1.9
"""The same in English, whose list is the largest."""
_RARE_DEFINITE: Final = 3.2
"""The same for an Arabic word with its article."""
_RARE_UNIQUE: Final = 2.4
"""The same for a word behind a definite article or none, which speaks of one thing."""
_RARE_NOUN: Final = {"de": 3.2}
"""The same where capitals say nothing, so that a name can be known by its rarity alone."""
_RARE_BY_LANGUAGE: Final = {"ar": 1.6, "vi": 0.1}
"""The same for languages of many word forms, or with a short list."""
_NEVER_RARE: Final = frozenset({"tr", "ko", "fa", "hi", "ur", "ta", "bn"})
"""Languages in whose lists too many everyday words are missing."""
_COMMON_OPENING: Final = 3.0
_COMMON_HEAD: Final = 4.5
_HEAD: Final = 2.6
"""Zipf frequency from which a word may be the end of a compound."""
_PREFIXES = ("ال", "وال", "بال", "كال", "لل", "و", "ب", "ل", "ك", "ف")
"""What Arabic writes onto words."""
_SLAVIC: Final = frozenset({"ru", "uk", "bg", "pl", "cs", "sk"})
_SLAVIC_ADJECTIVE = re.compile(
    r"(?:[нвтш](?:ый|ий|ая|яя|ое|ее|ые|ие|ого|его|ой|ую|ых|их|ым|ем)"
    r"|[nłtwcsz][yaeią]|n?(?:ego|emu|ych|ymi?|ej)|щ(?:ий|ая|ее|ие))$"
)
"""Endings of Slavic adjectives and participles, many of which are rare and none of which is a name
in lower case."""
_ROMANCE: Final = frozenset({"fr", "es", "it", "pt", "ca"})
_ROMANCE_VERB = re.compile(
    r"(?:[aeiáéí]ndo(?:se|lo|la|le|los|las|les|me|te|nos)?|[aiu]d[oa]s?|[aiu]t[oaie]|ée?s?"
    r"|antes?|mente|ment)$"
)
"""Endings of the verb forms and adverbs of Romance languages, many of which are rare."""
LEAST_MISSPELT: Final = 8
"""Letters of a word that may be a common one misspelt; shorter words have too many neighbours."""


def is_rare(words: Sequence[Word], number: int, language: str) -> bool:
    """Whether a word is so rare in the request's language, and in English, that it is the name of
    something, and is no compound or form of common words."""
    word = words[number]
    if language in _NEVER_RARE or not has_long_list(language) or "'" in words[number].plain:
        return False
    limit = _limit(words, number, language)
    plain = word.plain
    if get_zipf(plain, language) > limit or get_zipf(plain, "en") >= COMMON:
        return False
    if MOVEMENT.search(plain) or (language in _ROMANCE and _ROMANCE_VERB.search(plain)):
        return False
    if language in _SLAVIC and word.text.islower() and _SLAVIC_ADJECTIVE.search(plain):
        return False
    parts = [part for part in plain.split("-") if len(part) > 3]
    return bool(parts) and all(_is_unknown(part, language, limit) for part in parts)


def _limit(words: Sequence[Word], number: int, language: str) -> float:
    word = words[number]
    if language == "ar" and word.plain.startswith("ال"):
        return _RARE_DEFINITE
    if language in _RARE_BY_LANGUAGE:
        return _RARE_BY_LANGUAGE[language]
    if word.kind in (WordKind.VERB, WordKind.ADJECTIVE):
        return 0.0
    before = words[number - 1].plain if number and not word.opens else ""
    unique = before in _DEFINITE or not before
    if language in CAPITALS_SAY_NOTHING and word.text[0].isupper() and not word.shouted:
        return _RARE_NOUN["de"] if unique else _RARE
    if unique and before:
        return _RARE_UNIQUE
    return _RARE_ENGLISH if language == "en" else _RARE


_DEFINITE: Final = frozenset(
    {"the", "der", "die", "das", "den", "dem", "des", "vom", "am", "im", "zum", "zur", "beim",
     "le", "la", "el", "il", "lo", "o"}
)  # fmt: skip


def _is_unknown(plain: str, language: str, limit: float) -> bool:
    if get_zipf(plain, language) > limit:
        return False
    if is_compound(plain, language) or _is_german_derived(plain, language):
        return False
    if len(plain) >= LEAST_MISSPELT and plain.isascii() and _is_misspelt(plain, language):
        return False
    return not (language in _INFLECTING and _is_form(plain, language, limit))


def is_compound(plain: str, language: str) -> bool:
    """Whether a word of a language that joins words is put together of common ones."""
    return language in _COMPOUNDING and _is_compound(plain, language)


def _is_compound(plain: str, language: str, depth: int = 2) -> bool:
    """Whether it is put together of common words: "Tomatensoße", "tophat"."""
    names = get_names()
    for cut in range(3, len(plain) - 2):
        first, rest = plain[:cut], plain[cut:]
        owner = first.removesuffix("s")
        given = fold(owner) in names.given and fold(owner) not in names.everyday
        named = given or owner in get_international_names()
        if named and len(first) > 4:
            continue  # "Hermannsdenkmal", "Hundertwasserhaus"
        head = len(rest) > 4 and get_zipf(rest, language) >= _HEAD
        if head and get_zipf(rest, language) >= _COMMON_HEAD and get_zipf(first, language) >= 2:
            return True  # "Makroaufnahme"
        if not (head or _is_part(rest, language)) and (
            depth < 2 or not _is_compound(rest, language, 1)
        ):
            continue
        stems = (first.removesuffix(link) for link in _LINKS if first.endswith(link))
        if any(len(stem) > 2 and _is_part(stem, language) for stem in stems):
            return True
    return False


def _is_german_derived(plain: str, language: str) -> bool:
    """Whether it is a common word in the feminine or made small: "Ritterin", "Häuschen"."""
    bare = re.sub(r"(?:in|innen|chen|lein)$", "", plain)
    return language == "de" and bare != plain and get_zipf(bare, language) >= COMMON


def _is_part(stem: str, language: str) -> bool:
    least = {3: 4.5, 4: 3.8}.get(len(stem), COMMON)
    return get_zipf(stem, language) >= least


def _is_form(plain: str, language: str, limit: float) -> bool:
    """Whether it may be a form of a known word: it begins with one, and goes on with an ending."""
    for prefix in _PREFIXES if language == "ar" else ():
        if plain.startswith(prefix) and get_zipf(plain.removeprefix(prefix), language) > limit:
            return True
    shortest = max(3, len(plain) - _ENDINGS.get(language, 4), (len(plain) + 1) // 2)
    stems = (plain[:end] for end in range(len(plain) - 1, shortest - 1, -1))
    return any(get_zipf(stem, language) >= max(_COMMON_OPENING, limit) for stem in stems)


_ENDINGS: Final = {"es": 2, "it": 2, "pt": 2, "fr": 2, "ru": 3, "ar": 2, "tr": 6}
"""Letters that forms of a word may have more than its stem."""


def _is_misspelt(plain: str, language: str) -> bool:
    """Whether one letter too many, too few or exchanged with the next makes a common word of it:
    "surounding", "toothbrushs"."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    cuts = range(len(plain) + 1)
    fewer = (plain[:n] + plain[n + 1 :] for n in cuts[:-1])
    more = (plain[:n] + letter + plain[n:] for n in cuts for letter in letters)
    turned = (plain[:n] + plain[n + 1] + plain[n] + plain[n + 2 :] for n in cuts[:-2])
    known = (get_zipf(word, language) for words in (fewer, more, turned) for word in words)
    return any(zipf >= COMMON for zipf in known)
