"""What the packaged text encoder says that a message wants, trained on the same labelled messages.

It knows a hundred languages' words in their sentences, where the other half of the learned model
knows features of words; together they err less than either. Where the encoder's package is not
installed, the other half judges alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.intents.models import Heard
from domain.encoder.network import Purpose
from domain.encoder.text_encoder import get_text_encoder

WEIGHTS: Final = "encoded.npz"
MAX_CHARS: Final = 300
MAX_PIECES: Final = 72
"""Only the beginning of a longer message is looked at."""
_TO_LIMNER: Final = "Limner: "


def text_of(heard: Heard) -> str:
    """A message as the encoder reads it: to whom it is and below how many pictures, before it."""
    below = "1 picture" if heard.pictures == 1 else f"{heard.pictures} pictures"
    return f"{_TO_LIMNER if heard.addressed else ''}{below}: {heard.text[:MAX_CHARS]}"


def get_pieces(heard: Heard) -> Sequence[Sequence[int]]:
    """What the encoder reads of a message. Raises ``FileNotFoundError`` without its package."""
    return [get_text_encoder().cut(text_of(heard), most=MAX_PIECES)]


def get_sums(heard: Heard, purpose: Purpose) -> Mapping[str, float]:
    """What speaks for each intent, by its id. Takes 15 to 60 milliseconds. Raises
    ``FileNotFoundError`` without the encoder's package."""
    sums = get_text_encoder().sums(get_pieces(heard), purpose)
    return dict(zip(purpose.names, sums.tolist(), strict=True))
