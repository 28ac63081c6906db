"""Shared parts of all commands: the responder, and localised names of options."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.cards.models import Reply
from bot.commands.ports import Services
from bot.commands.service import Commands
from bot.commands.suggestions import MAX_SUGGESTIONS, suggestions
from bot.discord.client.attachments import Intake, attached
from bot.discord.client.command_sync import described
from bot.discord.client.requesters import Interaction, requester_of
from bot.discord.handlers.interaction_writer import Ack
from bot.discord.handlers.responder import Answers
from bot.discord.view.markdown import fitted, length
from domain.errors import LimnerError
from jobs.admission.requests import Requester

Suggester = Callable[[Interaction, str], Coroutine[Any, Any, list[Choice[str]]]]
MAX_CHOICE_CHARS = 100
F = TypeVar("F", bound=Callable[..., Any])


class AsksOfPictures(Protocol):
    """A command about pictures that are no one's jobs."""

    async def __call__(
        self,
        services: Services,
        requester: Requester,
        *,
        pictures: Sequence[tuple[str, bytes]],
        address: str | None,
    ) -> Reply:
        """Answer; of the address only where no picture was attached."""
        ...


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Shared parts of all commands."""

    answers: Answers
    services: Services
    intake: Intake
    reads_replies: bool = True
    """Whether Discord lets Limner see messages that do not mention it."""

    async def say(
        self, interaction: Interaction, work: Callable[[Commands], Awaitable[Reply]]
    ) -> None:
        """Answer to the person alone."""
        await self.answers.answer(interaction, work, ack=Ack.PRIVATE)

    async def say_of_picture(
        self,
        interaction: Interaction,
        ask: AsksOfPictures,
        picture: discord.Attachment | None,
        address: str | None,
    ) -> None:
        """Answer to the person alone what is asked of an attached picture, or of one at a web
        address."""

        async def work(_commands: Commands) -> Reply:
            read = await self.intake.read(attached(picture))
            requester = requester_of(interaction)
            return await ask(self.services, requester, pictures=read, address=address)

        await self.say(interaction, work)

    def suggest(self, what: str) -> Suggester:
        """Suggests values of that kind while a user types."""

        async def found(interaction: Interaction, current: str) -> list[Choice[str]]:
            try:
                fitting = await suggestions(self.services, requester_of(interaction), what, current)
            except LimnerError:
                return []
            return [
                Choice(name=fitted(shown, most=MAX_CHOICE_CHARS) or value, value=value)
                for shown, value in fitting
                if 0 < length(value) <= MAX_CHOICE_CHARS
            ]

        return found

    def suggest_values(self) -> Suggester:
        """Suggests what the setting can be set to whose name was chosen; roles and channels by
        their names."""

        async def found(interaction: Interaction, current: str) -> list[Choice[str]]:
            setting = str(getattr(interaction.namespace, "name", "") or "")
            guild = interaction.guild
            if setting.endswith("_groups") and guild is not None:
                known = [(f"@{r.name.lstrip('@')}", r.mention) for r in guild.roles]
            elif setting == "review_channel" and guild is not None:
                known = [(f"#{c.name}", c.mention) for c in guild.text_channels]
            else:
                return await self.suggest(f"value:{setting}")(interaction, current)
            typed = current.casefold().lstrip("@#")
            return [
                Choice(name=fitted(shown, most=MAX_CHOICE_CHARS), value=value)
                for shown, value in known
                if typed in shown.casefold()
            ][:MAX_SUGGESTIONS]

        return found


def options_of(path: str) -> Callable[[F], F]:
    """Names and describes the options of a command, as the table of languages has them."""

    def mark(callback: F) -> F:
        options = [o for o in callback.__annotations__ if o not in ("interaction", "return")]
        known = {option: described(f"{path}.{option}") for option in options}
        app_commands.rename(**{o: names["name"] for o, names in known.items()})(callback)
        app_commands.describe(**{o: names["description"] for o, names in known.items()})(callback)
        return callback

    return mark
