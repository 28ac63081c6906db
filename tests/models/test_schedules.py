"""Every distilled model of the catalogue runs on the schedule of its authors' own example: the
sigmas are read from the pipeline when it asks its model for the first time."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from evaluation.peers.studio import ARGUMENTS, Told, planned, renderers, tiny
from generation.catalogue import CATALOGUE
from generation.generator import Model
from tests.fakes.web import picture

if TYPE_CHECKING:
    from evaluation.peers.tiny_models import TinyModels

pytestmark = pytest.mark.usefixtures("small_conditions")
SHIFT_3 = {4: (1, 0.9, 0.75, 0.5, 0), 8: (1, 0.9545, 0.9, 0.8333, 0.75, 0.6429, 0.5, 0.3, 0)}
"""Evenly spaced sigmas s after 3 s / (1 + 2 s)."""
DYNAMIC: Mapping[str, Any] = {
    "base_image_seq_len": 256,
    "max_image_seq_len": 4096,
    "base_shift": 0.5,
    "max_shift": 1.15,
    "shift": 3.0,
    "use_dynamic_shifting": True,
}


def shifted(mu: float, steps: int) -> Sequence[float]:
    """Evenly spaced sigmas after FLUX's time shift."""
    even = np.linspace(1, 0, steps + 1)[:-1]
    return [*(math.exp(mu) / (math.exp(mu) + 1 / t - 1) for t in even), 0]


@dataclass(frozen=True)
class Case:
    """A distilled model, the tiny one that stands in for it, and the scheduler's configuration as
    its model publishes it."""

    name: str
    family: str
    sigmas: Sequence[float]
    scheduler: Mapping[str, Any] = field(default_factory=dict[str, Any])
    edits: bool = False
    timesteps: Sequence[float] = ()

    @property
    def model(self) -> Model:
        generator = CATALOGUE[self.name]
        model = generator.edit if self.edits else generator.text
        assert model is not None
        return model


QWEN = {
    "base_image_seq_len": 256,
    "max_image_seq_len": 8192,
    "base_shift": 0.5,
    "max_shift": 0.9,
    "shift": 1.0,
    "shift_terminal": 0.02,
    "time_shift_type": "exponential",
    "use_dynamic_shifting": True,
}
KLEIN = shifted(2.2912, 4)
"""mu of 4,096 patches and 4 steps in black-forest-labs/flux2's ``get_schedule``."""
CASES = (
    # ModelTC/Qwen-Image-Lightning, generate_with_diffusers.py: shift 3, no terminal.
    Case("qwen-image", "qwen-image", SHIFT_3[8], QWEN),
    Case("qwen-image", "qwen-edit", SHIFT_3[4], QWEN, edits=True),
    Case("qwen-image-2512", "qwen-image", SHIFT_3[4], QWEN),
    Case("qwen-image-2512", "qwen-edit", SHIFT_3[4], QWEN, edits=True),
    # black-forest-labs/flux, get_schedule: schnell is not shifted, dev is by 1.15 at 1024².
    Case("flux1-schnell", "flux", (1, 0.75, 0.5, 0.25, 0), {"shift": 1.0}),
    Case("flux1-dev", "flux", shifted(1.15, 8), DYNAMIC),
    Case("flux2-klein-4b", "flux2", KLEIN, DYNAMIC),
    Case("flux2-klein-4b", "flux2", KLEIN, DYNAMIC, edits=True),
    Case("flux2-klein-9b", "flux2", KLEIN, DYNAMIC),
    Case("flux2-klein-9b", "flux2", KLEIN, DYNAMIC, edits=True),
    # The card's 8 evaluations, which are 8 steps since huggingface/diffusers' pull request 13730.
    Case("z-image-turbo", "z-image", SHIFT_3[8], {"shift": 3.0}),
    # krea-ai/krea-2: --steps 8 --cfg 0.0 --mu 1.15, at every size.
    Case("krea-2-turbo", "krea2", shifted(1.15, 8), DYNAMIC),
    # baidu/ERNIE-Image: 8 steps of its diffusers pipeline, whose scheduler has the shift.
    Case("ernie-image-turbo", "ernie", SHIFT_3[8], {"shift": 3.0}),
    # ByteDance/SDXL-Lightning: Euler with trailing timesteps.
    Case(
        "sdxl",
        "sdxl",
        (),
        {"timestep_spacing": "leading", "steps_offset": 1},
        timesteps=(999, 874, 749, 624, 499, 374, 249, 124),
    ),
)


class _AskedError(Exception):
    """The pipeline asks its model: the schedule is set."""


def folder_of(case: Case, models: TinyModels, folder: Path) -> Path:
    """The tiny model with the published configuration of its scheduler."""
    place = folder / case.family
    shutil.copytree(models[case.family], place)
    config = place / "scheduler" / "scheduler_config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), **case.scheduler}))
    return place


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.name}{'-edit' if c.edits else ''}")
async def test_a_distilled_model_runs_on_the_schedule_that_it_was_trained_on(
    case: Case, models: TinyModels, tmp_path: Path
) -> None:
    from generation.backends.diffusion.backend import spec_of
    from generation.backends.diffusion.loading import denoiser, load

    generator = tiny(case.family, folder_of(case, models, tmp_path))
    lora = case.model.distilled
    few = {**case.model.arguments, **(lora.arguments if lora else {})}
    small = {k: v for k, v in ARGUMENTS[case.family].items() if k not in few}
    model = Model(str(tmp_path / case.family), arguments={**few, **small})
    wanted = replace(
        generator,
        text=None if case.edits else model,
        edit=model if case.edits else None,
    )
    application = renderers(wanted)
    recipe = await planned(application, references=int(case.edits))
    parameters = {**recipe.parameters, "scheduler_changes": dict(lora.scheduler) if lora else {}}
    recipe = replace(recipe, parameters=parameters, width=1024, height=1024)
    studio: Any = application._backend(case.family)  # pyright: ignore[reportPrivateUsage]
    runner = studio._runner
    pipe = load(spec_of(recipe), runner.weights, runner.machine)
    runner._models[spec_of(recipe).key] = pipe
    timesteps: list[Any] = []

    def asked(*_args: Any, **_kwargs: Any) -> Any:
        timesteps.append(pipe.scheduler.timesteps)
        raise _AskedError

    denoiser(pipe).forward = asked
    references = [picture(1, size=(1024, 1024), kind="PNG")] if case.edits else []
    with pytest.raises(_AskedError):
        await application.render(recipe, references, progress=Told())
    await application.aclose()
    assert len(timesteps[0]) == few["num_inference_steps"]
    if case.timesteps:
        assert [round(float(t)) for t in timesteps[0]] == list(case.timesteps)
    else:
        assert [float(s) for s in pipe.scheduler.sigmas] == pytest.approx(case.sigmas, abs=6e-4)
    if "guidance_scale" in few:
        assert pipe.guidance_scale == few["guidance_scale"]


def test_every_distilled_model_of_the_catalogue_is_compared() -> None:
    distilled = {
        (generator.name, edits)
        for generator in CATALOGUE.values()
        for edits, model in ((False, generator.text), (True, generator.edit))
        if model is not None and (model.is_distilled or model.distilled is not None)
    }
    assert {(case.name, case.edits) for case in CASES} == distilled


def test_every_model_names_the_pipeline_that_runs_it_and_its_way_to_read_prompts_is_known() -> None:
    import diffusers

    from generation.backends.diffusion.prompt_tokens import FAMILIES, UNCUT

    top = Path(str(diffusers.__file__)).parent / "pipelines"
    for generator in CATALOGUE.values():
        for model in filter(None, (generator.text, generator.edit)):
            source = (top / f"{model.pipeline}.py").read_text("utf-8")
            assert any(f"class {name}(" in source for name in (*FAMILIES, *UNCUT)), model.source
