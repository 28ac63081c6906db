"""Linked channels: whether two name one another, and who a member of one is in the other."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import InvalidRequest
from domain.links import ChannelCode, member_elsewhere
from domain.requests import Job, JobRef, Request
from domain.stores import Store
from domain.team import Preferences, Role, Scope
from domain.translation.messages import gettext
from jobs.admission.requests import Requester, with_role

NO_LONGER_LINKED = gettext(
    "This channel is no longer linked with the one the picture was requested "
    "in, so you can't do this here. Do it there, or ask an admin to link the "
    "channels again."
)


@dataclass(frozen=True, slots=True)
class OtherSide:
    """The channel that one is linked with, and what is set there."""

    there: ChannelCode
    preferences: Preferences


async def other_side(store: Store, here: ChannelCode) -> OtherSide | None:
    """The channel that one is linked with; None unless each of the two names the other."""
    async with store.workspace(here.workspace_id, read_only=True) as unit:
        named = (await unit.preferences.get(Scope.CHANNEL, here.channel)).linked
    there = _read(named)
    if there is None or there.workspace_id == here.workspace_id:
        return None
    async with store.workspace(there.workspace_id, read_only=True) as unit:
        channel = await unit.preferences.get(Scope.CHANNEL, there.channel)
        wide = await unit.preferences.get(Scope.WORKSPACE)
    return OtherSide(there, channel.over(wide)) if channel.linked == str(here) else None


async def to_be_mirrored(store: Store, request: Request) -> OtherSide | None:
    """Where else a new request's job is to be shown: never a private one, nor one of the news
    desk."""
    if request.routing.private or request.origin.story_id is not None:
        return None
    side = await other_side(store, place_of(request))
    return None if side is None or side.preferences.paused else side


def pooled(request: Request, side: OtherSide, *, held: bool) -> Request:
    """The request with as many approvals as the stricter of the two channels wants; ``held`` says
    that the policy of the other one wants one."""
    preferences = side.preferences
    wanted = max(preferences.approvals or 0, 1 if held else 0)
    return request.with_parts(approvals=max(request.routing.approvals, wanted))


def place_of(request: Request) -> ChannelCode:
    """The channel that a request was asked in."""
    return ChannelCode(request.origin.workspace_id, request.routing.destination.channel)


async def original_of(
    store: Store, requester: Requester, shadow: Job
) -> tuple[Requester, JobRef] | None:
    """The original of a job that only shows it, and the requester's identity there: an outside
    member, with the rights that they have in their own channel. None where the channels are no
    longer linked."""
    original = shadow.request.origin.shadow_of
    side = await other_side(store, place_of(shadow.request))
    if original is None or side is None or side.there.workspace_id != original.workspace_id:
        return None
    async with store.workspace(original.workspace_id, read_only=True) as unit:
        job = await unit.jobs.get(original.job_id)
    if job.request.routing.destination.channel != side.there.channel:
        return None
    async with store.workspace(requester.workspace_id, read_only=True) as unit:
        role = (await with_role(unit, requester)).role
    here = shadow.request.routing.destination.surface
    there = job.request.routing.destination
    return (
        Requester(
            original.workspace_id,
            member_elsewhere(requester.member_id, of=here, on=there.surface),
            there,
            Role.MEMBER if role is Role.MEMBER else Role.MODERATOR,
        ),
        original,
    )


def check_linkable(workspace_id: str, code: object) -> None:
    """See that a channel can be linked with that one.

    Raises:
        InvalidRequest: It is no channel of another workspace.
    """
    if code is not None and ChannelCode.parse(str(code)).workspace_id == workspace_id:
        raise InvalidRequest(
            (
                gettext(
                    "You can only link this channel with one from another server or "
                    "workspace. Copy the link code that Limner shows there."
                )
            ),
            field="linked",
        )


def _read(named: str | None) -> ChannelCode | None:
    try:
        return ChannelCode.parse(named) if named else None
    except InvalidRequest:  # set before such codes were checked
        return None
