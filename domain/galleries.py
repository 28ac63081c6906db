"""Messages in chat that show a gallery, and what becomes of them when a picture is deleted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class GalleryMessage:
    """A message that shows pictures of several jobs.

    ``channel`` and ``message`` are the surface's own ids, ``pictures`` the ids of the pictures in
    their order, ``language`` that of their requester. ``stale`` says that one of the pictures was
    deleted since, ``changes`` how often that happened.
    """

    surface: str
    channel: str
    message: str
    pictures: tuple[str, ...]
    posted_at: datetime
    language: str | None = None
    changes: int = 0
    stale: bool = False


class GalleryRepository(Protocol):
    """The kept gallery messages of one workspace, of which there are few."""

    async def add(self, message: GalleryMessage, *, most: int, since: datetime) -> None:
        """Keep a message; of all of them only the newest ``most`` that are not older than
        ``since`` stay."""
        ...

    async def get(self, surface: str, channel: str, message: str) -> GalleryMessage | None:
        """The message of those ids, if it is kept."""
        ...

    async def mark(self, pictures: Collection[str]) -> None:
        """Note that these pictures were deleted: the messages that show one are stale."""
        ...

    async def stale(self) -> Sequence[GalleryMessage]:
        """The messages that show a deleted picture."""
        ...

    async def showing(self, job_ids: Collection[str]) -> Sequence[GalleryMessage]:
        """The messages that show a picture of one of these jobs."""
        ...

    async def shown(self, message: GalleryMessage, pictures: Sequence[str]) -> None:
        """Note what a message shows now; it stays stale where it changed since it was read, and is
        kept no more where it shows nothing."""
        ...

    async def remove(self, message: GalleryMessage) -> None:
        """Keep a message no more; one that is not kept is well."""
        ...
