"""A purpose of the text encoder is trained with torch and read without it."""

from __future__ import annotations

import numpy as np
import pytest

from domain.encoder.network import pack_purpose, read_purpose
from domain.encoder.text_encoder import get_text_encoder

pytest.importorskip("torch")
from evaluation.encoder_training import Row, train_purpose

ANIMALS = ["cat", "dog", "horse", "Katze", "Hund", "Pferd", "chat", "chien", "sheep", "Schaf"]
TOOLS = ["hammer", "saw", "drill", "Säge", "Bohrer", "marteau", "scie", "spanner", "Zange", "axe"]


def rows() -> list[Row]:
    """Words of two kinds."""
    cut = get_text_encoder().cut
    return [Row([cut(word)], [n]) for n, words in enumerate((ANIMALS, TOOLS)) for word in words]


def test_what_was_trained_tells_words_apart_that_it_has_not_seen() -> None:
    trained = train_purpose(rows(), ("animal", "tool"), epochs=20)
    purpose = read_purpose(pack_purpose(trained))

    def is_tool(word: str) -> bool:
        sums = get_text_encoder().sums([get_text_encoder().cut(word)], purpose)
        return bool(np.argmax(sums))

    assert [word for word in ANIMALS if is_tool(word)] == []
    assert all(map(is_tool, TOOLS))
    others = [*("cow", "Kuh", "goat", "lion"), *("screwdriver", "tournevis", "pliers", "Schraube")]
    right = [is_tool(word) is (at >= 4) for at, word in enumerate(others)]
    assert sum(right) >= 6
