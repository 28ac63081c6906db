"""The demo: the main job on the sample library, with no network, then again from its recipe."""

from __future__ import annotations

import shutil
import time

import click

from app.application import open_application
from app.cli.edge import DONE, FAILED, echo_json, failed
from app.cli.local import local_requester, new_key, show_result
from app.cli.make import followed
from app.cli.output import job_object
from app.cli.reader import say
from app.samples import add_samples
from app.settings import Settings
from app.wiring import Application
from domain.requests import LOCAL_WORKSPACE, AspectRatio, JobStatus, Request
from domain.translation.messages import gettext, stored
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
            added = gettext(
                "Added {number} sample pictures and texts to the library. Request: {prompt}",
                number=count,
                prompt=PROMPT,
            )
            say(added, err=True)
        first = await _drawn(application, quiet=as_json)
        if first.job.status is not JobStatus.DONE:
            why = first.job.error
            cancelled = gettext("The demo was cancelled.")
            return failed(stored(why) if why else cancelled, as_json=as_json)
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
        _print_results(first, second, seconds)
    return DONE if identical else FAILED


async def _drawn(application: Application, *, quiet: bool) -> JobView:
    requester = local_requester(None)
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
        local_requester(None), first.illustrations[0].id, event_key=new_key()
    )
    return await followed(application, job, quiet=quiet)


def _print_results(first: JobView, second: JobView, seconds: float) -> None:
    show_result(first)
    again = second.illustrations[0]
    click.echo("")
    if again.identical:
        same = gettext(
            "Redrawn from its recipe, identical bit for bit: sha256 {sha256}", sha256=again.sha256
        )
        say(same)
    else:
        why = stored(again.difference or "")
        say(gettext("Redrawn, but not identical: {why}", why=why))
    done = gettext(
        "Done in {seconds:.1f} s, without any network access. Next, try:", seconds=seconds
    )
    say(done)
    command = "limner" if shutil.which("limner") else ".venv/bin/limner"
    click.echo(f'  {command} imagine "Chelsea the cat on a Falcon 9" --aspect 16:9')
