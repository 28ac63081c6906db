"""Channels in which Slack refused Limner's posts, tried again.

Slack sends an event when a channel is opened again or Limner invited, but none when the right to
post comes back. So what it refused is tried before a paused schedule's next slot, with a message
that its owner alone sees, and believed where somebody's picture was posted there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from bot.cards.models import NoteCard
from bot.slack.client.api import SlackApi
from bot.slack.client.places import is_own
from bot.slack.client.tokens import NAME, Tenant
from bot.slack.view.render import Shown, drawn
from domain.errors import LimnerError
from domain.news import Schedule
from domain.translation.messages import gettext
from jobs.news.destinations import DestinationService, places_of
from jobs.news.slots import lead_of, next_posts

log = structlog.get_logger(__name__)

LOOK_S: Final = 600.0
"""Between two looks; a schedule is tried in the look before its slot."""


class ClosedPlaces:
    """Resumes news in channels that take posts again."""

    def __init__(
        self,
        api: SlackApi,
        destinations: DestinationService | None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._api = api
        self._destinations = destinations
        self._clock = clock
        self._sleep = sleep
        self._closed: frozenset[tuple[str, str]] = frozenset()
        """Workspace and channel of the paused schedules, as of the last look."""

    async def keep_looking(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            try:
                await self.look()
            except LimnerError as error:
                log.warning("slack_closed_places_unknown", error=str(error))
            await self._sleep(LOOK_S)

    async def look(self) -> None:
        """Try the channels of the schedules that would post before the next look."""
        if self._destinations is None:
            return
        paused = await self._destinations.closed_schedules(NAME)
        self._closed = frozenset(
            (schedule.workspace_id, place.channel)
            for schedule in paused
            for place in places_of(schedule)
        )
        for schedule in paused:
            if self._is_due(schedule) and await self._takes_posts(schedule):
                await self._open(schedule.workspace_id, schedule.destination.channel)

    async def posted(self, workspace_id: str, channel: str) -> None:
        """A message was posted in a channel: what was paused there resumes."""
        if (workspace_id, channel) not in self._closed:
            return
        try:
            await self._open(workspace_id, channel)
        except LimnerError as error:  # the next look makes up for it
            log.warning("slack_place_not_opened", channel=channel, error=str(error))

    async def _open(self, workspace_id: str, channel: str) -> None:
        self._closed -= {(workspace_id, channel)}
        if self._destinations is not None:
            resumed = await self._destinations.open_channel(workspace_id, channel)
            log.info("slack_place_opened", channel=channel, schedules=resumed)

    def _is_due(self, schedule: Schedule) -> bool:
        now = self._clock()
        [*following] = next_posts(schedule, now=now, count=1)
        soon = now + timedelta(seconds=LOOK_S) + lead_of(schedule)
        return bool(following) and following[0] <= soon

    async def _takes_posts(self, schedule: Schedule) -> bool:
        """Whether Slack takes a message to the schedule's owner in each of its channels. Where it
        cannot be tried, because they are not there, somebody's next picture shows it."""
        text = gettext("{name}: Limner can post in this channel again.", name=schedule.name)
        message = drawn(NoteCard(text), shown=Shown(), language=schedule.language)
        try:
            tenant = Tenant.of(schedule.workspace_id)
            for place in places_of(schedule):
                if is_own(place.channel):
                    continue
                await self._api.call(
                    tenant,
                    "chat.postEphemeral",
                    channel=place.channel,
                    user=schedule.owner_id,
                    thread_ts=place.thread,
                    text=message.notice,
                    blocks=message.blocks,
                    patience_s=0,
                )
        except (LimnerError, ValueError) as error:
            log.info("slack_place_still_closed", schedule=schedule.id, error=str(error))
            return False
        return True
