"""Which words of a request belong to names: by capitals where they tell, by taggers, by how rare a
word is, and by lists of people and places."""

# ruff: noqa: SIM905 - long lists of words read better as texts

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Final

from agent.language.frequencies import get_zipf, has_long_list
from agent.language.normalise import fold
from agent.language.tagging import WordKind, tag_words
from agent.people import find_people
from agent.people.names import get_names
from agent.research.told_names import find_heard_names, find_told_places
from agent.research.vocabulary import (
    DRAW_WORDS,
    EVERYDAY_CAPITALS,
    FUNCTION_WORDS_OF,
    PICTURE_WORDS,
)
from agent.research.words import Word

_YEAR = re.compile(r"1[0-9]\d\d|20\d\d")
_MODEL = re.compile(
    r"[^\W\d_]{1,3}-?\d{1,4}[^\W\d_]{0,2}|[^\W\d_]{3,}-\d{1,4}|\w-?\d-?\w-?\d", re.IGNORECASE
)
"""The designation of a product, a mission or a robot: F40, STS-93, T10X, R2-D2."""
_NO_MODEL = re.compile(
    r"x\d|\d+|mp[34]|[hb]2[ob]?|v\d|no\d+|[a-d][0-6]|f\d|p\d|(?:top|part|teil|page|under|over)-?\d+",
    re.IGNORECASE,
)
_CAPITALS_SAY_NOTHING: Final = frozenset({"de", "lb"})
"""Languages that write every noun with a capital."""
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
_COMMON: Final = 3.3
"""Zipf frequency from which a word is an everyday one."""
_COMMON_OPENING: Final = 3.0
_COMMON_ADJECTIVE: Final = 4.4
_OF_PEOPLE = re.compile(r"(?:ish|ese|ian|ean|can|man|ench|utch|eek|iss|ech|rdic|thic|thai)$")
"""Endings of the adjectives that English makes of peoples, times and styles."""
_COMMON_NAME: Final = 5.3
_COMMON_HEAD: Final = 4.5
_HEAD: Final = 2.6
"""Zipf frequency from which a word may be the end of a compound."""
LEAST_PERSON: Final = 0.6
_INNER_CAPITAL = re.compile(r"(?<=[^\W\d_])-?[A-ZÀ-ÖØ-ÞА-ЯЁ](?=[^\W\d_])")
"""A capital inside a word: "Notre-Dame", "McLaren"."""
_ADJECTIVAL = re.compile(r"(?:er)$")
_MOVEMENT = re.compile(r"(?:isms?|ists?|ismus|isme|ismo|изм)$")
"""Endings of styles and movements, which name nothing in particular."""
_PREFIXES = ("ال", "وال", "بال", "كال", "لل", "و", "ب", "ل", "ك", "ف")
"""What Arabic writes onto words."""
_ROMANCE: Final = frozenset({"fr", "es", "it", "pt", "ca"})
_ROMANCE_VERB = re.compile(r"(?:[aei]ndo|[aiu]d[oa]s?|[aiu]t[oaie]|ée?s?|antes?|mente|ment)$")
"""Endings of the verb forms and adverbs of Romance languages, many of which are rare."""
_UNUSED: Final = 1.6
"""Zipf frequency below which nobody uses a word."""
_MEASURES: Final = frozenset(
    """
    tasse tassen glas gläser stück stücke teller schüssel korb körbe haufen flasche flaschen kanne
    becher paar gruppe menge schale scheibe scheiben strauß bund kiste topf eimer dose art sorte
    portion kilo gramm liter meter herde schwarm rudel bündel packung tüte sack krug fass
    """.split()
)
"""What German measures things by, which stand behind it without a word between."""
LEAST_MISSPELT: Final = 8
"""Letters of a word that may be a common one misspelt; shorter words have too many neighbours."""


@dataclass(frozen=True, slots=True)
class Names:
    """Which words of a request, by their numbers, belong to names; ``people`` are the numbers of
    those that belong to names of people."""

    words: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    joined: frozenset[int] = field(default=frozenset())
    """Words that belong to the one before them, though they would part two things elsewhere."""


def find_names(prompt: str, words: Sequence[Word], language: str) -> Names:
    """Mark the words of a request that belong to names. Reads word lists: call it in a thread."""
    people = _people(prompt, words, language)
    known, joined = (
        _known_names(words) if language == "en" else (frozenset[int](), frozenset[int]())
    )
    telling = _capitals_tell(words, language)
    marked = set(people) | known | _places(words, language) | find_told_places(words, language)
    if not any(word.plain.isascii() for word in words):
        marked |= find_heard_names(words)
    for number, word in enumerate(words):
        if number in marked or _says_nothing(word, language):
            continue
        if is_model(word) or _is_name(words, number, language, telling=telling):
            marked.add(number)
    return Names(frozenset(marked), frozenset(people), joined)


def is_year(text: str) -> bool:
    """Whether it is written like a year from 1000 on."""
    return _YEAR.fullmatch(text) is not None


def is_model(word: Word) -> bool:
    """Whether it is written like the designation of a product, a mission or a robot."""
    plain = "".join(c for c in word.plain if unicodedata.category(c) not in ("Mn", "Mc"))
    return (
        _MODEL.fullmatch(plain) is not None
        and _NO_MODEL.fullmatch(plain) is None
        and not is_year(plain)
        and not plain[0].isdigit()
    )


def _says_nothing(word: Word, language: str) -> bool:
    plain = word.plain
    if plain.isdigit() or len(plain) < 2 or not any(map(str.isalpha, plain)):
        return True
    if word.begins_sentence and plain in DRAW_WORDS:
        return True
    everyday = language == "en" and (
        plain in EVERYDAY_CAPITALS or plain.split("-")[0] in EVERYDAY_CAPITALS
    )
    return everyday or plain[0].isdigit()


def _is_name(words: Sequence[Word], number: int, language: str, *, telling: bool) -> bool:
    word = words[number]
    plain = word.plain
    function = plain in FUNCTION_WORDS_OF.get(language, frozenset())
    if language == "tr" and word.name != word.text:
        return True  # only names have their endings behind an apostrophe
    if telling and word.text[0].isupper() and not word.shouted:
        if not word.begins_sentence:
            # "La Scala": an article with a capital inside a sentence begins a name.
            return (not function or len(plain) > 1) and not _is_of_people(word, language)
        if function or plain in PICTURE_WORDS:
            return False
        if _INNER_CAPITAL.search(word.text) or _is_international_name(word, language):
            return True
        following = words[number + 1] if number + 1 < len(words) else None
        proper = following is not None and not following.opens and following.text[0].isupper()
        if proper and _may_begin_name(word, language):
            return True
        if word.kind is WordKind.NAME and language == "en" and not _MOVEMENT.search(plain):
            return True
        unknown = language == "en" and 0 < get_zipf(plain, language) < _COMMON
        unknown = unknown and word.kind in (WordKind.NOUN, WordKind.NAME)
        return (unknown and plain not in get_english_nouns()) or _is_rare(words, number, language)
    if function or plain in PICTURE_WORDS:
        return False
    if _has_initials(word) and language in _CAPITALS_SAY_NOTHING:
        return True
    if language == "de" and word.kind is WordKind.NAME and _is_season_or_so(words, number):
        return False
    if word.kind is WordKind.NAME and not _MOVEMENT.search(plain):
        return get_zipf(plain, language) < _COMMON or _is_tagged_name(words, number, language)
    if language in _CAPITALS_SAY_NOTHING and (
        _is_of_place(words, number, language) or _is_apposition(words, number, language)
    ):
        return True
    return _is_rare(words, number, language)


def _is_of_people(word: Word, language: str) -> bool:
    """Whether it is a common adjective that English writes with a capital: "French", "Japanese"."""
    adjective = language == "en" and word.kind is WordKind.ADJECTIVE
    common = get_zipf(word.plain, language) >= _COMMON_ADJECTIVE
    return adjective and common and _OF_PEOPLE.search(word.plain) is not None


def _is_international_name(word: Word, language: str) -> bool:
    """Whether it is a name in English too, as names are in many languages: "Pikachu"."""
    plain = fold(word.plain)
    if language == "en" or not plain.isalpha() or len(plain) < 4 or get_zipf(plain, "en") < 2:
        return False
    kinds = tag_words([plain], "en")
    # A word with accents is another one than the English name that has its letters.
    most = _COMMON_NAME if plain == word.plain else _COMMON
    return kinds == [WordKind.NAME] and get_zipf(word.plain, language) < most


def _is_season_or_so(words: Sequence[Word], number: int) -> bool:
    """Whether a German word that is a family name too stands alone and is a common noun of English
    as well: "Winter", "Emoji"."""
    plain = words[number].plain
    beside = [words[n] for n in (number - 1, number + 1) if 0 <= n < len(words)]
    alone = not any(word.text[0].isupper() for word in beside if not word.opens)
    return alone and plain not in get_place_names() and _is_english_noun(plain)


def _is_english_noun(plain: str) -> bool:
    """Whether it is a common noun of English."""
    if get_zipf(plain, "en") < _COMMON:
        return False
    kinds = tag_words(["the", plain], "en")
    return kinds is not None and kinds[-1] is WordKind.NOUN


def _places(words: Sequence[Word], language: str) -> set[int]:
    """Words that are names of large towns and of countries: at the beginning of a sentence, where
    a capital says nothing, and in scripts without capitals."""
    if language in ("en", "de"):
        return set()
    known = get_place_names()
    marked: set[int] = set()
    for number, word in enumerate(words):
        cased = word.text[0].lower() != word.text[0].upper()
        if cased and not (word.begins_sentence and word.text[0].isupper()):
            continue
        forms = [word.name.casefold()]
        if language == "ar":
            forms += [word.plain.removeprefix(prefix) for prefix in ("و", "ب", "ل", "ف")]
        if language == "ko":
            forms += [word.plain.removesuffix(ending) for ending in _KOREAN]
        if any(form in known for form in forms):
            marked.add(number)
    return marked


_KOREAN: Final = ("의", "에서", "에", "을", "를", "은", "는", "이", "가", "로", "으로", "와", "과")
"""Particles that Korean writes onto words."""


def _may_begin_name(word: Word, language: str) -> bool:
    """Whether a capital at the beginning of a sentence may be that of the name that goes on behind
    it, as in "Eileen Collins", rather than the sentence's, as in "Shiny Ferrari"."""
    if word.kind in (WordKind.VERB, WordKind.ADJECTIVE, WordKind.OTHER):
        return get_zipf(word.plain, language) < _COMMON
    return True


def _is_tagged_name(words: Sequence[Word], number: int, language: str) -> bool:
    """Whether a common word that a tagger takes for a name is one: beside another name, or with a
    capital that only names have there."""
    del language
    beside = [words[n] for n in (number - 1, number + 1) if 0 <= n < len(words)]
    return any(word.kind is WordKind.NAME for word in beside) or not words[number].text.islower()


def _is_of_place(words: Sequence[Word], number: int, language: str) -> bool:
    """Whether a German adjective has a capital, as only those of names have: "Kölner Dom", "Rotes
    Meer"."""
    word = words[number]
    following = words[number + 1] if number + 1 < len(words) else None
    return (
        word.text[0].isupper()
        and not word.shouted
        and (_ADJECTIVAL.search(word.plain) is not None or not word.begins_sentence)
        and following is not None
        and not following.opens
        and following.text[0].isupper()
        and (not word.begins_sentence or get_zipf(word.plain.removesuffix("er"), language) >= 3)
        and word.kind in (WordKind.ADJECTIVE, WordKind.NAME)
    )


def _is_apposition(words: Sequence[Word], number: int, language: str) -> bool:
    """Whether a German word that nobody uses stands right behind a noun, as names do: "das
    Luftschiff Adlerhorn". Common things would be written in one word, or are measured."""
    word, before = words[number], words[number - 1] if number else None
    return (
        before is not None
        and not word.opens
        and WordKind.NOUN is before.kind is word.kind
        and word.text[0].isupper()
        and before.text[0].isupper()
        and not (word.shouted or before.shouted)
        and before.plain not in _MEASURES
        and get_zipf(word.plain, language) < _UNUSED
    )


def _has_initials(word: Word) -> bool:
    """Whether a part of it is an abbreviation in capitals: "VW", "Fußball-WM"."""
    parts = re.split(r"[-/]", word.text)
    return not word.shouted and any(len(part) > 1 and part.isupper() for part in parts)


def _is_rare(words: Sequence[Word], number: int, language: str) -> bool:
    """Whether a word is so rare in the request's language, and in English, that it is the name of
    something, and is no compound or form of common words."""
    word = words[number]
    if language in _NEVER_RARE or not has_long_list(language) or "'" in words[number].plain:
        return False
    limit = _limit(words, number, language)
    plain = word.plain
    if get_zipf(plain, language) > limit or get_zipf(plain, "en") >= _COMMON:
        return False
    if _MOVEMENT.search(plain) or (language in _ROMANCE and _ROMANCE_VERB.search(plain)):
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
    if language in _CAPITALS_SAY_NOTHING and word.text[0].isupper() and not word.shouted:
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
    if language in _COMPOUNDING and _is_compound(plain, language):
        return False
    if len(plain) >= LEAST_MISSPELT and plain.isascii() and _is_misspelt(plain, language):
        return False
    return not (language in _INFLECTING and _is_form(plain, language, limit))


def _is_compound(plain: str, language: str, depth: int = 2) -> bool:
    """Whether it is put together of common words: "Tomatensoße", "tophat"."""
    given = get_names().given - get_names().everyday
    for cut in range(3, len(plain) - 2):
        first, rest = plain[:cut], plain[cut:]
        if fold(first.removesuffix("s")) in given and len(first) > 4:
            continue  # "Hermannsdenkmal"
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


def _is_part(stem: str, language: str) -> bool:
    least = {3: 4.5, 4: 3.8}.get(len(stem), _COMMON)
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
    return any(zipf >= _COMMON for zipf in known)


def _capitals_tell(words: Sequence[Word], language: str) -> bool:
    """Whether a capital inside a sentence is that of a name: not where nouns have one, where all is
    in capitals, or where every word has one."""
    if language in _CAPITALS_SAY_NOTHING:
        return False
    inner = [w for w in words if not w.begins_sentence and w.text[0].isalpha()]
    if not inner:
        return True
    raised = [word for word in inner if word.text[0].isupper()]
    if len(raised) < 3 or len(raised) < 0.75 * len(inner):
        return True
    function = FUNCTION_WORDS_OF.get(language, frozenset())
    return not any(w.plain in function and w.text[0].isupper() and len(w.plain) > 1 for w in raised)


def _people(prompt: str, words: Sequence[Word], language: str) -> set[int]:
    found = [
        person
        for person in find_people(prompt, language)
        if person.known or person.score >= LEAST_PERSON
    ]
    marked: set[int] = set()
    for person in found:
        if re.search(r"[\d,;:，、]", prompt[person.start : person.end + 1].rstrip(",;:，、")):
            continue
        own = [n for n, word in enumerate(words) if person.start <= word.start < person.end]
        if own and (person.known or not _is_part_of_more(words, own, person.text, language)):
            marked |= set(own)
    return marked


def _is_part_of_more(words: Sequence[Word], own: Sequence[int], name: str, language: str) -> bool:
    """Whether what looks like a person's name is not one: further capitals stand beside it ("Sydney
    Opera House"), or all its words are common ones in lower case."""
    least = 4.7 if language == "en" else _COMMON
    if name.islower() and all(get_zipf(part, language) >= least for part in name.split()):
        return True
    beside = [n for n in (own[0] - 1, own[-1] + 1) if 0 <= n < len(words)]
    return (
        any(
            words[n].text[0].isupper()
            and not words[n].shouted
            and not words[n].begins_sentence
            and not words[max(n, own[0])].opens
            for n in beside
        )
        and language not in _CAPITALS_SAY_NOTHING
    )


def _known_names(words: Sequence[Word]) -> tuple[frozenset[int], frozenset[int]]:
    """Names of places, people, works and events that WordNet knows, in any case; and those of
    their words that would part two things elsewhere."""
    known = get_english_names()
    plain = [word.plain for word in words]
    marked: set[int] = set()
    joined: set[int] = set()
    for start in range(len(words)):
        for count in range(min(5, len(words) - start), 0, -1):
            if any(word.opens for word in words[start + 1 : start + count]):
                continue
            # A single word must not be one of many that are common in lower case ("tigers").
            single = count == 1 and words[start].kind not in (WordKind.NAME, WordKind.OTHER)
            if not single and " ".join(plain[start : start + count]) in known:
                marked |= set(range(start, start + count))
                joined |= set(range(start + 1, start + count))
                break
    return frozenset(marked), frozenset(joined)


@lru_cache(maxsize=1)
def get_english_names() -> frozenset[str]:
    """Names of particular things that WordNet 3.0 holds, in lower case, without those that are
    common words too."""
    data = resources.files("agent.language") / "data" / "english_names.txt"
    return frozenset(data.read_text(encoding="utf-8").split("\n")) - {""}


@lru_cache(maxsize=1)
def get_place_names() -> frozenset[str]:
    """Names of large and famous towns and of countries in many languages, casefolded."""
    data = resources.files("agent.language") / "data" / "place_names.txt"
    return frozenset(data.read_text(encoding="utf-8").split("\n")) - {""}


@lru_cache(maxsize=1)
def get_english_nouns() -> frozenset[str]:
    """Common words that are rare in texts, such as "teacup", of WordNet 3.0."""
    data = resources.files("agent.language") / "data" / "english_words.txt"
    return frozenset(data.read_text(encoding="utf-8").split("\n")) - {""}
