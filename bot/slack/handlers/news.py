"""``/illustrate news``: schedules of the news desk, typed or filled into a form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from bot.cards.models import Reply
from bot.commands.news import NONE, OPTIONS, SPARE, NewsCommands, drafted
from bot.intents.subcommands import news_verb
from bot.locale.catalog import LANGUAGES, words
from bot.options import split_options
from bot.setting_values import channel_id
from bot.slack.client.tokens import NAME
from bot.slack.handlers.responder import SlackResponder
from bot.slack.payloads.command_text import plain_words
from bot.slack.payloads.slack_event import SlackEvent
from bot.slack.view import modals
from bot.slack.view.blocks import Block
from bot.slack.view.modals import Origin, Sent
from domain.requests import Destination
from jobs.admission.requests import Requester
from jobs.news.schedule_check import check_schedule

SCHEDULE_OPTIONS: Final = (
    *("when", "topic", "feeds", "time_zone", "channel", "approvals", "review", "sources"),
    *("style", "generator", "language", "quiet", "ends", "lead", "grace", "name"),
)
"""The fields of a schedule's form; those that matter most stand first."""
_CHANNELS: Final = ("channel", "review")


async def news(responder: SlackResponder, turn: SlackEvent, text: str) -> None:
    """Do what was typed behind ``/illustrate news``."""
    verb, rest = news_verb(text)
    named, options = split_options(rest, OPTIONS) if verb in ("add", "edit") else (rest, {})
    named = plain_words(named)
    typed = {
        name: value if name in _CHANNELS else plain_words(value) for name, value in options.items()
    }
    commands = await responder.commands(turn)
    match verb:
        case "add" if not typed:
            await _open_form(responder, turn, {"topic": named})
        case "add":
            topic = {"topic": named} if named else {}
            await _keep(responder, turn, topic | typed)
        case "edit" if not typed:
            schedule_id, current = await commands.news.options(named)
            await _open_form(responder, turn, current, schedule_id)
        case "edit":
            await _keep(responder, turn, typed, named)
        case "preview":
            alone = await responder.making(turn, private=True)
            await responder.answer(turn, await alone.news.preview(named))
        case _:
            await responder.answer(turn, await _steered(commands.news, verb, named))


def check_form(sent: Sent) -> None:
    """See that a filled-in schedule can be kept, before its form closes. Raises
    ``InvalidRequest``, which names the field."""
    nobody = Requester("", "", Destination(NAME, ""))
    check_schedule(drafted(nobody, _filled_in(sent)), now=datetime.now(UTC))


async def keep_schedule(responder: SlackResponder, turn: SlackEvent, sent: Sent) -> None:
    """Make or change the schedule that a form describes."""
    await _keep(responder, turn, _filled_in(sent), sent.origin.subject)


async def _keep(
    responder: SlackResponder,
    turn: SlackEvent,
    options: Mapping[str, str],
    named: str | None = None,
) -> None:
    """Make a schedule, or change the one that is named."""
    commands = await responder.commands(turn)
    channels_by_field = {name: options.get(name, "") for name in _CHANNELS}
    channels = [
        channel_id(name, value)
        for name, value in channels_by_field.items()
        if value not in ("", NONE)
    ]
    if named is None and not channels_by_field["channel"]:
        channels.append(turn.channel)
    for channel in channels:
        await responder.check_place(turn, channel)
    if named is None:
        zone = (await responder.person(turn)).time_zone
        options = ({"time_zone": zone} if zone else {}) | dict(options)
        await responder.answer(turn, await commands.news.add(options))
    else:
        await responder.answer(turn, await commands.news.edit(named, options))


async def _steered(news: NewsCommands, verb: str, named: str) -> Reply:
    match verb:
        case "run":
            return await news.run(named)
        case "pause":
            return await news.pause(named)
        case "resume":
            return await news.resume(named)
        case "remove":
            return await news.remove(named)
        case _:
            return await news.list()


def _filled_in(sent: Sent) -> dict[str, str]:
    """The options as they were filled in; a field that was emptied takes its option back."""
    return {name: sent.text(name) or (NONE if name in SPARE else "") for name in SCHEDULE_OPTIONS}


async def _open_form(
    responder: SlackResponder,
    turn: SlackEvent,
    current: Mapping[str, str],
    schedule_id: str | None = None,
) -> None:
    zone = (await responder.person(turn)).time_zone
    known = {"time_zone": zone or "UTC", "channel": turn.channel} | dict(current)
    form = _form(
        Origin(channel=turn.channel, thread=turn.thread, subject=schedule_id),
        known,
        generators=tuple(responder.services.generators),
        language=await responder.language(turn),
    )
    await responder.open(turn, form)


def _form(
    origin: Origin, known: Mapping[str, str], *, generators: tuple[str, ...], language: str
) -> Block:
    """Everything that a schedule can say, with what it says already."""
    menus = {
        "approvals": ("0", "1", "2"),
        "sources": ("1", "2", "3", "4", "5"),
        "language": LANGUAGES,
        "generator": generators,
    }
    blocks: list[Block] = []
    for name in SCHEDULE_OPTIONS:
        value = known.get(name, "")
        if name in _CHANNELS:
            element = modals.channel_menu(value or None)
        elif name in menus:
            element = modals.menu_of(menus[name], initial=value or None)
        else:
            element = modals.text_input(value, multiline=name in ("topic", "feeds"))
        blocks.append(
            modals.named(name, f"news.{name}", language, element, optional=name != "when")
        )
    title = words("news", language).name.capitalize()
    return modals.modal(modals.SCHEDULE, title, blocks, origin, submit="OK")
