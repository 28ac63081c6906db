"""Galleries that are posted in chat, so that they can be brought up to date later."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.cards.models import Card, GalleryCard
from bot.commands.ports import Services
from domain.galleries import GalleryMessage


async def keep_gallery(
    services: Services,
    workspace_id: str,
    card: Card,
    *,
    surface: str,
    channel: str,
    message: str,
    language: str | None,
) -> None:
    """Remember a public message that shows a gallery; other cards are ignored."""
    if services.galleries is None or not isinstance(card, GalleryCard) or not card.pictures:
        return
    pictures = tuple(picture.illustration_id for picture in card.pictures)
    kept = GalleryMessage(surface, channel, message, pictures, datetime.now(UTC), language)
    await services.galleries.keep(workspace_id, kept)
