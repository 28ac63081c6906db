"""Worker processes give everything back, however their use ends, and keep to their limits."""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from agent.fetching.pages import PageReader
from agent.sandbox import pool as pools
from agent.sandbox import process as processes
from agent.sandbox.picture_decoder import DecodingPool
from agent.sandbox.pool import CannotBeRead, SandboxUnavailable, WorkerPool
from agent.sandbox.tasks import TASKS
from domain.errors import FetchFailed, UnusableReference
from evaluation.peers import hostile_feeds
from tests.fakes.web import PAGE, picture
from tests.leaks import cancel_uses_at_random
from tests.processes import children, is_running, only_later_children, until, workers

FEED = {"url": "https://x.example/f", "content_type": "text/xml"}
ENDLESS = hostile_feeds.broken_brackets()
"""A feed whose parser would work on it for minutes."""


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    opened = WorkerPool(size=2)
    yield opened
    await opened.aclose()


async def busy_worker(other_than: int = 0) -> int:
    """The process id of the only worker, once there is one."""
    await until(lambda: any(pid != other_than for pid in workers()))
    await asyncio.sleep(0.1)
    return next(pid for pid in workers() if pid != other_than)


@pytest.fixture(autouse=True)
def only_own_children() -> Iterator[None]:
    with only_later_children():
        yield


async def test_no_process_runs_before_one_is_needed(pool: WorkerPool) -> None:
    assert children() == []


async def test_workers_let_others_use_a_busy_processor_first(pool: WorkerPool) -> None:
    await PageReader(pool)(PAGE.encode(), url="https://x.example/", media_type="text/html")
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert all(os.getpriority(os.PRIO_PROCESS, pid) > own for pid in workers())
    assert workers()


async def test_uses_that_are_cancelled_at_random_leave_nothing(pool: WorkerPool) -> None:
    await cancel_uses_at_random(pool, times=100, seed=time.time_ns())


async def test_closing_ends_every_process_and_fails_every_use() -> None:
    pool = WorkerPool(size=2)
    uses = [asyncio.create_task(pool.run("feed", ENDLESS, FEED)) for _ in range(4)]
    await busy_worker()
    await pool.aclose()
    outcomes = await asyncio.gather(*uses, return_exceptions=True)
    assert all(isinstance(outcome, SandboxUnavailable) for outcome in outcomes), outcomes
    assert children() == []
    with pytest.raises(SandboxUnavailable):
        await pool.run("feed", b"", FEED)


async def test_work_without_end_is_ended_by_its_processor_time(pool: WorkerPool) -> None:
    with pytest.raises(CannotBeRead, match="takes too") as raised:
        await pool.run("feed", ENDLESS, FEED)
    assert raised.value.too_costly
    await until(lambda: pool.free_places == 2 and not workers())


async def test_work_without_end_is_ended_by_the_clock(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried = {"feed": replace(TASKS["feed"], wall_s=0.3)}
    monkeypatch.setattr(pools, "TASKS", hurried)
    with pytest.raises(CannotBeRead, match="takes too long"):
        await pool.run("feed", ENDLESS, FEED)


async def test_an_input_that_ends_its_worker_twice_is_not_tried_a_third_time(
    pool: WorkerPool,
) -> None:
    use = asyncio.create_task(pool.run("feed", ENDLESS, FEED))
    first = await busy_worker()
    os.kill(first, signal.SIGSEGV)
    second = await busy_worker(other_than=first)
    os.kill(second, signal.SIGSEGV)
    with pytest.raises(CannotBeRead, match="stops the process that reads it"):
        await use
    running = children()
    with pytest.raises(CannotBeRead, match="twice"):
        await pool.run("feed", ENDLESS, FEED)
    assert children() == running
    with pytest.raises(FetchFailed, match="no readable text"):
        await PageReader(pool)(b"<p>", url="https://x.example/", media_type="text/html")


async def test_a_worker_that_the_system_ends_once_is_replaced(pool: WorkerPool) -> None:
    decoder = DecodingPool(pool=pool)
    use = asyncio.create_task(decoder.decode(picture(1, size=(4000, 3000))))
    os.kill(await busy_worker(), signal.SIGKILL)
    assert (await use).width > 1000


async def test_a_lost_template_process_is_replaced_and_no_input_is_blamed(
    pool: WorkerPool,
) -> None:
    decoder = DecodingPool(pool=pool)
    data = picture(1)
    for _ in range(4):
        templates: list[int] = []
        while not templates:  # a worker whose template was just killed may still answer once
            await decoder.decode(data)
            templates = [pid for pid in children() if os.getpgid(pid) == pid]
        os.kill(templates[0], signal.SIGKILL)
    assert (await decoder.decode(data)).width == 320


async def test_a_worker_that_cannot_start_is_logged_with_its_reason_and_not_blamed_on_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "_COMMAND", ["-I", "-c", "import no_such_module"])
    monkeypatch.setattr(pools, "START_PAUSES_S", ())
    pool = WorkerPool(size=1)
    with capture_logs() as logs, pytest.raises(FetchFailed, match="this machine") as raised:
        await PageReader(pool)(PAGE.encode(), url="https://x.example/", media_type="text/html")
    assert raised.value.status is None
    with pytest.raises(UnusableReference, match="this machine.*try again later"):
        await DecodingPool(pool=pool).decode(picture(1))
    assert any("no_such_module" in entry.get("stderr", "") for entry in logs)
    assert pool.free_places == 1
    await pool.aclose()
    assert children() == []


async def test_workers_end_when_nobody_needs_them(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "IDLE_S", 0.2)
    await DecodingPool(pool=pool).decode(picture(1))
    await until(lambda: len(children()) == 1)
    assert (await DecodingPool(pool=pool).decode(picture(2))).width == 320


async def test_there_are_never_more_workers_than_places(pool: WorkerPool) -> None:
    decoder, reader = DecodingPool(pool=pool), PageReader(pool)
    await asyncio.gather(*(decoder.decode(picture(n)) for n in range(4)))
    page = reader(PAGE.encode(), url="https://x.example/", media_type="text/html")
    await asyncio.gather(page, *(decoder.decode(picture(n)) for n in range(8)))
    assert len(children()) <= 1 + 2


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
async def test_a_worker_keeps_the_memory_of_one_picture_for_the_next(pool: WorkerPool) -> None:
    decoder = DecodingPool(pool=pool)
    for number in range(3):
        await decoder.decode(picture(number, size=(1200, 900)))
    [worker] = workers()
    taken = taken_pages(worker)
    await decoder.decode(picture(3, size=(1200, 900)))
    assert taken_pages(worker) - taken < 200  # the picture alone has more than 1,000
    held = resident_bytes(worker)
    await until(lambda: held - resident_bytes(worker) > 2_000_000)  # but not for long


def resident_bytes(pid: int) -> int:
    """The memory that a process uses."""
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def taken_pages(pid: int) -> int:
    """How often a process was given a page of memory."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    return int(fields.rpartition(")")[2].split()[7])


async def test_workers_end_with_the_process_that_uses_them(tmp_path: Path) -> None:
    program = (
        "import asyncio, os, signal\n"
        "from agent.sandbox.pool import WorkerPool\n"
        "from tests.processes import children\n"
        "async def main():\n"
        "    pool = WorkerPool(size=1)\n"
        f"    data = {ENDLESS[:40]!r} + {ENDLESS[40:48]!r} * 600_000\n"
        f"    use = asyncio.create_task(pool.run('feed', data, {FEED!r}))\n"
        "    while len(children()) < 2:\n"
        "        await asyncio.sleep(0.01)\n"
        "    await asyncio.sleep(0.2)\n"
        "    print(*children(), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    root = Path(__file__).parent.parent.parent
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=subprocess.PIPE, cwd=root
    )
    said, _ = await process.communicate()
    left = [int(pid) for pid in said.split()]
    assert len(left) == 2
    await until(lambda: not any(is_running(pid) for pid in left))
