"""The words of a request in Chinese, Japanese or Korean, tagged for the model of phrases: the rules
stand for the model of words, which does not read them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from agent.language.frequencies import get_zipf
from agent.language.tagging import TaggedWord, WordKind, cut_into_words
from agent.research.east_asian import find_east_asian
from agent.research.encoded_names import EncodedNames
from agent.research.names import Names
from agent.research.phrases import Span, TaggedRequest
from agent.research.words import Word

CUT_LANGUAGES: Final = frozenset({"zh", "ja", "ko"})
ENCODED_ONLY: Final = frozenset({"ko"})
"""Of these too few requests are labelled for the network that reads them without the text encoder,
so that the rules decide where it is missing."""
_NAMED: Final = 2.0
"""Stands for the log odds of a word that the rules take for a part of a name."""
_LIKELY: Final = frozenset({WordKind.NAME, WordKind.NOUN, WordKind.NUMBER})
_FREQUENT: Final = 5.0
"""Zipf frequency from which a word that is no noun holds a sentence together."""
_OF: Final = frozenset({"の", "的", "之", "의"})

_TIES: Final = frozenset({"", "-", "·"})
"""What may stand between the parts of a Korean word."""
_AND: Final = frozenset({"랑", "이랑", "하고"})
"""Korean particles that stand between two things, and in no title."""
_PARTICLE = re.compile(
    r"(?<=[\uac00-\ud7af]{2})"
    r"(?:이랑|에서|에게|한테|으로|처럼|까지|부터|보다|하고|랑)$"
)
"""Korean particles that hardly a name ends with, where the dictionary does not part them."""


def tag_east_asian(
    text: str, language: str, *, encoded: EncodedNames | None = None
) -> TaggedRequest:
    """What the rules know of the words of a request; where the encoder says that a name begins or
    ends inside a word, it is parted. Reads dictionaries: call it in a thread."""
    words: list[Word] = []
    end = 0
    cuts = _cut(text, language)
    parted = _parted(cuts, encoded, language) if encoded else frozenset[int]()
    for cut in cuts:
        between = text[end : cut.start]
        opens = not words or any(not c.isspace() for c in between)
        opens = opens or (language == "ko" and words[-1].text in _AND)
        end = cut.start + len(cut.text)
        inner = (n for n in parted if cut.start < n < end and not _is_whole(text, n))
        places = [cut.start, *sorted(inner), end]
        for start, stop in pairwise(places):
            words.append(Word(text[start:stop], start, opens, kind=cut.kind, begins_sentence=opens))
            opens = False
    things, people = _rules(text, words, language)
    marked = frozenset(n for span, named in things.items() if named for n in range(*span))
    names = Names(marked, frozenset(people))
    return TaggedRequest(
        text, words, language, names, names,
        odds=[_NAMED if n in marked else _odds(w, language) for n, w in enumerate(words)],
        roles=[_role(word, language) for word in words],
        things=things, encoded=encoded,
    )  # fmt: skip


def _cut(text: str, language: str) -> list[TaggedWord]:
    """The words of a text; of a Korean one what stands between blanks, without the particles behind
    it: its dictionary cuts the names that it does not know into syllables."""
    words = [word for word in cut_into_words(text, language) if any(map(str.isalnum, word.text))]
    korean = language == "ko"
    tied = [_is_tied(text, before, word, korean=korean) for before, word in pairwise(words)]
    starts = [0, *(n for n, is_tied in enumerate(tied, 1) if not is_tied), len(words)]
    runs = [words[first:end] for first, end in pairwise(starts)]
    joined = _korean if korean else _latin
    return [word for run in runs for word in joined(run, text)]


def _is_tied(text: str, word: TaggedWord, following: TaggedWord, *, korean: bool) -> bool:
    """Whether two words are parts of one between blanks, elsewhere of one such as "RX-78"."""
    end, start = word.start + len(word.text), following.start
    if korean:
        return text[end:start] in _TIES
    return text[end:start] == "-" and text[end - 1].isascii() and text[start].isascii()


def _latin(parts: Sequence[TaggedWord], text: str) -> list[TaggedWord]:
    """The parts as one word."""
    if len(parts) < 2:
        return list(parts)
    end = parts[-1].start + len(parts[-1].text)
    return [TaggedWord(text[parts[0].start : end], parts[0].start, WordKind.NOUN)]


def _parted(words: Sequence[TaggedWord], encoded: EncodedNames, language: str) -> frozenset[int]:
    """Where the encoder says that a name begins or ends; in Korean names begin where words do."""
    starts = {word.start for word in words}
    places: set[int] = set()
    for start, end in encoded.likeliest:
        if language != "ko" or start in starts or start in places:
            places |= {start, end}
    return frozenset(places)


def _is_whole(text: str, place: int) -> bool:
    """Whether Latin letters or digits stand on both sides of a place."""
    return all(c.isascii() and c.isalnum() for c in text[place - 1 : place + 1])


def _korean(parts: Sequence[TaggedWord], text: str) -> list[TaggedWord]:
    """What stands between two blanks as one word, and the particles behind it."""
    count = len(parts)
    if not count:
        return []
    while count > 1 and _is_small(parts[count - 1], "ko"):
        count -= 1
    first, last = parts[0], parts[count - 1]
    whole = text[first.start : last.start + len(last.text)]
    name = any(part.kind is WordKind.NAME for part in parts[:count])
    kind = WordKind.NAME if name else last.kind
    ending = _PARTICLE.search(whole) if count == len(parts) else None
    stem = whole[: ending.start()] if ending else whole
    found = [TaggedWord(stem, first.start, kind)]
    if ending:
        found.append(TaggedWord(ending[0], first.start + ending.start(), WordKind.OTHER))
    return [*found, *parts[count:]]


def _rules(text: str, words: list[Word], language: str) -> tuple[Mapping[Span, bool], set[int]]:
    """What the rules find, by the words it holds, and the words of people's names."""
    things: dict[Span, bool] = {}
    people: set[int] = set()
    for thing, named, start, person in find_east_asian(text, language):
        own = [n for n, word in enumerate(words) if start <= word.start < start + len(thing)]
        if own:
            things[own[0], own[-1] + 1] = named
            people.update(own if person else ())
    return things, people


def _odds(word: Word, language: str) -> float:
    """Stands for the log odds of a word that the rules take for no name: rare nouns first."""
    common = max(0.0, get_zipf(word.plain, language) - 2.0) / 2
    return -1.0 - common - (word.kind not in _LIKELY)


def _role(word: Word, language: str) -> str:
    if word.text in _OF:
        return "of"
    return "f" if _is_small(word, language) else ""


def _is_small(word: Word | TaggedWord, language: str) -> bool:
    return word.kind is WordKind.OTHER and get_zipf(word.text.casefold(), language) >= _FREQUENT
