"""Reads RSS, Atom and JSON feeds, in a worker process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.fetching.failures import UNREADABLE, fail_as
from agent.fetching.pages import NO_WORKER, pool_or_own
from agent.ports import Fetched, Fetcher
from agent.providers.answers import web_address
from agent.sandbox.pool import CannotBeRead, SandboxUnavailable, WorkerPool
from domain.errors import FetchFailed
from domain.translation.messages import gettext, stored

MAX_FEED_BYTES = 5_000_000
NO_FEED = gettext("it isn't an RSS, Atom or JSON feed")
_MAX_HEADER_CHARS = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One article as its feed gives it, each text on one line; ``text`` is the whole content where
    the feed has it. ``published_at`` is what the feed says, and feeds lie."""

    title: str
    url: str
    summary: str
    text: str
    author: str | None = None
    picture: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReadFeed:
    """A feed as it was read: its entries, the newest first, and which version of it that is.
    ``moved_to`` is where it is from now on, ``found_at`` where it is read when its address was that
    of a page which names it."""

    entries: list[FeedEntry]
    fetched_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None
    found_at: str | None = None


async def read_feed(
    fetcher: Fetcher, url: str, *, pool: WorkerPool | None = None
) -> tuple[list[FeedEntry], datetime]:
    """A feed's newest 200 entries and when it was fetched; of a feed over 5 MB, those within.

    Without a ``pool`` a worker process is started for this feed alone.

    Raises:
        FetchFailed: It could not be read, or it is no feed.
    """
    read = await read_version(fetcher, url, pool=pool)
    return read.entries, read.fetched_at


async def read_version(
    fetcher: Fetcher,
    url: str,
    *,
    pool: WorkerPool | None = None,
    headers: Mapping[str, str] | None = None,
) -> ReadFeed:
    """A feed; where the address is that of a page which names feeds, the first of them. With
    ``headers`` it can be asked for only if it changed.

    Raises:
        FetchFailed: It could not be read, it is no feed, or (status 304) it did not change.
    """
    read = await _version(fetcher, url, pool, headers)
    if isinstance(read, ReadFeed):
        return read
    named = await _version(fetcher, read, pool, None)
    if isinstance(named, str):
        raise FetchFailed(url, NO_FEED, status=422)
    return replace(named, found_at=read)


async def _version(
    fetcher: Fetcher, url: str, pool: WorkerPool | None, headers: Mapping[str, str] | None
) -> ReadFeed | str:
    """The feed, or the address of the first one that a page names."""
    fetched = await fetcher.get(url, max_bytes=MAX_FEED_BYTES, headers=headers, cut=True)
    with fail_as(FetchFailed(url, UNREADABLE)):
        found = await _parsed(fetched, pool)
        if isinstance(found, str):
            return found
        return ReadFeed(
            found, fetched.fetched_at, fetched.etag, fetched.last_modified, fetched.moved_to
        )


async def _parsed(fetched: Fetched, pool: WorkerPool | None) -> list[FeedEntry] | str:
    facts = {"url": fetched.url, "content_type": fetched.media_type[:_MAX_HEADER_CHARS]}
    try:
        async with pool_or_own(pool) as workers:
            found, _bodies = await workers.run("feed", fetched.body, facts)
    except CannotBeRead as error:
        raise FetchFailed(
            fetched.url, gettext("its feed {problem}", problem=stored(str(error))), status=422
        ) from error
    except SandboxUnavailable as error:
        raise FetchFailed(fetched.url, NO_WORKER) from error
    if found["known"]:
        entries = (_entry(entry) for entry in found["entries"])
        return [entry for entry in entries if entry is not None]
    named = next(filter(None, map(web_address, found["feeds"])), None)
    if named is None:
        raise FetchFailed(fetched.url, NO_FEED, status=422)
    return named


def _entry(entry: Mapping[str, Any]) -> FeedEntry | None:
    url = web_address(entry["url"])
    if url is None:
        return None
    return FeedEntry(
        title=entry["title"],
        url=url,
        summary=entry["summary"],
        text=entry["text"],
        author=entry["author"],
        picture=web_address(entry["picture"]),
        published_at=_moment(entry["published_at"]),
    )


def _moment(seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
