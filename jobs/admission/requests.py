"""Whether a request is taken: policy, pause, roles and quotas; and how many run side by side.

What is over a limit of the day is refused with the reason; more jobs at once than a member may have
are never refused, they wait their turn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from ulid import ULID

from domain.errors import LimitReached, Refused, utc_text
from domain.licences import forbids_commerce
from domain.requests import Audience, Destination, Request, UnsupportedClaims
from domain.stores import UnitOfWork
from domain.team import AuditEntry, Preferences, Role, Scope
from domain.translation.messages import gettext, ngettext
from jobs.admission.budgets import Budgets
from jobs.admission.judging import Policy, get_earlier_prompts, judged_text
from jobs.admission.rulings import Ruling, terms_elsewhere, terms_of
from jobs.admission.verdicts import get_review_place, is_local


@dataclass(frozen=True, slots=True)
class Requester:
    """The requester, and where the answer goes; ``groups`` are the surface's roles or user groups.

    ``role`` holds in the whole workspace, ``moderates_here`` in the channel of ``destination``
    alone. ``reads`` says whether they can read another channel; without it they cannot.
    ``hidden`` is whether what they have made is shown to them alone, since Limner is no member of
    the place. ``audience`` is who reads the place, ``language`` the requester's as the surface
    says, and ``names`` gives the names of people, roles and channels by their ids, as far as they
    are known. ``payment`` raises ``PremiumNeeded`` where they lack a subscription that the
    operator asks for; without it none is needed. ``search_token`` lets the platform's messages be
    searched as the requester, for a short time.
    """

    workspace_id: str
    member_id: str
    destination: Destination
    role: Role = Role.MEMBER
    groups: frozenset[str] = field(default_factory=frozenset[str])
    moderates_here: bool = False
    reads: Callable[[str], Awaitable[bool]] | None = field(default=None, compare=False, repr=False)
    audience: Audience = Audience.PUBLIC
    language: str | None = None
    hidden: bool = False
    names: Callable[[Collection[str]], Awaitable[Mapping[str, str]]] | None = field(
        default=None, compare=False, repr=False
    )
    payment: Callable[[], Awaitable[None]] | None = field(default=None, compare=False, repr=False)
    search_token: str | None = field(default=None, compare=False, repr=False)

    async def check_paid(self) -> None:
        """See that they have the subscription that the operator asks for. Raises
        ``PremiumNeeded``."""
        if self.payment is not None:
            await self.payment()


NO_BUDGETS: Final = Budgets()
MAX_LOGGED: Final = 2_000
"""Characters of a value in the audit log."""


class Admission:
    """Holds requests against what the workspace, the channel and the member have set."""

    def __init__(
        self,
        policy: Policy,
        *,
        jobs_per_member: int,
        budgets: Budgets = NO_BUDGETS,
        license_of: Callable[[str | None], str | None] = lambda _generator: None,
    ) -> None:
        """``license_of`` gives the license of a generator's model, or of the default one's; None
        where it is not known."""
        self.budgets = budgets
        self._license_of = license_of
        self._policy = policy
        self._jobs_per_member = jobs_per_member

    async def admitted(
        self,
        unit: UnitOfWork,
        requester: Requester,
        request: Request,
        *,
        now: datetime,
        elsewhere: Sequence[str] = (),
    ) -> Request:
        """The request with its lane and its review; ``elsewhere`` are prompts of another workspace
        that it changes too, the oldest first.

        Raises:
            Refused: The team does not allow it; the message says why and what to do.
        """
        preferences = await preferences_for(unit, requester)
        check_may_ask(requester, preferences)
        if preferences.commercial and (request.generator or request.parent_id is None):
            check_license(request.generator, self._license_of(request.generator))
        request = request.with_parts(
            audience=_audience(requester),
            private=request.routing.private or requester.hidden,
            language=requester.language,
            commercial=preferences.commercial is not False,
            derivatives=preferences.derivatives is not False,
            unsupported=preferences.unsupported or UnsupportedClaims.MARK,
        )
        earlier = (*elsewhere, *await get_earlier_prompts(unit, request))
        judged = judged_text(request, earlier)
        terms = terms_of(request, preferences)
        ruling = await self._policy.check_beside(
            judged, terms=terms, blocked=preferences.blocked or ()
        )
        await _check_quotas(unit, requester, preferences, request, now)
        lane = await self._free_lane(unit, requester, preferences)
        review = await get_review_place(unit, request, preferences)
        # Without a review channel a picture waits all the same: moderators are notified directly.
        reviewed = not request.routing.private and not is_local(request)
        wanted = preferences.approvals or 0 if reviewed else 0
        own = request.routing.approvals if request.origin.story_id else 0  # of its schedule
        approvals = max(wanted, own, 1 if ruling.approval else 0)
        if not approvals:
            return request.with_parts(lane=lane)
        return request.with_parts(
            lane=lane, approvals=approvals, review=review or request.routing.review
        )

    async def ruling_elsewhere(
        self, unit: UnitOfWork, request: Request, preferences: Preferences
    ) -> Ruling | None:
        """The ruling on a request where that holds; None where it may not be shown there: not what
        a channel for adults, or a moderator of this workspace alone, lets through."""
        if request.origin.audience is Audience.ADULTS or request.routing.allowed:
            return None
        judged = judged_text(request, await get_earlier_prompts(unit, request))
        try:
            return await self._policy.check_beside(
                judged,
                terms=terms_elsewhere(request, preferences),
                blocked=preferences.blocked or (),
            )
        except Refused:
            return None

    async def _free_lane(
        self, unit: UnitOfWork, requester: Requester, preferences: Preferences
    ) -> int:
        """The one of the member's lanes in which the fewest jobs wait."""
        lanes = preferences.jobs_per_member or self._jobs_per_member
        busy = list(await unit.jobs.unfinished_lanes(requester.member_id))
        return min(range(lanes), key=busy.count)


def check_license(generator: str | None, license_name: str | None) -> None:
    """See that pictures of a generator may be used commercially. Raises ``Refused``."""
    if license_name and forbids_commerce(license_name):
        raise Refused(
            gettext(
                "The license of {generator} forbids commercial use ({license}), and this workspace "
                "says that its pictures are used commercially. Choose another generator, or ask an "
                "admin about the setting commercial.",
                generator=generator or gettext("the default generator"),
                license=license_name,
            )
        )


def check_may_ask(requester: Requester, preferences: Preferences) -> None:
    """Check that a person may request pictures where they are. Raises ``Refused``."""
    if preferences.paused:
        raise Refused(gettext("Limner is paused here. An admin can resume it."))
    if preferences.suspended:
        raise Refused(
            gettext(
                "You can't request pictures because several of your requests were for "
                "something that is never drawn. A moderator can lift this."
            )
        )
    allowed = preferences.allowed_groups
    if allowed and requester.role is Role.MEMBER and not requester.groups & set(allowed):
        raise Refused(gettext("You don't have access here. Ask an admin to add your group."))


async def _check_quotas(
    unit: UnitOfWork,
    requester: Requester,
    preferences: Preferences,
    request: Request,
    now: datetime,
) -> None:
    """Hold the pictures that are asked for now, together with those of today, against the limits.

    Raises:
        Refused: They would be too many; the message says how many are left.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    until = midnight + timedelta(days=1)
    for most, member_id, own in (
        (preferences.daily_per_member, requester.member_id, True),
        (preferences.daily_per_workspace, None, False),
    ):
        if not most:
            continue
        asked = await unit.jobs.pictures_since(midnight, member_id=member_id)
        if asked >= most:
            raise LimitReached(_limit_reached(most, until, own=own), until=until)
        if asked + request.count > most:
            raise LimitReached(_limit_near(most - asked, most, until, own=own), until=until)


def _limit_reached(most: int, until: datetime, *, own: bool) -> str:
    if own:
        return ngettext(
            "You have reached today's limit of {count} picture. You can request more from {until}.",
            "You have reached today's limit of {count} pictures. "
            "You can request more from {until}.",
            most,
            until=utc_text(until),
        )
    return ngettext(
        "Your team has reached today's limit for everyone of {count} picture. "
        "You can request more from {until}.",
        "Your team has reached today's limit for everyone of {count} pictures. "
        "You can request more from {until}.",
        most,
        until=utc_text(until),
    )


def _limit_near(left: int, most: int, until: datetime, *, own: bool) -> str:
    if own:
        return gettext(
            "You have {left} of {most} pictures left today. Ask for fewer, or wait until {until}.",
            left=left,
            most=most,
            until=utc_text(until),
        )
    return gettext(
        "Your team has {left} of {most} pictures left today. Ask for fewer, or wait until {until}.",
        left=left,
        most=most,
        until=utc_text(until),
    )


def _audience(requester: Requester) -> Audience:
    return Audience.ALONE if requester.destination.surface == "terminal" else requester.audience


async def preferences_for(unit: UnitOfWork, requester: Requester) -> Preferences:
    """The effective preferences of a person in a channel: the member's own, over the channel's,
    over the workspace's."""
    member, channel, workspace = await unit.preferences.get_each(
        (
            (Scope.MEMBER, requester.member_id),
            (Scope.CHANNEL, requester.destination.channel),
            (Scope.WORKSPACE, ""),
        )
    )
    return member.over(channel).over(workspace)


async def preferences_of(unit: UnitOfWork, request: Request) -> Preferences:
    """The effective policy for a request, by requester and place."""
    requester = Requester(
        request.origin.workspace_id, request.origin.member_id, request.routing.destination
    )
    return await preferences_for(unit, requester)


async def record(
    unit: UnitOfWork, requester: Requester, action: str, subject: str, **details: object
) -> None:
    """Write into the audit log what a person did."""
    await unit.ledger.record(
        AuditEntry(str(ULID()), datetime.now(UTC), requester.member_id, action, subject, details)
    )


def logged(value: object) -> str | bool | None:
    """A value that was set, as the audit log keeps it: lists joined, a place by its channel."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value).items()
        return ", ".join(f"{name}: {each}" for name, each in entries)[:MAX_LOGGED]
    if isinstance(value, tuple):
        parts = cast("tuple[object, ...]", value)
        return ", ".join(str(part) for part in parts)[:MAX_LOGGED]
    return (value.channel if isinstance(value, Destination) else str(value))[:MAX_LOGGED]


async def with_role(unit: UnitOfWork, requester: Requester) -> Requester:
    """The requester, as a moderator where a group of theirs was made one."""
    if requester.role is not Role.MEMBER:
        return requester
    wide = await unit.preferences.get(Scope.WORKSPACE)
    moderates = requester.groups & set(wide.moderator_groups or ())
    return replace(requester, role=Role.MODERATOR) if moderates else requester
