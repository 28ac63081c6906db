"""The words of a request in Chinese or Japanese, tagged for the model of phrases: the rules
stand for the model of words, which does not read them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from agent.language.frequencies import get_zipf
from agent.language.tagging import WordKind, cut_into_words
from agent.research.east_asian import find_east_asian
from agent.research.encoded_names import EncodedNames
from agent.research.names import Names
from agent.research.phrases import Span, TaggedRequest
from agent.research.words import Word

CUT_LANGUAGES: Final = frozenset({"zh", "ja"})
"""Of these languages enough requests are labelled; in Korean the rules decide alone."""
_NAMED: Final = 2.0
"""Stands for the log odds of a word that the rules take for a part of a name."""
_LIKELY: Final = frozenset({WordKind.NAME, WordKind.NOUN, WordKind.NUMBER})
_FREQUENT: Final = 5.0
"""Zipf frequency from which a word that is no noun holds a sentence together."""
_OF: Final = frozenset({"の", "的", "之"})


def tag_east_asian(
    text: str, language: str, *, encoded: EncodedNames | None = None
) -> TaggedRequest:
    """What the rules know of the words of a request; where the encoder says that a name begins or
    ends inside a word, it is parted. Reads dictionaries: call it in a thread."""
    words: list[Word] = []
    end = 0
    parted = {place for name in encoded.likeliest for place in name} if encoded else set[int]()
    for cut in cut_into_words(text, language):
        if any(map(str.isalnum, cut.text)):
            between = text[end : cut.start]
            opens = not words or any(not c.isspace() for c in between)
            end = cut.start + len(cut.text)
            places = [cut.start, *sorted(n for n in parted if cut.start < n < end), end]
            for start, stop in pairwise(places):
                words.append(
                    Word(text[start:stop], start, opens, kind=cut.kind, begins_sentence=opens)
                )
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
    small = word.kind is WordKind.OTHER and get_zipf(word.plain, language) >= _FREQUENT
    return "f" if small else ""
