"""The outside world, asked once: answers are kept for a while, and jobs that ask the same at the
same time share one call.

What is kept is public and keyed by a hash, so no workspace learns what another one asked. That an
address could not be read is kept for a short while too; that a provider failed never is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from agent.fetching.single_flight import SingleFlight
from agent.ports import Cache, Fetched, Fetcher, PageHit, PictureHit, SearchProvider
from agent.providers.asked_language import get_asked_language
from agent.providers.wrappers import WrappedProvider
from domain.errors import BlockedAddress, FetchFailed, NotFetched
from domain.metrics import CACHE_LOOKUPS
from domain.requests import Rights

T = TypeVar("T")

_PAGES: TypeAdapter[tuple[PageHit, ...]] = TypeAdapter(tuple[PageHit, ...])
_PICTURES: TypeAdapter[tuple[PictureHit, ...]] = TypeAdapter(tuple[PictureHit, ...])


MISSING_TTL_S = 3600.0
"""Seconds for which an address counts as missing, refused or no picture."""
FAILED_TTL_S = 300.0
"""Seconds for which one that was too slow or broke is not tried again."""
_PASSING = frozenset({408, 425, 429})
"""Refusals by HTTP status that are over soon."""


@dataclass(frozen=True, slots=True)
class _Head:
    """The stored header of an answer before its body, or in place of one: ``failure`` is why there
    is none."""

    url: str
    status: int
    media_type: str
    fetched_at: datetime
    failure: str | None = None
    blocked: bool = False


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
        spare: bool = False,
        cut: bool = False,
    ) -> Fetched:
        """Read an address within the safety rules. Raises ``BlockedAddress`` or ``FetchFailed``."""

        async def ask() -> Fetched:
            return await self._fetcher.get(
                url, params=params, headers=headers, max_bytes=max_bytes, spare=spare, cut=cut
            )

        if headers or cut:
            return await ask()
        key = _fetch_key(url, params, max_bytes)
        return await self._flights.run(key, lambda: self._get(key, url, ask))

    async def post(
        self, url: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """Send a JSON object and read the answer; answers to what is sent are not kept here."""
        return await self._fetcher.post(url, body, headers=headers)

    async def allows(self, url: str) -> bool:
        """Whether the site lets Limner read that page."""
        return await self._fetcher.allows(url)

    async def kept(self, url: str, *, max_bytes: int = 5_000_000) -> Fetched | None:
        """The cached page of an address, without any request; None where nothing is cached. Raises
        ``FetchFailed`` where it is known that it cannot be read."""
        return await self._kept(_fetch_key(url, None, max_bytes))

    async def remember_unusable(self, url: str, why: str, *, max_bytes: int = 5_000_000) -> None:
        """Record that the content of an address is of no use, so that it is not read again soon."""
        failure = FetchFailed(url, why, status=422)
        await self._keep_failure(_fetch_key(url, None, max_bytes), failure)

    async def _get(self, key: str, url: str, ask: Callable[[], Awaitable[Fetched]]) -> Fetched:
        try:
            known = await self._kept(key)
        except FetchFailed:
            CACHE_LOOKUPS.add(cache="fetch", outcome="hit")
            raise
        CACHE_LOOKUPS.add(cache="fetch", outcome="miss" if known is None else "hit")
        if known is not None:
            return known
        try:
            fetched = await ask()
        except NotFetched:
            raise
        except FetchFailed as failure:
            await self._keep_failure(key, failure)
            raise
        head = _Head(fetched.url, fetched.status, fetched.media_type, fetched.fetched_at)
        await self._put(key, head, fetched.body, ttl_s=self._ttl_s)
        return fetched

    async def _kept(self, key: str) -> Fetched | None:
        kept = None if self._fresh else await self._cache.get("fetch", key)
        if kept is None:
            return None
        plain, _, body = kept.partition(b"\n")
        try:
            head = _HEAD.validate_json(plain)
        except ValidationError:
            return None
        if head.failure is not None:
            failure = BlockedAddress if head.blocked else FetchFailed
            raise failure(head.url, head.failure, status=head.status or None)
        return Fetched(head.url, head.status, head.media_type, body, head.fetched_at)

    async def _keep_failure(self, key: str, failure: FetchFailed) -> None:
        status = failure.status or 0
        missing = 400 <= status < 500 and status not in _PASSING
        head = _Head(
            url=failure.url.encode("utf-8", "replace").decode(),
            status=status,
            media_type="",
            fetched_at=datetime.now(UTC),
            failure=failure.why,
            blocked=isinstance(failure, BlockedAddress),
        )
        ttl_s = min(self._ttl_s, MISSING_TTL_S if missing else FAILED_TTL_S)
        await self._put(key, head, b"", ttl_s=ttl_s)

    async def _put(self, key: str, head: _Head, body: bytes, *, ttl_s: float) -> None:
        if ttl_s > 0:
            # In parts, since a picture is large and many wait to be written at once.
            await self._cache.put("fetch", key, _HEAD.dump_json(head) + b"\n", body, ttl_s=ttl_s)


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
        key = _key(self.name, "pages", query, limit, *_language())
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
        key = _key(self.name, "pictures", query, limit, rights.value, *_language())
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
        CACHE_LOOKUPS.add(cache="search", outcome="miss" if kept is None else "hit")
        if kept is not None:
            with suppress(ValidationError):
                return shape.validate_json(kept)
        answer = tuple(await ask())
        await self._cache.put("search", key, shape.dump_json(answer), ttl_s=self._ttl_s)
        return answer


def _language() -> tuple[str, ...]:
    """The language of a question as a part of its key; none for that of the settings, as before
    questions had languages."""
    language = get_asked_language()
    return (language,) if language else ()


def _fetch_key(url: str, params: Mapping[str, str] | None, max_bytes: int) -> str:
    return _key("fetch", url, dict(params or {}), max_bytes)


def _key(*parts: object) -> str:
    plain = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
