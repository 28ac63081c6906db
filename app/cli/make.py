"""The commands that make pictures: imagine, regenerate, research."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from app.application import open_application
from app.cli.edge import DONE, INTERRUPTED, echo_json, failed
from app.cli.local import local_commands, local_requester, new_key, show_card, show_result
from app.cli.output import change_object, job_object
from app.cli.places import read_picture, read_prompt
from app.cli.reader import reader_language, say
from app.generators import check_drawing
from app.settings import Settings
from app.wiring import Application
from bot.cards.models import NoteCard, Reply, ReviewCard
from bot.commands.ids import job_id_of
from bot.commands.service import Commands
from bot.locale.moderators import moderator_phrase
from bot.options import OPTIONS, request_of, split_options
from bot.permutations import permuted
from bot.terminal.render import Progress, change_lines
from domain.errors import LimnerError, NotPossibleNow, StorageUnavailable
from domain.requests import LOCAL_WORKSPACE, Job, JobStatus
from domain.translation.messages import gettext, joined, stored
from jobs.admission.requests import Requester
from jobs.admission.rulings import PolicyRefused
from jobs.common.views import JobView
from jobs.services.appeals import allowable_category
from storage.operations import SqlOperations

LOOK_S = 0.25
"""Between two looks whether the storage can be used."""
PATIENCE_S = 300.0
"""So long a command waits for storage that cannot be used; the job is kept for much longer."""


def imagine(
    settings: Settings, arguments: Mapping[str, Any], typed: Collection[str], *, as_json: bool
) -> Awaitable[int]:
    """Research and render a request; prints the picture's path and its sources.

    ``arguments`` are the command's options by their names, of which those in ``typed`` were given;
    those that stand at the end of the prompt count less, and the others are as the settings have
    them. Choices in braces make a job each. Standard input and files are read at once; all else
    happens when the result is awaited.
    """
    text = read_prompt() if arguments["prompt"] == "-" else str(arguments["prompt"])
    requester = local_requester(arguments["out"])
    brought = [(Path(name).name, read_picture(name)) for name in arguments["reference"]]
    prompt, options = split_options(text)
    options |= {name: str(arguments[name]) for name in typed if name in OPTIONS}
    options["choose"] = "no"  # there is no user to choose the references
    prompts = permuted(prompt)
    for each in prompts:
        request_of(requester, each, options)  # report a mistake before anything is opened

    def submit(prompt: str, commands: Commands) -> Awaitable[Reply]:
        return commands.imagine(
            prompt, event_key=new_key(), options=options, pictures=brought, literal=True
        )

    return _made(settings, requester, *(partial(submit, each) for each in prompts), as_json=as_json)


def regenerate(
    settings: Settings,
    identifier: str,
    *,
    seed: int | None,
    generator: str | None,
    out: str | None,
    as_json: bool,
) -> Awaitable[int]:
    """Make a picture again from its recipe; prints whether it came out bit for bit the same."""

    def submit(commands: Commands) -> Awaitable[Reply]:
        return commands.regenerate(identifier, event_key=new_key(), seed=seed, generator=generator)

    return _made(settings, local_requester(out), submit, as_json=as_json)


def research(
    settings: Settings, identifier: str, *, out: str | None, as_json: bool
) -> Awaitable[int]:
    """Research a request anew; prints how the evidence changed."""

    def submit(commands: Commands) -> Awaitable[Reply]:
        return commands.research(identifier, event_key=new_key())

    return _made(settings, local_requester(out), submit, as_json=as_json, changes=True)


async def _made(
    settings: Settings,
    requester: Requester,
    *submits: Callable[[Commands], Awaitable[Reply]],
    as_json: bool,
    changes: bool = False,
) -> int:
    """Make one after the other; what fails ends it."""
    async with open_application(settings) as application:
        commands = local_commands(application, requester)

        async def begin(submit: Callable[[Commands], Awaitable[Reply]]) -> str:
            return (await submit(commands)).job_id or ""

        for submit in submits:
            status = await finish(
                application, partial(begin, submit), as_json=as_json, changes=changes
            )
            if status != DONE:
                return status
    return DONE


async def decide(
    settings: Settings, identifier: str, *, approved: bool, reason: str | None, as_json: bool
) -> int:
    """Approve a picture that waits for it, which writes it, or reject it."""
    async with open_application(settings) as application:
        reply = await local_commands(application).decide(
            identifier, approved=approved, reason=reason
        )
        job_id = reply.card.result.job_id if isinstance(reply.card, ReviewCard) else identifier
        view = await application.job_service.view(LOCAL_WORKSPACE, job_id)
        if approved and view.job.status is not JobStatus.REVIEWING:
            return await finish(application, lambda: _the_same(job_id), as_json=as_json)
    if as_json:
        echo_json(job_object(view))
    elif isinstance(reply.card, ReviewCard):
        show_card(NoteCard(reply.card.text))
    return DONE


async def allow(settings: Settings, identifier: str, *, as_json: bool) -> int:
    """Let a refused request through, once, and draw it."""
    requester = local_requester(None)
    async with open_application(settings) as application:
        job_id = await job_id_of(application.job_service, LOCAL_WORKSPACE, identifier)

        async def begin() -> str:
            return (await application.job_service.allow(requester, job_id)).id

        return await finish(application, begin, as_json=as_json)


async def _the_same(job_id: str) -> str:
    return job_id


async def finish(
    application: Application,
    submit: Callable[[], Awaitable[str]],
    *,
    as_json: bool,
    changes: bool = False,
) -> int:
    """Submit, which gives the job's id, follow to the end and print the result; Ctrl-C cancels the
    job, or leaves it for later while it is paused."""
    executors = SqlOperations(application.database).executors
    await check_drawing(application.settings, application.queues, executors)
    try:
        job_id = await submit()
    except PolicyRefused as error:
        return failed(joined(error.sentence, _how_to_allow(error)), as_json=as_json)
    job = (await application.job_service.view(LOCAL_WORKSPACE, job_id)).job
    async with _cancelled_on_interrupt(application, job):
        view = await followed(application, job, quiet=as_json)
    if view.job.status is JobStatus.REVIEWING:
        return _waiting(view, as_json=as_json)
    if view.job.status is not JobStatus.DONE:
        cancelled = gettext("Job {job_id} was cancelled.", job_id=job.id)
        sentence = stored(view.job.error) if view.job.error else cancelled
        if _is_allowable(view.job):
            sentence = joined(sentence, _allow_hint(view.job.id))
        return failed(sentence, as_json=as_json, **(job_object(view) if as_json else {}))
    change = await application.job_service.changes(LOCAL_WORKSPACE, job.id) if changes else None
    if as_json:
        added = {"changes": change_object(change)} if change else {}
        echo_json({**job_object(view), **added})
        return DONE
    show_result(view)
    if change is not None:
        click.echo("")
        for line in change_lines(change):
            say(line)
    return DONE


def _waiting(view: JobView, *, as_json: bool) -> int:
    """Report that the picture is there and waits for approval."""
    if as_json:
        echo_json(job_object(view))
    else:
        identifier = view.job.id
        say(
            gettext(
                "This picture needs approval. Run `limner approve {id}` to save it or "
                "`limner reject {id}` to discard it.",
                id=identifier,
            )
        )
    return DONE


def _allow_hint(job_id: str) -> str:
    """How the operator lets a refused request through."""
    return moderator_phrase("appeal.local", job=job_id)


def _how_to_allow(error: PolicyRefused) -> str:
    may = error.job_id is not None and error.finding is not None and not error.floor
    return _allow_hint(error.job_id or "") if may else ""


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

    While the storage cannot be used the job is paused: that is shown, and waited out.

    Raises:
        StorageUnavailable: It could not be used for five minutes; the job is kept.
    """
    pause = _Pause(clock)
    with Progress(Console(stderr=True, quiet=quiet), reader_language()) as progress:
        showing = asyncio.create_task(
            _shown(application, job, progress, pause), name="show progress"
        )
        try:
            while not (await asyncio.wait({showing}, timeout=LOOK_S))[0]:
                pause.see(application.trouble, progress)
                if pause.trouble is not None and pause.seconds >= PATIENCE_S:
                    raise StorageUnavailable(
                        joined(pause.trouble.sentence, kept_words(job)), retryable=True
                    )
            showing.result()
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
    return await application.job_service.view(LOCAL_WORKSPACE, job.id)


class _Pause:
    """Whether and since when the storage cannot be used, as a command observes it."""

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
            progress.pause(trouble.sentence)
        elif trouble is None and self.trouble is not None:
            progress.resume()
        self.trouble = trouble


async def _shown(application: Application, job: Job, progress: Progress, pause: _Pause) -> None:
    """Show the job's events to its end, in spite of any errors in reading them."""
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
    """The fate of a job that a command waits for no longer."""
    return gettext(
        "Job {job_id} is saved. It continues with your next picture or with `limner run`; "
        "`limner jobs {job_id}` shows its status.",
        job_id=job.id,
    )


@asynccontextmanager
async def _cancelled_on_interrupt(application: Application, job: Job) -> AsyncGenerator[None]:
    try:
        yield
    except asyncio.CancelledError:
        if application.trouble is not None:  # it cannot be cancelled either
            say(kept_words(job), err=True)
            sys.exit(INTERRUPTED)
        try:
            await application.job_service.cancel(local_requester(None), job.id)
            say(gettext("Job {job_id} was cancelled.", job_id=job.id), err=True)
        except NotPossibleNow as error:
            say(error.sentence, err=True)
        sys.exit(INTERRUPTED)
