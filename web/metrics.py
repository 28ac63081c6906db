"""``/metrics`` in Prometheus's text format.

Each process answers for itself, and Prometheus adds up: prometheus-client's files for several
processes would lose gauges and leave those of dead processes behind. The sandboxed children of a
process are measured by their parent. What is read from the database is the same in every process.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from domain.errors import LimnerError
from domain.metrics import METRICS, Metric, MetricKind

log = structlog.get_logger(__name__)

METRICS_PATH: Final = "/metrics"
OTHER: Final = "other"
MOST_VALUES: Final = 60
"""Of one label; what comes later counts as "other", so that no bug makes a series each time."""
REFRESHED_S: Final = 5.0
"""The least time between two looks into the database, however often the metrics are read."""
REFRESH_WITHIN_S: Final = 3.0
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:/+-]{0,59}|none|[0-9]{1,3}", re.ASCII)
_ID = re.compile(r"[0-9]{7,}|[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{16,}|@", re.IGNORECASE | re.ASCII)


class PrometheusMeter:
    """Takes measurements; one for each process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._metrics = {metric: _collector(metric, self.registry) for metric in METRICS}
        self._known: dict[tuple[str, str], set[str]] = {}
        self._lock = threading.Lock()

    def add(self, metric: Metric, amount: float, labels: Mapping[str, str]) -> None:
        """Count."""
        if amount > 0:
            self._child(metric, labels).inc(amount)

    def observe(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """Take one value."""
        self._child(metric, labels).observe(value)

    def set(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """Keep the value."""
        self._child(metric, labels).set(value)

    def forget(self, metric: Metric) -> None:
        """Drop every value of a metric, of what is there no longer."""
        if metric.labels:
            self._metrics[metric].clear()

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self.registry)

    def _child(self, metric: Metric, labels: Mapping[str, str]) -> Any:
        collector = self._metrics[metric]
        if not metric.labels:
            return collector
        return collector.labels(*(self._safe(metric, name, labels[name]) for name in metric.labels))

    def _safe(self, metric: Metric, label: str, value: str) -> str:
        """The value of a label, or "other": a name of settings or code, of a limited number."""
        known = self._known.get((metric.name, label))
        if known is not None and value in known:
            return value
        if not _NAME.fullmatch(value) or _ID.search(value):
            return OTHER
        with self._lock:
            known = self._known.setdefault((metric.name, label), set())
            if len(known) >= MOST_VALUES:
                return OTHER
            known.add(value)
        return value


def _collector(metric: Metric, registry: CollectorRegistry) -> Any:
    if metric.kind is MetricKind.COUNTER:
        return Counter(metric.name, metric.help, metric.labels, registry=registry)
    if metric.kind is MetricKind.GAUGE:
        return Gauge(metric.name, metric.help, metric.labels, registry=registry)
    return Histogram(
        metric.name, metric.help, metric.labels, registry=registry, buckets=metric.buckets
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    headers: Sequence[tuple[str, str]]


class MetricsPage:
    """Answers on ``/metrics``; fits ``web.server.HttpMount``.

    ``refresh`` brings the gauges up to date that are read and not counted, such as the queues in
    the database. With a ``token`` it is needed as ``Authorization: Bearer …``.
    """

    def __init__(
        self, meter: PrometheusMeter, *, refresh: Callable[[], Awaitable[None]], token: str = ""
    ) -> None:
        self._meter = meter
        self._refresh = refresh
        self._token = token
        self._refreshing = asyncio.Lock()
        self._refreshed_at = float("-inf")

    @property
    def routes(self) -> Sequence[tuple[str, str]]:
        """Methods and paths."""
        return (("GET", METRICS_PATH),)

    async def answer(
        self, path: str, *, query: str, headers: Mapping[str, str], body: bytes
    ) -> _Answer:
        """All metrics, or 401 without the token."""
        del path, query, body
        given = headers.get("authorization", "")
        if self._token and not hmac.compare_digest(
            given.encode("utf-8", "replace"), f"Bearer {self._token}".encode()
        ):
            refusal = (("Content-Type", "text/plain"), ("WWW-Authenticate", "Bearer"))
            return _Answer(401, b"A bearer token is needed: LIMNER_METRICS_TOKEN.\n", refusal)
        await self._brought_up_to_date()
        return _Answer(200, self._meter.text(), (("Content-Type", CONTENT_TYPE_LATEST),))

    async def _brought_up_to_date(self) -> None:
        """Refresh, at most every few seconds; what fails leaves the rest as it is."""
        async with self._refreshing:
            now = asyncio.get_running_loop().time()
            if now - self._refreshed_at < REFRESHED_S:
                return
            self._refreshed_at = now
            try:
                async with asyncio.timeout(REFRESH_WITHIN_S):
                    await self._refresh()
            except (LimnerError, TimeoutError) as error:
                log.warning("metrics_not_refreshed", error=str(error) or "it took too long")
