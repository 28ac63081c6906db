"""Remembers which of Slack's newer kinds of blocks a workspace takes, as found out by sending
them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

from bot.memory import ShortMemory
from bot.refusals import MessageRefused
from bot.slack.view.newer import kinds_in
from bot.slack.view.render import Drawn

T = TypeVar("T")

log = structlog.get_logger(__name__)

AGAIN_S: Final = 24 * 3600.0
"""After so long a kind that was refused is tried again: Slack brings them to more workspaces."""
REMEMBERED: Final = 10_000


class BlockSupport:
    """Sends a message with the newest blocks first, and remembers what a workspace refused."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._refused = ShortMemory(AGAIN_S, REMEMBERED, clock)

    async def show(
        self,
        workspace_id: str,
        draw: Callable[[bool], Drawn],
        put: Callable[[Drawn], Awaitable[T]],
    ) -> T:
        """Put a message in its newest form, or in its plain one where the workspace does not take
        that. ``draw`` gives the message, with the newest kinds of blocks where it is called with
        True.

        Raises:
            MessageRefused: It takes neither.
        """
        newest = draw(True)
        kinds = kinds_in(newest.blocks)
        if not kinds:
            return await put(newest)  # then it is the plain form
        if any((workspace_id, kind) in self._refused for kind in kinds):
            return await put(draw(False))
        try:
            return await put(newest)
        except MessageRefused as error:
            shown = await put(draw(False))
            log.info("slack_blocks_refused", kinds=sorted(kinds), code=error.code)
        for kind in kinds:
            self._refused.add((workspace_id, kind))
        return shown
