"""Canvases: documents on Slack, shared with a channel or a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final
from weakref import WeakValueDictionary

from bot.slack.client.api import SlackApi
from bot.slack.client.tokens import Tenant
from domain.errors import NotPossibleNow, SurfaceRefused
from domain.translation.messages import gettext

GONE: Final = frozenset({"canvas_not_found", "canvas_deleted", "file_deleted", "file_not_found"})
_DISABLED = gettext("Canvases are switched off in this workspace.")
_PLAN = gettext("Slack offers canvases of apps in workspaces on a paid plan only.")
_SCOPE = gettext(
    "I may not make canvases here. An admin has to install me again and allow “canvases:write”."
)
_FORBIDDEN = gettext("This workspace doesn't let apps make canvases.")
WHY: Final = {
    "canvas_disabled_file_team": _DISABLED,
    "canvas_disabled_user_team": _DISABLED,
    "free_team_not_allowed": _PLAN,
    "free_teams_cannot_create_non_tabbed_canvases": _PLAN,
    "free_teams_cannot_edit_standalone_canvases": _PLAN,
    "team_tier_cannot_create_channel_canvases": _PLAN,
    "missing_scope": _SCOPE,
    "access_denied": _FORBIDDEN,
    "not_allowed_token_type": _FORBIDDEN,
    "restricted_action": _FORBIDDEN,
}
"""The sentence for each refusal that no other attempt gets round."""


def is_canvas(identifier: str) -> bool:
    """Whether an id is that of a canvas: those of messages are times."""
    return identifier.startswith("F")


class Canvases:
    """Makes canvases of Markdown, and changes, shares and removes them.

    All methods raise ``NotPossibleNow`` where the workspace or its plan has no canvases for apps,
    ``SurfaceRefused`` where Slack refuses for another reason, and ``SurfaceUnavailable``.
    """

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncGenerator[None]:
        """Be the only one who works on the canvas of that key, so that none is made twice."""
        async with self._turns.setdefault(key, asyncio.Lock()):
            yield

    async def create(self, tenant: Tenant, title: str, text: str) -> str:
        """A new canvas that nobody else sees yet; gives its id."""
        made = await self._call(
            tenant, "canvases.create", title=title, document_content=_content(text)
        )
        return str(made["canvas_id"])

    async def rewrite(self, tenant: Tenant, canvas_id: str, text: str) -> bool:
        """Put a text in the place of all that a canvas holds; False where it is gone."""
        change = {"operation": "replace", "document_content": _content(text)}
        try:
            await self._call(tenant, "canvases.edit", canvas_id=canvas_id, changes=[change])
        except SurfaceRefused as error:
            if error.code not in GONE:
                raise
            return False
        return True

    async def address(self, tenant: Tenant, canvas_id: str) -> str:
        """The address at which it opens, for those whom it is shared with."""
        found = await self._api.call(tenant, "files.info", file=canvas_id)
        return str(found["file"]["permalink"])

    async def share(
        self, tenant: Tenant, canvas_id: str, *, channel: str = "", member_id: str = ""
    ) -> None:
        """Let a channel, or one person, read it. Slack wants its address posted to them before,
        and takes no direct messages as channels."""
        whom = {"channel_ids": [channel]} if channel else {"user_ids": [member_id]}
        await self._call(
            tenant, "canvases.access.set", canvas_id=canvas_id, access_level="read", **whom
        )

    async def remove(self, tenant: Tenant, canvas_id: str) -> None:
        """Delete it; one that is gone already is well."""
        try:
            await self._api.call(tenant, "canvases.delete", canvas_id=canvas_id)
        except SurfaceRefused as error:
            if error.code not in GONE:
                raise

    async def _call(self, tenant: Tenant, method: str, **arguments: Any) -> dict[str, Any]:
        try:
            return await self._api.call(tenant, method, **arguments)
        except SurfaceRefused as error:
            why = WHY.get(error.code or "")
            if why is None:
                raise
            raise NotPossibleNow(why) from error


def _content(text: str) -> dict[str, str]:
    return {"type": "markdown", "markdown": text}
