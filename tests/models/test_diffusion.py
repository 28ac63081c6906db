"""Real diffusers on tiny models of every family: pictures, repeats, references, progress, stops."""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import inspect
import io
import json
import math
import re
import shutil
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageChops

from domain.errors import GeneratorUnavailable, RenderFailed
from domain.illustrations import Picture, Recipe
from evaluation.peers.studio import ARGUMENTS, EDITS, STEPS, Told, planned, renderers, tiny
from evaluation.peers.values import SHA, a_recipe
from generation.catalogue import CATALOGUE
from generation.generator import Lora
from generation.registry import Renderers
from generation.stamp import MADE_BY_MODEL, source_type_of
from tests.fakes.web import picture

if TYPE_CHECKING:
    from evaluation.peers.tiny_models import TinyModels
    from generation.backends.diffusion.gpu_runner import GpuRunner

FAMILIES = tuple(ARGUMENTS)
REFERENCES = [picture(n, size=(96, 64), kind="PNG") for n in (1, 2)]
pytestmark = pytest.mark.usefixtures("small_conditions")


async def recipe_and_references(application: Renderers, family: str) -> tuple[Recipe, list[bytes]]:
    if family == "upscaler":
        await application.prepare(None)
        return application.plan_upscale(a_recipe(), SHA, size=(96, 64), factor=2), REFERENCES[:1]
    references = REFERENCES if family in EDITS else []
    return await planned(application, references=len(references)), list(references)


def size_of(family: str, recipe: Recipe) -> tuple[int, int]:
    """The picture's size, which is that of its reference where the model keeps its shape."""
    return (80, 64) if family == "longcat-edit" else (recipe.width, recipe.height)


def pixels(drawn: Picture) -> bytes:
    with Image.open(io.BytesIO(drawn.data)) as image:
        return image.tobytes()


def pipe_of(application: Renderers) -> Any:
    """The loaded pipeline, to look inside or to break something."""
    return next(iter(studio_of(application).loaded.values()))


def studio_of(application: Renderers) -> GpuRunner:
    """The one thread that uses the card."""
    from generation.backends.diffusion.gpu_runner import GpuRunner

    runner = application.backend_context.shared["gpu_runner"]
    assert isinstance(runner, GpuRunner)
    return runner


@asynccontextmanager
async def busy(application: Renderers, recipe: Recipe, *, until: int) -> AsyncGenerator[None]:
    """The card works on that recipe until so many others wait for it."""
    reached, may_go_on = threading.Event(), threading.Event()
    transformer = pipe_of(application).transformer
    inner = transformer.forward

    def held(*args: Any, **kwargs: Any) -> Any:
        reached.set()
        may_go_on.wait(30)
        return inner(*args, **kwargs)

    transformer.forward = held
    first = asyncio.create_task(application.render(recipe, [], progress=Told()))
    assert await asyncio.to_thread(reached.wait, 30)

    async def release() -> None:
        async with asyncio.timeout(240):
            while studio_of(application).waiting < until:  # noqa: ASYNC110 - it is a plain queue
                await asyncio.sleep(0.01)
        transformer.forward = inner
        may_go_on.set()

    releasing = asyncio.create_task(release())
    yield
    await asyncio.gather(first, releasing)


@pytest.mark.parametrize("family", FAMILIES)
async def test_every_family_draws_and_the_same_recipe_gives_the_same_bytes(
    models: TinyModels, family: str
) -> None:
    application, told = renderers(tiny(family, models[family])), Told()
    recipe, references = await recipe_and_references(application, family)
    first = await application.render(recipe, references, progress=told)
    again = await application.render(recipe, references, progress=Told())
    other = await application.render(replace(recipe, seed=2), references, progress=Told())
    await application.aclose()
    assert (first.width, first.height) == size_of(family, recipe)
    assert first.media_type == "image/png"
    assert source_type_of(first.data) == MADE_BY_MODEL
    assert first.data == again.data
    assert pixels(first) != pixels(other)
    assert told.fractions[-1] == 1.0
    assert told.fractions == sorted(told.fractions)
    fresh = renderers(tiny(family, models[family]))
    assert (await fresh.render(recipe, references, progress=Told())).data == first.data
    assert fresh.current(recipe) == recipe
    await fresh.aclose()


@pytest.mark.parametrize("family", FAMILIES)
async def test_every_family_runs_on_a_small_card(models: TinyModels, family: str) -> None:
    import torch

    application = renderers(tiny(family, models[family], preset="small-card"))
    recipe, references = await recipe_and_references(application, family)
    drawn = await application.render(recipe, references, progress=Told())
    again = await application.render(recipe, references, progress=Told())
    from generation.backends.diffusion.loading import denoiser

    part = denoiser(pipe_of(application))
    stored = {parameter.dtype for parameter in part.parameters()}
    encoder = pipe_of(application).text_encoder
    await application.aclose()
    assert (drawn.width, drawn.height) == size_of(family, recipe)
    assert drawn.data == again.data
    assert torch.float8_e4m3fn in stored
    assert torch.float8_e4m3fn in {parameter.dtype for parameter in encoder.parameters()}
    assert recipe.parameters["acceleration"]["offload"] == "group"  # without an NVIDIA GPU


async def test_a_model_that_keeps_the_shape_of_its_reference_says_so(models: TinyModels) -> None:
    application = renderers(tiny("longcat-edit", models["longcat-edit"]))
    recipe = await planned(application, references=1)
    drawn = await application.render(recipe, REFERENCES[:1], progress=Told())
    await application.aclose()
    assert drawn.notes == ("Drawn at 80×64: this model keeps the shape of its reference image.",)


async def test_a_pipeline_without_a_callback_is_watched_and_stopped_between_its_steps(
    models: TinyModels,
) -> None:
    """LongCat-Image's takes none: unwatched, it would run on for a caller who has left, and a run
    of minutes would count as a GPU that hangs."""
    application, told = renderers(tiny("longcat", models["longcat"]), previews=True), Told()
    recipe = await planned(application)
    await application.render(recipe, [], progress=told)
    assert len(set(told.fractions)) > 1 or told.previews
    transformer, runs = pipe_of(application).transformer, list[int]()
    inner, started = transformer.forward, threading.Event()

    def counted(*args: Any, **kwargs: Any) -> Any:
        runs.append(1)
        started.set()
        return inner(*args, **kwargs)

    transformer.forward = counted
    long = {**recipe.parameters["arguments"], "num_inference_steps": 500}
    slow = replace(recipe, parameters={**recipe.parameters, "arguments": long})
    task = asyncio.create_task(application.render(slow, [], progress=Told()))
    assert await asyncio.to_thread(started.wait, 30)
    task.cancel()
    await asyncio.wait({task})
    await studio_of(application).idle()
    await application.aclose()
    assert len(runs) < 1000  # two for each step


@pytest.mark.parametrize("family", ["flux", "qwen-image", "qwen-edit"])
async def test_a_fast_model_without_a_lora_reuses_steps(models: TinyModels, family: str) -> None:
    application = renderers(tiny(family, models[family], preset="fast"))
    recipe, references = await recipe_and_references(application, family)
    assert recipe.parameters["acceleration"]["cache"] == "first-block:0.1"
    assert not recipe.parameters["acceleration"]["compile"]
    drawn = await application.render(recipe, references, progress=Told())
    again = await application.render(recipe, references, progress=Told())
    assert pipe_of(application).transformer.is_cache_enabled
    await application.aclose()
    assert drawn.data == again.data, "what was reused must not reach the next picture"


@pytest.mark.parametrize(
    "family", ["z-image", "longcat", "longcat-edit", "ovis", "krea2", "ernie", "qwen-2.1"]
)
async def test_a_fast_model_without_a_cache_is_compiled(models: TinyModels, family: str) -> None:
    """Newer classes have ``enable_cache``, but diffusers does not know the blocks in them."""
    application = renderers(tiny(family, models[family], preset="fast"))
    references = REFERENCES[:1] if family == "longcat-edit" else []
    recipe = await planned(application, references=len(references))
    assert recipe.parameters["acceleration"]["cache"] == ""
    assert recipe.parameters["acceleration"]["compile"]
    drawn = await application.render(recipe, references, progress=Told())
    blocks = [m for m in pipe_of(application).transformer.modules() if m._compiled_call_impl]
    await application.aclose()
    assert blocks
    assert (drawn.width, drawn.height) == size_of(family, recipe)


async def test_the_compiler_keeps_one_order_of_sums(
    models: TinyModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself inductor takes the order that was quickest when it tried some, so the next process
    drew another picture of the same recipe on an H100."""
    import torch

    asked: list[Any] = []
    inner: Any = torch.compile

    def watched(*args: Any, **kwargs: Any) -> Any:
        asked.append(kwargs.get("options"))
        return inner(*args, **kwargs)

    monkeypatch.setattr(torch, "compile", watched)
    application = renderers(tiny("z-image", models["z-image"], preset="exact-fast"))
    await application.render(await planned(application), [], progress=Told())
    await application.aclose()
    assert asked
    assert all(options == {"deterministic": True} for options in asked)


async def test_a_picture_in_four_channels_has_previews_and_is_delivered_on_white(
    models: TinyModels,
) -> None:
    application = renderers(tiny("qwen-2.1", models["qwen-2.1"]), previews=True)
    told = Told()
    drawn = await application.render(await planned(application), [], progress=told)
    await application.aclose()
    with Image.open(io.BytesIO(drawn.data)) as image:
        assert image.mode == "RGB"


def test_transparent_parts_become_white() -> None:
    from generation.backends.diffusion.preview import on_white

    clear = Image.new("RGBA", (2, 1), (255, 0, 0, 0))
    clear.putpixel((1, 0), (255, 0, 0, 255))
    assert on_white(clear).tobytes() == bytes((255, 255, 255, 255, 0, 0))


async def test_a_model_of_few_steps_is_compiled_and_multiplies_in_8_bits_on_gpus_that_can(
    models: TinyModels,
) -> None:
    from generation.backends.diffusion.backend import DiffusionBackend
    from generation.backends.diffusion.machine import Machine

    generator = tiny("flux", models["flux"], preset="fast")
    assert generator.text is not None
    few = replace(generator, text=replace(generator.text, is_distilled=True))
    application = renderers(few)
    recipe = await planned(application)
    told = recipe.parameters["acceleration"]
    assert (told["cache"], told["compile"], told["quantization"]) == ("", True, "")
    backend: Any = application._backend("flux")  # pyright: ignore[reportPrivateUsage]
    assert isinstance(backend, DiffusionBackend)
    described = backend._describe(few.text)  # type: ignore[arg-type]
    for capability, expected in (((9, 0), "fp8-compute"), ((8, 0), "")):
        machine = Machine("cuda", "NVIDIA", 0, 80.0, capability)
        how = backend._acceleration(few.text, described, machine, recipe)  # type: ignore[arg-type]
        assert how.quantization == expected
    await application.aclose()


async def test_models_with_the_same_text_encoder_have_it_in_memory_once(
    models: TinyModels, tmp_path: Path
) -> None:
    # As in the hub's cache: two repositories whose files are named by what they hold.
    blob = tmp_path / "blobs" / "5f70bf18"
    blob.parent.mkdir()
    folders = dict[str, Path]()
    for family in ("qwen-image", "qwen-edit"):
        folders[family] = tmp_path / family
        shutil.copytree(models[family], folders[family])
        encoder = folders[family] / "text_encoder" / "model.safetensors"
        encoder.replace(blob)
        encoder.symlink_to(blob)
    pair = tiny("qwen-image", folders["qwen-image"])
    edits = tiny("qwen-edit", folders["qwen-edit"])
    both = renderers(pair, edits, models_loaded=2)
    for generator in (pair, edits):
        alone = renderers(generator)
        recipe, references = await recipe_and_references(alone, generator.name)
        drawn = await alone.render(recipe, references, progress=Told())
        await alone.aclose()
        assert (await both.render(recipe, references, progress=Told())).data == drawn.data
    backend: Any = both._backend("qwen-image")  # pyright: ignore[reportPrivateUsage]
    first, second = backend._runner.loaded.values()
    assert first.text_encoder is second.text_encoder
    assert first.transformer is not second.transformer
    await both.aclose()


async def test_8_bit_multiplication_draws_nearly_the_same_picture(models: TinyModels) -> None:
    from generation.backends.diffusion.float8 import Float8Linear

    plain = renderers(tiny("z-image", models["z-image"]))
    quick = renderers(tiny("z-image", models["z-image"], quantization="fp8-compute"))
    one = await plain.render(await planned(plain), [], progress=Told())
    two = await quick.render(await planned(quick), [], progress=Told())
    parts = pipe_of(quick).transformer.named_modules()
    replaced = [name for name, part in parts if isinstance(part, Float8Linear)]
    await plain.aclose()
    await quick.aclose()
    assert len(replaced) == 4 * 4  # attention of four blocks; the rest is no multiple of 16 here
    assert not any("adaLN" in name for name in replaced)
    shown = [np.frombuffer(pixels(drawn), dtype=np.uint8).astype(int) for drawn in (one, two)]
    difference = np.abs(shown[0] - shown[1]).mean()
    assert 0 < difference < 8


async def test_what_cannot_be_compiled_says_so(
    models: TinyModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torch._dynamo.exc import BackendCompilerFailed

    from generation.backends.diffusion import gpu_runner

    def failing(_pipe: Any, _run: Any) -> Any:
        raise BackendCompilerFailed(
            failing, RuntimeError("Failed to find C compiler"), inspect.currentframe()
        )

    monkeypatch.setattr(gpu_runner, "draw", failing)
    application = renderers(tiny("flux", models["flux"], preset="exact-fast"))
    with pytest.raises(GeneratorUnavailable, match=r"isn't ready: it can't be compiled"):
        await application.render(await planned(application), [], progress=Told())
    await application.aclose()


async def test_extrapolated_steps_can_be_chosen_by_name(models: TinyModels) -> None:
    plain = renderers(tiny("flux", models["flux"]))
    guessing = renderers(tiny("flux", models["flux"], cache="taylorseer:2"))
    one = await plain.render(await planned(plain), [], progress=Told())
    recipe = await planned(guessing)
    recipe = replace(
        recipe,
        parameters={
            **recipe.parameters,
            "arguments": {**recipe.parameters["arguments"], "num_inference_steps": 8},
        },
    )
    two = await guessing.render(recipe, [], progress=Told())
    assert pixels(one) != pixels(two)
    await plain.aclose()
    await guessing.aclose()


async def test_references_reach_the_model_in_their_order(models: TinyModels) -> None:
    application = renderers(tiny("qwen-edit", models["qwen-edit"]))
    recipe = await planned(application, references=2)
    await application.render(recipe, REFERENCES, progress=Told())
    seen: list[Any] = []
    pipe = pipe_of(application)
    inner = pipe.encode_prompt

    def watching(*args: Any, **kwargs: Any) -> Any:
        seen.append(kwargs.get("image"))
        return inner(*args, **kwargs)

    pipe.encode_prompt = watching
    forth = await application.render(recipe, REFERENCES, progress=Told())
    back = await application.render(recipe, REFERENCES[::-1], progress=Told())
    await application.aclose()
    assert pixels(forth) != pixels(back)
    first, second = (
        [hashlib.sha256(image.tobytes()).hexdigest() for image in images]
        for images in (seen[0], seen[-1])
    )
    assert len(first) == 2
    assert first == second[::-1]


async def test_words_go_to_the_text_model_and_references_to_the_edit_model(
    models: TinyModels,
) -> None:
    text, edit = (tiny(name, models[name]) for name in ("qwen-image", "qwen-edit"))
    pair = replace(edit, text=text.text)
    application = renderers(pair)
    words = await planned(application, generator="qwen-edit")
    pictures = await planned(application, generator="qwen-edit", references=1)
    assert words.parameters["pipeline"] == "QwenImagePipeline"
    assert pictures.parameters["pipeline"] == "QwenImageEditPlusPipeline"
    assert words.revision != pictures.revision
    assert (await application.render(words, [], progress=Told())).width == 64
    assert (await application.render(pictures, REFERENCES[:1], progress=Told())).width == 64
    await application.aclose()


async def test_the_recipe_says_everything_that_matters(models: TinyModels) -> None:
    application = renderers(tiny("sdxl", models["sdxl"], preset="small-card"))
    recipe = await planned(application, seed=11)
    await application.aclose()
    assert recipe.seed == 11
    assert recipe.revision.startswith("sha256:")
    assert recipe.device.startswith("cpu ")
    assert recipe.device.endswith(" 1 thread")
    assert {"torch", "diffusers", "transformers", "pillow"} <= set(recipe.versions)
    told = recipe.parameters
    assert told["label"] == "AI-generated image"
    assert told["preset"] == "small-card"
    assert told["pipeline"] == "StableDiffusionXLPipeline"
    assert told["scheduler"].startswith("EulerDiscreteScheduler ")
    assert told["arguments"] == {"num_inference_steps": STEPS, **ARGUMENTS["sdxl"]}
    assert told["acceleration"] == {
        "dtype": "float32",
        "attention": "native",
        "compile": False,
        "cache": "",
        "quantization": "fp8",
        "offload": "group",
        "tiling": True,
        "few_steps": False,
        "batch": 1,
    }
    assert json.loads(json.dumps(told)) == told, "it must survive the database"


async def test_a_recipe_is_rendered_as_it_says_after_the_settings_have_changed(
    models: TinyModels,
) -> None:
    before = renderers(tiny("flux", models["flux"]))
    recipe = await planned(before)
    drawn = await before.render(recipe, [], progress=Told())
    await before.aclose()
    after = renderers(tiny("flux", models["flux"], preset="small-card"))
    assert (await after.render(recipe, [], progress=Told())).data == drawn.data
    assert after.current(recipe) == recipe
    await after.aclose()


async def test_a_recipe_of_another_device_is_rendered_as_fits_this_one(models: TinyModels) -> None:
    application = renderers(tiny("flux", models["flux"]))
    recipe = await planned(application)
    flash = {**recipe.parameters["acceleration"], "attention": "flash", "dtype": "bfloat16"}
    foreign = replace(
        recipe,
        device="cuda NVIDIA H100 80GB HBM3",
        parameters={**recipe.parameters, "acceleration": flash},
    )
    assert (await application.render(foreign, [], progress=Told())).width == 64
    here = application.current(foreign)
    assert here.device == recipe.device
    assert here.parameters["acceleration"]["attention"] == "native"
    await application.aclose()


async def test_a_changed_folder_is_another_revision(models: TinyModels, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(models["flux"], folder)
    cache = tmp_path / "cache"
    recipe = await planned(renderers(tiny("flux", folder), cache=cache))
    same = await planned(renderers(tiny("flux", models["flux"]), cache=cache))
    assert recipe.revision == same.revision, "the same files are the same model"
    config = folder / "scheduler" / "scheduler_config.json"
    about = json.loads(config.read_text())
    config.write_text(json.dumps({**about, "shift": 3.0}))
    other = renderers(tiny("flux", folder), cache=cache)
    changed = await planned(other)
    assert changed.revision != recipe.revision
    assert changed.parameters["scheduler"] != recipe.parameters["scheduler"]
    assert other.current(recipe).revision == changed.revision
    (kept,) = cache.iterdir()
    assert len(json.loads(kept.read_text())) >= 10


async def test_hashes_of_unchanged_files_are_not_computed_again(
    models: TinyModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from generation.backends.diffusion.weights import Weights

    first = Weights(tmp_path).hash_of(str(models["sdxl"]))

    def never(*_args: object) -> object:
        raise AssertionError("a file was read again")

    monkeypatch.setattr(hashlib, "file_digest", never)
    assert Weights(tmp_path).hash_of(str(models["sdxl"])) == first


@pytest.mark.parametrize("steps", [1, 2])
async def test_cancelling_stops_within_one_step(models: TinyModels, steps: int) -> None:
    application = renderers(tiny("flux", models["flux"]))
    recipe = await planned(application)
    await application.render(recipe, [], progress=Told())
    pipe = pipe_of(application)
    reached, may_go_on, calls = threading.Event(), threading.Event(), 0
    inner = pipe.transformer.forward

    def slow(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == steps:
            reached.set()
            may_go_on.wait(30)
        return inner(*args, **kwargs)

    pipe.transformer.forward = slow
    long = {**recipe.parameters["arguments"], "num_inference_steps": 50}
    endless = replace(recipe, parameters={**recipe.parameters, "arguments": long})
    task = asyncio.create_task(application.render(endless, [], progress=Told()))
    assert await asyncio.to_thread(reached.wait, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    may_go_on.set()
    pipe.transformer.forward = inner
    assert (await application.render(recipe, [], progress=Told())).width == 64
    assert calls == steps, "a step was begun after the stop"
    await application.aclose()


async def test_a_stop_leaves_nothing_of_a_cached_run_behind(models: TinyModels) -> None:
    application = renderers(tiny("flux", models["flux"], cache="first-block:0.5"))
    recipe = await planned(application)
    before = await application.render(recipe, [], progress=Told())
    halfway = asyncio.Event()

    async def told(fraction: float, preview: bytes | None = None) -> None:
        assert preview is None
        if fraction:
            halfway.set()

    long = {**recipe.parameters["arguments"], "num_inference_steps": 2000}
    endless = replace(recipe, parameters={**recipe.parameters, "arguments": long})
    task = asyncio.create_task(application.render(endless, [], progress=told))
    async with asyncio.timeout(240):
        await halfway.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await application.render(recipe, [], progress=Told())).data == before.data
    await application.aclose()


async def test_a_run_over_its_time_is_stopped_and_reported(models: TinyModels) -> None:
    application = renderers(tiny("flux", models["flux"]), timeout_s=0.0)
    with pytest.raises(RenderFailed, match="longer than 0 s and was stopped after step 1 of 3"):
        await application.render(await planned(application), [], progress=Told())
    await application.aclose()


def breaking(pipe: Any, when: Callable[[Any], bool], error: Exception) -> None:
    """Let the model's own part fail as a card would."""
    inner = pipe.transformer.forward

    def forward(*args: Any, **kwargs: Any) -> Any:
        if when(kwargs["hidden_states"]):
            raise error
        return inner(*args, **kwargs)

    pipe.transformer.forward = forward


async def test_when_memory_runs_out_a_smaller_picture_is_made_and_reported(
    models: TinyModels,
) -> None:
    import torch

    application = renderers(tiny("flux", models["flux"]))
    recipe = await planned(application)
    small = await application.render(replace(recipe, width=48, height=48), [], progress=Told())
    full = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.")
    breaking(pipe_of(application), lambda hidden: hidden.shape[1] > 9, full)
    drawn = await application.render(recipe, [], progress=Told())
    assert (drawn.width, drawn.height) == (48, 48)
    assert drawn.notes == ("Drawn at 48×48 because the GPU ran out of memory at 64×64.",)
    assert drawn.data == small.data
    breaking(pipe_of(application), lambda _hidden: True, full)
    with pytest.raises(RenderFailed, match="ran out of memory at 64×64 and at half.*small-card"):
        await application.render(recipe, [], progress=Told())
    await application.aclose()


async def test_when_memory_runs_out_for_a_tile_nothing_smaller_is_pretended(
    models: TinyModels,
) -> None:
    import torch

    application = renderers(tiny("upscaler", models["upscaler"]))
    recipe, references = await recipe_and_references(application, "upscaler")
    await application.render(recipe, references, progress=Told())

    def full(*_args: Any, **_kwargs: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    pipe_of(application).unet.forward = full
    with pytest.raises(RenderFailed, match="even tile by tile"):
        await application.render(recipe, references, progress=Told())
    await application.aclose()


async def test_a_card_beyond_repair_ends_the_process(models: TinyModels) -> None:
    import torch

    ends: list[str] = []
    application = renderers(tiny("flux", models["flux"]), fatal=ends.append)
    recipe = await planned(application)
    await application.render(recipe, [], progress=Told())
    broken = torch.AcceleratorError("CUDA error: device-side assert triggered\nCompile with …")
    breaking(pipe_of(application), lambda _hidden: True, broken)
    with pytest.raises(RenderFailed, match="is being restarted"):
        await application.render(recipe, [], progress=Told())
    assert ends == ["the GPU failed: CUDA error: device-side assert triggered"]
    await application.aclose()


async def test_what_is_beyond_repair_and_what_is_not() -> None:
    import torch

    from generation.backends.diffusion.machine import beyond_repair, out_of_memory

    assert beyond_repair(RuntimeError("CUDA error: an illegal memory access was encountered"))
    assert beyond_repair(RuntimeError("CUBLAS_STATUS_EXECUTION_FAILED when calling cublas"))
    assert out_of_memory(RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"))
    for error in (
        RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        ValueError("CUDA error"),
    ):
        assert not beyond_repair(error)


async def test_jobs_of_the_same_size_share_a_run_when_asked_to(models: TinyModels) -> None:
    application = renderers(tiny("flux", models["flux"], batch=4))
    first = await planned(application, seed=1)
    await application.render(first, [], progress=Told())
    runs: list[int] = []

    def counted(_module: Any, _args: Any, given: dict[str, Any]) -> None:
        runs.append(given["hidden_states"].shape[0])

    recipes = [
        await planned(application, seed=n, prompt=prompt)
        for n, prompt in enumerate(("a cat", "a dog on the moon", "a bee"), 1)
    ]
    async with busy(application, first, until=3):
        pipe = pipe_of(application)
        pipe.transformer.register_forward_pre_hook(counted, with_kwargs=True)
        drawn = await asyncio.gather(*(application.render(r, [], progress=Told()) for r in recipes))
    assert runs[-STEPS:] == [3] * STEPS
    assert len({pixels(one) for one in drawn}) == 3
    alone = [await application.render(r, [], progress=Told()) for r in recipes]
    await application.aclose()
    for together, single in zip(drawn, alone, strict=True):
        a, b = pixels(together), pixels(single)
        off = max(abs(x - y) for x, y in zip(a, b, strict=True))
        assert off <= 8, "each of a batch is its own picture, but for the last bits"
    assert recipes[0].parameters["acceleration"]["batch"] == 4


async def test_one_of_a_batch_can_be_cancelled_and_memory_is_shared_out(
    models: TinyModels,
) -> None:
    import torch

    application = renderers(tiny("flux", models["flux"], batch=4))
    recipes = [await planned(application, seed=n) for n in range(3)]
    await application.render(recipes[0], [], progress=Told())
    full = torch.OutOfMemoryError("CUDA out of memory")
    breaking(pipe_of(application), lambda hidden: hidden.shape[0] > 1, full)
    async with busy(application, recipes[0], until=3):
        tasks = [asyncio.create_task(application.render(r, [], progress=Told())) for r in recipes]
    tasks[1].cancel()
    one, two, three = await asyncio.gather(*tasks, return_exceptions=True)
    await application.aclose()
    assert isinstance(two, asyncio.CancelledError)
    for drawn in (one, three):
        assert isinstance(drawn, Picture)
        assert drawn.notes == (), "alone each fits at its full size"


async def test_two_models_take_turns_on_one_card(models: TinyModels) -> None:
    application = renderers(tiny("flux", models["flux"]), tiny("sdxl", models["sdxl"]))
    a, b = await planned(application), await planned(application, generator="sdxl")
    order: list[str] = []

    async def one(recipe: Recipe) -> None:
        await application.render(recipe, [], progress=Told())
        order.append(recipe.generator)

    await application.render(a, [], progress=Told())
    async with busy(application, a, until=4):
        await asyncio.gather(*(one(recipe) for recipe in (b, a, b, a)))
    await application.aclose()
    assert order == ["flux", "flux", "sdxl", "sdxl"]


@pytest.mark.parametrize("family", ["sdxl", "flux", "qwen-image"])
async def test_previews_are_small_pictures_of_what_there_is(
    models: TinyModels, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from generation.backends.diffusion import denoising
    from generation.backends.diffusion import gpu_runner as studio

    monkeypatch.setattr(denoising, "PREVIEW_EVERY_S", 0.0)
    monkeypatch.setattr(studio, "POLL_S", 0.005)
    application, told = renderers(tiny(family, models[family]), previews=True), Told()
    await application.render(await planned(application), [], progress=told)
    await application.aclose()
    assert told.previews
    for preview in told.previews:
        with Image.open(io.BytesIO(preview)) as image:
            assert image.format == "JPEG"
            assert max(image.size) <= 256
            assert len(image.getcolors(100_000) or ()) > 1


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"quantization": "bnb-4bit"}, "'bnb-4bit' needs an NVIDIA GPU. Use fp8"),
        ({"offload": "model"}, "needs a GPU. Use 'group'"),
        ({"attention": "flash"}, "attention 'flash' can't be used .*flash-attn"),
        ({"attention": "_flash_3_hub"}, "attention '_flash_3_hub' can't be used .*kernels"),
        ({"attention": "sage"}, "attention 'sage' can't be used .*sageattention"),
        ({"attention": "magic"}, "attention 'magic' can't be used"),
    ],
)
async def test_what_this_machine_cannot_do_is_said_when_the_model_is_loaded(
    models: TinyModels, choices: dict[str, Any], said: str
) -> None:
    application = renderers(tiny("flux", models["flux"], **choices))
    with pytest.raises(GeneratorUnavailable, match=said):
        await application.render(await planned(application), [], progress=Told())
    await application.aclose()


@pytest.mark.parametrize("family", ["sdxl", "flux2"])
async def test_a_cache_that_a_model_has_no_place_for_is_said(
    models: TinyModels, family: str
) -> None:
    application = renderers(tiny(family, models[family], cache="first-block:0.2"))
    with pytest.raises(GeneratorUnavailable, match="can't use the cache first-block"):
        await application.render(await planned(application), [], progress=Told())
    await application.aclose()


async def test_wrong_arguments_of_a_model_are_named(models: TinyModels) -> None:
    generator = tiny("flux", models["flux"])
    assert generator.text is not None
    wrong = replace(generator.text, arguments={"num_inference_steps": 2, "cfg": 4})
    application = renderers(replace(generator, text=wrong))
    with pytest.raises(GeneratorUnavailable, match="takes no argument 'cfg'; it takes .*guidance"):
        await application.render(await planned(application), [], progress=Told())
    await application.aclose()


async def test_models_that_are_not_there_are_said(tmp_path: Path) -> None:
    for source, said in (
        (str(tmp_path / "gone"), "no model folder"),
        (str(tmp_path), "isn't a diffusers model"),
    ):
        with pytest.raises(GeneratorUnavailable, match=said):
            await planned(renderers(tiny("flux", Path(source))))
    application = Renderers(
        default="flux",
        offered=(tiny("flux", tmp_path),),
        backend_context=replace(renderers(tiny("flux", tmp_path)).backend_context, device="cuda"),
    )
    with pytest.raises(GeneratorUnavailable, match="LIMNER_DIFFUSERS_DEVICE"):
        await application.prepare(None)


async def test_weights_that_could_run_code_are_refused(models: TinyModels, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(models["flux"], folder)
    weights = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    application = renderers(tiny("flux", folder))
    with pytest.raises(GeneratorUnavailable, match="its files can't be loaded"):
        await application.render(await planned(application), [], progress=Told())
    await application.aclose()


def a_lora(folder: Path, models: TinyModels) -> Lora:
    """A LoRA of random weights for the tiny FLUX, in the form that training gives."""
    import torch
    from diffusers import FluxPipeline, FluxTransformer2DModel
    from peft import LoraConfig

    peft_utils: Any = importlib.import_module("peft.utils")
    part = FluxTransformer2DModel.from_pretrained(models["flux"] / "transformer")
    torch.manual_seed(5)
    config = LoraConfig(r=2, target_modules=["to_q", "to_k"], init_lora_weights=False)
    part.add_adapter(config)
    FluxPipeline.save_lora_weights(folder, peft_utils.get_peft_model_state_dict(part))
    return Lora(
        str(folder),
        "pytorch_lora_weights.safetensors",
        scale=0.5,
        arguments={"num_inference_steps": 2},
        scheduler={"shift": 2.0},
    )


async def test_a_fast_model_uses_its_lora_for_few_steps(models: TinyModels, tmp_path: Path) -> None:
    generator = tiny("flux", models["flux"], preset="fast", compile=False)
    assert generator.text is not None
    lora = a_lora(tmp_path / "lora", models)
    distilled = replace(generator, text=replace(generator.text, distilled=lora))
    application = renderers(distilled)
    recipe = await planned(application)
    told = recipe.parameters
    assert told["arguments"]["num_inference_steps"] == 2
    assert told["acceleration"]["cache"] == ""
    assert told["acceleration"]["few_steps"] is True
    assert told["lora"]["scale"] == 0.5
    assert len(told["lora"]["sha256"]) == 64
    assert told["scheduler_changes"] == {"shift": 2.0}
    drawn = await application.render(recipe, [], progress=Told())
    assert pipe_of(application).scheduler.config.shift == 2.0
    plain = {**told, "lora": None}
    without = await application.render(replace(recipe, parameters=plain), [], progress=Told())
    assert pixels(drawn) != pixels(without)
    file = tmp_path / "lora" / lora.file
    file.write_bytes(file.read_bytes() + b" ")
    other = replace(
        recipe,
        parameters={
            **told,
            "arguments": told["arguments"],
            "lora": {**told["lora"], "scale": 0.25},
        },
    )
    with pytest.raises(GeneratorUnavailable, match="isn't the one the recipe"):
        await application.render(other, [], progress=Told())
    await application.aclose()


def four_fold(_pipe: Any, run: Any) -> list[Image.Image]:
    """A tile as a perfect model would enlarge it."""
    tile: Image.Image = run.frames[0].references[0]
    return [tile.resize((tile.width * 4, tile.height * 4), Image.Resampling.NEAREST)]


async def test_a_picture_is_enlarged_in_tiles_without_seams(
    models: TinyModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    from generation.backends.diffusion import upscaling
    from generation.backends.diffusion.denoising import Frame, Run
    from generation.backends.diffusion.upscaling import enlarged, fade_mask, tile_places

    for length, tile, overlap in ((64, 64, 8), (65, 64, 8), (200, 64, 8), (1024, 256, 32)):
        places = list(tile_places(length, tile, overlap))
        assert places[0] == (0, 0)
        assert places[-1][0] + min(tile, length) == length
        for (place, over), (before, _) in zip(places[1:], places, strict=False):
            assert over == before + tile - place
            assert over >= overlap
    fade = fade_mask((64, 64), 16, 8)
    assert fade.getpixel((63, 63)) == 255
    assert fade.getpixel((0, 40)) <= 16  # type: ignore[operator]
    with Image.open(io.BytesIO(picture(7, size=(200, 136), kind="PNG"))) as small:
        tiles = Run([Frame("x", 1, (small,))], 0, 0, {})
        monkeypatch.setattr(upscaling, "draw", four_fold)
        large = enlarged(None, tiles, factor=4, tile=64, overlap=16)
        whole = small.resize((800, 544), Image.Resampling.NEAREST)
        off = max(ImageChops.difference(large, whole).tobytes())
    assert off <= 1, "the tiles do not meet where they should"
    monkeypatch.undo()
    application = renderers(tiny("upscaler", models["upscaler"]))
    await application.prepare(None)
    for factor in (2, 4):
        recipe = application.plan_upscale(a_recipe(), SHA, size=(96, 64), factor=factor)
        told = Told()
        drawn = await application.render(recipe, REFERENCES[:1], progress=told)
        assert (drawn.width, drawn.height) == (96 * factor, 64 * factor)
        assert told.fractions == sorted(told.fractions)
    await application.aclose()


async def test_a_model_of_the_hub_is_pinned_by_its_commit(
    models: TinyModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's own cache on disk, without a network: what is there is used, by commit."""
    from huggingface_hub import constants

    commit = "0123456789abcdef0123456789abcdef01234567"
    top = tmp_path / "hub" / "models--team--tiny-flux"
    (top / "refs").mkdir(parents=True)
    (top / "refs" / "main").write_text(commit)
    shutil.copytree(models["flux"], top / "snapshots" / commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    application = renderers(tiny("flux", Path("team/tiny-flux")))
    recipe = await planned(application)
    assert recipe.revision == commit
    assert recipe.parameters["scheduler"].startswith("FlowMatchEulerDiscreteScheduler ")
    drawn = await application.render(recipe, [], progress=Told())
    local = renderers(tiny("flux", models["flux"]))
    assert drawn.data == (await local.render(await planned(local), [], progress=Told())).data
    assert "weights downloaded" in await application.examine("flux")
    with pytest.raises(GeneratorUnavailable, match=r"'team/none' can't be downloaded and isn't"):
        await planned(renderers(tiny("flux", Path("team/none"))))
    assert "not downloaded yet" in await renderers(tiny("flux", Path("team/none"))).examine("flux")
    await application.aclose()
    await local.aclose()


def test_the_bench_for_a_card_compares_every_preset_with_stock(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from evaluation import gpu_bench

    rows = tmp_path / "rows.jsonl"
    ways = [f"--way={name}" for name in ("stock", "quality", "exact-fast")]
    place = ["--device", "cpu", "--json", str(rows)]
    gpu_bench.main(["--tiny", "--model", "qwen-image", "--steps", "2", *ways, *place])
    shown = capsys.readouterr().out
    assert "qwen-image, exact-fast" in shown
    found = [json.loads(line) for line in rows.read_text("utf-8").splitlines()]
    measured = [row for row in found if row.get("step_s")]
    assert {row["way"] for row in measured} == {"stock", "quality", "exact-fast"}
    assert all(row["error"] < 1e-4 for row in measured if row["way"] != "stock")
    assert "; exact: one step is off float32 by 0.00%" in shown
    # Compiled once: another length or size of prompt or picture compiles nothing.
    compiled = [row["new_graphs"] for row in measured if row["way"] == "exact-fast"]
    assert compiled[0] > 0
    assert not any(compiled[1:])


def test_the_bench_for_small_cards_loads_what_it_wrote_and_draws(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from evaluation import small_card_bench

    rows = tmp_path / "rows.jsonl"
    place = ["--device", "cpu", "--json", str(rows), "--folder", str(tmp_path)]
    small_card_bench.main(["--tiny", "--quality", "--limits", "8", *place])
    found = [json.loads(line) for line in rows.read_text("utf-8").splitlines()][1:]
    assert [row["preset"] for row in found] == ["quality", "small-card"] * 3
    assert not any(row["note"] for row in found), capsys.readouterr().out
    assert all(row["step_s"] and row["main_gb"] for row in found)
    assert list(tmp_path.iterdir()) == [rows]  # the models are gone again


QWEN_SCHEDULER = {
    "base_image_seq_len": 256,
    "max_image_seq_len": 8192,
    "num_train_timesteps": 1000,
    "shift": 1.0,
    "shift_terminal": 0.02,
    "time_shift_type": "exponential",
    "use_dynamic_shifting": True,
}
"""Of the scheduler_config.json of Qwen/Qwen-Image, what its schedule depends on."""


@pytest.mark.parametrize(
    ("steps", "sigmas"),
    [
        (4, [1, 0.9, 0.75, 0.5, 0]),
        (8, [1, 0.955, 0.9, 0.833, 0.75, 0.643, 0.5, 0.3, 0]),
    ],
)
def test_distilled_qwen_models_run_on_the_schedule_that_they_were_trained_on(
    steps: int, sigmas: list[float]
) -> None:
    from diffusers import FlowMatchEulerDiscreteScheduler

    qwen = CATALOGUE["qwen-image"]
    for model in (qwen.text, qwen.edit):
        assert model is not None
        assert model.distilled is not None
        config = {**QWEN_SCHEDULER, **model.distilled.scheduler}
        scheduler: Any = FlowMatchEulerDiscreteScheduler.from_config(config)
        scheduler.set_timesteps(sigmas=np.linspace(1, 1 / steps, steps), mu=math.log(3))
        assert [round(float(s), 3) for s in scheduler.sigmas] == sigmas


async def test_a_picture_of_one_colour_is_a_failure_and_not_delivered(models: TinyModels) -> None:
    application = renderers(tiny("flux", models["flux"]))
    recipe = await planned(application)
    await application.render(recipe, [], progress=Told())
    pipe_of(application).vae.decoder.conv_out.weight.data.zero_()
    with pytest.raises(RenderFailed, match="came out blank"):
        await application.render(recipe, [], progress=Told())
    await application.aclose()


LONG = (
    "A red cat on a bridge. "
    + "It looks calm and dreamy in the soft evening light. " * 30
    + "There are no people. "
)
LIMITS = {"flux": 48, "flux2": 64, "z-image": 96, "qwen-image": 96, "krea2": 96, "sdxl": 77}


def what_was_read(pipe: Any) -> list[str]:
    """The texts that the main text encoder of a pipeline reads from now on."""
    name = "text_encoder_2" if type(pipe).__name__ == "FluxPipeline" else "text_encoder"
    tokenizer = getattr(pipe, name.replace("text_encoder", "tokenizer"))
    encoder, read = getattr(pipe, name), list[str]()
    inner = encoder.forward

    def listening(*args: Any, **kwargs: Any) -> Any:
        ids: Any = kwargs["input_ids"] if "input_ids" in kwargs else args[0]
        read.append(tokenizer.decode(ids[0], skip_special_tokens=True))
        return inner(*args, **kwargs)

    encoder.forward = listening
    return read


@pytest.mark.parametrize("family", LIMITS)
async def test_a_long_prompt_is_shortened_when_it_is_planned_and_its_pipeline_reads_all_of_it(
    models: TinyModels, family: str
) -> None:
    generator = tiny(family, models[family])
    assert generator.text is not None
    arguments = {**generator.text.arguments}
    if family != "sdxl":
        arguments["max_sequence_length"] = LIMITS[family]
    application = renderers(replace(generator, text=replace(generator.text, arguments=arguments)))
    recipe = await planned(application, prompt=LONG)
    await application.render(await planned(application), [], progress=Told())
    pipe = pipe_of(application)
    if family == "qwen-image":  # a tiny tokenizer makes more than 34 tokens of what it drops
        before = pipe.prompt_template_encode.partition("{}")[0]
        pipe.prompt_template_encode_start_idx = len(pipe.tokenizer(before).input_ids)
    if family == "krea2":
        before, after = pipe.prompt_template_encode_prefix, pipe.prompt_template_encode_suffix
        pipe.prompt_template_encode_start_idx = len(pipe.tokenizer(before).input_ids)
        pipe.__dict__["prompt_template_encode_num_suffix_tokens"] = len(
            pipe.tokenizer(after).input_ids
        )
    read = what_was_read(pipe)
    drawn = await application.render(recipe, [], progress=Told())
    cut = await application.render(replace(recipe, prompt=LONG), [], progress=Told())
    await application.aclose()
    assert recipe.prompt.startswith("A red cat")
    assert recipe.prompt.endswith("There are no people.")
    assert 20 <= len(recipe.parameters["left_out"]) <= 30
    assert drawn.notes == tuple(recipe.parameters["notes"])
    assert f"reads {LIMITS[family]}" in drawn.notes[0]
    letters = re.sub(r"\W|Ġ", "", read[0].replace("</w>", "")).casefold()
    assert letters.removesuffix("assistant").endswith("therearenopeople")
    assert cut.notes[-1] == drawn.notes[0]  # a recipe from before, shortened when it is drawn


async def test_every_family_of_the_catalogue_has_a_limit_or_reads_everything() -> None:
    import diffusers

    from generation.backends.diffusion.prompt_tokens import FAMILIES, UNCUT

    for name in (*FAMILIES, *UNCUT):
        assert hasattr(diffusers, name)


class _Config:
    """What ``BitsAndBytesConfig`` was made with; the real one wants bitsandbytes."""

    def __init__(self, **about: Any) -> None:
        self.about = about


def test_large_parts_are_quantized_one_by_one_and_put_aside_before_the_next(
    models: TinyModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    import diffusers
    import torch
    import transformers

    from generation.backends.diffusion.machine import Machine
    from generation.backends.diffusion.quantizing import quantized_parts
    from generation.presets import PRESETS

    events: list[str] = []
    asked: dict[str, dict[str, Any]] = {}

    def record(source: Any, kind: str) -> None:
        monkeypatch.setattr(source, "BitsAndBytesConfig", _Config)
        real = getattr(source, kind).from_pretrained

        def loaded(folder: Path, **about: Any) -> Any:
            events.append(f"load {folder.name}")
            asked[folder.name] = about
            part = real(folder, local_files_only=True)
            moved = part.to

            def to(device: str) -> Any:
                events.append(f"{folder.name} to {device}")
                return moved(device)

            monkeypatch.setattr(part, "to", to)
            return part

        monkeypatch.setattr(getattr(source, kind), "from_pretrained", loaded)

    record(diffusers, "QwenImageTransformer2DModel")
    record(transformers, "Qwen2_5_VLForConditionalGeneration")
    machine = Machine("cuda:1", "a GPU", 0, 16.0, (9, 0))
    folder = models["qwen-image"]
    parts = quantized_parts(folder, PRESETS["small-card"], machine, torch.bfloat16)
    assert events == [
        "load transformer",
        "transformer to cpu",
        "load text_encoder",
        "text_encoder to cpu",
    ]
    assert list(parts) == ["transformer", "text_encoder"]
    for about in asked.values():
        assert about["device_map"] == {"": "cuda:1"}  # and not the first GPU
        assert about["quantization_config"].about["load_in_4bit"]
    everything_on_gpu = PRESETS["small-card"].with_choices({"offload": ""})
    quantized_parts(folder, everything_on_gpu, machine, torch.bfloat16)
    assert len(events) == 6


async def test_a_small_card_stores_four_bits_where_it_can_and_eight_elsewhere(
    models: TinyModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    from generation.backends.diffusion import backend

    def able(_machine: object) -> bool:
        return True

    def unable(_machine: object) -> bool:
        return False

    found: dict[bool, tuple[str, str]] = {}
    for four in (True, False):
        monkeypatch.setattr(backend, "has_bitsandbytes", {True: able, False: unable}[four])
        application = renderers(tiny("flux", models["flux"], preset="small-card"))
        how = (await planned(application)).parameters["acceleration"]
        found[four] = (how["quantization"], how["offload"])
        await application.aclose()
    assert found == {True: ("bnb-4bit", "model"), False: ("fp8", "group")}
