"""Modals and what comes back from them: the form for a picture, edits, reasons, settings, the
library, references and the evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from bot.buttons import Button, ButtonAction
from bot.cards.models import Card, EvidenceCard
from bot.locale.catalog import label, phrase, words
from bot.locale.choice_words import choice_word
from bot.setting_fields import FieldKind, field_kind, setting_title
from bot.setting_values import ASPECTS, CHOICES, NUMBERS
from bot.slack.view import blocks as b
from bot.slack.view.blocks import Block, Files
from bot.slack.view.pen import Pen
from bot.slack.view.render import Shown, drawn, evidence_blocks
from domain.requests import MAX_COUNT, MAX_REFERENCES, ResearchDepth, Rights
from domain.team import Scope

FORM = "limner.form"
EDIT = "limner.edit"
REASON = "limner.reason"
SETTING = "limner.setting"
LIBRARY = "limner.library"
REFERENCES = "limner.references"
WORDS = "limner.words"
SCHEDULE = "limner.schedule"
SHOWN = "limner.shown"
CHOICE_ACTION = "limner.setting.choice"
"""Choosing which setting to change; the form then shows a field of its kind."""
UNSET = "-"
"""The entry of a menu that takes a setting back."""
VALUE = "value"
"""The action id of the one element in each field."""
INPUT_CHARS = 3000
PICTURE_TYPES = ("jpg", "jpeg", "png", "webp", "gif", "heic", "tiff", "bmp")


@dataclass(frozen=True, slots=True)
class Origin:
    """A form's hidden data on where it was opened; Slack gives it back."""

    channel: str = ""
    thread: str | None = None
    message: str | None = None
    button: str | None = None
    """The code of the button that opened it."""
    scope: str | None = None
    subject: str | None = None
    """The job or picture that it is about."""
    files: tuple[str, ...] = ()
    """Files of the message that it is about."""
    language: str = ""
    """Of the user who fills it in, so that errors can be shown at once."""

    def read_in(self, language: str) -> Origin:
        """The same for a form that is shown in a language."""
        return replace(self, language=language)

    def kept(self) -> str:
        """As text, well below Slack's 3000 characters."""
        shown = {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}
        return json.dumps(shown)

    @classmethod
    def read(cls, text: str) -> Origin:
        """Back from the text; empty where it cannot be read."""
        try:
            kept = cast("dict[str, Any]", json.loads(text or "{}") or {})
            files = tuple(str(file) for file in kept.pop("files", ()))
            return cls(**kept, files=files)
        except (ValueError, TypeError, AttributeError):
            return cls()


@dataclass(frozen=True, slots=True)
class ChosenSetting:
    """A setting whose value is requested: as it is typed now, and its description."""

    name: str
    typed: str
    shown: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The submitted values, by the ids of the fields."""

    origin: Origin
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    ticked: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    files: Files = ()

    def text(self, name: str) -> str:
        """The typed or chosen value; empty where there is none."""
        return self.texts.get(name, "").strip()


def sent_of(view: Mapping[str, Any]) -> Sent:
    """The values of a submitted view."""
    texts, ticked, files = dict[str, str](), dict[str, tuple[str, ...]](), list[Any]()
    state = cast("Mapping[str, Any]", view.get("state") or {})
    for block_id, elements in cast("Mapping[str, Any]", state.get("values") or {}).items():
        for element in cast("Mapping[str, Mapping[str, Any]]", elements).values():
            match element.get("type"):
                case "static_select":
                    chosen = cast("Mapping[str, Any]", element.get("selected_option") or {})
                    texts[block_id] = str(chosen.get("value") or "")
                case "conversations_select":
                    texts[block_id] = str(element.get("selected_conversation") or "")
                case "checkboxes" | "multi_static_select":
                    ticked[block_id] = ticked_in(element)
                case "file_input":
                    files += cast("list[Any]", element.get("files") or [])
                case _:
                    texts[block_id] = str(element.get("value") or "")
    return Sent(Origin.read(str(view.get("private_metadata") or "")), texts, ticked, files)


def ticked_in(element: Mapping[str, Any]) -> tuple[str, ...]:
    """The values that are chosen in boxes or a menu of several."""
    options = cast("list[Mapping[str, Any]]", element.get("selected_options") or [])
    return tuple(str(option["value"]) for option in options)


def form(origin: Origin, generators: Sequence[str], *, language: str, prompt: str = "") -> Block:
    """The fields of a picture request."""
    fields = [
        _field("prompt", language, text_input(prompt, multiline=True), optional=False),
        _field("reference", language, _file(PICTURE_TYPES)),
        _field("research", language, menu_of(ResearchDepth, language=language)),
        _field("aspect", language, menu_of(ASPECTS)),
        _field("style", language, text_input()),
        _field("generator", language, menu_of(generators)) if generators else None,
        _field("rights", language, menu_of(Rights, language=language)),
        _field("count", language, menu_of(map(str, range(1, MAX_COUNT + 1)))),
        _field("seed", language, text_input()),
        b.field(
            "ways",
            phrase("more", language),
            b.checkboxes(
                VALUE,
                [
                    b.option(words(f"imagine.{name}", language).description, name)
                    for name in ("private", "choose")
                ],
                chosen=False,
            ),
        ),
    ]
    blocks = [block for block in fields if block]
    title = phrase("illustrate", language)
    there = origin.read_in(language)
    return modal(FORM, title, blocks, there, submit=title)


def edit_form(
    origin: Origin, *, language: str, instruction: str = "", pictures: Sequence[Block] = ()
) -> Block:
    """The change that is wanted; ``pictures`` to choose from where none is named."""
    menu = b.select(VALUE, pictures, initial=pictures[0]["value"]) if pictures else None
    blocks = [
        named("image", "edit.image", language, menu, optional=False) if menu else None,
        named("instruction", "edit.instruction", language, text_input(instruction, multiline=True)),
        named("reference", "edit.reference", language, _file(PICTURE_TYPES)),
    ]
    shown = [block for block in blocks if block]
    return modal(
        EDIT, words("menu.edit", language).name, shown, origin.read_in(language), submit="OK"
    )


def reason_form(origin: Origin, *, language: str) -> Block:
    """The reason why something is not approved."""
    title = phrase("reject", language)
    reason = named("reason", "form.reason", language, text_input(multiline=True))
    there = origin.read_in(language)
    return modal(REASON, title, [reason], there, submit=title)


def words_form(origin: Origin, *, language: str, draft: str) -> Block:
    """The words of a draft: the headline in the first line, a sentence in each other."""
    title = label(ButtonAction.TEXT, language)
    text = text_input(draft, multiline=True)
    return modal(
        WORDS,
        title,
        [named("words", "form.story", language, text, optional=False)],
        origin.read_in(language),
        submit="OK",
    )


def setting_form(
    origin: Origin, names: Sequence[str], *, language: str, chosen: ChosenSetting | None = None
) -> Block:
    """One setting and its value; once it is chosen, in a field of its kind."""
    options = [b.option(setting_title(name, language), name) for name in names]
    menu = b.select(CHOICE_ACTION, options, initial=chosen.name if chosen else names[0])
    asked = named("name", "settings.name", language, menu, optional=False)
    blocks = [{**asked, "dispatch_action": True}]
    if chosen is not None:
        blocks.append(
            b.field(
                f"{VALUE}.{chosen.name}",
                words("form.value", language).description,
                setting_element(chosen.name, chosen.typed, language=language),
                hint=chosen.shown,
            )
        )
    else:
        blocks.append(named("value", "form.value", language, text_input()))
        if "review_channel" in names:
            blocks.append(b.field("channel", "review_channel", channel_menu()))
    return modal(
        SETTING, phrase("settings", language), blocks, origin.read_in(language), submit="OK"
    )


def setting_element(name: str, typed: str, *, language: str) -> Block:
    """The field for a setting: a menu of its values, a channel, a number, or text."""
    kind = field_kind(name)
    if kind is FieldKind.CHOICE:
        unset = b.option("–", UNSET)
        known = [b.option(choice_word(value, language), value) for value in CHOICES[name]]
        return b.select(VALUE, [unset, *known], initial=typed or UNSET)
    if kind is FieldKind.CHANNEL:
        return channel_menu(typed or None)
    if kind is FieldKind.NUMBER:
        least, most = NUMBERS[name]
        element: Block = {
            "type": "number_input",
            "action_id": VALUE,
            "is_decimal_allowed": False,
            "min_value": str(least),
            "max_value": str(most),
        }
        return {**element, "initial_value": typed} if typed else element
    return text_input(typed)


def value_block(sent: Sent) -> str | None:
    """The field of a chosen setting's own kind; None where the form has the general one."""
    own = f"{VALUE}.{sent.text('name')}"
    return own if own in sent.texts else None


def setting_in(sent: Sent) -> tuple[str, str]:
    """The setting that was chosen, and its value: what was typed or chosen, or the channel."""
    name = sent.text("name")
    if f"{VALUE}.{name}" in sent.texts:
        typed = sent.text(f"{VALUE}.{name}")
        return name, "" if typed == UNSET else typed
    chosen = sent.text("channel") if name == "review_channel" else ""
    return name, chosen or sent.text("value")


def library_form(origin: Origin, *, language: str) -> Block:
    """A file or an address for the library, and whose it is."""
    blocks = [
        named("file", "library.file", language, _file(())),
        *[
            named(name, f"library.{name}", language, text_input())
            for name in ("address", "title", "author", "license")
        ],
    ]
    title = words("library", language).name.capitalize()
    return modal(LIBRARY, title, blocks, origin.read_in(language), submit="OK")


def references_form(origin: Origin, options: Sequence[Block], *, language: str) -> Block:
    """The references that a person's own pictures replace."""
    blocks = [
        b.field(
            "replaced",
            words("form.which", language).description,
            b.checkboxes(VALUE, options, chosen=False),
            hint=phrase("replace.order", language),
        ),
        named("reference", "form.files", language, _file(PICTURE_TYPES)),
        named("address", "form.address", language, text_input()),
    ]
    return modal(
        REFERENCES, phrase("replace.title", language), blocks, origin.read_in(language), submit="OK"
    )


def waiting_view(title: str) -> Block:
    """Shown at once, until what was asked for is there."""
    return modal(SHOWN, title, [b.section("…")], Origin())


def card_view(
    title: str,
    card: Card,
    *,
    shown: Shown | None = None,
    language: str | None = None,
    origin: Origin | None = None,
) -> Block:
    """A card in a modal, which has room for all of a picture's sources; ``origin`` is where it was
    opened, for its buttons."""
    if isinstance(card, EvidenceCard):
        pen = Pen(Shown(), language)
        title_, *rest = evidence_blocks(card, language)
        # Above the sources, of which there may be more than a modal holds.
        blocks = [title_, *pen.page(card.address), *pen.row(card.buttons), *rest]
    else:
        blocks = drawn(card, shown=shown or Shown(), language=language).blocks
    fitted = b.fitted(blocks, most=b.VIEW_BLOCKS, most_bytes=b.VIEW_BYTES)
    return modal(SHOWN, title, fitted, origin or Origin())


def button_of(origin: Origin) -> Button | None:
    """The button that opened a form."""
    return Button.read(origin.button or "")


def scope_of(origin: Origin) -> Scope:
    """The scope that a form of settings is about."""
    return Scope(origin.scope) if origin.scope in set(Scope) else Scope.MEMBER


def modal(
    callback: str, title: str, blocks: Sequence[Block], origin: Origin, *, submit: str | None = None
) -> Block:
    """A modal that remembers where it was opened; with ``submit`` it can be sent."""
    return {
        "type": "modal",
        "callback_id": callback,
        "title": b.plain_text(title, b.TITLE_CHARS),
        "blocks": list(blocks),
        "private_metadata": origin.kept(),
        **({"submit": b.plain_text(submit, b.TITLE_CHARS)} if submit else {}),
    }


def named(
    block_id: str, path: str, language: str, element: Block, *, optional: bool = True
) -> Block:
    """A field with the words of a command's option."""
    return b.field(block_id, words(path, language).description, element, optional=optional)


def _field(name: str, language: str, element: Block, *, optional: bool = True) -> Block:
    return named(name, f"imagine.{name}", language, element, optional=optional)


def text_input(initial: str = "", *, multiline: bool = False) -> Block:
    """A line, or several, to type in."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": VALUE,
        "multiline": multiline,
        "max_length": INPUT_CHARS,
    }
    return {**element, "initial_value": initial[:INPUT_CHARS]} if initial else element


def _file(types: Sequence[str]) -> Block:
    element: Block = {"type": "file_input", "action_id": VALUE, "max_files": MAX_REFERENCES}
    return {**element, "filetypes": list(types)} if types else element


def menu_of(
    values: Iterable[str], *, initial: str | None = None, language: str | None = None
) -> Block:
    """A menu of values, by what they are called."""
    return b.select(
        VALUE,
        [b.option(choice_word(str(value), language), str(value)) for value in values],
        initial=initial,
    )


def channel_menu(initial: str | None = None) -> Block:
    """A menu of the channels that the person can see."""
    element: Block = {
        "type": "conversations_select",
        "action_id": VALUE,
        "filter": {"include": ["public", "private"]},
    }
    return {**element, "initial_conversation": initial} if initial else element
