"""The commands of the news desk."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict

import click

from app.application import EVERYTHING, open_application
from app.cli.edge import DONE, echo_json, failed
from app.cli.local import local_requester, show_card, show_result
from app.cli.make import followed
from app.cli.output import job_object
from app.cli.reader import say
from app.settings import Settings
from app.wiring import Application
from bot.cards.builders import result_card
from bot.cards.models import NoteCard, Reply, SchedulesCard
from bot.cards.news import considered_lines
from bot.commands.news import NewsCommands
from bot.terminal.view import story_lines
from bot.text import plain
from domain.news import Slot
from domain.requests import Job, JobStatus
from domain.translation.messages import gettext, stored

POLL_S = 0.2


async def add(settings: Settings, options: Mapping[str, str], *, as_json: bool) -> int:
    """Make a schedule and print its next times."""
    async with open_application(settings, work=()) as application:
        return _shown(await _commands(application).add(options), as_json=as_json)


async def listed(settings: Settings, *, as_json: bool) -> int:
    """Print all schedules."""
    async with open_application(settings, work=()) as application:
        return _shown(await _commands(application).list(), as_json=as_json)


async def edit(settings: Settings, name: str, options: Mapping[str, str], *, as_json: bool) -> int:
    """Change a schedule and print it."""
    async with open_application(settings, work=()) as application:
        return _shown(await _commands(application).edit(name, options), as_json=as_json)


async def steer(settings: Settings, what: str, name: str, *, as_json: bool) -> int:
    """``pause``, ``resume`` or ``remove`` a schedule."""
    async with open_application(settings, work=()) as application:
        reply: Reply = await getattr(_commands(application), what)(name)
        return _shown(reply, as_json=as_json)


async def work_now(settings: Settings, name: str, *, preview: bool, as_json: bool) -> int:
    """Work on a schedule now and print the story with its picture; a preview is not recorded as
    such.

    Without a story the reason is printed; that is no failure unless nothing could be read.
    """
    requester = local_requester(None)
    async with open_application(settings, work=EVERYTHING) as application:
        schedule = await application.news.find(requester, name)
        begin = application.news.preview if preview else application.news.run_now
        slot = await begin(requester, schedule.id)
        slot = await _worked_on(application, slot)
        if slot.job_id is None:
            return _nothing(slot, as_json=as_json)
        job = (await application.job_service.view(requester.workspace_id, slot.job_id)).job
        view = await followed(application, job, quiet=as_json)
    if view.job.status is not JobStatus.DONE:
        return failed(_why(view.job), as_json=as_json)
    card = result_card(view)
    story = card.story
    if as_json:
        echo_json({"story": asdict(story) if story else None, **job_object(view)})
        return DONE
    for line in story_lines(story) if story else ():
        say(line)
    click.echo("")
    show_result(view)
    return DONE


async def _worked_on(application: Application, slot: Slot) -> Slot:
    """The slot once it has a job, or is over without one."""
    requester = local_requester(None)
    while slot.job_id is None and not slot.status.final:
        if application.trouble:
            raise application.trouble
        await asyncio.sleep(POLL_S)
        slot = await application.news.slot(requester, slot.schedule_id, slot.due_at)
    return slot


def _why(job: Job) -> str:
    return stored(job.error) if job.error else gettext("The picture was cancelled.")


def _nothing(slot: Slot, *, as_json: bool) -> int:
    if slot.status.value == "failed":
        return failed(stored(slot.note), as_json=as_json)
    if as_json:
        considered = [asdict(story) for story in slot.considered]
        echo_json({"status": slot.status.value, "note": slot.note, "considered": considered})
    else:
        say(plain(stored(slot.note)))
        for line in considered_lines(slot):
            say(line)
    return DONE


def _commands(application: Application) -> NewsCommands:
    return NewsCommands(application.news, local_requester(None))


def _shown(reply: Reply, *, as_json: bool) -> int:
    card = reply.card
    if as_json and isinstance(card, SchedulesCard):
        echo_json({"schedules": [asdict(entry) for entry in card.entries]})
    elif as_json and isinstance(card, NoteCard):
        echo_json({"text": card.text})
    else:
        show_card(card)
    return DONE
