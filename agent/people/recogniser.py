"""Find people's names in a text: well-known people, and what looks like a name.

Three ways, the surest first: a form of a known person's name, possibly inflected; a name that
sounds like one in another script; a given and a family name side by side. Capitals count where the
text uses them; words such as "hotel" or "garden" after a name count against it.
"""

# ruff: noqa: SIM905 - long lists of words read better as texts

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from agent.language.normalise import fold, get_words
from agent.people.names import KnownPeople, Names, get_known_people, get_names
from agent.people.sounds import get_sound, is_alike

KNOWN: Final = 0.95
SOUND_SCORE: Final = 0.75
PAIR: Final = 0.6
TITLED: Final = 0.6
SHORTEST_SOUND: Final = 3
"""Letters of a word that is compared by its sound."""
LEAST: Final = 0.3
"""The least score of a name."""
MAX_CHARS: Final = 20_000

_SIGNS = r"\w\u0900-\u0963\u0971-\u0d7f\u0e31-\u0e4e"
_WORD = re.compile(rf"[^\W\d_](?:[{_SIGNS}]|[\u200c\u200d](?=\w))*")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af・·＝]+")
_PREFIX = re.compile(r"^[وف]?(?:[بك]ال|لل)(?=\w{3})|^[وفبلك](?=\w{3})")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]+(?:[・＝=·][\u30a1-\u30fa\u30fc]+)+")
_THINGS: Final = frozenset(
    """
    hotel lobby garden gardens street road avenue boulevard square park tower bridge airport
    university college school museum gallery stadium arena prize award theatre theater
    cathedral church river lake mountain island beach bay valley county city town village
    palace castle station period metal band orchestra quartet foundation institute library
    company brewery straße strasse platz allee brücke schule museum rue avenue place calle
    plaza via piazza rua praça ulica улица площадь музей sokak cadde
    """.split()
)
_TITLES: Final = frozenset(
    """
    mr mrs ms dr prof professor president senator minister chancellor king queen prince
    princess pope herr frau präsident präsidentin kanzler kanzlerin monsieur madame président
    présidente señor señora presidente presidenta senhor senhora signor signora pan pani
    prezydent президент министр господин госпожа başkan bay bayan presiden bapak ibu tổng
    thống ông bà rais bwana bibi श्री श्रीमती राष्ट्रपति प्रधानमंत्री জনাব প্রধানমন্ত্রী
    """.split()
)


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name in a text, as characters from ``start`` to before ``end``.

    ``score`` is 0 to 1. ``known`` is True for a person whom the data or a look-up knows as real,
    False where a look-up found no one, None without a look-up.
    """

    text: str
    start: int
    end: int
    score: float
    known: bool | None = None
    person: str | None = None
    """The usual name of a known person."""


@dataclass(frozen=True, slots=True)
class _Word:
    plain: str
    start: int
    end: int
    capital: bool


def find_people(text: str, language: str | None = None) -> list[PersonName]:
    """The names in a text, in its order, without overlaps.

    ``language`` (ISO 639-1) says what the text is in where the caller knows: in German capitals
    say nothing, since every noun has one.
    """
    text = text[:MAX_CHARS]
    words = [_Word(fold(m[0]), m.start(), m.end(), m[0][0].isupper()) for m in _WORD.finditer(text)]
    cased = [word.capital for word in words if text[word.start].lower() != text[word.start].upper()]
    capitals_mean_names = language != "de" and not all(cased) and any(cased)
    candidates = [
        *_known(words, get_known_people(), text),
        *_known(_without_prefixes(words), get_known_people(), text),
        *_dense(text, get_known_people(), get_names()),
        *_pairs(words, get_names(), text, capitals_mean_names=capitals_mean_names),
        *_titled(words, text),
    ]
    return _without_overlaps(candidates)


def _without_prefixes(words: Sequence[_Word]) -> list[_Word]:
    """The words without the particles that Arabic writes onto names; empty where none has one."""
    if not any(_PREFIX.match(word.plain) for word in words if not word.plain.isascii()):
        return []
    return [
        replace(
            word,
            plain=_PREFIX.sub(lambda m: "ال" if m[0].endswith(("ال", "لل")) else "", word.plain),
        )
        for word in words
    ]


def _known(words: Sequence[_Word], known: KnownPeople, text: str) -> Iterator[PersonName]:
    plain = [word.plain for word in words]
    for start, word in enumerate(plain):
        for form in known.forms.get(word[:3], ()):
            if form.matches(plain, start):
                end = start + len(form.words)
                single = len(form.words) == 1
                score = (KNOWN - (0.15 if single else 0.0)) - _against(words, end)
                yield _name(text, words[start], words[end - 1], score, form.person)
        if not word.isascii():
            yield from _known_by_sound(words, start, known, text)


def _known_by_sound(
    words: Sequence[_Word], start: int, known: KnownPeople, text: str
) -> Iterator[PersonName]:
    """Known people whose names sound like the two or three words from ``start``."""
    for count in (2, 3):
        here = words[start : start + count]
        if len(here) < count or any(
            word.plain.isascii() or len(word.plain) < SHORTEST_SOUND for word in here
        ):
            return
        sound = " ".join(get_sound(word.plain) for word in here)
        # Case endings add consonants to the last word.
        for shortened in range(min(2, len(sound.rpartition(" ")[2]) - 1) + 1):
            person = known.sounds.get(sound[: len(sound) - shortened])
            if person is not None and is_alike(
                [word.plain for word in here], get_words(fold(person))
            ):
                yield _name(text, here[0], here[-1], SOUND_SCORE - 0.15 * shortened, person)
                break


def _dense(text: str, known: KnownPeople, names: Names) -> Iterator[PersonName]:
    """Names in Chinese, Japanese and Korean."""
    for run in _DENSE.finditer(text):
        for at, sign in enumerate(run[0]):
            start = run.start() + at
            for form, person in known.inside.get(sign, ()):
                if text.startswith(form, start):
                    score = KNOWN if len(form) > 2 else SOUND_SCORE
                    yield PersonName(form, start, start + len(form), score, True, person)
            yield from _native(run[0], at, start, names)
    for match in _KATAKANA.finditer(text):
        sound = " ".join(get_sound(part) for part in re.split("[・＝=·]", match[0]))
        heard_of = known.sounds.get(sound)
        score = SOUND_SCORE if heard_of is None else KNOWN
        certain = True if heard_of else None
        yield PersonName(match[0], match.start(), match.end(), score, certain, heard_of)


def _native(run: str, at: int, start: int, names: Names) -> Iterator[PersonName]:
    """A family name with a given name behind it, as in 山田太郎 and 김철수."""
    for family in (1, 2, 3):
        if run[at : at + family] not in names.family:
            continue
        for given in (2, 3, 1):
            end = at + family + given
            if end <= len(run) and run[at + family : end] in names.given:
                score = PAIR if family + given > 2 else LEAST
                yield PersonName(run[at:end], start, start + family + given, score)
                break


def _pairs(
    words: Sequence[_Word], names: Names, text: str, *, capitals_mean_names: bool
) -> Iterator[PersonName]:
    """A given name and a family name side by side, or a given name and a capital."""
    for at, (first, last) in enumerate(pairwise(words)):
        if text[first.end : last.start].strip(" .-·") or first.plain not in names.given:
            continue
        if last.plain in names.family:
            score = PAIR
        elif last.plain in names.given:
            score = PAIR - 0.15
        elif capitals_mean_names and first.capital and last.capital:
            score = PAIR - 0.1
        else:
            continue
        if capitals_mean_names:
            score += 0.2 if first.capital and last.capital else -0.1
        everyday = (first.plain in names.everyday) + (last.plain in names.everyday)
        if not (capitals_mean_names and first.capital and last.capital):
            score -= 0.15 * everyday
        yield _name(text, first, last, score - _against(words, at + 2), None)


def _titled(words: Sequence[_Word], text: str) -> Iterator[PersonName]:
    """A title with a capital behind it."""
    for title, name in pairwise(words):
        between = text[title.end : name.start].strip(" .")
        if title.plain in _TITLES_FOLDED and name.capital and not between and len(name.plain) > 2:
            yield _name(text, name, name, TITLED, None)


def _against(words: Sequence[_Word], after: int) -> float:
    """The weight of the word behind a name as evidence for a place or a thing of that name."""
    return 0.35 if after < len(words) and words[after].plain in _THINGS_FOLDED else 0.0


def _name(text: str, first: _Word, last: _Word, score: float, person: str | None) -> PersonName:
    return PersonName(
        text[first.start : last.end],
        first.start,
        last.end,
        round(min(1.0, score), 2),
        True if person else None,
        person,
    )


def _without_overlaps(candidates: Sequence[PersonName]) -> list[PersonName]:
    chosen: list[PersonName] = []
    for name in sorted(candidates, key=lambda n: (-n.score, n.start - n.end)):
        if name.score >= LEAST and all(
            name.end <= other.start or name.start >= other.end for other in chosen
        ):
            chosen.append(name)
    return sorted(chosen, key=lambda n: n.start)


_THINGS_FOLDED = frozenset(map(fold, _THINGS))
_TITLES_FOLDED = frozenset(map(fold, _TITLES))
