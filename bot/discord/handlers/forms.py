"""Forms: what to change, why not, and which pictures to go by instead.

A form is known by the code of the button that opened it, so one that was open during a restart can
still be sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import discord
from discord import ui

from bot.buttons import Button, ButtonAction
from bot.discord.client.attachments import Brought, uploaded
from bot.discord.client.messages import walked
from bot.discord.client.requesters import Interaction
from bot.discord.view.markdown import fitted
from bot.intents.models import MAX_CHARS
from bot.locale.catalog import label, words
from domain.prompt_text import MAX_PROMPT_CHARS
from domain.requests import MAX_REFERENCES

PICTURE_CODE = "limner-picture:"
"""Begins the codes of forms about pictures that are not Limner's own."""
MAX_TITLE_CHARS = 45
MAX_REASON_CHARS = 300
MAX_STORY_CHARS = 1600
MAX_ADDRESS_CHARS = 2000
_TEXT, _FILES, _WHICH, _ADDRESS = "text", "files", "which", "address"
_PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Filled:
    """The values of a form that was sent."""

    code: str
    text: str = ""
    address: str = ""
    which: tuple[int, ...] = ()
    files: tuple[Brought, ...] = ()
    picture: str = ""
    """The id of the picture of a set that was picked."""


def edit_form(
    code: str, language: str | None, pictures: Sequence[tuple[str, str]] = ()
) -> ui.Modal:
    """Asks what should be different, and for pictures to go by; ``pictures`` are ids and labels of
    those of a set, of which one is picked."""
    wish = ui.TextInput[Any](
        custom_id=_TEXT, style=discord.TextStyle.paragraph, max_length=MAX_CHARS, min_length=1
    )
    fields: list[tuple[str, ui.Item[Any]]] = [
        (words("edit.instruction", language).description, wish),
        (words("edit.reference", language).description, _upload(MAX_REFERENCES - 1)),
    ]
    if pictures:
        options = [
            discord.SelectOption(label=fitted(name, most=100), value=id_, default=number == 0)
            for number, (id_, name) in enumerate(pictures)
        ]
        which = ui.Select[Any](custom_id=_PICTURE, options=options)
        fields.insert(0, (words("edit.image", language).description, which))
    return _form(code, label(ButtonAction.EDIT, language), fields)


def reference_form(code: str, language: str | None) -> ui.Modal:
    """Asks what to draw by the pictures of a message, and for more of them."""
    prompt = ui.TextInput[Any](
        custom_id=_TEXT,
        style=discord.TextStyle.paragraph,
        max_length=MAX_PROMPT_CHARS,
        min_length=1,
    )
    fields: list[tuple[str, ui.Item[Any]]] = [
        (words("imagine.prompt", language).description, prompt),
        (words("edit.reference", language).description, _upload(MAX_REFERENCES - 1)),
    ]
    return _form(code, words("menu.reference", language).name, fields)


def reject_form(code: str, language: str | None) -> ui.Modal:
    """Asks for a reason, which the requester will read."""
    reason = ui.TextInput[Any](
        custom_id=_TEXT,
        style=discord.TextStyle.paragraph,
        max_length=MAX_REASON_CHARS,
        required=False,
    )
    title = label(ButtonAction.REJECT, language)
    return _form(code, title, [(words("form.reason", language).description, reason)])


def story_form(code: str, language: str | None, text: str) -> ui.Modal:
    """Asks for the words of a draft: the headline in the first line, a sentence in each other."""
    words_of_it = ui.TextInput[Any](
        custom_id=_TEXT,
        style=discord.TextStyle.paragraph,
        default=text[:MAX_STORY_CHARS],
        max_length=MAX_STORY_CHARS,
        min_length=1,
    )
    title = label(ButtonAction.TEXT, language)
    return _form(code, title, [(words("form.story", language).description, words_of_it)])


def replace_form(
    code: str, language: str | None, references: Sequence[tuple[str, str]]
) -> ui.Modal:
    """Asks which references to replace, and by what; ``references`` are numbers and titles."""
    options = [
        discord.SelectOption(label=fitted(title or number, most=100), value=number)
        for number, title in references
    ]
    which = ui.Select[Any](
        custom_id=_WHICH,
        options=options,
        min_values=0,
        max_values=len(options) or 1,
        required=False,
    )
    address = ui.TextInput[Any](
        custom_id=_ADDRESS, max_length=MAX_ADDRESS_CHARS, required=False, placeholder="https://…"
    )
    fields: list[tuple[str, ui.Item[Any]]] = [
        (words("form.which", language).description, which),
        (words("form.files", language).description, _upload(MAX_REFERENCES)),
        (words("form.address", language).description, address),
    ]
    return _form(code, label(ButtonAction.REPLACE, language), fields if options else fields[1:])


def filled(interaction: Interaction) -> Filled:
    """A submitted form, whichever process had opened it."""
    data = cast("dict[str, Any]", interaction.data or {})
    resolved = cast("dict[str, Any]", data.get("resolved") or {})
    known = cast("dict[str, Any]", resolved.get("attachments") or {})
    values = dict(values_of(cast("list[dict[str, Any]]", data.get("components") or [])))
    return Filled(
        code=str(data.get("custom_id") or ""),
        text=str(values.get(_TEXT) or ""),
        address=str(values.get(_ADDRESS) or "").strip(),
        which=tuple(int(n) for n in values.get(_WHICH) or () if str(n).isdecimal()),
        picture=next((str(value) for value in values.get(_PICTURE) or ()), ""),
        files=tuple(uploaded(known[n]) for n in values.get(_FILES) or () if n in known),
    )


def picked(message: discord.Message | None) -> tuple[list[tuple[str, str]], list[int]]:
    """The references on a message that asks which to keep, by number and title, and the numbers
    that are picked there."""
    for component in walked(message) if message else ():
        if component.get("custom_id", "").startswith(Button(ButtonAction.KEEP, "").code):
            options = cast("list[dict[str, Any]]", component.get("options") or [])
            known = [(str(option["value"]), str(option["label"])) for option in options]
            return known, [int(o["value"]) for o in options if o.get("default")]
    return [], []


def set_on(message: discord.Message | None) -> list[tuple[str, str]]:
    """The pictures of a set on a message, by id and label; none where there is only one."""
    for component in walked(message) if message else ():
        if component.get("custom_id") == Button(ButtonAction.SHOW, "").code:
            options = cast("list[dict[str, Any]]", component.get("options") or [])
            return [(str(option["value"]), str(option["label"])) for option in options]
    return []


def _form(code: str, title: str, fields: Sequence[tuple[str, ui.Item[Any]]]) -> ui.Modal:
    form = ui.Modal(title=fitted(title, most=MAX_TITLE_CHARS), custom_id=code, timeout=None)
    for text, field in fields:
        form.add_item(ui.Label[Any](text=fitted(text, most=MAX_TITLE_CHARS), component=field))
    form.stop()  # a sent form is identified by its custom id, so nothing is kept of a form
    return form


def _upload(most: int) -> ui.FileUpload[Any]:
    return ui.FileUpload[Any](custom_id=_FILES, required=False, min_values=0, max_values=most)


def values_of(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    """The ids of the fields of a form that was sent, with what is in them: a text, a list of what
    was picked, or None."""
    for component in components:
        inner = component.get("component")
        fields = [inner] if inner else (component.get("components") or [])
        yield from values_of(cast("list[Mapping[str, Any]]", fields))
        if component.get("custom_id"):
            yield str(component["custom_id"]), component.get("value", component.get("values"))
