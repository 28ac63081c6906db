"""Lexical data of the checks: languages, classes of values, numbers, units, WordNet.

The files in ``data/`` are read once, when the first claim is compared.
"""

from __future__ import annotations

import gzip
import tomllib
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from domain.made_once import made_once

DATA: Final = Path(__file__).parent / "data"
_LONGEST_ENDING: Final = 3
_SHORTEST_STEM: Final = 4
_EASTERN_ENDINGS: Final = frozenset("いくの色的造製制側侧部方边面")
"""Suffixes of a Chinese or Japanese sign that is a colour, a material or a direction."""
_QUOTES: Final = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "ß": "ss", "ø": "o", "ł": "l",
                                "æ": "ae", "œ": "oe", "đ": "d", "ı": "i"})  # fmt: skip


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """A word in lower case, without accents and with straight apostrophes."""
    if word.isascii():
        return word.lower()
    bare = unicodedata.normalize("NFKD", word.casefold())
    kept = "".join(c for c in bare if unicodedata.category(c) != "Mn" or "\u3040" <= c <= "\u30ff")
    return unicodedata.normalize("NFC", kept).translate(_QUOTES)


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split())


@dataclass(frozen=True, slots=True)
class Language:
    """The data of one language, all folded."""

    function: frozenset[str] = frozenset()
    negators: frozenset[str] = frozenset()
    backward: frozenset[str] = frozenset()
    """Negators that may stand after the word that they negate."""
    contrast: frozenset[str] = frozenset()
    agent: frozenset[str] = frozenset()
    passive: frozenset[str] = frozenset()
    hedges: frozenset[str] = frozenset()


@lru_cache(maxsize=1)
def get_languages() -> dict[str, Language]:
    """Each language by its ISO 639-1 code."""
    read = tomllib.loads((DATA / "languages.toml").read_text("utf-8"))
    return {
        code: Language(**{name: _folded(words) for name, words in parts.items()})
        for code, parts in read.items()
    }


@dataclass(frozen=True, slots=True)
class ValueClass:
    """A property of which a thing has one value, such as its colour."""

    name: str
    must: bool
    kin: dict[str, frozenset[str]]
    """Values that may go together."""

    def are_kin(self, one: str, other: str) -> bool:
        """Whether two values may apply to the same thing."""
        return (
            one == other
            or other in self.kin.get(one, frozenset())
            or one in self.kin.get(other, frozenset())
        )


@lru_cache(maxsize=1)
def get_classes() -> dict[str, ValueClass]:
    """The classes of values by name."""
    found: dict[str, ValueClass] = {}
    for name, parts in tomllib.loads((DATA / "classes.toml").read_text("utf-8")).items():
        kin = {value: frozenset(others.split()) for value, others in parts.get("kin", {}).items()}
        found[name] = ValueClass(name, bool(parts.get("must")), kin)
    return found


@lru_cache(maxsize=1)
def _class_words() -> tuple[dict[str, set[tuple[str, str]]], dict[str, set[tuple[str, str]]]]:
    """The (class, value) pairs of exact words, and of the beginnings of words."""
    exact: dict[str, set[tuple[str, str]]] = defaultdict(set)
    stems: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for name, parts in tomllib.loads((DATA / "classes.toml").read_text("utf-8")).items():
        for value, words in parts["values"].items():
            for word in map(fold, words.split()):
                exact[word.lstrip("=")].add((name, value))
                if len(word) >= _SHORTEST_STEM and not word.startswith("="):
                    stems[word].add((name, value))
    return exact, stems


@lru_cache(maxsize=20_000)
def get_values(plain: str) -> frozenset[tuple[str, str]]:
    """The (class, value) pairs that a folded word gives; none for most words."""
    exact, stems = _class_words()
    if plain in exact:
        return frozenset(exact[plain])
    if len(plain) == 2 and plain[1] in _EASTERN_ENDINGS and not plain[0].isascii():
        return frozenset(exact.get(plain[0], ()))
    for cut in (1, 2):
        if len(plain) - 2 * cut >= _SHORTEST_STEM - 1 and plain[:-cut] in stems:
            return frozenset(stems[plain[:-cut]])
    return frozenset()


def get_kinds(value: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """A (class, value) pair with those of its kind of material: oak is wood."""
    name, plain = value
    kin = get_classes()[name].kin if name == "material" else {}
    wider = (other for other, kinds in kin.items() if plain in kinds)
    return value, *((name, other) for other in (*kin.get(plain, ()), *wider))


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit by its kind and its size in the kind's first unit."""

    kind: str
    name: str
    size: float


@dataclass(frozen=True, slots=True)
class NumberWords:
    """Numbers in words, units, and words beside numbers."""

    approximately: frozenset[str]
    more: frozenset[str]
    less: frozenset[str]
    numbers: dict[str, dict[str, int]]
    """By language, then by word."""
    ordinals: dict[str, dict[str, int]]
    factors: dict[str, int]
    exact_units: dict[str, Unit]
    unit_stems: dict[str, Unit]


@lru_cache(maxsize=1)
def get_number_words() -> NumberWords:
    """All that ``quantities.toml`` holds."""
    read: dict[str, Any] = tomllib.loads((DATA / "quantities.toml").read_text("utf-8"))
    numbers = {code: _numbered(ws, 0) for code, ws in read["numbers"].items()}
    for code, words in read["tens"].items():
        numbers[code] |= {word: 10 * n for word, n in _numbered(words, 2).items()}
    exact: dict[str, Unit] = {}
    stems: dict[str, Unit] = {}
    for kind, units in read["units"].items():
        for name, (size, words) in units.items():
            unit = Unit(kind, name, float(size))
            for word in map(fold, words.split()):
                exact[word.lstrip("=")] = unit
                if not word.startswith("="):
                    stems[word] = unit
    around = {name: _folded(words) for name, words in read["approximately"].items()}
    return NumberWords(
        approximately=around["words"],
        more=around["more"],
        less=around["less"],
        numbers=numbers,
        ordinals={code: _numbered(words, 1) for code, words in read["ordinals"].items()},
        factors={fold(word): factor for word, factor in read["factors"].items()},
        exact_units=exact,
        unit_stems=stems,
    )


def _numbered(words: str, first: int) -> dict[str, int]:
    return {fold(word): number for number, word in enumerate(words.split(), first)}


@lru_cache(maxsize=5_000)
def get_unit(plain: str) -> Unit | None:
    """The unit that a folded word names."""
    known = get_number_words()
    if plain in known.exact_units:
        return known.exact_units[plain]
    for cut in range(1, _LONGEST_ENDING + 3):
        found = known.unit_stems.get(plain[:-cut])
        if found is not None and len(plain) - cut >= 3:
            return found
    return None


@dataclass(frozen=True, slots=True)
class Meaning:
    """WordNet's entry of an English word: ``same`` numbers its meanings and those of words derived
    from it, ``wider`` the more general ones."""

    same: frozenset[str]
    wider: frozenset[str]


_NO_MEANING: Final = Meaning(frozenset(), frozenset())


@made_once
def _wordnet() -> dict[str, str]:
    with gzip.open(DATA / "wordnet.txt.gz", "rt", encoding="ascii") as lines:
        return dict(line.rstrip("\n").split("|", 1) for line in lines)


@lru_cache(maxsize=1)
def _irregular() -> dict[str, str]:
    return dict(line.split() for line in (DATA / "irregular.txt").read_text("ascii").splitlines())


@lru_cache(maxsize=20_000)
def get_base_forms(plain: str) -> tuple[str, ...]:
    """The words of WordNet that an English word may be a form of."""
    known = _wordnet()
    irregular = _irregular().get(plain)
    candidates = [plain, *([irregular] if irregular else [])]
    for ending, others in (("ies", ("y",)), ("es", ("", "e")), ("s", ("",)), ("ied", ("y",)),
                           ("ed", ("", "e")), ("ing", ("", "e")), ("er", ("", "e")),
                           ("est", ("", "e")), ("ly", ("",))):  # fmt: skip
        if plain.endswith(ending) and len(plain) - len(ending) >= 2:
            base = plain[: -len(ending)]
            candidates += [base + other for other in others]
            if len(base) > 2 and base[-1] == base[-2]:
                candidates.append(base[:-1])
    return tuple(dict.fromkeys(word for word in candidates if word in known))


@lru_cache(maxsize=20_000)
def get_meaning(plain: str) -> Meaning:
    """The meanings of a folded English word; empty where it is unknown."""
    same: set[str] = set()
    wider: set[str] = set()
    for base in get_base_forms(plain):
        own, _bar, above = _wordnet()[base].partition("|")
        same.update(own.split())
        wider.update(above.split())
    return Meaning(frozenset(same), frozenset(wider)) if same or wider else _NO_MEANING


def is_verb_form(plain: str) -> bool:
    """Whether a folded English word looks like a verb: a past form or a participle."""
    return (plain.endswith(("ed", "ing")) and len(plain) > 4) or plain in _irregular()


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, frozenset[str]]:
    return _pairs("synonyms.txt")


@lru_cache(maxsize=20_000)
def mean_the_same(one: str, other: str) -> bool:
    """Whether two folded English words may say the same: synonyms, one the more general of the
    other, or one derived from the other."""
    if other in get_synonyms(one):
        return True
    a, b = get_meaning(one), get_meaning(other)
    return bool(a.same & b.same or a.same & b.wider or a.wider & b.same)


@lru_cache(maxsize=20_000)
def are_siblings(one: str, other: str) -> bool:
    """Whether two folded English words are kinds of one thing, such as marble and granite."""
    return bool(get_meaning(one).wider & get_meaning(other).wider) and not mean_the_same(one, other)


def get_synonyms(plain: str) -> frozenset[str]:
    """Words beside WordNet's that may say the same as a folded English word."""
    return _synonyms().get(plain, frozenset())


@made_once
def _antonyms() -> dict[str, frozenset[str]]:
    return _pairs("antonyms.txt", "opposites.txt")


def _pairs(*names: str) -> dict[str, frozenset[str]]:
    """The pairs of words in files of ``data/``, both ways."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        for line in (DATA / name).read_text("utf-8").splitlines():
            if not line.startswith("#"):
                one, other = map(fold, line.split())
                found[one].add(other)
                found[other].add(one)
    return {word: frozenset(others) for word, others in found.items()}


@lru_cache(maxsize=20_000)
def get_antonyms(plain: str) -> frozenset[str]:
    """The opposites of a folded word or of the words that it is a form of."""
    known = _antonyms()
    forms = (plain, *(get_base_forms(plain) or _without_endings(plain)))
    return frozenset(other for form in forms for other in known.get(form, frozenset()))


@lru_cache(maxsize=20_000)
def are_opposite(one: str, other: str) -> bool:
    """Whether two folded words are opposites, endings aside."""
    opposites = get_antonyms(one)
    forms = (other, *(get_base_forms(other) or _without_endings(other)))
    return bool(opposites and not opposites.isdisjoint(forms))


@lru_cache(maxsize=20_000)
def are_nearly_opposite(one: str, other: str) -> bool:
    """Whether a word says the same as an opposite of the other, as "decline" does for "accept"."""
    if _changes_of(one) * _changes_of(other) < 0:
        return True
    meaning = get_meaning(other).same
    return bool(meaning) and any(get_meaning(o).same & meaning for o in get_antonyms(one))


def _changes_of(plain: str) -> int:
    """1 for a verb of becoming more, -1 for one of becoming less, 0 for another word."""
    changes = _changes()
    return next((changes[base] for base in (plain, *get_base_forms(plain)) if base in changes), 0)


@lru_cache(maxsize=1)
def _changes() -> dict[str, int]:
    lines = (DATA / "changes.txt").read_text("utf-8").splitlines()
    found = dict(line.split(": ") for line in lines if line and not line.startswith("#"))
    more, less = found["more"].split(), found["less"].split()
    return dict.fromkeys(more, 1) | dict.fromkeys(less, -1)


_ENDINGS: Final = ("en", "er", "es", "em", "os", "as", "e", "n", "s", "a", "o")
"""Endings of adjectives in German, Dutch and Romance languages."""


def _without_endings(plain: str) -> tuple[str, ...]:
    """The base forms of a word that is not in English."""
    bare = (plain.removesuffix(ending) for ending in _ENDINGS if plain.endswith(ending))
    return tuple(base for base in bare if len(base) >= _SHORTEST_STEM)
