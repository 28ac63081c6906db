"""Names in scripts without capitals: by the kind of place that stands beside them, and by how they
sound where another script has the same name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

from agent.language.frequencies import get_zipf
from agent.language.normalise import fold
from agent.people.names import get_names
from agent.people.sounds import get_sound
from agent.research.known_names import get_english_names
from agent.research.vocabulary import (
    FUNCTION_WORDS_OF,
    PICTURE_WORDS,
    PLACE_KIND_LAST,
    PLACE_KINDS_OF,
)
from agent.research.words import Word
from domain.made_once import made_once

MAX_NAME_WORDS: Final = 3
LEAST_SOUNDS: Final = 4
"""Consonants of a name that is compared by its sound; shorter ones sound like too many words."""
LEAST_LIKENESS: Final = 0.84
"""Letters that two romanised names share, of all."""
_COMMON_DESCRIPTION: Final = 4.7
"""Zipf frequency from which a word beside a kind of place describes it: "old", "large"."""
_FREQUENT: Final = 5.9
"""Zipf frequency from which a word holds a sentence together, in a language without a list."""
_ARTICLE: Final = "ال"
_FATHERS: Final = frozenset({"أبو", "ابو", "أبي", "ابن", "بن"})


def find_told_places(words: Sequence[Word], language: str) -> set[int]:
    """The numbers of the words of names such as "جبل توبقال" and "हवा महल": a kind of place with a
    word beside it that does not describe it."""
    kinds = PLACE_KINDS_OF.get(language)
    if kinds is None:
        return set()
    marked = _arabic_fathers(words) if language == "ar" else set[int]()
    step = -1 if language in PLACE_KIND_LAST else 1
    for number, word in enumerate(words):
        beside = number + step
        if word.plain.removeprefix(_ARTICLE) not in kinds or not 0 <= beside < len(words):
            continue
        apart = words[max(number, beside)].opens
        if not apart and _names_a_place(words[beside], word, language):
            marked |= {number, beside}
    return marked


def _arabic_fathers(words: Sequence[Word]) -> set[int]:
    """Names such as "أبو الهول" and "ابن بطوطة", which begin with "father of" or "son of"."""
    pairs = [(n, n + 1) for n in range(len(words) - 1) if words[n].plain in _FATHERS]
    return {number for pair in pairs if not words[pair[1]].opens for number in pair}


def _names_a_place(word: Word, kind: Word, language: str) -> bool:
    plain = word.plain
    if len(plain) < 2 or plain.isdigit() or plain in PICTURE_WORDS or is_frequent(plain, language):
        return False
    if language == "ar":
        return _is_arabic_name(plain, kind.plain)
    if language == "hi":
        return plain[-1] not in "\u093e\u0940\u0947\u094b" and plain not in _HINDI_ADJECTIVES
    if language in ("tr", "id", "vi"):
        capital = word.text[0].isupper() and not word.begins_sentence
        return capital or get_zipf(plain, language) < _RARE_SHORT_LIST
    if language == "he" and plain.startswith("מ"):
        return False  # a participle, as "snowy" is
    return get_zipf(plain, language) < _RARE_UNDESCRIBED or _is_given(plain)


_RARE_UNDESCRIBED: Final = 3.3
_COMMON_ARABIC: Final = 4.0
"""Zipf frequency from which an Arabic word without article behind a kind of place describes it."""
_RARE_SHORT_LIST: Final = 3.0
"""The rarest words of the short lists."""
_HINDI_ADJECTIVES: Final = frozenset(
    ["सुंदर", "प्राचीन", "विशाल", "लाल", "सफ़ेद", "सफेद", "हिंदू", "जैन", "भव्य", "एक", "दो", "शांत"]
)
"""Adjectives without an ending, which stand before temples and palaces."""


def _is_arabic_name(plain: str, kind: str) -> bool:
    """Whether what stands behind a kind of place is its name, not an adjective, which has the
    kind's article and gender."""
    zipf = get_zipf(plain, "ar")
    if plain.startswith(_ARTICLE) or kind.startswith(_ARTICLE):
        return plain.startswith(_ARTICLE) and zipf < _COMMON_DESCRIPTION
    if _is_given(plain):
        return True
    agrees = kind.endswith("ة") and plain.endswith("ة")
    participle = plain.startswith("م") or plain[-1] in "يىٍ"
    return zipf < _COMMON_ARABIC and not (agrees or participle)


def _is_given(plain: str) -> bool:
    """Whether it is somebody's name and no common word: "خليفة", "דוד"."""
    names, folded = get_names(), fold(plain)
    return (folded in names.given or folded in names.family) and folded not in names.everyday


def is_given_name(word: Word) -> bool:
    """Whether a word with a capital is a name that people are given."""
    return word.text[0].isupper() and fold(word.plain) in get_names().given


def is_frequent(plain: str, language: str) -> bool:
    """Whether a word in lower case is one that holds sentences together."""
    listed = FUNCTION_WORDS_OF.get(language)
    return plain in listed if listed is not None else get_zipf(plain, language) >= _FREQUENT


def find_heard_names(words: Sequence[Word]) -> set[int]:
    """The numbers of words in other scripts than the Latin one that sound like a name of two words
    or more that English knows: "ताजमहल", "Юрия Гагарина"."""
    marked: set[int] = set()
    for start in range(len(words)):
        for count in range(min(MAX_NAME_WORDS, len(words) - start), 0, -1):
            here = words[start : start + count]
            if any(word.opens for word in here[1:]) or any(w.plain.isascii() for w in here):
                continue
            if _is_heard("".join(word.plain for word in here)):
                marked |= set(range(start, start + count))
                break
    return marked


def _is_heard(text: str) -> bool:
    from anyascii import anyascii

    sound = get_sound(text)
    if len(sound) < LEAST_SOUNDS:
        return False
    roman = anyascii(text).casefold()
    return any(
        SequenceMatcher(None, roman, name, autojunk=False).ratio() >= LEAST_LIKENESS
        for name in _get_names_by_sound().get(sound, ())
    )


@made_once
def _get_names_by_sound() -> Mapping[str, Sequence[str]]:
    """The known names of two words and more, without blanks, by how they sound."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in get_english_names():
        joined = name.replace(" ", "").replace("-", "")
        if " " in name and joined.isascii() and len(sound := get_sound(joined)) >= LEAST_SOUNDS:
            found[sound].append(joined)
    return dict(found)
