"""The words around a canvas of a picture's evidence: in its channel, and for whoever made it."""

from __future__ import annotations

from dataclasses import replace

from bot.buttons import Button, ButtonAction
from bot.cards.models import ResultCard
from bot.marks import unmarked
from bot.slack.view import blocks as b
from bot.slack.view.blocks import Block
from bot.slack.view.modals import SHOWN, Origin, modal
from domain.translation.messages import gettext, translated

SCOPE = "canvases:write"
"""The permission without which no canvas can be made."""


def with_canvas_button(card: ResultCard) -> ResultCard:
    """The card of a picture that has sources, with a button for a canvas of them."""
    buttons = list(card.buttons)
    actions = [button.action for button in buttons]
    if ButtonAction.SOURCES not in actions:
        return card
    place = actions.index(ButtonAction.SOURCES) + 1
    buttons.insert(place, Button(ButtonAction.CANVAS, buttons[place - 1].subject))
    return replace(card, buttons=tuple(buttons))


def canvas_notice(title: str, address: str, *, language: str | None) -> tuple[str, list[Block]]:
    """The message that shares a canvas: its text for notifications, and its blocks."""
    text = translated(gettext("The sources of this picture as a canvas:"), language)
    shown = unmarked(title)
    return b.notice(f"{text} {shown}"), b.rich(
        b.paragraph(b.words(f"{text} "), b.link(shown, address))
    )


def canvas_view(title: str, address: str, *, openly: bool, language: str | None) -> Block:
    """The modal that says where the canvas is and who reads it; ``openly`` where the picture's
    channel does."""
    text = (
        gettext("The canvas is there, and everyone in the picture's channel can read it.")
        if openly
        else gettext("The canvas is there, and only you can read it.")
    )
    link = b.link(translated(gettext("Open the canvas"), language), address)
    blocks = [b.section(translated(text, language)), *b.rich(b.paragraph(link))]
    return modal(SHOWN, title, blocks, Origin())
