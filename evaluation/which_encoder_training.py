"""Trains which picture of a set the text encoder takes a message to mean, and writes its weights.

``python -m evaluation.which_encoder_training`` writes ``encoded_which.npz`` into
``bot/intents/data``, from the messages below sets of the same batches as
``evaluation.intent_training``. It needs torch and takes about a quarter of an hour.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bot.intents import encoded_which
from bot.intents.described import are_told_apart
from bot.intents.encoded_which import CLASSES, pieces_of
from bot.intents.reader import called_by_name
from domain.encoder.network import pack_purpose
from evaluation.encoder_training import Row, train_purpose
from evaluation.intent_messages import ROOMS, Labelled, all_messages
from evaluation.intent_training import SEALED

EPOCHS: Final = 4
PIECES_A_STEP: Final = 1200
OPEN: Final = 1200
"""So many wishes that name no picture of a set of which nothing is known are taught."""
_TARGET: Final = Path(encoded_which.__file__).parent / "data" / encoded_which.WEIGHTS


def teachable(messages: Sequence[Labelled]) -> list[Labelled]:
    """Messages below sets that mean a picture, and wishes that mean none in particular."""
    told = [m for m in messages if m.pictures > 1 and (m.which or not m.is_quiet)]
    kept = [m for m in told if m.which or are_told_apart(m.of_each)]
    others = [m for m in told if not m.which and not are_told_apart(m.of_each)]
    random.Random(0).shuffle(others)  # noqa: S311
    return [*kept, *others[:OPEN]]


def rows_of(messages: Sequence[Labelled]) -> Iterator[Row]:
    """A message beside each picture, and whether that one is meant."""
    for message in messages:
        for number, pieces in enumerate(pieces_of(called_by_name(message.heard)), 1):
            yield Row(pieces, [CLASSES.index("meant" if number == message.which else "another")])


def main() -> None:
    """Trains on every batch but the sealed ones."""
    taught = teachable(all_messages([name for name in ROOMS if name not in SEALED]))
    rows = list(rows_of(taught))
    purpose = train_purpose(rows, CLASSES, epochs=EPOCHS, pieces_a_step=PIECES_A_STEP)
    _TARGET.write_bytes(pack_purpose(purpose))
    print(f"{len(taught)} messages, {len(rows)} pictures")


if __name__ == "__main__":
    main()
