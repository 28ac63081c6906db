"""Measures of the database and of jobs: their ends, and how long statements take."""

from __future__ import annotations

import time
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import Engine

from domain.metrics import DATABASE_SECONDS, JOB_SECONDS, JOBS_FINISHED, STAGE_SECONDS
from domain.requests import Job
from domain.tracing import trace_job

_BEGAN: Final = "limner_began"
_STATEMENTS: Final = frozenset({"select", "insert", "update", "delete", "with", "begin"})


def measure_end(job: Job) -> None:
    """Count a job that has just ended, and the time of each of its stages."""
    JOBS_FINISHED.add(kind=job.kind.value, outcome=job.status.value)
    if job.finished_at is None:
        return
    trace_job(
        job.id, job.created_at, job.finished_at, kind=job.kind.value, outcome=job.status.value
    )
    whole = (job.finished_at - job.created_at).total_seconds()
    JOB_SECONDS.observe(whole, kind=job.kind.value, outcome=job.status.value)
    begun = job.research_started_at or job.render_started_at
    stages = {
        "queued": (job.created_at, begun),
        "research": (job.research_started_at, job.research_finished_at),
        "render": (job.render_started_at, job.render_finished_at),
        "delivery": (job.render_finished_at, job.finished_at),
    }
    for stage, (start, end) in stages.items():
        if start is not None and end is not None:
            STAGE_SECONDS.observe(max(0.0, (end - start).total_seconds()), stage=stage)


def measure_statements(engine: Engine) -> None:
    """Take the time of each statement of an engine that succeeds."""

    def before(*arguments: Any) -> None:
        context = arguments[4]
        setattr(context, _BEGAN, time.perf_counter())

    def after(*arguments: Any) -> None:
        statement, context = arguments[2], arguments[4]
        began = getattr(context, _BEGAN, None)
        if began is not None:
            kind = statement.lstrip()[:10].partition(" ")[0].lower()
            DATABASE_SECONDS.observe(
                time.perf_counter() - began, statement=kind if kind in _STATEMENTS else "other"
            )

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
