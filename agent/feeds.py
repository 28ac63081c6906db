"""What an RSS or Atom feed says, read apart from this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.apart import WorkFailed, worked_apart
from agent.fetching.failures import UNREADABLE, fail_as
from agent.ports import Fetched, Fetcher
from domain.errors import FetchFailed

MAX_FEED_BYTES = 5_000_000
PATIENCE_S = 20.0
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


async def read_feed(fetcher: Fetcher, url: str) -> tuple[list[FeedEntry], datetime]:
    """A feed's entries in its order, at most 200 of 5 MB, and when it was fetched.

    Raises:
        FetchFailed: It could not be read, or it is no feed.
    """
    fetched = await fetcher.get(url, max_bytes=MAX_FEED_BYTES)
    with fail_as(FetchFailed(url, UNREADABLE)):
        return await _parsed(fetched), fetched.fetched_at


async def _parsed(fetched: Fetched) -> list[FeedEntry]:
    about = json.dumps({"url": fetched.url, "media_type": fetched.media_type}).encode()
    try:
        found: Any = await worked_apart(
            "agent.feed_worker", about + b"\n" + fetched.body, patience_s=PATIENCE_S
        )
    except WorkFailed as error:
        raise FetchFailed(fetched.url, f"its feed {error}", status=422) from error
    if not found["known"]:
        raise FetchFailed(fetched.url, "it is no RSS or Atom feed", status=422)
    return [_entry(entry) for entry in found["entries"]]


def _entry(entry: dict[str, Any]) -> FeedEntry:
    entry["published_at"] = _moment(entry["published_at"])
    return FeedEntry(**entry)


def _moment(seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
