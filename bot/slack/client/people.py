"""A user's role, user groups and language on Slack, and whether they belong to the workspace."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar, cast

import structlog

from bot.messages.slots import waiting
from bot.slack.client.api import SlackApi
from bot.slack.client.tokens import Tenant
from domain.errors import LimnerError, Refused, SurfaceRefused
from domain.team import Role
from domain.translation.messages import gettext

T = TypeVar("T")

log = structlog.get_logger(__name__)

KNOWN_S = 300.0
REMEMBERED = 10_000
MAX_ASKED = 5
"""How many users are looked up at Slack for one text."""
PAGE = 500
MAX_PAGES = 5
"""Of a list of members: Slack takes few such calls a minute."""


class FromElsewhere(Refused):
    """A user of another workspace, in a channel that is shared with it."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a workspace; ``groups`` are ids of user groups."""

    member_id: str
    role: Role = Role.MEMBER
    groups: frozenset[str] = field(default_factory=frozenset[str])
    language: str | None = None
    time_zone: str | None = None
    """Such as ``Europe/Berlin``."""
    guest: bool = False
    """They only see the channels that they are in."""


class Remembered(Generic[T]):
    """Answers that hold for a while; who asks for the same at once shares one call."""

    def __init__(self, *, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, key: str, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer for a key, asked for when there is none that is new enough."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        if lock.locked():  # callers may wait for the workspace's rate limit
            async with waiting(), lock:
                pass
        async with lock:
            known = self._known.get(key)
            if known is None or self._clock() - known[0] > self._seconds:
                known = (self._clock(), await ask())
                self._known[key] = known
                self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._locks.pop(self._known.popitem(last=False)[0], None)
        return known[1]

    def forget(self, key: str) -> None:
        """Ask again next time."""
        self._known.pop(key, None)


class People:
    """Looks people up, and remembers them for five minutes."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._users = Remembered[Mapping[str, Any]](seconds=KNOWN_S)
        self._groups = Remembered[Mapping[str, frozenset[str]]](seconds=KNOWN_S)
        self._listed = Remembered[Mapping[str, Mapping[str, Any]]](seconds=KNOWN_S)

    async def person(self, tenant: Tenant, member_id: str) -> Person:
        """The requester.

        Raises:
            FromElsewhere: The user belongs to another workspace, in a shared channel.
        """
        key = f"{tenant.workspace_id}/{member_id}"
        user = await self._users.get(key, lambda: self._user(tenant, member_id))
        if _is_stranger(tenant, user):
            raise FromElsewhere(
                gettext(
                    "Only members of the workspace that installed Limner can use it "
                    "here. Ask one of them."
                )
            )
        groups = await self._groups.get(
            tenant.workspace_id, lambda: _memberships(self._api, tenant)
        )
        return Person(
            member_id=member_id,
            role=Role.ADMIN if _leads(user) else Role.MEMBER,
            groups=groups.get(member_id, frozenset()),
            language=str(user.get("locale") or "") or None,
            time_zone=str(user.get("tz") or "") or None,
            guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        )

    async def team_of(self, tenant: Tenant, member_id: str) -> str | None:
        """The workspace of an organisation that a user is in; of several the first."""
        answer = await self._api.call(tenant, "users.info", user=member_id)
        user = cast("Mapping[str, Any]", answer["user"])
        organisation = cast("Mapping[str, Any]", user.get("enterprise_user") or {})
        teams = [user.get("team_id"), *cast("list[Any]", organisation.get("teams") or [])]
        return next((str(team) for team in teams if team and team != tenant.enterprise_id), None)

    async def names(self, tenant: Tenant, ids: Collection[str]) -> Mapping[str, str]:
        """The names of people by their ids; those whom Slack does not return are left out."""
        found: dict[str, str] = {}
        for member_id in sorted(id_ for id_ in ids if id_.startswith(("U", "W")))[:MAX_ASKED]:
            key = f"{tenant.workspace_id}/{member_id}"
            with suppress(LimnerError):
                user = await self._users.get(key, partial(self._user, tenant, member_id))
                profile = cast("Mapping[str, Any]", user.get("profile") or {})
                shown = profile.get("display_name") or profile.get("real_name")
                found[member_id] = str(shown or user.get("real_name") or user.get("name") or "")
        return found

    async def _user(self, tenant: Tenant, member_id: str) -> Mapping[str, Any]:
        """A user's profile on Slack. Where many unknown users ask at once, there is no time to look
        up each: then all users are listed, many at a time."""
        if not self._api.has_room(tenant.workspace_id, "users.info"):
            everybody = await self._listed.get(
                tenant.workspace_id, lambda: _list(self._api, tenant)
            )
            if member_id in everybody:
                return everybody[member_id]
        answer = await self._api.call(tenant, "users.info", user=member_id, include_locale=True)
        return cast("Mapping[str, Any]", answer["user"])


async def _list(api: SlackApi, tenant: Tenant) -> Mapping[str, Mapping[str, Any]]:
    """The first few thousand members; none where the app may not list them."""
    found: dict[str, Mapping[str, Any]] = {}
    cursor: str | None = None
    for _page in range(MAX_PAGES):
        try:
            answer = await api.call(
                tenant,
                "users.list",
                include_locale=True,
                limit=PAGE,
                cursor=cursor,
                team_id=tenant.team_id if tenant.enterprise_id else None,
            )
        except SurfaceRefused as error:
            log.warning("members_unknown", workspace_id=tenant.workspace_id, code=error.code)
            break
        members = cast("list[Mapping[str, Any]]", answer.get("members") or [])
        found |= {str(member.get("id")): member for member in members}
        next_page = cast("Mapping[str, Any]", answer.get("response_metadata") or {})
        cursor = str(next_page.get("next_cursor") or "") or None
        if cursor is None:
            break
    return found


async def _memberships(api: SlackApi, tenant: Tenant) -> Mapping[str, frozenset[str]]:
    """The user groups of each member; none where the app may not read them."""
    try:
        answer = await api.call(
            tenant,
            "usergroups.list",
            include_users=True,
            team_id=tenant.team_id if tenant.enterprise_id else None,
        )
    except SurfaceRefused as error:
        log.warning("user_groups_unknown", workspace_id=tenant.workspace_id, code=error.code)
        return {}
    found: dict[str, set[str]] = {}
    for group in cast("list[Mapping[str, Any]]", answer.get("usergroups", [])):
        for member_id in cast("list[str]", group.get("users") or []):
            found.setdefault(member_id, set()).add(str(group["id"]))
    return {member_id: frozenset(groups) for member_id, groups in found.items()}


async def find_leaders(api: SlackApi, tenant: Tenant, groups: Sequence[str]) -> list[str]:
    """Members of these user groups, or where there are none the admins and owners; empty where the
    app may look at neither."""
    if groups:
        memberships = await _memberships(api, tenant)
        named = sorted(m for m, of in memberships.items() if of & set(groups))
        if named:
            return named
    return [
        member_id
        for member_id, user in (await _list(api, tenant)).items()
        if _leads(user) and not user.get("deleted") and not user.get("is_bot")
    ]


def _leads(user: Mapping[str, Any]) -> bool:
    return bool(user.get("is_admin") or user.get("is_owner") or user.get("is_primary_owner"))


def _is_stranger(tenant: Tenant, user: Mapping[str, Any]) -> bool:
    if user.get("is_stranger"):
        return True
    own = str(user.get("team_id") or tenant.team_id)
    organisation = cast("Mapping[str, Any]", user.get("enterprise_user") or {})
    if tenant.enterprise_id and organisation:
        return organisation.get("enterprise_id") != tenant.enterprise_id
    teams = {str(team) for team in cast("list[str]", organisation.get("teams") or [])}
    return not {tenant.team_id, tenant.enterprise_id} & {own, *teams}
