"""The cache keeps what fits into it for as long as it holds, with any other users of the folder."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.file_cache import DRAFT_S, MAX_FILE_BYTES, SWEEP_S, FileCache


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def cache(tmp_path: Path, clock: Clock) -> AsyncIterator[FileCache]:
    opened = FileCache(tmp_path / "cache", max_bytes=1_000_000, clock=clock)
    yield opened
    await opened.aclose()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".swept"]


async def test_values_are_kept_apart_and_for_their_time(cache: FileCache, clock: Clock) -> None:
    assert await cache.get("search", "k") is None
    await cache.put("search", "k", b"old", ttl_s=60)
    await cache.put("search", "k", b"ne", b"", b"w\0", ttl_s=60)
    await cache.put("search", "\ud800/../..", b"", ttl_s=60)
    assert await cache.get("search", "k") == b"new\0"
    assert await cache.get("search", "\ud800/../..") == b""
    assert await cache.get("other", "k") is None
    clock.now += 61
    assert await cache.get("search", "k") is None


async def test_nothing_is_kept_for_no_time_or_beyond_all_size(cache: FileCache) -> None:
    await cache.put("search", "k", b"x", ttl_s=0)
    await cache.put("search", "k", bytes(MAX_FILE_BYTES + 1), ttl_s=60)
    assert await cache.get("search", "k") is None


async def test_only_the_owner_may_look(cache: FileCache, tmp_path: Path) -> None:
    await cache.put("search", "k", b"x", ttl_s=60)
    for path in (tmp_path / "cache").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("broken", [b"", b"LMC1", b"garbage" * 100])
async def test_a_broken_file_is_none(cache: FileCache, tmp_path: Path, broken: bytes) -> None:
    await cache.put("search", "k", b"value", ttl_s=60)
    (path,) = files(tmp_path / "cache")
    times = path.stat()
    path.write_bytes(broken)
    os.utime(path, (times.st_atime, times.st_mtime))
    assert await cache.get("search", "k") is None
    assert files(tmp_path / "cache") == []


async def test_what_was_not_used_for_longest_goes_first(
    cache: FileCache, tmp_path: Path, clock: Clock
) -> None:
    for n in range(9):
        await cache.put("fetch", str(n), bytes(100_000), ttl_s=86_400)
        clock.now += 100
    assert await cache.get("fetch", "0") is not None
    for n in range(9, 40):
        await cache.put("fetch", str(n), bytes(100_000), ttl_s=86_400)
        clock.now += 1
        assert sum(path.stat().st_size for path in files(tmp_path / "cache")) < 1_100_000
        if n == 11:
            assert await cache.get("fetch", "0") is not None
            assert await cache.get("fetch", "1") is None
    assert await cache.get("fetch", "39") is not None


async def test_what_expired_and_what_dead_processes_left_is_removed(
    cache: FileCache, tmp_path: Path, clock: Clock
) -> None:
    folder = tmp_path / "cache"
    await cache.put("fetch", "short", b"x", ttl_s=60)
    await cache.put("fetch", "long", b"x", ttl_s=86_400 * 400)
    (kept,) = [path for path in files(folder) if path.stat().st_mtime > clock.now + 86_400]
    draft = kept.with_name(f".{kept.name}.dead")
    draft.write_bytes(b"half")
    clock.now += DRAFT_S + 86_400
    await cache.put("fetch", "long", b"x", ttl_s=86_400)
    await cache.sweep()
    assert files(folder) == [kept]


async def test_the_folder_is_looked_through_once_an_hour(
    cache: FileCache, tmp_path: Path, clock: Clock
) -> None:
    await cache.put("fetch", "a", b"x", ttl_s=1)
    await cache.put("fetch", "b", b"x", ttl_s=86_400)
    clock.now += SWEEP_S + 60
    await cache.put("fetch", "c", b"x", ttl_s=86_400)
    assert len(files(tmp_path / "cache")) == 2


async def test_a_folder_that_cannot_be_used_costs_no_job(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"a file")
    cache = FileCache(tmp_path / "cache", max_bytes=1_000_000)
    await cache.put("fetch", "k", b"x", ttl_s=60)
    assert await cache.get("fetch", "k") is None
    await cache.sweep()
    await cache.aclose()
