"""What the packaged text encoder says of whether passages say a claim: it reads both together.

It was trained on pairs of sentences that others labelled, and then on claims about texts
(``evaluation.entailment_encoder_training``), so that it knows a claim in other words from one that
is changed in one place. Where the encoder's package is not installed, the checks judge alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from agent.research.support.assessment import Assessment
from agent.research.support.quantities import get_span
from domain.encoder.network import Purpose, read_purpose
from domain.encoder.text_encoder import get_text_encoder
from domain.linear_model import logarithms_of
from domain.made_once import made_once

WEIGHTS: Final = "encoded_entailment.npz"
CLASSES: Final = ("entailed", "silent", "contradicted")
PASSAGES: Final = 3
"""So many of the passages that share most words with a claim are read beside it."""
LEAST_SHARED: Final = 0.15
"""Passages that share less of the claim's words are read only where there are no others."""
MAX_CHARS: Final = 1_000
"""Of a claim and of its passages, before they are cut into pieces."""
MAX_OF_CLAIM: Final = 70
MAX_OF_PASSAGES: Final = 190
"""Pieces; only the beginning of what is longer is read."""
_STEPS: Final = (0.1, 0.3, 0.5, 0.7, 0.9)
_LEAST: Final = 1e-4
_ODDS: Final = 4.0
"""What the logarithms of odds are divided by, to be no larger than other features."""
_KEPT: Final = 500


class Entailment(NamedTuple):
    """How probably passages say a claim, and how probably they contradict it."""

    entailed: float
    contradicted: float


def find_entailment(
    claim: str, assessed: Sequence[Assessment], purpose: Purpose | None = None
) -> Entailment | None:
    """What the encoder, by the shipped purpose where None, says of a claim and the passages nearest
    to it, best first, of which there must be one; None where its package is missing. Takes 50 to
    150 milliseconds."""
    nearest = _get_nearest(assessed)
    try:
        return _read(in_units_of(claim, nearest), _text(nearest), purpose or _shipped())
    except FileNotFoundError:
        return None


def text_of(assessed: Sequence[Assessment]) -> str:
    """What is read beside a claim: the passages nearest to it, in the order in which they stand."""
    return _text(_get_nearest(assessed))


def _text(nearest: Sequence[Assessment]) -> str:
    return " ".join(a.place[1].text for a in nearest)


def _get_nearest(assessed: Sequence[Assessment]) -> list[Assessment]:
    shared = [a for a in assessed if a.candidate.score >= LEAST_SHARED]
    nearest = (shared or list(assessed))[:PASSAGES]
    pages = list(dict.fromkeys(a.candidate.page for a in nearest))
    return sorted(nearest, key=lambda a: (pages.index(a.candidate.page), a.candidate.number))


def in_units_of(claim: str, assessed: Sequence[Assessment]) -> str:
    """A claim with each of its measures as a passage writes the same one: the encoder does not know
    745 feet for 227 m, nor that both may be rounded, which the checks do."""
    own = assessed[0].alignment.claim
    others = [
        (a.alignment.passage.reading, quantity)
        for a in assessed
        for quantity in a.alignment.passage.quantities
        if quantity.unit is not None
    ]
    for quantity in sorted(own.quantities, key=lambda q: -q.place):
        same = [each for each in others if quantity.unit and quantity.agrees(each[1])]
        if same:
            reading, other = max(same, key=lambda each: each[1].unit == quantity.unit)
            start, end = get_span(own.reading, quantity)
            first, last = get_span(reading, other)
            claim = claim[:start] + reading.text[first:last] + claim[end:]
    return claim


def get_entailment_features(found: Entailment, *, is_long: bool) -> Mapping[str, float]:
    """The same as features of the model that weighs what the checks say."""
    odds = _odds(found.entailed)
    features = {
        "entails": found.entailed,
        "entails odds": odds,
        "against": found.contradicted,
        "against odds": _odds(found.contradicted),
        **{f"entails>{step}": 1.0 for step in _STEPS if found.entailed > step},
    }
    if is_long:
        features |= {"long entails": found.entailed, "long entails odds": odds}
    return features


def pieces_of(claim: str, text: str) -> list[list[int]]:
    """What the encoder reads of a claim and a text. Raises ``FileNotFoundError`` without its
    package."""
    encoder = get_text_encoder()
    return [
        encoder.cut(claim[:MAX_CHARS], most=MAX_OF_CLAIM),
        encoder.cut(text[:MAX_CHARS], most=MAX_OF_PASSAGES),
    ]


def _odds(share: float) -> float:
    return math.log((share + _LEAST) / (1 - share + _LEAST)) / _ODDS


@lru_cache(_KEPT)
def _read(claim: str, text: str, purpose: Purpose) -> Entailment:
    sums = get_text_encoder().sums(pieces_of(claim, text), purpose)
    shares = [math.exp(log) for log in logarithms_of(sums.tolist())]
    return Entailment(shares[CLASSES.index("entailed")], shares[CLASSES.index("contradicted")])


@made_once
def _shipped() -> Purpose:
    """The weights of this release, read once. Raises ``FileNotFoundError``."""
    return read_purpose((files("agent.research.support") / "data" / WEIGHTS).read_bytes())
