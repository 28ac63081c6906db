"""Wiring of the web: who fetches, and where is searched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncEngine

from agent.fetching.fetcher import FetchSettings, SafeFetcher
from agent.ports import Cache, EntityDirectory, SearchProvider
from agent.providers.cached import CachedFetcher, CachedProvider
from agent.providers.registry import (
    PROVIDERS,
    build_provider,
    connections,
    news_names,
    own_addresses,
)
from agent.providers.spec import ProviderSettings
from agent.providers.wikidata import NAME as WIKIDATA
from agent.providers.wikidata import WikidataEntities
from agent.research.metering import MeteredFetcher, MeteredProvider
from agent.research.tools import SearchTools
from agent.sandbox.picture_decoder import DecodingPool
from agent.sandbox.pool import WorkerPool
from app.provider_settings import provider_settings
from app.settings import Settings
from domain.requests import Job, JobKind
from jobs.common.ports import BlobStore
from storage.counters import SqlCallMeter
from storage.file_cache import FileCache
from storage.library import SqlLibrary

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Searching:
    """The web as the agent and the news desk reach it."""

    fetcher: SafeFetcher
    """Opens untrusted addresses."""
    news: Sequence[SearchProvider]
    """The news search, counted and limited, without a cache."""
    tools_for: Callable[[Job], SearchTools]
    """The tools for a job: they answer from the cache, or for a re-research search anew."""
    entities: EntityDirectory | None
    """The look-up of names; None where no outside service is called."""
    pool: WorkerPool
    """The reader of pages and feeds."""
    cache: Cache
    """Answers of the outside world."""
    sweep_cache: Callable[[], Awaitable[object]]
    """Removes what expired."""


def searching(
    settings: Settings,
    stack: AsyncExitStack,
    engine_db: AsyncEngine,
    *,
    pool: WorkerPool,
    decoder: DecodingPool,
    blobs: BlobStore,
    library: SqlLibrary,
) -> Searching:
    """Everything that reaches out, closed with the stack."""
    cache = FileCache(settings.data_dir / "cache", max_bytes=settings.cache_max_mb * 1_000_000)
    stack.push_async_callback(cache.aclose)
    common = _fetching(settings)
    fetcher = SafeFetcher(replace(common, public_sites=True), cache)
    stack.push_async_callback(fetcher.aclose)
    known = provider_settings(settings)
    services = SafeFetcher(
        replace(
            common,
            own_addresses=(*own_addresses(known), *_given(settings.wikidata_base_url)),
            connections=connections(known, settings.search_connections),
        )
    )
    stack.push_async_callback(services.aclose)
    meter = SqlCallMeter(engine_db)

    def built(names: Sequence[str], known: ProviderSettings) -> list[MeteredProvider]:
        return [
            MeteredProvider(
                build_provider(name, known, fetcher=services, library=library, pool=pool),
                meter,
                most_a_day=settings.search_daily_calls.get(name, 0),
            )
            for name in names
        ]

    plain = built(settings.search_providers, known)
    ttl_s = settings.search_cache_hours * HOUR_S

    def tools(*, fresh: bool) -> SearchTools:
        providers: list[SearchProvider] = [
            p if p.local else CachedProvider(p, cache, ttl_s=ttl_s, fresh=fresh) for p in plain
        ]
        pictures = CachedFetcher(fetcher, cache, ttl_s=ttl_s, fresh=fresh)
        return SearchTools(
            providers=providers,
            fetcher=pictures,
            decoder=decoder,
            pictures=blobs,
            pool=pool,
            shown=cache if settings.model_base_url else None,
            large_later=ttl_s > 0 and not fresh,
        )

    cached, anew = tools(fresh=False), tools(fresh=True)

    def tools_for(job: Job) -> SearchTools:
        return anew if job.kind is JobKind.RERESEARCH else cached

    entities = None
    if any(not provider.local for provider in plain):
        asked = CachedFetcher(MeteredFetcher(services, WIKIDATA), cache, ttl_s=ttl_s, fresh=False)
        entities = WikidataEntities(asked, base_url=settings.wikidata_base_url)
    news = tuple(settings.news_providers or news_names(settings.search_providers))
    if not any(settings.feeds):  # schedules bring feeds of their own
        news = tuple(name for name in news if not PROVIDERS[name].needs_feeds)
    return Searching(
        fetcher=fetcher,
        news=built(news, replace(known, news=True)),
        tools_for=tools_for,
        entities=entities,
        pool=pool,
        cache=cache,
        sweep_cache=cache.sweep,
    )


def _given(address: str) -> tuple[str, ...]:
    return (address,) if address else ()


def _fetching(settings: Settings) -> FetchSettings:
    return FetchSettings(
        contact=settings.contact,
        total_timeout_s=settings.fetch_timeout_s,
        allowed_networks=settings.fetch_allowed_networks,
        connections_per_host=settings.fetch_connections_per_host,
    )
