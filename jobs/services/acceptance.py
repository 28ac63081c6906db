"""Accepting requests: admission by policy, limits and budgets, and the job that follows."""

from __future__ import annotations

from datetime import UTC, datetime

from ulid import ULID

from domain.requests import Job, JobStatus, Request
from domain.stores import Store
from domain.team import Scope
from domain.team_messages import SearchTokens
from jobs.admission.requests import Admission, Requester, record, with_role
from jobs.admission.rulings import PolicyRefused
from jobs.common.ports import Dispatcher
from jobs.common.tasks import deliver_task, first_task
from jobs.linked.links import pooled, to_be_mirrored
from jobs.linked.policy import get_earlier_elsewhere
from jobs.services.appeals import write_refused


class JobAcceptance:
    """Turns admitted requests into jobs; each call is one transaction."""

    def __init__(
        self,
        store: Store,
        dispatcher: Dispatcher,
        admission: Admission,
        search_tokens: SearchTokens | None = None,
    ) -> None:
        """``search_tokens`` keeps what lets messages be searched for a job; None where no platform
        offers that."""
        self._store = store
        self._search_tokens = search_tokens
        self._dispatcher = dispatcher
        self._admission = admission

    async def accept(self, requester: Requester, request: Request, event_key: str) -> Job:
        """The job of a request; the same ``event_key`` again gives the same job.

        Raises:
            Refused: The policy or the team's settings stand against it.
        """
        await requester.check_paid()
        try:
            return await self._admitted(requester, request, event_key)
        except PolicyRefused as error:
            error.job_id, notice = await write_refused(
                self._store, requester, request, event_key=event_key, why=error
            )
            if notice is not None:
                await self._dispatcher.enqueue(deliver_task(notice))
            raise

    async def _admitted(self, requester: Requester, request: Request, event_key: str) -> Job:
        kind = request.action.kind.value
        now = datetime.now(UTC)
        side = await to_be_mirrored(self._store, request)
        earlier = await get_earlier_elsewhere(self._store, request)
        async with self._store.workspace(request.origin.workspace_id) as unit:
            job = await unit.jobs.by_event(event_key)
            if job is None:
                requester = await with_role(unit, requester)
                member = requester.member_id
                notes = await self._admission.budgets.check(unit, member, now=now)
                request = await self._admission.admitted(
                    unit, requester, request, now=now, elsewhere=earlier
                )
                if side is not None:
                    ruling = await self._admission.ruling_elsewhere(unit, request, side.preferences)
                    if ruling is None:
                        side = None
                    else:
                        request = pooled(request, side, held=ruling.approval)
                new = Job(str(ULID()), request, JobStatus.QUEUED, now, notes=notes)
                job = await unit.jobs.add(new, event_key=event_key)
                await unit.events.append(job.id, "queued", {"kind": kind}, key="queued")
                await record(unit, requester, kind, job.id)
                if side is not None:
                    await unit.mirrors.add(job.id, side.there)
        if not job.status.final:
            await self._keep_token(requester, job)
            await self._dispatcher.enqueue(first_task(job))
        return job

    async def _keep_token(self, requester: Requester, job: Job) -> None:
        """Keep the token with which messages are searched for the job, where the workspace turned
        that on; before the job can begin."""
        if requester.search_token is None or self._search_tokens is None:
            return
        async with self._store.workspace(job.workspace_id, read_only=True) as unit:
            allowed = (await unit.preferences.get(Scope.WORKSPACE)).search_messages
        if allowed:
            await self._search_tokens.keep(job.workspace_id, job.id, requester.search_token)
