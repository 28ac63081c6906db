"""Trains the model of quotations (:mod:`agent.research.quotations`) on labelled requests and on
invented ones: a linear regression with squared weights as its penalty."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from agent.research import quotations
from agent.research.quotations import inputs_of
from agent.research.subjects import split_quotations
from evaluation.invented_titles import get_invented_requests
from evaluation.linear_training import pack, whole_numbers
from evaluation.planner_bench import Prompt, is_match

PENALTY: Final = 0.3
_INVENTED: Final = 0.3
"""What an invented request counts."""
_LEVELS: Final = 2000
_TARGET: Final = Path(quotations.__file__).parent / "data" / quotations.WEIGHTS


def fit(prompts: Sequence[Prompt]) -> npt.NDArray[np.float32]:
    """Weights (1026,). The same requests give the same weights."""
    invented = [Prompt(text, "invented", ()) for text in get_invented_requests()]
    rows: list[npt.NDArray[np.float32]] = []
    targets: list[float] = []
    worth: list[float] = []
    for prompt in (*prompts, *invented):
        quoted, rest = split_quotations(prompt.text)
        if not quoted or prompt.subjects is None:
            continue
        texts = [subject.text for subject in quoted]
        rows.append(inputs_of(texts, rest))
        labels = [label.removeprefix("?") for label in prompt.subjects]
        targets += [float(any(is_match(text, label) for label in labels)) for text in texts]
        worth += [_INVENTED if prompt.group == "invented" else 1.0] * len(texts)
    inputs, wanted = np.vstack(rows).astype(np.float64), np.array(targets)
    share = np.array(worth)
    # Requests with titles are few; they count as much as the others together.
    share[wanted > 0] *= share[wanted == 0].sum() / max(1.0, share[wanted > 0].sum())
    penalty = PENALTY * np.eye(inputs.shape[1])
    penalty[-1, -1] /= 100  # the bias is nearly free
    weighted = inputs * share[:, None]
    solved = np.linalg.solve(inputs.T @ weighted + penalty, weighted.T @ wanted)
    return solved.astype(np.float32)


def write(weights: npt.NDArray[np.float32], target: Path = _TARGET) -> None:
    """Writes the weights as ``agent.research.quotations`` reads them."""
    whole = whole_numbers(weights.astype(np.float64), levels=_LEVELS)
    pack({"weights": whole}, target)
