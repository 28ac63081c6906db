"""Inputs that ended their worker, remembered so that none of them does it a third time."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict

MOST_ENDINGS = 2
"""Workers that one input may end."""
MOST_REMEMBERED = 10_000
_THREAD_FROM_BYTES = 1_000_000
"""Larger inputs are hashed in a thread, since that takes longer than the event loop can wait."""


class Suspects:
    """The number of workers that each input has ended in this process; the oldest are forgotten.

    An input is named by its hash. It is hashed only when it may be one of them, which its length
    shows: most processes never see such an input.
    """

    def __init__(self) -> None:
        self._endings: OrderedDict[tuple[str, int, str], int] = OrderedDict()
        self._lengths: dict[tuple[str, int], int] = {}

    async def is_barred(self, task: str, data: bytes) -> bool:
        """Whether that input has ended as many workers as it may."""
        if (task, len(data)) not in self._lengths:
            return False
        return self._endings.get(await _key(task, data), 0) >= MOST_ENDINGS

    async def add(self, task: str, data: bytes) -> bool:
        """Note that the input ended a worker; gives whether it is barred now."""
        key = await _key(task, data)
        if key not in self._endings:
            self._lengths[key[:2]] = self._lengths.get(key[:2], 0) + 1
        self._endings[key] = self._endings.pop(key, 0) + 1
        if len(self._endings) > MOST_REMEMBERED:
            self._forget_oldest()
        return self._endings[key] >= MOST_ENDINGS

    def _forget_oldest(self) -> None:
        key, _count = self._endings.popitem(last=False)
        self._lengths[key[:2]] -= 1
        if not self._lengths[key[:2]]:
            del self._lengths[key[:2]]


async def _key(task: str, data: bytes) -> tuple[str, int, str]:
    if len(data) >= _THREAD_FROM_BYTES:
        digest = await asyncio.to_thread(_sha256, data)
    else:
        digest = _sha256(data)
    return (task, len(data), digest)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
