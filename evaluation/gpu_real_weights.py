"""The presets with a model's real weights, for :mod:`evaluation.gpu_bench`: whole pictures, and how
far each preset's are from those of ``quality``.

Only weights that are here already are used; nothing is downloaded. A model and its LoRA are loaded
by the code of the product, with the arguments that a job would use.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import huggingface_hub
import numpy as np
import torch
from PIL import Image

from domain.errors import GeneratorUnavailable
from domain.illustrations import Recipe
from evaluation import gpu_measuring as measuring
from evaluation.gpu_models import Size
from generation.backend_context import BackendContext
from generation.backends.diffusion.backend import DiffusionBackend, spec_of
from generation.backends.diffusion.gpu_runner import GpuRunner
from generation.backends.diffusion.loading import load
from generation.backends.diffusion.machine import Machine
from generation.backends.diffusion.weights import Weights
from generation.catalogue import CATALOGUE
from generation.generator import Generator, Lora

_LONG: Final = (
    "A street market in the rain: lanterns over wet stones, a woman in a yellow coat buys apples, "
    "a bicycle leans on a wall, a sign above the stall says “OPEN UNTIL NINE” in white letters. "
    "Behind it, a narrow canal with two moored boats and a stone bridge."
)
PROMPTS: Final = (
    "A lighthouse on a basalt cliff at dusk, waves breaking below, a red door.",
    _LONG,
)
"""A short one and one as long as a grounded prompt's beginning."""
SAME_DB: Final = 100.0
"""The PSNR that stands for the same picture, where it would be infinite."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pictures of one preset, and what they took. ``step_s`` is the median step's, ``whole_s``
    a picture's mean with prompt and decoder."""

    images: Sequence[Image.Image]
    steps: int
    step_s: float
    tail_s: float
    whole_s: float
    first_s: float
    peak_gb: float | None


def with_weights(name: str, folders: Mapping[str, str]) -> Generator | None:
    """The catalogue's generator where its weights for requests in words are here, or over the
    folder that was named for it; None where they are not here."""
    generator = CATALOGUE[name]
    if generator.text is None:
        return None
    if name in folders:
        text = replace(generator.text, source=folders[name], revision="")
        return replace(generator, text=text, edit=None)
    is_here = Weights(None).are_here(generator.text.source, generator.text.revision)
    return replace(generator, edit=None) if is_here else None


def drawn(
    generator: Generator, preset: str, *, size: Size, machine: Machine, prompts: Sequence[str]
) -> Drawn:
    """Load with that preset and draw every prompt.

    Raises:
        GeneratorUnavailable: It cannot run so here, or its LoRA for few steps is not here.
    """
    chosen = generator.with_preset(preset)
    lora = chosen.text.distilled if chosen.text and chosen.acceleration.few_steps else None
    if lora is not None and not _is_here(lora):
        raise GeneratorUnavailable(f"its LoRA {lora.source}/{lora.file} isn't here")
    runner = GpuRunner(BackendContext(device=machine.kind))
    recipe = DiffusionBackend(chosen, runner).complete(_recipe(chosen, size, prompts[0]))
    arguments: dict[str, Any] = dict(recipe.parameters["arguments"])
    steps = int(arguments.pop("num_inference_steps"))
    measuring.reset_peak(machine.kind)
    pipe = load(spec_of(recipe), runner.weights, machine)
    began = time.monotonic()
    _timed(pipe, prompts[0], arguments, size, steps=2, machine=machine)
    first_s = time.monotonic() - began
    runs = [
        _timed(pipe, prompt, arguments, size, steps=steps, machine=machine) for prompt in prompts
    ]
    return Drawn(
        images=[image for run in runs for image in run.images],
        steps=steps,
        step_s=sorted(run.step_s for run in runs)[len(runs) // 2],
        tail_s=sum(run.tail_s for run in runs) / len(runs),
        whole_s=sum(run.whole_s for run in runs) / len(runs),
        first_s=first_s,
        peak_gb=measuring.peak_gb(machine.kind),
    )


def _timed(
    pipe: Any,
    prompt: str,
    arguments: Mapping[str, Any],
    size: Size,
    *,
    steps: int,
    machine: Machine,
) -> measuring.Timed:
    given = {"prompt": prompt, **arguments}
    return measuring.timed(pipe, given, size, steps=steps, device=machine.kind)


def _is_here(lora: Lora) -> bool:
    if (Path(lora.source) / lora.file).is_file():
        return True
    found: object = huggingface_hub.try_to_load_from_cache(
        lora.source, lora.file, revision=lora.revision or None
    )
    return isinstance(found, str)


def _recipe(generator: Generator, size: Size, prompt: str) -> Recipe:
    return Recipe(
        generator=generator.name,
        revision="",
        prompt=prompt,
        request=prompt,
        width=size[0],
        height=size[1],
        seed=measuring.SEED,
    )


def psnr_db(images: Sequence[Image.Image], references: Sequence[Image.Image]) -> float:
    """The peak signal-to-noise ratio over all pictures, in decibels; at most ``SAME_DB``."""
    errors = [
        float(np.square(_array(one) - _array(other)).mean())
        for one, other in zip(images, references, strict=True)
    ]
    error = sum(errors) / len(errors)
    return min(SAME_DB, 10 * math.log10(255**2 / error)) if error else SAME_DB


def lpips_distance(
    images: Sequence[Image.Image], references: Sequence[Image.Image]
) -> float | None:
    """The mean LPIPS distance (Zhang et al., 2018), by the package ``lpips`` with AlexNet; None
    where the package or AlexNet's weights are not here."""
    judge = _lpips()
    if judge is None:
        return None
    distances = [
        float(judge(_tensor(one), _tensor(other)))
        for one, other in zip(images, references, strict=True)
    ]
    return sum(distances) / len(distances)


@lru_cache(maxsize=1)
def _lpips() -> Any:
    backbones = Path(torch.hub.get_dir(), "checkpoints").glob("alexnet-*.pth")
    if importlib.util.find_spec("lpips") is None or not any(backbones):
        return None
    return importlib.import_module("lpips").LPIPS(net="alex", verbose=False)


def _array(image: Image.Image) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(image.convert("RGB"), dtype=np.float64)


def _tensor(image: Image.Image) -> torch.Tensor:
    values = torch.from_numpy(_array(image)).float().permute(2, 0, 1)
    return values[None] / 127.5 - 1
