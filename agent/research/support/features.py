"""What the trained model of claims sees: how much of a claim the passages hold, in words and in
meaning, what speaks against it, and what the rules say of it.

Meaning is compared by the vectors of the claim and the passages
(``domain.sentence_vectors``). They know nothing of a changed number or name, which the checks see.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from agent.research.support.assessment import Assessment
from agent.research.support.binding import get_binding
from agent.research.support.coverage import get_coverage
from agent.research.support.qualifiers import get_qualifiers
from domain.research import EvidenceVerdict
from domain.sentence_vectors import sentence_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]
    Vectors = NDArray[np.float32]

MAX_PASSAGES: Final = 3
MAX_CHARS: Final = 200
"""Passages whose meaning is compared with the claim, and how much of each; one takes 2 to 3 ms."""
_STEPS: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_STEPPED: Final = ("meaning", "window", "whole", "most titled", "held", "gone")
"""Values whose steps the model sees too, since more of them is not always as much better."""
_BY_VERDICT: Final = ("meaning", "window", "whole", "held", "gone", "predicate", "titled", "words")
"""Values that count otherwise with each verdict of the rules."""
_OF_LONG: Final = (
    *_BY_VERDICT, "most titled", "names gone", "count missing", "count replaced",
    "least problems",
)  # fmt: skip
"""Values that count otherwise for a long claim, of which some details are worded freely."""
LONG: Final = 8
"""Content words of a long claim."""


def get_features(
    claim: str, verdict: EvidenceVerdict, assessed: Sequence[Assessment]
) -> dict[str, float]:
    """The features of a claim with at least one passage, most of them between 0 and 1."""
    near = sorted(assessed, key=lambda a: -a.likeness)[:MAX_PASSAGES]
    vectors = sentence_vectors([claim, *(a.place[1].text[:MAX_CHARS] for a in near)])
    meaning: list[float] = (vectors[1:] @ vectors[0]).tolist()
    best = max(range(len(near)), key=lambda n: near[n].likeness + meaning[n])
    found = {
        **_in_meaning(vectors[0], vectors[1:], best),
        **_in_words(near[best], assessed),
        **_against(near[best], assessed),
        **get_binding(near[best].alignment),
        **get_coverage(near[best], near),
        **get_qualifiers(near[best], near),
        "rules": 1.0,
    }
    for name in _STEPPED:
        for step in _STEPS:
            if found.get(name, 0.0) > step:
                found[f"{name}>{step}"] = 1.0
    for name in ("rules", *_BY_VERDICT):
        found[f"{verdict.value} {name}"] = found[name]
    if is_long(assessed):
        for name in ("rules", *_OF_LONG):
            found[f"long {name}"] = found.get(name, 0.0)
    return found


def is_long(assessed: Sequence[Assessment]) -> bool:
    """Whether a claim says so much that it can hardly be said in the same words."""
    return assessed[0].words >= LONG


def _in_meaning(claim: Vector, passages: Vectors, best: int) -> Mapping[str, float]:
    """How near the claim is to the passages and to two or three of them together."""
    alike = passages @ claim
    order = alike.argsort()[::-1]
    return {
        "meaning": float(alike[best]),
        "most meaning": float(alike[order[0]]),
        "second meaning": float(alike[order[1]]) if len(order) > 1 else 0.0,
        "window": max(_together(passages[order[:count]], claim) for count in (1, 2, 3)),
    }


def _together(passages: Vectors, claim: Vector) -> float:
    total = passages.sum(axis=0)
    return float(total @ claim) / max(1e-6, math.sqrt(float(total @ total)))


def _in_words(best: Assessment, assessed: Iterable[Assessment]) -> Mapping[str, float]:
    """How much of the claim the best passage, every passage and the page hold in words."""
    every = list(assessed)
    count = max(1, best.words)
    held = frozenset[int]().union(*(a.held for a in every))
    return {
        "inside": best.inside,
        "titled": best.titled,
        "whole": best.whole,
        "predicate": best.predicate,
        "order": best.order,
        "most inside": max(a.inside for a in every),
        "most titled": max(a.titled for a in every),
        "most whole": max(a.whole for a in every),
        "most predicate": max(a.predicate for a in every),
        "most order": max(a.order for a in every),
        "held": len(held) / count,
        "gone": len(best.gone) / count,
        "nothing gone": float(not best.gone),
        "many gone": min(len(best.gone), 6) / 6,
        "names gone": min(2, sum(word.name for word in best.gone)) / 2,
        "numbers gone": min(2, sum(word.kind == "number" for word in best.gone)) / 2,
        "words": math.log(count) / 3,
        "few words": float(count <= 4),
        "many words": float(count >= 14),
        "names": min(4, best.names) / 4,
        "numbers": min(3, best.numbers) / 3,
    }


def _against(best: Assessment, assessed: Iterable[Assessment]) -> Mapping[str, float]:
    """What the checks have against the claim."""
    every = list(assessed)
    about = [a for a in every if a.titled >= 0.8 * best.titled]
    found = {f"{p.verdict} {p.kind}": 1.0 for p in best.problems}
    for verdict in ("contradicts", "replaced", "missing"):
        places = {p.place for p in best.problems if p.verdict == verdict}
        found[f"count {verdict}"] = min(3, len(places)) / 3
    found["clean"] = float(best.is_clean)
    found["some clean"] = float(any(a.is_clean and a.is_enough for a in every))
    found["some against"] = float(any(a.is_against for a in every))
    found["least problems"] = min(4, min(len(a.problems) for a in about)) / 4
    return found
