"""Which picture of a set a message means, by the packaged text encoder: it reads the message beside
what is said of each picture, and judges whether that one is meant.

Numbers, places and ordinals are read by rules (``bot.intents.which``); this is for the others:
"the sleeping one, but at night", below a fox asleep in the snow and a hare.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from bot.intents.encoded import MAX_CHARS, MAX_PIECES
from bot.intents.models import Heard
from domain.encoder.network import Purpose, read_purpose
from domain.encoder.text_encoder import get_text_encoder
from domain.linear_model import logarithms_of
from domain.made_once import made_once

WEIGHTS: Final = "encoded_which.npz"
CLASSES: Final = ("another", "meant")
MAX_OF_PICTURE: Final = 60
"""Pieces; only the beginning of what more is said of a picture is looked at."""


def pieces_of(heard: Heard) -> list[Sequence[Sequence[int]]]:
    """What the encoder reads of a message beside each picture of its set. Raises
    ``FileNotFoundError`` without its package."""
    encoder = get_text_encoder()
    said = encoder.cut(heard.text[:MAX_CHARS], most=MAX_PIECES)
    texts = heard.of_each or ("",) * heard.pictures
    return [
        (said, encoder.cut(f"{number} of {heard.pictures}: {text}", most=MAX_OF_PICTURE))
        for number, text in enumerate(texts, 1)
    ]


def get_logarithms(heard: Heard, purpose: Purpose | None = None) -> list[float] | None:
    """The logarithm of the probability that each picture of a set is meant, by the shipped purpose
    where None; None where the encoder's package is missing. Takes about 40 ms a picture."""
    try:
        used = purpose or _shipped()
        encoder = get_text_encoder()
        sums = [encoder.sums(pieces, used) for pieces in pieces_of(heard)]
    except FileNotFoundError:
        return None
    return [logarithms_of(own.tolist())[CLASSES.index("meant")] for own in sums]


@made_once
def _shipped() -> Purpose:
    """The weights of this release, read once. Raises ``FileNotFoundError``."""
    return read_purpose((files("bot.intents") / "data" / WEIGHTS).read_bytes())
