"""Forms that were sent: errors of a field are shown beside it, everything else afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.buttons import Button, ButtonAction
from bot.options import request_of, wants_privacy
from bot.setting_values import setting_of
from bot.slack.client.tokens import NAME
from bot.slack.handlers.buttons import carry_out
from bot.slack.handlers.home import publish_home
from bot.slack.handlers.news import SCHEDULE_OPTIONS, check_form, keep_schedule
from bot.slack.handlers.responder import SlackResponder
from bot.slack.payloads.slack_event import SlackEvent
from bot.slack.view import modals
from bot.slack.view.modals import Sent
from domain.errors import InvalidRequest
from domain.requests import Destination
from domain.translation.messages import gettext, translated
from jobs.admission.requests import Requester

OPTIONS = ("research", "aspect", "style", "generator", "rights", "count", "seed")
_FIELDS: Final = {
    modals.FORM: ((*OPTIONS, "prompt"), "prompt"),
    modals.SETTING: (("name", "value"), "value"),
    modals.SCHEDULE: (SCHEDULE_OPTIONS, "when"),
}
"""The fields of a form, and the one at which all other errors are shown."""


def problems(callback: str, sent: Sent) -> Mapping[str, str]:
    """Errors by field; checked before the form closes, so nothing outside is called."""
    language = sent.origin.language
    try:
        match callback:
            case modals.FORM:
                nobody = Requester("", "", Destination(NAME, ""))
                request_of(nobody, sent.text("prompt"), options_of(sent))
            case modals.EDIT if not (sent.text("instruction") or sent.files):
                return {"instruction": translated(gettext("Say what should change."), language)}
            case modals.SETTING:
                setting_of(*modals.setting_in(sent))
            case modals.LIBRARY if not (sent.files or sent.text("address")):
                wanted = gettext("Attach a file, or give the address of a web page or picture.")
                return {"address": translated(wanted, language)}
            case modals.SCHEDULE:
                check_form(sent)
            case modals.REFERENCES if not (sent.files or sent.text("address")):
                wanted = gettext("Attach a picture, or give the address of one.")
                return {"address": translated(wanted, language)}
            case _:
                pass
    except InvalidRequest as error:
        fields, default = _FIELDS[callback]
        field = error.field or default
        if callback == modals.SETTING and (own := modals.value_block(sent)) is not None:
            return {own: translated(error.sentence, language)}
        return {field if field in fields else default: translated(error.sentence, language)}
    return {}


def options_of(sent: Sent) -> dict[str, str]:
    """The options of a request as they were filled in."""
    options = {name: sent.text(name) for name in OPTIONS if sent.text(name)}
    ways = sent.ticked.get("ways", ())
    return options | {name: "yes" for name in ("private", "choose") if name in ways}


async def submit(responder: SlackResponder, turn: SlackEvent, callback: str, sent: Sent) -> None:
    """Do what a form asks for."""
    origin = sent.origin
    here = turn.at(origin.channel, origin.thread, origin.message)
    match callback:
        case modals.FORM:
            await _draw(responder, here, sent)
        case modals.EDIT:
            await _edit(responder, here, sent)
        case modals.REASON:
            button = modals.button_of(origin)
            if button is not None:
                await carry_out(responder, here, button, text=sent.text("reason"))
                if not origin.channel:
                    await publish_home(responder, here)
        case modals.WORDS:
            button = modals.button_of(origin)
            if button is not None:
                await carry_out(responder, here, button, text=sent.text("words"))
        case modals.SCHEDULE:
            await keep_schedule(responder, here, sent)
        case modals.SETTING:
            commands = await responder.commands(here)
            scope = modals.scope_of(origin)
            name, value = modals.setting_in(sent)
            await responder.check_setting(here, name, value)
            reply = await commands.settings(scope, name, value)
            await responder.answer(here, reply)
            await publish_home(responder, here)
        case modals.LIBRARY:
            await _add(responder, here, sent)
        case modals.REFERENCES:
            await _replace(responder, here, sent)
        case _:
            pass


async def _draw(responder: SlackResponder, turn: SlackEvent, sent: Sent) -> None:
    options = options_of(sent)
    pictures = await responder.files(turn, sent.files)
    commands = await responder.making(turn, private=wants_privacy(options))
    reply = await commands.imagine(
        sent.text("prompt"), event_key=turn.key, options=options, pictures=pictures
    )
    await responder.answer(turn, reply)


async def _edit(responder: SlackResponder, turn: SlackEvent, sent: Sent) -> None:
    origin, words = sent.origin, sent.text("instruction") or gettext("Use this.")
    pictures = await responder.files(turn, sent.files)
    button = modals.button_of(origin)
    if button is not None:
        chosen = Button(button.action, sent.text("image") or button.subject)
        await carry_out(responder, turn, chosen, text=words, files=pictures)
        return
    commands = await responder.making(turn)
    if origin.files:
        theirs = await responder.files(turn, [{"id": file_id} for file_id in origin.files])
        reply = await commands.imagine(
            words, event_key=turn.key, options={}, pictures=[*theirs, *pictures]
        )
    else:
        subject = origin.subject or sent.text("image")
        reply = await commands.edit(subject, words, event_key=turn.key, pictures=pictures)
    await responder.answer(turn, reply)


async def _add(responder: SlackResponder, turn: SlackEvent, sent: Sent) -> None:
    commands = await responder.commands(turn)
    address = sent.text("address") or None
    found: list[tuple[str, bytes] | None] = [*await responder.files(turn, sent.files)]
    for upload in (*found, None) if address or not found else found:
        reply = await commands.library.add(
            address=None if upload else address,
            upload=upload,
            title=sent.text("title") or None,
            author=sent.text("author") or None,
            license=sent.text("license") or None,
        )
        await responder.answer(turn, reply)


async def _replace(responder: SlackResponder, turn: SlackEvent, sent: Sent) -> None:
    origin = sent.origin
    button = modals.button_of(origin)
    if button is None:
        return
    pictures = await responder.files(turn, sent.files)
    if sent.text("address"):
        commands = await responder.commands(turn)
        pictures.append(await commands.library.read(sent.text("address")))
    keep = tuple(int(number) for number in (origin.subject or "").split(",") if number.isdigit())
    replaced = tuple(int(number) for number in sent.ticked.get("replaced", ()) if number.isdigit())
    await carry_out(
        responder,
        turn,
        Button(ButtonAction.REPLACE, button.subject),
        numbers=keep or None,
        files=pictures,
        replaced=replaced,
    )
