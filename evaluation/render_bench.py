"""The cost of the worker beside a bare loop over diffusers, the gain of batching, and how soon it
stops.

``python -m evaluation.render_bench``: a FLUX of random weights on one thread of the processor,
large enough that a picture takes a second or two. Both sides are measured in turns in the same run,
and only their ratio is a result: the machine's speed is in both.

Unlike the other benches it measures the renderer alone, not a Limner that ``app/application.py``
wired: the question is what the worker adds to the pipeline's own time, which is 3 % at most. A
whole job's other steps (rows, judgement, delivery) cost the same for every generator, vary more
than that, and are measured by ``evaluation.embedded_bench`` and ``evaluation.research_bench``.
"""

from __future__ import annotations

import asyncio
import io
import platform
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from domain.illustrations import Recipe
from evaluation.peers.pipelines import flux
from evaluation.peers.studio import Told, planned, renderers, tiny
from generation.backends.diffusion.gpu_runner import GpuRunner
from generation.registry import Renderers

WIDTH = 6
STEPS = 12
SIDE = 256
PICTURES = 7
"""Measured for each side, after one that warms up."""
JOBS = 8
MOST_OVERHEAD = 0.03


async def overhead(application: Renderers, recipe: Recipe) -> tuple[float, float]:
    """Seconds of a picture by diffusers alone, encoded as PNG, and by the worker: the best of
    several each, since other load on the machine can only add."""
    await application.render(recipe, [], progress=Told())
    pipe = _runner(application).loaded.values()
    bare: list[float] = []
    ours: list[float] = []
    for _ in range(PICTURES):
        bare.append(await _timed(lambda: asyncio.to_thread(_alone, next(iter(pipe)), recipe)))
        ours.append(await _timed(lambda: application.render(recipe, [], progress=Told())))
    return min(bare), min(ours)


def _alone(pipe: Any, recipe: Recipe) -> bytes:
    import torch

    result = pipe(
        prompt=recipe.prompt,
        width=recipe.width,
        height=recipe.height,
        generator=torch.Generator("cpu").manual_seed(recipe.seed),
        **recipe.parameters["arguments"],
    )
    out = io.BytesIO()
    result.images[0].save(out, "PNG", compress_level=6)
    return out.getvalue()


async def throughput(application: Renderers, recipe: Recipe) -> float:
    """Jobs a minute when all of them wait at once."""
    jobs = [replace(recipe, seed=n) for n in range(JOBS)]
    await application.render(recipe, [], progress=Told())
    seconds = await _timed(
        lambda: asyncio.gather(*(application.render(j, [], progress=Told()) for j in jobs))
    )
    return JOBS / seconds * 60


async def time_to_cancel(application: Renderers, recipe: Recipe) -> float:
    """Seconds from the cancellation of a picture until the card is free for the next."""
    started = asyncio.Event()

    async def note_progress(fraction: float, preview: bytes | None = None) -> None:
        if fraction and preview is None:
            started.set()

    task = asyncio.create_task(application.render(recipe, [], progress=note_progress))
    await started.wait()
    task.cancel()
    began = time.perf_counter()
    await asyncio.gather(task, return_exceptions=True)
    await _runner(application).idle()
    return time.perf_counter() - began


async def measured(folder: Path) -> Sequence[tuple[str, str, str]]:
    """The table's rows."""
    generator = tiny("flux", folder)
    can = replace(generator.capabilities, pixels=SIDE * SIDE)
    one = renderers(replace(generator, capabilities=can))
    batched = renderers(
        replace(generator, capabilities=can, acceleration=replace(generator.acceleration, batch=4))
    )
    recipe, shared = await _recipe(one), await _recipe(batched)
    alone, ours = await overhead(one, recipe)
    single = await throughput(one, recipe)
    together = await throughput(batched, shared)
    stops = [await time_to_cancel(one, recipe) for _ in range(3)]
    await one.aclose()
    await batched.aclose()
    step = alone / STEPS
    extra = ours / alone - 1
    verdict = "within" if extra <= MOST_OVERHEAD else "over"
    return [
        ("bare diffusers, a picture", f"{alone:.3f} s", ""),
        (
            "the worker, a picture",
            f"{ours:.3f} s",
            f"{extra:+.1%}: {verdict} the {MOST_OVERHEAD:.0%} it may cost",
        ),
        ("jobs a minute, one by one", f"{single:.1f}", ""),
        ("jobs a minute, four at once", f"{together:.1f}", f"{together / single:.2f} ×"),
        (
            "time to cancel, worst of 3",
            f"{max(stops):.3f} s",
            f"{max(stops) / step:.2f} × a step of {step:.3f} s",
        ),
    ]


async def _recipe(application: Renderers) -> Recipe:
    recipe = await planned(application, seed=1)
    arguments = {**recipe.parameters["arguments"], "num_inference_steps": STEPS}
    return replace(recipe, parameters={**recipe.parameters, "arguments": arguments})


def _runner(application: Renderers) -> GpuRunner:
    runner = application.backend_context.shared["gpu_runner"]
    if not isinstance(runner, GpuRunner):
        raise TypeError("these renderers have not used a card yet")
    return runner


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "flux"
        flux(width=WIDTH).save_pretrained(folder)
        rows = asyncio.run(measured(folder))
    table = Table(title=f"Rendering, one thread of {platform.machine()}")
    for column in ("figure", "measured", "ratio"):
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
