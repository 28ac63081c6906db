"""The preview of the address of one of Limner's pages."""

from __future__ import annotations

from typing import Final

from bot.cards.languages import in_language
from bot.cards.models import ResultCard
from bot.slack.view import blocks as b
from bot.slack.view.blocks import Block
from domain.translation.messages import ngettext, translated

SOURCES: Final = 3


def preview_blocks(
    card: ResultCard, *, address: str, picture: str, language: str | None
) -> list[Block]:
    """A result's first picture with a link to its page and its first sources; ``picture`` is the
    address of a small copy."""
    card = in_language(card, language)
    [shown] = card.pictures
    title = card.story.headline if card.story is not None else card.title
    more = len(card.sources) - SOURCES
    others = ngettext("{count} more source", "{count} more sources", more)
    links = [
        [b.words(f"[{source.numbers[0]}] "), b.link(source.title, source.address)]
        for source in card.sources[:SOURCES]
        if source.numbers
    ]
    return [
        *b.rich(b.paragraph(b.link(title, address))),
        {
            "type": "image",
            "image_url": picture,
            "alt_text": b.cut(shown.alt_text, b.ALT_CHARS) or title,
        },
        *b.rich(b.bullets(links)),
        *b.context(
            translated(others, language) if more > 0 else None,
            card.story.label if card.story is not None else None,
            shown.caption,
        ),
    ]
