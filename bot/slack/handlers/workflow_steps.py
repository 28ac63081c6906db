"""Steps of Limner's in Slack's Workflow Builder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

import structlog

from bot.options import split_options
from bot.slack.handlers.responder import SlackResponder
from bot.slack.payloads.slack_event import Json, SlackEvent
from domain.errors import InvalidRequest, LimnerError, public_sentence
from domain.translation.messages import gettext, translated

ILLUSTRATE_STEP: Final = "illustrate_this"
"""The name of the step in ``slack-manifest.yaml``."""

log = structlog.get_logger(__name__)


async def step_executed(responder: SlackResponder, turn: SlackEvent, body: Json) -> None:
    """Begin a picture as a step of a workflow asks; the step is complete once the picture is
    begun, and failed with the reason where it is refused."""
    event = cast("Json", body["event"])
    function = cast("Json", event.get("function") or {})
    if function.get("callback_id") != ILLUSTRATE_STEP:
        return
    execution = str(event.get("function_execution_id", ""))
    inputs = cast("Mapping[str, Any]", event.get("inputs") or {})
    here = replace(
        turn, member_id=str(inputs.get("user") or ""), channel=str(inputs.get("channel") or "")
    )
    try:
        _check_inputs(here, str(inputs.get("prompt") or ""))
        here = await responder.located(here)  # the event itself names no channel and no person
        job_id = await _begun(responder, here, str(inputs.get("prompt")))
    except Exception as error:  # on any failure, the workflow must not wait for ever
        language = await responder.known_language(here) if here.tenant.team_id else None
        reason = translated(responder.services.redact(public_sentence(error)), language)
        await _finish(responder, here, "functions.completeError", execution, error=reason)
        if not isinstance(error, LimnerError):
            raise
    else:
        outputs = {"job_id": job_id}
        await _finish(responder, here, "functions.completeSuccess", execution, outputs=outputs)


def _check_inputs(turn: SlackEvent, text: str) -> None:
    """See that a step says what is needed. Raises ``InvalidRequest``."""
    if not (turn.member_id and turn.channel and text.strip()):
        raise InvalidRequest(
            gettext("The workflow's step needs a channel, a person and what to draw.")
        )


async def _begun(responder: SlackResponder, turn: SlackEvent, text: str) -> str:
    """Begin a picture for the person whom the workflow names, where they could ask for it
    themselves."""
    await responder.check_place(turn, turn.channel)
    prompt, options = split_options(text)
    commands = await responder.making(turn)
    reply = await commands.imagine(prompt, event_key=turn.key, options=options, pictures=())
    await responder.answer(turn, reply)
    return reply.job_id or ""


async def _finish(
    responder: SlackResponder, turn: SlackEvent, method: str, execution: str, **fields: Any
) -> None:
    """Report to Slack how a step ended; one that has ended already is no error."""
    try:
        await responder.api.call(turn.tenant, method, function_execution_id=execution, **fields)
    except LimnerError as error:
        log.warning("slack_step_not_ended", method=method, error=str(error))
