"""The feeds of schedules, read again and again as their sites ask for: only when they changed, not
before their time, at the address where they moved to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from agent.ports import Cache, Fetcher
from agent.providers.feed_reader import FeedEntry, read_version
from agent.sandbox.pool import WorkerPool
from domain.errors import FetchFailed
from domain.translation.messages import gettext

KEPT_S = 30 * 86_400.0
NAMESPACE = "news-feeds"
MOST_KEPT = 100
MOST_SEEN = 1_000
"""Entries without a date whose first sight is kept."""
KEPT_TEXT_CHARS = 1_500
LONGEST_REST = timedelta(days=1)
"""However long a site asks to be left alone."""
NOT_CHANGED = 304
DEAD = frozenset({404, 410, 422})
"""What a feed that will not come back answers: missing, gone, or no feed."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is known of a feed from the last time."""

    address: str
    """Where it is read now."""
    etag: str | None = None
    last_modified: str | None = None
    not_before: datetime | None = None
    entries: tuple[FeedEntry, ...] = ()
    seen: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """When entries without a date were seen first."""


_STATE = TypeAdapter(FeedState)


class Feeds:
    """Reads feeds; without a ``cache`` each time as the first time."""

    def __init__(
        self, fetcher: Fetcher, *, pool: WorkerPool | None = None, cache: Cache | None = None
    ) -> None:
        self._fetcher = fetcher
        self._pool = pool
        self._cache = cache

    async def read(self, url: str) -> tuple[list[FeedEntry], datetime]:
        """A feed's entries, the newest first, and when it was looked at. Entries without a date
        have the time when they were seen first.

        Raises:
            FetchFailed: It could not be read, or is no feed; ``is_dead`` tells whether for good.
        """
        state = await self._state(url)
        now = datetime.now(UTC)
        if state.not_before is not None and now < state.not_before:
            return self._kept(url, state)
        try:
            read = await read_version(
                self._fetcher, state.address, pool=self._pool, headers=_conditions(state)
            )
        except FetchFailed as error:
            return await self._not_read(url, state, error)
        entries, seen = _dated(read.entries, state.seen, read.fetched_at)
        kept = tuple(replace(e, text=e.text[:KEPT_TEXT_CHARS]) for e in entries[:MOST_KEPT])
        address = read.found_at or read.moved_to or state.address
        await self._keep(
            url, FeedState(address, read.etag, read.last_modified, entries=kept, seen=seen)
        )
        return entries, read.fetched_at

    async def _not_read(
        self, url: str, state: FeedState, error: FetchFailed
    ) -> tuple[list[FeedEntry], datetime]:
        now = datetime.now(UTC)
        if error.status == NOT_CHANGED:
            await self._keep(url, replace(state, not_before=None))
            return list(state.entries), now
        if error.retry_after_s:
            rest = min(timedelta(seconds=error.retry_after_s), LONGEST_REST)
            await self._keep(url, replace(state, not_before=now + rest))
        elif is_dead(error) and state.address != url:
            await self._keep(url, FeedState(url))  # where it moved to is dead: ask at home again
        raise error

    def _kept(self, url: str, state: FeedState) -> tuple[list[FeedEntry], datetime]:
        if not state.entries:
            until = f"{state.not_before:%Y-%m-%d %H:%M} UTC"
            raise FetchFailed(
                url, gettext("its site asks to be left alone until {until}", until=until)
            )
        return list(state.entries), datetime.now(UTC)

    async def _state(self, url: str) -> FeedState:
        kept = await self._cache.get(NAMESPACE, _key(url)) if self._cache else None
        try:
            return _STATE.validate_json(kept) if kept else FeedState(url)
        except ValidationError:
            return FeedState(url)

    async def _keep(self, url: str, state: FeedState) -> None:
        if self._cache is not None:
            value = _STATE.dump_json(state)
            await self._cache.put(NAMESPACE, _key(url), value, ttl_s=KEPT_S)


def is_dead(error: FetchFailed) -> bool:
    """Whether a feed will not come back by itself."""
    return error.status in DEAD


def _conditions(state: FeedState) -> dict[str, str]:
    """The headers that ask for a feed only if it changed."""
    if not state.entries:
        return {}
    asked = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in asked.items() if value}


def _dated(
    entries: list[FeedEntry], seen: dict[str, datetime], at: datetime
) -> tuple[list[FeedEntry], dict[str, datetime]]:
    """The entries, undated ones with the time when they were seen first, and those times."""
    times = {e.url: seen.get(e.url, at) for e in entries if e.published_at is None}
    dated = [
        e if e.published_at is not None else replace(e, published_at=times[e.url]) for e in entries
    ]
    dated.sort(key=lambda entry: -(entry.published_at or at).timestamp())
    kept = sorted((times | seen).items(), key=lambda pair: -pair[1].timestamp())[:MOST_SEEN]
    return dated, {**dict(kept), **times}


def _key(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()
