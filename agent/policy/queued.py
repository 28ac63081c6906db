"""A judge that is asked a few things at once; what waits for it counts for no time limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, Protocol

from domain.errors import ModelUnavailable
from domain.policy import JudgedText, Verdict
from domain.translation.messages import gettext

MOST_WAITING: Final = 1_000


class JudgeQueue:
    """The places at one server. Whoever waits for one longest is next."""

    def __init__(self, at_once: int) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None]:
        """Wait for a place. Raises ``ModelUnavailable`` where too many wait."""
        if self._waiting >= MOST_WAITING:
            raise ModelUnavailable(gettext("too many judgements wait for it"))
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()


class _Judge(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def local(self) -> bool: ...

    async def judge_text(self, text: JudgedText) -> Verdict: ...

    async def judge_picture(self, picture: bytes, *, text: str) -> Verdict: ...


class QueuedJudge:
    """Asks another judge, once there is a place at its server."""

    def __init__(self, judge: _Judge, queue: JudgeQueue) -> None:
        self.name = judge.name
        self.local = judge.local
        self._judge = judge
        self._queue = queue

    async def judge_text(self, text: JudgedText) -> Verdict:
        """Its findings for a text. Raises ``ModelUnavailable``."""
        async with self._queue.place():
            return await self._judge.judge_text(text)

    async def judge_picture(self, picture: bytes, *, text: str) -> Verdict:
        """Its findings for a picture. Raises ``ModelUnavailable``."""
        async with self._queue.place():
            return await self._judge.judge_picture(picture, text=text)
