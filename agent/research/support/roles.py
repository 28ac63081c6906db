"""Checks of semantic roles: the same words in other roles contradict a claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from agent.research.support.alignment import Alignment
from agent.research.support.checks import CONTRADICTS, Problem
from agent.research.support.lexicon import get_values, is_verb_form
from agent.research.support.pages import Page
from agent.research.support.reading import Reading, Word

_REACH: Final = 8
"""Words between a verb and what does it."""
_MUTUAL: Final = frozenset(
    [
        "meet",
        "met",
        "marry",
        "married",
        "join",
        "joined",
        "border",
        "bordered",
        "resemble",
        "face",
        "share",
        "and",
        "with",
        "between",
        "near",
        "beside",
        "equal",
        "equals",
        "touch",
        "touched",
    ]
)


def check_roles(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """The doer and what it is done to, exchanged."""
    claim, passage = alignment.claim.reading, alignment.passage.reading
    for verb in claim.words:
        if verb.place not in alignment.pairs or verb.name or verb.kind != "word":
            continue
        if claim.code == "en" and not is_verb_form(verb.plain):
            continue
        theirs = passage.words[alignment.pairs[verb.place]]
        if verb.plain in _MUTUAL or theirs.kind != "word" or theirs.plain[:3] != verb.plain[:3]:
            continue
        mine, others = _doer_and_object(claim, verb), _doer_and_object(passage, theirs)
        if _exchanged(alignment, mine, others):
            yield Problem(CONTRADICTS, "roles", verb.place)


def _exchanged(alignment: Alignment, mine: _Roles, theirs: _Roles) -> bool:
    """Whether the claim's doer is what the passage says it was done to, or the claim's object is
    the passage's doer, or both name the other one's doer elsewhere."""
    passage = alignment.passage.reading
    doer, thing = _pair(alignment, mine.doer), _pair(alignment, mine.thing)
    if doer is not None and thing is not None and theirs.doer and theirs.thing:
        crossed = _is_part(passage, doer, theirs.thing) and _is_part(passage, thing, theirs.doer)
        if crossed and (theirs.doer.name or theirs.thing.name):
            return True
    if mine.doer is None or theirs.doer is None or not (mine.doer.name and theirs.doer.name):
        return False
    known = doer is not None or mine.doer.place in alignment.near
    return (
        known
        and not (doer is not None and _is_part(passage, doer, theirs.doer))
        and any(
            w.place in alignment.pairs and _is_part(passage, alignment.pairs[w.place], theirs.doer)
            for w in alignment.claim.reading.words
            if w.name and w.group != mine.doer.group
        )
    )


def _pair(alignment: Alignment, word: Word | None) -> int | None:
    return None if word is None else alignment.pairs.get(word.place)


def _is_part(reading: Reading, place: int, word: Word) -> bool:
    other = reading.words[place]
    return place == word.place or (other.group == word.group != -1)


@dataclass(frozen=True, slots=True)
class _Roles:
    doer: Word | None
    thing: Word | None


def _doer_and_object(reading: Reading, verb: Word) -> _Roles:
    """The nearest names before and after a verb, or nouns where there are no names; turned round
    in the passive."""
    words = reading.words
    before = words[max(0, verb.place - _REACH) : verb.place][::-1]
    rest = words[verb.place + 1 : verb.place + 1 + _REACH]
    agent = next((w for w in rest if w.plain in reading.language.agent), None)
    auxiliary = any(w.plain in reading.language.passive for w in before[:4])
    passive = agent is not None and auxiliary and agent.clause == verb.clause
    done = any(w.plain in reading.language.passive for w in before[:2])
    if done and not passive and not verb.plain.endswith("ing"):
        return _Roles(None, _thing(before, verb))
    after = words[agent.place + 1 : agent.place + 1 + _REACH] if passive and agent else rest
    left, right = _thing(before, verb), _thing(after, verb)
    return _Roles(right, left) if passive else _Roles(left, right)


_PRONOUNS: Final = frozenset({"i", "we", "you", "he", "she", "it", "they", "who"})
"""A subject stands right before its verb; names further ahead do not."""


def _thing(words: Sequence[Word], verb: Word) -> Word | None:
    if words and words[0].place < verb.place:
        pronoun = next(
            (w.place for w in words if w.plain in _PRONOUNS and w.clause == verb.clause), -1
        )
        words = [w for w in words if w.place > pronoun]
    inside = [w for w in words if w.content and w.kind == "word" and w.clause == verb.clause]
    named = next((w for w in inside if w.name), None)
    return named or next((w for w in inside if not _adverb(w)), None)


def _adverb(word: Word) -> bool:
    return word.plain.endswith("ly")


_RELATIONS: Final = frozenset({"than", "als", "que", "che", "do", "dan", "niz", "чем"})
_AFTER: Final = frozenset({"after", "for", "nach", "apres"})
_NAMED: Final = frozenset({"named", "called", "benannt", "nomme", "nommee"})


def check_relations(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """The two sides of "taller than" or "named after", exchanged."""
    mine = _find_relation(alignment.claim.reading)
    theirs = _find_relation(alignment.passage.reading)
    if mine is None or theirs is None or mine.plain != theirs.plain:
        return
    claim = [w for w in alignment.claim.reading.content if w.place in alignment.pairs]
    passage = alignment.passage.reading.content
    stems = [w.stem for w in (*alignment.claim.reading.content, *passage)]
    unique = [w for w in claim if stems.count(w.stem) == 2 and w.place != mine.place - 1]
    before = [alignment.pairs[w.place] for w in unique if w.place < mine.place]
    after = [alignment.pairs[w.place] for w in unique if w.place > mine.place]
    if before and after and min(before) > theirs.place > max(after):
        yield Problem(CONTRADICTS, "roles", mine.place)


def _find_relation(reading: Reading) -> Word | None:
    for before, word in pairwise(reading.words):
        if word.plain in _RELATIONS or (word.plain in _AFTER and before.plain in _NAMED):
            return word
    return None


def check_swaps(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """Two values of one kind, each beside the other's word: red roof and white walls."""
    claim = alignment.claim.reading
    kinds: dict[str, list[Word]] = {}
    for word in claim.words:
        if word.place not in alignment.pairs:
            continue
        for name, _value in get_values(word.plain):
            kinds.setdefault(name, []).append(word)
    for words in kinds.values():
        for one, other in combinations(words, 2):
            a, b = _partner(alignment, claim, one), _partner(alignment, claim, other)
            if a is None or b is None or a.place == b.place:
                continue
            x, y = alignment.pairs[one.place], alignment.pairs[other.place]
            p, q = alignment.pairs[a.place], alignment.pairs[b.place]
            straight = _get_least(alignment, one, p) + _get_least(alignment, other, q)
            crossed = abs(x - q) + abs(y - p)
            if len({x, y, p, q}) == 4 and crossed < straight and crossed <= _REACH:
                yield Problem(CONTRADICTS, "swap", one.place)


def _get_least(alignment: Alignment, word: Word, place: int) -> int:
    """The words between a place of the passage and the nearest one that says what a word says."""
    return min(abs(place - other) for other in alignment.passage.table.find(word))


def _partner(alignment: Alignment, reading: Reading, word: Word) -> Word | None:
    """The nearest word that is no value itself and stands in the passage."""
    near = [
        w for w in reading.content
        if w.place in alignment.pairs and w.place != word.place and not get_values(w.plain)
    ]  # fmt: skip
    return min(near, key=lambda w: abs(w.place - word.place), default=None)
