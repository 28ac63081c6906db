"""Work in a process of its own."""

from __future__ import annotations

from pathlib import Path

from agent.language import frequencies
from domain.separate_process import ran_apart


def test_a_list_is_unpacked_apart_as_it_would_be_here(
    tmp_path: Path,
) -> None:
    path = frequencies._folder() / "small_de.msgpack.gz"  # pyright: ignore[reportPrivateUsage]
    assert ran_apart(frequencies.__name__, str(path), str(tmp_path / "kept"))
    here = frequencies._hashes(frequencies._buckets(path))  # pyright: ignore[reportPrivateUsage]
    assert (tmp_path / "kept").read_bytes() == here.tobytes()


def test_what_no_process_could_do_is_said() -> None:
    assert not ran_apart("agent.no_such_module")
