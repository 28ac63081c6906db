"""The cost of a page of 200 passages: ``python -m evaluation.page_bench``.

The page is asked for over HTTP at one process. ``new`` is a page whose job changed since, ``kept``
one that did not; both in milliseconds of this process's CPU for one request, client included.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp

from domain.pages import PageRef
from domain.requests import Destination, Job, JobStatus
from domain.research import Evidence, GroundedPrompt
from evaluation.peers.values import NOON, SHA, a_hop, a_request, a_source, an_illustration
from generation.export import outgoing
from jobs.services.page_links import LinkSigner, SignedPageLinks
from jobs.services.pages import PageService
from jobs.services.queries import JobReader
from storage import schema
from storage.blobs import FolderBlobStore
from storage.database import open_database
from storage.unit_of_work import SqlStore
from web.pages.members import Sessions
from web.pages.routes import PagesSite
from web.pages.site import SiteParts
from web.server import serving

PASSAGES = 200
WORKSPACE = "discord:1"


async def _fill(store: SqlStore) -> Job:
    """A job with so many passages, a source for each."""
    job = Job(
        id="JOB",
        request=a_request(workspace_id=WORKSPACE, destination=Destination("discord", "c1")),
        status=JobStatus.DONE,
        created_at=NOON,
        finished_at=NOON + timedelta(minutes=1),
    )
    texts = [f"The tower number {n} is {n} metres tall and painted red." for n in range(PASSAGES)]
    around = "Before it the road runs along the river for a while. " * 8
    sources = [
        replace(a_source(n), text=f"{around}{text} {around}", page_url=f"https://t.example/{n}")
        for n, text in enumerate(texts)
    ]
    evidence = tuple(
        Evidence(n + 1, f"How tower {n} looks", f"s{n}", text, len(around))
        for n, text in enumerate(texts)
    )
    ids = tuple(source.id for source in sources)
    async with store.workspace(WORKSPACE) as unit:
        await unit.jobs.add(job, event_key="event")
        await unit.jobs.save(job)
        await unit.research.save_hop(job.id, a_hop(source_ids=ids), sources)
        grounded = GroundedPrompt(" ".join(texts), (), evidence)
        await unit.research.save_grounding(job.id, grounded, notes=(), searched=True)
        await unit.illustrations.save(an_illustration(job, sha256=SHA))
    return job


async def _measure(times: int) -> tuple[float, float, float]:
    """Milliseconds of CPU for a new page and a kept one, and kept pages a second."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/pages.sqlite"
        await schema.upgrade(url)
        engine = open_database(url)
        store = SqlStore(engine)
        job = await _fill(store)
        jobs = JobReader(store=store, blobs=FolderBlobStore(Path(folder)), exporter=outgoing)
        signer = LinkSigner(b"k" * 32)
        links = SignedPageLinks("http://127.0.0.1", signer, lifetime=timedelta(days=1))
        site = PagesSite(
            SiteParts(
                pages=PageService(store=store, jobs=jobs, signer=signer),
                links=links,
                sessions=Sessions(signer, secure=False),
            )
        )
        path = links.address(PageRef(WORKSPACE, job.id)).removeprefix(links.base)
        async with (
            serving([], pages=site, host="127.0.0.1", port=0, trouble=lambda: None) as port,
            aiohttp.ClientSession() as session,
        ):

            async def ask() -> None:
                site.forget_rates()
                async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
                    assert answer.status == 200, answer.status  # noqa: S101 - a bench
                    await answer.read()

            async def change() -> None:
                async with store.workspace(WORKSPACE) as unit:
                    await unit.events.append(job.id, "note", {})

            await ask()
            new = await _cpu_ms(ask, times, before=change)
            kept = await _cpu_ms(ask, times)
            begun = time.perf_counter()
            for _ in range(times):
                await ask()
            rate = times / (time.perf_counter() - begun)
        await engine.dispose()
    return new, kept, rate


async def _cpu_ms(
    work: Callable[[], Awaitable[None]],
    times: int,
    *,
    before: Callable[[], Awaitable[None]] | None = None,
) -> float:
    spent = 0.0
    for _ in range(times):
        if before is not None:
            await before()
        begun = time.process_time()
        await work()
        spent += time.process_time() - begun
    return spent / times * 1000


def main() -> None:
    """Print what pages cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    new, kept, rate = asyncio.run(_measure(parser.parse_args().times))
    sys.stdout.write(
        f"passages {PASSAGES}\nnew {new:.1f} ms\nkept {kept:.1f} ms\n{rate:.0f} a second\n"
    )


if __name__ == "__main__":
    main()
