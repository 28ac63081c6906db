"""What an RSS or Atom feed says, read in a worker process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.fetching.failures import UNREADABLE, fail_as
from agent.fetching.pages import NO_WORKER, pool_or_own
from agent.ports import Fetched, Fetcher
from agent.providers.answers import web_address
from agent.sandbox.pool import CannotBeRead, SandboxUnavailable, WorkerPool
from domain.errors import FetchFailed

MAX_FEED_BYTES = 5_000_000
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


async def read_feed(
    fetcher: Fetcher, url: str, *, pool: WorkerPool | None = None
) -> tuple[list[FeedEntry], datetime]:
    """A feed's entries in its order, at most 200 of 5 MB, and when it was fetched.

    Without a ``pool`` a worker process is started for this feed alone.

    Raises:
        FetchFailed: It could not be read, or it is no feed.
    """
    fetched = await fetcher.get(url, max_bytes=MAX_FEED_BYTES)
    with fail_as(FetchFailed(url, UNREADABLE)):
        return await _parsed(fetched, pool), fetched.fetched_at


async def _parsed(fetched: Fetched, pool: WorkerPool | None) -> list[FeedEntry]:
    facts = {"url": fetched.url, "content_type": fetched.media_type[:_MAX_HEADER_CHARS]}
    try:
        async with pool_or_own(pool) as workers:
            found, _bodies = await workers.run("feed", fetched.body, facts)
    except CannotBeRead as error:
        raise FetchFailed(fetched.url, f"its feed {error}", status=422) from error
    except SandboxUnavailable as error:
        raise FetchFailed(fetched.url, NO_WORKER) from error
    if not found["known"]:
        raise FetchFailed(fetched.url, "it isn't an RSS or Atom feed", status=422)
    entries = (_entry(entry) for entry in found["entries"])
    return [entry for entry in entries if entry is not None]


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
