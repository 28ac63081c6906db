"""Refused pictures as files for the operator, for a limited time."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from domain.illustrations import Illustration
from jobs.services.jobs import JobService

FOLDER: Final = "refused"
SUFFIXES: Final = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


async def write_refused(
    job_service: JobService, data_dir: Path, workspace_id: str, pictures: Sequence[Illustration]
) -> list[Path]:
    """Write refused pictures that are kept into the data folder, for this user alone; gives where.

    Raises:
        NotPossibleNow: One is not kept any more.
    """
    written: list[Path] = []
    for picture in pictures:
        copy = await job_service.refused_picture_for(
            workspace_id, picture.id, max_bytes=2**31, media_types=tuple(SUFFIXES)
        )
        path = data_dir / FOLDER / f"{picture.id}{SUFFIXES[copy.media_type]}"
        until = picture.kept_until.timestamp() if picture.kept_until is not None else 0.0
        await asyncio.to_thread(_write, path, copy.data, until)
        written.append(path)
    return written


async def remove_expired_files(data_dir: Path) -> None:
    """Remove the files whose time is over."""
    await asyncio.to_thread(_remove_before, data_dir / FOLDER, time.time())


def _write(path: Path, data: bytes, until: float) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    os.utime(path, (until, until))  # the file itself says when it is to be removed


def _remove_before(folder: Path, now: float) -> None:
    for path in folder.glob("*"):
        if path.stat().st_mtime <= now:
            path.unlink(missing_ok=True)
