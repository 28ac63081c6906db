"""Messages of jobs that are streamed: Slack shows each step of the research as it comes.

A stream is the job's own message as long as the job goes on. Slack ends one after five minutes or
when a user presses stop; then, and before its result stands there, it becomes a message as any
other. Where a workspace has no streams the message is one from the beginning.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from bot.cards.languages import in_language
from bot.cards.models import Card, StatusCard
from bot.memory import ShortMemory
from bot.messages.lanes import Lane
from bot.messages.ports import POST_S, MessageKey
from bot.refusals import PlaceRefused
from bot.slack.client.api import SlackApi
from bot.slack.client.tokens import Tenant
from bot.slack.view.newer import task_updates
from bot.slack.view.render import drawn_in_stream
from domain.errors import SurfaceRefused
from domain.requests import Destination
from jobs.common.ports import NoRoom
from jobs.common.views import JobView

log = structlog.get_logger(__name__)

START: Final = "chat.startStream"
APPEND: Final = "chat.appendStream"
STOP: Final = "chat.stopStream"
LIFE_S: Final = 270.0
"""Slack ends a stream after about 300 seconds, even while it is appended to."""
AGAIN_S: Final = 3600.0
"""After so long a workspace that has no streams is asked again."""
REMEMBERED: Final = 2_000
ENDED: Final = frozenset({"message_not_in_streaming_state", "stopped_by_user"})
STILL_STREAMED: Final = "streaming_state_conflict"
"""Slack's word for an edit of a message that is still streamed."""


@dataclass
class _Stream:
    channel: str
    message: str
    began: float
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """The tasks as they were sent last, by their ids."""


class Streams:
    """The messages that this process streams."""

    def __init__(self, api: SlackApi, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._without = ShortMemory(AGAIN_S, REMEMBERED, clock)
        self._streams: OrderedDict[str, _Stream] = OrderedDict()

    def may_start(self, view: JobView, place: Destination, card: Card, mark: MessageKey) -> bool:
        """Whether a job's message can be streamed: in a thread, to the requester."""
        workspace_id = view.job.workspace_id
        return (
            isinstance(card, StatusCard)
            and mark.delivery_id is None
            and not view.job.status.final
            and place.thread is not None
            and view.job.request.origin.shadow_of is None
            and workspace_id not in self._without
            and self._api.has_room(workspace_id, START)
        )

    async def start(
        self, view: JobView, place: Destination, card: StatusCard, language: str | None
    ) -> str | None:
        """Begin a stream; gives the name of its message, or None where there are no streams.

        Raises:
            PlaceRefused: Nothing can be posted there.
            SurfaceUnavailable: Slack did not answer; the message may be there.
        """
        tenant = Tenant.of(view.job.workspace_id)
        card = in_language(card, language)
        tasks = {str(task["id"]): task for task in task_updates(card)}
        try:
            answer = await self._api.call(
                tenant,
                START,
                limit_s=POST_S / 2,
                patience_s=0,
                channel=place.channel,
                thread_ts=place.thread,
                recipient_user_id=view.job.request.origin.member_id,
                recipient_team_id=tenant.team_id,
                task_display_mode="plan",
                chunks=[*drawn_in_stream(card, language), *tasks.values()],
            )
        except PlaceRefused:
            raise
        except SurfaceRefused as error:
            log.info("slack_without_streams", code=error.code)
            self._without.add(tenant.workspace_id)
            return None
        stream = _Stream(place.channel, str(answer["ts"]), self._clock(), tasks)
        self._streams[view.job.id] = stream
        while len(self._streams) > REMEMBERED:
            self._streams.popitem(last=False)
        return stream.message

    async def append(self, view: JobView, card: Card, lane: Lane, language: str | None) -> bool:
        """Show how a job goes on in its stream; False where it has none here, or it is over.

        Raises:
            NoRoom: Something else would have to wait for it.
        """
        stream = self._streams.get(view.job.id)
        if stream is None or not isinstance(card, StatusCard) or view.job.status.final:
            return False
        if self._clock() - stream.began > LIFE_S:
            return False
        tenant = Tenant.of(view.job.workspace_id)
        updates = task_updates(in_language(card, language))
        changed = [task for task in updates if stream.tasks.get(str(task["id"])) != task]
        if not changed:
            return True
        if lane is Lane.PROGRESS and not self._api.try_turn(tenant, APPEND):
            raise NoRoom
        try:
            await self._api.call(
                tenant,
                APPEND,
                lane=lane,
                has_turn=lane is Lane.PROGRESS,
                channel=stream.channel,
                ts=stream.message,
                chunks=changed,
            )
        except SurfaceRefused as error:
            if error.code in ENDED:
                self._streams.pop(view.job.id, None)
            return False
        stream.tasks |= {str(task["id"]): task for task in changed}
        return True

    async def stop(self, view: JobView, status: str) -> None:
        """End the stream of a job's message, if this process streams it: then it can be edited.
        ``status`` is that of its session afterwards."""
        stream = self._streams.pop(view.job.id, None)
        if stream is not None:
            tenant = Tenant.of(view.job.workspace_id)
            await self.end(tenant, stream.channel, stream.message, status)

    async def end(self, tenant: Tenant, channel: str, message: str, status: str) -> None:
        """End the stream of a message, whichever process began it; one that is over already is no
        error."""
        try:
            await self._api.call(tenant, STOP, channel=channel, ts=message, session_status=status)
        except SurfaceRefused as error:
            if error.code not in ENDED:
                log.info("slack_stream_not_stopped", code=error.code)
