"""A trained model of whether passages say what a claim says, joined with what the rules say.

It was trained on pairs that others labelled (``python -m evaluation.support_training``). A rule
counts the same wherever it applies; the model weighs it by how much else of the claim the passages
hold, by how near they are in meaning, and by what the claim has of its own. Where that leaves a
doubt, the text encoder reads claim and passages together, and a second model weighs what it says
beside the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from agent.research.support.assessment import SEVERAL_THINGS, Assessment
from agent.research.support.checks import CONTRADICTS
from agent.research.support.entailment import find_entailment, get_entailment_features
from agent.research.support.features import get_features
from agent.research.support.figures import find_wrong_figures
from agent.research.support.opposition import COMPARED, DENIED, NEGATION
from agent.research.support.timeline import is_order_wrong
from domain.research import EvidenceVerdict
from domain.small_network import SmallNetwork, read_small_network

WEIGHTS: Final = "entailment.json.gz"
JOINED_WEIGHTS: Final = "joined_entailment.json.gz"
"""Of the model that sees what the text encoder says, too."""
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


class Limits(NamedTuple):
    """How probable it must be that the passages say a claim: for it to be *mentioned*, the same for
    a long one, which is seldom said in the same words, and for a contradiction that the rules see
    to be in doubt."""

    mentioned: float
    of_long: float
    doubted: float


ALONE: Final = Limits(0.48, 0.32, 0.25)
JOINED: Final = Limits(0.42, 0.2, 0.25)
DOUBTFUL: Final = (0.1, 0.85)
"""Between these probabilities the text encoder is asked."""
LONG: Final = 13
"""Content words of a long claim."""
NEAR_ACROSS: Final = 0.35
"""How near in meaning a passage in another language must be to a claim to mention it, where there
is no text encoder."""
SAID_ACROSS: Final = 0.5
"""How probable the text encoder must find it that the passages say the claim, where there is."""


def reconsider(
    claim: str, verdict: EvidenceVerdict, assessed: Sequence[Assessment]
) -> tuple[EvidenceVerdict, Assessment]:
    """The verdict on a claim, which is no quotation, after the model has looked at what the rules
    say and at the passages, of which there must be one; and the passage nearest to the claim.
    Raises ``FileNotFoundError`` where the weights are missing."""
    own = [a for a in assessed if not a.across]
    across = [a for a in assessed if a.across]
    if not own:
        return judge_across(claim, verdict, across)
    found = _reconsider_own(claim, verdict, own)
    if found is EvidenceVerdict.UNSUPPORTED and across:
        return judge_across(claim, found, across)
    return found, max(own, key=lambda a: (a.likeness, a.whole))


def _reconsider_own(
    claim: str, verdict: EvidenceVerdict, assessed: Sequence[Assessment]
) -> EvidenceVerdict:
    """By passages in the claim's language."""
    features = get_features(claim, verdict, assessed)
    share = get_model().probability(features)
    long = is_long(assessed)
    if DOUBTFUL[0] < share < DOUBTFUL[1]:
        read = find_entailment(claim, assessed)
        if read is not None:
            features |= get_entailment_features(read, is_long=long)
            share = get_joined_model().probability(features)
            wrong = _counts_wrongly(assessed)
            return weigh(share, verdict, is_long=long, denied=wrong, limits=JOINED)
    return weigh(share, verdict, is_long=long, denied=is_denied(assessed, verdict))


def judge_across(
    claim: str, verdict: EvidenceVerdict, assessed: Sequence[Assessment]
) -> tuple[EvidenceVerdict, Assessment]:
    """The verdict on a claim by passages in another language, whose words cannot be compared: they
    must say it in meaning, and the nearest one have the claim's numbers, dates and values."""
    nearest = max(assessed, key=lambda a: a.candidate.score)
    if nearest.contradicts and verdict is EvidenceVerdict.CONTRADICTED:
        return verdict, nearest
    lacks = any(p.kind in _COUNTED for p in nearest.problems)
    if nearest.contradicts or lacks or not _is_said_across(claim, assessed):
        return EvidenceVerdict.UNSUPPORTED, nearest
    return EvidenceVerdict.MENTIONED, nearest


def _is_said_across(claim: str, assessed: Sequence[Assessment]) -> bool:
    read = find_entailment(claim, assessed)
    if read is None:
        return max(a.candidate.score for a in assessed) >= NEAR_ACROSS
    return read.entailed >= SAID_ACROSS


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
    if _counts_wrongly(assessed):
        return True
    if verdict is EvidenceVerdict.CONTRADICTED and not _SURE.isdisjoint(against):
        return True
    fullest = max(assessed, key=lambda a: (a.predicate, a.likeness))
    return any(problem.kind in _SURE for problem in fullest.problems)


def _counts_wrongly(assessed: Sequence[Assessment]) -> bool:
    """Whether a claim of few things has a number or an order of events that the passages do not
    have, which the text encoder sees less surely than the checks."""
    if assessed[0].words >= SEVERAL_THINGS or _is_dense(assessed[0]):
        return False
    return bool(find_wrong_figures(assessed)) or is_order_wrong(assessed)


def _is_dense(assessment: Assessment) -> bool:
    """Whether a claim is Chinese or Japanese, where the end of a sentence denies it for certain."""
    words = assessment.alignment.claim.reading.words
    return any(word.kind == "dense" for word in words)


def is_long(assessed: Sequence[Assessment]) -> bool:
    """Whether a claim says so much that it can hardly be said in the same words."""
    return assessed[0].words >= LONG


def weigh(
    share: float,
    verdict: EvidenceVerdict,
    *,
    is_long: bool = False,
    denied: bool = False,
    limits: Limits = ALONE,
) -> EvidenceVerdict:
    """The verdict where the passages say the claim with the probability ``share`` and the rules
    said ``verdict``. What is ``denied`` is never mentioned, and what the passages may well say is
    not called contradicted."""
    if not denied and share >= (limits.of_long if is_long else limits.mentioned):
        return EvidenceVerdict.MENTIONED
    doubted = verdict is EvidenceVerdict.CONTRADICTED and share >= limits.doubted
    return EvidenceVerdict.UNSUPPORTED if verdict.holds or doubted else verdict


@cache
def get_model() -> SmallNetwork:
    """The model of what the checks say, in the package's data."""
    return _read(WEIGHTS)


@cache
def get_joined_model() -> SmallNetwork:
    """The model of what the checks and the text encoder say, in the package's data."""
    return _read(JOINED_WEIGHTS)


def _read(name: str) -> SmallNetwork:
    return read_small_network((files("agent.research.support") / "data" / name).read_bytes())
