"""The commands that show and steer: sources, jobs, cancel, library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.console import Console
from rich.text import Text

from app.application import open_application
from app.cli.edge import DONE, FAILED, echo_json
from app.cli.make import local_asker
from app.cli.output import item_object, job_object, job_row, paths_of
from app.refused_files import write_refused
from app.settings import Settings
from bot.cards.builders import settings_card, usage_card
from bot.commands.ids import job_id_of
from bot.commands.service import settings_at
from bot.locale.moderators import moderator_phrase
from bot.options import setting_of
from bot.terminal.render import evidence_lines, item_line, job_line, reference_lines, result_lines
from bot.text import plain
from domain.library import LibraryItem
from domain.requests import LOCAL_WORKSPACE
from domain.team import Scope


async def sources(settings: Settings, identifier: str, *, as_json: bool) -> int:
    """Print what a picture or a job rests on: references and numbered evidence."""
    async with open_application(settings, work=()) as application:
        view = await application.job_service.view(
            LOCAL_WORKSPACE, await job_id_of(application.job_service, LOCAL_WORKSPACE, identifier)
        )
    found = job_object(view)
    if as_json:
        echo_json({name: found[name] for name in ("job_id", "references", "evidence", "prompt")})
        return DONE
    lines = [*reference_lines(view), *evidence_lines(view, details=True)]
    for line in lines or ["No research was done for this picture."]:
        click.echo(line)
    return DONE


async def queue(settings: Settings, *, as_json: bool) -> int:
    """Print what waits for whoever moderates: here, pictures that wait for approval."""
    async with open_application(settings, work=()) as application:
        waiting = await application.team.waiting(local_asker(None))
    if as_json:
        echo_json({"jobs": [job_row(job) for job in waiting]})
        return DONE
    for line in [job_line(job) for job in waiting] or [moderator_phrase("queue.empty")]:
        click.echo(line)
    return DONE


async def refused(settings: Settings, identifier: str, *, as_json: bool) -> int:
    """Print where the refused pictures of a job can be looked at, where they are kept."""
    requester = local_asker(None)
    async with open_application(settings, work=()) as application:
        job_id = await job_id_of(application.job_service, LOCAL_WORKSPACE, identifier)
        pictures = await application.job_service.refused_pictures(requester, job_id)
        paths = await write_refused(
            application.job_service, settings.data_dir, LOCAL_WORKSPACE, pictures
        )
    if as_json:
        echo_json({"job_id": job_id, "paths": [str(path) for path in paths]})
        return DONE
    for path in paths:
        click.echo(str(path))
    return DONE


async def jobs(settings: Settings, identifier: str | None, *, as_json: bool) -> int:
    """Print the newest jobs, or one with everything known about it."""
    async with open_application(settings, work=()) as application:
        if identifier is None:
            newest = await application.job_service.recent(LOCAL_WORKSPACE, limit=50)
            if as_json:
                echo_json({"jobs": [job_row(job) for job in newest]})
                return DONE
            for line in [job_line(job) for job in newest] or ["You have no jobs yet."]:
                click.echo(line)
            return DONE
        view = await application.job_service.view(
            LOCAL_WORKSPACE, await job_id_of(application.job_service, LOCAL_WORKSPACE, identifier)
        )
    if as_json:
        echo_json({**job_row(view.job), **job_object(view)})
        return DONE
    click.echo(job_line(view.job))
    if view.position:
        jobs = "1 job" if view.position == 1 else f"{view.position} jobs"
        click.echo(f"In the queue, {jobs} ahead.")
    if view.job.error:
        click.echo(plain(view.job.error))
    for hop in view.research.hops:
        found = hop.observation
        click.echo(f"{hop.number}. {plain(hop.thought)}")
        click.echo(f"   found {plain(found.summary) if found else 'nothing'}")
    for line in result_lines(view, paths_of(view)):
        click.echo(line)
    return DONE


async def cancel(settings: Settings, identifier: str, *, as_json: bool) -> int:
    """Stop a job, waiting or running."""
    async with open_application(settings, work=()) as application:
        job = await application.job_service.cancel(
            local_asker(None), await job_id_of(application.job_service, LOCAL_WORKSPACE, identifier)
        )
    if as_json:
        echo_json(job_row(job))
    else:
        click.echo(f"Job {job.id} was cancelled.")
    return DONE


async def preferences(
    settings: Settings, name: str | None, value: str | None, *, as_json: bool
) -> int:
    """Print what is set for the command line, after setting one thing if it is named."""
    requester = local_asker(None)
    async with open_application(settings, work=()) as application:
        if name is None:
            kept = await application.team.preferences_at(requester, Scope.WORKSPACE)
        else:
            change = {name: setting_of(name, value or "")}
            kept = await application.team.prefer(requester, Scope.WORKSPACE, **change)
    card = settings_card("Settings", kept, settings_at(Scope.WORKSPACE))
    if as_json:
        echo_json({"settings": dict(card.lines)})
        return DONE
    for line in card.lines:
        click.echo(": ".join(line))
    return DONE


async def usage(settings: Settings, *, team: bool, as_json: bool) -> int:
    """Print what was asked for and spent this month."""
    async with open_application(settings, work=()) as application:
        spent = await application.team.usage(local_asker(None), everybody=team)
    if as_json:
        echo_json(asdict(spent))
        return DONE
    card = usage_card(spent, everybody=team)
    for line in (card.text, *card.lines):
        click.echo(line)
    return DONE


async def library_add(
    settings: Settings,
    places: Sequence[str],
    *,
    title: str | None,
    author: str | None,
    license: str | None,
    tags: Sequence[str],
    as_json: bool,
) -> int:
    """Add files, folders and addresses to the library."""
    added: list[LibraryItem] = []
    async with open_application(settings, work=()) as application:
        for place in places:
            added += await application.library.add(
                LOCAL_WORKSPACE, place, title=title, author=author, license=license, tags=tags
            )
    if as_json:
        echo_json({"added": [item_object(item) for item in added]})
        return DONE
    for item in added:
        click.echo(item_line(item))
    if license is None and any(item.license is None for item in added):
        click.echo("Note: add --author and --license so that pictures can be credited.", err=True)
    return DONE


async def library_list(settings: Settings, *, limit: int, as_json: bool) -> int:
    """Print the library's items."""
    async with open_application(settings, work=()) as application:
        items = await application.library.list(LOCAL_WORKSPACE, limit=limit)
    if as_json:
        echo_json({"items": [item_object(item) for item in items]})
        return DONE
    for line in [item_line(item) for item in items] or ["The library is empty."]:
        click.echo(line)
    return DONE


async def library_remove(settings: Settings, identifier: str, *, as_json: bool) -> int:
    """Take an item out of the library."""
    async with open_application(settings, work=()) as application:
        await application.library.remove(LOCAL_WORKSPACE, identifier.strip().upper())
    if as_json:
        echo_json({"removed": identifier})
    else:
        click.echo(f"Removed {plain(identifier)}.")
    return DONE


async def doctor(settings: Settings, *, as_json: bool) -> int:
    """Print what is well and what is not; fails when something needed is not."""
    from app.doctor import examine

    findings = await examine(settings)
    sound = all(finding.ok for finding in findings if finding.required)
    if as_json:
        echo_json(
            {
                "ok": sound,
                "findings": [
                    {"name": f.name, "ok": f.ok, "required": f.required, "text": f.text}
                    for f in findings
                ],
            }
        )
        return DONE if sound else FAILED
    console = Console()
    for finding in findings:
        mark, style = ("ok  ", "green") if finding.ok else ("FAIL", "red")
        if not finding.ok and not finding.required:
            mark, style = "warn", "yellow"
        line = Text.assemble((mark, style), f"  {finding.name}: {plain(finding.text)}")
        console.print(line, soft_wrap=True, highlight=False)
    return DONE if sound else FAILED
