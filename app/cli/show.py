"""The commands that show and steer: sources, jobs, cancel, library."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.console import Console
from rich.text import Text

from app.application import open_application
from app.cli.edge import DONE, FAILED, echo_json
from app.cli.local import local_commands, local_requester, show_card, show_result
from app.cli.output import item_object, job_object, job_row
from app.cli.reader import say
from app.refused_files import write_refused
from app.settings import Settings
from app.wiring import Application
from bot.cards.builders import job_card
from bot.cards.models import MAX_ENTRIES, ResultCard, SettingsCard
from bot.cards.team import library_card
from bot.commands.ids import job_id_of
from bot.text import plain
from domain.library import LibraryItem
from domain.requests import LOCAL_WORKSPACE
from domain.team import Scope
from domain.translation.messages import gettext


async def sources(settings: Settings, identifier: str, *, as_json: bool) -> int:
    """Print the sources of a picture or a job: references and numbered evidence."""
    async with open_application(settings, work=()) as application:
        reply = await local_commands(application).sources(identifier)
        view = await application.job_service.view(
            LOCAL_WORKSPACE, await job_id_of(application.job_service, LOCAL_WORKSPACE, identifier)
        )
    if as_json:
        found = job_object(view)
        names = ("job_id", "references", "evidence", "prompt")
        page = {"page": view.page} if view.page else {}
        echo_json({name: found[name] for name in names} | page)
    else:
        show_card(reply.card)
    return DONE


async def queue(settings: Settings, *, as_json: bool) -> int:
    """Print the moderators' queue: here, pictures that wait for approval."""
    async with open_application(settings, work=()) as application:
        if as_json:
            waiting = await application.team.waiting(local_requester(None))
            echo_json({"jobs": [job_row(job) for job in waiting]})
        else:
            show_card((await local_commands(application).queue()).card)
    return DONE


async def refused(settings: Settings, identifier: str, *, as_json: bool) -> int:
    """Print where the refused pictures of a job can be looked at, where they are kept."""
    requester = local_requester(None)
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
        if identifier is not None:
            return await _job(application, identifier, as_json=as_json)
        if as_json:
            newest = await application.job_service.recent(LOCAL_WORKSPACE, limit=MAX_ENTRIES)
            echo_json({"jobs": [job_row(job) for job in newest]})
        else:
            reply = await local_commands(application).jobs(everybody=True, limit=MAX_ENTRIES)
            show_card(reply.card)
    return DONE


async def _job(application: Application, identifier: str, *, as_json: bool) -> int:
    """A job's progress, step by step, and its result."""
    reply = await local_commands(application).job(identifier)
    view = await application.job_service.view(
        LOCAL_WORKSPACE, await job_id_of(application.job_service, LOCAL_WORKSPACE, identifier)
    )
    if as_json:
        echo_json({**job_row(view.job), **job_object(view)})
        return DONE
    status = job_card(view)
    show_card(status)
    if isinstance(reply.card, ResultCard):
        show_result(view)
    elif reply.card != status:
        show_card(reply.card)
    return DONE


async def cancel(settings: Settings, identifier: str, *, as_json: bool) -> int:
    """Stop a job, waiting or running."""
    async with open_application(settings, work=()) as application:
        reply = await local_commands(application).cancel(identifier)
        view = await application.job_service.view(
            LOCAL_WORKSPACE, await job_id_of(application.job_service, LOCAL_WORKSPACE, identifier)
        )
    if as_json:
        echo_json(job_row(view.job))
    else:
        show_card(reply.card)
    return DONE


async def preferences(
    settings: Settings, name: str | None, value: str | None, *, as_json: bool
) -> int:
    """Print what is set for the command line, after setting one thing if it is named."""
    async with open_application(settings, work=()) as application:
        reply = await local_commands(application).settings(Scope.WORKSPACE, name, value)
    if as_json and isinstance(reply.card, SettingsCard):
        echo_json({"settings": dict(reply.card.lines)})
    else:
        show_card(reply.card)
    return DONE


async def usage(settings: Settings, *, team: bool, as_json: bool) -> int:
    """Print what was asked for and spent this month."""
    async with open_application(settings, work=()) as application:
        if as_json:
            echo_json(asdict(await application.team.usage(local_requester(None), everybody=team)))
        else:
            show_card((await local_commands(application).usage(everybody=team)).card)
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
    _show_items(added)
    if license is None and any(item.license is None for item in added):
        say(
            gettext("Note: add --author and --license so that pictures can be credited."),
            err=True,
        )
    return DONE


async def library_list(settings: Settings, *, limit: int, as_json: bool) -> int:
    """Print the library's items."""
    async with open_application(settings, work=()) as application:
        items = await application.library.list(LOCAL_WORKSPACE, limit=limit)
    if as_json:
        echo_json({"items": [item_object(item) for item in items]})
        return DONE
    _show_items(items)
    return DONE


def _show_items(items: Sequence[LibraryItem]) -> None:
    for first in range(0, max(1, len(items)), MAX_ENTRIES):
        show_card(library_card(items[first : first + MAX_ENTRIES]))


async def library_remove(settings: Settings, identifier: str, *, as_json: bool) -> int:
    """Take an item out of the library."""
    async with open_application(settings, work=()) as application:
        reply = await local_commands(application).library.remove(identifier.upper())
    if as_json:
        echo_json({"removed": identifier})
    else:
        show_card(reply.card)
    return DONE


async def doctor(settings: Settings, *, as_json: bool, wrong: str = "") -> int:
    """Print what is well and what is not; fails when something needed is not. ``wrong`` says which
    settings are, which are looked at as if they were not set."""
    from app.doctor import examine
    from app.findings import Finding

    findings = await examine(settings)
    if wrong:
        wrong_settings = Finding("settings", False, settings.redactor.text(wrong), True)
        findings = [wrong_settings, *(f for f in findings if f.name != "settings" or not f.ok)]
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


async def check_catalogue(settings: Settings, *, as_json: bool) -> int:
    """Print which models and services are still there; fails when one is not."""
    from app.generators import offered_generators
    from generation.catalogue_check import check_catalogue as looked_up
    from generation.image_services.registry import IMAGE_SERVICES

    every = settings.model_copy(
        update={"generators": tuple(IMAGE_SERVICES), "generator": "storyboard"}
    )
    services = {g.name: g.service for g in offered_generators(every) if g.service is not None}
    findings = await looked_up(services, token=os.environ.get("HF_TOKEN", ""))
    sound = not any(finding.trouble for finding in findings)
    if as_json:
        echo_json({"ok": sound, "findings": [asdict(finding) for finding in findings]})
        return DONE if sound else FAILED
    for finding in findings:
        mark = "FAIL" if finding.trouble else "ok  " if finding.asked else "skip"
        click.echo(f"{mark}  {finding.name}: {finding.place} {finding.trouble}".rstrip())
    return DONE if sound else FAILED
