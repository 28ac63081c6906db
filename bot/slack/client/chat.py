"""Messages about jobs on Slack: posted, edited, found again by what they carry unseen, and answers
that only one person sees."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import structlog

from bot.cards.models import Card, NoteCard
from bot.cards.pictures import illustration_cards
from bot.cards.simplified import KnownForms
from bot.locale.catalog import slack_command
from bot.messages.lanes import Lane
from bot.messages.ports import POST_S, MessageKey, Posted
from bot.refusals import MessageLost, PlaceRefused
from bot.slack.client.api import POST, SlackApi
from bot.slack.client.codes import LOST, OUTSIDE, TITLE
from bot.slack.client.people import find_leaders
from bot.slack.client.places import Places, is_own
from bot.slack.client.tokens import NAME, Tenant
from bot.slack.client.uploads import Uploads
from bot.slack.view.render import Drawn, Shown, drawn
from domain.errors import SurfaceRefused
from domain.installations import Installation
from domain.requests import Destination
from domain.team import JobMessage
from domain.translation.catalogue import language_of
from domain.translation.messages import joined
from jobs.admission.requests import Requester
from jobs.common.ports import NoRoom
from jobs.common.views import JobView
from jobs.services.team import TeamService

log = structlog.get_logger(__name__)

EVENT_TYPE = "limner_job"
UPDATE = "chat.update"
POST_PATIENCE_S = 3.0
THUMBNAILS_S = 3.0
"""How long a message that is claimed waits for small pictures; with the post itself, and the look
before it, this stays below the patience with a claim."""
GONE = LOST | OUTSIDE
BEFORE_JOB = timedelta(minutes=1)
"""Clocks differ; a job's message is looked for from so long before the job on."""
MODERATORS_TOLD = 10
"""How many people are told of what waits for a moderator."""
LANGUAGES_REMEMBERED = 5_000
PAGE = 200
MAX_PAGES = 10


class SlackChat:
    """What Slack can do with messages about jobs; fits ``bot.messages.ports.Chat``."""

    def __init__(
        self, *, api: SlackApi, places: Places, uploads: Uploads, team: TeamService
    ) -> None:
        self._api = api
        self._places = places
        self._uploads = uploads
        self._team = team
        self._forms = KnownForms()
        self._languages: OrderedDict[str, str | None] = OrderedDict()
        self._own_languages: OrderedDict[str, str | None] = OrderedDict()

    @property
    def name(self) -> str:
        """How destinations call it."""
        return NAME

    @property
    def title(self) -> str:
        """How people call it."""
        return TITLE

    @property
    def answers_in_place(self) -> bool:
        """Commands are acknowledged without a message."""
        return False

    def receipt(self, posted: Posted) -> str:
        """The message with its files, so that they can be deleted later."""
        return posted.receipt

    def command(self, job_id: str) -> str:
        """What somebody types to see a job."""
        return joined(slack_command("job.status"), job_id)

    async def turn(self, view: JobView, place: Destination, lane: Lane) -> None:
        """Wait until a message may be made there."""
        await self._api.turn_in(_tenant(view), place.channel, lane)

    def try_turn(self, view: JobView, place: Destination) -> bool:
        """Whether a message that can be left out may be made there; it has its turn then."""
        return self._api.try_turn_in(_tenant(view), place.channel)

    def has_room(self, workspace_id: str, channel: str, *, new: bool) -> bool:
        """Whether a message that can be left out may be made or changed there now."""
        if new:
            return self._api.has_room_in(workspace_id, channel)
        return self._api.has_room(workspace_id, UPDATE)

    async def post(self, view: JobView, place: Destination, card: Card, mark: MessageKey) -> Posted:
        """Make a message."""
        tenant = _tenant(view)
        asked_there = place.channel == view.job.request.routing.destination.channel
        if not asked_there and not self.is_private(view, place):
            await self._places.may_post(tenant, place.channel)  # joins it, where it can
        try:
            return await self._posted(view, place, card, mark)
        except PlaceRefused:
            self._places.forget(tenant, place.channel)
            raise

    async def edit(
        self, view: JobView, message: JobMessage, card: Card, mark: MessageKey, lane: Lane
    ) -> Posted | None:
        """Bring a message up to date; None where it is gone. Raises ``NoRoom``."""
        if lane is Lane.PROGRESS and not self._api.try_turn(_tenant(view), UPDATE):
            raise NoRoom
        try:
            _answer, files = await self._shown(
                view,
                card,
                mark,
                UPDATE,
                lane=lane,
                has_turn=lane is Lane.PROGRESS,
                channel=message.channel,
                ts=message.message,
            )
        except MessageLost:
            return None
        return Posted(message.channel, message.message, message.thread, files)

    async def is_live(self, view: JobView, message: JobMessage) -> bool:
        """Whether a job's message still shows how the job stands. Raises ``NoRoom``."""
        tenant = _tenant(view)
        if not self._api.has_room(tenant.workspace_id, _reading(message)):
            raise NoRoom
        found = await self._kept(tenant, message, MessageKey(view.job.id))
        return found is not None and "delivery_id" not in _payload(found)

    async def discard(self, view: JobView, message: JobMessage) -> None:
        """Remove a message of a job."""
        await self.remove(_tenant(view), message.channel, message.message)

    async def look_up(self, view: JobView, place: Destination, mark: MessageKey) -> Posted | None:
        """The message that carries the mark: the kept ones first, then what was said there since
        the job began, and in the requester's own messages where the place cannot be read."""
        tenant = _tenant(view)
        for kept in view.messages:
            message = await self._kept(tenant, kept, mark) if kept.surface == NAME else None
            if message is not None:
                return Posted(kept.channel, kept.message, kept.thread, _files(message, view))
        found = await self._searched(tenant, view, place, mark)
        may_be_home = not self.is_private(view, place) and not _from_elsewhere(view)
        if found is None and may_be_home and mark.delivery_id is not None:
            found = await self._searched(tenant, view, await self.home(view), mark)
        return found

    async def tell(self, view: JobView, card: Card) -> None:
        """Show something to whoever asked: in the channel for them alone, or in their own
        messages."""
        tenant, place = _tenant(view), view.job.request.routing.destination
        await self.whisper(tenant, view.job.request.origin.member_id, place, card, lane=Lane.ERROR)

    async def whisper(
        self,
        tenant: Tenant,
        member_id: str,
        place: Destination,
        card: Card,
        *,
        language: str | None = None,
        lane: Lane = Lane.ANSWER,
    ) -> None:
        """Show a card to one person, in a place where others may read, or in their own messages.

        Raises:
            MessageRefused: Slack takes none of its forms.
            PlaceRefused: It takes nothing to that person.
        """

        async def content(form: Card) -> dict[str, Any]:
            message = drawn(form, shown=await self._uploads.shown(tenant, form), language=language)
            return {"text": message.notice, "blocks": message.blocks}

        async def whispered(form: Card) -> None:
            await self._api.call(
                tenant,
                "chat.postEphemeral",
                channel=place.channel,
                user=member_id,
                thread_ts=place.thread,
                lane=lane,
                **await content(form),
            )

        async def written(form: Card) -> None:
            home = await self._places.home(tenant, member_id)
            thread = place.thread if home.channel == place.channel else None
            said = await content(form)
            await self._api.turn_in(tenant, home.channel, lane)
            await self._api.call(tenant, POST, channel=home.channel, thread_ts=thread, **said)

        if place.channel and not is_own(place.channel):
            try:
                return await self._forms.show(card, whispered)
            except PlaceRefused:
                log.info("not_whispered", channel=place.channel)
        return await self._forms.show(card, written)

    async def notify(self, view: JobView, result: Posted, card: NoteCard) -> None:
        """Reply in the thread of a result with a mention of whoever asked."""
        tenant, thread = (
            _tenant(view),
            view.job.request.routing.destination.thread or result.message,
        )
        message = drawn(card, shown=Shown(), language=await self._language(view))
        await self._api.turn_in(tenant, result.channel, Lane.RESULT)
        await self._api.call(
            tenant,
            POST,
            channel=result.channel,
            thread_ts=thread,
            text=message.notice,
            blocks=message.blocks,
        )

    async def home(self, view: JobView) -> Destination:
        """The requester's own messages with Limner."""
        return await self._places.home(_tenant(view), view.job.request.origin.member_id)

    async def moderators(self, view: JobView) -> Sequence[Destination]:
        """The own messages of people who may approve: of the user groups that are set, or of
        admins and owners, or of whoever installed the app."""
        tenant = _tenant(view)
        request = view.job.request
        requester = Requester(
            request.origin.workspace_id, request.origin.member_id, request.routing.destination
        )
        groups = (await self._team.preferences(requester)).moderator_groups or ()
        found = await find_leaders(self._api, tenant, groups)
        if not found:
            found = [(await self._api.installation(tenant)).installed_by]
        homes: list[Destination] = []
        for member_id in [one for one in found if one][:MODERATORS_TOLD]:
            try:
                homes.append(await self._places.home(tenant, member_id))
            except SurfaceRefused as error:
                log.info("no_direct_messages", member_id=member_id, error=str(error))
        return homes

    def is_private(self, view: JobView, place: Destination) -> bool:
        """Whether only whoever asked reads there."""
        del view
        return is_own(place.channel)

    def is_hidden(self, view: JobView) -> bool:
        """What only whoever asked may see goes into their own messages."""
        del view
        return False

    async def open_thread(self, view: JobView, posted: Posted) -> str | None:
        """Every message has a thread already."""
        del view, posted
        return None

    async def remove(self, tenant: Tenant, channel: str, message: str) -> None:
        """Delete a message of ours; one that is gone already is well."""
        try:
            await self._api.call(tenant, "chat.delete", channel=channel, ts=message)
        except SurfaceRefused as error:
            if error.code not in GONE:
                raise

    async def _posted(
        self, view: JobView, place: Destination, card: Card, mark: MessageKey
    ) -> Posted:
        answer, files = await self._shown(
            view,
            card,
            mark,
            POST,
            limit_s=POST_S,
            patience_s=POST_PATIENCE_S,
            channel=place.channel,
            thread_ts=place.thread,
            unfurl_links=False,
            unfurl_media=False,
        )
        channel, ts = str(answer["channel"]), str(answer["ts"])
        return Posted(channel, ts, thread_key(channel, place.thread or ts), files)

    async def _shown(
        self, view: JobView, card: Card, mark: MessageKey, method: str, **arguments: Any
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        """Call a method with a card as the message's content. Gives the answer, and the files of
        the pictures."""
        tenant, language = _tenant(view), await self._language(view)
        shown = await self._pictures(tenant, card, hurry=method == POST and not mark.delivery_id)
        content = _content(drawn(card, shown=shown, language=language), mark)
        return await self._api.call(tenant, method, **content, **arguments), shown.files

    async def _language(self, view: JobView) -> str:
        """The language that was set for whoever asked; looked up once for each job, and not while
        storage is out of reach. That it is, is said in their own, where none was set."""
        job_id, request = view.job.id, view.job.request
        if job_id not in self._languages and not view.paused:
            requester = Requester(
                request.origin.workspace_id, request.origin.member_id, request.routing.destination
            )
            self._languages[job_id] = (await self._team.preferences(requester)).language
            _limit(self._languages)
        own = self._own_languages.get(job_id) if view.paused else None
        return language_of(self._languages.get(job_id) or request.origin.language or own)

    def note_language(self, job_id: str, language: str | None) -> None:
        """Remember which language whoever asked for a job uses on Slack."""
        self._own_languages[job_id] = language
        _limit(self._own_languages)

    async def _pictures(self, tenant: Tenant, card: Card, *, hurry: bool) -> Shown:
        try:
            async with asyncio.timeout(THUMBNAILS_S if hurry else None):
                return await self._uploads.shown(tenant, card)
        except TimeoutError:
            return self._uploads.elsewhere(card)

    async def _kept(
        self, tenant: Tenant, kept: JobMessage, mark: MessageKey
    ) -> Mapping[str, Any] | None:
        """A message that is kept, if it carries the mark by now."""
        thread = _thread(kept)
        try:
            answer = await self._api.call(
                tenant,
                _reading(kept),
                channel=kept.channel,
                ts=thread,
                latest=kept.message,
                oldest=kept.message,
                inclusive=True,
                include_all_metadata=True,
                limit=2,
            )
        except SurfaceRefused as error:
            if error.code in GONE:
                return None
            raise
        own = await self._api.installation(tenant)
        messages = cast("list[Mapping[str, Any]]", answer.get("messages", []))
        return next(
            (m for m in messages if m.get("ts") == kept.message and _has(m, mark, own)), None
        )

    async def _searched(
        self, tenant: Tenant, view: JobView, place: Destination, mark: MessageKey
    ) -> Posted | None:
        own = await self._api.installation(tenant)
        oldest = f"{(view.job.created_at - BEFORE_JOB).timestamp():.6f}"
        cursor: str | None = None
        for _page in range(MAX_PAGES):
            try:
                answer = await self._api.call(
                    tenant,
                    "conversations.replies" if place.thread else "conversations.history",
                    channel=place.channel,
                    ts=place.thread,
                    oldest=oldest,
                    include_all_metadata=True,
                    limit=PAGE,
                    cursor=cursor,
                )
            except SurfaceRefused as error:
                if error.code in GONE:
                    return None
                raise
            for message in cast("list[Mapping[str, Any]]", answer.get("messages", [])):
                if _has(message, mark, own):
                    ts = str(message["ts"])
                    thread = thread_key(place.channel, place.thread or ts)
                    return Posted(place.channel, ts, thread, _files(message, view))
            next_page = cast("Mapping[str, Any]", answer.get("response_metadata") or {})
            cursor = str(next_page.get("next_cursor") or "") or None
            if cursor is None:
                return None
        return None


def thread_key(channel: str, thread: str) -> str:
    """A thread's name across channels: Slack's own is only unique within one."""
    return f"{channel}/{thread}"


def _limit(remembered: OrderedDict[str, str | None]) -> None:
    while len(remembered) > LANGUAGES_REMEMBERED:
        remembered.popitem(last=False)


def _thread(kept: JobMessage) -> str | None:
    """Slack's name of the thread in which a message is a reply."""
    thread = (kept.thread or "").partition("/")[2]
    return thread if thread not in ("", kept.message) else None


def _reading(kept: JobMessage) -> str:
    """The method that reads a message."""
    return "conversations.replies" if _thread(kept) else "conversations.history"


def _from_elsewhere(view: JobView) -> bool:
    """Whether nobody of this workspace asked for a job: it only shows one of a linked channel."""
    return view.job.request.origin.shadow_of is not None


def _tenant(view: JobView) -> Tenant:
    return Tenant.of(view.job.workspace_id)


def _content(message: Drawn, mark: MessageKey) -> dict[str, Any]:
    payload = {"job_id": mark.job_id, "delivery_id": mark.delivery_id}
    return {
        "text": message.notice,
        "blocks": message.blocks,
        "metadata": {
            "event_type": EVENT_TYPE,
            "event_payload": {name: value for name, value in payload.items() if value},
        },
    }


def _has(message: Mapping[str, Any], mark: MessageKey, own: Installation) -> bool:
    """Whether a message is the app's own and carries the mark; anybody's app may write one."""
    metadata = cast("Mapping[str, Any]", message.get("metadata") or {})
    payload = _payload(message)
    return (
        metadata.get("event_type") == EVENT_TYPE
        and (message.get("bot_id") or message.get("user")) in (own.bot_id, own.bot_member_id)
        and payload.get("job_id") == mark.job_id
        and (mark.delivery_id is None or payload.get("delivery_id") == mark.delivery_id)
    )


def _payload(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a message carries unseen."""
    metadata = cast("Mapping[str, Any]", message.get("metadata") or {})
    return cast("Mapping[str, Any]", metadata.get("event_payload") or {})


def _files(message: Mapping[str, Any], view: JobView) -> Mapping[str, str]:
    """The files of a message's pictures, which stand in it in the order of the job's."""
    blocks = cast("list[Mapping[str, Any]]", message.get("blocks") or [])
    ids = [str(b["slack_file"].get("id", "")) for b in blocks if b.get("slack_file")]
    hashes = [picture.sha256 for picture in illustration_cards(view)]
    return dict(zip(hashes, ids, strict=False)) if len(ids) == len(hashes) else {}
