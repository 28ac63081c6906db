"""Finding the messages of jobs on Discord: those that are kept, and those whose process died before
it could keep them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import discord

from bot.buttons import Button, ButtonAction
from bot.discord.client.messages import Messages, belongs, codes
from bot.discord.client.requesters import event_key
from bot.messages.ports import MessageKey, Posted
from domain.errors import SurfaceRefused
from domain.illustrations import DeliveryKind
from domain.team import JobMessage
from jobs.common.views import JobView
from jobs.services.jobs import JobService

BEFORE_JOB: Final = timedelta(minutes=2)
"""Clocks differ; a job's message is looked for from so long before the job on."""
_RESULT_BUTTONS = (ButtonAction.CANCEL, ButtonAction.DELETE, ButtonAction.ASK_DELETION)
"""Buttons of progress and results, which a failure does not have."""


class MessageFinder:
    """Looks for messages of Limner's own."""

    def __init__(self, messages: Messages, job_service: JobService) -> None:
        self._messages = messages
        self._job_service = job_service

    async def kept(self, message: JobMessage, mark: MessageKey) -> bool:
        """Whether a message that was kept is still there, and carries the mark."""
        try:
            found = await self._messages.fetch(int(message.channel), int(message.message))
        except SurfaceRefused:
            return False
        return found is not None and carries(found, mark)

    async def searched(
        self, view: JobView, channel: str, thread: str | None, mark: MessageKey
    ) -> Posted | None:
        """A message in a channel that was never recorded, since the job began. A command's answer
        that still says "thinking" is removed, since only the dead process could have gone on with
        it."""
        job = view.job
        thinking: list[discord.Message] = []

        def is_wanted(message: discord.Message) -> bool:
            if message.flags.loading:
                thinking.append(message)
                return False
            return carries(message, mark)

        try:
            found = await self._messages.find(
                int(channel), is_wanted, since=job.created_at - BEFORE_JOB
            )
        except SurfaceRefused:
            return None
        for message in thinking if mark.delivery_id is None else ():
            asked = message.interaction_metadata
            begun = asked and await self._job_service.job_of_event(
                job.workspace_id, event_key(asked.id)
            )
            if begun and begun.id == job.id:
                await self._messages.remove(int(channel), message.id)
        return where_posted(found, int(channel), thread) if found is not None else None


def where_posted(message: discord.Message, channel_id: int, thread: str | None) -> Posted:
    """A message where it stands: what is posted in a forum is in a thread of its own."""
    if message.channel.id == channel_id:
        return Posted(str(channel_id), str(message.id), thread)
    return Posted(str(message.channel.id), str(message.id), str(message.channel.id))


def carries(message: discord.Message, mark: MessageKey) -> bool:
    """Whether a message is that of a job, and holds what a delivery was to bring, judged by its
    buttons."""
    known, job_id = codes(message), mark.job_id
    for_moderators = {Button(ButtonAction.APPROVE, job_id).code}
    if mark.kind is DeliveryKind.REVIEW:
        return bool(known & for_moderators)
    if mark.kind is DeliveryKind.APPEAL:
        allows = {ButtonAction.ALLOW.value, ButtonAction.LIFT.value}
        return belongs(message, job_id) and bool({c.split(":")[1] for c in known} & allows)
    if mark.kind is DeliveryKind.REPORT:
        return Button(ButtonAction.CLEAR, job_id).code in known
    if mark.kind is DeliveryKind.RESULT:
        waits = Button(ButtonAction.CANCEL, job_id).code in known
        noted = Button(ButtonAction.SHOW, job_id).code in known
        brought = (bool(message.attachments) or noted) and belongs(message, job_id) and not waits
        deletes = {
            Button(action, job_id).code
            for action in (ButtonAction.DELETE, ButtonAction.ASK_DELETION)
        }
        return bool(deletes & known) or brought
    others = for_moderators
    if mark.kind is DeliveryKind.FAILURE:
        others |= {Button(d, job_id).code for d in _RESULT_BUTTONS}
    return belongs(message, job_id) and not known & others
