"""Measures how long an export of training data takes, and how its memory grows with the number of
jobs.

``python -m evaluation.training_bench [--jobs 10000]`` makes finished jobs with conversations and
pictures in a database of its own, exports all of them, and prints seconds, jobs a second and the
growth of the process's memory between a tenth of the jobs and all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import random
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from agent.profiles.limner import LIMNER
from agent.research.subjects import read_request
from agent.sandbox.picture_decoder import DecodingPool
from domain.illustrations import Marks
from domain.requests import Destination, JobStatus
from domain.research import Evidence, GroundedPrompt, Reference
from domain.team import Preferences, Scope
from domain.training import TrainingTurn, Trajectory
from evaluation.peers.values import (
    NOON,
    a_hop,
    a_job,
    a_recipe,
    a_request,
    a_source,
    an_illustration,
)
from storage import schema
from storage.blobs import FolderBlobStore
from storage.database import open_database
from storage.unit_of_work import SqlStore
from training.data.export import ExportSettings, export
from training.data.filters import FilterSettings

WORKSPACE = "w1"
AT_ONCE = 50
PICTURES = 400
"""Different pictures that the conversations show."""
_SYLLABLES = ("bra", "du", "el", "fen", "gor", "il", "ka", "lor", "mar", "nel", "or", "pel", "qui")
_SCENES = ("in the harbour", "on a stamp", "at night", "as a poster", "in the rain", "by a river")


async def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(await measured(Path(folder), chosen.jobs)))


async def measured(folder: Path, jobs: int) -> dict[str, float]:
    """The figures of an export of so many jobs."""
    url = f"sqlite:///{folder / 'limner.sqlite'}"
    await schema.upgrade(url)
    engine = open_database(url)
    store, blobs = SqlStore(engine), FolderBlobStore(folder / "blobs")
    decoder = DecodingPool(size=1)
    seen: dict[int, int] = {}

    def report(number: int) -> None:
        seen[number] = _memory_kib()

    try:
        await _fill(store, blobs, jobs)
        read_request("a harbour")  # word lists are read once a process
        settings = ExportSettings(
            folder / "out", LIMNER, FilterSettings("limner"), on_progress=report
        )
        began = time.perf_counter()
        card = await export(store, blobs, decoder, settings)
        seconds = time.perf_counter() - began
    finally:
        await decoder.aclose()
        await engine.dispose()
    if card.seen != jobs:
        raise RuntimeError(f"{card.seen} of {jobs} jobs were looked at")
    early = seen.get(max(1000, jobs // 10 // 1000 * 1000), 0)
    return {
        "jobs": jobs,
        "records": sum(card.parts.values()),
        "seconds": round(seconds, 1),
        "jobs_a_second": round(jobs / seconds, 1),
        "grown_mib": round((_memory_kib() - early) / 1024, 1) if early else 0.0,
        "peak_mib": round(_memory_kib() / 1024, 1),
    }


async def _fill(store: SqlStore, blobs: FolderBlobStore, jobs: int) -> None:
    chance = random.Random(1)  # noqa: S311 - made-up requests, no secret
    shown = [await blobs.put(WORKSPACE, _picture(n)) for n in range(PICTURES)]
    async with store.workspace(WORKSPACE) as unit:
        await unit.preferences.save(Scope.WORKSPACE, "", Preferences(training=True))
    for first in range(0, jobs, AT_ONCE):
        async with store.workspace(WORKSPACE) as unit:
            for n in range(first, min(first + AT_ONCE, jobs)):
                name = "".join(chance.choices(_SYLLABLES, k=4)).capitalize()
                other = "".join(chance.choices(_SYLLABLES, k=3)).capitalize()
                prompt = f"{name} meets {other} {chance.choice(_SCENES)}"
                request = a_request(
                    prompt=prompt,
                    attachments=(),
                    destination=Destination("chat", "c1"),
                    member_id=f"m{n % 50}",
                )
                job = a_job(request=request, status=JobStatus.DONE, finished_at=NOON)
                sha = shown[n % PICTURES]
                await unit.jobs.add(job, event_key=job.id)
                await unit.research.save_hop(job.id, a_hop(), [a_source(1)])
                grounded = GroundedPrompt(
                    prompt,
                    (Reference("IMG_001", sha, "its shape", name, "s1"),),
                    (Evidence(1, "It is so", "s1"),),
                )
                await unit.research.save_grounding(job.id, grounded, notes=(), searched=True)
                recipe = a_recipe(generator="qwen-image")
                marks = Marks(1.0, 1.0, None, 1.0)
                await unit.illustrations.save(
                    an_illustration(job, recipe=recipe, sha256=sha, marks=marks)
                )
                turns = _turns(prompt, name, sha)
                agent = {"profile": "limner", "model": "m"}
                await unit.trajectories.keep(
                    Trajectory(job.id, request.origin.member_id, NOON, turns, agent=agent)
                )


def _turns(prompt: str, name: str, sha: str) -> tuple[TrainingTurn, ...]:
    result = "\n".join(f"{n}. title: {name} {n}\n   snippet: {prompt} " * 4 for n in range(1, 6))
    call = json.dumps({"name": "image_search", "arguments": {"query": name}})
    search = json.dumps({"name": "search", "arguments": {"queries": [name]}})
    reference = {"img_id": "IMG_001", "note": "its shape"}
    answer = json.dumps({"gen_prompt": prompt, "reference_images": [reference]})
    return (
        TrainingTurn("system", "You prepare a picture. " * 60),
        TrainingTurn("user", prompt),
        TrainingTurn("assistant", f"<think>What is it?</think>\n<tool_call>{search}</tool_call>"),
        TrainingTurn("user", f"<tool_response>\n{result}\n</tool_response>"),
        TrainingTurn("assistant", f"<think>Look.</think>\n<tool_call>{call}</tool_call>"),
        TrainingTurn("user", "<tool_response>\nIMG_001: title: it\n</tool_response>", (sha,)),
        TrainingTurn("assistant", f"<think>Done.</think>\n<answer>{answer}</answer>"),
    )


def _picture(seed: int) -> bytes:
    image = Image.new("RGB", (300, 200), (seed % 256, seed * 7 % 256, seed * 13 % 256))
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def _memory_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    asyncio.run(main())
