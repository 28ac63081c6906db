"""Trains what the text encoder says of whether passages say a claim, and writes its weights.

``python -m evaluation.entailment_encoder_training --pairs FILE --claims FILE… --parts FOLDER``
trains on pairs of sentences first, which others labelled, and then on claims about texts; it writes
``encoded_entailment.npz`` into ``agent/research/support/data``. Each line of the first FILE is a
JSON object: ``premise``, ``hypothesis`` and ``label`` (a class of
``agent.research.support.entailment``). The others hold claims in the form of
``evaluation.support_bench``. Into FOLDER go further weights, each trained without a third of the
files, by which ``evaluation.support_training --encoded FOLDER`` reads claims that they have not
seen. It needs torch; on an H100 it takes four minutes, on a processor without a GPU hours.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from agent.research.support import entailment
from agent.research.support.assessment import assess
from agent.research.support.entailment import CLASSES, pieces_of, text_of
from agent.research.support.pages import ReadPages
from agent.research.support.rules import LEAST_SHARED
from domain.encoder.network import Purpose, pack_purpose, read_purpose
from evaluation.encoder_training import Row, train_purpose
from evaluation.support_bench import as_page, read_claims
from evaluation.support_training import OF_LABEL

EPOCHS_OF_PAIRS: Final = 5
EPOCHS_OF_CLAIMS: Final = 3
PIECES_A_STEP: Final = 24_000
PIECES_OF_CLAIMS: Final = 4_000
RATE: Final = 7e-4
RATE_OF_CLAIMS: Final = 2.8e-4
RANK: Final = 64
HIDDEN: Final = 192
REPEATED: Final = 4_000
"""So many pairs are taught again among the claims."""
PARTS: Final = 3
_TARGET: Final = Path(entailment.__file__).parent / "data" / entailment.WEIGHTS


def read_pairs(path: Path) -> Iterator[Row]:
    """Pairs of sentences as the encoder reads them."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            pair = json.loads(line)
            pieces = pieces_of(pair["hypothesis"], pair["premise"])
            yield Row(pieces, [CLASSES.index(pair["label"])])


def read_rows(path: Path) -> Iterator[Row]:
    """The claims of a file beside the passages nearest to them, as the encoder reads them."""
    for claim in read_claims(path):
        pages = ReadPages([as_page(claim)])
        near = pages.find_candidates(claim.claim, least=LEAST_SHARED)
        if near and claim.label in OF_LABEL:
            text = text_of([assess(claim.claim, candidate) for candidate in near])
            yield Row(pieces_of(claim.claim, text), [CLASSES.index(OF_LABEL[claim.label])])


def train_on_pairs(pairs: Sequence[Row], *, epochs: float = EPOCHS_OF_PAIRS) -> Purpose:
    """What is learned of sentences that follow from others, and of those that do not."""
    return _train(pairs, epochs=epochs, pieces_a_step=PIECES_A_STEP, rate=RATE)


def train_on_claims(
    claims: Sequence[Row],
    pairs: Sequence[Row],
    before: Purpose,
    *,
    epochs: float = EPOCHS_OF_CLAIMS,
) -> Purpose:
    """The same, from what was trained ``before``, of claims about texts."""
    rows = [*claims, *pairs[:REPEATED]]
    return _train(
        rows, epochs=epochs, pieces_a_step=PIECES_OF_CLAIMS, rate=RATE_OF_CLAIMS, before=before
    )


def _train(
    rows: Sequence[Row],
    *,
    epochs: float,
    pieces_a_step: int,
    rate: float,
    before: Purpose | None = None,
) -> Purpose:
    return train_purpose(
        rows,
        CLASSES,
        epochs=epochs,
        pieces_a_step=pieces_a_step,
        hidden=HIDDEN,
        first_changed=0,
        rank=RANK,
        rate=rate,
        begin_with=before,
    )


def part_of(paths: Sequence[Path], path: Path) -> int:
    """The part of the files that one belongs to."""
    return sorted(paths).index(path) % PARTS


def read_parts(folder: Path) -> list[Purpose]:
    """What was trained without each part."""
    return [read_purpose(_file_of(folder, part).read_bytes()) for part in range(PARTS)]


def _file_of(folder: Path, part: int) -> Path:
    return folder / f"without-{part}.npz"


def _write(purpose: Purpose, path: Path) -> None:
    path.write_bytes(pack_purpose(purpose))


def main(given: Iterable[str] | None = None) -> None:
    """Trains on pairs, then on all claims and on those of all parts but one."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--claims", type=Path, nargs="+", required=True)
    parser.add_argument("--parts", type=Path, required=True)
    parser.add_argument("--target", type=Path, default=_TARGET)
    parser.add_argument(
        "--epochs", type=float, nargs=2, default=(EPOCHS_OF_PAIRS, EPOCHS_OF_CLAIMS)
    )
    options = parser.parse_args(None if given is None else list(given))
    pairs = list(read_pairs(options.pairs))
    random.Random(1).shuffle(pairs)  # noqa: S311
    claims = {path: list(read_rows(path)) for path in options.claims}
    of_pairs, of_claims = options.epochs
    before = train_on_pairs(pairs, epochs=of_pairs)
    options.parts.mkdir(parents=True, exist_ok=True)
    for part in range(PARTS):
        own = [
            row
            for path, rows in claims.items()
            if part_of(options.claims, path) != part
            for row in rows
        ]
        trained = train_on_claims(own, pairs, before, epochs=of_claims)
        _write(trained, _file_of(options.parts, part))
    whole = [row for rows in claims.values() for row in rows]
    _write(train_on_claims(whole, pairs, before, epochs=of_claims), options.target)
    print(f"{len(pairs)} pairs, {len(whole)} claims")


if __name__ == "__main__":
    main()
