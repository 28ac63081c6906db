"""Trains what the text encoder says of which parts of a request are names to look up.

``python -m evaluation.name_encoder_training --everyday FILE… --halves FOLDER`` writes
``encoded_names.npz`` into ``agent/research/data``, from the same requests as
``evaluation.planner_training``; and into FOLDER two others of its kind, each trained on half of the
requests, by which that reads the requests that they have not seen. It needs torch and takes about
half an hour.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from agent.research import encoded_names
from agent.research.encoded_names import CLASSES, MAX_PIECES, EncodedNames, encode_names
from domain.encoder.network import Purpose, pack_purpose, read_purpose
from domain.encoder.pieces import Piece
from domain.encoder.text_encoder import get_text_encoder
from evaluation.planner_bench import Prompt

EPOCHS: Final = 6
PIECES_A_STEP: Final = 1200
HIDDEN: Final = 128
KEPT: Final = 1.0
LOWERED: Final = 0.3
"""The share of requests that are taught in lower case, in each pass."""
HALVES: Final = 2
_OUTSIDE, _BEGINS, _GOES_ON, _OPEN = 0, 1, 2, -1
_TARGET: Final = Path(encoded_names.__file__).parent / "data" / encoded_names.WEIGHTS


def half_of(text: str) -> int:
    """The half of the requests to which one belongs, whatever its case."""
    return int(hashlib.sha256(f"half {text.lower()}".encode()).hexdigest(), 16) % HALVES


def classes_of(text: str, pieces: Sequence[Piece], subjects: Iterable[str]) -> list[int] | None:
    """The number of each piece's class, -1 where a subject may be looked up or not: the longest
    spelling of each subject that the text has, wherever it stands there first. None where it has
    none of a subject, so that the request teaches nothing."""
    found = [_OUTSIDE] * len(pieces)
    for subject in sorted(subjects, key=lambda subject: not subject.startswith("?")):
        needed = not subject.startswith("?")
        place = _place_of(text.lower(), subject.removeprefix("?"))
        if place is None:
            if needed:
                return None
            continue
        own = [
            n for n, piece in enumerate(pieces) if piece.start < place[1] and piece.end > place[0]
        ]
        for number in own:
            found[number] = _GOES_ON if needed else _OPEN
        if own and needed:
            found[own[0]] = _BEGINS
    return found


def _place_of(text: str, subject: str) -> tuple[int, int] | None:
    for spelling in sorted(subject.split("|"), key=len, reverse=True):
        start = text.find(spelling.strip().lower()) if spelling.strip() else -1
        if start >= 0:
            return start, start + len(spelling.strip())
    return None


def train(
    prompts: Sequence[Prompt],
    *,
    epochs: int = EPOCHS,
    pieces_a_step: int = PIECES_A_STEP,
    seed: int = 0,
) -> Purpose:
    """Trains on labelled requests; those without labels name nothing."""
    from evaluation.encoder_training import Row, train_purpose

    draw = random.Random(seed)  # noqa: S311
    rows: list[Row] = []
    for _ in range(epochs):
        for prompt in prompts:
            lowered = prompt.text.lower()
            short = draw.random() < LOWERED and len(lowered) == len(prompt.text)
            text = lowered if short else prompt.text
            pieces = get_text_encoder().cut_with_places(text, most=MAX_PIECES)
            classes = classes_of(text, pieces, prompt.subjects or ())
            if classes:
                rows.append(Row([[piece.number for piece in pieces]], classes))
    return train_purpose(
        rows,
        CLASSES,
        each_piece=True,
        epochs=1,  # the rows are those of all passes
        pieces_a_step=pieces_a_step,
        hidden=HIDDEN,
        kept=KEPT,
        seed=seed,
    )


def write_halves(
    prompts: Sequence[Prompt],
    folder: Path,
    *,
    epochs: int = EPOCHS,
    pieces_a_step: int = PIECES_A_STEP,
) -> None:
    """Trains on each half of the requests, and writes what was trained."""
    folder.mkdir(parents=True, exist_ok=True)
    for half in range(HALVES):
        own = [prompt for prompt in prompts if half_of(prompt.text) == half]
        purpose = train(own, epochs=epochs, pieces_a_step=pieces_a_step)
        _file_of(folder, half).write_bytes(pack_purpose(purpose))


def read_halves(folder: Path) -> Callable[[str], EncodedNames | None]:
    """Reads a request by what was trained on the other half."""
    purposes = [read_purpose(_file_of(folder, half).read_bytes()) for half in range(HALVES)]
    return partial(_encode, purposes)


def _encode(purposes: Sequence[Purpose], text: str) -> EncodedNames | None:
    return encode_names(text, purposes[1 - half_of(text)])


def _file_of(folder: Path, half: int) -> Path:
    return folder / f"half-{half}.npz"


def main() -> None:
    """Trains on every request but the sealed ones."""
    from evaluation.planner_training import get_requests

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--everyday", type=Path, nargs="*", default=[])
    parser.add_argument("--halves", type=Path, required=True)
    given = parser.parse_args()
    requests = get_requests(given.everyday)
    prompts = [*requests.all_labelled, *requests.everyday]
    write_halves(prompts, given.halves)
    _TARGET.write_bytes(pack_purpose(train(prompts)))
    print(f"{len(prompts)} requests")


if __name__ == "__main__":
    main()
