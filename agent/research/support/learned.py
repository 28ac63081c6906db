"""A trained model of whether passages say what a claim says, joined with what the rules say.

It was trained on pairs that others labelled (``python -m evaluation.support_training``). A rule
counts the same wherever it applies; the model weighs it by how much else of the claim the passages
hold, by how near they are in meaning, and by what the claim has of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from agent.research.support.assessment import SEVERAL_THINGS, Assessment
from agent.research.support.checks import CONTRADICTS
from agent.research.support.features import get_features
from agent.research.support.figures import find_wrong_figures
from agent.research.support.opposition import COMPARED, DENIED, NEGATION
from agent.research.support.timeline import is_order_wrong
from domain.research import EvidenceVerdict
from domain.small_network import SmallNetwork, read_small_network

WEIGHTS: Final = "entailment.json.gz"
_SURE: Final = frozenset(
    {
        COMPARED,
        DENIED,
        "exchanged roles",
        "sequence",
        "told value",
        "reason",
        "greatest",
        "only",
        "quantifier",
    }
)
"""The kinds of problems that are seldom found where there are none."""
_COUNTED: Final = frozenset({"quantity", "date"})
LEAST_MENTIONED: Final = 0.48
LEAST_OF_LONG: Final = 0.32
"""How probable it must be that the passages say a claim, for it to be *mentioned*; a long claim is
seldom said in the same words."""
LEAST_DOUBTED: Final = 0.25
"""How probable that must be for a contradiction that the rules see to be in doubt."""
LONG: Final = 13
"""Content words of a long claim."""
NEAR_ACROSS: Final = 0.35
"""How near in meaning a passage in another language must be to a claim to mention it."""


def reconsider(
    claim: str, verdict: EvidenceVerdict, assessed: Sequence[Assessment]
) -> tuple[EvidenceVerdict, Assessment]:
    """The verdict on a claim, which is no quotation, after the model has looked at what the rules
    say and at the passages, of which there must be one; and the passage nearest to the claim.
    Raises ``FileNotFoundError`` where the weights are missing."""
    own = [a for a in assessed if not a.across]
    across = [a for a in assessed if a.across]
    if not own:
        return judge_across(verdict, across)
    share = get_model().probability(get_features(claim, verdict, own))
    denied = is_denied(own, verdict)
    found = weigh(share, verdict, is_long=is_long(own), denied=denied)
    if found is EvidenceVerdict.UNSUPPORTED and across:
        return judge_across(found, across)
    return found, max(own, key=lambda a: (a.likeness, a.whole))


def judge_across(
    verdict: EvidenceVerdict, assessed: Sequence[Assessment]
) -> tuple[EvidenceVerdict, Assessment]:
    """The verdict on a claim by passages in another language, whose words cannot be compared: the
    nearest one must be near in meaning, and have the claim's numbers, dates and values."""
    nearest = max(assessed, key=lambda a: a.candidate.score)
    if nearest.contradicts and verdict is EvidenceVerdict.CONTRADICTED:
        return verdict, nearest
    lacks = any(p.kind in _COUNTED for p in nearest.problems)
    if nearest.contradicts or lacks or nearest.candidate.score < NEAR_ACROSS:
        return EvidenceVerdict.UNSUPPORTED, nearest
    return EvidenceVerdict.MENTIONED, nearest


def is_denied(assessed: Sequence[Assessment], verdict: EvidenceVerdict) -> bool:
    """Whether a passage that is about a claim has its words in other roles or denies them, the
    one that says most of it has something else in the place of a word, which no other wording
    explains, or the claim has a number or an order of events that is not theirs; a claim of many
    things may still be said elsewhere."""
    is_dense = _is_dense(assessed[0])
    if assessed[0].words >= SEVERAL_THINGS and not is_dense:
        return False
    against = {
        problem.kind
        for a in assessed
        if a.is_against
        for problem in a.problems
        if problem.verdict == CONTRADICTS
    }
    if is_dense:  # its pairs of signs are no words to count
        return verdict is EvidenceVerdict.CONTRADICTED and NEGATION in against
    if find_wrong_figures(assessed) or is_order_wrong(assessed):
        return True
    if verdict is EvidenceVerdict.CONTRADICTED and not _SURE.isdisjoint(against):
        return True
    fullest = max(assessed, key=lambda a: (a.predicate, a.likeness))
    return any(problem.kind in _SURE for problem in fullest.problems)


def _is_dense(assessment: Assessment) -> bool:
    """Whether a claim is Chinese or Japanese, where the end of a sentence denies it for certain."""
    words = assessment.alignment.claim.reading.words
    return any(word.kind == "dense" for word in words)


def is_long(assessed: Sequence[Assessment]) -> bool:
    """Whether a claim says so much that it can hardly be said in the same words."""
    return assessed[0].words >= LONG


def weigh(
    share: float, verdict: EvidenceVerdict, *, is_long: bool = False, denied: bool = False
) -> EvidenceVerdict:
    """The verdict where the passages say the claim with the probability ``share`` and the rules
    said ``verdict``. What is ``denied`` is never mentioned, and what the passages may well say is
    not called contradicted."""
    if not denied and share >= (LEAST_OF_LONG if is_long else LEAST_MENTIONED):
        return EvidenceVerdict.MENTIONED
    doubted = verdict is EvidenceVerdict.CONTRADICTED and share >= LEAST_DOUBTED
    return EvidenceVerdict.UNSUPPORTED if verdict.holds or doubted else verdict


@cache
def get_model() -> SmallNetwork:
    """The model in the package's data."""
    path = files("agent.research.support") / "data" / WEIGHTS
    return read_small_network(path.read_bytes())
