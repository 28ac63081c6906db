"""Slack's Real-Time Search: messages of public channels, with the rights of the person who asked.

Slack gives a token with the message of a person (``action_token``) that lets the app search as that
person for a short time. Its terms: what is found may be used for the one answer, and is not stored,
copied, indexed or used for training.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, cast

from bot.slack.client.api import SlackApi
from bot.slack.client.http import Wire
from bot.slack.client.places import is_own
from bot.slack.client.ports import Installations
from bot.slack.client.rate_limit import Pace
from bot.slack.client.tokens import ManyWorkspaces, OneWorkspace, Tenant
from domain.errors import Refused, SurfaceRefused, SurfaceUnavailable
from domain.installations import Installation
from domain.requests import Job
from domain.team_messages import MessagesFound, SearchTokens, TeamMessage
from domain.translation.messages import gettext

METHOD: Final = "assistant.search.context"
SCOPE: Final = "search:read.public"
"""The scope for messages in public channels. Those for private ones (``search:read.private``,
``.im``, ``.mpim``) are not asked for: a picture has more readers than the person who asks."""
MOST: Final = 10
"""Messages of one search; Slack gives 20 at the most."""
LIMIT_S: Final = 10.0
PATIENCE_S: Final = 5.0
TOTAL_S: Final = 20.0
"""How long the searches of a job take at the most, the wait for their turn included: a picture is
drawn without them too."""
_WHY: Final[Mapping[str, str]] = {
    "missing_scope": gettext(
        "Messages weren't searched: the app lacks the permission {scope}. An admin can add it by "
        "reinstalling the app with slack-manifest.yaml.",
        scope=SCOPE,
    ),
    **dict.fromkeys(
        ("invalid_action_token", "action_token_expired", "missing_action_token", "no_action_token"),
        gettext(
            "Messages weren't searched: Slack allows that only for a short time after a message "
            "that mentions Limner or is written to it."
        ),
    ),
}
_REFUSED: Final = gettext(
    "Messages weren't searched: this workspace doesn't let apps search ({code})."
)
UNANSWERED: Final = gettext("Messages weren't searched: Slack didn't answer in time.")
_OUTSIDERS: Final = gettext(
    "Messages weren't searched: people of other workspaces can read this channel."
)


def check_granted(installation: Installation) -> None:
    """See that the app may search, as far as Slack reports its scopes. Raises ``Refused``."""
    if installation.scopes and SCOPE not in installation.scopes:
        raise Refused(
            gettext(
                "The app lacks the permission {scope}. Paste slack-manifest.yaml again and "
                "reinstall the app, then turn this on.",
                scope=SCOPE,
            )
        )


class SlackMessageSearch:
    """Searches Slack for jobs that came from it; fits ``MessageSearch``."""

    def __init__(self, api: SlackApi, tokens: SearchTokens) -> None:
        self._api = api
        self._tokens = tokens

    async def search(self, job: Job, queries: Sequence[str]) -> MessagesFound:
        """Messages of people in public channels, or the sentence that says why there are none."""
        tenant, place = Tenant.of(job.workspace_id), job.request.routing.destination
        token = await self._tokens.get(job.workspace_id, job.id)
        if token is None:
            return MessagesFound(problem=_WHY["no_action_token"])
        try:
            async with asyncio.timeout(TOTAL_S):
                if not is_own(place.channel) and await self._has_outsiders(tenant, place.channel):
                    return MessagesFound(problem=_OUTSIDERS)
                found = [await self._ask(tenant, query, token) for query in queries]
        except (SurfaceUnavailable, TimeoutError):
            return MessagesFound(problem=UNANSWERED)
        except SurfaceRefused as error:
            why = _WHY.get(error.code) or _REFUSED.format(code=error.code)
            return MessagesFound(problem=why)
        return MessagesFound(tuple(message for messages in found for message in messages))

    async def finish(self, job: Job) -> None:
        """Forget a job's token."""
        await self._tokens.forget(job.workspace_id, job.id)

    async def _has_outsiders(self, tenant: Tenant, channel: str) -> bool:
        """Whether a channel is shared with other workspaces, now or soon."""
        answer = await self._api.call(
            tenant, "conversations.info", channel=channel, patience_s=PATIENCE_S
        )
        about = cast("dict[str, Any]", answer["channel"])
        shared = ("is_shared", "is_ext_shared", "is_org_shared", "is_pending_ext_shared")
        return any(about.get(name) for name in shared)

    async def _ask(self, tenant: Tenant, query: str, token: str) -> list[TeamMessage]:
        answer = await self._api.call(
            tenant,
            METHOD,
            limit_s=LIMIT_S,
            patience_s=PATIENCE_S,
            query=query,
            action_token=token,
            channel_types="public_channel",
            content_types="messages",
            include_bots=False,
            limit=MOST,
        )
        own = f"<@{(await self._api.installation(tenant)).bot_member_id}"
        results: Any = answer.get("results")
        messages = cast("Any", results).get("messages") if isinstance(results, Mapping) else None
        found = [_message(each, tenant.team_id) for each in cast("list[Any]", messages or [])]
        # What was said to Limner is a request and describes nothing.
        return [each for each in found if each is not None and own not in each.text]


def _message(found: Any, team_id: str) -> TeamMessage | None:
    """A message of an answer; None where it is none that can be used. Where an organisation
    installed the app, Slack finds messages of all its workspaces."""
    if not isinstance(found, Mapping):
        return None
    about = cast("Mapping[str, Any]", found)
    if about.get("team_id") not in (None, "", team_id):
        return None
    text, address = about.get("content"), about.get("permalink")
    if not isinstance(text, str) or not isinstance(address, str) or about.get("is_author_bot"):
        return None
    return TeamMessage(text, address) if address.startswith("https://") else None


@asynccontextmanager
async def opened_message_search(
    api_base: str,
    *,
    bot_token: str,
    client: tuple[str, str],
    store: Installations | None,
    search_tokens: SearchTokens,
) -> AsyncGenerator[SlackMessageSearch]:
    """The search alone, for a process that is not connected to Slack; ``store`` and ``client`` for
    many workspaces."""
    wire = Wire(api_base)
    tokens = (
        OneWorkspace(bot_token, wire=wire)
        if store is None
        else ManyWorkspaces(store, client=client, wire=wire)
    )
    try:
        yield SlackMessageSearch(SlackApi(wire, tokens, Pace()), search_tokens)
    finally:
        await tokens.finish()
        await wire.aclose()
