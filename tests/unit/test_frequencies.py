"""How often words are used: the lists of wordfreq, kept in files of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agent.language import frequencies
from agent.language.frequencies import get_common_words, keep_word_lists


@pytest.fixture
def lists(tmp_path: Path, weights: Path) -> Iterator[Path]:
    """A folder that a new process is told to keep the lists in."""
    get_common_words.cache_clear()
    keep_word_lists(tmp_path / "weights")
    yield tmp_path / "weights"
    get_common_words.cache_clear()
    keep_word_lists(weights)


def frequency(word: str) -> float:
    words = get_common_words("da")
    assert words is not None
    return words.zipf(word)


def test_a_list_is_written_once_and_says_the_same_in_the_next_process(lists: Path) -> None:
    first = [frequency(word) for word in ("og", "hund", "xqzjw")]
    assert first[0] > first[1] > first[2] == 0.0
    (kept,) = lists.iterdir()
    written = kept.stat().st_mtime_ns
    get_common_words.cache_clear()
    assert [frequency(word) for word in ("og", "hund", "xqzjw")] == first
    assert kept.stat().st_mtime_ns == written


def test_threads_that_ask_at_once_have_a_list_written_once(
    lists: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    write = frequencies._write  # pyright: ignore[reportPrivateUsage]

    def counted(path: Path, hashes: Iterable[int]) -> None:
        written.append(path)
        write(path, hashes)

    monkeypatch.setattr(frequencies, "_write", counted)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(frequency, ["hund"] * 8))
    assert len(set(found)) == 1
    assert [path.parent for path in written] == [lists]


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(lists: Path) -> None:
    lists.write_text("a file where the folder should be")
    assert frequency("hund") > 3
