"""Models, LoRAs and references that do not fit or are incomplete: each is said in words, and
nothing is drawn from half of something."""

from __future__ import annotations

import errno
import importlib
import inspect
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from domain.errors import GeneratorUnavailable, RenderFailed
from evaluation.peers.studio import Told, planned, renderers, tiny
from generation.generator import Generator, Lora
from generation.registry import Renderers
from tests.fakes.web import picture
from tests.models.test_diffusion import a_lora, pipe_of, pixels

if TYPE_CHECKING:
    from evaluation.peers.tiny_models import TinyModels

pytestmark = pytest.mark.usefixtures("small_conditions")


def a_hub(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: Path, *, offline: bool = True
) -> Path:
    """The hub's cache on disk with that model as ``team/tiny``; gives the model's folder there."""
    from huggingface_hub import constants

    commit = "0123456789abcdef0123456789abcdef01234567"
    top = tmp_path / "hub" / "models--team--tiny"
    (top / "refs").mkdir(parents=True)
    (top / "refs" / "main").write_text(commit)
    folder = top / "snapshots" / commit
    shutil.copytree(model, folder)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
    return folder


async def failure(generator: Generator) -> str:
    application = renderers(generator)
    try:
        with pytest.raises(GeneratorUnavailable) as caught:
            await application.render(await planned(application), [], progress=Told())
    finally:
        await application.aclose()
    return str(caught.value)


@pytest.mark.parametrize("gone", ["transformer", "text_encoder_2", "a shard", "everything"])
async def test_weights_are_here_only_when_all_of_them_are(
    models: TinyModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    folder = a_hub(monkeypatch, tmp_path, models["flux"])
    application = renderers(tiny("flux", Path("team/tiny")))
    assert "weights downloaded" in await application.examine("flux")
    if gone == "a shard":
        names = {"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
        part = folder / "transformer"
        (part / "diffusion_pytorch_model.safetensors").rename(part / "one.safetensors")
        (part / "model.safetensors.index.json").write_text(json.dumps(names))
    else:
        for path in folder.rglob("*.safetensors"):
            if gone in ("everything", path.parent.name):
                path.unlink()
    assert "not downloaded yet: team/tiny" in await application.examine("flux")
    with pytest.raises(GeneratorUnavailable, match="lacks the weights of"):
        await renderers(tiny("flux", folder)).examine("flux")
    await application.aclose()


def full_disk() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


def wrapped() -> Exception:
    error = RuntimeError("the transfer failed")
    error.__cause__ = full_disk()
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (full_disk, "the disk is full"),
        (wrapped, "the disk is full"),
        (
            lambda: RuntimeError("Data processing error: No space left on device (os error 28)"),
            "the disk is full",
        ),
        (lambda: PermissionError(errno.EACCES, "Permission denied"), "can't be written to"),
        (
            lambda: OSError("Could not find the necessary `safetensors` weights in {'a.bin'}"),
            "has no safetensors weights",
        ),
        (lambda: ConnectionError("no route"), "check the network"),
        (lambda: RuntimeError("the transfer broke off"), "check the network"),
    ],
)
async def test_why_a_model_can_not_be_had_is_said(
    models: TinyModels,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Callable[[], Exception],
    said: str,
) -> None:
    import diffusers

    def fail(*_args: object, **_about: object) -> None:
        raise error()

    a_hub(monkeypatch, tmp_path, models["flux"])
    monkeypatch.setattr(diffusers.DiffusionPipeline, "download", fail)
    assert said in await failure(tiny("flux", Path("team/tiny")))


def with_lora(models: TinyModels, lora: Lora, *, preset: str = "quality") -> Generator:
    generator = tiny(
        "flux", models["flux"], preset=preset, **({"compile": False} if preset == "fast" else {})
    )
    assert generator.text is not None
    return replace(generator, text=replace(generator.text, lora=lora))


def renamed(lora: Lora, *, every: int) -> Lora:
    """The LoRA with every so many layers renamed to one that the model does not have."""
    torch_files: Any = importlib.import_module("safetensors.torch")

    path = Path(lora.source) / lora.file
    layers = sorted({name.rpartition(".lora_")[0] for name in torch_files.load_file(path)})
    strange = set(layers[::every])
    values: dict[str, Any] = {}
    for name, value in torch_files.load_file(path).items():
        layer, mark, rest = name.rpartition(".lora_")
        values[(layer.replace("blocks", "layers") if layer in strange else layer) + mark + rest] = (
            value
        )
    torch_files.save_file(values, path)
    return lora


@pytest.mark.parametrize(("every", "there"), [(2, 4), (1, 0)])
async def test_a_lora_that_fits_in_part_is_refused(
    models: TinyModels, tmp_path: Path, every: int, there: int
) -> None:
    lora = a_lora(tmp_path / "lora", models)
    said = await failure(with_lora(models, renamed(lora, every=every)))
    assert f"only {there} of its 8 layers" in said or (not there and "can't be used" in said)


async def test_ones_own_lora_is_used_with_every_preset(models: TinyModels, tmp_path: Path) -> None:
    own = replace(a_lora(tmp_path / "own", models), arguments={}, scheduler={})
    distilled = a_lora(tmp_path / "few", models)
    for preset in ("quality", "fast", "small-card"):
        generator = with_lora(models, own, preset=preset)
        assert generator.text is not None
        generator = replace(generator, text=replace(generator.text, distilled=distilled))
        application = renderers(generator)
        recipe = await planned(application)
        assert recipe.parameters["lora"]["source"] == own.source, preset
        assert recipe.parameters["acceleration"]["few_steps"] is False
        await application.render(recipe, [], progress=Told())
        await application.aclose()


async def test_8_bit_storage_and_a_lora_are_not_used_together(
    models: TinyModels, tmp_path: Path
) -> None:
    generator = with_lora(models, a_lora(tmp_path / "own", models))
    how = generator.acceleration.with_choices({"quantization": "fp8"})
    said = await failure(replace(generator, acceleration=how))
    assert "spoils the pictures of the LoRA" in said


def noise(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 80).convert("RGB").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("family", ["qwen-edit", "flux2"])
async def test_references_of_any_shape_and_size_can_be_drawn_from(
    models: TinyModels, family: str
) -> None:
    application = renderers(tiny(family, models[family]))
    recipe = await planned(application, references=1)
    for size in ((1, 5000), (5000, 1), (1, 1), (40, 900), (63, 65)):
        drawn = await application.render(recipe, [noise(*size)], progress=Told())
        assert drawn.width, size
    await application.aclose()


def test_a_reference_of_a_usual_shape_stays_as_it_is() -> None:
    from generation.backends.diffusion.gpu_runner import usable_reference

    for size in ((64, 64), (512, 64), (1000, 3000)):
        image = Image.new("RGB", size)
        assert usable_reference(image) is image
    narrow = usable_reference(Image.new("RGB", (100, 4000), "red"))
    assert narrow.size == (500, 4000)
    assert narrow.getpixel((250, 0)) == (255, 0, 0)
    assert narrow.getpixel((0, 0)) == (255, 255, 255)


async def broken(application: Renderers, change: Callable[[Any], None]) -> str:
    recipe = await planned(application)
    await application.render(recipe, [], progress=Told())
    change(pipe_of(application))
    with pytest.raises(RenderFailed) as caught:
        await application.render(recipe, [], progress=Told())
    await application.aclose()
    return str(caught.value)


def no_numbers_in_a_corner(pipe: Any) -> None:
    decode = pipe.vae.decode

    def spoilt(*args: Any, **kwargs: Any) -> Any:
        decoded = decode(*args, **kwargs)
        decoded[0][..., :8, :8] = float("nan")
        return decoded

    pipe.vae.decode = spoilt


def almost_flat(pipe: Any) -> None:
    pipe.vae.decoder.conv_out.weight.data.mul_(1e-4)


@pytest.mark.parametrize("change", [no_numbers_in_a_corner, almost_flat])
async def test_a_picture_that_is_spoilt_in_part_or_nearly_flat_is_not_delivered(
    models: TinyModels, change: Callable[[Any], None]
) -> None:
    application = renderers(tiny("flux", models["flux"]))
    assert "came out blank" in await broken(application, change)


async def test_a_tile_without_numbers_spoils_the_enlarged_picture(models: TinyModels) -> None:
    application = renderers(tiny("upscaler", models["upscaler"]))
    await application.prepare(None)
    from evaluation.peers.values import SHA, a_recipe

    recipe = application.plan_upscale(a_recipe(), SHA, size=(96, 64), factor=2)
    reference = picture(1, size=(96, 64), kind="PNG")
    first = await application.render(recipe, [reference], progress=Told())
    again = await application.render(recipe, [reference], progress=Told())
    assert pixels(first) == pixels(again)  # the decoder is as it was
    no_numbers_in_a_corner(pipe_of(application))
    with pytest.raises(RenderFailed, match="came out blank"):
        await application.render(recipe, [reference], progress=Told())
    await application.aclose()


async def test_a_size_that_can_not_be_compiled_says_so_after_the_first_picture_too(
    models: TinyModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torch._dynamo.exc import BackendCompilerFailed

    from generation.backends.diffusion import gpu_runner

    application = renderers(tiny("flux", models["flux"]))
    recipe = await planned(application)
    await application.render(recipe, [], progress=Told())

    def failing(_pipe: Any, _run: Any) -> Any:
        raise BackendCompilerFailed(failing, RuntimeError("no"), inspect.currentframe())

    monkeypatch.setattr(gpu_runner, "draw", failing)
    with pytest.raises(GeneratorUnavailable, match=r"isn't ready: it can't be compiled"):
        await application.render(recipe, [], progress=Told())
    await application.aclose()


def test_a_pipeline_that_is_not_known_reads_as_much_as_its_call_says() -> None:
    from generation.backends.diffusion.prompt_tokens import reader_of_pipeline

    class Tokenizer:
        model_max_length = 4096

        def encode(self, text: str) -> list[str]:
            return text.split()

    class Unknown:
        def __init__(self) -> None:
            self.tokenizer = Tokenizer()

        def __call__(self, prompt: str, max_sequence_length: int = 256) -> None:
            """As Stable Diffusion 3's, which reads 256 where nothing is asked for."""
            raise NotImplementedError(prompt, max_sequence_length)

    pipe = Unknown()
    assert reader_of_pipeline(pipe, {}).limit == 256
    assert reader_of_pipeline(pipe, {"max_sequence_length": 128}).limit == 128


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, b"\x02\x00\x00\x00\x00\x00\x00\x00[]"])
async def test_a_lora_that_is_no_file_of_weights_is_said(
    models: TinyModels, tmp_path: Path, content: bytes
) -> None:
    lora = a_lora(tmp_path / "lora", models)
    (Path(lora.source) / lora.file).write_bytes(content)
    assert "its LoRA can't be used" in await failure(with_lora(models, lora))
