"""Pages of jobs on the web: which one is meant, and what a gallery is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.illustrations import Illustration
from domain.requests import Job
from domain.team import Tally


@dataclass(frozen=True, slots=True)
class PageRef:
    """The page of a job, as a link to it names it.

    ``links`` counts how often the links to the page were revoked: a link that was made before the
    last time holds an earlier number and opens nothing.
    """

    workspace_id: str
    job_id: str
    links: int = 0


class PageLinks(Protocol):
    """Makes links to pages, which open with the link alone until they expire or are revoked."""

    def address(self, page: PageRef, *, number: int = 1) -> str:
        """The address of a job's page, open at the picture with that number (from 1)."""
        ...


class GalleryOrder(StrEnum):
    """In which order a gallery shows pictures."""

    BEST = "best"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class GalleryQuery:
    """A gallery's query: pictures that were requested in one of ``channels``, and of those the ones
    that fit every filter that is set. ``words`` are looked for in requests and evidence."""

    channels: frozenset[str]
    order: GalleryOrder = GalleryOrder.NEWEST
    words: str = ""
    member_id: str | None = None
    generator: str | None = None
    schedule_id: str | None = None
    news_only: bool = False
    since: datetime | None = None
    offset: int = 0
    limit: int = 24


@dataclass(frozen=True, slots=True)
class GalleryEntry:
    """A picture of a gallery, with the job that it belongs to."""

    illustration: Illustration
    job: Job
    tally: Tally


class PageRepository(Protocol):
    """The data of one workspace's pages beside its jobs."""

    async def links(self, job_id: str) -> int:
        """The number of times that the links to a job's page were revoked."""
        ...

    async def revoke_links(self, job_id: str) -> int:
        """Let every link to a job's page end; gives the new number. Raises ``NotFound``."""
        ...

    async def made_from(self, illustration_id: str, *, limit: int) -> Sequence[Illustration]:
        """The pictures that were made from that one, the oldest first."""
        ...

    async def channels(self) -> Sequence[str]:
        """The channels in which finished pictures of the gallery were asked for."""
        ...

    async def published_channels(self) -> frozenset[str]:
        """The channels whose pictures have public pages."""
        ...

    async def find(self, query: GalleryQuery) -> Sequence[GalleryEntry]:
        """The pictures that a gallery shows, in its order."""
        ...

    async def generators(self, channels: frozenset[str]) -> Sequence[str]:
        """The generators of the gallery's pictures, by name."""
        ...
