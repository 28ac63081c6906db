"""Tasks: workflows that wait for their turn in a queue, and what is known of a claimed one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Task:
    """A workflow to be started on a queue; the same ``id`` again is the same workflow.

    Of one ``partition`` (a person) one task at a time is worked on, in the order in which they
    came; it is required on the research queue.
    """

    id: str
    workflow: str
    queue: str
    workspace_id: str
    subject_id: str
    """The job, or for deliveries the delivery, that the workflow is about."""
    partition: str | None = None
    job_id: str | None = None
    """The job that it belongs to, if any."""


def kind_of_queue(queue: str) -> str:
    """The name of a queue without the machine that a terminal's deliveries are for."""
    return queue.partition(".")[0]


@dataclass(frozen=True, slots=True)
class ClaimedTask:
    """A task that this process works on.

    ``attempts`` counts how often it was claimed, this time included. ``died`` says that a process
    died while it had the task, and that its progress was not looked at since. ``deaths`` counts
    such deaths since ``steps``, the number of its finished steps, last grew; ``lone_deaths`` those
    of processes that worked on nothing else. A ``suspect`` is worked on ``alone``.
    """

    task: Task
    attempts: int = 1
    cancelled: bool = False
    suspect: bool = False
    alone: bool = False
    died: bool = False
    steps: int = 0
    deaths: int = 0
    lone_deaths: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The waiting work for a process: the queues with claimable tasks, whether one of the suspects
    could be claimed, and the tasks of its own that were cancelled."""

    queues: frozenset[str] = frozenset()
    suspects: bool = False
    cancelled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """The number of heartbeats of each process, by its id; ``orphans`` are ids that tasks name and
    no process has."""

    beats: Mapping[str, str] = field(default_factory=dict[str, str])
    orphans: frozenset[str] = frozenset()
