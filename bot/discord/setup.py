"""Putting the surface together, for Discord itself or a compatible server."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.commands.ports import Services
from bot.discord.client.attachments import Intake
from bot.discord.client.chat import DiscordChat
from bot.discord.client.ephemeral import PrivateAnswers
from bot.discord.client.messages import Messages
from bot.discord.client.requesters import Interaction
from bot.discord.client.uploads import Uploads
from bot.discord.gateway.client import DiscordOptions, LimnerClient
from bot.discord.handlers.buttons import Presses
from bot.discord.handlers.commands import add_commands
from bot.discord.handlers.context import CommandContext
from bot.discord.handlers.help import help_for
from bot.discord.handlers.places import Places
from bot.discord.handlers.responder import Answers
from bot.discord.handlers.setting_forms import SettingForms
from bot.discord.handlers.threads import Talk
from bot.discord.surface import DiscordSurface
from bot.messages.lifecycle import JobMessages
from bot.messages.throttle import LiveMessages

EDIT_PAUSE_S = 1.0
"""The least time between two writings of one message."""


@asynccontextmanager
async def open_discord(
    options: DiscordOptions, services: Services, *, api_base: str = ""
) -> AsyncGenerator[DiscordSurface]:
    """The surface, not connected before it runs; it is closed when the block ends.

    ``api_base`` is the address of another server, such as ``http://127.0.0.1:8080/api/v10``.
    """
    _keep_secrets_out_of_logs()
    with server_at(api_base):
        client = LimnerClient(options)
        try:
            yield wired(client, services)
        finally:
            if not client.is_closed():
                await client.close()


def wired(
    client: LimnerClient, services: Services, *, pause_s: float = EDIT_PAUSE_S
) -> DiscordSurface:
    """The surface of a client, which from now on answers."""
    messages = Messages(client)
    uploads = Uploads(services.jobs, lambda: client.commands, lambda: client.emoji.known)
    live, private = LiveMessages(pause_s=pause_s), PrivateAnswers()
    chat = DiscordChat(
        client=client,
        messages=messages,
        uploads=uploads,
        private=private,
        job_service=services.jobs,
        team=services.team,
    )
    job_messages = JobMessages(chat=chat, job_service=services.jobs, team=services.team, live=live)
    intake = Intake(client, hosts=client.options.cdn_hosts)
    answers = Answers(
        services=services,
        chat=chat,
        job_messages=job_messages,
        messages=messages,
        uploads=uploads,
        live=live,
        private=private,
    )
    reads = client.options.message_content
    helps = help_for(services, reads_replies=reads)
    talk = Talk(
        client=client,
        services=services,
        chat=chat,
        job_messages=job_messages,
        messages=messages,
        uploads=uploads,
        intake=intake,
        help_card=helps,
    )
    add_commands(client.tree, CommandContext(answers, services, intake, reads))
    places = Places(services.destinations, messages, uploads)
    presses = Presses(answers, intake, messages, helps, SettingForms(answers, services))
    client.listen(_Listener(answers, presses, talk), places)
    return DiscordSurface(
        client=client, chat=chat, job_messages=job_messages, messages=messages, uploads=uploads
    )


class _Listener:
    """Hands what people do on to who deals with it."""

    def __init__(self, answers: Answers, presses: Presses, talk: Talk) -> None:
        self._answers = answers
        self._presses = presses
        self._talk = talk

    async def pressed(self, interaction: Interaction) -> None:
        await self._presses.pressed(interaction)

    async def submitted(self, interaction: Interaction) -> None:
        await self._presses.submitted(interaction)

    async def written(self, message: discord.Message) -> None:
        await self._talk.written(message)

    async def reacted(self, reaction: discord.RawReactionActionEvent) -> None:
        await self._talk.reacted(reaction)

    async def failed(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        await self._answers.failed(interaction, error)


@contextmanager
def server_at(api_base: str) -> Generator[None]:
    """Let discord.py talk to another server while the block runs; it keeps the addresses in its
    classes."""
    if not api_base:
        yield
        return
    before, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    parts = urlsplit(api_base)
    scheme = "wss" if parts.scheme == "https" else "ws"
    Route.BASE = api_base.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"{scheme}://{parts.netloc}/gateway")
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before, gateway


def _keep_secrets_out_of_logs() -> None:
    """discord.py's debug lines hold addresses with tokens in them."""
    logging.getLogger("discord").setLevel(max(logging.INFO, logging.getLogger().level))
