"""What the learned model sees of what a message means: its sentence vector and how it was said.

A small network with one hidden layer reads them; words alone do not tell it that "the sky is too
empty for me" and "give me more clouds" want the same.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.intents.models import Heard
from domain.sentence_vectors import DIMENSIONS, sentence_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

INPUTS: Final = DIMENSIONS + 4
MAX_CHARS: Final = 300
"""Only the beginning of a longer message is looked at: more would take tens of milliseconds."""
_VECTOR: Final = 8.0
"""A vector's numbers times this are about as large as the other inputs."""
_LONG: Final = 20
"""Words of a long message."""


def inputs(messages: Sequence[Heard]) -> Numbers:
    """The numbers of messages, shape (messages, ``INPUTS``)."""
    import numpy as np

    vectors = sentence_vectors([heard.text[:MAX_CHARS] for heard in messages])
    said = [
        (
            heard.addressed,
            heard.pictures > 1,
            len(heard.text.split()) / _LONG,
            heard.text.rstrip().endswith("?"),
        )
        for heard in messages
    ]
    return np.hstack([vectors * _VECTOR, np.array(said, np.float32)], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Network:
    """A hidden layer of rectified sums beside a direct way from the inputs to the classes.

    ``into`` is (``INPUTS`` + 1, hidden), whose last row is a bias; ``out`` (hidden, classes) and
    ``direct`` (``INPUTS``, classes).
    """

    into: Numbers
    out: Numbers
    direct: Numbers

    def sums(self, numbers: Numbers) -> list[float]:
        """What each class gains by these inputs, in the order of the classes."""
        hidden = (numbers @ self.into[:-1] + self.into[-1]).clip(0)
        found: list[float] = (hidden @ self.out + numbers @ self.direct).tolist()
        return found


def packed(network: Network) -> bytes:
    """A network as a file of numbers of 16 bits; the same network gives the same bytes."""
    import numpy as np

    file = io.BytesIO()
    arrays: Mapping[str, Any] = {
        name: getattr(network, name).astype(np.float16) for name in ("into", "out", "direct")
    }
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def read_network(content: bytes) -> Network:
    """The network in a file that :func:`packed` made."""
    import numpy as np

    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        into, out, direct = (file[name].astype(np.float32) for name in ("into", "out", "direct"))
    return Network(into, out, direct)
