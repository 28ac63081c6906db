"""The layers of the packaged model and what was trained on top of them.

A layer is that of BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805): every piece looks at
every other, then each is worked over by itself. What was trained for one purpose is a small change
of some layers' weights, the product of two narrow matrices each (LoRA: Hu et al. 2021,
https://arxiv.org/abs/2106.09685), and a head that reads the outcome.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from domain.encoder.packaged import SIZE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

HEADS: Final = 12
WIDTH: Final = SIZE // HEADS
PARTS: Final = ("q", "k", "v", "ao", "fi", "fo")
"""The matrices of a layer: what a piece asks, is found by and tells; what it makes of what it was
told; and the two that work it over."""
NORMS: Final = ("aln", "oln")
_SMALL: Final = 1e-12
_SCALE: Final = ":scale"
_LEVELS: Final = 127


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """The weights of one layer by name: matrices (out, in), biases (out,) and, of the two
    normalisations, ``NAME.w`` and ``NAME.b``."""

    weights: Mapping[str, Floats]

    def apply(self, rows: Floats, change: Mapping[str, Floats] | None) -> Floats:
        """The outcome for the pieces of one text, (pieces, ``SIZE``)."""
        import numpy as np

        asked, found, told = (
            self._times(name, rows, change).reshape(-1, HEADS, WIDTH).swapaxes(0, 1)
            for name in ("q", "k", "v")
        )
        shares = asked @ found.swapaxes(1, 2) * np.float32(WIDTH**-0.5)
        shares = np.exp(shares - shares.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        heard = (shares @ told).swapaxes(0, 1).reshape(rows.shape)
        rows = self._normed("aln", rows + self._times("ao", heard, change), change)
        inner = _gelu(self._times("fi", rows, change))
        return self._normed("oln", rows + self._times("fo", inner, change), change)

    def _times(self, name: str, rows: Floats, change: Mapping[str, Floats] | None) -> Floats:
        found: Floats = rows @ self.weights[f"{name}.w"].T + self.weights[f"{name}.b"]
        if change is not None:
            found += (rows @ change[f"{name}.A"].T) @ change[f"{name}.B"].T
        return found

    def _normed(self, name: str, rows: Floats, change: Mapping[str, Floats] | None) -> Floats:
        own = self.weights if change is None else change
        return normed(rows, own[f"{name}.w"], own[f"{name}.b"])


def normed(rows: Floats, weight: Floats, bias: Floats) -> Floats:
    """Each row with mean 0 and variance 1, scaled and moved."""
    import numpy as np

    centred = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=1, keepdims=True) + np.float32(_SMALL))
    found: Floats = centred / spread * weight + bias
    return found


def _gelu(numbers: Floats) -> Floats:
    """Half of each number times one plus the error function of its part of the root of two
    (Abramowitz and Stegun 1964, 7.1.26: exact to seven digits)."""
    import numpy as np

    size = np.abs(numbers) * np.float32(2**-0.5)
    t = 1 / (1 + np.float32(0.3275911) * size)
    powers = (
        (((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592
    ) * t
    error = np.copysign(1 - powers * np.exp(-size * size), numbers)
    found: Floats = (0.5 * numbers * (1 + error)).astype(np.float32)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Purpose:
    """What was trained for one purpose: the change of each changed layer by its number, and a head
    of two steps over the first piece and the mean of all, ``into`` (hidden, 2 * ``SIZE``) and
    ``out`` (classes, hidden) with their biases; or over each piece by itself."""

    names: tuple[str, ...]
    changes: Mapping[int, Mapping[str, Floats]]
    into: Floats
    into_bias: Floats
    out: Floats
    out_bias: Floats

    def sums(self, rows: Floats) -> Floats:
        """What speaks for each class, from the last layer's outcome (pieces, ``SIZE``)."""
        import numpy as np

        read = np.concatenate([rows[0], rows.mean(axis=0)])
        hidden = np.tanh(self.into @ read + self.into_bias)
        found: Floats = self.out @ hidden + self.out_bias
        return found

    def sums_of_each(self, rows: Floats) -> Floats:
        """What speaks for each class of each piece, (pieces, classes), where the head reads one
        piece: ``into`` is (hidden, ``SIZE``)."""
        import numpy as np

        hidden = np.tanh(rows @ self.into.T + self.into_bias)
        found: Floats = hidden @ self.out.T + self.out_bias
        return found


class _EightBits(Mapping[str, "Floats"]):
    """A layer's change whose matrices stay in numbers of 8 bits until they are needed: the larger
    a change, the more memory that saves."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self._arrays = {name: a for name, a in arrays.items() if not name.endswith(_SCALE)}
        self._scales = {name: a for name, a in arrays.items() if name.endswith(_SCALE)}

    def __getitem__(self, name: str) -> Floats:
        scale = self._scales.get(f"{name}{_SCALE}")
        array: Floats = self._arrays[name]
        return array if scale is None else array * scale

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def pack_purpose(purpose: Purpose) -> bytes:
    """As a file of numbers of 16 bits, and of 8 for the matrices of changes; the same purpose gives
    the same bytes."""
    import numpy as np

    arrays: dict[str, Any] = {}
    for number, change in sorted(purpose.changes.items()):
        for name, array in sorted(change.items()):
            if array.ndim > 1:
                scale = np.maximum(np.abs(array).max(axis=1, keepdims=True), _SMALL) / _LEVELS
                levels = np.rint(array / scale)
                arrays[f"{number}.{name}"] = np.array(levels, np.int8)
                arrays[f"{number}.{name}{_SCALE}"] = np.array(scale, np.float32)
            else:
                arrays[f"{number}.{name}"] = array.astype(np.float16)
    for name in ("into", "into_bias", "out", "out_bias"):
        arrays[name] = getattr(purpose, name).astype(np.float16)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, names=np.array(purpose.names), **arrays)
    return file.getvalue()


def read_purpose(content: bytes) -> Purpose:
    """The purpose in a file that :func:`pack_purpose` made."""
    import numpy as np

    changes: dict[int, dict[str, Any]] = {}
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        names = tuple(map(str, file["names"]))
        whole = {name: file[name] for name in file.files if name != "names"}
    for name, array in list(whole.items()):
        if array.dtype != np.int8:
            whole[name] = array.astype(np.float32)
        number, dot, part = name.partition(".")
        if dot:
            changes.setdefault(int(number), {})[part] = whole.pop(name)
    return Purpose(names, {number: _EightBits(own) for number, own in changes.items()}, **whole)
