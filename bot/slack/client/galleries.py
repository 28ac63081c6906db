"""Galleries that were posted on Slack, written anew."""

from __future__ import annotations

from typing import Final

from bot.cards.builders import posted_gallery
from bot.cards.models import Card, NoteCard
from bot.cards.simplified import KnownForms
from bot.refusals import MessageRefused
from bot.slack.client.api import SlackApi
from bot.slack.client.block_support import BlockSupport
from bot.slack.client.tokens import Tenant
from bot.slack.client.uploads import Uploads
from bot.slack.view.render import Drawn, drawn
from domain.galleries import GalleryMessage
from domain.translation.messages import gettext
from jobs.services.galleries import Pictures

REFUSED: Final = gettext(
    "Slack doesn't accept these pictures here. Each of them is still in the message it came in."
)
"""Instead of a gallery that Slack takes in none of its forms."""


async def show_gallery(
    api: SlackApi,
    uploads: Uploads,
    support: BlockSupport,
    tenant: Tenant,
    *,
    gallery: GalleryMessage,
    pictures: Pictures,
) -> None:
    """Let a gallery that was posted show these pictures and no others. Raises ``SurfaceRefused``
    where it is out of reach, or ``SurfaceUnavailable``."""

    async def write(form: Card) -> None:
        shown = await uploads.shown(tenant, form)

        def draw(newest: bool) -> Drawn:
            return drawn(form, shown=shown, language=gallery.language, newest=newest)

        async def put(message: Drawn) -> None:
            await api.call(
                tenant,
                "chat.update",
                channel=gallery.channel,
                ts=gallery.message,
                text=message.notice,
                blocks=message.blocks,
            )

        await support.show(tenant.workspace_id, draw, put)

    try:
        await KnownForms().show(posted_gallery(pictures), write)
    except MessageRefused:  # what was deleted must not go on standing there
        await write(NoteCard(REFUSED))
