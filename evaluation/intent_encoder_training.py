"""Trains what the text encoder reads in messages below pictures, and writes its weights.

``python -m evaluation.intent_encoder_training`` writes ``encoded_1.npz`` and ``encoded_2.npz`` into
``bot/intents/data``, from the same messages as ``evaluation.intent_training``. It needs torch and
takes about half an hour, with a GPU three minutes. ``--further 2`` goes on from the weights that
are there, for two epochs of smaller steps: so it learns from new authors in half the time.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.intents import encoded
from bot.intents.reader import called_by_name
from domain.encoder.network import pack_purpose, read_purpose
from evaluation.encoder_training import RATE, Row, train_purpose
from evaluation.intent_messages import ROOMS, Labelled, all_messages
from evaluation.intent_training import AUTHORS, SEALED, SHARES, teachable

EPOCHS: Final = 4
PIECES_A_STEP: Final = 1200
FURTHER_RATE: Final = RATE / 2
FURTHER_SEED: Final = 10
"""Added to the seeds of trainings that go on, so that they see the messages in another order."""
OTHERS: Final = 0.5
"""How much a message counts that no author wrote who knew no rule."""
_TARGET: Final = Path(encoded.__file__).parent / "data"


def rows_of(taught: Sequence[tuple[Labelled, str]], intents: Sequence[str]) -> list[Row]:
    """The messages as the encoder reads them, with the numbers of their intents."""
    return [
        Row(
            encoded.get_pieces(called_by_name(message.heard)),
            [intents.index(intent)],
            _share(message, intent),
        )
        for message, intent in taught
    ]


def _share(message: Labelled, intent: str) -> float:
    share = SHARES.get((message.batch, intent == "nothing"), 1.0)
    return share if message.batch in AUTHORS else share * OTHERS


def main() -> None:
    """Trains on every batch but the sealed ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--further", type=float, default=0, help="epochs from the weights on")
    further = parser.parse_args().further
    taught = teachable(all_messages([name for name in ROOMS if name not in SEALED]))
    intents = sorted({intent for _message, intent in taught})
    rows = rows_of(taught, intents)
    for seed, name in enumerate(encoded.WEIGHTS):
        purpose = train_purpose(
            rows,
            intents,
            epochs=further or EPOCHS,
            pieces_a_step=PIECES_A_STEP,
            seed=seed + FURTHER_SEED if further else seed,
            rate=FURTHER_RATE if further else RATE,
            begin_with=read_purpose((_TARGET / name).read_bytes()) if further else None,
        )
        (_TARGET / name).write_bytes(pack_purpose(purpose))
    print(f"{len(taught)} messages, {len(intents)} intents")


if __name__ == "__main__":
    main()
