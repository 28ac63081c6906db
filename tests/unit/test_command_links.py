"""Commands in sentences become mentions that a click types."""

from __future__ import annotations

from discord import ui

from bot.cards.models import NoteCard
from bot.discord.view.command_links import commands_of, with_links
from bot.discord.view.components import Frame
from bot.discord.view.render import layout

COMMANDS = commands_of({"imagine": 1, "job history": 2, "job status": 2, "help": 3})


def shown(view: ui.LayoutView) -> str:
    """Every text of a message."""
    return "\n".join(i.content for i in view.walk_children() if isinstance(i, ui.TextDisplay))


def linked(text: str, language: str | None = None) -> str:
    return with_links([text], COMMANDS, language)[0]


def test_commands_can_be_clicked_in_every_language() -> None:
    assert linked("See `/job history`.") == "See </job history:2>."
    assert linked("/imagine a fox, or /help") == "</imagine:1> a fox, or </help:3>"
    assert linked("/zeichne einen Fuchs", "de") == "</imagine:1> einen Fuchs"


def test_what_is_no_command_stays() -> None:
    for text in ("https://x.example/imagine", "/imaginer", "/job", "a/help", "</help:3>"):
        assert linked(text) == text


def test_a_full_message_stays_within_its_limit() -> None:
    texts = with_links(["/help " * 640], COMMANDS, None)
    assert len(texts[0]) <= 3_900
    assert texts[0].startswith("</help:3> ")


def test_a_note_holds_mentions_once_the_ids_are_known() -> None:
    card = NoteCard("Type /help.")
    assert "</help:3>" in shown(layout(card, Frame(commands=COMMANDS)))
    assert "</help" not in shown(layout(card))
