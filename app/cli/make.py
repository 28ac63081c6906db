"""The commands that make pictures: imagine, regenerate, research."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from ulid import ULID

from app.application import Application, open_application
from app.cli.edge import DONE, INTERRUPTED, echo_json, failed
from app.cli.output import change_object, job_object, paths_of
from app.cli.places import read_picture, read_prompt, writable_path
from app.settings import Settings
from bot.commands.ids import illustration_id_of, job_id_of
from bot.locale.moderators import moderator_phrase
from bot.terminal.render import Progress, change_lines, result_lines
from bot.text import plain
from domain.errors import LimnerError, NotPossibleNow, StorageUnavailable
from domain.requests import (
    LOCAL_WORKSPACE,
    AspectRatio,
    Destination,
    Job,
    JobStatus,
    Request,
    ResearchDepth,
    Rights,
)
from domain.team import Role
from jobs.admission.requests import Requester
from jobs.admission.rulings import PolicyRefused
from jobs.common.views import JobView
from jobs.services.appeals import allowable_category

LOOK_S = 0.25
"""Between two looks whether the storage can be used."""
PATIENCE_S = 300.0
"""So long a command waits for storage that cannot be used; the job is kept for much longer."""


@dataclass(frozen=True, slots=True)
class ImagineOptions:
    """What ``limner imagine`` was told."""

    prompt: str
    reference: tuple[str, ...]
    research: str
    rights: str
    generator: str | None
    seed: int | None
    aspect: str
    count: int
    style: str | None
    out: str | None


def imagine(settings: Settings, wishes: ImagineOptions, *, as_json: bool) -> Awaitable[int]:
    """Research and render a request; prints where the picture lies and what it rests on.

    Standard input and files are read at once; all else happens when the result is awaited.
    """
    prompt = read_prompt() if wishes.prompt == "-" else wishes.prompt
    requester = local_asker(wishes.out)
    brought = [(Path(name).name, read_picture(name)) for name in wishes.reference]
    request = Request.checked(
        prompt,
        workspace_id=requester.workspace_id,
        member_id=requester.member_id,
        destination=requester.destination,
        research=ResearchDepth(wishes.research),
        rights=Rights(wishes.rights),
        generator=wishes.generator,
        seed=wishes.seed,
        aspect=AspectRatio.parse(wishes.aspect),
        count=wishes.count,
        style=plain(wishes.style) if wishes.style else None,
    )
    return _imagined(settings, request, brought, as_json=as_json)


async def _imagined(
    settings: Settings, request: Request, brought: Sequence[tuple[str, bytes]], *, as_json: bool
) -> int:
    async with open_application(settings) as application:
        attachments = [
            await application.job_service.attach(LOCAL_WORKSPACE, n, data) for n, data in brought
        ]
        whole = request.with_attachments(tuple(attachments))
        return await finish(
            application,
            lambda: application.job_service.submit(whole, event_key=new_key()),
            as_json=as_json,
        )


async def regenerate(
    settings: Settings,
    identifier: str,
    *,
    seed: int | None,
    generator: str | None,
    out: str | None,
    as_json: bool,
) -> int:
    """Make a picture again from its recipe; prints whether it came out bit for bit the same."""
    requester = local_asker(out)
    async with open_application(settings) as application:
        illustration_id = await illustration_id_of(
            application.job_service, LOCAL_WORKSPACE, identifier
        )

        def submit() -> Awaitable[Job]:
            return application.job_service.rerender(
                requester, illustration_id, event_key=new_key(), seed=seed, generator=generator
            )

        return await finish(application, submit, as_json=as_json)


async def research(settings: Settings, identifier: str, *, out: str | None, as_json: bool) -> int:
    """Research a request anew; prints how the evidence changed."""
    requester = local_asker(out)
    async with open_application(settings) as application:
        job_id = await job_id_of(application.job_service, LOCAL_WORKSPACE, identifier)
        return await finish(
            application,
            lambda: application.job_service.reresearch(requester, job_id, event_key=new_key()),
            as_json=as_json,
            changes=True,
        )


async def decide(
    settings: Settings, identifier: str, *, approved: bool, reason: str | None, as_json: bool
) -> int:
    """Approve a picture that waits for it, which writes it, or reject it."""
    requester = local_asker(None)
    async with open_application(settings) as application:
        job_id = await job_id_of(application.job_service, LOCAL_WORKSPACE, identifier)
        view = await application.team.decide(requester, job_id, approved=approved, reason=reason)
        if approved and view.job.status is not JobStatus.REVIEWING:
            return await finish(application, lambda: _the_same(view.job), as_json=as_json)
    if as_json:
        echo_json(job_object(view))
    else:
        click.echo(plain(view.job.error or "Approved. Someone else must approve it, too."))
    return DONE


async def allow(settings: Settings, identifier: str, *, as_json: bool) -> int:
    """Let a refused request through, once, and draw it."""
    requester = local_asker(None)
    async with open_application(settings) as application:
        job_id = await job_id_of(application.job_service, LOCAL_WORKSPACE, identifier)
        return await finish(
            application, lambda: application.job_service.allow(requester, job_id), as_json=as_json
        )


async def _the_same(job: Job) -> Job:
    return job


async def finish(
    application: Application,
    submit: Callable[[], Awaitable[Job]],
    *,
    as_json: bool,
    changes: bool = False,
) -> int:
    """Submit, follow to the end and print the result; Ctrl-C cancels the job, or leaves it for
    later while it is paused."""
    try:
        job = await submit()
    except PolicyRefused as error:
        return failed(f"{error}{_how_to_allow(error)}", as_json=as_json)
    async with _cancelled_on_interrupt(application, job):
        view = await followed(application, job, quiet=as_json)
    if view.job.status is JobStatus.REVIEWING:
        return _waiting(view, as_json=as_json)
    if view.job.status is not JobStatus.DONE:
        sentence = view.job.error or f"Job {job.id} was cancelled."
        if _is_allowable(view.job):
            sentence = f"{sentence} {_allow_hint(view.job.id)}"
        return failed(sentence, as_json=as_json, **(job_object(view) if as_json else {}))
    change = await application.job_service.changes(LOCAL_WORKSPACE, job.id) if changes else None
    if as_json:
        added = {"changes": change_object(change)} if change else {}
        echo_json({**job_object(view), **added})
        return DONE
    for line in result_lines(view, paths_of(view)):
        click.echo(line)
    if change is not None:
        click.echo("")
        for line in change_lines(change):
            click.echo(line)
    return DONE


def _waiting(view: JobView, *, as_json: bool) -> int:
    """Tell that the picture is there and waits for somebody to approve it."""
    if as_json:
        echo_json(job_object(view))
    else:
        identifier = view.job.id
        click.echo(
            f"This picture needs approval. Run `limner approve {identifier}` to save it or "
            f"`limner reject {identifier}` to discard it."
        )
    return DONE


def _allow_hint(job_id: str) -> str:
    """How whoever runs Limner lets a refused request through."""
    return moderator_phrase("appeal.local", os.environ.get("LANG"), job=job_id)


def _how_to_allow(error: PolicyRefused) -> str:
    may = error.job_id is not None and error.finding is not None and not error.floor
    return f" {_allow_hint(error.job_id or '')}" if may else ""


def _is_allowable(job: Job) -> bool:
    """Whether a refused job may be let through."""
    try:
        allowable_category(job)
    except LimnerError:
        return False
    return True


async def followed(
    application: Application, job: Job, *, quiet: bool, clock: Callable[[], float] = time.monotonic
) -> JobView:
    """Show a job's progress until it is over or waits for approval; gives it as it then is.

    While the storage cannot be used the job is paused: that is said, and waited out.

    Raises:
        StorageUnavailable: It could not be used for five minutes; the job is kept.
    """
    pause = _Pause(clock)
    with Progress(Console(stderr=True, quiet=quiet)) as progress:
        showing = asyncio.create_task(
            _shown(application, job, progress, pause), name="show progress"
        )
        try:
            while not (await asyncio.wait({showing}, timeout=LOOK_S))[0]:
                pause.see(application.trouble, progress)
                if pause.trouble is not None and pause.seconds >= PATIENCE_S:
                    raise StorageUnavailable(f"{pause.trouble} {kept_words(job)}", retryable=True)
            showing.result()
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
    return await application.job_service.view(LOCAL_WORKSPACE, job.id)


class _Pause:
    """Whether and since when the storage cannot be used, as a command sees it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since = 0.0
        self.trouble: LimnerError | None = None
        self.unread: LimnerError | None = None
        """Why the job's events could not be read, until they can be read again."""

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return self._clock() - self._since

    def see(self, trouble: LimnerError | None, progress: Progress) -> None:
        """Say where a pause begins or ends."""
        trouble = trouble or self.unread
        if trouble is not None and self.trouble is None:
            self._since = self._clock()
            progress.pause(str(trouble))
        elif trouble is None and self.trouble is not None:
            progress.resume()
        self.trouble = trouble


async def _shown(application: Application, job: Job, progress: Progress, pause: _Pause) -> None:
    """Show the job's events to its end, through any trouble with reading them."""
    seen = 0
    while True:
        try:
            async for event in application.job_service.follow(LOCAL_WORKSPACE, job.id, after=seen):
                seen, pause.unread = event.seq, None
                progress.show(event)
                if event.kind == "reviewing":
                    view = await application.job_service.view(LOCAL_WORKSPACE, job.id)
                    if view.job.status is JobStatus.REVIEWING:
                        return
        except StorageUnavailable as error:
            if error.permanent:
                raise
            pause.unread = error
            await asyncio.sleep(LOOK_S)
        else:
            return


def kept_words(job: Job) -> str:
    """What becomes of a job that a command waits for no longer."""
    return (
        f"Job {job.id} is saved. It continues with your next picture or with `limner run`; "
        f"`limner jobs {job.id}` shows its status."
    )


@asynccontextmanager
async def _cancelled_on_interrupt(application: Application, job: Job) -> AsyncGenerator[None]:
    try:
        yield
    except asyncio.CancelledError:
        if application.trouble is not None:  # it cannot be cancelled either
            click.echo(kept_words(job), err=True)
            sys.exit(INTERRUPTED)
        try:
            await application.job_service.cancel(local_asker(None), job.id)
            click.echo(f"Job {job.id} was cancelled.", err=True)
        except NotPossibleNow as error:
            click.echo(str(error), err=True)
        sys.exit(INTERRUPTED)


def local_asker(out: str | None) -> Requester:
    """Who asks on the command line, and where the picture goes.

    Raises:
        InvalidRequest: The path cannot be written to.
    """
    path = None if out is None else writable_path(out)
    destination = Destination("terminal", platform.node(), str(path) if path else None)
    return Requester(LOCAL_WORKSPACE, f"local-{os.getuid()}", destination, Role.ADMIN)


def new_key() -> str:
    """An event key of its own: each command is a new request."""
    return f"cli:{ULID()}"
