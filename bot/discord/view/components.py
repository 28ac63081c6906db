"""Parts of cards as Discord's components: texts, pictures, references, citations and buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from discord import ButtonStyle, MediaGalleryItem, SelectOption, ui

from bot.buttons import Button, ButtonAction, ButtonLook
from bot.cards import phrases
from bot.cards.models import EvidenceEntry, IllustrationCard, ReferenceEntry
from bot.discord.view.command_links import Commands
from bot.discord.view.markdown import escaped, fitted, length, lines, linked, mark_shown
from bot.discord.view.state_emoji import StateEmoji
from bot.locale.catalog import label, phrase
from bot.marks import with_marks
from domain.translation.messages import gettext, translated

MAX_ALT_CHARS = 1024
MAX_OPTIONS = 25
MAX_PICTURES = 10
MAX_REFERENCES = 5
MAX_OPTION_CHARS = 100
MAX_BUTTONS_A_ROW = 5

Item = ui.Item[Any]
_STYLES: Final[Mapping[ButtonLook, ButtonStyle]] = {
    ButtonLook.PRIMARY: ButtonStyle.primary,
    ButtonLook.PLAIN: ButtonStyle.secondary,
    ButtonLook.DANGER: ButtonStyle.danger,
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The context of a card's drawing, beside its own content.

    ``files`` are names of the files that come with the message: those of pictures by their SHA-256.
    ``whole`` is the name of the file that holds an evidence card in full. ``kept`` are the numbers
    that are picked on a choice card, None for all.
    """

    language: str | None = None
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    whole: str | None = None
    kept: frozenset[int] | None = None
    mark: str | None = None
    """The id of the job, for cards that do not say it themselves."""
    hint: str | None = None
    """A line about the message."""
    see: str | None = None
    """The address of a message of Limner's own, to go on to."""
    commands: Commands = ()
    """Discord's ids of the commands, so that those that a sentence of ours names can be clicked."""
    emoji: StateEmoji = field(default_factory=dict[str, str])
    """The application's own emoji for the states of a job, as far as Discord has them."""


def picture_items(
    pictures: Sequence[IllustrationCard], frame: Frame, *, covered: bool = False
) -> list[Item]:
    """The pictures that came with the message; for the others where they can be seen."""
    tiles = [
        MediaGalleryItem(
            f"attachment://{frame.files[picture.sha256]}",
            description=fitted(picture.alt_text or picture.title or "–", most=MAX_ALT_CHARS),
            spoiler=covered,
        )
        for picture in pictures[:MAX_PICTURES]
        if picture.sha256 in frame.files
    ]
    # What is covered is nowhere else.
    missing = [
        _elsewhere(p, frame) for p in pictures if not covered and p.sha256 not in frame.files
    ]
    gallery = [ui.MediaGallery[ui.LayoutView](*tiles)] if tiles else []
    return [*gallery, *text_items(lines(missing, most=500))]


def _elsewhere(picture: IllustrationCard, frame: Frame) -> str:
    shown = escaped(picture.code, most=60)
    if picture.address:
        link = f"[{shown}]({picture.address})"
        return say(gettext("The picture {link}", link=link), frame)
    return say(phrases.SAVED.format(code=shown), frame)


def page_link(address: str | None, frame: Frame) -> str:
    """A link to the page that shows a picture's sources."""
    return f" · [{phrase('page', frame.language)}]({address})" if address else ""


def caption_line(picture: IllustrationCard, among: Sequence[IllustrationCard]) -> str:
    """The line below a picture, with its number where there are several."""
    number = f"**{among.index(picture) + 1}** " if len(among) > 1 else ""
    parts = filter(None, (picture.caption, picture.checked, picture.votes, picture.compared))
    return f"-# {number}{escaped(' · '.join(parts), most=300)}"


def reference_item(entry: ReferenceEntry, frame: Frame) -> Item:
    """A reference, with its picture where that came with the message."""
    named = say(phrases.reference_name(entry.number), frame)
    text = joined(
        f"**{named}** {linked(entry.title, entry.address, most=220)}",
        f"-# {escaped(' · '.join(filter(None, (entry.rights, entry.note))), most=120)}",
    )
    name = frame.files.get(entry.sha256)
    if name is None:
        return text_item(text)
    alt = fitted(f"{named}: {entry.title}", most=MAX_ALT_CHARS)
    thumbnail = ui.Thumbnail[ui.LayoutView](f"attachment://{name}", description=alt)
    return ui.Section[ui.LayoutView](text, accessory=thumbnail)


def citation(entry: EvidenceEntry, frame: Frame) -> str:
    """A citation in full."""
    claim = f"**{entry.n}** {escaped(entry.claim, most=1000)}"
    if entry.title is None:
        return f"{claim}\n-# {say(phrases.NO_SOURCE, frame)}"
    passage = f"> “{escaped(entry.passage, most=1000)}”" if entry.passage else ""
    parts = (say(entry.doubt, frame), entry.rights, entry.fetched)
    line = " · ".join(escaped(part, most=300) for part in parts if part)
    return joined(claim, passage, f"-# {linked(entry.title, entry.address, most=900)} · {line}")


def short_citation(entry: EvidenceEntry, frame: Frame) -> str:
    """A citation without its passage."""
    found = linked(entry.title, entry.address, most=260) if entry.title else ""
    source = found or say(phrases.NO_SOURCE, frame)
    source += f" · {say(entry.doubt, frame)}" if entry.doubt else ""
    return f"**{entry.n}** {escaped(entry.claim, most=120)}\n-# {source}"


def reference_menu(button: Button, references: Sequence[ReferenceEntry], frame: Frame) -> Item:
    """A menu in which any number of the references can be picked."""
    options = {
        str(entry.number): SelectOption(
            label=fitted(f"{entry.number} · {entry.title}", most=MAX_OPTION_CHARS),
            value=str(entry.number),
            description=fitted(entry.rights, most=MAX_OPTION_CHARS) or None,
            default=frame.kept is None or entry.number in frame.kept,
        )
        for entry in references
    }
    return select_menu(button, list(options.values()), frame, most=len(options), least=0)


def select_menu(
    button: Button,
    options: list[SelectOption],
    frame: Frame,
    *,
    most: int = 1,
    least: int = 1,
) -> Item:
    """A menu of options, whose choice is sent with the button's code."""
    select = ui.Select[ui.LayoutView](
        custom_id=button.code,
        placeholder=label(button.action, frame.language),
        options=options,
        min_values=least,
        max_values=most,
    )
    return ui.ActionRow[ui.LayoutView](select)


def sendable(buttons: Sequence[Button]) -> list[Button]:
    """The buttons whose code Discord takes; the same one twice is one."""
    codes = {button.code: button for button in buttons}
    return [button for code, button in codes.items() if length(code) <= MAX_OPTION_CHARS]


def button_rows(buttons: Sequence[Button], frame: Frame) -> list[Item]:
    """The buttons, five to a row; those of the pictures of a set in rows of their own."""
    rows: list[list[ui.Button[ui.LayoutView]]] = []
    kind: ButtonAction | None = None
    for button in sendable(buttons)[: 3 * MAX_BUTTONS_A_ROW]:
        same = button.action if button.number is not None else None
        if not rows or same != kind or len(rows[-1]) == MAX_BUTTONS_A_ROW:
            rows.append([])
        kind = same
        rows[-1].append(
            ui.Button[ui.LayoutView](
                custom_id=button.code,
                label=label(button.action, frame.language, number=button.number),
                style=_STYLES[button.look],
            )
        )
    return [ui.ActionRow[ui.LayoutView](*row) for row in rows]


def say(text: str, frame: Frame) -> str:
    """A sentence of ours in the reader's language."""
    return translated(text, frame.language)


def title_line(title: str) -> str:
    """The title of a card."""
    return f"### {escaped(title or '–', most=400)}"


def joined(*texts: str) -> str:
    """The texts below each other, without empty ones."""
    return "\n".join(text for text in texts if text)


def text_items(text: str) -> list[Item]:
    """A text, or nothing where it is empty."""
    return [text_item(text)] if text else []


def text_item(text: str) -> Item:
    """A text, its marks as Discord shows them."""
    return ui.TextDisplay[ui.LayoutView](with_marks(text, mark_shown) or "–")
