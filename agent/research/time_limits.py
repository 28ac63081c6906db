"""How long a hop of research may take, in one place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from domain.errors import LimnerError

SOURCE_S = 60.0
"""One provider's answer, or one page with everything that reading it takes: a request has a shorter
time limit of its own, but may wait for its turn, and a page is parsed after it was read."""
HOP_S = 90.0
"""A whole tool call. What was not found by then is left out."""


@asynccontextmanager
async def limited(seconds: float, failure: LimnerError) -> AsyncGenerator[None]:
    """Cancel the block after that time, and raise ``failure``."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise failure from error
