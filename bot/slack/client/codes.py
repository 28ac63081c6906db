"""Slack's words for what it does not do, and what helps against each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.refusals import MessageLost, MessageRefused, PlaceRefused
from domain.errors import SurfaceRefused
from domain.translation.messages import gettext

TITLE: Final = "Slack"
PASSING: Final = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
"""Slack's own troubles, which pass by themselves."""
ENDED: Final = frozenset(
    {
        "access_denied",
        "account_inactive",
        "accesslimited",
        "deprecated_endpoint",
        "enterprise_is_restricted",
        "invalid_auth",
        "invalid_refresh_token",
        "method_deprecated",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "not_installed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
        "unknown_method",
    }
)
"""The app's access has ended or lacks something: no other message would pass either."""
STALE: Final = frozenset({"account_inactive", "invalid_auth", "token_expired", "token_revoked"})
"""The token is good no more; there may be another."""
LOST: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""A message cannot be changed any more."""
OUTSIDE: Final = frozenset(
    {
        "cannot_dm_bot",
        "cannot_reply_to_message",
        "channel_not_found",
        "channel_type_not_supported",
        "ekm_access_denied",
        "external_channel_migrating",
        "is_archived",
        "is_inactive",
        "messages_tab_disabled",
        "method_not_supported_for_channel_type",
        "no_permission",
        "not_in_channel",
        "posting_to_channel_denied",
        "posting_to_general_channel_denied",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "slack_connect_canvas_sharing_blocked",
        "team_not_found",
        "thread_not_found",
        "user_disabled",
        "user_not_found",
        "user_not_in_channel",
        "user_not_visible",
    }
)
"""A place where the app cannot post."""
WORDS: Final[Mapping[str, str]] = {
    "account_inactive": gettext("the app was removed from the workspace; install it again"),
    "invalid_auth": gettext("the token isn't valid; copy it again from the installed app"),
    "not_authed": gettext("there is no token; copy it from the installed app"),
    "token_revoked": gettext("the app was removed from the workspace; install it again"),
    "token_expired": gettext("the token has expired; install the app again"),
    "invalid_refresh_token": gettext("the app's access has been revoked; install it again"),
    "missing_scope": gettext(
        "the app is missing a permission; reinstall it with slack-manifest.yaml"
    ),
    "not_in_channel": gettext("the app isn't in that channel; /invite it there"),
    "channel_not_found": gettext("the app can't see that channel; /invite it there"),
    "is_archived": gettext("the channel is archived"),
    "restricted_action": gettext("the workspace doesn't let apps post there"),
    "storage_limit_reached": gettext("the workspace has no file storage left"),
    "expired_trigger_id": gettext("that took too long; press the button again"),
}


def refusal(method: str, code: str) -> SurfaceRefused:
    """The error for a call that Slack answered with that word, by what helps against it."""
    word = code[:60]
    why = WORDS.get(code) or gettext("it answered “{word}”", word=word)
    if code in ENDED:
        return SurfaceRefused(TITLE, why, code=code)
    if code in LOST:
        return MessageLost(TITLE, why, code=code)
    if code in OUTSIDE or method == "conversations.open":
        return PlaceRefused(TITLE, why, code=code)
    if method.startswith("chat."):
        why = WORDS.get(code) or gettext(
            "it doesn't accept what the message says or shows (“{word}”)", word=word
        )
        return MessageRefused(TITLE, why, code=code)
    return SurfaceRefused(TITLE, why, code=code)
