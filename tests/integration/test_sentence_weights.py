"""The weights of sentence vectors on the disk: unpacked once, by a process of its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from domain.sentence_vectors import SentenceEncoder
from tests.mapped_files import SMAPS, resident_kib

TEXTS = ["Make the tower bluer", "  Ärger ½ ﬁ\t", "塔をもっと青くして", "", "🙂 ẞ"]


def test_weights_are_unpacked_once_and_again_where_they_are_damaged(
    tmp_path: Path, weights: Path
) -> None:
    first = SentenceEncoder(weights).vectors(TEXTS)
    (kept,) = weights.glob("sentence-weights-*")
    unpacked = tmp_path / "weights" / kept.name
    shutil.copytree(kept, unpacked)
    made = (unpacked / "table.npy").stat().st_mtime_ns

    assert np.array_equal(SentenceEncoder(tmp_path / "weights").vectors(TEXTS), first)
    assert (unpacked / "table.npy").stat().st_mtime_ns == made

    (unpacked / "piece_keys.npy").write_bytes(b"half")
    assert np.array_equal(SentenceEncoder(tmp_path / "weights").vectors(TEXTS), first)
    assert list((tmp_path / "weights").iterdir()) == [unpacked]
    assert (unpacked / "table.npy").stat().st_mtime_ns != made


@pytest.mark.skipif(not SMAPS.exists(), reason="tells what each file takes of a process's memory")
def test_layers_leave_the_memory_while_no_text_is_read(tmp_path: Path, weights: Path) -> None:
    first = SentenceEncoder(weights).vectors(TEXTS)
    (kept,) = weights.glob("sentence-weights-*")
    shutil.copytree(kept, tmp_path / kept.name, copy_function=os.link)
    encoder = SentenceEncoder(tmp_path)
    assert np.array_equal(encoder.vectors(TEXTS), first)
    read = resident_kib(tmp_path)

    encoder.rest()
    assert resident_kib(tmp_path) == read
    encoder.rest(unused_s=0)
    assert resident_kib(tmp_path) < read / 10
    others = ["Ein Turm am Meer"]
    assert np.array_equal(SentenceEncoder(weights).vectors(others), encoder.vectors(others))


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(
    tmp_path: Path,
) -> None:
    (tmp_path / "weights").write_text("a file where the folder should be")
    assert SentenceEncoder(tmp_path / "weights").vectors(TEXTS[:1]).shape == (1, 512)
