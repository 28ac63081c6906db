"""Wrappers of a search provider: the same provider, called in another way."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from agent.fetching.failures import UNREADABLE, fail_as
from agent.ports import PageHit, PictureHit, SearchProvider
from domain.errors import ProviderUnavailable
from domain.requests import Rights
from domain.research import SourceKind
from domain.translation.messages import gettext


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
        """Its abilities."""
        return self._provider.kinds


class GuardedProvider(WrappedProvider):
    """A provider whose every failure is one of ours: an answer that breaks the code that reads it
    counts as no answer. For as long as it asked to be left alone (Retry-After) it is not asked."""

    def __init__(self, provider: SearchProvider) -> None:
        super().__init__(provider)
        self._silent_until = 0.0

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Pages for a query, best first. Raises ``ProviderUnavailable``."""
        with self._guarded():
            return await self._provider.pages(query, workspace_id=workspace_id, limit=limit)

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> Sequence[PictureHit]:
        """Pictures for a query, best first. Raises ``ProviderUnavailable``."""
        with self._guarded():
            return await self._provider.pictures(
                query, workspace_id=workspace_id, limit=limit, rights=rights
            )

    @contextmanager
    def _guarded(self) -> Generator[None]:
        left_s = self._silent_until - time.monotonic()
        if left_s > 0:
            raise ProviderUnavailable(
                self.name,
                gettext("it asked not to be asked for {left_s:.0f} s more", left_s=left_s),
                retry_after_s=left_s,
            )
        try:
            with fail_as(ProviderUnavailable(self.name, UNREADABLE)):
                yield
        except ProviderUnavailable as error:
            if error.retry_after_s:
                self._silent_until = time.monotonic() + error.retry_after_s
            raise
