"""What the packaged text encoder says that a message wants, trained on the same labelled messages.

It knows a hundred languages' words in their sentences, where the other half of the learned model
knows features of words; together they err less than either. Where the encoder's package is not
installed, the other half judges alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Final

from bot.intents.models import Heard
from domain.encoder.network import Purpose, read_purpose
from domain.encoder.text_encoder import get_text_encoder
from domain.linear_model import logarithms_of

WEIGHTS: Final = ("encoded_1.npz", "encoded_2.npz")
"""Two trainings; the mean of what they say errs less than one."""
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


def get_logarithms(heard: Heard, purposes: Sequence[Purpose]) -> Mapping[str, float]:
    """The logarithms of the intents' probabilities by their ids, the mean of what each purpose
    says. Takes 20 to 80 milliseconds for two. Raises ``FileNotFoundError`` without the encoder's
    package."""
    sums = get_text_encoder().sums_of(get_pieces(heard), purposes)
    each = [logarithms_of(own.tolist()) for own in sums]
    means = (sum(shares) / len(each) for shares in zip(*each, strict=True))
    return dict(zip(purposes[0].names, means, strict=True))


def read_purposes() -> tuple[Purpose, ...]:
    """The weights of this release. Raises ``FileNotFoundError``."""
    data = files("bot.intents") / "data"
    return tuple(read_purpose((data / name).read_bytes()) for name in WEIGHTS)
