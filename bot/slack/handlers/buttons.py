"""Buttons, boxes and shortcuts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from bot.buttons import Button, ButtonAction
from bot.cards.models import ChoiceCard, NoteCard, Reply
from bot.commands.brought_files import check_usable
from bot.commands.provenance import verify
from bot.commands.typed import run_typed
from bot.locale.catalog import label
from bot.slack.client.tokens import NAME
from bot.slack.handlers.attachments import pictures_in, unusable_in
from bot.slack.handlers.canvases import show_canvas
from bot.slack.handlers.home import publish_home
from bot.slack.handlers.responder import SlackResponder
from bot.slack.handlers.slash import (
    answer_in_modal,
    open_edit_form,
    open_form,
    open_settings,
    show_in_modal,
    show_setting,
    show_sources,
)
from bot.slack.payloads.command_text import plain_words
from bot.slack.payloads.slack_event import Json, SlackEvent
from bot.slack.view import modals
from bot.slack.view.blocks import Files
from bot.slack.view.modals import Origin
from bot.slack.view.render import ACTION, reference_options
from domain.errors import InvalidRequest
from domain.requests import MAX_REFERENCES
from domain.team import Scope
from domain.translation.messages import gettext

SETTINGS_ACTION = f"{ACTION}settings"
FORM_ACTION = f"{ACTION}form"
ONE_ACTION = f"{ACTION}{ButtonAction.SHOW}.one"
"""The menu of the pictures of a set."""
ILLUSTRATE = "illustrate"
ILLUSTRATE_THIS = "illustrate_this"
EDIT_IMAGE = "edit_image"
SHOW_SOURCES = "show_sources"
VERIFY_IMAGE = "verify_image"
"""The callback ids of the shortcuts, as they stand in ``slack-manifest.yaml``."""


async def press(responder: SlackResponder, turn: SlackEvent, body: Json) -> None:
    """Do what a button says; who may is looked up when it is pressed."""
    actions = cast("list[Json]", body.get("actions") or [{}])
    action_id = str(actions[0].get("action_id", ""))
    if action_id == SETTINGS_ACTION:
        return await open_settings(responder, turn, Scope.MEMBER)
    if action_id == modals.CHOICE_ACTION:
        chosen_ = cast("Json", actions[0].get("selected_option") or {})
        view = cast("Json", body.get("view") or {})
        return await show_setting(responder, turn, view, str(chosen_.get("value", "")))
    if action_id == FORM_ACTION:
        return await open_form(responder, turn)
    code, _, words = str(actions[0].get("value", "")).partition(" ")
    chosen = cast("Json", actions[0].get("selected_option") or {})
    if action_id == ONE_ACTION and chosen:
        code = Button(ButtonAction.SHOW, str(chosen.get("value", ""))).code
    button = Button.read(code)
    if button is None:
        return None  # a box was ticked; what is ticked is read when the picture is drawn
    if turn.view_id and not turn.at_home:
        turn = _where_opened(turn, body)
    match button.action:
        case ButtonAction.CANVAS:
            await show_canvas(responder, turn, button.subject)
        case ButtonAction.REVOKE if turn.view_id and not turn.at_home:
            await _revoke(responder, turn, button)
        case ButtonAction.EDIT:
            await _open_edit(responder, turn, button)
        case ButtonAction.REJECT:
            language = await responder.language(turn)
            await responder.open(turn, modals.reason_form(_origin(turn, button), language=language))
        case ButtonAction.TEXT:
            await _open_words(responder, turn, button)
        case ButtonAction.REPLACE:
            await _open_references(responder, turn, button, body)
        case ButtonAction.SOURCES | ButtonAction.REFERENCES:
            await show_sources(responder, turn, button.subject)
        case ButtonAction.SHOW if turn.at_home:
            await _show_at_home(responder, turn, button)
        case ButtonAction.GO:
            await _go(responder, turn, button, _kept(body))
        case ButtonAction.RUN:
            reply = await run_typed(
                await responder.commands(turn), button.subject, await responder.help(turn)
            )
            await responder.answer(turn, reply)
        case ButtonAction.CHANGE | ButtonAction.NEW | ButtonAction.PICK:
            await carry_out(responder, turn, button, text=words)
            await responder.close_offer(turn)
        case ButtonAction.NOTHING:
            await responder.close_offer(turn)
        case ButtonAction.UP | ButtonAction.DOWN:
            await _vote(responder, turn, button)
        case _:
            await carry_out(responder, turn, button)
    return None


def _where_opened(turn: SlackEvent, body: Json) -> SlackEvent:
    """The same in the channel in which the modal was opened that the button stands in."""
    view = cast("Json", body.get("view") or {})
    origin = Origin.read(str(view.get("private_metadata") or ""))
    return turn.at(origin.channel, origin.thread, origin.message)


async def _revoke(responder: SlackResponder, turn: SlackEvent, button: Button) -> None:
    """End the links to a page, and report it where its sources were shown."""

    async def revoked() -> Reply:
        commands = await responder.commands(turn)
        return await commands.press(button, message=turn.view_id or "")

    title = label(button.action, await responder.known_language(turn))
    await answer_in_modal(responder, turn, title, revoked)


async def _vote(responder: SlackResponder, turn: SlackEvent, button: Button) -> None:
    """Count feedback on a result as a vote on each of its pictures."""
    commands = await responder.commands(turn)
    value = 1 if button.action is ButtonAction.UP else -1
    for picture_id in await responder.pictures_of(turn, button.subject):
        await commands.vote(picture_id, value)
    thanks = gettext("Thanks, your vote is counted. Press the other one to change it.")
    await responder.say(turn, NoteCard(thanks))


async def _open_edit(responder: SlackResponder, turn: SlackEvent, button: Button) -> None:
    """The form for an edit; of a set it asks which picture."""
    origin = _origin(turn, button)
    commands = await responder.commands(turn)
    pictures = await commands.set_with(button.subject)
    await open_edit_form(responder, turn, origin, pictures=pictures)


async def carry_out(
    responder: SlackResponder,
    turn: SlackEvent,
    button: Button,
    *,
    text: str | None = None,
    numbers: tuple[int, ...] | None = None,
    files: list[tuple[str, bytes]] | None = None,
    replaced: tuple[int, ...] = (),
) -> None:
    """Do what a button says, with what was filled in for it."""
    makes = button.action in (
        ButtonAction.RERENDER,
        ButtonAction.RERESEARCH,
        ButtonAction.VARY,
        ButtonAction.EDIT,
        ButtonAction.UPSCALE,
        ButtonAction.CHANGE,
        ButtonAction.NEW,
        ButtonAction.PICK,
    )
    commands = await (responder.making(turn) if makes else responder.commands(turn))
    lost = (
        await responder.files_of(turn, button.subject)
        if button.action is ButtonAction.DELETE
        else ()
    )
    reply = await commands.press(
        button,
        message=f"{turn.channel}:{turn.message or turn.view_id or ''}",
        text=text,
        numbers=numbers,
        pictures=files or (),
        replaced=replaced,
    )
    await responder.answer(turn, reply)
    await responder.remove_files(turn, lost)
    if turn.at_home:
        await publish_home(responder, turn)


async def shortcut(responder: SlackResponder, turn: SlackEvent, body: Json) -> None:
    """Do what an entry of Slack's menus says."""
    message = cast("Mapping[str, Any]", body.get("message") or {})
    attached = cast("list[Json]", message.get("files") or [])
    files = pictures_in(attached)
    match str(body.get("callback_id", "")):
        case name if name == ILLUSTRATE_THIS:
            here = turn.under()
            text = plain_words(str(message.get("text") or ""))
            check_usable(unusable_in(attached), await responder.language(turn))
            if not text.strip() and not files:
                raise InvalidRequest(gettext("That message has no text or picture."))
            pictures = await responder.files(turn, files)
            commands = await responder.making(here)
            reply = await commands.illustrate(text, event_key=turn.key, pictures=pictures)
            await responder.answer(here, reply)
        case name if name == EDIT_IMAGE:
            await _edit_message(responder, turn, files)
        case name if name == SHOW_SOURCES:
            job_id = await _job_of(responder, turn)
            if job_id is None:
                await responder.say(turn, NoteCard(gettext("That isn't one of my pictures.")))
                return
            await show_sources(responder, turn, job_id)
        case name if name == VERIFY_IMAGE:
            pictures = await responder.files(turn, files)
            requester = await responder.requester(turn)
            reply = await verify(responder.services, requester, pictures=pictures)
            await responder.answer(turn, reply)
        case _:
            await open_form(responder, turn)


async def _edit_message(responder: SlackResponder, turn: SlackEvent, files: Files) -> None:
    job_id = await _job_of(responder, turn)
    if job_id is None and not files:
        await responder.say(turn, NoteCard(gettext("That message has no picture.")))
        return
    ids = () if job_id else tuple(str(file.get("id", "")) for file in files[:MAX_REFERENCES])
    thread = turn.under().thread
    origin = Origin(turn.channel, thread, turn.message, subject=job_id, files=ids)
    await open_edit_form(responder, turn, origin)


async def _job_of(responder: SlackResponder, turn: SlackEvent) -> str | None:
    """The job whose message that is."""
    return await responder.services.team.job_of_message(
        turn.tenant.workspace_id, NAME, turn.channel, turn.message or ""
    )


async def _open_words(responder: SlackResponder, turn: SlackEvent, button: Button) -> None:
    draft = await (await responder.commands(turn)).draft_words(button.subject)
    language = await responder.language(turn)
    form = modals.words_form(_origin(turn, button), language=language, draft=draft)
    await responder.open(turn, form)


async def _open_references(
    responder: SlackResponder, turn: SlackEvent, button: Button, body: Json
) -> None:
    commands = await responder.commands(turn)
    card = (await commands.job(button.subject)).card
    if not isinstance(card, ChoiceCard):
        await responder.say(turn, NoteCard(gettext("The references have already been chosen.")))
        return
    language = await responder.language(turn)
    keep = _kept(body)
    origin = Origin(
        channel=turn.channel,
        thread=turn.thread,
        message=turn.message,
        button=button.code,
        subject=",".join(map(str, keep)) if keep is not None else None,
    )
    options = reference_options(card.references)
    await responder.open(turn, modals.references_form(origin, options, language=language))


async def _show_at_home(responder: SlackResponder, turn: SlackEvent, button: Button) -> None:
    """In App Home nothing can be answered beside the button, so a modal opens."""

    async def job() -> Reply:
        commands = await responder.commands(turn)
        return await commands.press(button, message=turn.view_id or "")

    title = label(button.action, await responder.known_language(turn))
    await show_in_modal(responder, turn, title, job)


async def _go(
    responder: SlackResponder, turn: SlackEvent, button: Button, keep: tuple[int, ...] | None
) -> None:
    chosen = Button(ButtonAction.KEEP, button.subject) if keep is not None else button
    await carry_out(responder, turn, chosen, numbers=keep)


def _kept(body: Json) -> tuple[int, ...] | None:
    """The numbers of the references whose boxes are ticked; None where there are no boxes."""
    state = cast("Mapping[str, Any]", body.get("state") or {})
    for elements in cast("Mapping[str, Any]", state.get("values") or {}).values():
        element = cast("Mapping[str, Any]", elements).get(f"{ACTION}{ButtonAction.KEEP}")
        if element is not None:
            return tuple(int(value) for value in modals.ticked_in(element) if value.isdecimal())
    return None


def _origin(turn: SlackEvent, button: Button) -> Origin:
    return Origin(turn.channel, turn.thread, turn.message or turn.view_id, button=button.code)
