"""Runs the samples of a benchmark as jobs of the product, many at once, and keeps how they ended.

What runs is what :mod:`app.application` wires: the same policy, research, rendering, checking and
delivery, with a data folder of the run's own, so that nothing of it appears among users' jobs.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.application import open_application
from app.settings import Settings
from app.wiring import Application
from domain.errors import LimnerError, NotFound, Refused
from domain.requests import LOCAL_WORKSPACE, Destination, Job, JobStatus, Request
from evaluation.benchmarks.model import Sample
from evaluation.runs import records
from evaluation.runs.matrix import Condition, Shard
from evaluation.runs.progress import Progress
from evaluation.runs.records import Record, RunFolder
from jobs.common.views import JobView

LOOK_S = 0.5
AT_ONCE = 96
"""More than the engine works on at once, so that the next sample waits already when one ends."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of a run; None where there is none. Once one is used up no further sample begins,
    and the run can be continued later."""

    max_usd: float | None = None
    max_s: float | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One sample in one condition."""

    condition: Condition
    sample: Sample
    attempt: int = 0
    """The number of failed attempts before."""


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that one call of ``limner evaluate run`` works with."""

    folder: RunFolder
    run_id: str
    settings: Settings
    shard: Shard
    at_once: int = AT_ONCE
    budget: Budget = field(default_factory=Budget)
    again: bool = False
    """Whether samples that failed, or whose picture is gone, are tried once more."""


async def run_tasks(run: Run, tasks: Sequence[Task], progress: Progress) -> None:
    """Run every sample without a record; conditions that share their settings run in one process.

    Raises:
        OperatorError: A setting, a generator or the run's folder cannot be used.
    """
    known = run.folder.records()
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        record = known.get((task.condition.name, task.sample.id))
        if record is not None:
            if not run.again or record.status in (records.DONE, records.REFUSED):
                continue
            task = replace(task, attempt=record.attempt + 1)
        groups.setdefault(_group(task.condition), []).append(task)
    progress.begin(total=len(tasks), done=len(tasks) - sum(map(len, groups.values())))
    for group, pending in groups.items():
        overrides = dict(pending[0].condition.overrides())
        folder = run.folder.engine_folder(group, run.shard)
        settings = with_settings(run.settings, **own_storage(folder), **overrides)
        async with open_application(settings, many=True) as application:
            await _Worker(run, application, progress).work(pending)
        if progress.is_over(run.budget):
            return


def with_settings(settings: Settings, **overrides: Any) -> Settings:
    """The same settings with some changed, checked again."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    return type(settings)(**{**given, **overrides})


def own_storage(folder: Path) -> dict[str, Any]:
    """Settings that keep a run's jobs and pictures in its own folder: none of them reaches the
    database or the bucket of the installation."""
    return {"data_dir": folder, "database_url": None, "blobs": ""}


def _group(condition: Condition) -> str:
    plain = json.dumps(dict(condition.overrides()), sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:8]


class _Worker:
    """Submits jobs to one application and records how they end."""

    def __init__(self, run: Run, application: Application, progress: Progress) -> None:
        self._run = run
        self._application = application
        self._progress = progress
        self._ended: dict[str, asyncio.Future[None]] = {}

    async def work(self, tasks: Sequence[Task]) -> None:
        """Work through the tasks, so many at once, until all are recorded or the budget is used up.

        Raises:
            LimnerError: The application cannot go on.
        """
        queue = iter(tasks)
        watching = asyncio.create_task(self._watch(), name="watch the run's jobs")

        async def worker() -> None:
            for task in queue:
                if self._progress.is_over(self._run.budget):
                    return
                await self._one(task)

        try:
            async with asyncio.TaskGroup() as group:
                for n in range(min(self._run.at_once, len(tasks))):
                    group.create_task(worker(), name=f"sample worker {n}")
        except ExceptionGroup as error:
            raise error.exceptions[0] from error
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _one(self, task: Task) -> None:
        began = time.monotonic()
        self._progress.started(task.condition.name)
        try:
            record = await self._ran(task)
        except Refused as error:
            record = _ended(task, records.REFUSED, error)
        except LimnerError as error:
            if self._application.trouble is not None or not _is_about_sample(error):
                raise
            record = _ended(task, records.FAILED, error)
        if not record.seconds:
            record = replace(record, seconds=round(time.monotonic() - began, 3))
        await asyncio.to_thread(self._run.folder.append, record, self._run.shard)
        self._progress.finished(record)

    async def _ran(self, task: Task) -> Record:
        service, condition = self._application.job_service, task.condition
        member = member_of(self._run.run_id, task)
        request = Request.checked(
            task.sample.prompt,
            workspace_id=LOCAL_WORKSPACE,
            member_id=member,
            destination=Destination("terminal", platform.node()),
            research=condition.depth,
            generator=condition.generator or None,
            seed=condition.seed,
            count=condition.best_of,
            live=False,
        )
        job = await service.submit(request, event_key=f"evaluate:{member}:{task.attempt}")
        if not job.status.final:
            await self._end_of(job)
        view = await service.view(LOCAL_WORKSPACE, job.id)
        usage = await self._application.team.costs(LOCAL_WORKSPACE, member, since=job.created_at)
        found = record_of(task, view)
        found = replace(
            found,
            cost_usd=round(sum(each.cost_usd for each in usage), 6),
            usage=tuple(
                {"kind": u.kind, "name": u.name, "unit": u.unit, "amount": u.amount} for u in usage
            ),
        )
        if view.job.status is not JobStatus.DONE:
            return found
        return await self._with_picture(task, found, view)

    async def _with_picture(self, task: Task, record: Record, view: JobView) -> Record:
        best = next((each for each in view.illustrations if each.sha256), None)
        if best is None or best.sha256 is None:
            return replace(record, status=records.FAILED, error="the job gave no picture")
        data = await self._application.job_service.picture(LOCAL_WORKSPACE, best.sha256)
        if best.media_type != "image/png":
            data = await asyncio.to_thread(_as_png, data)
        file = self._run.folder.picture_file(task.condition.name, task.sample.id)
        await asyncio.to_thread(records.write_atomically, file, data)
        path = file.relative_to(self._run.folder.folder).as_posix()
        return replace(record, picture=path, sha256=hashlib.sha256(data).hexdigest())

    async def _end_of(self, job: Job) -> None:
        ended = asyncio.get_running_loop().create_future()
        self._ended[job.id] = ended
        try:
            await ended
        finally:
            self._ended.pop(job.id, None)

    async def _watch(self) -> None:
        """Look twice a second which jobs are over: one query, however many there are."""
        service = self._application.job_service
        while True:
            await asyncio.sleep(LOOK_S)
            broken = next((t for t in self._application.running if t.done()), None)
            waiting = dict(self._ended)
            if broken is not None:
                error = broken.exception() if not broken.cancelled() else None
                for future in waiting.values():
                    if not future.done():
                        future.set_exception(error or RuntimeError(f"{broken.get_name()} ended"))
                return
            if not waiting:
                continue
            statuses = await service.statuses(LOCAL_WORKSPACE, waiting)
            for job_id, future in waiting.items():
                status = statuses.get(job_id)
                if future.done():
                    continue
                if status is None:
                    future.set_exception(NotFound("job", job_id))
                elif status.final or status is JobStatus.REVIEWING:
                    future.set_result(None)


def member_of(run_id: str, task: Task) -> str:
    """The member that asks for one sample: one each, so that all run beside each other and the
    costs of each are known; the same after a restart, so that its job is found again."""
    plain = f"{run_id}\0{task.condition.name}\0{task.sample.id}"
    return f"sample-{hashlib.sha256(plain.encode()).hexdigest()[:32]}"


def record_of(task: Task, view: JobView) -> Record:
    """The record of a sample from its job's end, without picture and costs."""
    job, research = view.job, view.research
    sources = {source.id: source for source in research.sources}
    began, ended = job.created_at, job.finished_at
    return Record(
        sample=task.sample.id,
        condition=task.condition.name,
        status=_status(job),
        job_id=job.id,
        error=job.error or "",
        seconds=round((ended - began).total_seconds(), 3) if ended else 0.0,
        searched=bool(research.hops),
        hops=len(research.hops),
        calls=tuple(
            {"tool": hop.call.name.value, **hop.call.arguments}
            for hop in research.hops
            if hop.call is not None
        ),
        prompt=research.grounded.text,
        references=tuple(
            {
                "title": each.title,
                "note": each.note,
                "url": (s := sources.get(each.source_id or "")) and s.url,
                "subject": each.subject,
            }
            for each in research.grounded.references
        ),
        evidence=tuple(
            {
                "n": each.n,
                "claim": each.claim,
                "passage": each.passage,
                "verdict": each.verdict.value,
                "holds": each.verdict.holds,
                "url": (s := sources.get(each.source_id or "")) and s.page_url,
            }
            for each in research.grounded.evidence
        ),
        notes=job.notes,
        attempt=task.attempt,
    )


def _status(job: Job) -> str:
    if job.refusal is not None or job.status is JobStatus.REVIEWING:
        return records.REFUSED
    return {JobStatus.DONE: records.DONE, JobStatus.CANCELLED: records.CANCELLED}.get(
        job.status, records.FAILED
    )


def _ended(task: Task, status: str, error: LimnerError) -> Record:
    name = task.condition.name
    return Record(task.sample.id, name, status, error=str(error), attempt=task.attempt)


def _is_about_sample(error: LimnerError) -> bool:
    from domain.errors import GeneratorUnavailable, RequesterError

    return isinstance(error, RequesterError) and not isinstance(error, GeneratorUnavailable)


def _as_png(data: bytes) -> bytes:
    """The same pixels as PNG, which upstream's file names promise."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        out = io.BytesIO()
        image.save(out, "PNG")
    return out.getvalue()


def usage_of(found: Sequence[Record]) -> Mapping[str, float]:
    """The usage of all records together, by kind and unit."""
    total: dict[str, float] = {}
    for record in found:
        for each in record.usage:
            key = f"{each['kind']} {each['unit']}"
            total[key] = total.get(key, 0.0) + float(each["amount"])
    return total
