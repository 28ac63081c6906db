"""From a due time to the post: a schedule of the embedded stack, feeds and pages on loopback, the
real clock and the real engine, on SQLite.

``python -m evaluation.news_due_bench [--times 3]``; each time takes up to a minute, since cron
knows no seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import statistics
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.application import EVERYTHING, open_application
from app.settings import load_settings
from app.wiring import Application
from domain.news import SlotStatus
from domain.requests import LOCAL_WORKSPACE, Destination
from evaluation.peers.newsroom import a_schedule
from evaluation.peers.newsstand import Newsstand, Told, article, newsstand, rss
from jobs.admission.requests import Requester
from storage.database import open_database
from storage.unit_of_work import SqlStore

HERE = Destination("terminal", platform.node())
REQUESTER = Requester(LOCAL_WORKSPACE, "ann", HERE)
STORIES = (
    (
        "Ellery harbour opens its new lighthouse",
        (
            "The new lighthouse of Ellery harbour was opened on Monday by the harbour board.",
            "It is 42 metres high, white and red, and stands at the end of the northern pier.",
        ),
        (
            "Ellery's harbour board opened the lighthouse on the northern pier on Monday.",
            "The tower of the Ellery lighthouse is 42 metres high and painted in white and red.",
        ),
    ),
    (
        "Tarvik bridge closes for repairs",
        (
            "The suspension bridge across the Tarvik strait closed for repairs on Tuesday.",
            "Its 180 metres of green steel will be painted anew until the spring.",
        ),
        (
            "Nobody can cross the strait at Tarvik: the bridge was closed for repairs on Tuesday.",
            "The green bridge of Tarvik spans 180 metres, and painters work on it until spring.",
        ),
    ),
    (
        "Molden library moves into an old mill",
        (
            "The town library of Molden moved into the old mill by the river on Wednesday.",
            "Its three floors of red brick hold 90,000 books and a reading room under the roof.",
        ),
        (
            "Since Wednesday the books of Molden stand in the mill: the library has moved.",
            "The red brick building at the river has room for 90,000 volumes on three floors.",
        ),
    ),
)
"""Each can be posted once: an earlier story is no news."""


async def main(times: int) -> int:
    """Let that many due times come up and print how long each took; gives the exit status."""
    waits: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            data_dir=Path(folder), news_providers="", fetch_allowed_networks="127.0.0.0/8"
        )
        async with (
            newsstand() as stand,
            open_application(settings, work=EVERYTHING, serve=True) as application,
        ):
            for number in range(times):
                _publish(stand, number)
                await _schedule(application, stand, number)
                waits.append(await _posted(application, f"S{number}"))
    total = statistics.median(wait for wait, _ in waits)
    beside = statistics.median(wait - work for wait, work in waits)
    sys.stdout.write(
        f"from the due time to the post, {times} times: median {total:.2f} s, of which "
        f"{beside:.2f} s are neither research nor rendering of the picture; the longest took "
        f"{max(wait for wait, _ in waits):.2f} s\n"
    )
    return 0 if total < 5 else 1


def _publish(stand: Newsstand, number: int) -> None:
    title, *tellings = STORIES[number]
    for site, text in enumerate(tellings):
        page = stand.serve(site, f"story{number}", article(title, *text))
        entry = Told(title, page, text[0], datetime.now(UTC) - timedelta(hours=2))
        stand.serve(site, f"feed{number}", rss([entry]), "application/rss+xml")


async def _schedule(application: Application, stand: Newsstand, number: int) -> None:
    """Keep a schedule that comes up at the next full minute."""
    now = datetime.now(UTC)
    due = now + timedelta(minutes=2 if now.second > 50 else 1)
    schedule = a_schedule(
        id=f"S{number}",
        workspace_id=LOCAL_WORKSPACE,
        destination=HERE,
        name=f"News {number}",
        cron=f"{due.minute} {due.hour} * * *",
        topic="",
        feeds=(stand.url(0, f"feed{number}"), stand.url(1, f"feed{number}")),
        created_at=now,
        counted_from=now,
    )
    engine = open_database(application.settings.database)
    async with SqlStore(engine).workspace(LOCAL_WORKSPACE) as unit:
        await unit.schedules.save(schedule)
    await engine.dispose()


async def _posted(application: Application, schedule_id: str) -> tuple[float, float]:
    """Seconds from the due time to the receipt, and those of the picture's research and render."""
    while True:
        views = await application.news.schedules(REQUESTER)
        slots = next(view.slots for view in views if view.schedule.id == schedule_id)
        if slots and slots[0][1].status.final:
            break
        await asyncio.sleep(0.2)
    slot = slots[0][1]
    if slot.status is not SlotStatus.POSTED or slot.job_id is None:
        raise RuntimeError(f"{slot.status.value}: {slot.note}")
    view = await application.job_service.view(LOCAL_WORKSPACE, slot.job_id)
    [delivery] = view.deliveries
    job = view.job
    spans = (
        (job.research_started_at, job.research_finished_at),
        (job.render_started_at, job.render_finished_at),
    )
    work = sum((end - begin).total_seconds() for begin, end in spans if begin and end)
    if delivery.delivered_at is None:
        raise RuntimeError("The slot counts as posted, but its delivery has no receipt.")
    return (delivery.delivered_at - slot.due_at).total_seconds(), work


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3, choices=range(1, len(STORIES) + 1))
    sys.exit(asyncio.run(main(**vars(parser.parse_args()))))
