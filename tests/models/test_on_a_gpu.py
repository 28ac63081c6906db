"""What only a GPU shows: the presets, repeats, full memory and overflows on CUDA, with tiny models.
All of it is skipped where there is none."""

from __future__ import annotations

import importlib.util
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from domain.errors import RenderFailed
from domain.illustrations import Picture, Recipe
from evaluation.peers.studio import ARGUMENTS, EDITS, Told, planned, renderers, tiny
from evaluation.peers.values import SHA, a_recipe
from generation.registry import Renderers
from tests.fakes.web import picture

if TYPE_CHECKING:
    from evaluation.peers.tiny_models import TinyModels

FAMILIES = tuple(ARGUMENTS)
REFERENCES = [picture(n, size=(96, 64), kind="PNG") for n in (1, 2)]


@pytest.fixture(scope="module", autouse=True)
def gpu() -> Iterator[Any]:
    """torch, where it has a GPU; its whole memory may be used again afterwards."""
    torch: Any = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA GPU here")
    yield torch
    torch.cuda.set_per_process_memory_fraction(1.0)


pytestmark = pytest.mark.usefixtures("gpu", "small_conditions")


def on_gpu(models: TinyModels, family: str, **choices: Any) -> Renderers:
    return renderers(tiny(family, models[family], **choices), device="cuda")


async def recipe_of(application: Renderers, family: str) -> tuple[Recipe, list[bytes]]:
    if family == "upscaler":
        await application.prepare(None)
        return application.plan_upscale(a_recipe(), SHA, size=(96, 64), factor=2), REFERENCES[:1]
    references = REFERENCES if family in EDITS else []
    return await planned(application, references=len(references)), list(references)


def pipe_of(application: Renderers) -> Any:
    runner: Any = application.backend_context.shared["gpu_runner"]
    return next(iter(runner.loaded.values()))


def values(drawn: Picture) -> Any:
    with Image.open(io.BytesIO(drawn.data)) as image:
        return np.asarray(image).astype(int)


@pytest.mark.parametrize("family", FAMILIES)
async def test_every_family_repeats_itself_on_a_gpu(models: TinyModels, family: str) -> None:
    application = on_gpu(models, family)
    recipe, references = await recipe_of(application, family)
    first = await application.render(recipe, references, progress=Told())
    again = await application.render(recipe, references, progress=Told())
    await application.aclose()
    fresh = on_gpu(models, family)
    loaded_again = await fresh.render(recipe, references, progress=Told())
    await fresh.aclose()
    assert recipe.device.startswith("cuda ")
    assert recipe.parameters["acceleration"]["dtype"] == "bfloat16"
    assert first.data == again.data == loaded_again.data
    assert first.gpu_s > 0


@pytest.mark.parametrize("family", ["flux", "flux2", "qwen-image", "z-image", "sdxl"])
async def test_the_same_seed_begins_alike_on_every_device(models: TinyModels, family: str) -> None:
    on_processor = renderers(tiny(family, models[family], dtype="float32"))
    recipe, references = await recipe_of(on_processor, family)
    one = await on_processor.render(recipe, references, progress=Told())
    application = on_gpu(models, family, dtype="float32")
    two = await application.render(recipe, references, progress=Told())
    await on_processor.aclose()
    await application.aclose()
    assert np.abs(values(one) - values(two)).mean() < 1


@pytest.mark.parametrize("model", ["flux2-klein-4b", "z-image-turbo", "qwen-image"])
def test_exact_fast_is_as_near_to_float32_as_stock_and_is_compiled_once(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from evaluation import gpu_bench

    rows = tmp_path / "rows.jsonl"
    ways = ("--way", "stock", "--way", "exact-fast")
    gpu_bench.main(["--tiny", "--model", model, "--steps", "2", *ways, "--json", str(rows)])
    found = [json.loads(line) for line in rows.read_text("utf-8").splitlines()]
    stock, *_ = (row for row in found if row.get("way") == "stock")
    exact = [row for row in found if row.get("way") == "exact-fast"]
    assert not any(row["note"] for row in exact), capsys.readouterr().out
    assert exact[0]["new_graphs"] > 0
    assert [row["new_graphs"] for row in exact[1:]] == [0] * (len(exact) - 1)
    assert exact[0]["float32_error"] <= gpu_bench.TOLERANCE * stock["float32_error"] + 1e-6


@pytest.mark.parametrize("family", ["flux", "z-image", "qwen-image"])
async def test_a_compiled_model_repeats_itself_when_it_is_compiled_anew(
    models: TinyModels, family: str, gpu: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    drawn: list[bytes] = []
    for place in ("one", "two"):
        monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / place))
        gpu.compiler.reset()
        application = on_gpu(models, family, preset="exact-fast")
        recipe = await planned(application)
        drawn.append((await application.render(recipe, [], progress=Told())).data)
        await application.aclose()
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("family", ["flux2", "z-image"])
async def test_a_model_of_few_steps_multiplies_in_8_bits(
    models: TinyModels, family: str, gpu: Any
) -> None:
    from generation.backends.diffusion.float8 import Float8Linear

    if gpu.cuda.get_device_capability() < (8, 9):
        pytest.skip("this GPU has no 8-bit floating point")
    generator = tiny(family, models[family], preset="fast")
    assert generator.text is not None
    few = replace(generator.text, is_distilled=True)
    quick = renderers(replace(generator, text=few, edit=None), device="cuda")
    plain = renderers(replace(tiny(family, models[family]), edit=None), device="cuda")
    recipe = await planned(quick)
    drawn = await quick.render(recipe, [], progress=Told())
    again = await quick.render(recipe, [], progress=Told())
    parts = list(pipe_of(quick).transformer.modules())
    reference = await plain.render(await planned(plain), [], progress=Told())
    await quick.aclose()
    await plain.aclose()
    assert recipe.parameters["acceleration"]["quantization"] == "fp8-compute"
    assert any(isinstance(part, Float8Linear) for part in parts)
    assert any(part._compiled_call_impl for part in parts)
    assert drawn.data == again.data
    assert 0 < np.abs(values(drawn) - values(reference)).mean() < 16


@pytest.mark.parametrize("family", ["flux2", "qwen-image", "qwen-edit"])
async def test_a_small_card_holds_four_bits_and_one_part_at_a_time(
    models: TinyModels, family: str
) -> None:
    if importlib.util.find_spec("bitsandbytes") is None:
        pytest.skip("bitsandbytes is not installed")
    nn: Any = importlib.import_module("bitsandbytes").nn
    application = on_gpu(models, family, preset="small-card")
    recipe, references = await recipe_of(application, family)
    drawn = await application.render(recipe, references, progress=Told())
    again = await application.render(recipe, references, progress=Told())
    pipe = pipe_of(application)
    await application.aclose()
    assert recipe.parameters["acceleration"]["quantization"] == "bnb-4bit"
    assert recipe.parameters["acceleration"]["offload"] == "model"
    for part in (pipe.transformer, pipe.text_encoder):
        assert any(isinstance(module, nn.Linear4bit) for module in part.modules())
        assert {parameter.device.type for parameter in part.parameters()} == {"cpu"}
    assert drawn.data == again.data


async def test_what_overflows_in_float16_is_not_delivered(models: TinyModels) -> None:
    async def drawn(dtype: str) -> Picture:
        application = on_gpu(models, "flux", dtype=dtype)
        recipe = await planned(application)
        await application.render(recipe, [], progress=Told())
        pipe_of(application).vae.decoder.conv_in.weight.data.mul_(1e5)
        try:
            return await application.render(recipe, [], progress=Told())
        finally:
            await application.aclose()

    assert (await drawn("bfloat16")).width == 64
    with pytest.raises(RenderFailed, match="came out blank"):
        await drawn("float16")


async def test_when_the_memory_of_the_gpu_is_full_a_smaller_picture_is_drawn(
    models: TinyModels, gpu: Any
) -> None:
    application = on_gpu(models, "flux")
    small = replace(await planned(application), width=720, height=720)
    large = replace(small, width=1024, height=1024)
    needed = list[int]()
    for recipe in (small, large):
        gpu.cuda.empty_cache()
        gpu.cuda.reset_peak_memory_stats()
        drawn = await application.render(recipe, [], progress=Told())
        assert drawn.notes == ()
        needed.append(gpu.cuda.max_memory_reserved())
    gpu.cuda.empty_cache()
    total = gpu.cuda.get_device_properties(0).total_memory
    gpu.cuda.set_per_process_memory_fraction(sum(needed) / 2 / total)
    try:
        shrunk = await application.render(large, [], progress=Told())
    finally:
        gpu.cuda.set_per_process_memory_fraction(1.0)
    whole = await application.render(small, [], progress=Told())
    await application.aclose()
    assert shrunk.notes == ("Drawn at 720×720 because the GPU ran out of memory at 1024×1024.",)
    assert shrunk.data == whole.data
