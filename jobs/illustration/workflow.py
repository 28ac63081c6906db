"""The work of a job: research it, render it, hand the result over.

Each public method is the body of one workflow. Everything outside of plain computation happens in
named steps, so that a crash costs at most the step in flight; every step can run twice and leaves
one trace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from domain.errors import UNEXPECTED, JobCancelled, LimnerError, NotFound, StorageUnavailable
from domain.illustrations import Delivery, DeliveryKind
from domain.policy import Refusal, RefusedPart
from domain.requests import Job, JobKind, JobStatus, is_quiet
from domain.research import Research
from domain.stores import Store, UnitOfWork
from domain.team_messages import MESSAGES_FOUND
from jobs.admission.judging import Policy, get_earlier_prompts, judged_research
from jobs.admission.refusals import failure_data, read_old_refusal
from jobs.admission.requests import preferences_of
from jobs.admission.rulings import PolicyRefused, terms_of
from jobs.admission.verdicts import hold_for_approval, notify_moderators
from jobs.admission.words import policy_sentence
from jobs.common.event_log import JobNotebook
from jobs.common.lineage import with_lineage
from jobs.common.ports import Dispatcher, Researcher, StepRunner
from jobs.common.tasks import deliver_task, delivery_id, render_task
from jobs.common.views import grounding_job
from jobs.illustration.rendering import RenderWorkflow, live_job
from jobs.illustration.request_judging import JudgingSteps, RequestJudge
from jobs.linked.policy import Elsewhere, apply_elsewhere, get_elsewhere
from jobs.services.appeals import count_floor_attempt

log = structlog.get_logger(__name__)

CHOICE_TIME = timedelta(minutes=10)
"""How long a job waits for its references to be chosen before it goes on with all of them, by the
clock of a process that watches it: clocks of different processes may differ."""


class IllustrateWorkflow:
    """Researches and renders jobs; one instance serves all of a process's workflows."""

    def __init__(
        self,
        *,
        store: Store,
        researcher: Researcher,
        maker: RenderWorkflow,
        policy: Policy,
        judge: RequestJudge,
        dispatcher: Dispatcher,
        reached: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._store = store
        self._researcher = researcher
        self._maker = maker
        self._policy = policy
        self._judge = judge
        self._dispatcher = dispatcher
        self._reached = reached

    async def research(self, workspace_id: str, job_id: str, steps: StepRunner) -> None:
        """Research a job, keep what grounds it, and pass it on to rendering, unless its references
        are to be chosen first."""

        async def begin() -> None:
            async with self._store.workspace(workspace_id) as unit:
                job = await live_job(unit, job_id)
                if job.status is JobStatus.QUEUED:
                    await unit.jobs.save(
                        replace(job, status=JobStatus.RESEARCHING, research_started_at=_now())
                    )
                await unit.events.append(job_id, "research_started", {}, key="research_started")

        async def keep(research: Research) -> bool:
            self._reached("grounding")
            research, judged = await self._judge.judge_found(workspace_id, job_id, research)
            if judged.refusal:
                raise PolicyRefused(judged.refusal, refusal=judged.reason)
            elsewhere = await self._elsewhere(job)
            async with notebook.writing() as unit:
                return await self._keep(unit, job_id, research, judged.notes, elsewhere)

        async def moderate() -> None:
            return

        await steps.run("research-begin", begin, type(None))
        job = await self._job(workspace_id, job_id)
        notebook = JobNotebook(self._store, workspace_id, job, reached=self._reached)
        judging = JudgingSteps(steps, lambda: self._judge.judge(workspace_id, job_id))
        beside = await steps.is_patched("judge-beside-research")
        if not beside:
            await steps.run("moderate", moderate, type(None))
        try:
            research = await self._researcher.research(
                job, steps=judging if beside else steps, notebook=notebook
            )
            if beside:
                notes = (await judging.passed()).notes
                research = replace(research, notes=(*notes, *research.notes))
        except LimnerError:
            with suppress(StorageUnavailable):
                await notebook.close()
            raise
        finally:
            await judging.close()
        waits = await steps.run("research-keep", lambda: keep(research), bool)
        if not waits:
            await self._dispatcher.enqueue(render_task(job))

    async def render(self, workspace_id: str, job_id: str, steps: StepRunner) -> None:
        """Write the job's recipes, render each, and put the result into the outbox."""

        async def finish() -> None:
            async with self._store.workspace(workspace_id) as unit:
                job = await live_job(unit, job_id)
                if job.status is not JobStatus.RENDERING:
                    return  # this ran before, and its message may be there already
                if _waits_in_place(job):
                    await unit.jobs.save(
                        replace(job, status=JobStatus.REVIEWING, render_finished_at=_now())
                    )
                    await unit.events.append(
                        job_id,
                        "reviewing",
                        {"approvals": job.request.routing.approvals},
                        key="reviewing",
                    )
                    if job.request.origin.shadow_of is None:
                        await notify_moderators(unit, job, await preferences_of(unit, job.request))
                    return
                await unit.deliveries.add(_delivery(job, _first_message(job)))
                await unit.jobs.save(
                    replace(job, status=JobStatus.DELIVERING, render_finished_at=_now())
                )

        await self._maker.make(workspace_id, job_id, steps)
        await steps.run("finish", finish, type(None))
        job = await self._job(workspace_id, job_id)
        if not _waits_in_place(job):
            await self._dispatcher.enqueue(deliver_task(_delivery(job, _first_message(job))))
            return
        for delivery in await self._to_moderators(workspace_id, job_id):
            await self._dispatcher.enqueue(deliver_task(delivery))

    async def go_on(self, workspace_id: str, job_id: str) -> bool:
        """Render a job whose time to choose its references is over, with all of them; False when
        it does not wait."""
        async with self._store.workspace(workspace_id) as unit:
            job = await unit.jobs.get(job_id)
            if job.status is not JobStatus.CHOOSING:
                return False
            await unit.jobs.save(replace(job, status=JobStatus.RENDERING))
            await unit.events.append(job_id, "chosen", {"by": None}, key="chosen")
        await self._dispatcher.enqueue(render_task(job))
        return True

    async def fail(
        self, workspace_id: str, job_id: str, steps: StepRunner, *, error: BaseException
    ) -> None:
        """Mark a job as failed with its sentence and notify the requester. Cancelled jobs stay
        so."""
        if isinstance(error, JobCancelled):
            return
        sentence = await self._sentence(workspace_id, job_id, error)
        refusal = error.refusal if isinstance(error, LimnerError) else None

        async def fail() -> bool:
            return await self.mark_failed(workspace_id, job_id, sentence, refusal)

        if await steps.run("fail", fail, bool):
            log.info("job_failed", job_id=job_id, error=type(error).__name__)
            job = await self._job(workspace_id, job_id)
            await self._dispatcher.enqueue(deliver_task(_delivery(job, DeliveryKind.FAILURE)))
            for delivery in await self._to_moderators(workspace_id, job_id):
                await self._dispatcher.enqueue(deliver_task(delivery))

    async def _to_moderators(self, workspace_id: str, job_id: str) -> list[Delivery]:
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            every = await unit.deliveries.of_job(job_id)
        return [delivery for delivery in every if delivery.kind is DeliveryKind.APPEAL]

    async def _sentence(self, workspace_id: str, job_id: str, error: BaseException) -> str:
        """The sentence for the requester; internal errors go to the log only, except on the
        terminal, where the requester runs Limner."""
        if not isinstance(error, LimnerError):
            log.error("job_broke", job_id=job_id, exc_info=error)
            return UNEXPECTED
        if isinstance(error, StorageUnavailable):
            log.error("job_broke", job_id=job_id, error=str(error))
            job = await self._job(workspace_id, job_id)
            return (
                str(error) if job.request.routing.destination.surface == "terminal" else UNEXPECTED
            )
        return str(error)

    async def mark_failed(
        self, workspace_id: str, job_id: str, sentence: str, refusal: Refusal | None = None
    ) -> bool:
        """Write the failure with its message into the outbox; False when the job was over, or it
        has no requester to notify here. ``refusal`` is the policy's, if it refused."""
        refusal = refusal or read_old_refusal(
            sentence
        )  # a step may have failed in an older version
        async with self._store.workspace(workspace_id) as unit:
            job = await unit.jobs.get(job_id)
            if job.status.final and job.status is not JobStatus.FAILED:
                return False
            if job.request.origin.shadow_of is not None and job.status is JobStatus.REVIEWING:
                return False  # only its draft got lost: it may still be approved elsewhere
            if job.status is not JobStatus.FAILED:
                await unit.jobs.save(
                    replace(
                        job,
                        status=JobStatus.FAILED,
                        error=sentence,
                        refusal=refusal,
                        finished_at=_now(),
                    )
                )
            new = await unit.events.append(
                job_id, "failed", failure_data(sentence, refusal), key="failed"
            )
            if new is not None and _is_floor_request(refusal):
                await count_floor_attempt(unit, job)
            if is_quiet(job.request):
                return False
            await unit.deliveries.add(_delivery(job, DeliveryKind.FAILURE))
        return True

    async def _elsewhere(self, job: Job) -> Elsewhere | None:
        async with self._store.workspace(job.workspace_id, read_only=True) as unit:
            mirrored = await unit.mirrors.get(job.id)
        return await get_elsewhere(self._store, job.request, mirrored)

    async def _keep(
        self,
        unit: UnitOfWork,
        job_id: str,
        research: Research,
        noted: Sequence[str],
        elsewhere: Elsewhere | None,
    ) -> bool:
        """Keep what grounds a job; True when its references are to be chosen now."""
        job = await live_job(unit, job_id)
        if job.status is not JobStatus.RESEARCHING:
            return job.status is JobStatus.CHOOSING  # this ran before; people may have chosen since
        preferences = await preferences_of(unit, job.request)
        terms = terms_of(job.request, preferences)
        earlier = await get_earlier_prompts(unit, job.request)
        text = judged_research(job.request, earlier, research.grounded)
        ruling = await self._policy.check_beside(
            text, terms=terms, blocked=preferences.blocked or ()
        )
        if ruling.approval:
            await hold_for_approval(unit, job, preferences)
        if elsewhere is not None:
            await apply_elsewhere(unit, job, elsewhere.rule_text(self._policy, text), preferences)
        notices = [policy_sentence("notice", c) for c in ruling.notices]
        research = replace(
            research, notes=tuple(dict.fromkeys((*research.notes, *noted, *notices)))
        )
        if job.kind is JobKind.EDIT and job.request.parent_id is not None:
            research = await _with_lineage(unit, job, research)
        grounded = research.grounded
        await unit.research.save_grounding(
            job_id,
            grounded,
            notes=research.notes,
            searched=research.searched,
            reasons=research.decision,
            agent=research.agent,
        )
        found = [r for r in grounded.references if r.source_id is not None]
        waits = job.request.routing.checkpoint and bool(found)
        await unit.jobs.save(
            replace(
                job,
                status=JobStatus.CHOOSING if waits else job.status,
                research_finished_at=_now(),
                notes=tuple(dict.fromkeys((*job.notes, *research.notes))),
            )
        )
        await unit.events.append(
            job_id,
            "grounded",
            {
                "prompt": grounded.text,
                "references": [r.title for r in grounded.references],
                "evidence": len(grounded.evidence),
                "notes": list(research.notes),
            },
            key="grounded",
        )
        if research.messages:
            addresses = {"addresses": list(research.messages)}
            await unit.events.append(job_id, MESSAGES_FOUND, addresses, key=MESSAGES_FOUND)
        if waits:
            until = (_now() + CHOICE_TIME).isoformat()
            await unit.events.append(job_id, "choosing", {"until": until}, key="choosing")
        return waits

    async def _job(self, workspace_id: str, job_id: str) -> Job:
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return await unit.jobs.get(job_id)


async def _with_lineage(unit: UnitOfWork, job: Job, research: Research) -> Research:
    """The research of an edit with the evidence of the earlier picture, kept as its hop 0."""
    try:
        parent = await unit.illustrations.get(job.request.parent_id or "")
        grounding = await grounding_job(unit, await unit.jobs.get(parent.job_id))
    except NotFound:  # its data were deleted meanwhile
        return research
    whole = with_lineage(research, await unit.research.load(grounding.id), now=_now())
    for hop in whole.hops[:1]:
        if hop.number == 0:
            kept = [source for source in whole.sources if source.id.startswith("kept-")]
            await unit.research.save_hop(job.id, hop, kept)
    return whole


def _waits_in_place(job: Job) -> bool:
    """Whether a result waits for approval without a channel for that: moderators look at it from
    the message of the job."""
    return job.request.routing.approvals > 0 and job.request.routing.review is None


def _first_message(job: Job) -> DeliveryKind:
    """The next status of a rendered job: its review, where one is wanted, or its result."""
    return DeliveryKind.REVIEW if job.request.routing.approvals else DeliveryKind.RESULT


def _delivery(job: Job, kind: DeliveryKind) -> Delivery:
    review = job.request.routing.review if kind is DeliveryKind.REVIEW else None
    return Delivery(
        id=delivery_id(job.id, kind),
        workspace_id=job.workspace_id,
        job_id=job.id,
        kind=kind,
        destination=review or job.request.routing.destination,
    )


def _is_floor_request(refusal: Refusal | None) -> bool:
    """Whether a request was refused at the floor, and not what a model drew for one."""
    return refusal is not None and refusal.floor and refusal.subject is RefusedPart.REQUEST


def _now() -> datetime:
    return datetime.now(UTC)
