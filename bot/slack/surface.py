"""Slack as a surface: it delivers, shows how jobs go on, and answers while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.cards.news import notice_card
from bot.commands.ports import Services
from bot.messages.lifecycle import JobMessages
from bot.messages.ports import uploaded
from bot.messages.slots import Slots
from bot.messages.throttle import LiveMessages
from bot.slack.client.api import SlackApi
from bot.slack.client.chat import SlackChat
from bot.slack.client.galleries import show_gallery
from bot.slack.client.http import Wire
from bot.slack.client.message_search import SlackMessageSearch
from bot.slack.client.places import Places
from bot.slack.client.ports import Installations, Sealer
from bot.slack.client.rate_limit import Pace
from bot.slack.client.tokens import NAME, ManyWorkspaces, OneWorkspace, Tenant, Tokens
from bot.slack.client.uploads import Uploads
from bot.slack.handlers.closed_places import ClosedPlaces
from bot.slack.handlers.presence import PresenceCheck
from bot.slack.handlers.responder import SlackResponder
from bot.slack.inbound.bolt_app import build_app
from bot.slack.inbound.dedupe import Intake
from bot.slack.inbound.http import EVENTS_PATH, SlackHttpEndpoint
from bot.slack.inbound.inbox import Inbox, opened_inbox
from bot.slack.inbound.oauth import oauth_flow
from bot.slack.inbound.socket_mode import Sockets
from domain.errors import InvalidSettings, SurfaceRefused, SurfaceUnavailable
from domain.galleries import GalleryMessage
from domain.illustrations import Delivery
from domain.news import Notice
from domain.requests import Destination
from domain.team import JobMessage
from domain.team_messages import SearchTokens
from domain.translation.messages import gettext
from jobs.admission.requests import Requester
from jobs.common.search_tokens import HeldSearchTokens
from jobs.common.views import JobView
from jobs.services.galleries import Pictures

log = structlog.get_logger(__name__)

AGAIN_S = 10.0
SENT_AT_ONCE = 16
"""Deliveries that are worked on at the same time; those that wait for the pace of their workspace
are not counted."""


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """The connection settings of Slack; either a bot token, or a client with a place for
    installations."""

    api_base: str
    folder: Path
    """The folder of acknowledged events that are not handled yet."""
    bot_token: str = ""
    app_token: str = ""
    signing_secret: str = ""
    client_id: str = ""
    client_secret: str = ""
    public_base_url: str = ""
    sockets: int = 2
    edit_s: float = 1.0
    """The least time between two edits of one message."""


class SlackSurface:
    """Slack; fits ``app.chats.ChatSurface``."""

    def __init__(
        self,
        *,
        settings: SlackSettings,
        app: AsyncApp,
        wire: Wire,
        tokens: Tokens,
        chat: SlackChat,
        messages: JobMessages,
        intake: Intake,
        inbox: Inbox,
        uploads: Uploads,
        responder: SlackResponder,
        presence: PresenceCheck,
        closed: ClosedPlaces,
        flow: AsyncOAuthFlow | None,
        message_search: SlackMessageSearch,
    ) -> None:
        self.message_search = message_search
        self._settings = settings
        self._app = app
        self._wire = wire
        self._tokens = tokens
        self._chat = chat
        self._messages = messages
        self._intake = intake
        self._inbox = inbox
        self._uploads = uploads
        self._responder = responder
        self._presence = presence
        self._closed = closed
        self._flow = flow
        self._connected = False
        self._sockets: Sockets | None = None
        self._sending = Slots(SENT_AT_ONCE)

    @property
    def connected(self) -> bool:
        """Whether it was connected before."""
        return self._connected

    @property
    def online(self) -> bool:
        """Whether Slack's events reach this process now: over a socket, or over HTTP."""
        return self._sockets.online if self._sockets is not None else self._connected

    @property
    def name(self) -> str:
        """The platform's name in destinations."""
        return NAME

    @property
    def door(self) -> SlackHttpEndpoint | None:
        """The routes to serve over HTTP; None where there are none."""
        over_http = self._settings.signing_secret if not self._settings.app_token else None
        door = SlackHttpEndpoint(
            self._app, signing_secret=over_http, flow=self._flow, wire=self._wire
        )
        return door if door.routes else None

    async def run(self) -> None:
        """Stay connected and answer until cancelled.

        Raises:
            InvalidSettings: A token is not good.
        """
        await self._check_token()
        beside = [
            asyncio.create_task(self._take_up(), name="slack takes up"),
            asyncio.create_task(self._uploads.keep_removing(), name="slack removes"),
            asyncio.create_task(self._presence.keep_comparing(), name="slack compares"),
            asyncio.create_task(self._closed.keep_looking(), name="slack looks"),
        ]
        try:
            if self._settings.app_token:
                sockets = Sockets(
                    self._wire, self._settings.app_token, count=self._settings.sockets
                )
                self._sockets = sockets
                await sockets.run(self._app, connected=self._note_connected)
            else:
                log.info("slack_listening", path=EVENTS_PATH)
                self._note_connected()
                await asyncio.Event().wait()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await self._intake.finish()

    async def member(self, workspace_id: str, team: str, member_id: str) -> Requester | None:
        """A person of a workspace, as Slack knows them now; None where they are no member. Raises
        ``TransientError``."""
        return await self._responder.member(workspace_id, team, member_id)

    async def send(self, delivery: Delivery) -> str:
        """Make the message appear and give its receipt."""
        async with self._sending.one(delivery.workspace_id):
            return await self._messages.send(delivery)

    async def find(self, delivery: Delivery) -> str | None:
        """The receipt of an earlier attempt whose process died before it learned of the success."""
        return await self._messages.find(delivery)

    async def notify(self, notice: Notice) -> None:
        """Write to one person alone.

        Raises:
            SurfaceRefused: Slack takes no message to them.
            SurfaceUnavailable: Slack did not answer.
        """
        tenant, own = Tenant.of(notice.workspace_id), Destination(NAME, "")
        await self._chat.whispers.send(tenant, notice.member_id, own, notice_card(notice))

    async def remove(
        self, workspace_id: str, messages: Sequence[JobMessage], receipts: Sequence[str]
    ) -> None:
        """Delete messages of a job, and the files of its pictures. Raises ``SurfaceRefused`` or
        ``SurfaceUnavailable``."""
        tenant = Tenant.of(workspace_id)
        for message in messages:
            await self._chat.remove(tenant, message.channel, message.message)
        files = {file for receipt in receipts for file in uploaded(receipt).values()}
        for file_id in sorted(files):
            await self._uploads.remove(tenant, file_id)

    async def show_gallery(
        self, workspace_id: str, message: GalleryMessage, pictures: Pictures
    ) -> None:
        """Let a gallery that was posted show these pictures and no others. Raises
        ``SurfaceRefused`` where it is out of reach, or ``SurfaceUnavailable``."""
        tenant, api = Tenant.of(workspace_id), self._responder.api
        await show_gallery(
            api, self._uploads, self._chat.support, tenant, gallery=message, pictures=pictures
        )

    def has_room(self, workspace_id: str, channel: str, *, new: bool) -> bool:
        """Whether progress may be shown there now."""
        return self._chat.has_room(workspace_id, channel, new=new)

    async def open(self, view: JobView) -> bool:
        """Find or make the message that shows a job."""
        return await self._messages.begin(view.job.workspace_id, view.job.id)

    async def show(self, view: JobView) -> bool:
        """Bring a job's message up to date; False when it is gone."""
        return await self._messages.show(view)

    def begun(self, job_id: str) -> JobView | None:
        """A job as it was when its message was made."""
        return self._messages.begun(job_id)

    async def pause(self, view: JobView) -> None:
        """Say on a job's message that it is paused, without any storage."""
        await self._messages.pause(view)

    def _note_connected(self) -> None:
        self._connected = True

    async def _check_token(self) -> None:
        """Ask Slack whether the one token is good; again while Slack is out of reach."""
        if not isinstance(self._tokens, OneWorkspace):
            return
        while True:
            try:
                own = await self._tokens.of(None)
            except SurfaceRefused as error:
                raise InvalidSettings(
                    gettext(
                        "The setting LIMNER_SLACK_BOT_TOKEN is wrong ({code}): copy "
                        "the Bot User OAuth Token from the Install App page in the "
                        "Slack app's settings.",
                        code=error.code,
                    )
                ) from error
            except SurfaceUnavailable as error:
                log.warning("slack_unreachable", error=str(error))
                await asyncio.sleep(AGAIN_S)
            else:
                log.info("slack_signed_in", workspace_id=own.workspace_id, bot=own.bot_member_id)
                return

    async def _take_up(self) -> None:
        """Do what dead processes acknowledged and did not finish."""
        for payload in self._inbox.left:
            request = AsyncBoltRequest(mode="socket_mode", body=dict(payload))
            await self._app.async_dispatch(request)


@asynccontextmanager
async def opened_slack(
    settings: SlackSettings,
    services: Services,
    *,
    store: Installations | None = None,
    seal: Sealer | None = None,
    search_tokens: SearchTokens | None = None,
) -> AsyncGenerator[SlackSurface]:
    """Everything that belongs to Slack, wired up; ``store`` and ``seal`` for many workspaces,
    ``search_tokens`` where jobs keep what lets messages be searched for them."""
    wire = Wire(settings.api_base)
    tokens = _tokens(settings, wire, store)
    api = SlackApi(wire, tokens, Pace())
    places = Places(api)
    uploads = Uploads(api, services.jobs)
    closed = ClosedPlaces(api, services.destinations)
    chat = SlackChat(
        api=api, places=places, uploads=uploads, team=services.team, posted=closed.posted
    )
    messages = JobMessages(
        chat=chat,
        job_service=services.jobs,
        team=services.team,
        live=LiveMessages(pause_s=settings.edit_s),
    )
    responder = SlackResponder(
        services=services, api=api, chat=chat, messages=messages, places=places, uploads=uploads
    )
    presence = PresenceCheck(api, services.destinations, every_installation=store is not None)
    try:
        with opened_inbox(settings.folder) as inbox:
            intake = Intake(inbox, responder)
            app = build_app(responder=responder, intake=intake, tokens=tokens, client=wire.client())
            try:
                yield SlackSurface(
                    settings=settings,
                    app=app,
                    wire=wire,
                    tokens=tokens,
                    chat=chat,
                    messages=messages,
                    intake=intake,
                    inbox=inbox,
                    uploads=uploads,
                    responder=responder,
                    presence=presence,
                    closed=closed,
                    flow=_oauth(settings, wire, store, seal, presence),
                    message_search=SlackMessageSearch(api, search_tokens or HeldSearchTokens()),
                )
            finally:
                await intake.finish()
    finally:
        await tokens.finish()
        await wire.aclose()


def _tokens(settings: SlackSettings, wire: Wire, store: Installations | None) -> Tokens:
    if store is None:
        return OneWorkspace(settings.bot_token, wire=wire)
    client = (settings.client_id, settings.client_secret)
    return ManyWorkspaces(store, client=client, wire=wire)


def _oauth(
    settings: SlackSettings,
    wire: Wire,
    store: Installations | None,
    seal: Sealer | None,
    presence: PresenceCheck,
) -> AsyncOAuthFlow | None:
    if store is None or seal is None:
        return None
    return oauth_flow(
        wire=wire,
        client=(settings.client_id, settings.client_secret),
        public_base_url=settings.public_base_url,
        store=store,
        seal=seal,
        installed=presence.installed,
    )
