"""The possible destinations of an answer: the channel it was asked in, joined if need be, or the
person's own messages with Limner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from bot.slack.client.api import SlackApi
from bot.slack.client.codes import OUTSIDE
from bot.slack.client.people import Person, Remembered
from bot.slack.client.tokens import NAME, Tenant
from domain.errors import Refused, SurfaceRefused
from domain.requests import Destination
from domain.translation.messages import gettext

KNOWN_S = 600.0
READERS_KNOWN_S = 60.0
MAX_PAGES = 10


@dataclass(frozen=True, slots=True)
class Place:
    """The destination of an answer; ``instead`` when that is not where it was asked for."""

    destination: Destination
    instead: bool = False


def is_own(channel: str) -> bool:
    """Whether a channel is a person's own messages with Limner."""
    return channel.startswith("D")


class Places:
    """Finds out where the app can post, and remembers it for ten minutes."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._open = Remembered[bool](seconds=KNOWN_S)
        self._homes = Remembered[str](seconds=KNOWN_S)
        self._readers = Remembered[bool](seconds=READERS_KNOWN_S)

    async def place(
        self,
        tenant: Tenant,
        member_id: str,
        *,
        channel: str,
        thread: str | None = None,
        private: bool = False,
    ) -> Place:
        """The destination of the answer to a user in a channel."""
        if private or not channel:
            home = await self.home(tenant, member_id)
            return Place(home, instead=bool(channel) and home.channel != channel)
        if await self.may_post(tenant, channel):
            return Place(Destination(NAME, channel, thread))
        return Place(await self.home(tenant, member_id), instead=True)

    async def home(self, tenant: Tenant, member_id: str) -> Destination:
        """A person's own messages with Limner."""
        key = f"{tenant.workspace_id}/{member_id}"
        channel = await self._homes.get(key, lambda: self._opened(tenant, member_id))
        return Destination(NAME, channel)

    def forget(self, tenant: Tenant, channel: str) -> None:
        """The app was removed from a channel, or added."""
        self._open.forget(f"{tenant.workspace_id}/{channel}")

    async def may_post(self, tenant: Tenant, channel: str) -> bool:
        """Whether the app is in the channel; a public one it joins, since only members receive
        replies and reactions there. A negative answer is not cached: people invite it and try
        again."""
        key = f"{tenant.workspace_id}/{channel}"
        may = await self._open.get(key, lambda: self._is_member(tenant, channel))
        if not may:
            self._open.forget(key)
        return may

    async def check(self, tenant: Tenant, member_id: str, channel: str) -> None:
        """Make sure that the app may post in a channel that a user names, and that they read there.

        Raises:
            Refused: One of the two does not.
        """
        if not await self.may_post(tenant, channel):
            raise Refused(
                gettext("Limner can't post in that channel. Use /invite to add it first.")
            )
        try:
            answer = await self._api.call(tenant, "conversations.info", channel=channel)
            private = bool(cast("dict[str, Any]", answer["channel"]).get("is_private"))
            reads = not private or await self._reads(tenant, member_id, channel)
        except SurfaceRefused as error:
            if error.code not in OUTSIDE and error.code != "missing_scope":
                raise
            reads = False
        if not reads:
            raise Refused(gettext("You aren't in that channel. Choose another one."))

    async def reads(self, tenant: Tenant, person: Person, channel: str) -> bool:
        """Whether a user can read a channel; never another person's own messages with Limner."""
        if not channel or is_own(channel):
            return False
        key = f"{tenant.workspace_id}/{channel}/{person.member_id}"
        return await self._readers.get(key, lambda: self._is_reader(tenant, person, channel))

    async def _is_reader(self, tenant: Tenant, person: Person, channel: str) -> bool:
        try:
            answer = await self._api.call(tenant, "conversations.info", channel=channel)
            about = cast("dict[str, Any]", answer["channel"])
            if about.get("is_im"):
                return False
            if person.guest or about.get("is_private") or about.get("is_mpim"):
                return await self._reads(tenant, person.member_id, channel)
        except SurfaceRefused:  # a channel that the app may not look at is not public
            return False
        return True

    async def team_of(self, tenant: Tenant, channel: str) -> str | None:
        """The workspace of an organisation that a channel is seen from; None where it is seen from
        all of them, or Slack does not report it."""
        try:
            answer = await self._api.call(tenant, "conversations.info", channel=channel)
        except SurfaceRefused:
            return None
        about = cast("dict[str, Any]", answer["channel"])
        team = str(about.get("context_team_id") or "")
        return team if team and team != tenant.enterprise_id else None

    async def _reads(self, tenant: Tenant, member_id: str, channel: str) -> bool:
        cursor = None
        for _page in range(MAX_PAGES):
            answer = await self._api.call(
                tenant, "conversations.members", channel=channel, limit=1000, cursor=cursor
            )
            if member_id in cast("list[str]", answer.get("members", [])):
                return True
            next_page = cast("dict[str, Any]", answer.get("response_metadata") or {})
            cursor = str(next_page.get("next_cursor") or "") or None
            if cursor is None:
                return False
        return False

    async def _is_member(self, tenant: Tenant, channel: str) -> bool:
        try:
            answer = await self._api.call(tenant, "conversations.info", channel=channel)
            found = cast("dict[str, Any]", answer["channel"])
            if found.get("is_im") or found.get("is_mpim") or found.get("is_member"):
                return not found.get("is_archived")
            if found.get("is_private") or found.get("is_archived"):
                return False
            await self._api.call(tenant, "conversations.join", channel=channel)
        except SurfaceRefused as error:
            if error.code in OUTSIDE or error.code == "missing_scope":
                return False
            raise
        return True

    async def _opened(self, tenant: Tenant, member_id: str) -> str:
        answer = await self._api.call(tenant, "conversations.open", users=member_id)
        return str(cast("dict[str, Any]", answer["channel"])["id"])
