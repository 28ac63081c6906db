"""A team's own library: pages and pictures with title, author and license."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.research import SourceKind


@dataclass(frozen=True, slots=True)
class LibraryItem:
    """One page or picture of a workspace's library.

    ``text`` is a page's text or a picture's caption; both are searched, with ``title`` and
    ``tags``. ``sha256`` names the blob of a picture, or is the hash of a page's UTF-8 text.
    ``url`` is the address it came from, or ``library:<id>`` where there is none.
    """

    id: str
    workspace_id: str
    kind: SourceKind
    title: str
    text: str
    url: str
    sha256: str
    added_at: datetime
    author: str | None = None
    license: str | None = None
    tags: tuple[str, ...] = ()
    width: int | None = None
    height: int | None = None
    phash: str | None = None


@dataclass(frozen=True, slots=True)
class LibraryMatch:
    """An item of the local library that matches a query; ``score`` is higher for better ones."""

    id: str
    kind: str
    title: str
    text: str
    url: str
    sha256: str
    added_at: datetime
    score: float
    author: str | None = None
    license: str | None = None
    width: int | None = None
    height: int | None = None
