"""Openverse: openly licensed pictures of many collections (https://api.openverse.org/v1/)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from agent.fetching.rate_limit import Pace
from agent.ports import Fetcher, PageHit, PictureHit, SearchProvider
from agent.providers.answers import json_object, parts, web_address
from agent.providers.spec import Access, ProviderSpec
from agent.sandbox.found_texts import known, one_line, pixels
from domain.requests import Rights
from domain.research import SourceKind

INTERVAL_S = 1.0
"""Openverse lets anonymous callers ask once a second, for 20 results a page."""


class OpenverseProvider:
    """Pictures of Openverse, at most one question a second in this process."""

    name = "openverse"
    local = False
    alternative = False
    kinds = frozenset({SourceKind.PICTURE})

    def __init__(self, fetcher: Fetcher, *, base_url: str, interval_s: float = INTERVAL_S) -> None:
        self._fetcher = fetcher
        self._base_url = base_url.rstrip("/")
        self._pace = Pace(interval_s)

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Nothing: Openverse holds pictures."""
        return []

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> Sequence[PictureHit]:
        """Pictures for a query, best first. Raises ``ProviderUnavailable``."""
        if rights is Rights.LIBRARY:
            return []
        await self._pace.wait()
        answer, fetched = await json_object(
            self._fetcher,
            self.name,
            f"{self._base_url}/v1/images/",
            {"q": query[:200], "page_size": str(min(max(limit, 1), 20)), "mature": "false"},
        )
        found = parts(answer.get("results"))
        hits = (_hit(self.name, entry, fetched.fetched_at) for entry in found)
        return list(islice((hit for hit in hits if hit is not None), limit))


def _hit(provider: str, entry: Mapping[str, Any], found_at: datetime) -> PictureHit | None:
    url = web_address(entry.get("url"))
    if url is None:
        return None
    return PictureHit(
        provider=provider,
        title=one_line(entry.get("title")) or "untitled",
        url=url,
        page_url=web_address(entry.get("foreign_landing_url")) or url,
        found_at=found_at,
        caption=one_line(entry.get("title"), most=500),
        license=_license(entry),
        author=known(entry.get("creator")),
        width=pixels(entry.get("width")),
        height=pixels(entry.get("height")),
    )


def _license(entry: Mapping[str, Any]) -> str | None:
    """The license's usual name: ``CC BY-SA 2.0``, ``CC0 1.0``, ``Public domain``."""
    code, version = known(entry.get("license")), known(entry.get("license_version"))
    if code is None:
        return None
    if code.lower() == "pdm":
        return "Public domain"
    name = code.upper() if code.lower() == "cc0" else f"CC {code.upper()}"
    return f"{name} {version}" if version else name


def build(access: Access) -> SearchProvider:
    """The provider, as the settings say."""
    interval_s = INTERVAL_S if access.is_public else 0.0
    return OpenverseProvider(access.fetcher, base_url=access.base_url, interval_s=interval_s)


SPEC = ProviderSpec(
    name="openverse",
    title="Openverse",
    base_url="https://api.openverse.org",
    public_host="openverse.org",
    shared=True,
    build=build,
)
