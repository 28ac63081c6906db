"""Which words of a request belong to names: by capitals where they tell, by taggers, by how rare a
word is, and by lists of people and places."""

# ruff: noqa: SIM905 - long lists of words read better as texts

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from agent.language.frequencies import get_zipf
from agent.language.normalise import fold
from agent.language.tagging import WordKind, tag_words
from agent.people import find_people
from agent.research.known_names import get_english_names, get_english_nouns, get_place_names
from agent.research.phrase_clues import (
    find_coordinated,
    find_told_things,
    is_lower_case_person,
)
from agent.research.rarity import CAPITALS_SAY_NOTHING, COMMON, MOVEMENT, is_rare
from agent.research.told_names import find_heard_names, find_told_places, is_given_name
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
_COMMON_ADJECTIVE: Final = 4.4
_OF_PEOPLE = re.compile(r"(?:ish|ese|ian|ean|can|man|ench|utch|eek|iss|ech|rdic|thic|thai)$")
"""Endings of the adjectives that English makes of peoples, times and styles."""
_COMMON_NAME: Final = 5.3
LEAST_PERSON: Final = 0.6
_INNER_CAPITAL = re.compile(r"(?<=[^\W\d_])-?[A-ZÀ-ÖØ-ÞА-ЯЁ](?=[^\W\d_])")
"""A capital inside a word: "Notre-Dame", "McLaren"."""
_ADJECTIVAL = re.compile(r"(?:er)$")
_MEASURES: Final = frozenset(
    """
    tasse tassen glas gläser stück stücke teller schüssel korb körbe haufen flasche flaschen kanne
    becher paar gruppe menge schale scheibe scheiben strauß bund kiste topf eimer dose art sorte
    portion kilo gramm liter meter herde schwarm rudel bündel packung tüte sack krug fass
    """.split()
)
"""What German measures things by, which stand behind it without a word between."""
_UNUSED: Final = 1.6
"""Zipf frequency below which nobody uses a word."""


@dataclass(frozen=True, slots=True)
class Names:
    """Which words of a request, by their numbers, belong to names; ``people`` are the numbers of
    those that belong to names of people."""

    words: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    joined: frozenset[int] = field(default=frozenset())
    """Words that belong to the one before them, though they would part two things elsewhere."""
    unlikely: frozenset[int] = frozenset()
    """Words that the model of names takes for no part of one, even of a doubtful one."""


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
    marked |= find_told_things(prompt, words, language)
    for number, word in enumerate(words):
        if number in marked or _says_nothing(word, language):
            continue
        if is_model(word) or _is_name(words, number, language, telling=telling):
            marked.add(number)
    marked |= find_coordinated(words, marked, language)
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
        if word.kind is WordKind.NAME and language == "en" and not MOVEMENT.search(plain):
            return True
        unknown = language == "en" and 0 < get_zipf(plain, language) < COMMON
        unknown = unknown and word.kind in (WordKind.NOUN, WordKind.NAME)
        return (unknown and plain not in get_english_nouns()) or is_rare(words, number, language)
    if function or plain in PICTURE_WORDS:
        return False
    if _has_initials(word) and language in CAPITALS_SAY_NOTHING:
        return True
    if language == "de" and word.kind is WordKind.NAME and _is_season_or_so(words, number):
        return False
    if word.kind is WordKind.NAME and not MOVEMENT.search(plain):
        return get_zipf(plain, language) < COMMON or _is_tagged_name(words, number, language)
    if language in CAPITALS_SAY_NOTHING and (
        _is_of_place(words, number, language) or _is_apposition(words, number, language)
    ):
        return True
    return is_rare(words, number, language)


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
    most = _COMMON_NAME if plain == word.plain else COMMON
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
    if get_zipf(plain, "en") < COMMON:
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
        return get_zipf(word.plain, language) < COMMON
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


def _capitals_tell(words: Sequence[Word], language: str) -> bool:
    """Whether a capital inside a sentence is that of a name: not where nouns have one, where all is
    in capitals, or where every word has one."""
    if language in CAPITALS_SAY_NOTHING:
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
        if person.known
        or person.score >= LEAST_PERSON
        or _is_lower_case_person(person.text, language)
    ]
    marked: set[int] = set()
    for person in found:
        if re.search(r"[\d,;:，、]", prompt[person.start : person.end + 1].rstrip(",;:，、")):
            continue
        own = [n for n, word in enumerate(words) if person.start <= word.start < person.end]
        if own and own[0] and not words[own[0]].opens and is_given_name(words[own[0] - 1]):
            own = [own[0] - 1, *own]  # "Rita Levi-Montalcini"
        if own and (person.known or not _is_part_of_more(words, own, person.text, language)):
            marked |= set(own)
    return marked


def _is_lower_case_person(name: str, language: str) -> bool:
    parts = name.split()
    return name.islower() and len(parts) == 2 and is_lower_case_person(parts[0], parts[1], language)


def _is_part_of_more(words: Sequence[Word], own: Sequence[int], name: str, language: str) -> bool:
    """Whether what looks like a person's name is not one: further capitals stand beside it ("Sydney
    Opera House"), or all its words are common ones in lower case."""
    least = 4.7 if language == "en" else COMMON
    common = all(get_zipf(part, language) >= least for part in name.split())
    if name.islower() and common and not _is_lower_case_person(name, language):
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
        and language not in CAPITALS_SAY_NOTHING
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
