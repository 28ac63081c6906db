"""The benches: what they measure is a whole job against an outside world of their own."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from domain.requests import JobStatus
from evaluation.measuring import percentile, taken, until_quiet
from evaluation.peers.photographs import photograph, varied
from evaluation.peers.running import outside, running_peers
from evaluation.peers.script import Delays, request_for
from evaluation.running import finished, running_limner, watching_house

QUICK = Delays(model_s=0.02, first_token_s=0.01, search_s=0.0, page_s=0.0, picture_s=0.0)


async def test_a_bench_measures_a_whole_job_against_its_peers(tmp_path: Path) -> None:
    async with running_peers(hosts=3, delays=QUICK) as peers:
        environment = {"LIMNER_DATA_DIR": str(tmp_path / "data"), **peers.environment()}
        options = ("--watch-loop", "--count-transactions")
        async with (
            running_limner(environment, tmp_path / "pictures", *options) as limner,
            watching_house(environment) as application,
        ):
            ids = await limner.submit([request_for("Amberford")])
            jobs = await finished(application, ids, patience_s=60)
            late = await limner.order(do="lateness", **{"from": 0.0, "to": 1e12})
            transactions = await limner.order(do="transactions")
            cpu_s = taken(limner.pid).cpu_s
            view = await application.job_service.view(jobs[0].workspace_id, ids[0])
        calls = await peers.calls()
    assert [job.status for job in jobs] == [JobStatus.DONE]
    assert jobs[0].notes == ()
    assert len(view.illustrations[0].recipe.references) == 2
    assert (calls["model"], calls["search"], calls["page"]) == (
        7,
        4,
        1,
    )  # the last judges the claims
    assert outside(calls) == calls.total() - 7
    assert len(list((tmp_path / "pictures").iterdir())) == 1
    assert 0 <= late["p99_s"] <= late["max_s"]
    assert transactions > 20
    assert cpu_s > 0


async def test_a_bench_waits_until_a_process_is_quiet() -> None:
    # By processor time, so that a busy machine changes nothing.
    busy = "import time\nwhile time.process_time() < 1: pass\ntime.sleep(60)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", busy)
    try:
        await until_quiet(process.pid, look_s=1.0, patience_s=50.0)
        assert taken(process.pid, with_memory=False).cpu_s > 0.9
        began = time.monotonic()
        await until_quiet(process.pid, look_s=0.2, patience_s=0.0)
        assert time.monotonic() - began < 0.2
    finally:
        process.kill()
        await process.wait()


def test_the_pictures_of_a_bench_differ_in_their_pixels() -> None:
    plain = photograph(1, size=(120, 90))
    assert varied(plain, 0) == plain
    assert len({varied(plain, n) for n in range(200)}) == 200


def test_a_percentile_is_that_share_of_the_values() -> None:
    values = [float(n) for n in range(1001)]
    assert abs(percentile(values, 0.99) - 990) < 1
    assert percentile([], 0.99) == 0.0
