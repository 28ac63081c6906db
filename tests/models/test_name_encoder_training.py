"""What the text encoder says of names is trained on labelled requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.planner_bench import Prompt

pytest.importorskip("torch")
from evaluation.name_encoder_training import half_of, read_halves, write_halves

THINGS = ["Okapi", "Fennec", "Quokka", "Axolotl", "Pangolin", "Numbat", "Dugong", "Kakapo"]
PLAIN = ["house", "cup", "tree", "road", "chair", "window", "garden", "spoon"]
REQUESTS = [
    *(Prompt(f"draw the famous {thing}", "en", (thing,)) for thing in THINGS),
    *(Prompt(f"draw a small {thing}", "en", ()) for thing in PLAIN),
]


def test_each_half_is_read_by_what_was_trained_on_the_other(tmp_path: Path) -> None:
    write_halves(REQUESTS, tmp_path, epochs=30, pieces_a_step=40)
    encode = read_halves(tmp_path)
    for half in (0, 1):
        likeliest: dict[bool, list[float]] = {True: [], False: []}
        for prompt in REQUESTS:
            read = encode(prompt.text)
            assert read is not None
            if half_of(prompt.text) == half:
                likeliest[bool(prompt.subjects)].append(max(read.begins))
        assert min(likeliest[True]) > max(likeliest[False])
    assert (tmp_path / "half-0.npz").read_bytes() != (tmp_path / "half-1.npz").read_bytes()
