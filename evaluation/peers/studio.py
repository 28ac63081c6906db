"""Generators over tiny models, and the recipes and pictures that tests make with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from domain.illustrations import Recipe
from domain.requests import AspectRatio
from domain.research import GroundedPrompt, Reference
from evaluation.peers.values import SHA, a_request
from generation.backend_context import BackendContext
from generation.catalogue import CATALOGUE
from generation.generator import Generator, Model
from generation.presets import PRESETS
from generation.registry import Renderers

STEPS = 3
ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "sdxl": {"guidance_scale": 5.0, "negative_prompt": "blurry"},
    "flux": {"guidance_scale": 3.5, "max_sequence_length": 48},
    "flux2": {"text_encoder_out_layers": (1, 2, 3), "max_sequence_length": 64},
    "qwen-image": {"true_cfg_scale": 2.0, "negative_prompt": " "},
    "qwen-edit": {"true_cfg_scale": 2.0, "negative_prompt": " "},
    "qwen-2.1": {"output_resolution": 64},
    "z-image": {"guidance_scale": 0.0},
    "longcat": {"guidance_scale": 4.5, "enable_prompt_rewrite": False},
    "longcat-edit": {"guidance_scale": 4.5},
    "ovis": {"guidance_scale": 5.0, "negative_prompt": ""},
    "krea2": {"guidance_scale": 0.0, "max_sequence_length": 64},
    "ernie": {"guidance_scale": 4.0, "use_pe": False},
    "upscaler": {"guidance_scale": 5.0, "noise_level": 10},
}
EDITS = ("flux2", "qwen-edit", "qwen-2.1", "longcat-edit", "upscaler")
ONLY_EDITS = ("qwen-edit", "longcat-edit", "upscaler")


def tiny(family: str, folder: Path, *, preset: str = "quality", **choices: Any) -> Generator:
    """A generator over that family's tiny model, with 64 × 64 pixels and three steps."""
    model = Model(str(folder), arguments={"num_inference_steps": STEPS, **ARGUMENTS[family]})
    base = CATALOGUE["sd-upscaler" if family == "upscaler" else "qwen-image"]
    can = replace(
        base.capabilities,
        name=family,
        pixels=64 * 64,
        best_sizes={},
        edit_pixels=0,
        min_side=16,
        max_references=(1 if family == "longcat-edit" else 3) if family in EDITS else 0,
        memory_gb=0,
    )
    return replace(
        base,
        capabilities=can,
        text=None if family in ONLY_EDITS else model,
        edit=model if family in EDITS else None,
        preset=preset,
        acceleration=PRESETS[preset].with_choices(choices),
    )


@dataclass
class Told:
    """Keeps the progress of a render."""

    fractions: list[float] = field(default_factory=list[float])
    previews: list[bytes] = field(default_factory=list[bytes])

    async def __call__(self, fraction: float, preview: bytes | None = None) -> None:
        """Take note."""
        self.fractions.append(fraction)
        if preview is not None:
            self.previews.append(preview)


def renderers(*generators: Generator, device: str = "cpu", **backend_context: Any) -> Renderers:
    """Renderers over these generators, on one thread where the device is the processor."""
    return Renderers(
        default=generators[0].name,
        offered=generators,
        backend_context=BackendContext(device=device, threads=1, **backend_context),
    )


async def planned(
    application: Renderers,
    *,
    generator: str | None = None,
    seed: int = 1,
    prompt: str = "a red cat",
    references: int = 0,
    aspect: str = "1:1",
) -> Recipe:
    """A recipe, as a job would plan it."""
    name = generator or application.offered[0].name
    await application.prepare(name)
    known: Sequence[Reference] = [
        Reference(f"IMG_{n:03d}", SHA, "n", f"T{n}") for n in range(1, references + 1)
    ]
    request = a_request(aspect=AspectRatio.parse(aspect), attachments=())
    grounded = GroundedPrompt(prompt, tuple(known))
    return application.plan(request, grounded, (), generator=name, seed=seed)
