"""The durable steps of a running workflow, and what to do where its history is an older version's.

DBOS replays a workflow by position: the first step of today's body takes what was kept first, and
so on. A body that asks for another step than the one that was kept there does not fit its history.
Changes to a body are therefore guarded (:meth:`DurableSteps.is_patched`); where a guard is missing,
the run goes back to the last step that fits instead of failing (:class:`HistoryMismatch`). It goes
back at most once for each step that was kept, because what it then does is today's.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar, cast

from dbos import DBOS, StepInfo, StepOptions
from dbos import error as dbos_errors
from pydantic import TypeAdapter, ValidationError

from domain.errors import LimnerError, StorageUnavailable
from domain.health import StorageHealth
from domain.metrics import STEP_SECONDS
from domain.patience import is_pause, when_storage_works
from domain.tracing import span
from domain.translation.messages import gettext

T = TypeVar("T")

STEP_TRIES = 4


class HistoryMismatch(BaseException):
    """The kept outcome at ``position`` (from 1) of a run does not fit today's workflow.

    It is no ``Exception``, so that no workflow takes it for a failure of the job.
    """

    def __init__(self, position: int, why: str) -> None:
        super().__init__(why)
        self.position = position


class DurableSteps:
    """Runs pieces of work as checkpoints of the workflow in whose body it is used; one per run."""

    def __init__(
        self,
        workflow_id: str,
        *,
        health: StorageHealth,
        finished: Callable[[], None] = lambda: None,
    ) -> None:
        """``finished`` is called after each step that was really run."""
        self.mismatch: HistoryMismatch | None = None
        self.pause: StorageUnavailable | None = None
        """The reason why the run cannot go on, once either was found out; every later step raises
        it again, even if the workflow catches it: otherwise a step without a kept outcome would be
        skipped."""
        self._workflow_id = workflow_id
        self._health = health
        self._finished = finished
        self._patched: dict[str, bool] = {}
        self._recorded: frozenset[str] | None = None
        """The names of the steps that the history held when it was first asked about."""

    async def run(self, name: str, work: Callable[[], Awaitable[T]], shape: type[T]) -> T:
        """Run ``work`` or give what it gave before; retryable errors are tried up to 4 times.

        While storage cannot be used the step waits; the engine does not see that error, so that it
        cannot keep it as the step's outcome.
        """
        adapter = cast("TypeAdapter[T]", _adapter(cast("Any", shape)))
        replayed = True

        async def checkpoint() -> Any:
            nonlocal replayed
            replayed = False
            with span(f"step {name}"), STEP_SECONDS.timed(step=name.partition("-")[0]):
                done = await when_storage_works(work, health=self._health)
            return adapter.dump_python(done, mode="json")

        options: StepOptions = {
            "name": name,
            "retries_allowed": True,
            "max_attempts": STEP_TRIES,
            "interval_seconds": 0.5,
            "backoff_rate": 2.0,
            "should_retry": _retryable,
            "preemptible": True,
        }
        try:
            with self.in_order():
                kept = await DBOS.run_step_async(options, checkpoint)
        except dbos_errors.DBOSMaxStepRetriesExceeded as error:
            raise root_error(error) from error
        if not replayed:
            self._finished()
        try:
            return adapter.validate_python(kept)
        except ValidationError as error:
            if not replayed:
                raise
            # An earlier version kept something of another shape here.
            self.mismatch = HistoryMismatch(await self._position(name), f"{name}: {error}")
            raise self.mismatch from error

    async def is_patched(self, change: str) -> bool:
        """Whether a change applies to this run; the first answer holds for the whole run."""
        if change not in self._patched:
            with self.in_order():
                self._patched[change] = await DBOS.patch_async(change)
        return self._patched[change]

    async def is_recorded(self, name: str) -> bool:
        """Whether this run's history holds a step of that name already, done or to be replayed."""
        if self._recorded is None:
            steps = await self._steps()
            self._recorded = frozenset(step["function_name"] for step in steps)
        return name in self._recorded

    async def retire_patch(self, change: str) -> None:
        """Stand where :meth:`is_patched` stood, once no run without the change is left."""
        if change not in self._patched:
            with self.in_order():
                await DBOS.deprecate_patch_async(change)
            self._patched[change] = True

    async def sleep(self, seconds: float) -> None:
        """A pause that goes on counting through restarts."""
        with self.in_order():
            await DBOS.sleep_async(seconds)

    @contextmanager
    def in_order(self) -> Generator[None]:
        """Take note when the history holds another step here than the one that the block runs."""
        if self.mismatch is not None:
            raise self.mismatch
        if self.pause is not None:
            raise self.pause
        try:
            with database_errors_in_words():
                yield
        except StorageUnavailable as error:
            if is_pause(error):
                self.pause = error
            raise
        except dbos_errors.DBOSUnexpectedStepError as error:
            _, position, expected, recorded = error.inputs
            why = f"{recorded!r} was kept where {expected!r} is expected"
            self.mismatch = HistoryMismatch(position, why)
            raise self.mismatch from error

    async def _position(self, name: str) -> int:
        steps = await self._steps()
        return max(step["function_id"] for step in steps if step["function_name"] == name)

    async def _steps(self) -> Sequence[StepInfo]:
        # In a context of its own, because asking would be a step of the workflow otherwise.
        return await asyncio.create_task(
            DBOS.list_workflow_steps_async(self._workflow_id, load_output=False),
            context=contextvars.Context(),
        )


@contextmanager
def database_errors_in_words() -> Generator[None]:
    """Say in a sentence when the engine's own database fails (its errors are SQLAlchemy's)."""
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith("sqlalchemy."):
            raise
        raise unusable(str(getattr(error, "orig", error)).strip().partition("\n")[0]) from error


def unusable(why: str) -> StorageUnavailable:
    """The error that says that the engine's database cannot be used, and ``why``."""
    return StorageUnavailable(
        gettext(
            "The job engine's database can't be used ({why}). Check "
            "LIMNER_DATABASE_URL, the free space and the permissions of the data "
            "folder.",
            why=why,
        )
    )


def root_error(error: BaseException) -> BaseException:
    """The last real error behind the engine's "tried too often"."""
    if isinstance(error, dbos_errors.DBOSMaxStepRetriesExceeded) and error.errors:
        return error.errors[-1]
    return error


@lru_cache(maxsize=100)
def _adapter(shape: Any) -> TypeAdapter[Any]:
    """Reads and writes values of that shape; building one costs as much as a short step."""
    return TypeAdapter(shape)


def _retryable(error: BaseException) -> bool:
    return isinstance(error, LimnerError) and error.retryable
