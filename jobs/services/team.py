"""The team service of the surfaces: settings, votes, approvals, the gallery, usage, audit log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from domain.errors import InvalidRequest, NotPossibleNow, Refused
from domain.illustrations import Delivery, DeliveryKind, Illustration
from domain.requests import LOCAL_WORKSPACE, Job, JobStatus, is_quiet
from domain.short_codes import id_shown
from domain.stores import Store, UnitOfWork
from domain.team import (
    CHANNEL_PREFERENCES,
    MEMBER_PREFERENCES,
    NO_SETTINGS,
    WORKSPACE_PREFERENCES,
    AuditEntry,
    Decision,
    JobMessage,
    Preferences,
    Role,
    Scope,
    Tally,
    UsageTotal,
)
from domain.translation.messages import gettext
from jobs.admission.access import Access, Action
from jobs.admission.refusals import get_refusal
from jobs.admission.requests import Requester, logged, preferences_for, record, with_role
from jobs.common.messages import show_again
from jobs.common.ports import Dispatcher
from jobs.common.tasks import deliver_task, delivery_id
from jobs.common.views import JobView, job_view
from jobs.linked.channel_link import ChannelLink
from jobs.linked.links import check_linkable
from jobs.linked.people import names_of_person
from jobs.services.accounts import AccountService
from jobs.services.appeals import allowable_category, send_appeal
from jobs.services.approvals import check_review_channel
from jobs.services.presets import keep_preset, scope_id_of
from jobs.services.reports import is_reported, send_report

log = structlog.get_logger(__name__)

LOOKED_THROUGH = 4
"""How many times the number of shown pictures are looked through for those that one can see."""
CLAIM_PATIENCE = timedelta(seconds=20)
"""A process that claimed a message longer ago than this and has not made it is taken to be dead."""


@dataclass(frozen=True, slots=True)
class Usage:
    """A member's requests today and this month (UTC), how many pictures a day they may request
    (None: any number), and their cost this month."""

    jobs_today: int
    jobs_this_month: int
    pictures_today: int
    pictures_this_month: int
    daily_limit: int | None
    totals: tuple[UsageTotal, ...]


Count = Callable[[UnitOfWork, str], Awaitable[None]]
"""Changes a member's vote."""


class TeamService:
    """The door to what a team shares; each method stays within the requester's workspace."""

    def __init__(self, *, store: Store, dispatcher: Dispatcher, mirror: ChannelLink) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._mirror = mirror
        self._access = Access(store)

    async def role(self, requester: Requester) -> Role:
        """The requester's role here."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            return (await with_role(unit, requester)).role

    async def preferences(self, requester: Requester) -> Preferences:
        """The effective preferences of the requester in the channel: the member's own, over the
        channel's, over the workspace's."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            return await preferences_for(unit, requester)

    async def preferences_at(self, requester: Requester, scope: Scope) -> Preferences:
        """The preferences set at one scope alone: by the requester, for the channel or for the
        workspace."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            return await unit.preferences.get(scope, scope_id_of(requester, scope))

    async def prefer(self, requester: Requester, scope: Scope, **changes: Any) -> Preferences:
        """Set preferences at a scope, by the names of ``Preferences``; None takes one back. Gives
        what is set there now.

        Raises:
            InvalidRequest: One of them cannot be set at that scope, or pictures would wait for
                approval without a review channel.
            Refused: Only admins may set it.
        """
        _check_scope(scope, changes)
        check_linkable(requester.workspace_id, changes.get("linked"))
        async with self._store.workspace(requester.workspace_id) as unit:
            check_may_set(scope, (await with_role(unit, requester)).role)
            before = await unit.preferences.get(scope, scope_id_of(requester, scope))
            after = replace(before, **changes)
            if changes.keys() & {"approvals", "review_channel"}:
                await check_review_channel(unit, requester, scope, after)
            await unit.preferences.save(scope, scope_id_of(requester, scope), after)
            if "training" in changes:
                await _withdraw(unit, requester, scope, after)
            changed = {name: logged(value) for name, value in changes.items()}
            await record(unit, requester, "settings", scope.value, **changed)
        return after

    async def keep_preset(
        self, requester: Requester, scope: Scope, name: str, options: str | None
    ) -> Mapping[str, str]:
        """Save options under a name. See :func:`jobs.services.presets.keep_preset`."""
        return await keep_preset(self._store, requester, scope, name=name, options=options)

    @property
    def accounts(self) -> AccountService:
        """Joins accounts that are one person's."""
        return AccountService(store=self._store)

    async def vote(self, requester: Requester, illustration_id: str, value: int) -> Tally:
        """Count the requester's vote on a picture: 1 for, -1 against, 0 takes it back.

        Raises:
            NotFound: This workspace has no such picture.
        """

        async def count(unit: UnitOfWork, member_id: str) -> None:
            await unit.opinions.vote(illustration_id, member_id, value, now=_now())

        return await self._pooled(requester, illustration_id, count)

    async def take_back(self, requester: Requester, illustration_id: str, value: int) -> Tally:
        """Take the requester's vote back if it is that one; a later, other vote stays.

        Raises:
            NotFound: This workspace has no such picture.
        """

        async def count(unit: UnitOfWork, member_id: str) -> None:
            await unit.opinions.take_back(illustration_id, member_id, value)

        return await self._pooled(requester, illustration_id, count)

    async def _pooled(self, requester: Requester, illustration_id: str, count: Count) -> Tally:
        """Change the votes on a picture, which has the same id wherever it is shown."""

        async def work(requester: Requester, job_id: str) -> Tally:
            async with self._store.workspace(requester.workspace_id) as unit:
                await count(unit, requester.member_id)
                await unit.mirrors.touch(job_id)
                return await unit.opinions.tally(illustration_id)

        job = await self._access.check_picture(requester, Action.VOTE, illustration_id)
        return await self._mirror.act(requester, job.id, work, or_here=True)

    async def decide(
        self, requester: Requester, job_id: str, *, approved: bool, reason: str | None = None
    ) -> JobView:
        """Approve a result that waits in the review channel, or reject it with a reason.

        The last approval that was needed sends the result on (a story is sent on by the news desk
        at its due time); a rejection ends the job, and the requester gets the reason.

        Raises:
            NotFound: This workspace has no such job.
            NotPossibleNow: The job does not wait for approval.
            Refused: Approving is not the requester's, by role and place, or they want to approve a
                picture of their own.
        """

        async def decide(requester: Requester, job_id: str) -> None:
            await self._decide(requester, job_id, approved=approved, reason=reason)

        job = await self._access.check(requester, Action.READ, job_id)
        if job.status is not JobStatus.REVIEWING and job.request.origin.shadow_of is None:
            raise _not_waiting(job_id)
        _check_not_own(requester, job, (requester.member_id,), approved=approved)
        await self._access.check(requester, Action.DECIDE, job_id)
        await self._mirror.act(requester, job_id, decide)
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            return await job_view(unit, job_id)

    async def _decide(
        self, requester: Requester, job_id: str, *, approved: bool, reason: str | None
    ) -> None:
        send: Delivery | None = None
        async with self._store.workspace(requester.workspace_id) as unit:
            job = await unit.jobs.get(job_id)
            if job.status is not JobStatus.REVIEWING:
                raise _not_waiting(job_id)
            names = await names_of_person(unit, job, requester.member_id)
            _check_not_own(requester, job, names, approved=approved)
            before = [one.member_id for one in await unit.opinions.decisions(job_id)]
            # A person decides once, with whichever of their accounts.
            name = next((one for one in before if one in names), requester.member_id)
            await unit.opinions.decide(job_id, Decision(name, approved, _now(), reason))
            await unit.events.append(
                job_id, "decided", {"by": requester.member_id, "approved": approved}
            )
            await record(
                unit, requester, "approve" if approved else "reject", job_id, reason=reason
            )
            await unit.deliveries.decided(job_id)
            decisions = await unit.opinions.decisions(job_id)
            if not approved:
                send = await _rejected(unit, job, reason)
            elif _is_enough(job, decisions) and job.request.routing.post_at is None:
                send = await _released(unit, job)
            if await unit.mirrors.touch(job_id):
                await show_again(unit, job_id, ended=False)
        if send is not None:
            await self._dispatcher.enqueue(deliver_task(send))

    async def appeal(self, requester: Requester, job_id: str) -> bool:
        """Send a refused request to the moderators; False on the command line, where the operator
        allows it directly.

        Raises:
            NotFound: This workspace has no such job. NotPossibleNow: It was not refused by the
            policy. Refused: It belongs to another member, or cannot be allowed.
        """
        job = await self._access.check(requester, Action.READ, job_id)
        async with self._store.workspace(requester.workspace_id) as unit:
            delivery = await send_appeal(unit, requester, job)
        if delivery is not None:
            await self._dispatcher.enqueue(deliver_task(delivery))
        return delivery is not None

    async def dismiss(self, requester: Requester, job_id: str) -> None:
        """Note that a refused request stays refused. Raises as :meth:`appeal`."""
        job = await self._access.check(requester, Action.DECIDE, job_id)
        allowable_category(job)
        async with self._store.workspace(requester.workspace_id) as unit:
            await unit.deliveries.decided(job_id)
            await record(unit, requester, "dismiss", job_id)

    async def report(self, requester: Requester, job_id: str) -> bool:
        """Notify the moderators about a delivered picture; False where they were notified before.
        For a picture that another workspace shares, the moderators of both are notified.

        Raises:
            NotFound: This workspace has no such job that the requester can see. NotPossibleNow:
            There is no picture, there is no moderator, or the requester reported too many.
        """
        job = await self._access.check(requester, Action.READ, job_id)
        new = await self._report(requester, job_id)
        if job.request.origin.shadow_of is not None:
            try:
                await self._mirror.act(requester, job_id, self._report)
            except NotPossibleNow as error:  # the link ended, or it was reported often enough
                log.info("not_reported_there", job_id=job_id, why=str(error))
        return new

    async def _report(self, requester: Requester, job_id: str) -> bool:
        async with self._store.workspace(requester.workspace_id) as unit:
            delivery = await send_report(unit, requester, await unit.jobs.get(job_id))
        if delivery is not None:
            await self._dispatcher.enqueue(deliver_task(delivery))
        return delivery is not None

    async def clear(self, requester: Requester, job_id: str) -> None:
        """Note that a reported picture stays.

        Raises:
            NotFound: This workspace has no such job. NotPossibleNow: It was not reported. Refused:
            The requester may not decide.
        """
        await self._access.check(requester, Action.DECIDE, job_id)
        async with self._store.workspace(requester.workspace_id) as unit:
            if not is_reported(await unit.deliveries.of_job(job_id)):
                raise NotPossibleNow(gettext("Nobody reported this picture."))
            await unit.deliveries.decided(job_id)
            await record(unit, requester, "clear", job_id)

    async def lift(self, requester: Requester, member_id: str) -> None:
        """Let a suspended member ask again. Raises ``Refused`` for who is no moderator."""
        async with self._store.workspace(requester.workspace_id) as unit:
            known = await with_role(unit, requester)
            if known.role is Role.MEMBER or requester.member_id == member_id:
                raise Refused(gettext("Only another moderator can lift a suspension."))
            own = await unit.preferences.get(Scope.MEMBER, member_id)
            await unit.preferences.save(Scope.MEMBER, member_id, replace(own, suspended=None))
            await record(unit, requester, "lift", member_id)

    async def waiting(self, requester: Requester, *, limit: int = 25) -> Sequence[Job]:
        """The queue of the moderators, the newest first: pictures to be approved, appeals, reported
        pictures, and suspended people. Moderators of a single channel see its own.

        Raises:
            Refused: The requester is no moderator.
        """
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            wide = (await with_role(unit, requester)).role is not Role.MEMBER
            if not wide and not requester.moderates_here:
                raise Refused(
                    gettext("Only moderators can see what needs approval. Ask one of them.")
                )
            reviewing = await unit.jobs.recent(status=JobStatus.REVIEWING, limit=limit)
            sent_to_moderators: list[Job] = []
            for job_id in await unit.deliveries.undecided(limit=limit):
                job = await unit.jobs.get(job_id)
                if await _is_undecided(unit, job):
                    sent_to_moderators.append(job)
        jobs = {
            job.id: job
            for job in (*await self._access.visible(requester, reviewing), *sent_to_moderators)
        }
        here = requester.destination.channel
        near = [
            job for job in jobs.values() if wide or job.request.routing.destination.channel == here
        ]
        return sorted(near, key=lambda job: job.id, reverse=True)[:limit]

    async def release(self, workspace_id: str, job_id: str) -> None:
        """Post an approved result whose time has come; nothing when it is on its way already."""
        async with self._store.workspace(workspace_id) as unit:
            job = await unit.jobs.get(job_id)
            if job.status is not JobStatus.REVIEWING:
                return
            send = await _released(unit, job)
        await self._dispatcher.enqueue(deliver_task(send))

    async def gallery(
        self, requester: Requester, *, limit: int = 12
    ) -> Sequence[tuple[Illustration, Tally]]:
        """The pictures with the best votes among those that the requester can see."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            best = await unit.illustrations.best(limit=limit * LOOKED_THROUGH)
            jobs = {p.job_id: await unit.jobs.get(p.job_id) for p, _tally in best}
        seen = {job.id for job in await self._access.visible(requester, [*jobs.values()])}
        return [(picture, tally) for picture, tally in best if picture.job_id in seen][:limit]

    async def usage(self, requester: Requester, *, everybody: bool = False) -> Usage:
        """The requests and costs of the requester, or for admins of all members. Raises
        ``Refused``."""
        now = _now()
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        month = today.replace(day=1)
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            if everybody and (await with_role(unit, requester)).role is not Role.ADMIN:
                raise Refused(gettext("Only an admin can see everyone's usage."))
            preferences = await preferences_for(unit, requester)
            member_id = None if everybody else requester.member_id
            limit = preferences.daily_per_workspace if everybody else preferences.daily_per_member
            return Usage(
                jobs_today=await unit.jobs.count_since(today, member_id=member_id),
                jobs_this_month=await unit.jobs.count_since(month, member_id=member_id),
                pictures_today=await unit.jobs.pictures_since(today, member_id=member_id),
                pictures_this_month=await unit.jobs.pictures_since(month, member_id=member_id),
                daily_limit=limit or None,
                totals=tuple(await unit.ledger.totals(month, member_id=member_id)),
            )

    async def audit(self, requester: Requester, *, limit: int = 50) -> Sequence[AuditEntry]:
        """The audit log, the newest entry first. Raises ``Refused`` for all but admins."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            if (await with_role(unit, requester)).role is not Role.ADMIN:
                raise Refused(gettext("Only an admin can read the audit log."))
            return await unit.ledger.audit(limit=limit)

    async def keep_message(self, workspace_id: str, message: JobMessage) -> None:
        """Note that a message in chat belongs to a job."""
        async with self._store.workspace(workspace_id) as unit:
            await unit.messages.add(message)

    async def claim_message(
        self, workspace_id: str, job_id: str, *, patience: timedelta = CLAIM_PATIENCE
    ) -> int | None:
        """Claim the making of a job's message: gives how many claimed it before, one of whom may
        have made it and died; None while another process is at it, for ``patience`` at the longest.

        Raises:
            NotFound: This workspace has no such job.
        """
        async with self._store.workspace(workspace_id) as unit:
            await unit.jobs.get(job_id)  # takes the job's lock, so that claims take turns
            events = await unit.events.read(job_id, limit=10_000)
            claims = [event for event in events if event.kind == "message_claimed"]
            if claims and _now() - claims[-1].at < patience:
                return None
            await unit.events.append(job_id, "message_claimed", {"number": len(claims) + 1})
        return len(claims)

    async def job_of_message(
        self, workspace_id: str, surface: str, channel: str, message: str
    ) -> str | None:
        """The job whose message that is, if it is one of ours."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            found = await unit.messages.find(surface, channel, message)
        return found.job_id if found else None

    async def job_of_thread(self, workspace_id: str, surface: str, thread: str) -> str | None:
        """The newest job in a thread, if it is one of ours."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            found = await unit.messages.in_thread(surface, thread)
        return found.job_id if found else None


def check_may_set(scope: Scope, role: Role) -> None:
    """Check that a person with that role may change the settings of a scope. Raises ``Refused``."""
    if scope is not Scope.MEMBER and role is not Role.ADMIN:
        raise Refused(gettext("Only an admin can change the settings of the channel or the team."))


async def _withdraw(unit: UnitOfWork, requester: Requester, scope: Scope, now: Preferences) -> None:
    """Remove the training data of a person who no longer agrees."""
    if scope is Scope.MEMBER and now.training is False:
        await unit.trajectories.forget(requester.member_id)
    elif scope is Scope.WORKSPACE and now.training is not True:
        await unit.trajectories.forget()


_PER = {
    Scope.MEMBER: gettext("per person"),
    Scope.CHANNEL: gettext("per channel"),
    Scope.WORKSPACE: gettext("for the whole team"),
}


def _check_scope(scope: Scope, changes: dict[str, Any]) -> None:
    known = {field.name for field in fields(Preferences)} - NO_SETTINGS
    if scope is Scope.MEMBER:
        known &= MEMBER_PREFERENCES
    if scope is Scope.CHANNEL:
        known -= WORKSPACE_PREFERENCES
    if scope is Scope.WORKSPACE:
        known -= CHANNEL_PREFERENCES
    for name in changes:
        if name not in known:
            raise InvalidRequest(
                gettext(
                    "{name!r} can't be set {per}. You can set {known}.",
                    name=name,
                    per=_PER[scope],
                    known=", ".join(sorted(known)),
                ),
                field=name,
            )


def _not_waiting(job_id: str) -> NotPossibleNow:
    return NotPossibleNow(
        gettext("The job {job_id!r} doesn't need approval.", job_id=id_shown(job_id))
    )


def _check_not_own(
    requester: Requester, job: Job, names: Collection[str], *, approved: bool
) -> None:
    """Check that no one approves a picture of their own; ``names`` are all ids of the requester."""
    own = job.request.origin.member_id in names and job.request.origin.story_id is None
    if approved and own and requester.workspace_id != LOCAL_WORKSPACE:
        raise Refused(gettext("You asked for this picture, so someone else must approve it."))


def _is_enough(job: Job, decisions: Sequence[Decision]) -> bool:
    return sum(decision.approved for decision in decisions) >= job.request.routing.approvals


async def _released(unit: UnitOfWork, job: Job) -> Delivery:
    """Send an approved result on to where it was asked for."""
    await unit.jobs.save(replace(job, status=JobStatus.DELIVERING))
    return await _added(unit, job, DeliveryKind.RESULT)


async def _rejected(unit: UnitOfWork, job: Job, reason: str | None) -> Delivery | None:
    """End a rejected job, and notify its requester; a story is not announced in public."""
    why = (reason or "").strip().rstrip(".")
    error = (
        gettext("The picture wasn't approved: {why}.", why=why)
        if why
        else gettext("The picture wasn't approved.")
    )
    await unit.jobs.save(replace(job, status=JobStatus.FAILED, error=error, finished_at=_now()))
    await unit.events.append(job.id, "failed", {"error": error}, key="failed")
    if is_quiet(job.request):
        return None
    return await _added(unit, job, DeliveryKind.FAILURE)


async def _added(unit: UnitOfWork, job: Job, kind: DeliveryKind) -> Delivery:
    delivery = Delivery(
        id=delivery_id(job.id, kind),
        workspace_id=job.workspace_id,
        job_id=job.id,
        kind=kind,
        destination=job.request.routing.destination,
    )
    await unit.deliveries.add(delivery)
    return delivery


async def _is_undecided(unit: UnitOfWork, job: Job) -> bool:
    """Whether moderators can still act on a job that was sent to them: at the floor only lift a
    suspension."""
    if job.status is JobStatus.DONE:
        return is_reported(await unit.deliveries.of_job(job.id))
    if job.status is not JobStatus.FAILED:
        return job.status is JobStatus.REVIEWING
    refusal = get_refusal(job)
    if refusal is None or not refusal.floor:
        return True
    return bool((await unit.preferences.get(Scope.MEMBER, job.request.origin.member_id)).suspended)


def _now() -> datetime:
    return datetime.now(UTC)
