"""Judges over models are asked a few things at once: what waits for them runs into no time limit,
and holds no place of a renderer."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from agent.policy.queued import MOST_WAITING, JudgeQueue
from agent.sandbox.picture_decoder import DecodingPool
from app.application import open_application
from app.judges import configured_judges
from app.settings import Settings, load_settings
from domain.errors import ModelUnavailable
from domain.policy import JudgedText, Verdict
from domain.requests import LOCAL_WORKSPACE, Destination, JobStatus, Request

ANSWER_S = 0.2


@asynccontextmanager
async def serving(answer: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncGenerator[str]:
    """A moderation service that answers so; gives its address."""
    app = web.Application(client_max_size=64_000_000)
    app.router.add_post("/v1/moderations", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/v1"
    finally:
        await runner.cleanup()


async def test_what_waits_for_a_slow_judge_is_judged_and_not_given_up() -> None:
    free = asyncio.Semaphore(2)
    busy = most = 0

    async def answer(_request: web.Request) -> web.Response:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        async with free:
            await asyncio.sleep(ANSWER_S)
        busy -= 1
        result: dict[str, Any] = {"flagged": False, "categories": {}, "category_scores": {}}
        return web.json_response({"id": "modr-1", "model": "omni", "results": [result]})

    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(answer))
        decoder = DecodingPool(size=1)
        stack.push_async_callback(decoder.aclose)
        # Asked all at once, the last one would be answered after 40 × 0.2 / 2 = 4 seconds.
        settings = Settings(
            moderation_base_url=url, judge_timeout_s=2.0, judge_concurrency=2, model_judges=False
        )
        [judge] = configured_judges(settings, stack, decoder).texts
        asked = [judge.judge_text(JudgedText(f"a cat {number}")) for number in range(40)]
        assert await asyncio.gather(*asked) == [Verdict()] * 40
    assert most <= 2


async def test_a_picture_is_drawn_while_another_one_is_judged(tmp_path: Path) -> None:
    """There is one place for drawing; the judge of pictures does not answer at first."""
    let_go = asyncio.Event()
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        if "image_url" in await request.text():
            asked += 1
            await let_go.wait()
        result: dict[str, Any] = {"flagged": False, "categories": {}, "category_scores": {}}
        return web.json_response({"id": "modr-1", "model": "omni", "results": [result]})

    async with serving(answer) as url:
        settings = load_settings(
            data_dir=str(tmp_path / "data"),
            moderation_base_url=url,
            generation_concurrency="1",
            search_providers="library",
        )
        async with open_application(settings) as application:
            jobs = [
                await application.job_service.submit(
                    Request.checked(
                        f"a red cube, number {number}",
                        workspace_id=LOCAL_WORKSPACE,
                        member_id=f"m{number}",
                        destination=Destination(
                            "terminal", platform.node(), str(tmp_path / f"{number}.png")
                        ),
                    ),
                    event_key=f"judged:{number}",
                )
                for number in range(3)
            ]
            async with asyncio.timeout(120):
                while asked < 3:  # noqa: ASYNC110 - it has no event of its own
                    await asyncio.sleep(0.02)
                let_go.set()
                for job in jobs:
                    view = application.job_service.view
                    while not (await view(LOCAL_WORKSPACE, job.id)).job.status.final:  # noqa: ASYNC110
                        await asyncio.sleep(0.02)
            views = [await application.job_service.view(LOCAL_WORKSPACE, job.id) for job in jobs]
    assert [view.job.status for view in views] == [JobStatus.DONE] * 3


async def test_a_judgement_that_is_cancelled_while_it_waits_takes_no_place() -> None:
    queue = JudgeQueue(1)

    async def judge() -> None:
        async with queue.place():
            await asyncio.Event().wait()

    first, *others = (asyncio.create_task(judge()) for _ in range(3))
    await asyncio.sleep(0)
    for task in (*others, first):
        task.cancel()
    await asyncio.gather(first, *others, return_exceptions=True)
    async with asyncio.timeout(60), queue.place():
        pass


async def test_there_is_an_end_to_how_many_wait() -> None:
    queue = JudgeQueue(1)

    async def judge() -> None:
        async with queue.place():
            await asyncio.Event().wait()

    waiting = [asyncio.create_task(judge()) for _ in range(MOST_WAITING + 1)]
    await asyncio.sleep(0)
    with pytest.raises(ModelUnavailable, match="too many"):
        async with queue.place():
            pass
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
