"""Slots that all workspaces share: whoever waits for the pace of one workspace gives its slot back
meanwhile, so that it holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class _Slot:
    semaphore: asyncio.Semaphore
    held: bool = True
    over: bool = False

    def give_back(self) -> bool:
        """Let somebody else have it; False where that was done already."""
        held, self.held = self.held, False
        if held:
            self.semaphore.release()
        return held

    async def take_again(self) -> None:
        """Wait for one, unless the work that it was for has ended meanwhile."""
        await self.semaphore.acquire()
        if self.over:
            self.semaphore.release()
        else:
            self.held = True


_mine: ContextVar[_Slot | None] = ContextVar("slot", default=None)


class Slots:
    """How many may work at once; those that only wait are not counted."""

    def __init__(self, count: int) -> None:
        self._semaphore = asyncio.Semaphore(count)

    @asynccontextmanager
    async def one(self) -> AsyncGenerator[None]:
        """Work in a slot, once there is a free one."""
        await self._semaphore.acquire()
        slot = _Slot(self._semaphore)
        token = _mine.set(slot)
        try:
            yield
        finally:
            _mine.reset(token)
            slot.give_back()
            slot.over = True


@asynccontextmanager
async def waiting() -> AsyncGenerator[None]:
    """Wait for something outside without the slot that this work has, if any; it is taken again
    afterwards, unless the wait ends with an error."""
    slot = _mine.get()
    given_back = slot is not None and slot.give_back()
    yield
    if slot is not None and given_back:
        await slot.take_again()
