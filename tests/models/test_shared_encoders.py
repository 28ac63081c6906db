"""Text encoders that two models have in common: in memory once, also while one model makes room for
the other, and whatever LoRA the denoisers have."""

from __future__ import annotations

import importlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from evaluation.peers.studio import Told, planned, renderers, tiny
from generation.generator import Generator, Lora
from generation.registry import Renderers
from tests.models.test_diffusion import a_lora, pipe_of

if TYPE_CHECKING:
    from evaluation.peers.tiny_models import TinyModels

PARTS = ("text_encoder", "text_encoder_2")


@pytest.fixture
def twins(models: TinyModels, tmp_path: Path) -> list[Path]:
    """Two models with the same text encoders, named by their content as in the hub's cache."""
    folders = [tmp_path / "one", tmp_path / "two"]
    (tmp_path / "blobs").mkdir()
    for folder in folders:
        shutil.copytree(models["flux"], folder)
        for part in PARTS:
            file = folder / part / "model.safetensors"
            file.replace(tmp_path / "blobs" / part)
            file.symlink_to(tmp_path / "blobs" / part)
    return folders


def named(folder: Path, name: str, lora: Lora | None = None) -> Generator:
    generator = tiny("flux", folder)
    assert generator.text is not None
    return replace(
        generator,
        capabilities=replace(generator.capabilities, name=name),
        text=replace(generator.text, lora=lora),
    )


async def draw(application: Renderers, name: str) -> Any:
    """The encoders that were used."""
    await application.render(await planned(application, generator=name), [], progress=Told())
    return pipe_of(application)


async def test_a_model_that_makes_room_leaves_its_encoders_to_the_next(twins: list[Path]) -> None:
    application = renderers(named(twins[0], "one"), named(twins[1], "two"), models_loaded=1)
    first = await draw(application, "one")
    encoders = [getattr(first, part) for part in PARTS]
    transformer = first.transformer
    del first
    second = await draw(application, "two")
    assert [getattr(second, part) for part in PARTS] == encoders
    assert second.transformer is not transformer
    await application.aclose()


@pytest.mark.parametrize("changes_encoders", [False, True])
async def test_a_lora_of_the_denoiser_alone_leaves_the_encoders_shared(
    models: TinyModels, twins: list[Path], tmp_path: Path, changes_encoders: bool
) -> None:
    torch_files: Any = importlib.import_module("safetensors.torch")

    lora = replace(a_lora(tmp_path / "lora", models), arguments={}, scheduler={})
    if changes_encoders:
        path = Path(lora.source) / lora.file
        values = torch_files.load_file(path)
        layer = "text_encoder.text_model.encoder.layers.0.self_attn.q_proj"
        for side, shape in (("A", (2, 32)), ("B", (32, 2))):
            values[f"{layer}.lora_{side}.weight"] = next(iter(values.values())).new_ones(shape)
        torch_files.save_file(values, path)
    application = renderers(named(twins[0], "one"), named(twins[1], "two", lora))
    first = await draw(application, "one")
    second = await draw(application, "two")
    shared = [getattr(first, part) is getattr(second, part) for part in PARTS]
    assert shared == [not changes_encoders] * 2
    await application.aclose()
