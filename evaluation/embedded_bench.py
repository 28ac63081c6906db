"""``python -m evaluation.embedded_bench``: many jobs on one machine, by one process and by two.

Each job is six hops in the local library and a storyboard, so that what remains is Limner's own
time. It is related to the same searches and the same board done by plain calls in this run: no
queue, no step, no row of a job.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from app import database
from app.generators import offered_generators
from app.settings import load_settings
from app.wiring import Application
from domain.requests import LOCAL_WORKSPACE, Job
from domain.research import SourceKind
from evaluation.databases import postgres
from evaluation.measuring import watched
from evaluation.running import Limner, finished, lost, running_limner, watching_house
from evaluation.tables import Row, print_table, verdict
from generation.registry import Renderers
from storage.library import SqlLibrary

JOBS = 200
HOPS = 6
STARTS = 20
BARE = 10
MOST_S = 60.0
MOST_SLOWER = 1.0
PATIENCE_S = 600.0
SUBJECTS = ("Amber Bridge", "Birch Tower", "Cedar Palace", "Dune Temple", "Elm Harbour")
PROMPT = f"{', '.join(SUBJECTS[:-1])} and {SUBJECTS[-1]}"
PLAIN = "a red cube"


async def embedded_figures(
    kind: str, environment: Mapping[str, str], folder: Path, *, jobs: int
) -> list[Row]:
    """The figures of one database, which ``environment`` names."""
    one_s, rows = await _one_process(kind, environment, folder, jobs=jobs)
    async with _working(environment, folder, processes=2) as (application, limners):
        two_s, _ = await _many(application, limners, jobs=jobs)
    rows.append(
        Row(
            f"{jobs} jobs of {HOPS} hops, two processes, {kind}",
            f"{two_s:.1f} s",
            f"{two_s / one_s:.2f} × one process",
            verdict(two_s / one_s, MOST_SLOWER),
        )
    )
    return rows


async def _one_process(
    kind: str, environment: Mapping[str, str], folder: Path, *, jobs: int
) -> tuple[float, list[Row]]:
    async with _working(environment, folder, processes=1) as (application, limners):
        for subject in SUBJECTS:
            text = f"{subject} is built of red stone and 100 metres high."
            await application.library.add_item(
                LOCAL_WORKSPACE, kind=SourceKind.PAGE, title=subject, text=text
            )
        plain = [await _one(application, limners[0]) for _ in range(STARTS)]
        async with watched(limners[0].pid) as found:
            wall_s, together = await _many(application, limners, jobs=jobs)
        late = await limners[0].order(
            do="lateness", **{"from": found.began_at, "to": found.ended_at}
        )
        bare_s = await bare_job(application)
    starts = [_s(job, "created_at", "research_started_at") for job in plain]
    whole = statistics.median(_s(job, "created_at", "finished_at") for job in plain)
    return wall_s, [
        Row(
            f"from acceptance to start, p50 / max, {kind}",
            f"{statistics.median(starts):.3f} / {max(starts):.3f} s",
        ),
        Row(
            f"a job without search, {kind}", f"{whole:.3f} s", f"{whole / bare_s:.1f} × bare calls"
        ),
        Row(
            f"{jobs} jobs of {HOPS} hops, one process, {kind}",
            f"{wall_s:.1f} s",
            f"{wall_s / jobs / bare_s:.1f} × the bare calls of {bare_s * 1000:.0f} ms, each; "
            f"{len(lost(together))} lost",
            verdict(wall_s, MOST_S * jobs / JOBS),
        ),
        Row(
            f"{jobs} jobs: processor, memory, loop late p99 / max, {kind}",
            f"{found.cpu_s:.1f} s, {found.pss_mib:.0f} MiB, "
            f"{late['p99_s'] * 1000:.0f} / {late['max_s'] * 1000:.0f} ms",
            f"{found.cpu_s / jobs / bare_s:.1f} × the bare calls' time",
        ),
    ]


@asynccontextmanager
async def _working(
    environment: Mapping[str, str], folder: Path, *, processes: int
) -> AsyncGenerator[tuple[Application, Sequence[Limner]]]:
    pictures = folder / "pictures"
    async with AsyncExitStack() as stack:
        application = await stack.enter_async_context(watching_house(environment))
        limners = [
            await stack.enter_async_context(running_limner(environment, pictures, "--watch-loop"))
            for _ in range(processes)
        ]
        yield application, limners


async def _one(application: Application, limner: Limner) -> Job:
    ids = await limner.submit([PLAIN])
    return (await finished(application, ids, patience_s=60.0))[0]


async def _many(
    application: Application, limners: Sequence[Limner], *, jobs: int
) -> tuple[float, Sequence[Job]]:
    """Seconds from the first acceptance to the last delivery, with every process taking its share
    of the requests."""
    share = jobs // len(limners)
    asked = await asyncio.gather(*(limner.submit([PROMPT] * share) for limner in limners))
    found = await finished(application, [i for ids in asked for i in ids], patience_s=PATIENCE_S)
    for job in lost(found)[:3]:
        print(f"lost: {job.id} {job.status.value} {job.error or ''}")
    begun = min(job.created_at for job in found)
    ended = max(job.finished_at or job.created_at for job in found)
    return (ended - begun).total_seconds(), found


async def bare_job(application: Application) -> float:
    """Seconds of the searches and the board of one job by plain calls; the median of several."""
    library = SqlLibrary(application.database)
    settings = application.settings
    renderers = Renderers(default=settings.generator, offered=offered_generators(settings))
    newest = await application.job_service.recent(LOCAL_WORKSPACE, limit=1)
    view = await application.job_service.view(LOCAL_WORKSPACE, newest[0].id)
    recipe = view.illustrations[0].recipe
    times: list[float] = []

    async def silent(fraction: float, preview: bytes | None = None) -> None:
        del fraction, preview

    for _ in range(BARE + 1):
        began = time.perf_counter()
        for subject in SUBJECTS:
            await library.search(LOCAL_WORKSPACE, subject, kind=SourceKind.PAGE, limit=6)
            await library.search(LOCAL_WORKSPACE, subject, kind=SourceKind.PICTURE, limit=8)
        await renderers.render(recipe, [], progress=silent)
        times.append(time.perf_counter() - began)
    await renderers.aclose()
    return statistics.median(times[1:])


def _s(job: Job, first: str, last: str) -> float:
    return float((getattr(job, last) - getattr(job, first)).total_seconds())


async def measured(*, jobs: int, with_postgres: bool) -> list[Row]:
    """All figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        common = {"LIMNER_SEARCH_PROVIDERS": "library"}
        sqlite = {**common, "LIMNER_DATA_DIR": str(folder / "sqlite")}
        rows = await embedded_figures("SQLite", sqlite, folder, jobs=jobs)
        if with_postgres:
            with postgres() as server:
                address, data = server.new_database(), folder / "pg"
                settings = load_settings(data_dir=data, database_url=address)
                await database.upgrade(settings)
                served = {
                    **common,
                    "LIMNER_DATA_DIR": str(data),
                    "LIMNER_DATABASE_URL": address,
                }
                rows += await embedded_figures("Postgres", served, folder, jobs=jobs)
        return rows


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    rows = asyncio.run(measured(jobs=asked.jobs, with_postgres=asked.postgres))
    print_table("Embedded jobs", rows)


if __name__ == "__main__":
    main()
