"""The team service of the surfaces: settings, votes, approvals, the gallery, usage, audit log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from domain.errors import NotPossibleNow, Refused
from domain.illustrations import Illustration
from domain.requests import Job, JobStatus
from domain.stores import Store, UnitOfWork
from domain.team import (
    AuditEntry,
    JobMessage,
    Preferences,
    Role,
    Scope,
    Tally,
    UsageTotal,
)
from domain.translation.messages import gettext
from jobs.admission.access import Access, Action
from jobs.admission.requests import Requester, preferences_for, record, with_role
from jobs.common.ports import Dispatcher
from jobs.common.tasks import deliver_task
from jobs.common.views import JobView, job_view
from jobs.linked.channel_link import ChannelLink
from jobs.services.accounts import AccountService
from jobs.services.appeals import allowable_category, send_appeal
from jobs.services.decisions import (
    check_not_own,
    is_undecided,
    not_waiting,
    record_decision,
    release_result,
)
from jobs.services.preferences import set_preferences
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
    """The shared data of a team; each method stays within the requester's workspace."""

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
        return await set_preferences(self._store, requester, scope, changes)

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
            async with self._store.workspace(requester.workspace_id) as unit:
                send = await record_decision(
                    unit, requester, job_id, approved=approved, reason=reason
                )
            if send is not None:
                await self._dispatcher.enqueue(deliver_task(send))

        job = await self._access.check(requester, Action.READ, job_id)
        if job.status is not JobStatus.REVIEWING and job.request.origin.shadow_of is None:
            raise not_waiting(job_id)
        check_not_own(requester, job, (requester.member_id,), approved=approved)
        await self._access.check(requester, Action.DECIDE, job_id)
        await self._mirror.act(requester, job_id, decide)
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            return await job_view(unit, job_id)

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
                if await is_undecided(unit, job):
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
            send = await release_result(unit, job)
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

    async def costs(
        self, workspace_id: str, member_id: str, *, since: datetime
    ) -> Sequence[UsageTotal]:
        """What the jobs of one member have cost since the start of that month (UTC)."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return await unit.ledger.totals(since, member_id=member_id)

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


def _now() -> datetime:
    return datetime.now(UTC)
