"""The demo: the main job on the sample library, with no network, then again from its recipe."""

from __future__ import annotations

import shutil
import time

import click

from app.application import Application, open_application
from app.cli.edge import DONE, FAILED, echo_json, failed
from app.cli.local import local_asker, new_key
from app.cli.make import followed
from app.cli.output import job_object, paths_of
from app.samples import add_samples
from app.settings import Settings
from bot.cards.builders import result_card
from bot.cards.evidence import evidence_card
from bot.terminal.view import result_lines
from domain.requests import LOCAL_WORKSPACE, AspectRatio, JobStatus, Request
from jobs.common.views import JobView

PROMPT = (
    "Eileen Collins holding a cup of coffee, with Chelsea the cat, while a Falcon 9 rocket "
    "launches under the Hubble eXtreme Deep Field"
)
SEED = 7


async def demo(settings: Settings, *, as_json: bool) -> int:
    """Fill the library, draw, draw again, and print both; fails unless the bytes are the same."""
    started = time.monotonic()
    offline = settings.model_copy(update={"search_providers": ("library",)})
    async with open_application(offline) as application:
        count = await add_samples(application.library, LOCAL_WORKSPACE)
        if not as_json:
            click.echo(
                (f"Added {count} sample pictures and texts to the library. Request: {PROMPT}"),
                err=True,
            )
        first = await _drawn(application, quiet=as_json)
        if first.job.status is not JobStatus.DONE:
            return failed(first.job.error or "The demo was cancelled.", as_json=as_json)
        second = await _again(application, first, quiet=as_json)
    seconds = round(time.monotonic() - started, 2)
    identical = bool(second.illustrations and second.illustrations[0].identical)
    if as_json:
        echo_json(
            {
                "first": job_object(first),
                "second": job_object(second),
                "identical": identical,
                "seconds": seconds,
            }
        )
    else:
        _tell(first, second, seconds)
    return DONE if identical else FAILED


async def _drawn(application: Application, *, quiet: bool) -> JobView:
    requester = local_asker(None)
    request = Request.checked(
        PROMPT,
        workspace_id=requester.workspace_id,
        member_id=requester.member_id,
        destination=requester.destination,
        aspect=AspectRatio(16, 9),
        seed=SEED,
    )
    job = await application.job_service.submit(request, event_key=new_key())
    return await followed(application, job, quiet=quiet)


async def _again(application: Application, first: JobView, *, quiet: bool) -> JobView:
    job = await application.job_service.rerender(
        local_asker(None), first.illustrations[0].id, event_key=new_key()
    )
    return await followed(application, job, quiet=quiet)


def _tell(first: JobView, second: JobView, seconds: float) -> None:
    for line in result_lines(result_card(first), evidence_card(first), paths_of(first)):
        click.echo(line)
    again = second.illustrations[0]
    click.echo("")
    if again.identical:
        click.echo(f"Redrawn from its recipe, identical bit for bit: sha256 {again.sha256}")
    else:
        click.echo(f"Redrawn, but not identical: {again.difference}")
    click.echo(f"Done in {seconds:.1f} s, without any network access. Next, try:")
    command = "limner" if shutil.which("limner") else ".venv/bin/limner"
    click.echo(f'  {command} imagine "Chelsea the cat on a Falcon 9" --aspect 16:9')
