"""Agent sessions: whether a thread shows that Limner is at work, with Slack's own stop button.

A session belongs to a thread: the one of the request or, in their own messages with Limner, the
thread of the job's message. Workspaces without sessions get the status of the older assistant pane.
All of it is an extra: a refusal or an outage changes nothing else.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import structlog

from bot.memory import ShortMemory
from bot.refusals import PlaceRefused
from bot.slack.client.api import SlackApi
from bot.slack.client.places import is_own
from bot.slack.client.tokens import Tenant
from domain.errors import LimnerError, SurfaceRefused
from domain.request_titles import request_title
from domain.requests import JobStatus
from domain.translation.messages import gettext, translated
from jobs.common.views import JobView

log = structlog.get_logger(__name__)

SET: Final = "agents.sessions.setStatus"
SET_IN_PANE: Final = "assistant.threads.setStatus"
WORKING: Final = gettext("is researching…")
AGAIN_S: Final = 3600.0
"""After so long a workspace that has no sessions is asked again."""
REMEMBERED: Final = 5_000
TITLE_CHARS: Final = 200


class SessionStatus(StrEnum):
    """The state of a session, in Slack's words."""

    PROCESSING = "processing"
    """Limner is at work; Slack shows a stop button."""
    SUSPENDED = "suspended"
    """It waits for a person."""
    ACTIVE = "active"
    """It is ready for the next request."""


def status_for(view: JobView, *, delivered: bool) -> SessionStatus:
    """The status of a session while a job stands like this; ``delivered`` once its result or the
    reason for having none stands there."""
    if delivered or view.job.status.final:
        return SessionStatus.ACTIVE
    if view.job.status in (JobStatus.CHOOSING, JobStatus.REVIEWING):
        return SessionStatus.SUSPENDED
    return SessionStatus.PROCESSING


class AgentSessions:
    """Sets the status of sessions, as far as a workspace has them."""

    def __init__(self, api: SlackApi, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._without = ShortMemory(AGAIN_S, REMEMBERED, clock)
        self._known: OrderedDict[str, SessionStatus | None] = OrderedDict()
        """The status by job; None where none was shown, because other calls would have waited."""

    async def follow(
        self, view: JobView, channel: str, message: str, *, delivered: bool, language: str | None
    ) -> None:
        """Let the session of a job's thread show how the job stands. ``message`` is the job's own
        message."""
        place = view.job.request.routing.destination
        if view.job.request.origin.shadow_of is not None or channel != place.channel:
            return
        thread = place.thread or (message if is_own(channel) else None)
        status, known = status_for(view, delivered=delivered), self._known
        if thread is None or (view.job.id in known and known[view.job.id] == status):
            return
        tenant = Tenant.of(view.job.workspace_id)
        if status is SessionStatus.ACTIVE:
            if known.pop(view.job.id, SessionStatus.PROCESSING) is None:
                return
            await self.set(tenant, channel, thread, status)
            return
        shown = self._api.has_room(tenant.workspace_id, SET)
        known[view.job.id] = status if shown else None
        while len(known) > REMEMBERED:
            known.popitem(last=False)
        if shown:
            title = request_title(view.job.request)
            member = view.job.request.origin.member_id
            await self.set(
                tenant, channel, thread, status, title=title, member_id=member, language=language
            )

    async def set(
        self,
        tenant: Tenant,
        channel: str,
        thread: str,
        status: SessionStatus,
        *,
        title: str = "",
        member_id: str | None = None,
        language: str | None = None,
    ) -> None:
        """Set a session's status; ``title`` and ``member_id`` are for a session that is new."""
        if tenant.workspace_id not in self._without:
            try:
                await self._api.call(
                    tenant,
                    SET,
                    patience_s=0,
                    channel_id=channel,
                    thread_ts=thread,
                    status=status.value,
                    title=title[:TITLE_CHARS] or None,
                    initiator_user_id=member_id,
                )
            except PlaceRefused:
                return
            except SurfaceRefused as error:
                log.info("slack_without_sessions", code=error.code)
                self._without.add(tenant.workspace_id)
            except LimnerError:
                return
            else:
                return
        if is_own(channel):
            working = translated(WORKING, language) if status is SessionStatus.PROCESSING else ""
            await self._set_in_pane(tenant, channel, thread, working)

    async def _set_in_pane(self, tenant: Tenant, channel: str, thread: str, status: str) -> None:
        try:
            await self._api.call(
                tenant,
                SET_IN_PANE,
                patience_s=0,
                channel_id=channel,
                thread_ts=thread,
                status=status,
            )
        except LimnerError:
            return
