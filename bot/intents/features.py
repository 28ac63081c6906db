"""What the linear model sees of a message below a picture: named features with their values.

Words are also seen by what they are: in the picture (``S``), something that can be seen (``L``), a
thing (``T``), or else their ending, so that "add a lantern" teaches the model about "add a kennel".
What the rules read is a feature as well, so that the model learns how far to trust them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Final

from bot.intents.cues import cues
from bot.intents.lexicon import Lexicon, folded, lexicons
from bot.intents.models import Heard, Reading
from bot.intents.objects import is_comparative
from bot.intents.rules import bare_adjective, seen_words
from bot.intents.things import is_shown, is_thing

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
_SPOKEN_OF: Final = {
    "first": re.compile(
        r"(?<![\w'])(?:i|i'?m|i'?ll|i'?d|i'?ve|we|we're|we'll|we'd|we've|my|our|me|us|ich|wir|"
        r"mein\w*|unser\w*|uns|mir|mich)(?![\w'])"
    ),
    "second": re.compile(
        r"(?<![\w'])(?:you|u|ya|your|ur|you're|du|dir|dich|dein\w*|ihr|euch|eure?\w*|sie|ihnen)"
        r"(?![\w'])"
    ),
    "third": re.compile(
        r"(?<![\w'])(?:he|she|they|him|her|them|his|their|er|sie|ihn|ihm|ihr|sein\w*)(?![\w'])"
    ),
    "past": re.compile(
        r"(?<![\w'])(?:was|were|had|did|went|got|made|said|saw|took|came|used|gave|told|bought|"
        r"war|waren|hatte|hatten|wurde|wurden|hab|habe|haben|hat|gab|ging|kam|sagte|\w{3,}ed)"
        r"(?![\w'])"
    ),
    "future": re.compile(
        r"(?<![\w'])(?:will|'ll|gonna|going to|i'll|we'll|werde|werden|wird)(?![\w'])"
    ),
}
"""Persons and times that a sentence speaks of, in English and German."""
_ASKS: Final = re.compile(
    r"(?:can|could|would|will|may|might|kann\w*|könn\w*|würd\w*|mag\w*|geht|wär\w*)(?![\w'])"
)
_ASKS_WHAT: Final = re.compile(
    r"(?:(?:and|but|so|und|aber|hm+|hey|ok|also)[\s,]+)?(who|what|when|where|why|how|which|whose|"
    r"is|are|was|were|do|does|did|has|have|wer|wann|wo|warum|wieso|wie|wieviele?|welche\w*|ist|"
    r"sind|war|hat|haben|gibt|gibts|kommt|woher|aus)(?![\w'])"
)
_NUMBERED: Final = re.compile(
    r"(?<!\w)[1-4](?!\w)|\b(?:first|second|third|fourth|last|(?:erst|zweit|dritt|viert|letzt)e[nrs]?)\b"
)
_SENTENCE_END: Final = re.compile(r"[.!?…]+(?:\s|$)")


def features(heard: Heard, reading: Reading | None) -> dict[str, float]:
    """Names of features with their values in [0, 1].

    ``reading`` is what the rules read, None where they must not be trusted, as on messages that
    they were tuned on.
    """
    tokens = _TOKEN.findall(heard.text)[:MAX_TOKENS]
    words = [_named(token) for token in tokens]
    kinds = [_kind(token, heard.shown) for token in tokens]
    found: dict[str, float] = {
        f"pictures {min(2, heard.pictures)}": 1,
        f"size {min(9, len(words))}": 1,
        f"addressed {int(heard.addressed)}": 1,
    }
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
    found.update(dict.fromkeys(_of_sentence(heard, words, kinds), 1.0))
    if reading is not None:
        found.update(dict.fromkeys(_of_rules(heard, reading), 1.0))
    return found


def _of_rules(heard: Heard, reading: Reading) -> Iterator[str]:
    name = reading.intent.value
    yield f"rules {name}"
    yield f"rules {name} {int(reading.sure)}{int(bool(reading.suggestion))}{int(heard.addressed)}"
    if reading.picture is not None:
        yield f"rules {name} picture"


def _of_sentence(heard: Heard, words: Sequence[str], kinds: Sequence[str]) -> Iterator[str]:
    """Who and when a message speaks of, how it asks, and how much of it the picture shows."""
    plain = folded(heard.text)
    of = [name for name, pattern in _SPOKEN_OF.items() if pattern.search(plain)]
    asks = heard.text.rstrip().endswith("?")
    what = _ASKS_WHAT.match(plain)
    spoken = " ".join(of)
    yield from (f"of {name}" for name in of)
    yield f"of all {spoken}"
    if _ASKS.match(plain):
        yield "asks"
    if what:
        yield "asks what"
        yield f"asks what {what[1]}"
    yield f"asks {int(asks)}{int(bool(what))} {spoken}"
    if heard.pictures > 1 and _NUMBERED.search(plain):
        yield "numbered"
        yield f"numbered {int(asks)}"
        yield f"numbered {spoken}"
    hints = list(cues(plain))
    for name in hints:
        yield f"cue {name}"
        yield f"cue {name} {int(asks)}{int(bool(what))}"
        yield f"cue {name} {spoken}"
        yield f"cue {name} length {min(4, len(words) // 4)}"
    for pair in combinations(hints, 2):
        yield f"cues {' '.join(pair)}"
    yield f"cues all {' '.join(hints)}"
    content = [kind for kind in kinds if kind[0] in "SLTX"]
    seen = sum(kind[0] == "S" for kind in content)
    yield f"length {min(8, len(words) // 3)}"
    yield f"shown {min(3, seen)} of {min(6, len(content))}"
    yield f"shown {min(2, seen)} {int(asks)} {spoken}"
    yield f"sentences {min(3, len(_SENTENCE_END.findall(heard.text)))}"


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
