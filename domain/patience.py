"""Waiting for storage that cannot be used just now, with growing pauses."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, TypeVar

from domain.errors import StorageUnavailable
from domain.health import StorageHealth

T = TypeVar("T")

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 3.0
"""Shorter than the time after which a process without a heartbeat counts as dead, so that all of
them have reported again before one takes another's jobs."""


def is_pause(error: BaseException) -> bool:
    """Whether work must be taken up again once storage can be used, instead of failing."""
    return isinstance(error, StorageUnavailable) and not error.permanent


def pauses() -> Iterator[float]:
    """Seconds to wait between tries: doubled each time, with half of it left to chance."""
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads processes, hides nothing
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


async def when_storage_works(
    work: Callable[[], Awaitable[T]],
    *,
    health: StorageHealth,
    most_s: float | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """Do ``work``, again and again while storage cannot be used; it must be safe to repeat.

    Raises:
        StorageUnavailable: Waiting cannot help, or did not help for ``most_s`` seconds.
    """
    user = object()
    waited_s = 0.0
    try:
        for pause_s in pauses():
            try:
                return await work()
            except StorageUnavailable as error:
                if not is_pause(error) or (most_s is not None and waited_s >= most_s):
                    raise
                health.report_failure(user, error)
            await sleep(pause_s)
            waited_s += pause_s
    finally:
        health.report_success(user)
    raise AssertionError  # pragma: no cover - the pauses do not end
