"""Matches the sentences of a grounded prompt with their evidence and references."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.ordinals import spoken_of
from domain.research import Evidence, Reference
from domain.sentences import sentences

MIN_SHARED: Final = 0.6
"""The share of a claim's words that a sentence must hold to be tied to it."""
MIN_CHARS: Final = 12
"""Shorter texts stand in sentences by chance."""
_NOT_WORDS = re.compile(r"[^\w]+")
_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True, slots=True)
class TiedSentence:
    """A sentence of a prompt with its sources: numbers of evidence, and of references."""

    text: str
    evidence: tuple[int, ...]
    references: tuple[int, ...]


def tied_sentences(
    prompt: str, evidence: Sequence[Evidence], references: Sequence[Reference]
) -> list[TiedSentence]:
    """The sentences of a prompt, each with its evidence and references.

    A citation belongs to the sentence with its claim or its passage; a picture that is its own
    evidence to those that mention its reference; otherwise to the sentence that shares most words.
    """
    found = [passage.text for passage in sentences(prompt)]
    plain = [_plain(text) for text in found]
    words = [frozenset(_WORD.findall(text)) for text in plain]
    mentioned = [spoken_of(text) for text in found]
    tied: list[set[int]] = [set() for _ in found]
    numbers = {each.source_id: n for n, each in enumerate(references, 1) if each.source_id}
    for each in evidence:
        for place in _places(each, plain, words, mentioned, numbers):
            tied[place].add(each.n)
    return [
        TiedSentence(text, tuple(sorted(tied[place])), tuple(dict.fromkeys(mentioned[place])))
        for place, text in enumerate(found)
    ]


def _places(
    evidence: Evidence,
    plain: Sequence[str],
    words: Sequence[frozenset[str]],
    mentioned: Sequence[Sequence[int]],
    numbers: dict[str, int],
) -> list[int]:
    for text in (evidence.claim, evidence.passage):
        wanted = _plain(text or "")
        if len(wanted) < MIN_CHARS:
            continue
        held = [n for n, sentence in enumerate(plain) if _overlap(wanted, sentence)]
        if held:
            return held
    if evidence.passage is None and evidence.source_id in numbers:
        number = numbers[evidence.source_id]
        return [n for n, spoken in enumerate(mentioned) if number in spoken][:1]
    return _nearest(evidence.claim, words)


def _overlap(wanted: str, sentence: str) -> bool:
    return wanted in sentence or (len(sentence) >= MIN_CHARS and sentence in wanted)


def _nearest(claim: str, words: Sequence[frozenset[str]]) -> list[int]:
    wanted = frozenset(_WORD.findall(_plain(claim)))
    if not wanted or not words:
        return []
    shares = [len(wanted & each) / len(wanted) for each in words]
    best = max(shares)
    return [shares.index(best)] if best >= MIN_SHARED else []


def _plain(text: str) -> str:
    return " ".join(_NOT_WORDS.sub(" ", text.casefold()).split())
