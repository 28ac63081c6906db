"""The Bolt app: which of Slack's payloads goes where."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, cast

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client.http import library_logger
from bot.slack.client.people import Remembered
from bot.slack.client.tokens import Tenant, Tokens
from bot.slack.handlers import buttons, events, forms, slash, unfurls, workflow_steps
from bot.slack.handlers.responder import SlackResponder
from bot.slack.inbound.dedupe import Intake
from bot.slack.payloads import slack_event
from bot.slack.payloads.slack_event import Json, SlackEvent
from bot.slack.view.modals import FORM, sent_of
from domain.errors import LimnerError, SurfaceRefused, public_sentence
from domain.installations import Installation
from domain.translation.messages import gettext

log = structlog.get_logger(__name__)

KNOWN_S = 60.0
AUTHORIZE_S = 1.0
"""The time limit of a look-up of the installation before the acknowledgement."""
NOT_INSTALLED = gettext("Limner isn't installed in that workspace")
ANY = re.compile(".*")
EventHandler = Callable[[SlackResponder, SlackEvent, Json], Awaitable[None]]


def build_app(
    *,
    responder: SlackResponder,
    intake: Intake,
    tokens: Tokens,
    client: AsyncWebClient,
) -> AsyncApp:
    """An app that hands every payload on; requests over HTTP are verified before they come here."""

    known = Remembered[Installation](seconds=KNOWN_S)

    async def authorize(
        context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None
    ) -> AuthorizeResult | None:
        """Who the app is there. No token is exchanged for that. Where storage or Slack does not
        answer at once, the request is taken in all the same: the worker that handles it waits
        instead."""
        tenant = Tenant(team_id or "", enterprise_id if context.is_enterprise_install else None)
        try:
            async with asyncio.timeout(AUTHORIZE_S):
                found = await known.get(tenant.installed_as, lambda: tokens.identity(tenant))
        except SurfaceRefused:
            log.warning("slack_not_installed", workspace_id=tenant.installed_as)
            return None
        except (LimnerError, TimeoutError) as error:
            why = str(error) or type(error).__name__
            log.warning("slack_not_authorized_yet", workspace_id=tenant.installed_as, why=why)
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=found.token,
            bot_id=found.bot_id,
            bot_user_id=found.bot_member_id,
        )

    app = AsyncApp(
        name="slack_bolt.limner",
        logger=library_logger(),
        client=client,
        authorize=cast("Callable[..., Awaitable[AuthorizeResult]]", authorize),
        user_facing_authorize_error_message=NOT_INSTALLED,
        request_verification_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    _listen_to_commands(app, responder, intake)
    _listen_to_interactions(app, responder, intake)
    _listen_to_events(app, responder, intake, tokens)
    bolt: Any = app
    bolt.error(_not_acknowledged)
    return app


async def _not_acknowledged(error: Exception) -> BoltResponse:
    """The answer to Slack for a request that could not be taken in: nothing of it was done."""
    if isinstance(error, LimnerError):
        log.warning("slack_not_taken_in", error=str(error))
        return BoltResponse(status=503, body=public_sentence(error))
    log.error("slack_not_taken_in", exc_info=error)
    return BoltResponse(status=500, body=public_sentence(error))


def _listen_to_commands(app: AsyncApp, responder: SlackResponder, intake: Intake) -> None:
    async def command(ack: AsyncAck, body: dict[str, Any]) -> None:
        turn = slack_event.of_command(body)
        text = str(body.get("text") or "")
        draws = bool(text.strip())  # without words it opens a form, which cannot wait
        await intake.take(
            turn, body, ack, lambda here: slash.command(responder, here, text), in_turn=draws
        )

    bolt: Any = app
    bolt.command(ANY)(command)


def _listen_to_interactions(app: AsyncApp, responder: SlackResponder, intake: Intake) -> None:
    async def press(ack: AsyncAck, body: dict[str, Any]) -> None:
        turn = slack_event.of_interaction(body)
        await intake.take(turn, body, ack, lambda here: buttons.press(responder, here, body))

    async def shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        turn = slack_event.of_interaction(body)
        await intake.take(turn, body, ack, lambda here: buttons.shortcut(responder, here, body))

    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        turn = slack_event.of_interaction(body)
        callback, sent = str(body["view"].get("callback_id", "")), sent_of(body["view"])
        wrong = forms.problems(callback, sent)
        if wrong:
            await ack(response_action="errors", errors=dict(wrong))
            return
        await intake.take(
            turn,
            body,
            ack,
            lambda here: forms.submit(responder, here, callback, sent),
            in_turn=callback == FORM,
        )

    async def closed(ack: AsyncAck) -> None:
        await ack()

    bolt: Any = app
    bolt.action(ANY)(press)
    bolt.shortcut(ANY)(shortcut)
    bolt.view_submission(ANY)(submitted)
    bolt.view_closed(ANY)(closed)


def _listen_to_events(
    app: AsyncApp, responder: SlackResponder, intake: Intake, tokens: Tokens
) -> None:
    async def removed(responder: SlackResponder, turn: SlackEvent, body: Json) -> None:
        await events.removed(tokens, turn, body)
        if body["event"].get("type") == "app_uninstalled":
            await events.left(responder, tokens, turn)

    async def home_opened(responder: SlackResponder, turn: SlackEvent, body: Json) -> None:
        await events.back(responder, turn)
        await events.home_opened(responder, turn, body)

    handlers: dict[str, tuple[EventHandler, bool]] = {
        "app_mention": (events.message, False),
        "message": (events.message, False),
        "reaction_added": (events.reaction, True),
        "reaction_removed": (events.reaction, True),
        "app_home_opened": (home_opened, True),
        "agent_session_stopped": (events.stopped, False),
        "assistant_thread_started": (events.assistant_started, True),
        "function_executed": (workflow_steps.step_executed, True),
        "link_shared": (unfurls.link_shared, True),
        "member_joined_channel": (events.added, True),
        **dict.fromkeys(events.PLACE_EVENTS, (events.place_changed, True)),
        "app_uninstalled": (removed, True),
        "tokens_revoked": (removed, True),
    }

    async def keep(body: dict[str, Any], next: Callable[[], Awaitable[None]]) -> None:
        """Before Bolt acknowledges an event by itself."""
        if body.get("type") == "event_callback" and events.concerns_us(body):
            intake.keep(slack_event.of_event(body), body)
        await next()

    async def event(ack: AsyncAck, body: dict[str, Any]) -> None:
        known = handlers.get(str(body["event"].get("type")))
        if known is None or not events.concerns_us(body):
            await ack()
            return
        handle, quiet = known
        turn = slack_event.of_event(body)
        await intake.take(
            turn,
            body,
            ack,
            lambda here: handle(responder, here, body),
            quiet=quiet,
            in_turn=handle is events.message,
            in_team=handle not in (removed, events.place_changed, workflow_steps.step_executed),
        )

    bolt: Any = app
    bolt.use(keep)
    bolt.event(ANY)(event)
