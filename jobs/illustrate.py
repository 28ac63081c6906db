"""The work of a job: research it, write the recipes, render them, hand the result over.

Each public method is the body of one workflow. Everything outside of plain computation happens in
named steps, so that a crash costs at most the step in flight; every step can run twice and leaves
one trace.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import structlog
from ulid import ULID

from domain.errors import JobCancelled, LimnerError, StorageUnavailable
from domain.illustrations import (
    Delivery,
    DeliveryKind,
    Illustration,
    IllustrationStatus,
    Recipe,
)
from domain.requests import Job, JobKind, JobStatus
from domain.research import Research
from jobs.ports import (
    BlobStore,
    Dispatcher,
    PictureChecker,
    Renderer,
    Researcher,
    StepRunner,
    Store,
    UnitOfWork,
)
from jobs.progress import JobNotebook, RenderProgress
from jobs.tasks import deliver_task, delivery_id, render_task

log = structlog.get_logger(__name__)

UNEXPECTED = (
    "Something inside Limner broke while it worked on this; it is written in the log under the "
    "job's id, and asking again is safe."
)


@dataclass(frozen=True, slots=True)
class RenderedPicture:
    """What the render step keeps of a picture; the bytes lie in the blob store."""

    sha256: str
    media_type: str
    width: int
    height: int
    phash: str
    notes: tuple[str, ...] = ()
    cost_usd: float = 0.0


class Illustrator:
    """Researches and renders jobs; one instance serves all of a process's workflows."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: BlobStore,
        researcher: Researcher,
        renderer: Renderer,
        checker: PictureChecker,
        dispatcher: Dispatcher,
        reached: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._researcher = researcher
        self._renderer = renderer
        self._checker = checker
        self._dispatcher = dispatcher
        self._reached = reached

    async def research(self, workspace_id: str, job_id: str, steps: StepRunner) -> None:
        """Research a job, keep what grounds it, and pass it on to rendering."""

        async def begin() -> None:
            await self._advance(workspace_id, job_id, JobStatus.RESEARCHING, "research_started")

        async def keep(research: Research) -> None:
            self._reached("grounding")
            async with self._store.workspace(workspace_id) as unit:
                job = await _live(unit, job_id)
                await unit.research.save_grounding(
                    job_id,
                    research.grounded,
                    notes=research.notes,
                    searched=research.searched,
                )
                await unit.jobs.save(
                    replace(job, research_finished_at=_now(), notes=research.notes)
                )
                await unit.events.append(
                    job_id,
                    "grounded",
                    {
                        "prompt": research.grounded.text,
                        "references": [r.title for r in research.grounded.references],
                        "evidence": len(research.grounded.evidence),
                        "notes": list(research.notes),
                    },
                    key="grounded",
                )

        await steps.run("research-begin", begin, type(None))
        job = await self._job(workspace_id, job_id)
        notebook = JobNotebook(self._store, workspace_id, job_id, reached=self._reached)
        research = await self._researcher.research(job, steps=steps, notebook=notebook)
        await steps.run("research-keep", lambda: keep(research), type(None))
        await self._dispatcher.enqueue(render_task(job))

    async def render(self, workspace_id: str, job_id: str, steps: StepRunner) -> None:
        """Write the job's recipes, render each, and put the result into the outbox."""

        async def plan() -> list[str]:
            await self._advance(workspace_id, job_id, JobStatus.RENDERING, None)
            job = await self._job(workspace_id, job_id)
            if job.kind is not JobKind.RERENDER or job.request.generator is not None:
                await self._renderer.prepare(job.request.generator)
            ids = await self._plan(workspace_id, job_id)
            self._reached("recipe")
            return ids

        async def finish() -> None:
            await self._hand_over(workspace_id, job_id, DeliveryKind.RESULT)

        illustration_ids = await steps.run("plan", plan, list[str])
        for position, illustration_id in enumerate(illustration_ids):
            share = (position / len(illustration_ids), (position + 1) / len(illustration_ids))
            picture = await steps.run(
                f"render-{position}",
                lambda i=illustration_id, s=share: self._render(  # type: ignore[misc]
                    workspace_id, job_id, i, share=s
                ),
                RenderedPicture,
            )
            await steps.run(
                f"keep-{position}",
                lambda i=illustration_id, p=picture: self._keep(  # type: ignore[misc]
                    workspace_id, job_id, i, p
                ),
                type(None),
            )
        await steps.run("finish", finish, type(None))
        job = await self._job(workspace_id, job_id)
        await self._dispatcher.enqueue(
            deliver_task(_delivery(job, DeliveryKind.RESULT)),
        )

    async def fail(
        self, workspace_id: str, job_id: str, steps: StepRunner, *, error: BaseException
    ) -> None:
        """Mark a job as failed in words and see that the asker is told. Cancelled jobs stay so."""
        if isinstance(error, JobCancelled):
            return
        if not isinstance(error, LimnerError):
            log.error("job_broke", job_id=job_id, exc_info=error)
        sentence = str(error) if isinstance(error, LimnerError) else UNEXPECTED

        async def tell() -> bool:
            return await self.mark_failed(workspace_id, job_id, sentence)

        try:
            told = await steps.run("fail", tell, bool)
        except StorageUnavailable:
            told = await tell()  # the engine keeps nothing just now, but the asker must be told
        if told:
            job = await self._job(workspace_id, job_id)
            await self._dispatcher.enqueue(deliver_task(_delivery(job, DeliveryKind.FAILURE)))

    async def mark_failed(self, workspace_id: str, job_id: str, sentence: str) -> bool:
        """Write the failure with its message into the outbox; False when the job was over."""
        async with self._store.workspace(workspace_id) as unit:
            job = await unit.jobs.get(job_id)
            if job.status.final and job.status is not JobStatus.FAILED:
                return False
            if job.status is not JobStatus.FAILED:
                await unit.jobs.save(
                    replace(job, status=JobStatus.FAILED, error=sentence, finished_at=_now())
                )
            await unit.deliveries.add(_delivery(job, DeliveryKind.FAILURE))
            await unit.events.append(job_id, "failed", {"error": sentence}, key="failed")
        return True

    async def _job(self, workspace_id: str, job_id: str) -> Job:
        async with self._store.workspace(workspace_id) as unit:
            return await unit.jobs.get(job_id)

    async def _advance(
        self, workspace_id: str, job_id: str, status: JobStatus, event: str | None
    ) -> None:
        async with self._store.workspace(workspace_id) as unit:
            job = await _live(unit, job_id)
            now = _now()
            if status is JobStatus.RESEARCHING:
                job = replace(job, research_started_at=job.research_started_at or now)
            else:
                job = replace(job, render_started_at=job.render_started_at or now)
            await unit.jobs.save(replace(job, status=status))
            if event is not None:
                await unit.events.append(job_id, event, {}, key=event)

    async def _plan(self, workspace_id: str, job_id: str) -> list[str]:
        async with self._store.workspace(workspace_id) as unit:
            job = await _live(unit, job_id)
            known = {i.position: i for i in await unit.illustrations.of_job(job_id)}
            if job.kind is JobKind.RERENDER:
                recipes, parent_id = await self._again(unit, job)
            else:
                recipes = self._fresh(job, await unit.research.load(job_id))
                parent_id = None
            ids: list[str] = []
            for position, recipe in enumerate(recipes):
                planned = known.get(position) or Illustration(
                    id=str(ULID()),
                    workspace_id=workspace_id,
                    job_id=job_id,
                    position=position,
                    recipe=recipe,
                    status=IllustrationStatus.PLANNED,
                    created_at=_now(),
                    parent_id=parent_id,
                )
                if position not in known:
                    await unit.illustrations.save(planned)
                ids.append(planned.id)
            return ids

    def _fresh(self, job: Job, research: Research) -> list[Recipe]:
        request = job.request
        first = request.seed if request.seed is not None else derived_seed(job.id, 0)
        name = self._renderer.check(request.generator, request)
        return [
            self._renderer.plan(
                request,
                research.grounded,
                research.sources,
                generator=name,
                seed=first if position == 0 else derived_seed(str(first), position),
            )
            for position in range(request.count)
        ]

    async def _again(self, unit: UnitOfWork, job: Job) -> tuple[list[Recipe], str]:
        request = job.request
        parent = await unit.illustrations.get(request.parent_id or "")
        seed = parent.recipe.seed if request.seed is None else request.seed
        generator = request.generator or parent.recipe.generator
        if generator == parent.recipe.generator:
            return [replace(parent.recipe, seed=seed)], parent.id
        research = await unit.research.load(await _researched_job(unit, parent))
        recipe = self._renderer.plan(
            request,
            research.grounded,
            research.sources,
            generator=self._renderer.check(generator, request),
            seed=seed,
        )
        return [recipe], parent.id

    async def _render(
        self, workspace_id: str, job_id: str, illustration_id: str, *, share: tuple[float, float]
    ) -> RenderedPicture:
        async with self._store.workspace(workspace_id) as unit:
            await _live(unit, job_id)
            recipe = (await unit.illustrations.get(illustration_id)).recipe
            await unit.events.append(
                job_id,
                "render_started",
                {"illustration_id": illustration_id, "generator": recipe.generator},
                key=f"render_started:{illustration_id}",
            )
        references = [await self._blobs.get(workspace_id, r.sha256) for r in recipe.references]
        picture = await self._renderer.render(
            recipe,
            references,
            progress=RenderProgress(self._store, self._blobs, workspace_id, job_id, share=share),
        )
        facts = await self._checker.decode(picture.data, max_pixels=65_536)
        sha256 = await self._blobs.put(workspace_id, picture.data)
        self._reached("blob")
        return RenderedPicture(
            sha256,
            picture.media_type,
            picture.width,
            picture.height,
            facts.phash,
            notes=picture.notes,
            cost_usd=picture.cost_usd,
        )

    async def _keep(
        self, workspace_id: str, job_id: str, illustration_id: str, picture: RenderedPicture
    ) -> None:
        async with self._store.workspace(workspace_id) as unit:
            illustration = await unit.illustrations.get(illustration_id)
            parent = (
                await unit.illustrations.get(illustration.parent_id)
                if illustration.parent_id
                else None
            )
            identical, difference = self._compare(illustration.recipe, parent, picture)
            job = await unit.jobs.get(job_id)
            notes = tuple(dict.fromkeys((*job.notes, *picture.notes)))
            if notes != job.notes:
                await unit.jobs.save(replace(job, notes=notes))
            await unit.illustrations.save(
                replace(
                    illustration,
                    status=IllustrationStatus.RENDERED,
                    sha256=picture.sha256,
                    media_type=picture.media_type,
                    width=picture.width,
                    height=picture.height,
                    phash=picture.phash,
                    alt_text=alt_text(illustration.recipe),
                    identical=identical,
                    difference=difference,
                )
            )
            await unit.events.append(
                job_id,
                "rendered",
                {"illustration_id": illustration_id, "cost_usd": picture.cost_usd},
                key=f"rendered:{illustration_id}",
            )

    def _compare(
        self, recipe: Recipe, parent: Illustration | None, picture: RenderedPicture
    ) -> tuple[bool | None, str | None]:
        """Whether a re-render of an unchanged recipe gave the same bytes, and if not, why."""
        if parent is None:
            return None, None
        if parent.recipe.fingerprint() != recipe.fingerprint():
            return False, _recipe_difference(parent.recipe, recipe)
        if parent.sha256 == picture.sha256:
            return True, None
        if (parent.width, parent.height) != (picture.width, picture.height):
            return False, (
                f"another size: {parent.width}×{parent.height} became "
                f"{picture.width}×{picture.height}"
            )
        here = self._renderer.current(recipe)
        return False, _recipe_difference(recipe, here) or "the generator does not repeat itself"

    async def _hand_over(self, workspace_id: str, job_id: str, kind: DeliveryKind) -> None:
        async with self._store.workspace(workspace_id) as unit:
            job = await _live(unit, job_id)
            await unit.deliveries.add(_delivery(job, kind))
            await unit.jobs.save(
                replace(
                    job,
                    status=JobStatus.DELIVERING,
                    render_finished_at=job.render_finished_at or _now(),
                )
            )


def alt_text(recipe: Recipe) -> str:
    """What a screen reader says: the kind of picture first, then what it shows by the request and
    the evidence; ≤ 1,000 characters (Discord allows 1,024, Slack 2,000)."""
    label = str(recipe.parameters.get("label", "AI-generated image"))
    shows = "; ".join(reference.title for reference in recipe.references)
    known = " ".join(citation.passage for citation in recipe.citations if citation.passage)
    text = f"{label}: {recipe.request}"
    text += f" Shown for reference: {shows}." if shows else ""
    text += f" What is known: {known}" if known else ""
    return text if len(text) <= 1000 else text[:999].rsplit(" ", 1)[0] + "…"


def derived_seed(root: str, position: int) -> int:
    """A 32-bit seed that depends on nothing but its arguments (first 4 bytes of SHA-256)."""
    return int.from_bytes(hashlib.sha256(f"{root}:{position}".encode()).digest()[:4], "big")


def _recipe_difference(before: Recipe, after: Recipe) -> str | None:
    """In words, which parts of two recipes differ; None when none does."""
    parts: list[str] = []
    for name in ("generator", "revision", "seed", "device", "width", "height", "prompt"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            parts.append(
                f"another {name}" if name == "prompt" else f"another {name}: {old} became {new}"
            )
    told, here = _flat(before.parameters), _flat(after.parameters)
    for name in sorted({*told, *here} - {"label", "notes"}):
        if told.get(name) != here.get(name):
            was, now = (value.get(name) or "none" for value in (told, here))
            parts.append(f"another {name.replace('_', ' ')}: {was} became {now}")
    for library in sorted({*before.versions, *after.versions}):
        old, new = before.versions.get(library), after.versions.get(library)
        if old != new:
            parts.append(f"another version of {library}: {old} became {new}")
    return "; ".join(parts) or None


def _flat(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters by name, those of nested groups too; sequences as the store gives them back."""
    flat: dict[str, Any] = {}
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            flat.update(_flat(cast("Mapping[str, Any]", value)))
        else:
            flat[name] = [*value] if isinstance(value, tuple) else value
    return flat


async def _live(unit: UnitOfWork, job_id: str) -> Job:
    """The job, unless it was cancelled meanwhile: then nothing more may be written for it."""
    job = await unit.jobs.get(job_id)
    if job.status is JobStatus.CANCELLED:
        raise JobCancelled(job_id)
    return job


async def _researched_job(unit: UnitOfWork, illustration: Illustration) -> str:
    """The job whose research grounds an illustration, up through its lineage."""
    while illustration.parent_id is not None:
        illustration = await unit.illustrations.get(illustration.parent_id)
    return illustration.job_id


def _delivery(job: Job, kind: DeliveryKind) -> Delivery:
    return Delivery(
        id=delivery_id(job.id, kind),
        workspace_id=job.workspace_id,
        job_id=job.id,
        kind=kind,
        destination=job.request.destination,
    )


def _now() -> datetime:
    return datetime.now(UTC)
