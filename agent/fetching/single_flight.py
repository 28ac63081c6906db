"""One piece of work shared by all callers that want the same thing at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar, cast

T = TypeVar("T")


class SingleFlight:
    """Lets all callers that want the same thing at the same time wait for one piece of work."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight] = {}

    async def run(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """The result of ``work``, or its error; it goes on when one of its callers is cancelled,
        and stops when all are."""
        flight = self._flights.get(key)
        if flight is None:
            flight = _Flight(asyncio.ensure_future(_awaited(work)))
            self._flights[key] = flight
            flight.task.add_done_callback(lambda _done: self._forget(key, flight))
        flight.passengers += 1
        try:
            return cast("T", await asyncio.shield(flight.task))
        finally:
            flight.passengers -= 1
            if not flight.passengers and not flight.task.done():
                # A caller from now on starts anew and is not cancelled with this one.
                self._forget(key, flight)
                flight.task.cancel()

    def _forget(self, key: str, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


@dataclass
class _Flight:
    task: asyncio.Future[object]
    passengers: int = 0


async def _awaited(work: Callable[[], Awaitable[object]]) -> object:
    return await work()
