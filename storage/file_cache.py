"""The cache of external answers: one file each, in a folder that every process of this machine
shares.

A file's modification time is when it expires, its access time when it was last used. Losing any of
it costs nothing but another call, so nothing is synced to the disk and no failure here is one of
the caller's.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import secrets
import struct
import time
import zlib
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")

MAX_FILE_BYTES = 20_000_000
SWEEP_S = 3600.0
"""Seconds after which the folder is looked through again by whichever process notices first."""
SWEEP_SHARE = 0.05
"""The share of the whole size after which a process that wrote so much looks through the folder."""
KEPT_SHARE = 0.9
"""The fill level of the folder after a clean-up."""
BLOCK_BYTES = 4096
"""The least size that a file counts for."""
USED_AGAIN_S = 60.0
"""Access times are as exact as this."""
DRAFT_S = 3600.0
"""A draft that is older was left by a process that died."""
LOG_S = 60.0
SMALL_BYTES = 64_000
"""Files that are no larger are read and written at once: that takes less than a visit to a thread,
since nothing waits for the disk."""
_HEAD = struct.Struct(">4sIQ")
"""The format, the CRC-32 and the length of the value that follows."""
_FORMAT = b"LMC1"
_SWEPT = ".swept"


class FileCache:
    """Values kept for a while under a namespace and a key, at most ``max_bytes`` in all.

    The size may be exceeded by a twentieth for each process that writes; what was not used for
    longest goes first.
    """

    def __init__(
        self, folder: Path, *, max_bytes: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._clock = clock
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="cache")
        self._written = 0
        self._looked_at = 0.0
        self._logged_at = 0.0

    async def aclose(self) -> None:
        """End the threads."""
        await asyncio.to_thread(self._threads.shutdown)

    async def get(self, namespace: str, key: str) -> bytes | None:
        """The kept value, or None when there is none or its time is over."""
        path = self._path(namespace, key)
        try:
            size = os.stat(path).st_size  # noqa: PTH116 - a tenth of a visit to a thread
        except OSError:
            return None
        return await self._done(lambda: self._read(path), size)

    async def put(self, namespace: str, key: str, *parts: bytes, ttl_s: float) -> None:
        """Keep a value, given in one or several parts, for that many seconds; an older one is
        replaced. A value over 20 MB is not kept."""
        size = sum(map(len, parts))
        if ttl_s <= 0 or size > MAX_FILE_BYTES:
            return
        expires_at = self._clock() + ttl_s
        path = self._path(namespace, key)
        await self._done(lambda: self._write(path, parts, expires_at), size)
        if self._should_sweep():
            self._written = 0  # those who write meanwhile need not do so too
            await self.sweep()

    async def sweep(self) -> None:
        """Remove what expired, what dead processes left, and what is too much."""
        await self._in_thread(self._sweep)

    async def _done(self, work: Callable[[], T], size: int) -> T | None:
        """The result of ``work`` on a file of so many bytes, done here or in a thread."""
        if size > SMALL_BYTES:
            return await self._in_thread(work)
        try:
            return work()
        except OSError as error:
            self._report(error)
            return None

    async def _in_thread(self, work: Callable[[], T]) -> T | None:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except OSError as error:
            self._report(error)
            return None

    def _report(self, error: OSError) -> None:
        if self._clock() - self._logged_at > LOG_S:
            self._logged_at = self._clock()
            log.warning("cache_unusable", folder=str(self._folder), error=str(error))

    def _path(self, namespace: str, key: str) -> Path:
        name = hashlib.sha256(f"{namespace}\0{key}".encode("utf-8", "replace")).hexdigest()
        return self._folder / name[:2] / name

    def _read(self, path: Path) -> bytes | None:
        try:
            with path.open("rb") as file:
                about = os.fstat(file.fileno())
                now = self._clock()
                if about.st_mtime > now:
                    head, value = file.read(_HEAD.size), file.read()
                    if head == _head(value):
                        if now - about.st_atime > USED_AGAIN_S:
                            os.utime(file.fileno(), (now, about.st_mtime))
                        return value
        except FileNotFoundError:
            return None
        path.unlink(missing_ok=True)  # expired, or cut off by a power failure
        return None

    def _write(self, path: Path, parts: Sequence[bytes], expires_at: float) -> None:
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_head(*parts))
                file.writelines(parts)
                file.flush()  # before the times, which a later write would change
                os.utime(file.fileno(), (self._clock(), expires_at))
            draft.replace(path)
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
        self._written += max(sum(map(len, parts)), BLOCK_BYTES)

    def _should_sweep(self) -> bool:
        """Whether this process wrote much since it last looked, or no process looked for an
        hour."""
        now = self._clock()
        if self._written > self._max_bytes * SWEEP_SHARE:
            return True
        if now - self._looked_at < SWEEP_S / 4:
            return False
        self._looked_at = now
        try:
            return now - (self._folder / _SWEPT).stat().st_mtime > SWEEP_S
        except FileNotFoundError:
            return True
        except OSError:
            return False

    def _sweep(self) -> None:
        self._written = 0
        if not self._folder.is_dir():
            return
        with self._alone() as alone:
            if not alone:
                return
            kept: list[tuple[float, int, str]] = []
            total = 0
            for entry in self._entries():
                used_at, size = self._kept(entry)
                if size:
                    kept.append((used_at, size, entry.path))
                    total += size
            if total <= self._max_bytes:
                return
            for _used_at, size, path in sorted(kept):
                Path(path).unlink(missing_ok=True)
                total -= size
                if total <= self._max_bytes * KEPT_SHARE:
                    break

    def _kept(self, entry: os.DirEntry[str]) -> tuple[float, int]:
        """When a file was last used and its size, 0 where it was removed."""
        try:
            about = entry.stat(follow_symlinks=False)
            draft = entry.name.startswith(".")
            now = self._clock()
            over = now - about.st_ctime > DRAFT_S if draft else about.st_mtime <= now
            if over:
                Path(entry.path).unlink(missing_ok=True)
                return 0.0, 0
        except FileNotFoundError:
            return 0.0, 0
        return about.st_atime, max(about.st_size, BLOCK_BYTES)

    def _entries(self) -> Generator[os.DirEntry[str]]:
        with os.scandir(self._folder) as shards:
            for shard in shards:
                if shard.is_dir(follow_symlinks=False):
                    with os.scandir(shard.path) as files:
                        yield from files

    @contextmanager
    def _alone(self) -> Generator[bool]:
        """Hold the folder's lock while the block runs; False where another process has it."""
        descriptor = os.open(self._folder / _SWEPT, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            os.utime(descriptor)
            yield True
        finally:
            os.close(descriptor)


def _head(*parts: bytes) -> bytes:
    check = 0
    for part in parts:
        check = zlib.crc32(part, check)
    return _HEAD.pack(_FORMAT, check, sum(map(len, parts)))
