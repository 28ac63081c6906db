"""Traces: what a job spent its time on, one trace for each job through all its processes.

The trace's id follows from the job's, so nothing has to be handed from process to process. Without
a listener a span costs next to nothing. Attributes hold names of settings and code and the job's
id, never words of a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Final, Protocol

Attributes = Mapping[str, str | int | float | bool]


class Tracer(Protocol):
    """Receives spans."""

    def span(self, name: str, attributes: Attributes) -> AbstractContextManager[None]:
        """A span that lasts as long as the block, under the one around it."""
        ...

    def job_part(
        self, name: str, job_id: str, attributes: Attributes
    ) -> AbstractContextManager[None]:
        """A span of that job's trace, under its root."""
        ...

    def job(self, job_id: str, begins: datetime, ends: datetime, attributes: Attributes) -> None:
        """The root of a job's trace, once the job is over."""
        ...


_tracers: list[Tracer] = []
NOTHING: Final[AbstractContextManager[None]] = nullcontext()


@contextmanager
def traced_by(tracer: Tracer) -> Generator[None]:
    """Hand all spans of this process to ``tracer`` while the block runs."""
    _tracers.append(tracer)
    try:
        yield
    finally:
        _tracers.remove(tracer)


def span(name: str, **attributes: str | float | bool) -> AbstractContextManager[None]:
    """A span around a piece of work; no effect without a listener."""
    return _tracers[-1].span(name, attributes) if _tracers else NOTHING


def job_part(
    name: str, job_id: str | None, **attributes: str | float | bool
) -> AbstractContextManager[None]:
    """A span around a part of a job that this process does; nothing for work of no job."""
    if not _tracers or job_id is None:
        return NOTHING
    return _tracers[-1].job_part(name, job_id, attributes)


def trace_job(
    job_id: str, begins: datetime, ends: datetime, **attributes: str | float | bool
) -> None:
    """Report that a job is over."""
    for tracer in _tracers:
        tracer.job(job_id, begins, ends, attributes)


def trace_id_of(job_id: str) -> int:
    """The id of a job's trace: 128 bits, never 0."""
    return int.from_bytes(hashlib.sha256(f"trace {job_id}".encode()).digest()[:16]) or 1


def root_id_of(job_id: str) -> int:
    """The id of the root of a job's trace: 64 bits, never 0."""
    return int.from_bytes(hashlib.sha256(f"root {job_id}".encode()).digest()[:8]) or 1
