"""Rendering a job's pictures: recipe first, then the picture, then, where a vision model or a
reader of text is there, the check that may have it rendered again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ulid import ULID

from domain.claims import give_back_place, take_place
from domain.errors import JobCancelled, ModelUnavailable, Refused
from domain.illustrations import Illustration, IllustrationStatus, Marks, Recipe
from domain.metrics import RENDER_SECONDS, RENDERS
from domain.requests import Job, JobKind, JobStatus, Rerender
from domain.stores import Store, UnitOfWork
from domain.team import GPU, UsageEntry
from domain.tracing import span
from domain.translation.messages import gettext
from jobs.common.event_log import RenderProgress
from jobs.common.ports import BlobStore, PictureChecker, Renderer, StepRunner, Verifier
from jobs.common.recipes import compared, corrected, recipes_for
from jobs.illustration.alt_text import alt_text
from jobs.illustration.output_judging import JudgedPicture, OutputJudge

MAX_SECOND_TRIES = 2
"""How often a picture that does not pass the check is rendered again."""
_DESCENDS = (JobKind.RERENDER, JobKind.EDIT)
_BEFORE_RENDERING = (JobStatus.QUEUED, JobStatus.RESEARCHING, JobStatus.RENDERING)
"""Statuses from which a job may begin to render; a step that runs twice never moves it back from a
later one."""


@dataclass(frozen=True, slots=True)
class RenderedPicture:
    """The render step's record of a picture; the bytes lie in the blob store."""

    sha256: str
    media_type: str
    width: int
    height: int
    phash: str
    notes: tuple[str, ...] = ()
    cost_usd: float = 0.0
    gpu_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """A picture whose score (0 to 1) is below ``least_score``, or that does not show one of its
    cited claims, is rendered again."""

    least_score: float = 0.6


class RenderWorkflow:
    """Renders the pictures of jobs."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: BlobStore,
        renderer: Renderer,
        checker: PictureChecker,
        judge: OutputJudge,
        verifier: Verifier | None = None,
        check: CheckSettings = CheckSettings(),
        reached: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._renderer = renderer
        self._checker = checker
        self._judge = judge
        self._verifier = verifier
        self._check = check
        self._reached = reached

    async def make(self, workspace_id: str, job_id: str, steps: StepRunner) -> None:
        """Write the job's recipes, render each, and have each picture judged.

        Raises:
            Refused: The policy lets none of the pictures be shown.
        """

        async def plan() -> list[str]:
            async with self._store.workspace(workspace_id, read_only=True) as unit:
                job = await unit.jobs.get(job_id)
            action = job.request.action
            if isinstance(action, Rerender) and action.upscale is not None:
                await self._renderer.prepare(self._renderer.upscaler())
            elif not isinstance(action, Rerender) or job.request.generator is not None:
                await self._renderer.prepare(job.request.generator)
            await self._judge.check_brought(job)
            ids = await self._plan(job)
            self._reached("recipe")
            return ids

        illustration_ids = await steps.run("plan", plan, list[str])
        refused: list[str] = []
        for position, illustration_id in enumerate(illustration_ids):
            share = (position / len(illustration_ids), (position + 1) / len(illustration_ids))
            work = _Work(workspace_id, job_id, steps, str(position), share)
            judged = await self._picture(work, illustration_id)
            refused += [judged.refusal] if judged.refusal else []
            if judged.floor or len(refused) == len(illustration_ids):
                raise Refused(judged.refusal, refusal=judged.reason)
        if refused:
            note = gettext(
                "{count} of {all} pictures failed: {refused}",
                count=len(refused),
                all=len(illustration_ids),
                refused=refused[0],
            )
            await steps.run(
                "note-refused", lambda: self._note(workspace_id, job_id, note), type(None)
            )

    async def _picture(self, work: _Work, illustration_id: str) -> JudgedPicture:
        """Render one picture, and again while the check finds it wanting; gives what the judgement
        of the last one came to."""
        for attempt in range(1 + MAX_SECOND_TRIES):
            name = work.name if attempt == 0 else f"{work.name}.{attempt}"
            picture = await work.steps.run(
                f"render-{name}",
                lambda i=illustration_id: self._render(work, i),  # type: ignore[misc]
                RenderedPicture,
            )
            if await work.steps.is_patched("judge-output"):
                judged = await work.steps.run(
                    f"judge-{name}",
                    lambda i=illustration_id, p=picture: self._judge.judge(  # type: ignore[misc]
                        work.workspace_id, work.job_id, i, p
                    ),
                    JudgedPicture,
                )
                if judged.refusal:
                    return judged
            await work.steps.run(
                f"keep-{name}",
                lambda i=illustration_id, p=picture: self._keep(work, i, p),  # type: ignore[misc]
                type(None),
            )
            if self._verifier is None:
                break
            last = attempt == MAX_SECOND_TRIES
            again = await work.steps.run(
                f"check-{name}",
                lambda i=illustration_id, n=attempt + 1, end=last: self._checked(  # type: ignore[misc]
                    work, i, n, last=end
                ),
                str,
            )
            if not again:
                break
            illustration_id = again
        return JudgedPicture()

    async def _note(self, workspace_id: str, job_id: str, note: str) -> None:
        async with self._store.workspace(workspace_id) as unit:
            job = await live_job(unit, job_id)
            if note not in job.notes:
                await unit.jobs.save(replace(job, notes=(*job.notes, note)))

    async def _plan(self, job: Job) -> list[str]:
        elsewhere = await self._judge.elsewhere(job)
        async with self._store.workspace(job.workspace_id) as unit:
            job = await live_job(unit, job.id)
            if job.status in _BEFORE_RENDERING:
                started = job.render_started_at or _now()
                await unit.jobs.save(
                    replace(job, status=JobStatus.RENDERING, render_started_at=started)
                )
            known = {i.position: i for i in await unit.illustrations.of_job(job.id)}
            parent_id = job.request.parent_id if job.kind in _DESCENDS else None
            ids: list[str] = []
            checked: set[str] = set()
            for position, recipe in enumerate(await recipes_for(unit, self._renderer, job)):
                if position not in known and recipe.prompt not in checked:
                    await self._judge.check_recipe(unit, job, recipe, elsewhere)
                    checked.add(recipe.prompt)
                planned = known.get(position) or _planned(job, position, recipe, parent_id)
                if position not in known:
                    await unit.illustrations.save(planned)
                ids.append(planned.id)
            return ids

    async def _render(self, work: _Work, illustration_id: str) -> RenderedPicture:
        await take_place()
        async with self._store.workspace(work.workspace_id) as unit:
            await live_job(unit, work.job_id)
            recipe = (await unit.illustrations.get(illustration_id)).recipe
            await unit.events.append(
                work.job_id,
                "render_started",
                {"illustration_id": illustration_id, "generator": recipe.generator},
                key=f"render_started:{illustration_id}",
            )
        progress = RenderProgress(
            self._store,
            self._blobs,
            work.workspace_id,
            work.job_id,
            share=work.share,
            passes=self._judge.preview_check(recipe),
        )
        references = await self._references(work, recipe)
        with _measured(recipe.generator):
            picture = await self._renderer.render(recipe, references, progress=progress)
        phash = picture.phash
        if not phash:
            phash = (await self._checker.decode(picture.data, max_pixels=65_536)).phash
        sha256 = await self._blobs.put(work.workspace_id, picture.data)
        self._reached("blob")
        return RenderedPicture(
            sha256,
            picture.media_type,
            picture.width,
            picture.height,
            phash,
            notes=picture.notes,
            cost_usd=picture.cost_usd,
            gpu_s=picture.gpu_s,
        )

    async def _references(self, work: _Work, recipe: Recipe) -> list[bytes]:
        return [await self._blobs.get(work.workspace_id, r.sha256) for r in recipe.references]

    async def _keep(self, work: _Work, illustration_id: str, picture: RenderedPicture) -> None:
        async with self._store.workspace(work.workspace_id) as unit:
            job = await unit.jobs.get(work.job_id)
            illustration = await unit.illustrations.get(illustration_id)
            recipe = illustration.recipe
            parent = await self._repeated(unit, job, illustration)
            identical, difference = compared(self._renderer, recipe, parent, picture)
            notes = tuple(dict.fromkeys((*job.notes, *picture.notes)))
            if notes != job.notes:
                await unit.jobs.save(replace(job, notes=notes))
            # Rendered again after its check had replaced it, it leads to its successor once more.
            replaced = illustration.status is IllustrationStatus.REPLACED
            await unit.illustrations.save(
                replace(
                    illustration,
                    status=illustration.status if replaced else IllustrationStatus.RENDERED,
                    sha256=picture.sha256,
                    media_type=picture.media_type,
                    width=picture.width,
                    height=picture.height,
                    phash=picture.phash,
                    alt_text=alt_text(recipe),
                    identical=identical,
                    difference=difference,
                )
            )
            await unit.events.append(
                work.job_id,
                "rendered",
                {"illustration_id": illustration_id, "cost_usd": picture.cost_usd},
                key=f"rendered:{illustration_id}",
            )
            await unit.ledger.spend(_spent(job, illustration_id, recipe, picture))

    async def _repeated(
        self, unit: UnitOfWork, job: Job, illustration: Illustration
    ) -> Illustration | None:
        """The picture that this one should be the same as, if it should be any: a variation or an
        enlarged picture is meant to be another one."""
        action = job.request.action
        if not isinstance(action, Rerender) or action.meant_to_differ:
            return None
        if illustration.parent_id is None:
            return None
        return await unit.illustrations.get(illustration.parent_id)

    async def _checked(self, work: _Work, illustration_id: str, attempt: int, *, last: bool) -> str:
        """Have a picture marked; gives the id of the one to be rendered in its place, or ""."""
        async with self._store.workspace(work.workspace_id, read_only=True) as unit:
            job = await unit.jobs.get(work.job_id)
            illustration = await unit.illustrations.get(illustration_id)
        generator = illustration.recipe.generator
        if job.kind is JobKind.RERENDER or not self._renderer.is_model(generator):
            return ""
        assert self._verifier is not None  # noqa: S101 - the caller has looked
        if illustration.marks is not None:  # this step ran before
            return await self._second(work, illustration)
        try:
            marks = await self._marks(work, job, illustration)
        except ModelUnavailable:
            await self._note(work.workspace_id, work.job_id, self._verifier.unanswered)
            return ""
        if marks is None:
            return ""
        async with self._store.workspace(work.workspace_id) as unit:
            job = await live_job(unit, work.job_id)
            recipe = self._renderer.fit_prompt(corrected(illustration.recipe, marks, attempt))
            again = not last and not self._passes(marks) and await self._allows(unit, job, recipe)
            status = IllustrationStatus.REPLACED if again else illustration.status
            seen = alt_text(illustration.recipe, marks)
            await unit.illustrations.save(
                replace(illustration, marks=marks, status=status, alt_text=seen)
            )
            await unit.events.append(
                work.job_id,
                "checked",
                {
                    "illustration_id": illustration_id,
                    "score": round(marks.score, 3),
                    "again": again,
                },
                key=f"checked:{illustration_id}",
            )
            if not again:
                return ""
            second = _planned(job, illustration.position, recipe, illustration.parent_id)
            await unit.illustrations.save(second)
            return second.id

    async def _allows(self, unit: UnitOfWork, job: Job, recipe: Recipe) -> bool:
        """Whether a correction says nothing that the policy refuses."""
        try:
            await self._judge.check_recipe(unit, job, recipe)
        except Refused:
            return False
        return True

    async def _second(self, work: _Work, first: Illustration) -> str:
        """The picture that was planned in the place of a replaced one; "" where it stayed."""
        if first.status is not IllustrationStatus.REPLACED:
            return ""
        async with self._store.workspace(work.workspace_id, read_only=True) as unit:
            every = await unit.illustrations.of_job(work.job_id)
        later = [p for p in every if p.position == first.position and p.id > first.id]
        return min((picture.id for picture in later), default="")

    async def _marks(self, work: _Work, job: Job, illustration: Illustration) -> Marks | None:
        assert self._verifier is not None  # noqa: S101 - the caller has looked
        give_back_place()
        async with self._store.workspace(work.workspace_id, read_only=True) as unit:
            research = await unit.research.load(work.job_id)
        return await self._verifier.mark(
            job.request,
            research.grounded,
            picture=await self._blobs.get(work.workspace_id, illustration.sha256 or ""),
            references=await self._references(work, illustration.recipe),
        )

    def _passes(self, marks: Marks) -> bool:
        shown = all(claim.shown is not False for claim in marks.claims)
        return shown and marks.score >= self._check.least_score


@dataclass(frozen=True, slots=True)
class _Work:
    """One picture of one job: ``name`` is its position, ``share`` its part of the progress."""

    workspace_id: str
    job_id: str
    steps: StepRunner
    name: str
    share: tuple[float, float]


async def live_job(unit: UnitOfWork, job_id: str) -> Job:
    """The job, unless it was cancelled or given up: then nothing more may be written for it.

    Raises:
        JobCancelled: It was asked to stop, or failed elsewhere.
    """
    job = await unit.jobs.get(job_id)
    if job.status in (JobStatus.CANCELLED, JobStatus.FAILED):
        raise JobCancelled(job_id)
    return job


def _planned(job: Job, position: int, recipe: Recipe, parent_id: str | None) -> Illustration:
    return Illustration(
        id=str(ULID()),
        workspace_id=job.workspace_id,
        job_id=job.id,
        position=position,
        recipe=recipe,
        status=IllustrationStatus.PLANNED,
        created_at=_now(),
        parent_id=parent_id,
    )


def _spent(
    job: Job, illustration_id: str, recipe: Recipe, picture: RenderedPicture
) -> Sequence[UsageEntry]:
    entry = UsageEntry(
        key=f"render:{illustration_id}",
        at=_now(),
        job_id=job.id,
        member_id=job.request.origin.member_id,
        kind="render",
        name=recipe.generator,
        unit="pictures",
        amount=1,
        cost_usd=picture.cost_usd,
    )
    if not picture.gpu_s:
        return [entry]
    key, cost = f"gpu:{illustration_id}", 0.0
    gpu = replace(entry, key=key, kind=GPU, unit="seconds", amount=picture.gpu_s, cost_usd=cost)
    return [entry, gpu]


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _measured(generator: str) -> Generator[None]:
    """Count a picture, and take the time that it needs."""
    outcome = "failed"
    try:
        with span("draw", generator=generator), RENDER_SECONDS.timed(generator=generator):
            yield
        outcome = "ok"
    except asyncio.CancelledError:
        outcome = "cancelled"
        raise
    finally:
        RENDERS.add(generator=generator, outcome=outcome)
