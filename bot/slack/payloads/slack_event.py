"""One action of a user on Slack, read from its payload: who, where, and its ids."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from bot.slack.client.tokens import NAME, Tenant

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SlackEvent:
    """``key`` identifies the event: the same key again is the same event, delivered twice.

    ``message`` is the message that a button stands on or a shortcut was used on; ``ephemeral`` says
    that only its reader sees it, and ``view_id`` that it is a modal or the App Home instead.
    """

    tenant: Tenant
    member_id: str
    key: str
    channel: str = ""
    thread: str | None = None
    trigger_id: str | None = None
    response_url: str | None = None
    message: str | None = None
    ephemeral: bool = False
    view_id: str | None = None
    at_home: bool = False
    search_token: str | None = field(default=None, repr=False)
    """Lets the app search messages as this person, for a short time."""

    def at(self, channel: str, thread: str | None, message: str | None) -> SlackEvent:
        """The same elsewhere: where the form was opened that was sent just now."""
        return replace(self, channel=channel, thread=thread, message=message)

    def in_team(self, team_id: str) -> SlackEvent:
        """The same in that workspace of the organisation that installed the app."""
        return replace(self, tenant=replace(self.tenant, team_id=team_id))

    def under(self) -> SlackEvent:
        """The same in the thread of the message that it is about."""
        return replace(self, thread=self.thread or self.message)


def of_command(body: Json) -> SlackEvent:
    """Of a slash command."""
    trigger = str(body.get("trigger_id", ""))
    return SlackEvent(
        tenant=_tenant(body),
        member_id=str(body["user_id"]),
        key=_key(trigger, body),
        channel=str(body.get("channel_id", "")),
        trigger_id=trigger,
        response_url=_text(body.get("response_url")),
        search_token=_search_token(body),
    )


def of_interaction(body: Json) -> SlackEvent:
    """Of a press of a button, a shortcut or a form that was sent."""
    container, view = _part(body, "container"), _part(body, "view")
    message = _part(body, "message")
    trigger = str(body.get("trigger_id", ""))
    ts = str(container.get("message_ts") or message.get("ts") or "") or None
    name = str(view.get("id", "")) if body.get("type") == "view_submission" else trigger
    return SlackEvent(
        tenant=_tenant(body),
        member_id=str(_part(body, "user")["id"]),
        key=_key(name, body),
        channel=str(_part(body, "channel").get("id") or container.get("channel_id") or ""),
        thread=_text(message.get("thread_ts") or container.get("thread_ts")),
        trigger_id=trigger,
        response_url=_text(body.get("response_url")),
        message=ts,
        ephemeral=bool(container.get("is_ephemeral")),
        view_id=_text(view.get("id")),
        at_home=view.get("type") == "home",
        search_token=_search_token(body, *cast("list[Json]", body.get("actions") or [])),
    )


def of_event(body: Json) -> SlackEvent:
    """Of an event; a message is named by itself, since a mention comes as two events."""
    event = _part(body, "event")
    item = _part(event, "item")
    assistant = _part(event, "assistant_thread")
    channel = str(event.get("channel") or item.get("channel") or assistant.get("channel_id") or "")
    ts = str(event.get("ts") or "")
    is_message = event.get("type") in ("message", "app_mention")
    name = f"{channel}:{ts}" if is_message and ts else str(body.get("event_id", ""))
    name = str(event.get("function_execution_id") or name)  # one step, however often it comes
    return SlackEvent(
        tenant=_tenant(body),
        member_id=str(event.get("user") or assistant.get("user_id") or ""),
        key=_key(name, body),
        channel=channel,
        thread=_text(event.get("thread_ts") or assistant.get("thread_ts")),
        message=str(item.get("ts") or ts) or None,
        search_token=_search_token(event, assistant, body),
    )


def _search_token(*parts: Json) -> str | None:
    """The token for searching messages, wherever in a payload it stands."""
    return next((token for part in parts if (token := _text(part.get("action_token")))), None)


def _key(name: str, body: Json) -> str:
    """The id of the action; a digest of the payload where it has none."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode())
    return f"{NAME}:{name or digest.hexdigest()}"


def _tenant(body: Json) -> Tenant:
    """The workspace that a payload names; in channels shared between several, the one in which the
    app is installed. Its ``team_id`` is empty where an organisation installed the app and the
    payload names no workspace."""
    authorizations = cast("list[Json]", body.get("authorizations") or [])
    source = authorizations[0] if authorizations else body
    organisation = str(source.get("is_enterprise_install", "")).lower() == "true"
    view = _part(body, "view")
    named = [view.get("app_installed_team_id"), source.get("team_id"), _id(source, "team")]
    if organisation:
        # Such an installation is authorized for no single workspace. Of a message in a channel
        # shared with another organisation, ``team_id`` is where its author is.
        named += [body.get("context_team_id"), _id(body, "team"), body.get("team_id")]
    named += [_part(body, "user").get("team_id"), view.get("team_id")]
    team_id = next((str(one) for one in named if one and not _is_organisation(one)), "")
    enterprises = (
        source.get("enterprise_id"),
        _id(source, "enterprise"),
        body.get("context_enterprise_id"),
        body.get("enterprise_id"),
        _id(body, "enterprise"),
        _part(body, "team").get("enterprise_id"),
    )
    enterprise = next((str(one) for one in enterprises if one), None)
    return Tenant(team_id, enterprise if organisation else None)


def _id(body: Json, name: str) -> Any:
    """The id of a part that is an object, or an id itself."""
    part: Any = body.get(name)
    return cast("Json", part).get("id") if isinstance(part, Mapping) else part


def _is_organisation(team_id: Any) -> bool:
    """Whether an id is that of an organisation, which stands for a workspace in some payloads."""
    return str(team_id).startswith("E")


def _part(body: Json, name: str) -> Json:
    part: Any = body.get(name)
    return cast("Json", part) if isinstance(part, Mapping) else {}


def _text(value: Any) -> str | None:
    return str(value) if value else None
