"""The responder for all that people do on Slack: the commands of a requester, and answers to
them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

import structlog

from bot.cards.builders import error_card
from bot.cards.models import (
    Card,
    ChoiceCard,
    NoteCard,
    Reply,
    ResultCard,
    ReviewCard,
    StatusCard,
)
from bot.cards.pictures import illustration_cards
from bot.commands.ports import Services
from bot.commands.service import Commands
from bot.messages.lifecycle import JobMessages
from bot.messages.ports import uploaded
from bot.setting_values import review_unusable, setting_of, wants_approvals
from bot.slack.client.api import SlackApi
from bot.slack.client.canvases import Canvases
from bot.slack.client.chat import SlackChat
from bot.slack.client.codes import TITLE
from bot.slack.client.message_search import check_granted
from bot.slack.client.people import FromElsewhere, People, Person
from bot.slack.client.places import Places, is_own
from bot.slack.client.tokens import NAME, Tenant
from bot.slack.client.uploads import Uploads
from bot.slack.handlers.attachments import read_files
from bot.slack.handlers.card_writer import CardWriter
from bot.slack.handlers.once_a_day import StrangerNotices
from bot.slack.payloads.slack_event import SlackEvent
from bot.slack.view.blocks import Block, Files
from bot.slack.view.help import help_card
from bot.slack.view.render import Shown
from domain.errors import (
    LimnerError,
    NotFound,
    Refused,
    RequesterError,
    SurfaceRefused,
)
from domain.requests import Audience, Destination
from domain.translation.catalogue import language_of
from domain.translation.messages import gettext
from jobs.admission.requests import Requester
from jobs.common.ports import NoRoom

log = structlog.get_logger(__name__)

MAX_FILE_BYTES = 50_000_000
"""Of a file that is sent."""
HANDLER_BROKE = "slack_handler_broke"
HANDLER_FAILED = "slack_handler_failed"
ANSWER_LOST = "slack_answer_lost"


class SlackResponder:
    """Knows who asks and where the answer goes; answers in the way that fits."""

    def __init__(
        self,
        *,
        services: Services,
        api: SlackApi,
        chat: SlackChat,
        messages: JobMessages,
        places: Places,
        uploads: Uploads,
    ) -> None:
        self.services = services
        self.api = api
        self.messages = messages
        self.chat = chat
        self.canvases = Canvases(api)
        self._people = People(api)
        self._places = places
        self._uploads = uploads
        self._notices = StrangerNotices(services.count_today)
        self._cards = CardWriter(
            services,
            api,
            support=chat.support,
            places=places,
            uploads=uploads,
            language=self.known_language,
        )

    async def located(self, turn: SlackEvent) -> SlackEvent:
        """The same, with the workspace in which it happened: where an organisation installed the
        app, some payloads do not name it. It is that of the channel, or of the person.

        Raises:
            SurfaceRefused: Slack reports neither.
        """
        tenant = turn.tenant
        if tenant.team_id or tenant.enterprise_id is None:
            return turn
        team = await self._places.team_of(tenant, turn.channel) if turn.channel else None
        team = team or await self._people.team_of(tenant, turn.member_id)
        if team is None:
            raise SurfaceRefused(
                TITLE, gettext("it didn't say in which workspace that was"), code="team_not_found"
            )
        return turn.in_team(team)

    async def person(self, turn: SlackEvent) -> Person:
        """The requester. Raises ``Refused`` for people of other workspaces."""
        return await self._people.person(turn.tenant, turn.member_id)

    async def language(self, turn: SlackEvent) -> str:
        """The language of forms and buttons for that person."""
        requester = await self.requester(turn)
        wished = await self.services.team.preferences(requester)
        person = await self.person(turn)
        return language_of(wished.language or person.language)

    async def requester(self, turn: SlackEvent) -> Requester:
        """The acting user, in the channel where they acted."""
        return self._requester(turn, await self.person(turn), _here(turn))

    async def commands(self, turn: SlackEvent) -> Commands:
        """The person's commands there, for what is only shown, set or decided."""
        return Commands(self.services, await self.requester(turn))

    async def making(self, turn: SlackEvent, *, private: bool = False) -> Commands:
        """The same for what makes a picture: the answer goes where Limner can post, and the person
        is notified when that is elsewhere."""
        person = await self.person(turn)
        place = await self._places.place(
            turn.tenant,
            turn.member_id,
            channel=turn.channel,
            thread=turn.thread,
            private=private,
        )
        if place.instead:
            await self.say(turn, NoteCard(_instead(private=private)))
        return Commands(self.services, self._requester(turn, person, place.destination))

    async def home(self, turn: SlackEvent) -> Destination:
        """The person's own messages with Limner."""
        return await self._places.home(turn.tenant, turn.member_id)

    async def check_place(self, turn: SlackEvent, channel: str) -> None:
        """See that a channel which the person names can be posted in. Raises ``Refused``."""
        await self._places.check(turn.tenant, turn.member_id, channel)

    async def check_setting(self, turn: SlackEvent, name: str, value: str) -> None:
        """See that a channel which is to be the review channel, or in which approvals are to wait
        from now on, can be posted in, and that the app may search where it is to.

        Raises:
            InvalidRequest: The value is no channel, or approvals would wait where Limner cannot
                post.
            Refused: Limner cannot post there, or lacks the permission to search.
        """
        refused = Refused(
            gettext("Limner can't post in that channel. Use /invite to add it first.")
        )
        if name == "search_messages" and setting_of(name, value):
            check_granted(await self.api.installation(turn.tenant))
        elif name == "review_channel" and value:
            if not await self._places.may_post(turn.tenant, str(setting_of(name, value))):
                raise refused
        elif name == "approvals" and wants_approvals(value):
            requester = await self.requester(turn)
            channel = (await self.services.team.preferences(requester)).review_channel
            if channel and not await self._places.may_post(turn.tenant, channel):
                raise review_unusable(refused)

    def _requester(self, turn: SlackEvent, person: Person, destination: Destination) -> Requester:
        async def reads(channel: str) -> bool:
            return await self._places.reads(turn.tenant, person, channel)

        async def names(ids: Collection[str]) -> Mapping[str, str]:
            return await self._people.names(turn.tenant, ids)

        return Requester(
            workspace_id=turn.tenant.workspace_id,
            member_id=person.member_id,
            destination=destination,
            role=person.role,
            groups=person.groups,
            reads=reads,
            audience=Audience.ALONE if is_own(destination.channel) else Audience.PUBLIC,
            language=person.language,
            names=names,
            search_token=turn.search_token,
        )

    async def member(self, workspace_id: str, team: str, member_id: str) -> Requester | None:
        """A person of a workspace, who is in none of its channels just now; None where they are
        none of its members."""
        try:
            tenant = Tenant.of(workspace_id)
            person = await self._people.person(tenant, member_id)
        except (ValueError, Refused, SurfaceRefused):
            return None
        if team != tenant.team_id:
            return None

        async def reads(channel: str) -> bool:
            return await self._places.reads(tenant, person, channel)

        return Requester(
            workspace_id=workspace_id,
            member_id=member_id,
            destination=Destination(NAME, ""),
            role=person.role,
            groups=person.groups,
            reads=reads,
            audience=Audience.ALONE,
            language=person.language,
        )

    async def help(self, turn: SlackEvent) -> NoteCard:
        """What that person can do."""
        return help_card(await self.services.team.role(await self.requester(turn)))

    async def files(self, turn: SlackEvent, files: Files) -> list[tuple[str, bytes]]:
        """Name and bytes of the files that a user sends. Raises as ``read_files``."""
        return await read_files(self.api, turn.tenant, files)

    async def answer(self, turn: SlackEvent, reply: Reply) -> None:
        """Give the answer: a job's own message, a change of a job's messages, or words for the
        person alone or in public."""
        workspace_id = turn.tenant.workspace_id
        for channel, message in reply.deleted:
            await self.chat.remove(turn.tenant, channel, message)
        changed = _job_on(reply.card) if reply.replaces else None
        if reply.job_id is not None:
            await self._begin(turn, reply.job_id, reply.card)
        elif reply.replaces and changed is None:
            await self._cards.rewrite(turn, reply.card)
        elif changed is not None:
            if turn.ephemeral and turn.response_url:
                await self._cards.respond(turn, reply.card, replace=True)
            await self.messages.refresh(workspace_id, changed)
        elif reply.private:
            await self.say(turn, reply.card)
        else:
            await self._cards.post(turn, reply.card)
        if reply.files is not None:
            home = await self.home(turn)
            async for name, data in reply.files(MAX_FILE_BYTES):
                await self.api.upload(turn.tenant, name, data, channel=home.channel)

    async def _begin(self, turn: SlackEvent, job_id: str, card: Card) -> None:
        """Make the message of a job. Where that would hold up others' results, the person alone is
        shown its state, which costs nothing of Slack's rate limit; the message comes later, or the
        result itself."""
        self.chat.languages.note(job_id, (await self.person(turn)).language)
        try:
            await self.messages.begin(turn.tenant.workspace_id, job_id, card)
        except NoRoom:
            if turn.response_url:
                await self._cards.respond(turn, card, replace=False)

    async def say(self, turn: SlackEvent, card: Card) -> None:
        """Show a card to that person alone: through the response address while it is good, then in
        the channel for them alone, then in their own messages."""
        if turn.response_url and await self._cards.respond(turn, card, replace=False):
            return
        language = await self.known_language(turn)
        await self.chat.whispers.send(
            turn.tenant, turn.member_id, _here(turn), card, language=language
        )

    async def close_offer(self, turn: SlackEvent) -> None:
        """Take away the question that a button was pressed on."""
        if turn.ephemeral and turn.response_url:
            await self.api.respond(turn.response_url, delete_original=True)
        elif turn.message:
            await self.chat.remove(turn.tenant, turn.channel, turn.message)

    async def refuse(self, turn: SlackEvent, error: Exception, *, quiet: bool = False) -> None:
        """Report to the person in one sentence what went wrong, unless ``quiet``; unexpected errors
        are logged in full."""
        event = {"key": turn.key, "workspace_id": turn.tenant.workspace_id}
        match error:
            case RequesterError():
                log.info(HANDLER_FAILED, error=str(error), **event)
            case LimnerError():
                log.warning(HANDLER_FAILED, error=str(error), **event)
            case _:
                log.error(HANDLER_BROKE, exc_info=error, **event)
        if quiet or (isinstance(error, FromElsewhere) and await self._notices.was_sent(turn)):
            return
        try:
            await self.say(turn, error_card(error, self.services.redact, surface=NAME))
        except LimnerError as unsaid:
            log.warning(ANSWER_LOST, error=str(unsaid), **event)
        except Exception:  # the edge: there is no one left to report to
            log.exception(ANSWER_LOST, **event)

    async def open(self, turn: SlackEvent, view: Block) -> str | None:
        """Open a modal; None where the person's click is too long ago, which is reported to
        them."""
        try:
            answer = await self.api.call(
                turn.tenant, "views.open", trigger_id=turn.trigger_id, view=view
            )
        except SurfaceRefused as error:
            if error.code not in ("expired_trigger_id", "exchanged_trigger_id"):
                raise
            await self.say(
                turn,
                NoteCard(gettext("That took too long to open. Please press the button again.")),
            )
            return None
        return str(answer["view"]["id"])

    async def update(self, turn: SlackEvent, view_id: str, view: Block) -> None:
        """Change an open modal; one that was closed meanwhile is well."""
        try:
            await self.api.call(turn.tenant, "views.update", view_id=view_id, view=view)
        except SurfaceRefused as error:
            if error.code not in ("not_found", "view_closed"):
                raise

    async def pictures_of(self, turn: SlackEvent, subject: str) -> Sequence[str]:
        """The ids of a job's pictures that are shown, or the id of the one picture that it is.
        Raises ``NotFound``."""
        workspace_id = turn.tenant.workspace_id
        try:
            view = await self.services.jobs.view(workspace_id, subject)
        except NotFound:
            return ((await self.services.jobs.illustration(workspace_id, subject)).id,)
        return [card.illustration_id for card in illustration_cards(view)]

    async def files_of(self, turn: SlackEvent, subject: str) -> Sequence[str]:
        """The files on Slack of a job's pictures, or of one picture."""
        workspace_id, only = turn.tenant.workspace_id, None
        with suppress(NotFound):
            picture = await self.services.jobs.illustration(workspace_id, subject)
            subject, only = picture.job_id, picture.sha256
        try:
            view = await self.services.jobs.view(workspace_id, subject)
        except NotFound:
            return ()
        if only and sum(picture.sha256 == only for picture in view.illustrations) > 1:
            return ()  # another picture of the set is the same file
        found = [uploaded(delivery.receipt) for delivery in view.deliveries]
        kept = [
            file
            for files in found
            for sha256, file in files.items()
            if only is None or sha256 == only
        ]
        return list(dict.fromkeys(kept))

    async def remove_files(self, turn: SlackEvent, files: Sequence[str]) -> None:
        """Delete files from Slack."""
        for file_id in files:
            await self._uploads.remove(turn.tenant, file_id)

    async def shown(self, turn: SlackEvent, card: Card) -> Shown:
        """The pictures of a card, as they are on Slack."""
        return await self._uploads.shown(turn.tenant, card)

    async def known_language(self, turn: SlackEvent) -> str | None:
        """The person's language, where it is known: users of other workspaces are answered too."""
        try:
            return await self.language(turn)
        except LimnerError:
            return None


def _job_on(card: Card) -> str | None:
    """The job that a card shows."""
    match card:
        case StatusCard() | ResultCard() | ChoiceCard():
            return card.job_id
        case ReviewCard():
            return card.result.job_id
        case _:
            return None


def _here(turn: SlackEvent) -> Destination:
    return Destination(NAME, turn.channel, turn.thread)


def _instead(*, private: bool) -> str:
    if private:
        return gettext("I'll send it to you in a direct message, where only you can see it.")
    return gettext(
        "I can't post in this channel, so I'll send you the picture in a direct message. "
        "To get pictures here, /invite me to the channel."
    )
