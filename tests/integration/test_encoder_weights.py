"""The weights of the text encoder are unpacked by another process into files that all share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from domain.encoder.network import Purpose
from domain.encoder.packaged import SIZE
from domain.encoder.text_encoder import TextEncoder
from tests.mapped_files import SMAPS, resident_kib


def a_purpose() -> Purpose:
    """One class by the first number of the mean."""
    into = np.zeros((1, 2 * SIZE), np.float32)
    into[0, SIZE] = 1
    one = np.zeros(1, np.float32)
    return Purpose(("one",), {}, into, one, np.ones((1, 1), np.float32), one)


def test_weights_are_unpacked_once_and_again_where_they_are_damaged(tmp_path: Path) -> None:
    purpose = a_purpose()
    folder = tmp_path / "weights"
    first = TextEncoder(folder).sums([[35378]], purpose)
    (unpacked,) = folder.iterdir()
    made = (unpacked / "weights.npy").stat().st_mtime_ns

    assert np.array_equal(TextEncoder(folder).sums([[35378]], purpose), first)
    assert (unpacked / "weights.npy").stat().st_mtime_ns == made

    (unpacked / "contents.json").write_text("{")
    assert np.array_equal(TextEncoder(folder).sums([[35378]], purpose), first)
    assert list(folder.iterdir()) == [unpacked]


@pytest.mark.skipif(not SMAPS.exists(), reason="tells what each file takes of a process's memory")
def test_layers_leave_the_memory_while_no_text_is_read(tmp_path: Path, weights: Path) -> None:
    first = TextEncoder(weights).sums([[35378]], a_purpose())
    (kept,) = weights.glob("encoder-weights-*")
    own = tmp_path / kept.name
    shutil.copytree(kept, own, copy_function=os.link)
    encoder = TextEncoder(tmp_path)
    assert np.array_equal(encoder.sums([[35378]], a_purpose()), first)
    read = resident_kib(own / "weights.npy")

    encoder.rest()
    assert resident_kib(own / "weights.npy") == read
    encoder.rest(unused_s=0)
    assert resident_kib(own / "weights.npy") < read / 10
    assert np.array_equal(encoder.sums([[35378]], a_purpose()), first)


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("a file where the folder should be")
    assert TextEncoder(tmp_path / "weights").sums([[35378]], a_purpose()).shape == (1,)
