"""``python -m evaluation.history_bench``: what old jobs cost, on SQLite and Postgres.

Every call that a surface or the house-keeping makes is timed in a workspace with no old jobs, with
10,000 and with 100,000 of them. The figures are medians of several calls; the ratio relates the
second to the first, in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ulid import ULID

from app import database
from app.application import open_application
from app.settings import Settings, load_settings
from app.wiring import Application
from bot.commands.ports import Services
from bot.commands.service import Commands
from domain.requests import LOCAL_WORKSPACE, Destination, JobStatus, Request
from domain.research import SourceKind
from domain.team import JobMessage, MessageKind, Role
from evaluation.databases import postgres
from evaluation.embedded_bench import PROMPT, SUBJECTS
from evaluation.seeding import past_job_id, seed_past_jobs
from evaluation.tables import Row, print_table
from jobs.admission.requests import Requester
from storage.mirrors import SqlMirrorOperations
from storage.newsroom import SqlNewsOperations
from storage.unit_of_work import SqlStore

SIZES = (0, 10_000, 100_000)
TIMES = 15
MOST_RATIO = 1.5
"""For a call with 10,000 old jobs, against the same call without any."""
MOST_S = 0.1
"""For a call with 100,000 old jobs."""
NOISE_S = 0.002
"""A difference below this is none: a call takes a few milliseconds."""

Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Doors:
    """The targets of calls, and an old job with its picture that they ask about."""

    services: Services
    store: SqlStore
    news: SqlNewsOperations
    mirrors: SqlMirrorOperations
    requester: Requester
    job_id: str
    picture_id: str


def calls(doors: Doors) -> Mapping[str, Call]:
    """Everything that reads, and what is written about a job, by what it is."""
    return {**_commands(doors), **_reading(doors), **_housekeeping(doors)}


def _commands(doors: Doors) -> Mapping[str, Call]:
    """The actions of a person."""
    commands = Commands(doors.services, doors.requester)
    requester, job_id, picture_id = doors.requester, doors.job_id, doors.picture_id
    team = doors.services.team
    return {
        "imagine": lambda: doors.services.jobs.submit(
            Request.checked(
                "a red cube",
                workspace_id=requester.workspace_id,
                member_id=requester.member_id,
                destination=requester.destination,
            ),
            event_key=str(ULID()),
            requester=requester,
        ),
        "jobs": lambda: commands.jobs(),
        "jobs of everybody": lambda: commands.jobs(everybody=True),
        "job": lambda: commands.job(job_id),
        "sources": lambda: commands.sources(job_id),
        "gallery": lambda: commands.gallery(),
        "usage": lambda: commands.usage(),
        "usage of everybody": lambda: commands.usage(everybody=True),
        "audit": lambda: commands.audit(),
        "settings": lambda: team.preferences(requester),
        "vote": lambda: commands.vote(picture_id, 1),
    }


def _reading(doors: Doors) -> Mapping[str, Call]:
    """Queries that surfaces make by themselves."""
    jobs, team, requester = doors.services.jobs, doors.services.team, doors.requester
    workspace_id, job_id = requester.workspace_id, doors.job_id
    return {
        "suggestions": lambda: jobs.recent(workspace_id, member_id=requester.member_id, limit=100),
        "reviews": lambda: jobs.recent(workspace_id, status=JobStatus.REVIEWING),
        "failures": lambda: jobs.recent(workspace_id, status=JobStatus.FAILED),
        "view": lambda: jobs.view(workspace_id, job_id),
        "job of an event": lambda: jobs.job_of_event(workspace_id, job_id),
        "job of a message": lambda: team.job_of_message(workspace_id, "terminal", "c1", job_id),
        "job of a thread": lambda: team.job_of_thread(workspace_id, "terminal", job_id),
        "claim of a message": lambda: team.claim_message(workspace_id, job_id),
    }


def _housekeeping(doors: Doors) -> Mapping[str, Call]:
    """Queries that every process makes again and again."""
    operations, news, now = doors.store.operations, doors.news, datetime.now(UTC)
    return {
        "live jobs": lambda: operations.live("terminal"),
        "jobs without a task": lambda: operations.stray(),
        "untried deliveries": lambda: operations.untried(),
        "times of renders": lambda: operations.render_seconds(),
        "retention": lambda: operations.expire(before=now - timedelta(days=90)),
        "open mirrors": lambda: doors.mirrors.open_mirrors(),
        "news version": lambda: news.version(),
        "news slots": lambda: news.slots_to_settle(now=now),
        "news notices": lambda: news.unsent_notices(),
        "news rechecks": lambda: news.to_recheck(now=now),
    }


def doors_of(application: Application, requester: Requester, job_id: str, picture_id: str) -> Doors:
    """The services of a wired application."""
    services = Services(
        application.job_service,
        application.team,
        application.library,
        application.generators,
        application.news,
    )
    return Doors(
        services,
        SqlStore(application.database),
        SqlNewsOperations(application.database),
        SqlMirrorOperations(application.database),
        requester,
        job_id,
        picture_id,
    )


async def prepared(settings: Settings, old_jobs: int) -> tuple[Requester, str, str]:
    """Finish one job and copy it; gives who asked, an old job and its picture."""
    requester = Requester(
        LOCAL_WORKSPACE, "busy", Destination("terminal", platform.node()), Role.ADMIN
    )
    async with open_application(settings) as application:
        for subject in SUBJECTS:
            await application.library.add_item(
                LOCAL_WORKSPACE,
                kind=SourceKind.PAGE,
                title=subject,
                text=f"{subject} is built of red stone and 100 metres high.",
            )
        request = Request.checked(
            PROMPT,
            workspace_id=LOCAL_WORKSPACE,
            member_id=requester.member_id,
            destination=replace(requester.destination, thread=str(settings.data_dir / "old.png")),
        )
        job = await application.job_service.submit(
            request, event_key=str(ULID()), requester=requester
        )
        async for _event in application.job_service.follow(LOCAL_WORKSPACE, job.id):
            pass
        [picture] = (await application.job_service.view(LOCAL_WORKSPACE, job.id)).illustrations
        await application.team.vote(requester, picture.id, 1)
        message = JobMessage(
            "terminal", "c1", job.id, job.id, MessageKind.LIVE, job.created_at, False, job.id
        )
        await application.team.keep_message(LOCAL_WORKSPACE, message)
        if not old_jobs:
            return requester, job.id, picture.id
        await seed_past_jobs(application.database, LOCAL_WORKSPACE, job.id, copies=old_jobs)
    old = past_job_id(old_jobs // 2)
    return requester, old, f"{old}{picture.id}"


async def measured(settings: Settings, old_jobs: int) -> Mapping[str, float]:
    """The median seconds of each call with so many old jobs."""
    await database.upgrade(settings)
    requester, job_id, picture_id = await prepared(settings, old_jobs)
    async with open_application(settings, work=()) as application:
        doors = doors_of(application, requester, job_id, picture_id)
        return {name: await _median_s(call) for name, call in calls(doors).items()}


async def _median_s(call: Call) -> float:
    took: list[float] = []
    for _ in range(TIMES):
        started = time.perf_counter()
        await call()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def history_figures(kind: str, addresses: Sequence[str | None]) -> list[Row]:
    """A row for each call; ``addresses`` are of empty databases, one for each of ``SIZES``, None
    for an SQLite file of its own."""
    took: list[Mapping[str, float]] = []
    for old_jobs, address in zip(SIZES, addresses, strict=True):
        with tempfile.TemporaryDirectory() as name:
            settings = load_settings(
                data_dir=Path(name), database_url=address, search_providers="library"
            )
            took.append(asyncio.run(measured(settings, old_jobs)))
    return [_row(f"{call}, {kind}", [seconds[call] for seconds in took]) for call in took[0]]


def _row(name: str, took: Sequence[float]) -> Row:
    none, some, many = took
    slower = some > none * MOST_RATIO and some - none > NOISE_S
    wrong = [f"OVER {MOST_RATIO} ×"] if slower else []
    wrong += [f"OVER {MOST_S * 1000:.0f} ms"] if many > MOST_S else []
    return Row(
        name,
        " / ".join(f"{seconds * 1000:.1f}" for seconds in took) + " ms",
        f"{some / none:.2f} × without old jobs",
        ", ".join(wrong) or "within",
    )


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="measure Postgres too")
    rows = history_figures("SQLite", [None] * len(SIZES))
    if parser.parse_args().postgres:
        with postgres() as server:
            rows += history_figures("Postgres", [server.new_database() for _ in SIZES])
    sizes = " / ".join(f"{size:,}" for size in SIZES)
    print_table(f"Calls with {sizes} old jobs", rows)


if __name__ == "__main__":
    main()
