"""``python -m evaluation.policy_cost_bench``: what the content policy costs, as it is wired.

Without a model: the time of the rules while requests are accepted. With a moderation service on
loopback that takes half a second: how much later the first tool is called than without it, and what
its looks at references and at the finished picture add to a whole job.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from ulid import ULID

from app import database
from app.application import open_application
from app.settings import load_settings
from app.storage_settings import PREFIX
from domain.requests import LOCAL_WORKSPACE, Destination, Request
from evaluation.peers.running import running_peers
from evaluation.peers.script import request_for
from evaluation.running import finished, running_limner, watching_house
from evaluation.tables import Row, print_table, verdict
from jobs.admission.judging import Policy

MOST_MS: Final = 5.0
MOST_LATER: Final = 1.05
JUDGE_S: Final = 0.5
PROMPTS: Final = (
    "the Golden Gate Bridge next to Tower Bridge at dawn",
    "Kinder spielen im Park, Aquarell",
    "a string quartet in a small church, candlelight, in the style of a woodcut",
    "東京タワーの夜景",
    "женщина читает книгу у окна",
    "a very long request about a harbour with cranes, ships and gulls " * 20,
)


async def rules_cost(environment: Mapping[str, str], *, rounds: int) -> list[Row]:
    """Milliseconds in the rules for each accepted request."""
    took: list[float] = []
    check = Policy.check

    def timed(self: Policy, *arguments: Any, **more: Any) -> Any:
        begun = time.perf_counter()
        try:
            return check(self, *arguments, **more)
        finally:
            took.append((time.perf_counter() - begun) * 1000)

    async with open_application(_settings(environment), work=()) as application:
        await _submit_all(application)  # the first reading of the word lists is not measured
        Policy.check = timed  # type: ignore[method-assign]
        try:
            for _ in range(rounds):
                await _submit_all(application)
        finally:
            Policy.check = check  # type: ignore[method-assign]
    took.sort()
    middle, most = statistics.median(took), took[int(len(took) * 0.99)]
    return [
        Row("rules for a request, median", f"{middle:.2f} ms", "", verdict(middle, MOST_MS)),
        Row("rules for a request, p99", f"{most:.2f} ms", "", verdict(most, MOST_MS)),
    ]


async def model_cost(environment: Mapping[str, str], folder: Path, *, jobs: int) -> list[Row]:
    """The delay of the first tool call, and of the whole job, by a judge."""
    async with running_peers(hosts=1) as peers, slow_judge() as judge:
        plain = {**environment, **peers.environment()}
        judged = {**plain, "LIMNER_MODERATION_BASE_URL": judge}
        without, bare_s = await _jobs(plain, folder, jobs=jobs)
        with_it, whole_s = await _jobs(judged, folder, jobs=jobs)
    ratio = with_it / without
    return [
        Row(
            f"first tool call, judge of {JUDGE_S} s beside the first turn",
            f"{with_it:.2f} s",
            f"{ratio:.2f} × without",
            verdict(ratio, MOST_LATER),
        ),
        Row(
            "whole job, references and picture judged after one another",
            f"{whole_s:.2f} s",
            f"{whole_s / bare_s:.2f} × without",
        ),
    ]


@asynccontextmanager
async def slow_judge() -> AsyncGenerator[str]:
    """A moderation service that finds nothing; gives its address."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(JUDGE_S)
        result = {"flagged": False, "categories": {"sexual": False}}
        scores = {"category_scores": {"sexual": 0.0}}
        return web.json_response({"id": "m", "model": "m", "results": [{**result, **scores}]})

    app = web.Application(client_max_size=20_000_000)
    app.router.add_post("/v1/moderations", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/v1"
    finally:
        await runner.cleanup()


async def _jobs(environment: Mapping[str, str], folder: Path, *, jobs: int) -> tuple[float, float]:
    """Median seconds from acceptance to the first tool call, and to the end, one job at a time."""
    firsts: list[float] = []
    wholes: list[float] = []
    async with (
        watching_house(environment) as application,
        running_limner(environment, folder) as limner,
    ):
        for number in range(jobs + 1):
            name = f"Alder{ULID()}"[:12] + str(number)
            [job] = await finished(
                application, await limner.submit([request_for(name)]), patience_s=120
            )
            events = [e async for e in application.job_service.follow(LOCAL_WORKSPACE, job.id)]
            first = next(e.at for e in events if e.kind == "hop_started")
            if number:  # the first job warms everything up
                firsts.append((first - job.created_at).total_seconds())
                wholes.append(((job.finished_at or first) - job.created_at).total_seconds())
    return statistics.median(firsts), statistics.median(wholes)


async def _submit_all(application: Any) -> None:
    for prompt in PROMPTS:
        request = Request.checked(
            prompt,
            workspace_id=LOCAL_WORKSPACE,
            member_id="bench",
            destination=Destination("terminal", "bench"),
        )
        await application.job_service.submit(request, event_key=str(ULID()))


def _settings(environment: Mapping[str, str]) -> Any:
    return load_settings(**{k.removeprefix(PREFIX).lower(): v for k, v in environment.items()})


async def measured(folder: Path, *, rounds: int, jobs: int) -> list[Row]:
    """All figures."""
    environment = {
        "LIMNER_DATA_DIR": str(folder / "data"),
        "LIMNER_DATABASE_URL": f"sqlite:///{folder / 'limner.sqlite'}",
    }
    await database.upgrade(_settings(environment))
    found = await rules_cost(environment, rounds=rounds)
    second = {
        "LIMNER_DATA_DIR": str(folder / "jobs"),
        "LIMNER_DATABASE_URL": f"sqlite:///{folder / 'jobs.sqlite'}",
        "LIMNER_SEARCH_CACHE_HOURS": "0",
    }
    await database.upgrade(_settings(second))
    return [*found, *await model_cost(second, folder / "pictures", jobs=jobs)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(measured(Path(folder), rounds=asked.rounds, jobs=asked.jobs))
    print_table("What the content policy costs", rows)


if __name__ == "__main__":
    main()
