"""A trained model of whether passages say what a claim says, joined with what the rules say.

It was trained on pairs that others labelled (``python -m evaluation.support_training``). A rule
counts the same wherever it applies; the model weighs it by how much else of the claim the passages
hold and by how near they are in meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from agent.research.support.assessment import SEVERAL_THINGS, Assessment
from agent.research.support.checks import CONTRADICTS, SOFT
from agent.research.support.features import get_features, is_long
from agent.research.support.opposition import COMPARED, DENIED
from domain.linear_model import LinearModel, read_linear_model
from domain.research import EvidenceVerdict

WEIGHTS: Final = "entailment.json.gz"
ENTAILED: Final = "entailed"
_SURE: Final = frozenset(
    {COMPARED, DENIED, "exchanged roles", "sequence", "told value", "reason", "greatest"}
)
"""The kinds of problems that are seldom found where there are none."""
CLASSES: Final = (ENTAILED, "silent", "contradicted")


@dataclass(frozen=True, slots=True)
class _Least:
    """How probable it must be that the passages say it, for a claim to be *mentioned* that the
    rules called mentioned, unsupported or contradicted, and for a contradicted one to be
    *unsupported*."""

    mentioned: float
    unsupported: float
    contradicted: float
    doubted: float


_SHORT: Final = _Least(mentioned=0.35, unsupported=0.55, contradicted=0.65, doubted=0.65)
_LONG: Final = _Least(mentioned=0.15, unsupported=0.25, contradicted=0.5, doubted=0.3)
"""A long claim is seldom said in the same words, and one wrong word of it weighs less."""


def reconsider(
    claim: str, verdict: EvidenceVerdict, assessed: Sequence[Assessment]
) -> EvidenceVerdict:
    """The verdict on a claim, which is no quotation, after the model has looked at what the rules
    say and at the passages, of which there must be one. Raises ``FileNotFoundError`` where the
    weights are missing."""
    features = get_features(claim, verdict, assessed)
    share = get_model().probabilities(features)[ENTAILED]
    return weigh(
        share,
        verdict,
        is_long=is_long(assessed),
        lacks=lacks_something(assessed),
        denied=is_denied(assessed, verdict),
    )


def is_denied(assessed: Sequence[Assessment], verdict: EvidenceVerdict) -> bool:
    """Whether a passage that is about a claim has its words in other roles or denies them, or the
    one that says most of it has something else in the place of a word, which no other wording
    explains; a claim of many things may still be said elsewhere."""
    if assessed[0].words >= SEVERAL_THINGS:
        return False
    against = (problem for a in assessed if a.is_against for problem in a.problems)
    if verdict is EvidenceVerdict.CONTRADICTED and any(
        problem.verdict == CONTRADICTS and problem.kind in _SURE for problem in against
    ):
        return True
    fullest = max(assessed, key=lambda a: (a.predicate, a.likeness))
    return any(problem.kind in _SURE for problem in fullest.problems)


def lacks_something(assessed: Sequence[Assessment]) -> bool:
    """Whether the nearest passage lacks a name or number of a claim, or contradicts it."""
    nearest = max(assessed, key=lambda a: (a.likeness, a.whole))
    return any(problem.kind != SOFT for problem in nearest.problems)


def weigh(
    share: float, verdict: EvidenceVerdict, *, is_long: bool, lacks: bool, denied: bool = False
) -> EvidenceVerdict:
    """The verdict where the passages say the claim with the probability ``share`` and the rules
    said ``verdict``. A short claim of which the nearest passage ``lacks`` a name, number or the
    like is not mentioned, however much it has of the rest: the model cannot tell a name that is
    understood from another one. What is ``denied`` is never mentioned."""
    least = _LONG if is_long else _SHORT
    found = verdict
    if denied:
        found = EvidenceVerdict.UNSUPPORTED if verdict.holds else verdict
    elif verdict is EvidenceVerdict.CONTRADICTED:
        if share >= least.contradicted and (is_long or not lacks):
            found = EvidenceVerdict.MENTIONED
        elif share >= least.doubted:
            found = EvidenceVerdict.UNSUPPORTED
    elif verdict is EvidenceVerdict.MENTIONED:
        if share < least.mentioned:
            found = EvidenceVerdict.UNSUPPORTED
    elif share >= least.unsupported and (is_long or not lacks):
        found = EvidenceVerdict.MENTIONED
    return found


@cache
def get_model() -> LinearModel:
    """The model in the package's data."""
    path = files("agent.research.support") / "data" / WEIGHTS
    return read_linear_model(path.read_bytes())
