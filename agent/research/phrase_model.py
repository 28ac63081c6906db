"""Which phrases of a request are what must be looked up, by a small network over how each stands
there (:mod:`agent.research.phrases`) and what it and the request mean.

What a phrase means is its sentence vector, once as it is and once as the classes of WordNet: an
animal, a dish, an artefact, one particular thing. Those were learned from 148,000 English words and
titles, and hold in sixteen languages, since the vectors do.

Where the text encoder is there, a second network looks at what the first one says of a phrase
together with what the encoder says.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from agent.research.encoded_names import EncodedNames, encode_names
from agent.research.learned_names import Weights
from agent.research.phrase_choice import Scored, with_shares
from agent.research.phrases import (
    Facts,
    Span,
    TaggedRequest,
    find_phrases,
    get_encoded_facts,
    get_facts,
)
from domain.made_once import made_once
from domain.sentence_vectors import sentence_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

WEIGHTS: Final = "phrases.json.gz"
ENCODED_WEIGHTS: Final = "encoded_phrases.json.gz"
EAST_ASIAN_WEIGHTS: Final = "encoded_east_asian.json.gz"
"""The same for requests in Chinese, Japanese and Korean, whose words must be cut out."""
CLASSES: Final = "phrase_classes.json.gz"
DOUBTFUL: Final = 0.06
"""Probability below which no directory of names is asked about a phrase."""
_SCORE_SCALE: Final = 0.25
"""What makes the scores of the first network as large as the facts."""
_CLASSES_SCALE: Final = 1.5
_VECTOR_SCALE: Final = 3.0
"""What makes the numbers of the meaning as large as the facts."""


@dataclass(frozen=True, eq=False)
class PhraseWeights:
    """A network with one hidden layer and a way past it. ``facts`` names the columns of the first
    inputs; the meaning stands behind them."""

    facts: Sequence[str]
    hidden: Numbers
    """(inputs + 1, hidden cells); the last row are the biases."""
    output: Numbers
    """(hidden cells,)"""
    direct: Numbers
    """(inputs + 1,); the last is the bias."""


@dataclass(frozen=True, slots=True)
class NameModels:
    """The models of words, of phrases, of phrases that the text encoder has read (``east_asian``
    in Chinese, Japanese and Korean), and of quotations; the shipped ones where None. ``encode``
    asks the encoder about a request."""

    words: Weights | None = None
    phrases: PhraseWeights | None = None
    encoded: PhraseWeights | None = None
    east_asian: PhraseWeights | None = None
    quotations: Numbers | None = None
    encode: Callable[[str], EncodedNames | None] = encode_names


def score_phrases(request: TaggedRequest, models: NameModels | None = None) -> list[Scored]:
    """The phrases of a request with their probabilities. Takes about 20 ms: call it in a thread.
    Raises ``FileNotFoundError`` where the weights are missing."""
    spans = find_phrases(request)
    if not spans:
        return []
    given = models or NameModels()
    first = given.phrases or _shipped(WEIGHTS)
    facts = [get_facts(request, span) for span in spans]
    meanings = get_meanings(request.text, [request.text_of(span) for span in spans])
    before = scores = get_scores(first, inputs_of(first.facts, facts, meanings)).tolist()
    if request.encoded is not None:
        second = _second(request, given)
        whole = with_encoded_facts(request, spans, facts, scores)
        scores = get_scores(second, inputs_of(second.facts, whole)).tolist()
    return with_shares(request, spans, scores, before)


def _second(request: TaggedRequest, given: NameModels) -> PhraseWeights:
    if request.things is not None:
        return given.east_asian or _shipped(EAST_ASIAN_WEIGHTS)
    return given.encoded or _shipped(ENCODED_WEIGHTS)


def with_encoded_facts(
    request: TaggedRequest, spans: Sequence[Span], facts: Sequence[Facts], scores: Sequence[float]
) -> list[Facts]:
    """What the second network sees of phrases: what is known of each, what the first one says of
    it, and what the encoder does."""
    return [
        {**own, **get_encoded_facts(request, span), "score": score * _SCORE_SCALE}
        for span, own, score in zip(spans, facts, scores, strict=True)
    ]


def get_meanings(text: str, phrases: Sequence[str]) -> Numbers:
    """What phrases and their request mean, shape (phrases, classes + classes + 512)."""
    import numpy as np

    vectors = sentence_vectors([text, *phrases])
    classes = _with_one(vectors) @ _classes() * _CLASSES_SCALE
    of_all = np.repeat(classes[:1], len(phrases), axis=0)
    return np.hstack([classes[1:], of_all, vectors[1:] * _VECTOR_SCALE])


def inputs_of(
    names: Sequence[str], facts: Sequence[Facts], meanings: Numbers | None = None
) -> Numbers:
    """What a network sees of phrases: the facts of these names, and the meaning where it is
    given."""
    import numpy as np

    rows = [[own.get(name, 0.0) for name in names] for own in facts]
    known = np.array(rows, np.float32).reshape(len(facts), len(names))
    return known if meanings is None else np.hstack([known, meanings])


def get_scores(weights: PhraseWeights, inputs: Numbers) -> Numbers:
    """The scores of phrases, shape (phrases,), as :mod:`agent.research.phrase_choice` weighs them
    against each other."""
    import numpy as np

    whole = _with_one(inputs)
    scores = np.tanh(whole @ weights.hidden) @ weights.output + whole @ weights.direct
    return np.asarray(scores, np.float32)


def read_weights(packed: bytes) -> PhraseWeights:
    """The weights in a file that ``evaluation.planner_training`` wrote."""
    read = json.loads(gzip.decompress(packed))
    return PhraseWeights(
        read["facts"], unpacked(read["hidden"]), unpacked(read["output"]), unpacked(read["direct"])
    )


def _with_one(numbers: Numbers) -> Numbers:
    import numpy as np

    return np.hstack([numbers, np.ones((len(numbers), 1), np.float32)])


def unpacked(packed: Mapping[str, Any]) -> Numbers:
    """Numbers that ``evaluation.linear_training.whole_numbers`` made whole ones of."""
    import numpy as np

    return np.array(packed["whole"], np.float32) * np.float32(packed["scale"])


@made_once
def _shipped(name: str) -> PhraseWeights:
    """The weights of this release, read once. Raises ``FileNotFoundError``."""
    return read_weights((files("agent.research") / "data" / name).read_bytes())


@made_once
def _classes() -> Numbers:
    """Shape (513, classes): how vectors tell the classes of things; the last row are the biases."""
    packed = (files("agent.research") / "data" / CLASSES).read_bytes()
    return unpacked(json.loads(gzip.decompress(packed))["classes"])
