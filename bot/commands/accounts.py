"""Account commands: linking a person's accounts on both chats, and unlinking them."""

from __future__ import annotations

from bot.cards.models import NoteCard, Reply
from bot.locale.catalog import discord_command, slack_command
from domain.translation.messages import gettext
from jobs.admission.requests import Requester
from jobs.services.accounts import AccountService


class AccountCommands:
    """The account commands of one person in one place."""

    def __init__(self, accounts: AccountService, requester: Requester) -> None:
        self._accounts = accounts
        self._requester = requester

    async def link(self, code: str | None = None) -> Reply:
        """A code for the person's other account or, with the code of that one, join the two.

        Raises:
            InvalidRequest: The code cannot be used.
            NotPossibleNow: There are no accounts here.
        """
        if code:
            await self._accounts.join(self._requester, code)
            sentence = gettext(
                "Your accounts are linked: in linked channels they count as one person. "
                "{discord} or {slack} undoes it.",
                discord=discord_command("unlink-account"),
                slack=slack_command("unlink-account"),
            )
            return Reply(NoteCard(sentence), private=True)
        given = await self._accounts.get_code(self._requester)
        sentence = gettext(
            "Your code is {code}. Enter it with your other account within ten minutes: {discord} "
            "or {slack}, with the code behind it. It works once; give it to nobody.",
            code=given,
            discord=discord_command("link-account"),
            slack=slack_command("link-account"),
        )
        return Reply(NoteCard(sentence), private=True)

    async def unlink(self) -> Reply:
        """Part the account from those it is joined with. Raises ``NotPossibleNow``."""
        if await self._accounts.unlink(self._requester):
            sentence = gettext("This account is no longer linked with any other.")
        else:
            sentence = gettext("This account isn't linked with any other.")
        return Reply(NoteCard(sentence), private=True)
