"""Payloads from Slack, validated before any other code reads them.

Slack signs its requests, but a malformed body must still end with a clear error: Bolt and our own
handlers read fields by name and would fail somewhere inside. Fields that no code reads may be
anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, ValidationError

MAX_DEPTH: Final = 64
MAX_FIELDS: Final = 1_000
"""Of a form; Slack's own have about fifteen."""
INTERACTIONS: Final = frozenset(
    {"block_actions", "message_action", "shortcut", "view_closed", "view_submission"}
)
KINDS: Final = INTERACTIONS | {"event_callback", "url_verification"}
_STRUCTURE: Final = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
"""Strings, so that brackets in them do not count, also one that never ends; and brackets."""


class UnreadablePayload(Exception):
    """A body that Slack would not send; the message is one sentence that says why."""


class UnknownPayload(UnreadablePayload):
    """A kind of payload that Limner does not listen to."""


class _Part(BaseModel):
    """An object of which some fields are read; those have to be of their type, the others not."""

    model_config = ConfigDict(extra="ignore", strict=True)


class _Named(_Part):
    id: str | None = None
    enterprise_id: str | None = None
    team_id: str | None = None


class _Authorization(_Part):
    team_id: str | None = None
    enterprise_id: str | None = None
    user_id: str | None = None
    is_enterprise_install: bool | str | None = None
    team: _Named | str | None = None
    enterprise: _Named | str | None = None


class _File(_Part):
    id: str | None = None
    name: str | None = None
    title: str | None = None
    mimetype: str | None = None
    size: int | None = None
    url_private: str | None = None
    url_private_download: str | None = None


class _Message(_Part):
    ts: str | None = None
    thread_ts: str | None = None
    text: str | None = None
    user: str | None = None
    files: list[_File] | None = None


class _Container(_Part):
    message_ts: str | None = None
    thread_ts: str | None = None
    channel_id: str | None = None
    view_id: str | None = None


class _Option(_Part):
    value: str


class _Element(_Part):
    type: str | None = None
    value: str | None = None
    selected_option: _Option | None = None
    selected_options: list[_Option] | None = None
    selected_conversation: str | None = None
    files: list[_File] | None = None


class _State(_Part):
    values: dict[str, dict[str, _Element]] | None = None


class _View(_Part):
    id: str | None = None
    type: str | None = None
    callback_id: str | None = None
    private_metadata: str | None = None
    team_id: str | None = None
    app_installed_team_id: str | None = None
    state: _State | None = None


class _Action(_Part):
    type: str | None = None
    action_id: str | None = None
    block_id: str | None = None
    value: str | None = None


class _Item(_Part):
    channel: str | None = None
    ts: str | None = None


class _AssistantThread(_Part):
    user_id: str | None = None
    channel_id: str | None = None
    thread_ts: str | None = None


class _RevokedTokens(_Part):
    bot: list[str] | None = None


class _SharedLink(_Part):
    url: str | None = None


class _Function(_Part):
    callback_id: str | None = None


class _StepInputs(_Part):
    prompt: str | None = None
    channel: str | None = None
    user: str | None = None


class _Event(_Part):
    type: str
    subtype: str | None = None
    user: _Named | str | None = None
    bot_id: str | None = None
    team: _Named | str | None = None
    channel: _Named | str | None = None
    text: str | None = None
    ts: str | None = None
    thread_ts: str | None = None
    files: list[_File] | None = None
    item: _Item | None = None
    message: _Message | None = None
    previous_message: _Message | None = None
    assistant_thread: _AssistantThread | None = None
    tokens: _RevokedTokens | None = None
    reaction: str | None = None
    tab: str | None = None
    links: list[_SharedLink] | None = None
    message_ts: str | None = None
    unfurl_id: str | None = None
    source: str | None = None
    streaming_message_ts: list[str] | None = None
    function: _Function | None = None
    function_execution_id: str | None = None
    inputs: _StepInputs | None = None


class _ResponseAddress(_Part):
    response_url: str | None = None


class _Payload(_Part):
    type: str | None = None
    command: str | None = None
    ssl_check: str | None = None
    text: str | None = None
    team_id: str | None = None
    user_id: str | None = None
    channel_id: str | None = None
    enterprise_id: str | None = None
    trigger_id: str | None = None
    response_url: str | None = None
    response_urls: list[_ResponseAddress] | None = None
    callback_id: str | None = None
    challenge: str | None = None
    event_id: str | None = None
    event_time: int | float | None = None
    is_enterprise_install: bool | str | None = None
    context_team_id: str | None = None
    context_enterprise_id: str | None = None
    authorizations: list[_Authorization] | None = None
    team: _Named | str | None = None
    enterprise: _Named | str | None = None
    user: _Named | str | None = None
    channel: _Named | str | None = None
    container: _Container | None = None
    message: _Message | None = None
    view: _View | None = None
    state: _State | None = None
    actions: list[_Action] | None = None
    event: _Event | None = None


def read_payload(body: bytes, content_type: str) -> dict[str, Any]:
    """The payload of a request: JSON for events, a form for commands, JSON in a form for the rest.

    Raises:
        UnreadablePayload: Slack would not send that.
        UnknownPayload: It is of a kind that Limner does not listen to.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise UnreadablePayload("The body is not UTF-8.") from None
    if content_type == "application/json" or text.startswith("{"):
        payload = _object(text)
    else:
        form = _form(text)
        payload = _object(form["payload"]) if "payload" in form else dict[str, Any](form)
    check_payload(payload)
    return payload


def check_payload(payload: Mapping[str, Any]) -> None:
    """See that every field that is read has its type, and that the event has an id.

    Raises:
        UnreadablePayload: The message names the first field that is wrong.
        UnknownPayload: It is of a kind that Limner does not listen to.
    """
    try:
        read = _Payload.model_validate(payload)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
        raise UnreadablePayload(f"The field {where[:100]!r} is not what Slack sends.") from None
    if read.type is not None and read.type not in KINDS:
        raise UnknownPayload("Limner doesn't handle such requests.")
    missing = _missing(read)
    if missing is not None:
        raise UnreadablePayload(f"The field {missing!r} is missing.")


def _missing(read: _Payload) -> str | None:
    """The first field that is wanted and not there: Bolt reads it, or it is part of the id."""
    wanted: dict[str, object] = {}
    match read.type:
        case None:
            if read.ssl_check is None:
                wanted = {"type": read.command, "command": read.command, "user_id": read.user_id}
        case "event_callback":
            wanted = {"event": read.event}
        case "url_verification":
            wanted = {"challenge": read.challenge}
        case kind if kind in INTERACTIONS:
            user, view = read.user, read.view
            wanted = {"user.id": user.id if isinstance(user, _Named) else None}
            if kind == "block_actions":
                wanted |= {"actions": read.actions}
                wanted |= {"actions.0.action_id": read.actions and read.actions[0].action_id}
            elif kind.startswith("view_"):
                wanted |= {"view": view, "view.id": view and view.id}
                wanted |= {"view.type": view and view.type}
                wanted |= {"view.callback_id": view and view.callback_id}
            else:
                wanted |= {"callback_id": read.callback_id}
        case _:
            pass  # no listener is registered
    return next((name for name, value in wanted.items() if not value), None)


def _object(text: str) -> dict[str, Any]:
    if _is_too_deep(text):
        raise UnreadablePayload("The JSON is nested too deeply.")
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # lone surrogates could not be kept
    except (ValueError, RecursionError):
        raise UnreadablePayload("The body is not JSON.") from None
    if not isinstance(found, dict):
        raise UnreadablePayload("The JSON is not an object.")
    return cast("dict[str, Any]", found)


def _is_too_deep(text: str) -> bool:
    """Whether lists and objects are nested too deeply, checked before they are built."""
    depth = 0
    for token in _STRUCTURE.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif token[0] in "]}":
            depth -= 1
    return False


def _form(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise UnreadablePayload("The form has too many fields.") from None
