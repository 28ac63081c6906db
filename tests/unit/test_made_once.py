"""Values that several threads ask for at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from domain.made_once import made_once


def test_one_thread_makes_what_all_ask_for() -> None:
    together = Barrier(8)
    made: list[str] = []

    @made_once
    def get_list(name: str) -> list[str]:
        made.append(name)
        return [name]

    def ask(name: str) -> list[str]:
        together.wait()
        return get_list(name)

    with ThreadPoolExecutor(8) as threads:
        lists = list(threads.map(ask, ["en", "de"] * 4))
    assert sorted(made) == ["de", "en"]
    assert all(found is lists[at % 2] for at, found in enumerate(lists))


def test_an_error_is_not_kept() -> None:
    asked: list[int] = []

    @made_once
    def get() -> str:
        asked.append(len(asked))
        if len(asked) == 1:
            raise OSError("busy")
        return "read"

    with pytest.raises(OSError, match="busy"):
        get()
    assert get() == get() == "read"
    assert len(asked) == 2
