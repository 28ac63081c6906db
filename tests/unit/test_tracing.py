"""Traces: one for each job, across the processes of its parts, without a word of a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.tracing import job_part, root_id_of, span, trace_id_of, trace_job, traced_by

pytest.importorskip("opentelemetry.sdk")
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.tracing import OpenTelemetryTracer, provider_for

JOB = "01JABCDEFGHJKMNPQRSTVWXYZ0"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Collector:
    """One process's spans."""

    def __init__(self, *, share: float = 1.0) -> None:
        self.kept = InMemorySpanExporter()
        self.tracer = OpenTelemetryTracer(provider_for(self.kept, at_once=True), share=share)

    def spans(self) -> dict[str, Any]:
        return {found.name: found for found in self.kept.get_finished_spans()}


def test_parts_of_a_job_are_one_trace_across_processes() -> None:
    one, other = Collector(), Collector()
    with (
        traced_by(one.tracer),
        job_part("research", JOB),
        span("step gather"),
        span("model", model="qwen"),
    ):
        pass
    with traced_by(other.tracer):
        with job_part("render", JOB), span("draw", generator="storyboard"):
            pass
        trace_job(JOB, NOON, NOON + timedelta(seconds=9), kind="illustrate", outcome="done")
    first, second = one.spans(), other.spans()
    found = [*first.values(), *second.values()]
    assert {each.context.trace_id for each in found} == {trace_id_of(JOB)}
    root = second["job"]
    assert root.context.span_id == root_id_of(JOB)
    assert root.parent is None
    assert (root.end_time - root.start_time) == 9_000_000_000
    for name, spans in (("research", first), ("render", second)):
        assert spans[name].parent.span_id == root_id_of(JOB)
    assert first["model"].parent.span_id == first["step gather"].context.span_id
    assert first["model"].attributes == {"model": "qwen"}


def test_an_error_is_told_by_its_kind_alone() -> None:
    collector = Collector()
    with (
        pytest.raises(ValueError, match="secret"),
        traced_by(collector.tracer),
        job_part("research", JOB),
    ):
        raise ValueError("a secret wish")
    found = collector.spans()["research"]
    assert found.attributes["error.type"] == "ValueError"
    assert "secret" not in found.to_json()


def test_work_of_no_job_and_jobs_that_are_left_out_make_no_spans() -> None:
    collector = Collector(share=0.0)
    with traced_by(collector.tracer), job_part("research", JOB), span("model"):
        trace_job(JOB, NOON, NOON)
    every = Collector()
    with traced_by(every.tracer), job_part("news", None), span("model"):
        pass
    assert collector.spans() == every.spans() == {}


def test_nothing_is_traced_without_a_tracer() -> None:
    with job_part("research", JOB), span("model"):
        trace_job(JOB, NOON, NOON)
