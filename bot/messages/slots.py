"""Slots that all workspaces share. Workspaces are served in turn, so that a burst in one holds up
no other; a task that waits for one workspace's rate limit gives its slot back meanwhile."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

_RESUMED: Final = None
"""The queue of those that had a slot before: they are served first, so that what was begun ends."""


@dataclass(eq=False, slots=True)
class _Slot:
    slots: Slots
    held: bool = True
    over: bool = False

    def give_back(self) -> bool:
        """Release it for others; False where that was done already."""
        held, self.held = self.held, False
        if held:
            self.slots.release()
        return held

    async def take_again(self) -> None:
        """Wait for one, unless the work that it was for has ended meanwhile."""
        await self.slots.acquire(_RESUMED)
        if self.over:
            self.slots.release()
        else:
            self.held = True


_mine: ContextVar[_Slot | None] = ContextVar("slot", default=None)


class Slots:
    """How many may work at once; those that only wait are not counted."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: OrderedDict[str | None, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def one(self, workspace_id: str) -> AsyncGenerator[None]:
        """Work in a slot, once it is this workspace's turn and there is a free one."""
        await self.acquire(workspace_id)
        slot = _Slot(self)
        token = _mine.set(slot)
        try:
            yield
        finally:
            _mine.reset(token)
            slot.give_back()
            slot.over = True

    async def acquire(self, queue: str | None) -> None:
        """Wait for a slot; who is cancelled meanwhile has none."""
        if self._free:
            self._free -= 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(queue, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.release()
            raise

    def release(self) -> None:
        """Give a slot to the next in turn; it is free where no task waits."""
        while self._waiting:
            queue = _RESUMED if _RESUMED in self._waiting else next(iter(self._waiting))
            waiting = self._waiting[queue]
            mine = waiting.popleft()
            if waiting:
                self._waiting.move_to_end(queue)
            else:
                del self._waiting[queue]
            if not mine.done():
                mine.set_result(None)
                return
        self._free += 1


@asynccontextmanager
async def waiting() -> AsyncGenerator[None]:
    """Wait for something outside without the slot that this work has, if any; it is taken again
    afterwards, unless the wait ends with an error."""
    slot = _mine.get()
    given_back = slot is not None and slot.give_back()
    yield
    if slot is not None and given_back:
        await slot.take_again()
