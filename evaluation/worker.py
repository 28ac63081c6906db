"""``python -m evaluation.worker``: the process that the benches measure.

It does what ``limner run`` does, by the same wiring and with the settings of its environment, and
beside that obeys orders on its standard input, one JSON object a line:

- ``{"do": "submit", "prompts": [...]}`` accepts jobs as a chat does, each of another member, and
  answers with their ids;
- ``{"do": "lateness", "from": T, "to": T}`` answers how late the event loop was between two moments
  (seconds since 1970): the 99th percentile and the most, in seconds; it is written down when it was
  started with ``--watch-loop``;
- ``{"do": "transactions"}`` answers how many transactions this process made on SQLite so far; they
  are counted when it was started with ``--count-transactions``.

It ends when its input does.
"""

from __future__ import annotations

import asyncio
import gc
import json
import platform
import sys
from pathlib import Path
from typing import Any

from ulid import ULID

from app.application import EVERYTHING, open_application
from app.cli.edge import COLLECT_EVERY
from app.settings import load_settings
from app.wiring import Application
from domain.requests import LOCAL_WORKSPACE, Destination, Request
from evaluation.measuring import LoopWatch, percentile
from evaluation.transactions import count_transactions


async def work(*, counting: bool, watching: bool) -> None:
    """Work on every queue and obey orders until the input ends."""
    transactions = count_transactions() if counting else None
    settings = load_settings()
    watch = LoopWatch()
    async with (
        open_application(settings, work=EVERYTHING, serve=True) as application,
        asyncio.TaskGroup() as on,
    ):
        looking = on.create_task(watch.run(), name="watch the loop") if watching else None
        orders = await _standard_input()
        print(json.dumps({"ready": True}), flush=True)
        try:
            while line := await orders.readline():
                order: dict[str, Any] = json.loads(line)
                match order["do"]:
                    case "submit":
                        reply: Any = await submit(
                            application, order["prompts"], Path(order["folder"])
                        )
                    case "lateness":
                        late = watch.late_s(order["from"], order["to"])
                        reply = {"p99_s": percentile(late, 0.99), "max_s": max(late, default=0.0)}
                    case "transactions":
                        reply = transactions.count if transactions is not None else 0
                    case other:
                        raise ValueError(f"there is no order {other!r}")
                print(json.dumps(reply), flush=True)
        finally:
            if looking is not None:
                looking.cancel()


async def submit(application: Application, prompts: list[str], folder: Path) -> list[str]:
    """Accept a job for each prompt, all at once, each of a member of its own; gives their ids."""

    async def one(prompt: str) -> str:
        out = str(folder / f"{ULID()}.png")
        request = Request.checked(
            prompt,
            workspace_id=LOCAL_WORKSPACE,
            member_id=f"m-{ULID()}",
            destination=Destination("terminal", platform.node(), out),
            seed=1,
        )
        return (await application.job_service.submit(request, event_key=str(ULID()))).id

    return list(await asyncio.gather(*(one(prompt) for prompt in prompts)))


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    return reader


if __name__ == "__main__":
    gc.set_threshold(COLLECT_EVERY, *gc.get_threshold()[1:])  # as every command does
    asyncio.run(
        work(counting="--count-transactions" in sys.argv, watching="--watch-loop" in sys.argv)
    )
