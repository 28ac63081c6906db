"""Events of channels: mentions, replies, reactions, opened pages, the app being removed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, cast

from bot.cards.greetings import greeting_card
from bot.cards.models import Reply
from bot.cards.pictures import illustration_cards
from bot.commands.brought_files import counted
from bot.commands.incoming_messages import IncomingMessage, UnderstoodMessage
from bot.commands.talk import Conversation
from bot.slack.client.api import SlackApi
from bot.slack.client.finding import thread_key
from bot.slack.client.places import is_own
from bot.slack.client.sessions import SessionStatus
from bot.slack.client.tokens import NAME, Tenant, Tokens
from bot.slack.handlers.attachments import is_picture, pictures_in
from bot.slack.handlers.home import publish_home
from bot.slack.handlers.presence import is_of
from bot.slack.handlers.responder import SlackResponder
from bot.slack.payloads.command_text import plain_words
from bot.slack.payloads.slack_event import Json, SlackEvent
from bot.slack.view.blocks import Files
from domain.errors import LimnerError, NotPossibleNow, SurfaceRefused
from domain.translation.messages import gettext, translated
from jobs.news.destinations import DestinationService

VOTES: Final[Mapping[str, int]] = {
    "+1": 1,
    "thumbsup": 1,
    "heart": 1,
    "heart_eyes": 1,
    "star": 1,
    "tada": 1,
    "fire": 1,
    "100": 1,
    "-1": -1,
    "thumbsdown": -1,
}
"""Reactions that count, by Slack's names."""
LOOK_AGAIN_S: Final = (0.1, 0.3, 1.0, 2.0)
"""Pauses before each further look for the job that was stopped."""
NUMBERS: Final[Mapping[str, int]] = {"one": 1, "two": 2, "three": 3, "four": 4}
"""Reactions that vote for one picture of a set."""
PLACE_EVENTS: Final = (
    *("channel_archive", "channel_deleted", "channel_left", "channel_unarchive"),
    *("group_archive", "group_deleted", "group_left", "group_unarchive"),
)
"""Slack's events for channels that disappear and come back, and for those that the app is removed
from."""
SPOKEN = frozenset({None, "file_share", "thread_broadcast"})
"""Kinds of messages in which a person says something new."""
PROMPTS: Final = (
    (gettext("A place"), gettext("The Golden Gate Bridge in fog, seen from a boat")),
    (
        gettext("A person at work"),
        gettext("Ada Lovelace in front of the Analytical Engine, ink drawing"),
    ),
    (gettext("For a slide"), gettext("How tides work, flat vector illustration aspect:16:9")),
)


def concerns_us(body: Json) -> bool:
    """Whether an event may matter: of messages in channels only replies do, since a mention comes
    as an event of its own."""
    event = cast("Json", body["event"])
    if event.get("type") == "member_joined_channel":
        return event.get("user") in _own_members(body)
    if event.get("type") not in ("message", "app_mention"):
        return True
    if event.get("bot_id") or event.get("subtype") not in SPOKEN or not event.get("user"):
        return False
    reply = event.get("thread_ts") or is_own(str(event.get("channel", "")))
    return event.get("type") == "app_mention" or bool(reply)


def _own_members(body: Json) -> list[object]:
    """Limner's own members in the installations that an event is for."""
    return [one.get("user_id") for one in cast("list[Json]", body.get("authorizations") or [])]


async def message(responder: SlackResponder, turn: SlackEvent, body: Json) -> None:
    """A mention, a reply in one of our threads, or a direct message to Limner."""
    event = cast("Json", body["event"])
    own = (await responder.api.installation(turn.tenant)).bot_member_id
    text = str(event.get("text") or "")
    addressed = f"<@{own}" in text or is_own(turn.channel)
    job_id = await _job_of_thread(responder, turn)
    if not addressed and (job_id is None or not await _refines(responder, turn)):
        return
    attached = cast("list[Json]", event.get("files") or [])
    count, unusable = counted(
        [(str(file.get("name") or "file"), is_picture(file)) for file in attached]
    )
    sent = IncomingMessage(
        text=plain_words(text, without=own),
        addressed=addressed,
        job_id=job_id,
        files=count,
        unusable=unusable,
    )
    here = turn if is_own(turn.channel) else turn.under()
    conversation = Conversation(responder.services, await responder.requester(here))
    understood = await conversation.understand(sent)
    if understood is not None:
        await _answer(responder, here, conversation, understood, pictures_in(attached))


async def _answer(
    responder: SlackResponder,
    turn: SlackEvent,
    conversation: Conversation,
    understood: UnderstoodMessage,
    files: Files,
) -> None:
    """Carry out what was understood; a picture's answer goes where one can be posted."""
    async with _working(responder, turn, shown=understood.makes_picture):
        if understood.makes_picture:
            pictures = await responder.files(turn, files)
            commands = await responder.making(turn, private=understood.is_private)
        else:
            pictures = await responder.files(turn, files if understood.wants_files else [])
            commands = await responder.commands(turn)
        helps = await responder.help(turn)
        reply = await conversation.act(
            understood, commands, event_key=turn.key, help_card=helps, pictures=pictures
        )
    if reply.whispered is not None:
        await responder.say(turn, reply.whispered)
    else:
        await responder.answer(turn, reply)


async def reaction(responder: SlackResponder, turn: SlackEvent, body: Json) -> None:
    """A vote on the pictures of a message, or one that is taken back."""
    event = cast("Json", body["event"])
    name = re.sub(r"::.*", "", str(event.get("reaction", "")))
    job_id = await responder.services.team.job_of_message(
        turn.tenant.workspace_id, NAME, turn.channel, turn.message or ""
    )
    number = NUMBERS.get(name)
    value = 1 if number else VOTES.get(name)
    if value is None or job_id is None:
        return
    view = await responder.services.jobs.view(turn.tenant.workspace_id, job_id)
    shown = [card.illustration_id for card in illustration_cards(view)]
    commands = await responder.commands(turn)
    for picture_id in shown if number is None else shown[number - 1 : number]:
        if event.get("type") == "reaction_removed":
            await commands.take_back(picture_id, value)
        else:
            await commands.vote(picture_id, value)


async def home_opened(responder: SlackResponder, turn: SlackEvent, body: Json) -> None:
    """App Home, or the person's messages with Limner, came into view."""
    event = cast("Json", body["event"])
    if event.get("tab") == "messages":
        await _suggest(responder, turn)
    else:
        await publish_home(responder, turn)


async def assistant_started(responder: SlackResponder, turn: SlackEvent, _body: Json) -> None:
    """A user opened the assistant pane."""
    await _suggest(responder, turn)


async def removed(tokens: Tokens, turn: SlackEvent, body: Json) -> None:
    """The app was uninstalled, or its tokens revoked: they are forgotten."""
    event = cast("Json", body["event"])
    revoked = cast("Mapping[str, Any]", event.get("tokens") or {})
    if event.get("type") == "tokens_revoked" and not revoked.get("bot"):
        return
    seconds = float(body.get("event_time") or 0)
    at = datetime.fromtimestamp(seconds, UTC) if seconds else datetime.now(UTC)
    await tokens.forget(turn.tenant, before=at)


async def place_changed(responder: SlackResponder, turn: SlackEvent, body: Json) -> None:
    """A channel was archived, deleted or opened again: news there pauses or resumes. Where an
    organisation installed the app, the event may name no workspace, and Slack cannot be asked about
    a channel that is gone: then it concerns all its workspaces, which share the ids of channels."""
    event = cast("Json", body["event"])
    channel, destinations = event.get("channel"), responder.services.destinations
    if destinations is None or not isinstance(channel, str):
        return
    opened = str(event.get("type")).endswith("unarchive")
    change = destinations.open_channel if opened else destinations.close_channel
    tenant = turn.tenant
    for workspace_id in (
        [tenant.workspace_id] if tenant.team_id else await _all_of(destinations, tenant)
    ):
        await change(workspace_id, channel)


async def added(responder: SlackResponder, turn: SlackEvent, body: Json) -> None:
    """Limner was added to a channel: news there resumes, and it says what can be tried, in the
    language of the user who added it."""
    inviter = cast("Json", body["event"]).get("inviter")
    if responder.services.destinations is not None:
        await responder.services.destinations.open_channel(turn.tenant.workspace_id, turn.channel)
    if isinstance(inviter, str) and inviter:  # it joins a public channel by itself when asked there
        await responder.answer(replace(turn, member_id=inviter), Reply(greeting_card(NAME)))


async def left(responder: SlackResponder, tokens: Tokens, turn: SlackEvent) -> None:
    """The app was uninstalled: all work for the workspace stops, or for all workspaces of the
    organisation that had installed it, unless it is installed again."""
    destinations, tenant = responder.services.destinations, turn.tenant
    if destinations is None:
        return
    try:
        await tokens.of(tenant)
    except SurfaceRefused:
        of_it = {*await _all_of(destinations, tenant)}
        for workspace_id in sorted(of_it | ({tenant.workspace_id} if tenant.team_id else set())):
            await destinations.leave(workspace_id)


async def _all_of(destinations: DestinationService, tenant: Tenant) -> list[str]:
    """The workspaces with data that use the installation of a tenant."""
    found = await destinations.workspaces.in_use(NAME)
    return [workspace_id for workspace_id, _since in found if is_of(workspace_id, tenant)]


async def back(responder: SlackResponder, turn: SlackEvent) -> None:
    """A user opened the app's home: it is installed, so what its removal paused resumes."""
    if responder.services.destinations is not None:
        await responder.services.destinations.join(turn.tenant.workspace_id)


async def _job_of_thread(responder: SlackResponder, turn: SlackEvent) -> str | None:
    if turn.thread is None:
        return None
    key = thread_key(turn.channel, turn.thread)
    return await responder.services.team.job_of_thread(turn.tenant.workspace_id, NAME, key)


async def _refines(responder: SlackResponder, turn: SlackEvent) -> bool:
    """Whether replies there refine a picture without a mention; they do unless it is set off."""
    wished = await responder.services.team.preferences(await responder.requester(turn))
    return wished.follow_ups is not False


async def _suggest(responder: SlackResponder, turn: SlackEvent) -> None:
    """Show what one could ask for, where the workspace has Slack's pane for it."""
    language = await responder.known_language(turn)
    prompts = [
        {"title": translated(title, language), "message": translated(text, language)}
        for title, text in PROMPTS
    ]
    await _if_possible(
        responder.api,
        turn,
        "assistant.threads.setSuggestedPrompts",
        thread_ts=turn.thread,
        prompts=prompts,
        title=translated(gettext("What should I research and draw?"), language),
    )


@asynccontextmanager
async def _working(
    responder: SlackResponder, turn: SlackEvent, *, shown: bool
) -> AsyncGenerator[None]:
    """Show in a user's own messages that a request is being taken in; from then on the job's own
    message shows its progress."""
    thread = turn.thread or turn.message
    if not (shown and is_own(turn.channel) and thread):
        yield
        return
    sessions, here = responder.chat.sessions, (turn.tenant, turn.channel, thread)
    language = await responder.known_language(turn)
    await sessions.set(*here, SessionStatus.PROCESSING, member_id=turn.member_id, language=language)
    taken = False
    try:
        yield
        taken = True
    finally:
        if not (taken and turn.thread):  # a job in that thread goes on with the same session
            await sessions.set(*here, SessionStatus.ACTIVE)


async def stopped(responder: SlackResponder, turn: SlackEvent, body: Json) -> None:
    """A user pressed Slack's own stop button: the running jobs of that thread are cancelled, as far
    as that person may, and the session is ready again."""
    event = cast("Json", body["event"])
    thread = str(event.get("thread_ts") or "")
    streamed = cast("list[Any]", event.get("streaming_message_ts") or [])
    commands = await responder.commands(turn)
    try:
        for job_id in await _jobs_in(responder, turn, thread, [str(ts) for ts in streamed]):
            with suppress(NotPossibleNow):  # over meanwhile
                await responder.answer(turn, await commands.cancel(job_id))
    finally:
        await responder.chat.sessions.set(turn.tenant, turn.channel, thread, SessionStatus.ACTIVE)


async def _jobs_in(
    responder: SlackResponder, turn: SlackEvent, thread: str, messages: Sequence[str]
) -> Sequence[str]:
    """The jobs of a thread and of messages in it. Slack shows the stop button a moment before the
    job's message is noted in the database, so that nothing found is looked for again."""
    team, workspace_id = responder.services.team, turn.tenant.workspace_id
    for pause in (*LOOK_AGAIN_S, None):
        found = [
            await team.job_of_thread(workspace_id, NAME, thread_key(turn.channel, thread)),
            *[await team.job_of_message(workspace_id, NAME, turn.channel, ts) for ts in messages],
        ]
        jobs = sorted({job_id for job_id in found if job_id is not None})
        if jobs or pause is None:
            return jobs
        await asyncio.sleep(pause)
    return ()


async def _if_possible(api: SlackApi, turn: SlackEvent, method: str, **arguments: Any) -> None:
    """Optional calls: workspaces without Slack's pane refuse them."""
    try:
        await api.call(turn.tenant, method, channel_id=turn.channel, patience_s=0, **arguments)
    except LimnerError:
        return
