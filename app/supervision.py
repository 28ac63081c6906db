"""Keeps parts of a process running that may break by themselves, such as chat surfaces: one that
ends is started again after a pause, and the others never notice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from domain.errors import InvalidSettings, LimnerError
from domain.metrics import PART_FAILURES

log = structlog.get_logger(__name__)

PAUSES_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Pauses before each further start of a part that keeps breaking."""
STEADY_S: Final = 120.0
"""A part that ran for so long begins anew with the shortest pause."""


class Supervisor:
    """Starts parts, and starts them again when they end."""

    def __init__(
        self,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._troubles: dict[str, str] = {}

    @property
    def troubles(self) -> Mapping[str, str]:
        """The parts that are out of order just now, each with a sentence that says why."""
        return self._troubles

    async def keep_running(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        *,
        worked_before: Callable[[], bool] = lambda: True,
    ) -> None:
        """Run a part until cancelled.

        Raises:
            InvalidSettings: Its settings are wrong, and it has never worked; the process then ends
                with this error.
        """
        starts = 0
        while True:
            began = self._clock()
            recovery = asyncio.create_task(self._recovered(name), name=f"{name} recovers")
            try:
                await work()
                why = f"{name} stopped unexpectedly."
                log.error("part_ended", part=name)
            except InvalidSettings as error:
                if not worked_before():
                    raise
                why = str(error)
                log.error("part_broke", part=name, error=why)  # noqa: TRY400 - a sentence
            except LimnerError as error:
                why = str(error)
                log.warning("part_broke", part=name, error=why)
            except Exception:  # the edge: no part may end another one
                why = f"{name} failed; see the log."
                log.exception("part_broke", part=name)
            finally:
                recovery.cancel()
            self._troubles[name] = why
            PART_FAILURES.add(part=name.replace(" ", "-"))
            starts = 0 if self._clock() - began > STEADY_S else starts
            await self._sleep(PAUSES_S[min(starts, len(PAUSES_S) - 1)])
            starts += 1

    async def _recovered(self, name: str) -> None:
        """Forget the error of a part once it has run for a while."""
        await self._sleep(PAUSES_S[0])
        if self._troubles.pop(name, None) is not None:
            log.info("part_runs_again", part=name)
