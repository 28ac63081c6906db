"""Taking in what Slack sends: acknowledged at once, done once, forgotten only when it is done."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from typing import Any

from bot.messages.slots import Slots
from bot.slack.handlers.responder import SlackResponder
from bot.slack.inbound.inbox import Inbox
from bot.slack.payloads.slack_event import SlackEvent

REMEMBERED = 20_000
AT_ONCE = 6
"""Requests for pictures that are taken in at the same time; those that wait for the pace of their
workspace are not counted."""
FAREWELL_S = 4.0
"""How long running work may continue when the process is asked to stop."""

Ack = Callable[..., Awaitable[Any]]


class Intake:
    """Does each turn once; a turn that comes again is acknowledged and left alone."""

    def __init__(self, inbox: Inbox, responder: SlackResponder) -> None:
        self._inbox = inbox
        self._responder = responder
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._running: set[asyncio.Task[Any]] = set()
        self._slots = Slots(AT_ONCE)

    def keep(self, turn: SlackEvent, payload: Mapping[str, Any]) -> None:
        """Write a turn down before it is acknowledged, unless it was taken already."""
        if turn.key not in self._seen:
            self._inbox.keep(turn.key, payload)

    async def take(
        self,
        turn: SlackEvent,
        payload: Mapping[str, Any],
        ack: Ack,
        work: Callable[[SlackEvent], Awaitable[None]],
        *,
        quiet: bool = False,
        in_turn: bool = False,
        in_team: bool = True,
    ) -> None:
        """Acknowledge, then work; failures are reported to the person, unless ``quiet``: then no
        one made a request. ``work`` gets the turn with its workspace, unless it concerns a whole
        installation (``in_team`` false). Of what may wait ``in_turn`` a few are worked on at once,
        so that a burst never holds up acknowledgements and forms."""
        if turn.key in self._seen:
            await ack()
            return
        self.keep(turn, payload)
        self._note(turn.key)
        await ack()
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
        try:
            workspace_id = turn.tenant.workspace_id
            async with self._slots.one(workspace_id) if in_turn else nullcontext():
                await self._worked(turn, work, quiet=quiet, in_team=in_team)
            self._inbox.done(turn.key)
        finally:
            if task is not None:
                self._running.discard(task)

    async def finish(self) -> None:
        """Let what is being done come to its end for a while; the rest is done after the next
        start."""
        if not self._running:
            return
        _, left = await asyncio.wait(set(self._running), timeout=FAREWELL_S)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _worked(
        self,
        turn: SlackEvent,
        work: Callable[[SlackEvent], Awaitable[None]],
        *,
        quiet: bool,
        in_team: bool,
    ) -> None:
        try:
            turn = await self._responder.located(turn) if in_team else turn
            await work(turn)
        except Exception as error:  # the edge: any failure is reported to the person
            await self._responder.refuse(turn, error, quiet=quiet)

    def _note(self, key: str) -> None:
        self._seen[key] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
