"""Archives of files that come one after another: one of any size, or several of a limited one."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Final

from jobs.services.privacy import Entry

ROOM: Final = 1_000
"""Bytes that an archive and each of its files take beside the packed data, names included."""


async def write_archive(entries: AsyncGenerator[Entry], path: Path) -> int:
    """Write one archive; gives how many files are in it. Raises ``OSError``."""
    count = 0
    archive = await asyncio.to_thread(zipfile.ZipFile, path, "w")
    try:
        async with aclosing(entries):
            async for entry in entries:
                await asyncio.to_thread(_add, archive, entry)
                count += 1
    finally:
        await asyncio.to_thread(archive.close)
    return count


async def packed(
    entries: AsyncGenerator[Entry], *, most_bytes: int
) -> AsyncIterator[tuple[bytes, tuple[str, ...]]]:
    """Archives of at most ``most_bytes`` each, in memory one at a time, and the names of files that
    fit into none, which are reported with the archive after which they would have come."""
    async with aclosing(entries):
        buffer, size, left = io.BytesIO(), ROOM, list[str]()
        archive = zipfile.ZipFile(buffer, "w")
        async for entry in entries:
            alone = await asyncio.to_thread(_packed_alone, entry)
            if len(alone) + 2 * ROOM > most_bytes:
                left.append(entry.name)
                continue
            if size + len(alone) + ROOM > most_bytes:
                archive.close()
                yield buffer.getvalue(), tuple(left)
                buffer, size, left = io.BytesIO(), ROOM, []
                archive = zipfile.ZipFile(buffer, "w")
            await asyncio.to_thread(_add, archive, entry)
            size += len(alone) + ROOM
        archive.close()
        yield buffer.getvalue(), tuple(left)


def _add(archive: zipfile.ZipFile, entry: Entry) -> None:
    archive.writestr(entry.name, entry.data, compress_type=_kind(entry))


def _packed_alone(entry: Entry) -> bytes:
    if _kind(entry) == zipfile.ZIP_STORED:
        return entry.data
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        _add(archive, entry)
    return buffer.getvalue()


def _kind(entry: Entry) -> int:
    return zipfile.ZIP_DEFLATED if entry.name.endswith(".json") else zipfile.ZIP_STORED
