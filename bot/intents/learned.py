"""A linear model of what people want below a picture: by their words, and how these stand together.

It was trained on labelled messages (``python -m evaluation.intent_training``) and generalises where
lists of words do not. Words are also seen by what they are: in the picture (``S``), something that
can be seen (``L``), a thing (``T``), or else their ending, so that "add a lantern" teaches it about
"add a kennel". Its judgement is joined with that of the rules in ``bot.intents.reader``.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Final, Protocol

from bot.intents.lexicon import Lexicon, folded, lexicons
from bot.intents.objects import is_comparative
from bot.intents.rules import bare_adjective, seen_words
from bot.intents.things import is_shown, is_thing

WEIGHTS: Final = "learned.json.gz"
MAX_TOKENS: Final = 40
"""Only the beginning of a longer message is looked at."""
_TOKEN: Final = re.compile(
    r"[^\W_]+(?:[.'’&-][^\W_]+)*|[?!,:#>]|\.\.+|…|[\U0001F300-\U0001FAFF☀-➿]"
)
_NAMED: Final = {"..": "…", "...": "…"}
_PICTURES: Final = 4
_SHORT: Final = 3
_GRAMS: Final = (3, 4, 5)
_GRAM_VALUE: Final = 0.5
"""Pieces of words count half, since each word has many of them."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The trained numbers: ``names`` of the intents, then a bias and weights in their order."""

    names: tuple[str, ...]
    bias: tuple[float, ...]
    of_feature: Mapping[str, Sequence[float]]


def probabilities(
    text: str, *, shown: frozenset[str], pictures: int, weights: Weights | None = None
) -> Mapping[str, float]:
    """How probable each intent is for a message below a picture, by its id; they add up to 1.

    Only ids that were in the training data are there. ``shown`` are the words of the picture and
    ``pictures`` how many there are. Raises ``FileNotFoundError`` where the weights are missing.
    """
    weights = weights or _shipped()
    sums = list(weights.bias)
    for name, value in features(text, shown=shown, pictures=pictures).items():
        for at, weight in enumerate(weights.of_feature.get(name, ())):
            sums[at] += value * weight
    highest = max(sums)
    powers = [math.exp(total - highest) for total in sums]
    return {name: power / sum(powers) for name, power in zip(weights.names, powers, strict=True)}


class Judge(Protocol):
    """Tells how probable each intent is; see :func:`probabilities`."""

    def __call__(
        self, text: str, /, *, shown: frozenset[str], pictures: int
    ) -> Mapping[str, float]:
        """The probabilities by the intents' ids."""
        ...


def features(text: str, *, shown: frozenset[str], pictures: int) -> dict[str, float]:
    """What the model sees of a message: names of features with their values in [0, 1]."""
    tokens = _TOKEN.findall(text)[:MAX_TOKENS]
    words = [_named(token) for token in tokens]
    kinds = [_kind(token, shown) for token in tokens]
    found: dict[str, float] = {f"pictures {min(2, pictures)}": 1, f"size {min(9, len(words))}": 1}
    for word in words:
        found[f"w {word}"] = 1
        for gram in _grams(word):
            found[f"c {gram}"] = _GRAM_VALUE
    for kind in kinds:
        found[f"k {kind}"] = 1
    for mark in "?!…":
        if mark in words:
            found[f"has {mark}"] = 1
    seen = sum(kind[0] == "S" for kind in kinds)
    found[f"shown {min(3, seen)}"] = 1
    found["share shown"] = seen / max(1, len(kinds))
    found.update(dict.fromkeys(_sequences(words, kinds), 1.0))
    return found


def _sequences(words: Sequence[str], kinds: Sequence[str]) -> Iterator[str]:
    """Features of words that stand together, of the beginning, and of what it is said with."""
    for name, sequence in (("w", words), ("k", kinds)):
        for first, second in pairwise(["<", *sequence, ">"]):
            yield f"{name}2 {first} {second}"
        for first, third in zip(sequence, sequence[2:], strict=False):
            yield f"{name}- {first} {third}"
    ends = ["<", *kinds, ">"]
    for first, second, third in zip(ends, ends[1:], ends[2:], strict=False):
        yield f"k3 {first} {second} {third}"
    mixed = list(zip(words, kinds, strict=True))
    for (word, kind), (next_word, next_kind) in pairwise(mixed):
        yield f"wk {word} {next_kind}"
        yield f"kw {kind} {next_word}"
    coarse = [
        "<",
        *(kind if kind == word else kind[0] for word, kind in mixed),
        ">",
    ]
    for size in (2, 3, 4):
        for at in range(len(coarse) - size + 1):
            yield f"q {' '.join(coarse[at : at + size])}"
    named = "".join(name for name in "SLT" if any(kind.startswith(f"{name}-") for kind in kinds))
    if words:
        yield f"first {words[0]}"
        yield f"first {words[0]} {named}"
        yield f"first kind {kinds[0]} {named}"
        yield f"first kinds {' '.join(kinds[:2])} {named}"


@cache
def _shipped() -> Weights:
    """The weights of this release, read once. Raises ``FileNotFoundError``."""
    return read_weights((files("bot.intents") / "data" / WEIGHTS).read_bytes())


def read_weights(packed: bytes) -> Weights:
    """The weights in a file that ``evaluation.intent_training`` wrote."""
    read = json.loads(gzip.decompress(packed))
    scale = float(read["scale"])
    rows = {
        str(name): tuple(float(whole) * scale for whole in row)
        for name, row in read["features"].items()
    }
    return Weights(tuple(map(str, read["intents"])), tuple(map(float, read["bias"])), rows)


def _named(token: str) -> str:
    word = folded(token)
    return _NAMED.get(word, word[:3] if word.startswith("..") else word)


def _grams(word: str) -> list[str]:
    """Pieces of a word with its beginning and end marked."""
    marked = f"<{word}>"
    return [marked[at : at + n] for n in _GRAMS for at in range(len(marked) - n + 1)]


def _kind(token: str, shown: frozenset[str]) -> str:
    """What a word is: itself where it is a small one, else what it stands for."""
    word = _named(token)
    if not word[0].isalnum():
        return word if len(word) == 1 and word in "?!,:#>…" else "emoji"
    if word.isdecimal():
        return "number" if int(word) <= _PICTURES else "figure"
    if _is_small(word):
        return word
    if any(is_shown(word, shown, language.language) for language in lexicons()):
        return f"S{_ending(word)}"
    return f"{_of_word(word)}{'^' if token[0].isupper() else ''}"


@lru_cache(4096)
def _is_small(word: str) -> bool:
    return any(word in language.function_words for language in lexicons())


@lru_cache(4096)
def _of_word(word: str) -> str:
    """What kind of word it is, whatever the picture shows."""
    looks = any(_is_seen(word, language) for language in lexicons())
    if looks:
        return f"L{_ending(word)}"
    thing = any(is_thing(word, language.language) for language in lexicons())
    return f"{'T' if thing else 'X'}{_ending(word)}"


def _is_seen(word: str, language: Lexicon) -> bool:
    seen = seen_words(language)
    return word in seen or bare_adjective(word) in seen or is_comparative(word, language)


def _ending(word: str) -> str:
    """The last letters, by which the forms of verbs and adjectives are told apart."""
    for ending in ("ing", "ed", "ly", "er", "en", "st", "t", "e", "s", "n"):
        if word.endswith(ending) and len(word) > len(ending) + _SHORT - 1:
            return f"-{ending}"
    return "-"
