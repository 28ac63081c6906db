"""Trains the network of phrases as a semi-Markov random field (Sarawagi and Cohen 2004): what is
learned is not each phrase by itself, but which of all ways to take phrases that do not overlap is
the labelled one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from agent.research.phrases import Span
from evaluation.adam import Adam

HIDDEN: Final = 16
"""Cells of the hidden layer of one network."""
NETWORKS: Final = 3
"""Networks that begin with other numbers, whose mean is taken."""
EPOCHS: Final = 12
BATCH: Final = 64
"""Requests of one step."""
RATE: Final = 0.003
"""Size of Adam's steps, which shrinks to nothing."""
PENALTY: Final = 0.0001
_WANTED: Final = 12.0
"""What is added to the score of a labelled phrase, so that of the ways to take phrases which the
labels allow those count that take every labelled one."""
_NEVER: Final = -1e9

Numbers = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Example:
    """The phrases of a request: what the network sees of each, shape (phrases, width), where they
    stand, whether each is labelled (None where it may be or not), and what the request counts."""

    inputs: Numbers
    spans: Sequence[Span]
    wanted: Sequence[bool | None]
    counts: float


@dataclass(frozen=True, eq=False)
class _Batch:
    """Requests side by side; arrays have the shape (requests, phrases)."""

    first: npt.NDArray[np.intp]
    end: npt.NDArray[np.intp]
    there: npt.NDArray[np.bool_]
    """False where a request has no such phrase."""
    labels: npt.NDArray[np.intp]
    """1, 0, and -1 for what is open."""
    counts: Floats


def fit(examples: Sequence[Example]) -> tuple[Numbers, Numbers, Numbers]:
    """The weights of the hidden layer (width + 1, cells), of its cells, and of the way past them
    (width + 1), the last rows of which are the biases. The same examples give the same weights."""
    fitted = [_fit_one(examples, np.random.default_rng(seed)) for seed in range(NETWORKS)]
    hidden = np.hstack([hidden for hidden, _, _ in fitted])
    share = np.float32(1 / NETWORKS)
    output = np.concatenate([output for _, output, _ in fitted]) * share
    direct = np.stack([direct for _, _, direct in fitted]).sum(axis=0) * share
    return hidden, output, direct


def _fit_one(
    examples: Sequence[Example], random: np.random.Generator
) -> tuple[Numbers, Numbers, Numbers]:
    width = examples[0].inputs.shape[1] + 1
    weights: list[Numbers] = [
        random.normal(0, 1 / np.sqrt(width), (width, HIDDEN)).astype(np.float32),
        random.normal(0, 0.3, HIDDEN).astype(np.float32),
        np.zeros(width, np.float32),
    ]
    weights[2][-1] = -2.0  # most phrases are none
    adam = Adam(weights, of_square=0.99)
    total = EPOCHS * -(-len(examples) // BATCH)
    step = 0
    for _ in range(EPOCHS):
        order: list[int] = random.permutation(len(examples)).tolist()
        for at in range(0, len(order), BATCH):
            slopes = _slopes([examples[n] for n in order[at : at + BATCH]], weights)
            for slope, part in zip(slopes, weights, strict=True):
                slope += PENALTY * part
            adam.step(slopes, rate=RATE * (1 - step / total))
            step += 1
    return weights[0], weights[1], weights[2]


def _slopes(examples: Sequence[Example], weights: Sequence[Numbers]) -> list[Numbers]:
    """How the loss changes with the weights."""
    hidden, output, direct = weights
    inputs = np.vstack([example.inputs for example in examples])
    inputs = np.hstack([inputs, np.ones((len(inputs), 1), np.float32)])
    cells = np.tanh(inputs @ hidden)
    batch = _batch(examples)
    scores = np.zeros(batch.first.shape)
    scores[batch.there] = cells @ output + inputs @ direct
    errors = (_errors(scores, batch)[batch.there]).astype(np.float32)
    behind = errors[:, None] * output * (1 - cells * cells)
    return [inputs.T @ behind, cells.T @ errors, inputs.T @ errors]


def _errors(scores: Floats, batch: _Batch) -> Floats:
    """How the loss changes with the scores: by how much likelier each phrase is than by those ways
    to take phrases that the labels allow."""
    labelled = scores + _WANTED * (batch.labels == 1)
    aimed = get_shares(labelled, batch.first, batch.end, batch.there & (batch.labels != 0))
    found = get_shares(scores, batch.first, batch.end, batch.there)
    errors: Floats = (found - aimed) * batch.counts[:, None] / batch.counts.sum()
    return errors


def _batch(examples: Sequence[Example]) -> _Batch:
    most = max(len(example.spans) for example in examples)
    first = np.zeros((len(examples), most), np.intp)
    end, labels = np.zeros_like(first), np.zeros_like(first)
    there = np.zeros(first.shape, np.bool_)
    for at, example in enumerate(examples):
        count = len(example.spans)
        first[at, :count] = [span[0] for span in example.spans]
        end[at, :count] = [span[1] for span in example.spans]
        labels[at, :count] = [-1 if wanted is None else wanted for wanted in example.wanted]
        there[at, :count] = True
    return _Batch(first, end, there, labels, np.array([each.counts for each in examples]))


def get_shares(
    scores: Floats,
    first: npt.NDArray[np.intp],
    end: npt.NDArray[np.intp],
    there: npt.NDArray[np.bool_],
) -> Floats:
    """The probability of each phrase, as :func:`agent.research.phrase_choice.get_shares` has it,
    for many requests at once; all of the shape (requests, phrases)."""
    scores = np.where(there, scores, _NEVER)
    rows = np.arange(len(scores))[:, None]
    count = int(end.max(initial=0))
    before = np.zeros((len(scores), count + 1))
    behind = np.zeros_like(before)
    for place in range(1, count + 1):
        before[:, place] = before[:, place - 1]
        row, at = np.nonzero(there & (end == place))
        np.logaddexp.at(before[:, place], row, before[row, first[row, at]] + scores[row, at])
    for place in range(count - 1, -1, -1):
        behind[:, place] = behind[:, place + 1]
        row, at = np.nonzero(there & (first == place))
        np.logaddexp.at(behind[:, place], row, behind[row, end[row, at]] + scores[row, at])
    sums = before[rows, first] + scores + behind[rows, end]
    shares: Floats = np.exp(np.minimum(0.0, sums - before[:, -1:])) * there
    return shares
