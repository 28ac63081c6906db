"""``/illustrate`` and its sub-commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.buttons import Button, ButtonAction
from bot.cards.builders import error_card
from bot.cards.models import EvidenceCard, Reply
from bot.commands.describing import describe
from bot.commands.provenance import verify
from bot.commands.settings import settings_at
from bot.commands.suggestions import suggestions
from bot.commands.typed import run_command, suggestion_card
from bot.intents.subcommands import (
    Ask,
    Sub,
    is_use_of_preset,
    library_verb,
    preset_verb,
    read_ask,
    suggested,
)
from bot.locale.catalog import phrase
from bot.options import split_options, wants_privacy
from bot.slack.client.tokens import NAME
from bot.slack.handlers.news import news
from bot.slack.handlers.responder import SlackResponder
from bot.slack.payloads.command_text import plain_words
from bot.slack.payloads.slack_event import Json, SlackEvent
from bot.slack.view import blocks as b
from bot.slack.view import modals
from bot.slack.view.modals import Origin
from domain.errors import InvalidRequest, LimnerError
from domain.team import Scope
from domain.translation.messages import gettext, translated


async def command(responder: SlackResponder, turn: SlackEvent, text: str) -> None:
    """Do what was typed behind ``/illustrate``."""
    ask = read_ask(plain_words(text))
    if ask.sub in (Sub.SETTINGS, Sub.NEWS):
        ask = read_ask(text)  # there the ids behind names of channels and groups are wanted
    match ask.sub:
        case Sub.FORM:
            await open_form(responder, turn)
        case Sub.PROMPT:
            nearly = suggested(plain_words(text))
            if nearly:
                await _suggest(responder, turn, nearly, words=ask.words)
            else:
                await draw(responder, turn, ask.words)
        case Sub.EDIT:
            await _edit(responder, turn, ask)
        case Sub.LIBRARY:
            await _library(responder, turn, ask.words)
        case Sub.NEWS:
            await news(responder, turn, ask.words)
        case Sub.VERIFY:
            requester = await responder.requester(turn)
            reply = await verify(responder.services, requester, address=ask.words)
            await responder.answer(turn, reply)
        case Sub.DESCRIBE:
            requester = await responder.requester(turn)
            reply = await describe(responder.services, requester, address=ask.words or None)
            await responder.answer(turn, reply)
        case Sub.BLEND:
            raise InvalidRequest(
                gettext("Mention me in a message with two to four pictures and the word “blend”.")
            )
        case Sub.PRESET:
            await _preset(responder, turn, ask)
        case Sub.PRIVACY | Sub.LINK_ACCOUNT | Sub.UNLINK_ACCOUNT:
            await responder.answer(turn, await run_command(await responder.commands(turn), ask))
        case Sub.SETTINGS:
            await _settings(responder, turn, ask)
        case Sub.SOURCES:
            await show_sources(responder, turn, ask.subject)
        case _:
            await responder.answer(turn, await _shown(responder, turn, ask))


async def _suggest(
    responder: SlackResponder, turn: SlackEvent, command: str, *, words: str
) -> None:
    """Ask whether a sub-command was meant, before anything is drawn where others see it."""
    language = await responder.known_language(turn)
    await responder.say(turn, suggestion_card(command, words=words, language=language))


async def draw(
    responder: SlackResponder,
    turn: SlackEvent,
    text: str,
    files: list[tuple[str, bytes]] | None = None,
) -> None:
    """Begin a picture of the given text, with the options at its end."""
    prompt, options = split_options(text)
    commands = await responder.making(turn, private=wants_privacy(options))
    reply = await commands.imagine(
        prompt, event_key=turn.key, options=options, pictures=files or ()
    )
    await responder.answer(turn, reply)


async def open_form(responder: SlackResponder, turn: SlackEvent, *, prompt: str = "") -> None:
    """The form for a picture."""
    language = await responder.language(turn)
    origin = Origin(channel=turn.channel, thread=turn.thread)
    form = modals.form(origin, responder.services.generators, language=language, prompt=prompt)
    await responder.open(turn, form)


async def show_sources(responder: SlackResponder, turn: SlackEvent, subject: str | None) -> None:
    """A picture's sources, in a modal; without an id the person's newest."""

    async def sources() -> Reply:
        commands = await responder.commands(turn)
        reply = await commands.sources(subject or await _newest(responder, turn))
        return _with_canvas(responder, reply)

    title = phrase("sources", await responder.known_language(turn))
    await show_in_modal(responder, turn, title, sources)


def _with_canvas(responder: SlackResponder, reply: Reply) -> Reply:
    """The same, with a button for a canvas."""
    card = reply.card
    if not isinstance(card, EvidenceCard) or responder.services.dossier is None:
        return reply
    button = Button(ButtonAction.CANVAS, card.job_id)
    return replace(reply, card=replace(card, buttons=(button, *card.buttons)))


async def show_in_modal(
    responder: SlackResponder, turn: SlackEvent, title: str, ask: Callable[[], Awaitable[Reply]]
) -> None:
    """Open a modal at once, before the click grows too old, and put the answer into it."""
    view_id = await responder.open(turn, modals.waiting_view(title))
    if view_id is not None:
        await _put_in_modal(responder, turn, view_id, title, ask)


async def answer_in_modal(
    responder: SlackResponder, turn: SlackEvent, title: str, ask: Callable[[], Awaitable[Reply]]
) -> None:
    """Put the answer to a button of a modal in the place of what it shows."""
    view_id = turn.view_id or ""
    await responder.update(turn, view_id, modals.waiting_view(title))
    await _put_in_modal(responder, turn, view_id, title, ask)


async def _put_in_modal(
    responder: SlackResponder,
    turn: SlackEvent,
    view_id: str,
    title: str,
    ask: Callable[[], Awaitable[Reply]],
) -> None:
    try:
        card = (await ask()).card
    except LimnerError as error:
        card = error_card(error, responder.services.redact, surface=NAME)
    language = await responder.known_language(turn)
    shown = await responder.shown(turn, card)
    origin = Origin(channel=turn.channel, thread=turn.thread, message=turn.message)
    view = modals.card_view(title, card, shown=shown, language=language, origin=origin)
    await responder.update(turn, view_id, view)


async def open_edit_form(
    responder: SlackResponder,
    turn: SlackEvent,
    origin: Origin,
    words: str = "",
    *,
    pictures: Sequence[tuple[str, str]] = (),
) -> None:
    """The form for an edit; without a picture in its origin, or where there are several, it asks
    which. ``pictures`` are labels and ids."""
    language = await responder.language(turn)
    menu = tuple(b.option(shown, value) for shown, value in pictures)
    if not (origin.subject or origin.button or origin.files):
        requester = await responder.requester(turn)
        found = await suggestions(responder.services, requester, "job", "")
        menu = tuple(b.option(shown, value) for shown, value in found)
        if not menu:
            raise InvalidRequest(gettext("You have no pictures to change yet."), field="image")
    form = modals.edit_form(origin, language=language, instruction=words, pictures=menu)
    await responder.open(turn, form)


async def _edit(responder: SlackResponder, turn: SlackEvent, ask: Ask) -> None:
    origin = Origin(channel=turn.channel, thread=turn.thread, subject=ask.subject)
    if not ask.subject or not ask.words:
        await open_edit_form(responder, turn, origin, ask.words)
        return
    commands = await responder.making(turn)
    reply = await commands.edit(ask.subject, ask.words, event_key=turn.key)
    await responder.answer(turn, reply)


async def _shown(responder: SlackResponder, turn: SlackEvent, ask: Ask) -> Reply:
    commands = await responder.commands(turn)
    match ask.sub:
        case Sub.STATUS:
            return await (commands.job(ask.subject) if ask.subject else commands.jobs())
        case Sub.CANCEL:
            reply = await commands.cancel(ask.subject or await _newest(responder, turn))
            await responder.say(turn, reply.card)  # the job's message may be far from here
            return reply
        case Sub.REPORT if ask.subject:
            return await commands.report(ask.subject)
        case Sub.GALLERY:
            return await commands.gallery()
        case Sub.USAGE:
            return await commands.usage(everybody=ask.everybody)
        case Sub.AUDIT:
            return await commands.audit()
        case Sub.QUEUE:
            return await commands.queue()
        case _:
            return Reply(await responder.help(turn), private=True)


async def _preset(responder: SlackResponder, turn: SlackEvent, ask: Ask) -> None:
    if is_use_of_preset(ask):
        name, _, prompt = preset_verb(ask.words)[1].partition(" ")
        commands = await responder.making(turn)
        reply = await commands.presets.use(name, prompt, event_key=turn.key)
    else:
        reply = await run_command(await responder.commands(turn), ask)
    await responder.answer(turn, reply)


async def _library(responder: SlackResponder, turn: SlackEvent, text: str) -> None:
    verb, rest = library_verb(text)
    commands = await responder.commands(turn)
    match verb:
        case "add" if not rest:
            language = await responder.language(turn)
            origin = Origin(channel=turn.channel, thread=turn.thread)
            await responder.open(turn, modals.library_form(origin, language=language))
        case "add":
            await responder.answer(turn, await commands.library.add(address=rest))
        case "remove":
            await responder.answer(turn, await commands.library.remove(rest))
        case _:
            await responder.answer(turn, await commands.library.list())


async def _settings(responder: SlackResponder, turn: SlackEvent, ask: Ask) -> None:
    scope = ask.scope or Scope.MEMBER
    name, _, value = ask.words.partition(" ")
    commands = await responder.commands(turn)
    if name:
        await responder.check_setting(turn, name, value)
        await responder.answer(turn, await commands.settings(scope, name, value))
        return
    reply = await commands.settings(scope)
    await responder.say(turn, reply.card)
    if await commands.scoped_settings.may_set(scope):
        await open_settings(responder, turn, scope)


async def open_settings(responder: SlackResponder, turn: SlackEvent, scope: Scope) -> None:
    """The form that changes one setting."""
    language = await responder.language(turn)
    origin = Origin(channel=turn.channel, thread=turn.thread, scope=scope.value)
    names = settings_at(scope)
    await responder.open(turn, modals.setting_form(origin, names, language=language))


async def show_setting(responder: SlackResponder, turn: SlackEvent, view: Json, name: str) -> None:
    """Let the open form ask for the value of the setting that was chosen, by a field of its
    kind."""
    origin = Origin.read(str(view.get("private_metadata") or ""))
    scope = modals.scope_of(origin)
    here = turn.at(origin.channel, origin.thread, origin.message)
    typed, shown = await (await responder.commands(here)).scoped_settings.typed(scope, name)
    language = await responder.language(here)
    description = translated(shown, language)
    form = modals.setting_form(
        origin,
        settings_at(scope),
        language=language,
        chosen=modals.ChosenSetting(name, typed, description),
    )
    await responder.update(turn, turn.view_id or "", form)


async def _newest(responder: SlackResponder, turn: SlackEvent) -> str:
    jobs = await responder.services.jobs.recent(
        turn.tenant.workspace_id, member_id=turn.member_id, limit=1
    )
    if not jobs:
        raise InvalidRequest(
            gettext("You have no pictures yet. Start one with {command}.", command="/illustrate")
        )
    return jobs[0].id
