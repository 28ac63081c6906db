"""The task that the running code works for, so that nothing is written for one that was lost.

A process that stood still for long (a stalled loop, a suspended machine) may find that another one
took its tasks. What belongs to a task is therefore written only together with a look at who has it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Protocol


class ClaimLost(BaseException):
    """Another process works on the task by now; nothing more may be done for it here.

    It is no ``Exception``, so that no workflow takes it for a failure of the job.
    """

    def __init__(self, task_id: str) -> None:
        super().__init__(f"Another process has taken over {task_id!r}.")


class Place(Protocol):
    """One of the places of a queue: so many of its tasks are worked on at once."""

    def give_back(self) -> None:
        """Let another task have it; nothing where that was done already."""
        ...

    async def take_again(self) -> None:
        """Wait for one, unless the task has one."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """A task that this process works on, under the name ``executor_id``; ``lose`` is called once
    it turns out to be another's. ``place`` is its place on its queue, where those are counted."""

    task_id: str
    executor_id: str
    lose: Callable[[], None] = lambda: None
    place: Place | None = None

    def lost(self) -> ClaimLost:
        """Take note that the task is another's; gives what is to be raised."""
        self.lose()
        return ClaimLost(self.task_id)


current_claim: Final[ContextVar[Claim | None]] = ContextVar("current_claim", default=None)
"""The task that the running code works for; None outside of tasks."""


def give_back_place() -> None:
    """Say that the task which the running code works for does nothing from now on that the places
    of its queue are counted for: it waits for a person, or only writes down its result."""
    claim = current_claim.get()
    if claim is not None and claim.place is not None:
        claim.place.give_back()


async def take_place() -> None:
    """Wait for a place for the task that the running code works for, unless it has one."""
    claim = current_claim.get()
    if claim is not None and claim.place is not None:
        await claim.place.take_again()
