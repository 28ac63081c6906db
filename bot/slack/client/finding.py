"""Finding messages of jobs on Slack again, by what they carry unseen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from bot.cards.pictures import illustration_cards
from bot.messages.ports import MessageKey, Posted
from bot.slack.client.api import SlackApi
from bot.slack.client.codes import LOST, OUTSIDE
from bot.slack.client.tokens import Tenant
from bot.slack.view.newer import is_task_of
from domain.errors import SurfaceRefused
from domain.installations import Installation
from domain.requests import Destination
from domain.team import JobMessage
from jobs.common.views import JobView

EVENT_TYPE = "limner_job"
GONE = LOST | OUTSIDE
BEFORE_JOB = timedelta(minutes=1)
"""Clocks differ; a job's message is looked for from so long before the job on."""
PAGE = 200
MAX_PAGES = 10


class MessageFinder:
    """Reads messages, and looks for those of jobs."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api

    async def kept(
        self, tenant: Tenant, kept: JobMessage, mark: MessageKey
    ) -> Mapping[str, Any] | None:
        """A message that is kept, if it carries the mark by now. Raises as ``SlackApi.call``."""
        thread = _thread(kept)
        try:
            answer = await self._api.call(
                tenant,
                reading(kept),
                channel=kept.channel,
                ts=thread,
                latest=kept.message,
                oldest=kept.message,
                inclusive=True,
                include_all_metadata=True,
                limit=2,
            )
        except SurfaceRefused as error:
            if error.code in GONE:
                return None
            raise
        own = await self._api.installation(tenant)
        messages = cast("list[Mapping[str, Any]]", answer.get("messages", []))
        return next(
            (m for m in messages if m.get("ts") == kept.message and _has(m, mark, own)), None
        )

    async def searched(
        self, tenant: Tenant, view: JobView, place: Destination, mark: MessageKey
    ) -> Posted | None:
        """The message in a place that carries the mark; None where there is none. Raises as
        ``SlackApi.call``."""
        own = await self._api.installation(tenant)
        oldest = f"{(view.job.created_at - BEFORE_JOB).timestamp():.6f}"
        cursor: str | None = None
        for _page in range(MAX_PAGES):
            try:
                answer = await self._api.call(
                    tenant,
                    "conversations.replies" if place.thread else "conversations.history",
                    channel=place.channel,
                    ts=place.thread,
                    oldest=oldest,
                    include_all_metadata=True,
                    limit=PAGE,
                    cursor=cursor,
                )
            except SurfaceRefused as error:
                if error.code in GONE:
                    return None
                raise
            for message in cast("list[Mapping[str, Any]]", answer.get("messages", [])):
                if _has(message, mark, own):
                    ts = str(message["ts"])
                    thread = thread_key(place.channel, place.thread or ts)
                    return Posted(place.channel, ts, thread, files_in(message, view))
            next_page = cast("Mapping[str, Any]", answer.get("response_metadata") or {})
            cursor = str(next_page.get("next_cursor") or "") or None
            if cursor is None:
                return None
        return None


def thread_key(channel: str, thread: str) -> str:
    """A thread's name across channels: Slack's own is only unique within one."""
    return f"{channel}/{thread}"


def _thread(kept: JobMessage) -> str | None:
    """Slack's name of the thread in which a message is a reply."""
    thread = (kept.thread or "").partition("/")[2]
    return thread if thread not in ("", kept.message) else None


def reading(kept: JobMessage) -> str:
    """The method that reads a message."""
    return "conversations.replies" if _thread(kept) else "conversations.history"


def _has(message: Mapping[str, Any], mark: MessageKey, own: Installation) -> bool:
    """Whether a message is the app's own and carries the mark; any app may write one. One that is
    still streamed carries it in the names of its tasks."""
    if (message.get("bot_id") or message.get("user")) not in (own.bot_id, own.bot_member_id):
        return False
    metadata = cast("Mapping[str, Any]", message.get("metadata") or {})
    if metadata.get("event_type") != EVENT_TYPE:
        blocks = cast("list[dict[str, Any]]", message.get("blocks") or [])
        return mark.delivery_id is None and is_task_of(mark.job_id, blocks)
    payload = payload_of(message)
    return payload.get("job_id") == mark.job_id and (
        mark.delivery_id is None or payload.get("delivery_id") == mark.delivery_id
    )


def payload_of(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Hidden metadata of a message."""
    metadata = cast("Mapping[str, Any]", message.get("metadata") or {})
    return cast("Mapping[str, Any]", metadata.get("event_payload") or {})


def files_in(message: Mapping[str, Any], view: JobView) -> Mapping[str, str]:
    """The files of a message's pictures, which stand in it in the order of the job's."""
    blocks = cast("list[Mapping[str, Any]]", message.get("blocks") or [])
    ids = [str(b["slack_file"].get("id", "")) for b in blocks if b.get("slack_file")]
    hashes = [picture.sha256 for picture in illustration_cards(view)]
    return dict(zip(hashes, ids, strict=False)) if len(ids) == len(hashes) else {}
