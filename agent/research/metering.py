"""What searches and models cost: calls of the outside world are counted for each job, and a
provider whose limit of the day is used up is not asked again before tomorrow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from agent.ports import (
    CallMeter,
    Completion,
    Fetched,
    Fetcher,
    PageHit,
    PictureHit,
    SearchProvider,
)
from agent.providers.wrappers import WrappedProvider
from domain.errors import ProviderUnavailable
from domain.metrics import PROVIDER_CALLS, PROVIDER_SECONDS
from domain.requests import Rights
from domain.research import Spending
from domain.tracing import span
from domain.translation.messages import gettext

_CALLS: ContextVar[Counter[str] | None] = ContextVar("calls", default=None)


@contextmanager
def counted_calls() -> Generator[Counter[str]]:
    """Count the calls of providers by their names while the block runs; answers from the cache are
    no calls."""
    calls: Counter[str] = Counter()
    token = _CALLS.set(calls)
    try:
        yield calls
    finally:
        _CALLS.reset(token)


def model_spending(
    completion: Completion, model_name: str, *, prompt_usd: float, answer_usd: float
) -> Spending:
    """What an answer cost, at those prices of a million tokens."""
    cost_usd = completion.prompt_tokens * prompt_usd + completion.completion_tokens * answer_usd
    return Spending("model", model_name, "tokens", completion.tokens, cost_usd / 1e6)


def _count(name: str) -> None:
    calls = _CALLS.get()
    if calls is not None:
        calls[name] += 1


class MeteredFetcher:
    """A fetcher whose requests count as calls of ``name``. It stands behind a cache, whose answers
    are no calls."""

    def __init__(self, fetcher: Fetcher, name: str) -> None:
        self._fetcher = fetcher
        self._name = name

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
        """Read an address. Raises ``BlockedAddress`` or ``FetchFailed``."""
        _count(self._name)
        return await self._fetcher.get(
            url, params=params, headers=headers, max_bytes=max_bytes, spare=spare, cut=cut
        )

    async def post(
        self, url: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """Send a JSON object. Raises ``BlockedAddress`` or ``FetchFailed``."""
        _count(self._name)
        return await self._fetcher.post(url, body, headers=headers)

    async def allows(self, url: str) -> bool:
        """Whether the site lets Limner read that page."""
        return await self._fetcher.allows(url)


class MeteredProvider(WrappedProvider):
    """A provider whose calls are counted, and end for the day at ``most_a_day`` (0: never)."""

    def __init__(self, provider: SearchProvider, meter: CallMeter, *, most_a_day: int) -> None:
        super().__init__(provider)
        self._meter = meter
        self._most_a_day = most_a_day

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Pages for a query, best first. Raises ``ProviderUnavailable``."""
        await self._count()
        with self._measured():
            return await self._provider.pages(query, workspace_id=workspace_id, limit=limit)

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> Sequence[PictureHit]:
        """Pictures for a query, best first. Raises ``ProviderUnavailable``."""
        await self._count()
        with self._measured():
            return await self._provider.pictures(
                query, workspace_id=workspace_id, limit=limit, rights=rights
            )

    @contextmanager
    def _measured(self) -> Generator[None]:
        outcome = "failed"
        try:
            with (
                span("search", provider=self.name),
                PROVIDER_SECONDS.timed(provider=self.name),
            ):
                yield
            outcome = "ok"
        finally:
            PROVIDER_CALLS.add(provider=self.name, outcome=outcome)

    async def _count(self) -> None:
        today = await self._meter.count(self.name) if self._most_a_day else 0
        if today > self._most_a_day:
            raise ProviderUnavailable(
                self.name,
                gettext(
                    "today's limit of {most_a_day:,} calls has been reached",
                    most_a_day=self._most_a_day,
                ),
            )
        _count(self.name)
