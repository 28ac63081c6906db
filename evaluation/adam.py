"""Adam: steps against the slopes of a loss, each number at a pace of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_OF_MEAN: Final = 0.9


class Adam:
    """Moves arrays of numbers, in place (Kingma and Ba, ICLR 2015). ``of_square`` is the share of
    the mean of the slopes' squares that is kept in a step."""

    def __init__(self, numbers: Sequence[Floats], *, of_square: float) -> None:
        self._numbers = numbers
        self._of_square = of_square
        self._means = [np.zeros_like(part) for part in numbers]
        self._squares = [np.zeros_like(part) for part in numbers]
        self._steps = 0

    def step(self, slopes: Sequence[Floats], *, rate: float) -> None:
        """Move the numbers by about ``rate`` each; ``slopes`` have their shapes."""
        self._steps += 1
        of_means, of_squares = (1 - kept**self._steps for kept in (_OF_MEAN, self._of_square))
        moved = zip(self._numbers, self._means, self._squares, slopes, strict=True)
        for part, mean, square, slope in moved:
            mean += (1 - _OF_MEAN) * (slope - mean)
            square += (1 - self._of_square) * (slope * slope - square)
            part -= rate * (mean / of_means) / (np.sqrt(square / of_squares) + 1e-8)
