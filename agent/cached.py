"""The outside world, asked once: answers are kept for a while, and jobs that ask the same at the
same time share one call.

What is kept is public and keyed by a hash, so no workspace learns what another one asked. Failures
are never kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from agent.fetching.single_flight import SingleFlight
from agent.ports import Cache, Fetched, Fetcher, PageHit, PictureHit, SearchProvider
from agent.provider_wrappers import WrappedProvider
from domain.requests import Rights

T = TypeVar("T")

_PAGES: TypeAdapter[tuple[PageHit, ...]] = TypeAdapter(tuple[PageHit, ...])
_PICTURES: TypeAdapter[tuple[PictureHit, ...]] = TypeAdapter(tuple[PictureHit, ...])


@dataclass(frozen=True, slots=True)
class _Head:
    """What is kept of an answer before its body."""

    url: str
    status: int
    media_type: str
    fetched_at: datetime


_HEAD: TypeAdapter[_Head] = TypeAdapter(_Head)


class CachedFetcher:
    """A fetcher that reads each address once in ``ttl_s`` seconds.

    ``fresh`` asks the outside world even so, and keeps the new answer.
    """

    def __init__(self, fetcher: Fetcher, cache: Cache, *, ttl_s: float, fresh: bool) -> None:
        self._fetcher = fetcher
        self._cache = cache
        self._ttl_s = ttl_s
        self._fresh = fresh
        self._flights = SingleFlight()

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = 5_000_000,
    ) -> Fetched:
        """Read an address within the safety rules. Raises ``BlockedAddress`` or ``FetchFailed``."""
        if headers:
            return await self._fetcher.get(url, params=params, headers=headers, max_bytes=max_bytes)
        key = _key("fetch", url, dict(params or {}), max_bytes)
        return await self._flights.run(key, lambda: self._get(key, url, params, max_bytes))

    async def post(
        self, url: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """Send a JSON object and read the answer; answers to what is sent are not kept here."""
        return await self._fetcher.post(url, body, headers=headers)

    async def allows(self, url: str) -> bool:
        """Whether the site lets Limner read that page."""
        return await self._fetcher.allows(url)

    async def _get(
        self, key: str, url: str, params: Mapping[str, str] | None, max_bytes: int
    ) -> Fetched:
        kept = None if self._fresh else await self._cache.get("fetch", key)
        known = _fetched(kept) if kept is not None else None
        if known is not None:
            return known
        fetched = await self._fetcher.get(url, params=params, max_bytes=max_bytes)
        head = _HEAD.dump_json(
            _Head(fetched.url, fetched.status, fetched.media_type, fetched.fetched_at)
        )
        await self._cache.put("fetch", key, head + b"\n" + fetched.body, ttl_s=self._ttl_s)
        return fetched


class CachedProvider(WrappedProvider):
    """A search provider that is asked each question once in ``ttl_s`` seconds."""

    def __init__(
        self, provider: SearchProvider, cache: Cache, *, ttl_s: float, fresh: bool
    ) -> None:
        super().__init__(provider)
        self._cache = cache
        self._ttl_s = ttl_s
        self._fresh = fresh
        self._flights = SingleFlight()

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Pages for a query, best first. Raises ``ProviderUnavailable``."""
        key = _key(self.name, "pages", query, limit)
        return await self._flights.run(
            key,
            lambda: self._through(
                key,
                _PAGES,
                lambda: self._provider.pages(query, workspace_id=workspace_id, limit=limit),
            ),
        )

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> Sequence[PictureHit]:
        """Pictures for a query, best first. Raises ``ProviderUnavailable``."""
        key = _key(self.name, "pictures", query, limit, rights.value)
        return await self._flights.run(
            key,
            lambda: self._through(
                key,
                _PICTURES,
                lambda: self._provider.pictures(
                    query, workspace_id=workspace_id, limit=limit, rights=rights
                ),
            ),
        )

    async def _through(
        self,
        key: str,
        shape: TypeAdapter[tuple[T, ...]],
        ask: Callable[[], Awaitable[Sequence[T]]],
    ) -> tuple[T, ...]:
        kept = None if self._fresh else await self._cache.get("search", key)
        if kept is not None:
            with suppress(ValidationError):
                return shape.validate_json(kept)
        answer = tuple(await ask())
        await self._cache.put("search", key, shape.dump_json(answer), ttl_s=self._ttl_s)
        return answer


def _key(*parts: object) -> str:
    plain = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _fetched(kept: bytes) -> Fetched | None:
    head, _, body = kept.partition(b"\n")
    try:
        known = _HEAD.validate_json(head)
    except ValidationError:
        return None
    return Fetched(
        url=known.url,
        status=known.status,
        media_type=known.media_type,
        body=body,
        fetched_at=known.fetched_at,
    )
