"""What the packaged text encoder says of which parts of a request are names to look up, trained on
the same labelled requests as the planner's other models.

It knows a hundred languages' words in their sentences and judges each piece of a word by itself:
whether a name begins with it or goes on. The network of phrases sees what it says of each phrase.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from domain.encoder.network import Purpose, read_purpose
from domain.encoder.text_encoder import get_text_encoder
from domain.made_once import made_once

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS: Final = "encoded_names.npz"
CLASSES: Final = ("O", "B", "I")
"""What a piece may be: outside of names, the beginning of one, or inside of one."""
MAX_PIECES: Final = 120
"""A longer request is read as far as this."""
LEAST_LOG: Final = -12.0
"""Stands for the logarithm of what is less probable still."""


class Part(NamedTuple):
    """Pieces of a request by their numbers: the first one, and the one behind the last."""

    first: int
    end: int


@dataclass(frozen=True)
class EncodedNames:
    """The pieces of a request: where each stands, in characters, and the logarithms of the
    probabilities of ``CLASSES``."""

    places: Sequence[tuple[int, int]]
    logs: Sequence[Sequence[float]]

    @cached_property
    def begins(self) -> Sequence[float]:
        """The logarithm of the probability that a name begins, by pieces."""
        return [max(LEAST_LOG, each[1]) for each in self.logs]

    @cached_property
    def goes_on(self) -> Sequence[float]:
        """The same that one goes on."""
        return [max(LEAST_LOG, each[2]) for each in self.logs]

    @cached_property
    def ends_before(self) -> Sequence[float]:
        """The same that none goes on; the last one is for the end of the request."""
        import numpy as np

        logs = np.array(self.logs, np.float64).reshape(-1, len(CLASSES))
        return [*np.maximum(LEAST_LOG, np.logaddexp(logs[:, 0], logs[:, 1])).tolist(), 0.0]

    @cached_property
    def _going(self) -> Sequence[float]:
        return [0.0, *accumulate(self.goes_on)]

    @cached_property
    def _starts(self) -> Sequence[int]:
        return [start for start, _ in self.places]

    @cached_property
    def _ends(self) -> Sequence[int]:
        return [end for _, end in self.places]

    def part(self, start: int, end: int) -> Part | None:
        """The pieces in which these characters stand; None where they were not read."""
        first = bisect_right(self._ends, start)
        last = bisect_left(self._starts, end)
        return Part(first, last) if first < last else None

    def exact(self, part: Part) -> float:
        """The logarithm of the probability that just these pieces are a name."""
        inner = self._going[part.end] - self._going[part.first + 1]
        return self.begins[part.first] + inner + self.ends_before[part.end]

    def share(self, start: int, end: int) -> float:
        """The probability that just these characters are a name."""
        part = self.part(start, end)
        return 0.0 if part is None else math.exp(self.exact(part))

    @cached_property
    def likeliest(self) -> Sequence[tuple[int, int]]:
        """The names in what is likeliest of each piece, by their characters."""
        found: list[tuple[int, int]] = []
        inside = False
        for (start, end), logs in zip(self.places, self.logs, strict=True):
            outside, begins, goes_on = logs
            if outside >= max(begins, goes_on):
                inside = False
            elif inside and goes_on >= begins:
                found[-1] = found[-1][0], end
            else:
                found.append((start, end))
                inside = True
        return found


def encode_names(text: str, purpose: Purpose | None = None) -> EncodedNames | None:
    """What the encoder says of a request, by the shipped purpose where None; None where its package
    is missing, which is not made for every system. Takes 15 to 30 ms: call it in a thread."""
    import numpy as np

    try:
        encoder = get_text_encoder()
        pieces = encoder.cut_with_places(text, most=MAX_PIECES)
        if not pieces:
            return None
        sums = encoder.sums_of_each([piece.number for piece in pieces], purpose or _shipped())
    except FileNotFoundError:
        return None
    highest = sums.max(axis=1, keepdims=True)
    logs = sums - highest - np.log(np.exp(sums - highest).sum(axis=1, keepdims=True))
    return EncodedNames([(piece.start, piece.end) for piece in pieces], _rows(logs))


def _rows(numbers: NDArray[np.float32]) -> Sequence[Sequence[float]]:
    rows: Sequence[Sequence[float]] = numbers.tolist()
    return rows


@made_once
def _shipped() -> Purpose:
    """The weights of this release, read once. Raises ``FileNotFoundError``."""
    return read_purpose((files("agent.research") / "data" / WEIGHTS).read_bytes())
