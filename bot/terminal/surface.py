"""The terminal as a surface: an answer is a picture file, and its receipt says where it lies."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import structlog

from bot.cards.builders import result_card
from bot.terminal.view import posted_lines
from domain.errors import StorageUnavailable
from domain.illustrations import Delivery, DeliveryKind, Illustration, Picture
from domain.news import Notice
from domain.team import JobMessage
from domain.translation.messages import gettext
from jobs.common.views import JobView

log = structlog.get_logger(__name__)

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""Errors that waiting may resolve, other than a path that cannot be written."""
SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


MAX_BYTES = 100_000_000


class CopyReader(Protocol):
    """Gives outgoing copies of finished pictures."""

    async def __call__(
        self,
        workspace_id: str,
        illustration_id: str,
        *,
        max_bytes: int,
        media_types: Sequence[str],
    ) -> Picture:
        """The best copy that fits. Raises ``LimnerError``."""
        ...


class TerminalSurface:
    """Writes pictures to where the requester wanted them, with the rights that ``umask`` leaves, or
    into ``folder``, for this user alone."""

    def __init__(
        self,
        *,
        view: Callable[[str, str], Awaitable[JobView]],
        copy: CopyReader,
        folder: Path,
        umask: int = 0o077,
    ) -> None:
        self._view = view
        self._copy = copy
        self._folder = folder
        self._umask = umask

    async def send(self, delivery: Delivery) -> str:
        """Write the job's pictures, each whole or not at all; a failure needs no file. A story of
        the news desk stands beside its picture as text.

        The receipt is JSON: ``{"paths": [...]}``.

        Raises:
            StorageUnavailable: A file cannot be written; the message says why.
        """
        view = await self._view(delivery.workspace_id, delivery.job_id)
        planned = self._planned(delivery, view)
        umask = self._umask if delivery.destination.thread else 0o077
        for path, illustration in planned:
            copy = await self._copy(
                delivery.workspace_id,
                illustration.id,
                max_bytes=MAX_BYTES,
                media_types=_types_of(path, illustration),
            )
            await asyncio.to_thread(_write, path, copy.data, delivery_id=delivery.id, umask=umask)
            if view.story is not None:
                text = ("\n".join(posted_lines(result_card(view))) + "\n").encode()
                beside = path.with_suffix(".txt")
                await asyncio.to_thread(_write, beside, text, delivery_id=delivery.id, umask=umask)
        return _receipt([path for path, _illustration in planned])

    async def find(self, delivery: Delivery) -> str | None:
        """The receipt of an earlier try, if all its files are there as they should be."""
        view = await self._view(delivery.workspace_id, delivery.job_id)
        planned = self._planned(delivery, view)
        if not planned:
            return None
        for path, illustration in planned:
            if not await asyncio.to_thread(_is_copy, path, illustration):
                return None
        return _receipt([path for path, _illustration in planned])

    async def notify(self, notice: Notice) -> None:
        """Write it into the log: the terminal may be unattended."""
        log.warning("notice", about=notice.about, text=notice.text)

    async def remove(
        self, workspace_id: str, messages: Sequence[JobMessage], receipts: Sequence[str]
    ) -> None:
        """Delete the copies in Limner's own folder; copies saved elsewhere belong to their
        users."""
        del workspace_id, messages
        own = [path for receipt in receipts for path in receipt_paths(receipt)]
        for path in own:
            if Path(path).parent == self._folder:
                await asyncio.to_thread(Path(path).unlink, missing_ok=True)

    def _planned(self, delivery: Delivery, view: JobView) -> list[tuple[Path, Illustration]]:
        if delivery.kind is not DeliveryKind.RESULT:
            return []
        wanted = delivery.destination.thread
        many = len(view.illustrations) > 1
        planned: list[tuple[Path, Illustration]] = []
        for number, illustration in enumerate(view.illustrations, 1):
            suffix = SUFFIXES.get(illustration.media_type or "", ".png")
            path = Path(wanted) if wanted else self._folder / f"{illustration.id}{suffix}"
            if wanted and many:
                path = path.with_name(f"{path.stem}-{number}{path.suffix or suffix}")
            planned.append((path, illustration))
        return planned


def receipt_paths(receipt: str | None) -> list[str]:
    """The paths in a receipt of this surface; none in any other."""
    try:
        return [str(path) for path in json.loads(receipt or "{}").get("paths", [])]
    except (ValueError, AttributeError, TypeError):
        return []


def _receipt(paths: list[Path]) -> str:
    return json.dumps({"paths": [str(path) for path in paths]})


def _types_of(path: Path, illustration: Illustration) -> tuple[str, ...]:
    """The media type that the file's name asks for, or else the picture's own."""
    named = {suffix: media_type for media_type, suffix in SUFFIXES.items()}
    return (named.get(path.suffix.lower(), illustration.media_type or "image/png"),)


def _is_copy(path: Path, illustration: Illustration) -> bool:
    """Whether a file holds the picture: as it is stored, or a copy whose credentials name it. Files
    are written whole or not at all, so that one that names it is complete."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return (
        hashlib.sha256(data).hexdigest() == illustration.sha256 or illustration.id.encode() in data
    )


def _write(path: Path, data: bytes, *, delivery_id: str, umask: int) -> None:
    # Named after the delivery, so that a try after the death of a process leaves no second draft.
    tag = hashlib.sha256(delivery_id.encode()).hexdigest()[:8]
    draft = path.with_name(f".{path.name[:100]}.{tag}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            os.fchmod(file.fileno(), 0o666 & ~umask)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise StorageUnavailable(
            (
                gettext(
                    "The picture can't be saved to {path!r} ({strerror}). It isn't lost: "
                    "run `limner regenerate` with another --out.",
                    path=str(path),
                    strerror=error.strerror,
                )
            ),
            permanent=error.errno not in FULL,
        ) from error
