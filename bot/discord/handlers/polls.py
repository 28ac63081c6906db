"""Polls: the pictures of a set are put to the vote of a channel, as one of Discord's own polls."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import discord

from bot.cards.pictures import illustration_cards
from bot.commands.ids import job_id_of
from bot.discord.client.messages import translate_errors
from bot.discord.client.requesters import SURFACE, Interaction, check_may_post, requester_of
from bot.discord.handlers.context import CommandContext
from bot.discord.view.markdown import fitted
from domain.errors import InvalidRequest, Refused
from domain.team import JobMessage, MessageKind
from domain.translation.messages import gettext, translated
from jobs.admission.access import Action
from jobs.common.views import JobView

MAX_HOURS: Final = 168
"""A week; Discord allows more, but old polls are not looked at."""
MAX_QUESTION_CHARS: Final = 300
MAX_ANSWER_CHARS: Final = 55
_NUMBERS: Final = ("1️⃣", "2️⃣", "3️⃣", "4️⃣")


async def open_poll(
    context: CommandContext, interaction: Interaction, identifier: str, *, hours: int
) -> None:
    """Answer with a poll about the pictures of a set, or privately with why there is none."""
    try:
        check_may_post(interaction)
        requester = requester_of(interaction)
        jobs = context.services.jobs
        job_id = await job_id_of(jobs, requester.workspace_id, identifier)
        await jobs.check(requester, Action.READ, job_id)
        view = await jobs.view(requester.workspace_id, job_id)
        poll = poll_of(view, interaction.locale.value, hours=hours)
        with translate_errors():
            await interaction.response.send_message(
                content=_where(interaction.guild_id, view.messages), poll=poll
            )
    except Exception as error:  # the edge: any failure is reported to the person
        await context.answers.refuse(interaction, error)


def poll_of(view: JobView, language: str | None, *, hours: int) -> discord.Poll:
    """The poll about a job's pictures.

    Raises:
        InvalidRequest: There are not several.
        Refused: They are for the requester alone.
    """
    if view.job.request.routing.private:
        raise Refused(gettext("Private pictures can't be put to a vote."))
    shown = illustration_cards(view)
    if len(shown) < 2:
        raise InvalidRequest(
            gettext("A vote needs a job with several pictures; ask for them with count.")
        )
    question = translated(gettext("Which of these? {title}", title=shown[0].title), language)
    poll = discord.Poll(fitted(question, most=MAX_QUESTION_CHARS), timedelta(hours=hours))
    for number, (card, emoji) in enumerate(zip(shown, _NUMBERS, strict=False), 1):
        label = gettext("Picture {number} · {code}", number=number, code=card.code)
        answer = fitted(translated(label, language), most=MAX_ANSWER_CHARS)
        poll.add_answer(text=answer, emoji=emoji)
    return poll


def _where(guild_id: int | None, messages: tuple[JobMessage, ...]) -> str | None:
    """The address of the message that shows the pictures; None where there is none on Discord."""
    ours = [m for m in messages if m.surface == SURFACE and m.kind is not MessageKind.REVIEW]
    if not ours:
        return None
    newest = ours[-1]
    return f"https://discord.com/channels/{guild_id or '@me'}/{newest.channel}/{newest.message}"
