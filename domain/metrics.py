"""A process's measurements of itself: every metric with its labels, and where measurements go.

Like the log, this is reached from everywhere: a measurement goes to the meters that the process
listens with (:func:`measured_by`), and nowhere where it has none. No label ever holds an id or a
word of a person: labels are names from settings and code, and meters refuse others.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

SHORT_S: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Buckets for statements and turns of the event loop, in seconds."""
LONG_S: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0)
"""Buckets for parts of jobs, in seconds."""


class MetricKind(StrEnum):
    """The type of a metric in Prometheus."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One metric; ``buckets`` are upper bounds of a histogram. Counters end in ``_total``.

    ``shared`` metrics are read from the database, so every process that is asked gives the same
    number: take their maximum, never their sum.
    """

    name: str
    kind: MetricKind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    shared: bool = False

    def add(self, amount: float = 1.0, **labels: str) -> None:
        """Count."""
        for meter in _meters:
            meter.add(self, amount, labels)

    def observe(self, value: float, **labels: str) -> None:
        """Take one value of a histogram."""
        for meter in _meters:
            meter.observe(self, value, labels)

    def set(self, value: float, **labels: str) -> None:
        """Say what a gauge stands at now."""
        for meter in _meters:
            meter.set(self, value, labels)

    @contextmanager
    def timed(self, **labels: str) -> Generator[None]:
        """Take the seconds that the block needs, however it ends."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.observe(time.monotonic() - began, **labels)


class Meter(Protocol):
    """Receives measurements; called from any thread."""

    def add(self, metric: Metric, amount: float, labels: Mapping[str, str]) -> None:
        """Count."""
        ...

    def observe(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """Take one value."""
        ...

    def set(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """Keep the value."""
        ...


_meters: list[Meter] = []


@contextmanager
def measured_by(meter: Meter) -> Generator[None]:
    """Hand all measurements of this process to ``meter`` while the block runs."""
    _meters.append(meter)
    try:
        yield
    finally:
        _meters.remove(meter)


def _counter(name: str, help_: str, *labels: str) -> Metric:
    return Metric(name, MetricKind.COUNTER, help_, labels)


def _gauge(name: str, help_: str, *labels: str, shared: bool = False) -> Metric:
    return Metric(name, MetricKind.GAUGE, help_, labels, shared=shared)


def _histogram(name: str, help_: str, *labels: str, buckets: tuple[float, ...]) -> Metric:
    return Metric(name, MetricKind.HISTOGRAM, help_, labels, buckets)


JOBS_FINISHED: Final = _counter(
    "limner_jobs_finished_total", "Jobs that ended, by kind and outcome.", "kind", "outcome"
)
JOB_SECONDS: Final = _histogram(
    "limner_job_seconds",
    "Time from the request to the end of a job, by kind and outcome.",
    "kind",
    "outcome",
    buckets=LONG_S,
)
STAGE_SECONDS: Final = _histogram(
    "limner_stage_seconds",
    "Time that a finished job spent in a stage: queued, research, render, delivery.",
    "stage",
    buckets=LONG_S,
)
STEP_SECONDS: Final = _histogram(
    "limner_step_seconds",
    "Time of a step that was really run, by its first word.",
    "step",
    buckets=LONG_S,
)
TASKS_TAKEN_OVER: Final = _counter(
    "limner_tasks_taken_over_total", "Tasks taken over from a process that died.", "queue"
)
TASKS_GIVEN_UP: Final = _counter(
    "limner_tasks_given_up_total", "Tasks given up because each process died of them.", "queue"
)
TASKS_RUNNING: Final = _gauge(
    "limner_tasks_running", "Tasks that this process works on, by queue.", "queue"
)

JOBS: Final = _gauge(
    "limner_jobs", "Unfinished jobs of all processes, by state and kind.", "state", "kind",
    shared=True,
)  # fmt: skip
QUEUE_TASKS: Final = _gauge(
    "limner_queue_tasks",
    "Tasks of all processes on a queue, waiting or running.",
    "queue",
    "state",
    shared=True,
)
QUEUE_AGE: Final = _gauge(
    "limner_queue_oldest_seconds",
    "How long the oldest waiting task of a queue has waited; 0 where none waits.",
    "queue",
    shared=True,
)
PROCESSES: Final = _gauge(
    "limner_processes", "Processes with a fresh heartbeat, by the queue they work on.", "queue",
    shared=True,
)  # fmt: skip

PROVIDER_CALLS: Final = _counter(
    "limner_provider_calls_total", "Calls to search providers.", "provider", "outcome"
)
PROVIDER_SECONDS: Final = _histogram(
    "limner_provider_seconds", "Time of a call to a search provider.", "provider", buckets=LONG_S
)
SPENT_USD: Final = _counter(
    "limner_spent_usd_total", "Money spent, by what it was spent on.", "kind", "name"
)
MODEL_CALLS: Final = _counter(
    "limner_model_calls_total", "Answers of chat models.", "model", "outcome"
)
MODEL_SECONDS: Final = _histogram(
    "limner_model_seconds", "Time of an answer of a chat model.", "model", buckets=LONG_S
)
MODEL_TOKENS: Final = _counter(
    "limner_model_tokens_total", "Tokens of chat models: prompt, answer.", "model", "direction"
)
BUDGETS_SPENT: Final = _counter(
    "limner_budgets_spent_total", "Requests refused because a month's budget is used up.", "whose"
)
BUDGETS_NEAR: Final = _counter(
    "limner_budgets_near_total", "Requests taken with 80 % or more of a budget used.", "whose"
)
HOPS: Final = _counter("limner_hops_total", "Turns of the research agent, by action.", "action")
CACHE_LOOKUPS: Final = _counter(
    "limner_cache_lookups_total", "Looks into the cache of the web: hit, miss.", "cache", "outcome"
)
FETCHES: Final = _counter(
    "limner_fetches_total", "Addresses opened: ok, failed, refused, not_asked.", "outcome"
)
SANDBOX_KILLS: Final = _counter(
    "limner_sandbox_kills_total", "Sandbox processes ended: limit, died.", "task", "why"
)
SANDBOX_SECONDS: Final = _histogram(
    "limner_sandbox_seconds", "Time that a sandbox process needed.", "task", buckets=SHORT_S
)
POLICY_VERDICTS: Final = _counter(
    "limner_policy_verdicts_total",
    "Verdicts of the content policy, by what was judged, outcome and category.",
    "judged",
    "outcome",
    "category",
)
JUDGES_AWAY: Final = _counter("limner_judges_away_total", "Judges that gave no answer.", "judge")
RENDERS: Final = _counter(
    "limner_renders_total", "Pictures drawn, by generator and outcome.", "generator", "outcome"
)
RENDER_SECONDS: Final = _histogram(
    "limner_render_seconds", "Time to draw one picture.", "generator", buckets=LONG_S
)
GPU_MEMORY: Final = _gauge(
    "limner_gpu_memory_bytes", "GPU memory that this process's models hold.", "device"
)
DELIVERIES: Final = _counter(
    "limner_deliveries_total",
    "Messages to chats: sent, refused, postponed, kept (no chat took it).",
    "surface",
    "what",
    "outcome",
)
SURFACE_CONNECTED: Final = _gauge(
    "limner_surface_connected", "1 while a chat platform is connected, else 0.", "surface"
)
PART_FAILURES: Final = _counter(
    "limner_part_failures_total", "Times that a part of a process broke and started again.", "part"
)
DATABASE_SECONDS: Final = _histogram(
    "limner_database_seconds", "Time of one database statement.", "statement", buckets=SHORT_S
)
STORAGE_TROUBLE: Final = _gauge(
    "limner_storage_trouble", "1 while the database or the files can't be used, else 0."
)
LOOP_LAG: Final = _histogram(
    "limner_event_loop_lag_seconds", "How late the event loop comes to a timer.", buckets=SHORT_S
)
LOOP_BLOCKED: Final = _counter(
    "limner_event_loop_blocked_total", "Times that the event loop stood still for seconds."
)
DISK_FREE: Final = _gauge("limner_disk_free_bytes", "Free space where the data folder lies.")
INFO: Final = _gauge("limner_info", "Always 1; which version runs.", "version")

METRICS: Final = tuple(value for value in list(vars().values()) if isinstance(value, Metric))
"""All of them."""
