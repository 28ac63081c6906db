"""Whether what a request quotes is a title to be looked up, or the name of the requester's own
shop, a title made up on the spot, a text to be drawn.

A linear regression over what the quotation and the rest of the request mean, by their sentence
vectors, and whether it is the title of an article that many read.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from agent.research.known_names import get_article_titles, title_key
from agent.research.phrase_model import unpacked
from domain.made_once import made_once
from domain.sentence_vectors import sentence_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

WEIGHTS: Final = "quotations.json.gz"
NAMED: Final = 0.4
"""The value from which a quotation is looked up; 1 is taught for titles, 0 for the others."""


def are_named(quoted: Sequence[str], rest: str, *, weights: Numbers | None = None) -> list[bool]:
    """Whether each quotation is to be looked up; ``rest`` is the request without them. Takes some
    milliseconds: call it in a thread."""
    if not quoted:
        return []
    trained = _shipped() if weights is None else weights
    return [bool(value >= NAMED) for value in inputs_of(quoted, rest) @ trained]


def inputs_of(quoted: Sequence[str], rest: str) -> Numbers:
    """What the model sees of quotations, shape (quotations, 512 + 512 + 2)."""
    import numpy as np

    around = " ".join(rest.split()).replace(" ,", ",").strip(" ,")
    vectors = sentence_vectors([around or " ", *quoted])
    titles = get_article_titles()
    known = [[float(title_key(text) in titles), 1.0] for text in quoted]
    of_rest = np.repeat(vectors[:1], len(quoted), axis=0)
    return np.hstack([of_rest, vectors[1:], np.array(known, np.float32)])


@made_once
def _shipped() -> Numbers:
    """The weights of this release, read once. Raises ``FileNotFoundError``."""
    packed = (files("agent.research") / "data" / WEIGHTS).read_bytes()
    return unpacked(json.loads(gzip.decompress(packed))["weights"])
