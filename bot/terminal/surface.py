"""The terminal as a surface: an answer is a picture file, and its receipt says where it lies."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import structlog

from bot.terminal.render import posted_lines
from domain.errors import StorageUnavailable
from domain.illustrations import Delivery, DeliveryKind, Illustration
from domain.news import Notice
from jobs.common.views import JobView

log = structlog.get_logger(__name__)

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""What waiting may mend, other than a path that cannot be written."""
SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


class TerminalSurface:
    """Writes pictures to where the requester wanted them, with the rights that ``umask`` leaves, or
    into ``folder``, for this user alone."""

    def __init__(
        self,
        *,
        view: Callable[[str, str], Awaitable[JobView]],
        picture: Callable[[str, str], Awaitable[bytes]],
        folder: Path,
        umask: int = 0o077,
    ) -> None:
        self._view = view
        self._picture = picture
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
            data = await self._picture(delivery.workspace_id, illustration.sha256 or "")
            await asyncio.to_thread(_write, path, data, delivery_id=delivery.id, umask=umask)
            if view.story is not None:
                text = ("\n".join(posted_lines(view)) + "\n").encode()
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
            if await asyncio.to_thread(_sha256, path) != illustration.sha256:
                return None
        return _receipt([path for path, _illustration in planned])

    async def notify(self, notice: Notice) -> None:
        """Write it into the log: nobody may be sitting at the terminal."""
        log.warning("notice", about=notice.about, text=notice.text)

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


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


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
                f"The picture can't be saved to {str(path)!r} ({error.strerror}). It isn't "
                "lost: run `limner regenerate` with another --out."
            ),
            permanent=error.errno not in FULL,
        ) from error
