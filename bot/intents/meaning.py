"""What the learned model sees of what a message means: its sentence vector and how it was said.

A small network with one hidden layer reads them; words alone do not tell it that "the sky is too
empty for me" and "give me more clouds" want the same.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from bot.intents.models import Heard
from domain.sentence_vectors import DIMENSIONS, sentence_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

INPUTS: Final = DIMENSIONS + 5
MAX_CHARS: Final = 300
"""Only the beginning of a longer message is looked at: more would take tens of milliseconds."""
_VECTOR: Final = 8.0
"""A vector's numbers times this are about as large as the other inputs."""
_NEARNESS: Final = 4.0
"""The cosine of message and picture times this is about as large as the other inputs."""
MAX_ABOUT: Final = 120
"""Only so much of what a picture shows is looked at, for the same reason."""
_KEPT: Final = 256
"""Vectors of pictures that are kept."""
_LONG: Final = 20
"""Words of a long message."""


def inputs(messages: Sequence[Heard]) -> Numbers:
    """The numbers of messages, shape (messages, ``INPUTS``)."""
    import numpy as np

    vectors = sentence_vectors([heard.text[:MAX_CHARS] for heard in messages])
    pictures = np.array([_vector_of(heard.about[:MAX_ABOUT]) for heard in messages])
    said = [
        (
            heard.addressed,
            heard.pictures > 1,
            len(heard.text.split()) / _LONG,
            heard.text.rstrip().endswith("?"),
        )
        for heard in messages
    ]
    near = (vectors * pictures).sum(axis=1, keepdims=True) * _NEARNESS
    return np.hstack([vectors * _VECTOR, np.array(said, np.float32), near], dtype=np.float32)


def text_about(request: str, prompt: str) -> str:
    """What pictures show, from the words of the request and of the prompt."""
    return f"{request}. {prompt}"


@lru_cache(_KEPT)
def _vector_of(text: str) -> Numbers:
    """The vector of what a picture shows, zeros where nothing is known of it."""
    import numpy as np

    return sentence_vectors([text])[0] if text else np.zeros(DIMENSIONS, np.float32)


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
