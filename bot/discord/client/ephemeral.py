"""Answers that only one person sees: Discord lets them be written for 15 minutes, by a token that
is kept in memory alone."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.discord.client.messages import answering, as_large_as_it_may_be
from bot.discord.client.requesters import Interaction
from bot.discord.client.uploads import Build, Content
from bot.refusals import MessageLost, PlaceRefused

TOKEN_LIFE_S = 14.5 * 60


@dataclass(frozen=True, slots=True)
class _Held:
    interaction: Interaction
    message_id: int
    until: float


class PrivateAnswers:
    """The private messages of jobs, for as long as they can be written."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def hold(self, job_id: str, interaction: Interaction, message_id: int) -> None:
        """Remember where a job is shown to its requester."""
        now = self._clock()
        self._held[job_id] = _Held(interaction, message_id, now + TOKEN_LIFE_S)
        while next(iter(self._held.values())).until < now:
            self._held.popitem(last=False)

    async def write(self, job_id: str, build: Build) -> int | None:
        """Write into a job's private message and give its id; None where that can no longer be.

        Raises:
            MessageRefused: Discord does not take what it says or shows.
            SurfaceUnavailable: Discord did not answer.
        """
        held = self._held.get(job_id)
        if held is None or self._clock() > held.until:
            self._held.pop(job_id, None)
            return None

        async def write(content: Content) -> None:
            async with answering():
                await held.interaction.followup.edit_message(
                    held.message_id, view=content.view(), attachments=content.files()
                )

        try:
            await as_large_as_it_may_be(held.interaction.filesize_limit, build, write)
        except (PlaceRefused, MessageLost):
            self._held.pop(job_id, None)
            return None
        return held.message_id
