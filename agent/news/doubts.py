"""The faults of a post, by the kinds in which an editor is told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from domain.news import Doubt

_FAULTS: Final[Mapping[Doubt, frozenset[str]]] = {
    Doubt.ACCUSES: frozenset({"unanswered", "accuses"}),
    Doubt.CONFLICT: frozenset(
        {"another stage", "another state", "overtaken", "other figures", "counts others"}
        | {"earlier state", "contradicts", "of another", "has ended"}
    ),
    Doubt.FIRMER: frozenset(
        {"one paper's headline", "another article", "not borne out", "adds deaths", "not quite"}
        | {"not carried", "only planned", "own number", "only paused", "unbacked", "one witness"}
        | {"names half", "firmer", "counts firmly", "other places"}
    ),
    Doubt.OMITS: frozenset(
        {"adds nothing", "repeats the headline", "town", "unproved", "missing", "leaves out much"}
        | {"names", "numbers", "unhurt", "victims", "advice"}
        | {"place", "leaves out", "leaves out deaths", "hides deaths", "lacks a country", "hushes"}
        | {"lacks a qualifier", "day"}
    ),
    Doubt.WORDING: frozenset({"misspelt", "wording", "exclaims"}),
}


def doubts_of(faults: Iterable[str]) -> tuple[Doubt, ...]:
    """The kinds of some faults, each once and the gravest first; what belongs to none of them makes
    a post hard to understand, as does one that has no fault and is of little worth."""
    found = {
        next((kind for kind, names in _FAULTS.items() if fault in names), Doubt.UNCLEAR)
        for fault in faults
    }
    return tuple(doubt for doubt in Doubt if doubt in found) or (Doubt.UNCLEAR,)
