"""What stands around a search provider: the same provider, asked in another way."""

from __future__ import annotations

from collections.abc import Sequence

from agent.fetching.failures import UNREADABLE, fail_as
from agent.ports import PageHit, PictureHit, SearchProvider
from domain.errors import ProviderUnavailable
from domain.requests import Rights
from domain.research import SourceKind


class WrappedProvider:
    """A provider around another one, with its name and its kinds."""

    def __init__(self, provider: SearchProvider) -> None:
        self._provider = provider

    @property
    def name(self) -> str:
        """The name in the settings and in sources."""
        return self._provider.name

    @property
    def local(self) -> bool:
        """Whether it answers without a network."""
        return self._provider.local

    @property
    def alternative(self) -> bool:
        """Whether it is one of several engines for the same."""
        return self._provider.alternative

    @property
    def kinds(self) -> frozenset[SourceKind]:
        """What it can be asked for."""
        return self._provider.kinds


class GuardedProvider(WrappedProvider):
    """A provider whose every failure is one of ours: an answer that breaks the code that reads it
    counts as no answer."""

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Pages for a query, best first. Raises ``ProviderUnavailable``."""
        with fail_as(ProviderUnavailable(self.name, UNREADABLE)):
            return await self._provider.pages(query, workspace_id=workspace_id, limit=limit)

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> Sequence[PictureHit]:
        """Pictures for a query, best first. Raises ``ProviderUnavailable``."""
        with fail_as(ProviderUnavailable(self.name, UNREADABLE)):
            return await self._provider.pictures(
                query, workspace_id=workspace_id, limit=limit, rights=rights
            )
