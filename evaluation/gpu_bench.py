"""Each preset against stock diffusers on one card: pictures a minute and peak memory, as ratios.

``python -m evaluation.gpu_bench --model qwen-image --model sdxl`` builds the real architectures
with random weights, so nothing is downloaded: speed and memory depend on shapes, not on what was
learnt. Stock is the pipeline as diffusers loads it, in bfloat16 on the card. ``--tiny`` runs the
same script with tiny models on any machine.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import diffusers
import torch
import transformers
from rich.console import Console
from rich.table import Table

from evaluation.peers import pipelines
from generation.backends.diffusion.denoising import Frame, Run, draw
from generation.backends.diffusion.loading import ModelSpec, accelerate, can_cache, denoiser
from generation.backends.diffusion.machine import Machine, found, out_of_memory
from generation.backends.diffusion.weights import Weights
from generation.catalogue import CATALOGUE, Model
from generation.presets import PRESETS, Acceleration

RUNS = 3
"""Pictures that are measured, after one that compiles and warms up."""
PROMPT = "a red cat on a bridge in the fog, in the style of an old photograph"


@dataclass(frozen=True, slots=True)
class Result:
    """What one way to run a model gave; None where ran out of memory."""

    name: str
    per_minute: float | None
    peak_gb: float | None


def qwen_image() -> Any:
    """Qwen-Image: 20 billion weights in the transformer, 8 in the text encoder."""
    tokenizer = pipelines.byte_tokenizer()
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
            "vocab_size": 152064,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1e6,
                "mrope_section": [16, 24, 24],
            },
        },
        vision_config={"out_hidden_size": 3584},
    )
    return diffusers.QwenImagePipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        vae=diffusers.AutoencoderKLQwenImage(),
        text_encoder=transformers.Qwen2_5_VLForConditionalGeneration(config),
        tokenizer=tokenizer,
        transformer=diffusers.QwenImageTransformer2DModel(),
    )


def sdxl() -> Any:
    """Stable Diffusion XL: 2.6 billion weights in the U-Net."""
    unet = diffusers.UNet2DConditionModel(
        sample_size=128,
        block_out_channels=(320, 640, 1280),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10),
        attention_head_dim=(5, 10, 20),
        cross_attention_dim=2048,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    )
    vae = diffusers.AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        layers_per_block=2,
        scaling_factor=0.13025,
    )
    return diffusers.StableDiffusionXLPipeline(
        vae=vae,
        text_encoder=_clip(768, layers=12, heads=12, act="quick_gelu"),
        text_encoder_2=_clip(1280, layers=32, heads=20, act="gelu"),
        tokenizer=pipelines.clip_tokenizer(),
        tokenizer_2=pipelines.clip_tokenizer(),
        unet=unet,
        scheduler=diffusers.EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"
        ),
        add_watermarker=False,
    )


def _clip(size: int, *, layers: int, heads: int, act: str) -> Any:
    config = transformers.CLIPTextConfig(
        hidden_size=size,
        intermediate_size=4 * size,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        projection_dim=size,
        hidden_act=act,
    )
    kind = transformers.CLIPTextModelWithProjection if size == 1280 else transformers.CLIPTextModel
    return kind(config)


REAL: Mapping[str, Callable[[], Any]] = {"qwen-image": qwen_image, "sdxl": sdxl}
TINY: Mapping[str, Callable[[], Any]] = {
    "qwen-image": pipelines.qwen_image,
    "sdxl": pipelines.sdxl,
}


def built(build: Callable[[], Any], dtype: Any) -> Any:
    """A pipeline of random weights in main memory, made in its own type so that it fits."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        pipe = build()
    finally:
        torch.set_default_dtype(before)
    return pipe.to(dtype=dtype)


def compared(name: str, *, tiny: bool, side: int, steps: int | None, device: str) -> list[Result]:
    """Stock diffusers first, then every preset."""
    machine = found(device, threads=0)
    dtype = getattr(torch, machine.dtype("auto"))
    model = CATALOGUE[name].text
    if model is None:
        raise ValueError(f"{name} draws nothing from words")
    build = (TINY if tiny else REAL)[name]
    results: list[Result] = []
    for preset in ("stock", *PRESETS):
        pipe = built(build, dtype)
        how, arguments = _way(preset, model, pipe, steps)
        results.append(_result(preset, pipe, how, arguments, machine, side=side))
        del pipe
        _forget()
    return results


def _way(
    preset: str, model: Model, pipe: Any, steps: int | None
) -> tuple[Acceleration | None, dict[str, Any]]:
    """The acceleration and the arguments as a worker would plan them; None for stock."""
    arguments = dict(model.arguments)
    how = PRESETS.get(preset)
    if how is not None and how.few_steps and model.distilled is not None:
        # The LoRA is melted into the weights, so that its shapes are theirs: only steps matter.
        arguments |= dict(model.distilled.arguments)
        how = replace(how, cache="")
    elif how is not None and how.cache:
        possible = can_cache(type(denoiser(pipe)).__name__)
        how = replace(how, cache=how.cache if possible else "", compile=not possible)
    if steps is not None and arguments["num_inference_steps"] > steps:
        arguments["num_inference_steps"] = steps
    return how, arguments


def _result(
    name: str,
    pipe: Any,
    how: Acceleration | None,
    arguments: Mapping[str, Any],
    machine: Machine,
    *,
    side: int,
) -> Result:
    try:
        if how is None:
            pipe.set_progress_bar_config(disable=True)
            pipe.to(machine.kind)
        else:
            spec = ModelSpec("random weights", "", replace(how, dtype=machine.dtype("auto")))
            accelerate(pipe, spec, Weights(None), machine)
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        run = Run([Frame(PROMPT, seed=1)], side, side, arguments)
        draw(pipe, run)
        began = time.perf_counter()
        for _ in range(RUNS):
            draw(pipe, run)
        seconds = (time.perf_counter() - began) / RUNS
    except Exception as error:
        if not out_of_memory(error):
            raise
        return Result(name, None, None)
    return Result(name, 60 / seconds, _peak_gb())


def _peak_gb() -> float | None:
    return torch.cuda.max_memory_allocated() / 2**30 if torch.cuda.is_available() else None


def _forget() -> None:
    gc.collect()
    torch.compiler.reset()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _row(result: Result, stock: Result) -> Sequence[str]:
    if result.per_minute is None:
        return (result.name, "ran out of memory", "", "", "")
    faster = f"{result.per_minute / stock.per_minute:.2f} ×" if stock.per_minute else ""
    peak = f"{result.peak_gb:.1f} GB" if result.peak_gb else "not counted"
    less = f"{result.peak_gb / stock.peak_gb:.2f} ×" if result.peak_gb and stock.peak_gb else ""
    return (result.name, f"{result.per_minute:.2f}", faster, peak, less)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one table a model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", choices=list(REAL))
    parser.add_argument("--size", type=int, default=1024, help="side in pixels")
    parser.add_argument("--steps", type=int, help="at most so many steps, to save time")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--tiny", action="store_true", help="tiny models, to try the script")
    chosen = parser.parse_args(arguments)
    for name in chosen.model or list(REAL):
        results = compared(
            name,
            tiny=chosen.tiny,
            side=chosen.size,
            steps=chosen.steps,
            device=chosen.device,
        )
        table = Table(title=f"{name} at {chosen.size} × {chosen.size}, random weights")
        for column in ("preset", "pictures a minute", "of stock", "peak memory", "of stock"):
            table.add_column(column)
        for result in results:
            table.add_row(*_row(result, results[0]))
        Console().print(table)


if __name__ == "__main__":
    main()
