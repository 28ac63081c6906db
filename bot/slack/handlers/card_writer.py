"""Cards that are written where a person acts: as an answer, in the place of a message, in the
channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.cards.models import Card, GalleryCard, NoteCard
from bot.cards.simplified import KnownForms
from bot.commands.ports import Services
from bot.messages.galleries import keep_gallery
from bot.refusals import MessageRefused
from bot.slack.client.api import POST, SlackApi
from bot.slack.client.block_support import BlockSupport
from bot.slack.client.galleries import REFUSED
from bot.slack.client.places import Places
from bot.slack.client.tokens import NAME
from bot.slack.client.uploads import Uploads
from bot.slack.payloads.slack_event import SlackEvent
from bot.slack.view.render import Drawn, drawn

T = TypeVar("T")


class CardWriter:
    """Writes each card in the first of its forms that Slack takes."""

    def __init__(
        self,
        services: Services,
        api: SlackApi,
        *,
        support: BlockSupport,
        places: Places,
        uploads: Uploads,
        language: Callable[[SlackEvent], Awaitable[str | None]],
    ) -> None:
        """``language`` gives that of the person who acts, as far as it is known."""
        self._services = services
        self._api = api
        self._support = support
        self._places = places
        self._uploads = uploads
        self._language = language
        self._forms = KnownForms()

    async def respond(self, turn: SlackEvent, card: Card, *, replace: bool) -> bool:
        """Answer through the response address; False where that is over, or takes nothing."""

        async def respond(form: Card) -> bool:
            async def put(message: Drawn) -> bool:
                return await self._api.respond(
                    turn.response_url or "",
                    text=message.notice,
                    blocks=message.blocks,
                    response_type="ephemeral",
                    replace_original=replace,
                )

            return await self._show(turn, form, put)

        try:
            return await self._forms.show(card, respond)
        except MessageRefused:
            return False

    async def rewrite(self, turn: SlackEvent, card: Card) -> None:
        """Put a card in the place of the message that a button stands on."""
        if turn.ephemeral or not turn.message:
            await self.respond(turn, card, replace=True)
            return

        async def rewrite(form: Card) -> None:
            async def put(message: Drawn) -> None:
                await self._api.call(
                    turn.tenant,
                    "chat.update",
                    channel=turn.channel,
                    ts=turn.message,
                    text=message.notice,
                    blocks=message.blocks,
                )

            await self._show(turn, form, put)

        await self._forms.show(card, rewrite)

    async def post(self, turn: SlackEvent, card: Card) -> None:
        """Show a card to everybody in the channel, or where Limner cannot post there, to the person
        in their own messages."""
        place = await self._places.place(
            turn.tenant, turn.member_id, channel=turn.channel, thread=turn.thread
        )
        there = place.destination

        async def post(form: Card) -> tuple[Card, str]:
            async def put(message: Drawn) -> str:
                await self._api.turn_in(turn.tenant, there.channel)
                posted = await self._api.call(
                    turn.tenant,
                    POST,
                    channel=there.channel,
                    thread_ts=there.thread,
                    text=message.notice,
                    blocks=message.blocks,
                    unfurl_links=False,
                    unfurl_media=False,
                )
                return str(posted["ts"])

            return form, await self._show(turn, form, put)

        try:
            shown, message = await self._forms.show(card, post)
        except MessageRefused:
            if not isinstance(card, GalleryCard):
                raise
            shown, message = await post(NoteCard(REFUSED))
        await keep_gallery(
            self._services,
            turn.tenant.workspace_id,
            shown,
            surface=NAME,
            channel=there.channel,
            message=message,
            language=await self._language(turn),
        )

    async def _show(self, turn: SlackEvent, card: Card, put: Callable[[Drawn], Awaitable[T]]) -> T:
        language, shown = await self._language(turn), await self._uploads.shown(turn.tenant, card)

        def draw(newest: bool) -> Drawn:
            return drawn(card, shown=shown, language=language, newest=newest)

        return await self._support.show(turn.tenant.workspace_id, draw, put)
