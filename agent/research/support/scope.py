"""Checks of what a claim tells of a thing: the greatest of all, all of it, a value, a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from agent.research.support.alignment import Alignment
from agent.research.support.binding import agree, get_values_beside, get_values_of_kind
from agent.research.support.checks import CONTRADICTS, REPLACED, Problem
from agent.research.support.lexicon import get_base_forms, get_values
from agent.research.support.pages import Page
from agent.research.support.reading import Reading, Word

_GREATEST: Final = frozenset("most least best worst first last only sole unique".split())  # noqa: SIM905
_RIVALS: Final = frozenset("than other any no never ever record unmatched".split())  # noqa: SIM905
_WHY: Final = frozenset("because weil denn parce porque perche".split())  # noqa: SIM905
_COPULA_REACH: Final = 6
_ALL: Final = frozenset(
    "all every each both alle allen aller jede jeder jedes beide beiden tous toutes chaque todos "  # noqa: SIM905
    "todas cada ambos ambas tutti tutte ogni entrambi entrambe".split()
)
_SOME: Final = frozenset(
    "some several few many most half einige einigen manche mehrere wenige viele meisten "  # noqa: SIM905
    "quelques plusieurs certains certaines plupart algunos algunas varios varias pocos muchos "
    "mayoria alcuni alcune molti parecchi alguns algumas muitos maioria".split()
)
_QUANTIFIED_REACH: Final = 6
_HALF: Final = 0.5
"""Of a claim's words, that a passage must hold to say it of some."""


def check_greatest(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """A superlative of which neither the passage nor those around it know one."""
    claim = alignment.claim.reading
    if claim.code != "en":
        return
    words = {w.plain for f in (alignment.passage, *alignment.window) for w in f.reading.words}
    told = words & (_GREATEST | _RIVALS) or any(_is_superlative(w) for w in words)
    for word in claim.words:
        if _is_superlative(word.plain) and not told and word.place not in alignment.pairs:
            yield Problem(REPLACED, "greatest", word.place)


def _is_superlative(plain: str) -> bool:
    forms = get_base_forms(plain) if plain.endswith("est") else ()
    return bool(forms) and plain not in forms


def check_told_values(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """A value told of a thing that has another one right beside it in the passage: "the smokebox is
    blue" where it is "a black smokebox"."""
    claim, passage = alignment.claim.reading, alignment.passage.reading
    copula = next((w for w in claim.words if w.plain in claim.language.passive), None)
    bearer = next((w for w in claim.content if not w.name), None)
    if copula is None or bearer is None or bearer.place > copula.place:
        return
    if any(w.name for w in claim.content if w.place < bearer.place):
        return
    told = claim.words[copula.place + 1 : copula.place + 1 + _COPULA_REACH]
    for word in told:
        for kind, value in get_values(word.plain) if word.content and not word.name else ():
            places = [w for w in passage.content if w.stem == bearer.stem]
            given = [get_values_beside(passage, w, kind) for w in places]
            own = frozenset(v for w in told for v in get_values_of_kind(w, kind))
            if given and all(given) and not any(agree(kind, value, own, g) for g in given):
                yield Problem(CONTRADICTS, "told value", word.place)


def check_quantifier(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """All of what the passage says of some: "all workshops were full" where most were."""
    claim, passage = alignment.claim, alignment.passage
    if len(alignment.pairs) < _HALF * len(claim.reading.content):
        return
    every = _get_quantified(passage.reading, _ALL)
    some = _get_quantified(passage.reading, _SOME)
    for word in claim.reading.words:
        if word.plain not in _ALL or any(w.plain in _SOME for w in claim.reading.words):
            continue
        things = _get_things(claim.reading, word)
        places = {place for thing in things for place in passage.table.find(thing)}
        if places & some and not places & every:
            yield Problem(REPLACED, "quantifier", word.place)


def _get_quantified(reading: Reading, quantifiers: frozenset[str]) -> set[int]:
    """The places of the things of which words such as "all" tell how many."""
    words = (word for word in reading.words if word.plain in quantifiers)
    return {thing.place for word in words for thing in _get_things(reading, word)}


def _get_things(reading: Reading, quantifier: Word) -> list[Word]:
    """The first two content words behind a word such as "all": "children's workshops"."""
    behind = reading.words[quantifier.place + 1 : quantifier.place + 1 + _QUANTIFIED_REACH]
    known = _ALL | _SOME
    things = [w for w in behind if w.content and w.clause == quantifier.clause]
    return [w for w in things if w.plain not in known and w.kind != "number"][:2]


def check_reason(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """A reason of which the passage, which gives another one, has no word."""
    claim, passage = alignment.claim.reading, alignment.passage.reading
    mine, theirs = _get_reason(claim), _get_reason(passage)
    if mine is None or theirs is None:
        return
    reason = [w for w in claim.content if w.place > mine.place]
    rest = [w for w in claim.content if w.place < mine.place and w.place in alignment.pairs]
    free = [w for w in passage.content if w.place > theirs.place and w.place not in alignment.taken]
    if reason and len(rest) > 1 and free and not any(w.place in alignment.pairs for w in reason):
        yield Problem(REPLACED, "reason", mine.place)


def _get_reason(reading: Reading) -> Word | None:
    return next((w for w in reading.words if w.plain in _WHY and w.place), None)
