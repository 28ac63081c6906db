"""Sends traces to a collector with OpenTelemetry, where an endpoint is set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from app.libraries import needed_since
from domain.tracing import Attributes, root_id_of, trace_id_of, traced_by

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

    from app.settings import Settings

FLUSH_MS: Final = 3000
"""How long the end of a process waits for the last spans."""
_root: ContextVar[str | None] = ContextVar("traced_job", default=None)
"""The job whose root is being made, which has ids of its own."""


class OpenTelemetryTracer:
    """Takes spans of jobs and hands them to OpenTelemetry; ``share`` (0 to 1) of all jobs."""

    def __init__(self, provider: TracerProvider, *, share: float = 1.0) -> None:
        self._tracer = provider.get_tracer("limner", version("limner"))
        self._limit = int(share * (1 << 64))

    @contextmanager
    def span(self, name: str, attributes: Attributes) -> Generator[None]:
        """A span under the one around it; none outside of a traced job."""
        from opentelemetry import trace

        if not trace.get_current_span().get_span_context().is_valid:
            yield
            return
        with self._spanned(name, None, attributes):
            yield

    def job_part(
        self, name: str, job_id: str, attributes: Attributes
    ) -> AbstractContextManager[None]:
        """A span of that job's trace, under its root."""
        return self._job_part(name, job_id, attributes)

    @contextmanager
    def _job_part(self, name: str, job_id: str, attributes: Attributes) -> Generator[None]:
        if not self._is_sampled(job_id):
            yield
            return
        marked = {**attributes, "limner.job_id": job_id}
        with self._spanned(name, _under_root(job_id), marked):
            yield

    @contextmanager
    def _spanned(
        self, name: str, parent: Context | None, attributes: Attributes
    ) -> Generator[None]:
        """A span; of an error only its type is recorded, since its message may hold a person's
        words."""
        from opentelemetry.trace import Status, StatusCode

        with self._tracer.start_as_current_span(
            name,
            parent,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise

    def job(self, job_id: str, begins: datetime, ends: datetime, attributes: Attributes) -> None:
        """The root of a job's trace."""
        if not self._is_sampled(job_id):
            return
        from opentelemetry.context import Context

        token = _root.set(job_id)
        try:
            root = self._tracer.start_span(
                "job",
                Context(),
                attributes={**attributes, "limner.job_id": job_id},
                start_time=_nanoseconds(begins),
            )
        finally:
            _root.reset(token)
        root.end(_nanoseconds(ends))

    def _is_sampled(self, job_id: str) -> bool:
        """The same in every process."""
        return trace_id_of(job_id) & ((1 << 64) - 1) < self._limit


def _under_root(job_id: str) -> Context:
    from opentelemetry import trace

    parent = trace.SpanContext(
        trace_id_of(job_id),
        root_id_of(job_id),
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(parent))


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1e9)


def provider_for(exporter: SpanExporter, *, at_once: bool = False) -> TracerProvider:
    """A provider that gives the roots of jobs the ids that follow from the jobs'; spans are sent
    together, by a thread, or each ``at_once``."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class JobIds(RandomIdGenerator):
        """Random ids, except for the roots of jobs."""

        def generate_trace_id(self) -> int:
            job_id = _root.get()
            return trace_id_of(job_id) if job_id else super().generate_trace_id()

        def generate_span_id(self) -> int:
            job_id = _root.get()
            return root_id_of(job_id) if job_id else super().generate_span_id()

    about = {"service.name": "limner", "service.version": version("limner")}
    provider = TracerProvider(
        resource=Resource.create(about), id_generator=JobIds(), shutdown_on_exit=False
    )
    sends = SimpleSpanProcessor(exporter) if at_once else BatchSpanProcessor(exporter)
    provider.add_span_processor(sends)
    return provider


@asynccontextmanager
async def traced(settings: Settings) -> AsyncGenerator[None]:
    """Send traces while the block runs, where an endpoint is set.

    Raises:
        InvalidSettings: The libraries for it are not installed.
    """
    if not settings.traces_endpoint:
        yield
        return
    with needed_since("LIMNER_TRACES_ENDPOINT is set", "opentelemetry", extra="tracing"):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    exporter = OTLPSpanExporter(f"{settings.traces_endpoint}/v1/traces", timeout=5)
    provider = provider_for(exporter)
    try:
        with traced_by(OpenTelemetryTracer(provider, share=settings.traces_share)):
            yield
    finally:
        # The last spans are sent by a thread, since the collector may be slow or away.
        await asyncio.to_thread(provider.force_flush, FLUSH_MS)
        await asyncio.to_thread(provider.shutdown)
