"""What only one person sees: beside a channel's messages, or in their own messages with Limner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from bot.cards.models import Card
from bot.cards.simplified import KnownForms
from bot.messages.lanes import Lane
from bot.refusals import PlaceRefused
from bot.slack.client.api import POST, SlackApi
from bot.slack.client.block_support import BlockSupport
from bot.slack.client.places import Places, is_own
from bot.slack.client.tokens import Tenant
from bot.slack.client.uploads import Uploads
from bot.slack.view.render import Drawn, drawn
from domain.requests import Destination

log = structlog.get_logger(__name__)


class Whispers:
    """Shows cards to one person, each in the first of its forms that Slack takes."""

    def __init__(
        self, api: SlackApi, places: Places, uploads: Uploads, support: BlockSupport
    ) -> None:
        self._api = api
        self._places = places
        self._uploads = uploads
        self._support = support
        self._forms = KnownForms()

    async def send(
        self,
        tenant: Tenant,
        member_id: str,
        place: Destination,
        card: Card,
        *,
        language: str | None = None,
        lane: Lane = Lane.ANSWER,
    ) -> None:
        """Show a card to one person, in a place where others may read, or in their own messages.

        Raises:
            MessageRefused: Slack takes none of its forms.
            PlaceRefused: It takes nothing to that person.
        """

        async def show(form: Card, put: Callable[[Drawn], Awaitable[None]]) -> None:
            shown = await self._uploads.shown(tenant, form)

            def draw(newest: bool) -> Drawn:
                return drawn(form, shown=shown, language=language, newest=newest)

            await self._support.show(tenant.workspace_id, draw, put)

        async def whispered(form: Card) -> None:
            async def put(message: Drawn) -> None:
                await self._api.call(
                    tenant,
                    "chat.postEphemeral",
                    channel=place.channel,
                    user=member_id,
                    thread_ts=place.thread,
                    lane=lane,
                    text=message.notice,
                    blocks=message.blocks,
                )

            await show(form, put)

        async def written(form: Card) -> None:
            home = await self._places.home(tenant, member_id)
            thread = place.thread if home.channel == place.channel else None

            async def put(message: Drawn) -> None:
                await self._api.turn_in(tenant, home.channel, lane)
                await self._api.call(
                    tenant,
                    POST,
                    channel=home.channel,
                    thread_ts=thread,
                    text=message.notice,
                    blocks=message.blocks,
                )

            await show(form, put)

        if place.channel and not is_own(place.channel):
            try:
                return await self._forms.show(card, whispered)
            except PlaceRefused:
                log.info("not_whispered", channel=place.channel)
        return await self._forms.show(card, written)
