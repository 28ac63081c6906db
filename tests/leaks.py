"""Cancels uses of everything that must be given back, each at a random moment."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from agent.fetching.pages import PageReader
from agent.sandbox.picture_decoder import DecodingPool
from agent.sandbox.pool import CannotBeRead, WorkerPool
from domain.errors import LimnerError
from evaluation.peers import hostile_feeds
from tests.fakes.web import PAGE, picture
from tests.processes import children, descriptors, until

LONGEST_S = 0.12


async def cancel_uses_at_random(pool: WorkerPool, *, times: int, seed: int) -> None:
    """Start ``times`` uses of the pool, four at once, and cancel each after up to 0.12 s; then
    everything must be back and the next use must work.

    The pool must have two places and no other user.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    decoder, reader = DecodingPool(pool=pool), PageReader(pool)
    small, large = picture(1), picture(2, size=(3000, 3000))
    endless = hostile_feeds.broken_brackets(100_000)
    facts = {"url": "https://x.example/f", "content_type": "text/xml"}

    async def starts_and_ends() -> None:
        own = WorkerPool(size=1)
        try:
            await DecodingPool(pool=own).decode(small)
        finally:
            await own.aclose()

    uses: list[Callable[[], Awaitable[object]]] = [
        lambda: decoder.decode(small),
        lambda: decoder.decode(large),
        lambda: decoder.decode(large[: len(large) // 2]),
        lambda: reader(PAGE.encode(), url="https://x.example/", media_type="text/html"),
        lambda: pool.run("feed", endless, facts),
        lambda: pool.run("feed", endless + b" " * chance.randrange(5_000_000), facts),
        starts_and_ends,
    ]
    await decoder.decode(small)
    before = descriptors()
    for _ in range(times // 4):
        await asyncio.gather(*(_cancelled(chance, chance.choice(uses)) for _ in range(4)))
    await until(lambda: pool.free_places == 2)
    pictures = await asyncio.gather(*(decoder.decode(picture(n)) for n in range(6)))
    assert len({picture.phash for picture in pictures}) > 3
    assert len(children()) <= 3, f"seed {seed}"
    assert descriptors() <= before + 2, f"seed {seed}"


async def _cancelled(chance: random.Random, use: Callable[[], Awaitable[object]]) -> None:
    task = asyncio.ensure_future(use())
    await asyncio.wait([task], timeout=chance.random() * LONGEST_S)
    task.cancel()
    with suppress(asyncio.CancelledError, CannotBeRead, LimnerError):
        await task
