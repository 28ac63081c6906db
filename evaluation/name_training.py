"""Trains the model of words (:mod:`agent.research.learned_names`) on labelled requests: a logistic
regression over their words, with squared weights as its penalty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from agent.language.identification import get_request_language
from agent.research import learned_names
from agent.research.learned_names import Weights
from agent.research.name_features import get_features, get_roles
from agent.research.names import find_names
from agent.research.subjects import is_east_asian, without_titles
from agent.research.words import Word, get_words
from evaluation.linear_training import Floats, descend, pack
from evaluation.planner_bench import Prompt

STEPS: Final = 40
RATE: Final = 0.1
"""Size of Adam's steps."""
PENALTY: Final = 0.0005
MIN_WORDS: Final = 2
"""In so many words a feature must be to be learned."""
_LOWERED: Final = 0.5
"""What the copy of a request in lower case counts."""
_LEVELS: Final = 2000
"""Weights are written as whole numbers from minus to plus this."""
_TARGET: Final = Path(learned_names.__file__).parent / "data" / learned_names.WEIGHTS


@dataclass(frozen=True, slots=True)
class Taught:
    """The words of a request: their features, whether each belongs to a name (None where that is
    open), and how much the request counts."""

    features: Sequence[Sequence[str]]
    named: Sequence[bool | None]
    counts: float


def get_taught(prompts: Iterable[Prompt], *, counts: float = 1.0) -> list[Taught]:
    """The requests with the copies of them in lower case, as they are taught. Those in Chinese,
    Japanese and Korean are left out, since their words are cut by other rules."""
    found: list[Taught] = []
    for prompt in prompts:
        text = without_titles(prompt.text)
        if is_east_asian(text):
            continue
        found.append(_taught(text, prompt, counts))
        lowered = text.lower()
        if lowered != text and len(lowered) == len(text):
            found.append(_taught(lowered, prompt, counts * _LOWERED))
    return found


def _taught(text: str, prompt: Prompt, counts: float) -> Taught:
    language = get_request_language(text)
    words = get_words(text, language)
    features = get_features(words, find_names(text, words, language), language)
    return Taught(features, _labels(text, words, language, prompt.subjects or ()), counts)


def _labels(
    text: str, words: Sequence[Word], language: str, subjects: Sequence[str]
) -> list[bool | None]:
    """Which words belong to a labelled subject, by its first spelling that the text has. Those of
    other spellings and of subjects that may be left out are open."""
    folded = text.lower() if len(text.lower()) == len(text) else text
    spans: list[tuple[int, int, bool]] = []
    for subject in subjects:
        spellings = (s.strip().lower() for s in subject.removeprefix("?").split("|"))
        starts = [(folded.find(spelling), len(spelling)) for spelling in spellings]
        there = [(start, start + length) for start, length in starts if start >= 0]
        for number, (start, end) in enumerate(there):
            spans.append((start, end, not number and not subject.startswith("?")))
    labels: list[bool | None] = []
    for word, role in zip(words, get_roles(words, language), strict=True):
        holding = [span for span in spans if span[0] <= word.start < span[1]]
        needed = [span for span in holding if span[2]]
        # An article that begins a label may be there or not.
        leading = bool(role) and any(span[0] == word.start for span in needed)
        labels.append(None if leading or (holding and not needed) else bool(needed))
    return labels


def fit(taught: Sequence[Taught]) -> Weights:
    """Trains on labelled requests."""
    counts: Counter[str] = Counter()
    for request in taught:
        for features in request.features:
            counts.update(set(features))
    names = [name for name, count in counts.items() if count >= MIN_WORDS]
    column = {name: at for at, name in enumerate(names)}
    rows: list[int] = []
    columns: list[int] = []
    targets: list[float] = []
    worth: list[float] = []
    for request in taught:
        for features, named in zip(request.features, request.named, strict=True):
            if named is None:
                continue
            own = [column[name] for name in features if name in column]
            rows += [len(targets)] * len(own)
            columns += own
            targets.append(float(named))
            worth.append(request.counts)
    words = _Words(
        np.array(rows, dtype=np.intp), np.array(columns, dtype=np.intp),
        np.array(targets), np.array(worth) / sum(worth),
    )  # fmt: skip
    numbers = _descended(words, len(names))
    return Weights(float(numbers[-1]), dict(zip(names, numbers[:-1].tolist(), strict=True)))


@dataclass(frozen=True)
class _Words:
    """Words with features: ``rows`` and ``columns`` are the places of the ones in the matrix of
    (words, features); ``targets`` and ``worth`` have one number a word."""

    rows: npt.NDArray[np.intp]
    columns: npt.NDArray[np.intp]
    targets: Floats
    worth: Floats


def _descended(words: _Words, width: int) -> Floats:
    """Weights (width,) and the bias behind them."""
    start = np.zeros(width + 1)
    start[-1] = -1.0  # most words belong to no name

    def slope(numbers: Floats) -> Floats:
        sums = np.bincount(words.rows, numbers[words.columns], len(words.targets)) + numbers[-1]
        errors = (1 / (1 + np.exp(-sums)) - words.targets) * words.worth
        return np.append(np.bincount(words.columns, errors[words.rows], width), errors.sum())

    return descend(start, slope, steps=STEPS, rate=RATE, penalty=PENALTY)


def write(weights: Weights, target: Path = _TARGET) -> None:
    """Writes the weights as ``agent.research.learned_names`` reads them."""
    scale = max(map(abs, weights.of_feature.values())) / _LEVELS
    whole = {name: round(value / scale) for name, value in sorted(weights.of_feature.items())}
    content = {
        "bias": round(weights.bias, 4),
        "scale": scale,
        "features": {name: value for name, value in whole.items() if value},
    }
    pack(content, target)
