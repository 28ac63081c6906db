"""Models for :mod:`evaluation.gpu_bench`: the real architectures with random weights, made on the
GPU itself, and inputs of many lengths in place of a text encoder's.

Speed and memory depend on shapes alone. Configurations are those of the models' published
``config.json``; where diffusers' defaults are those, nothing is repeated here. The text encoder is
left out: it runs once a picture, for tens of milliseconds.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import diffusers
import torch

Size = tuple[int, int]
Inputs = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BenchModel:
    """One model of the bench.

    ``lengths`` are tokens of prompts, ``sizes`` pixels (width, height), the first of each the usual
    one; ``steps`` what its authors use. ``inputs`` gives what a pipeline's call takes in place of
    a prompt, from its length in tokens and the width of a token.
    """

    name: str
    build: Callable[[], Any]
    tiny: Callable[[], Any]
    inputs: Callable[[int, int], Inputs]
    lengths: Sequence[int]
    sizes: Sequence[Size]
    steps: int
    distilled: str = ""
    """The distilled weights that the preset ``fast`` would use."""
    caches: bool = True
    """Whether a step cache can be used with it."""


def klein() -> Any:
    """FLUX.2 klein 4B: 5 double and 20 single blocks of width 3072 (black-forest-labs/flux2)."""
    return _klein(double=5, single=20, heads=24, text=7680)


def klein_9b() -> Any:
    """FLUX.2 klein 9B: 8 double and 24 single blocks of width 4096 (black-forest-labs/flux2)."""
    return _klein(double=8, single=24, heads=32, text=12288)


def _klein(*, double: int, single: int, heads: int, text: int) -> Any:
    transformer = diffusers.Flux2Transformer2DModel(
        num_layers=double,
        num_single_layers=single,
        num_attention_heads=heads,
        joint_attention_dim=text,
        guidance_embeds=False,
    )
    return diffusers.Flux2KleinPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=diffusers.AutoencoderKLFlux2(),
        text_encoder=None,
        tokenizer=None,
        transformer=transformer,
        is_distilled=True,
    )


def z_image() -> Any:
    """Z-Image: 30 blocks of width 3840, and FLUX.1's autoencoder."""
    vae = diffusers.AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        layers_per_block=2,
        latent_channels=16,
        sample_size=1024,  # larger pictures are decoded in tiles where tiling is on
        use_quant_conv=False,
        use_post_quant_conv=False,
        shift_factor=0.1159,
        scaling_factor=0.3611,
    )
    return diffusers.ZImagePipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=vae,
        text_encoder=None,
        tokenizer=None,
        transformer=diffusers.ZImageTransformer2DModel(),
    )


def qwen_image() -> Any:
    """Qwen-Image: 60 blocks of width 3072, 20 billion weights."""
    return diffusers.QwenImagePipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=diffusers.AutoencoderKLQwenImage(),
        text_encoder=None,
        tokenizer=None,
        transformer=diffusers.QwenImageTransformer2DModel(),
    )


def sdxl() -> Any:
    """Stable Diffusion XL: a U-Net with 2.6 billion weights."""
    unet = diffusers.UNet2DConditionModel(
        sample_size=128,
        block_out_channels=(320, 640, 1280),
        layers_per_block=2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(5, 10, 20),
        transformer_layers_per_block=(1, 2, 10),
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
        sample_size=1024,
        scaling_factor=0.13025,
    )
    with torch.device("cpu"):  # it computes its schedule with numpy
        scheduler = diffusers.EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            timestep_spacing="leading",
            steps_offset=1,
        )
    return diffusers.StableDiffusionXLPipeline(
        scheduler=scheduler,
        vae=vae,
        text_encoder=None,
        text_encoder_2=None,
        tokenizer=None,
        tokenizer_2=None,
        unet=unet,
        add_watermarker=False,
    )


def _tiny(name: str) -> Any:
    from evaluation.peers.tiny_models import FAMILIES

    return FAMILIES[name]()


def _random(length: int, width: int, *, seed: int) -> torch.Tensor:
    noise = torch.Generator("cpu").manual_seed(seed)
    return torch.randn((1, length, width), generator=noise)


def _klein_inputs(length: int, width: int) -> Inputs:
    return {"prompt_embeds": _random(length, width, seed=length), "guidance_scale": 1.0}


def _z_inputs(length: int, width: int) -> Inputs:
    return {"prompt_embeds": [_random(length, width, seed=length)[0]], "guidance_scale": 0.0}


def _qwen_inputs(length: int, width: int) -> Inputs:
    return {
        "prompt_embeds": _random(length, width, seed=length),
        "prompt_embeds_mask": torch.ones((1, length), dtype=torch.long),
        "negative_prompt_embeds": _random(6, width, seed=1),
        "negative_prompt_embeds_mask": torch.ones((1, 6), dtype=torch.long),
        "true_cfg_scale": 4.0,
        "max_sequence_length": 1024,
    }


_SECOND_CLIP: Mapping[int, int] = {2048: 1280, 64: 32}
"""The width of SDXL's second encoder, by that of both, for the real and for the tiny model."""


def _sdxl_inputs(length: int, width: int) -> Inputs:
    whole = _SECOND_CLIP[width]
    return {
        "prompt_embeds": _random(length, width, seed=length),
        "negative_prompt_embeds": _random(length, width, seed=1),
        "pooled_prompt_embeds": _random(1, whole, seed=length)[0],
        "negative_pooled_prompt_embeds": _random(1, whole, seed=1)[0],
        "guidance_scale": 5.0,
    }


MODELS: Mapping[str, BenchModel] = {
    model.name: model
    for model in (
        BenchModel(
            "flux2-klein-4b",
            klein,
            lambda: _tiny("flux2"),
            _klein_inputs,
            lengths=(512,),  # its pipeline pads every prompt to 512
            sizes=((1024, 1024), (1344, 768), (768, 768)),
            steps=4,
            caches=False,
        ),
        BenchModel(
            "z-image-turbo",
            z_image,
            lambda: _tiny("z-image"),
            _z_inputs,
            lengths=(200, 30, 500),
            sizes=((1024, 1024), (1344, 768)),
            steps=8,
            caches=False,
        ),
        BenchModel(
            "qwen-image",
            qwen_image,
            lambda: _tiny("qwen-image"),
            _qwen_inputs,
            lengths=(200, 700, 30),
            sizes=((1328, 1328), (1024, 1024), (1664, 928)),
            steps=50,
            distilled="Qwen-Image-Lightning, 8 steps",
        ),
        BenchModel(
            "flux2-klein-9b",
            klein_9b,
            lambda: _tiny("flux2"),
            _klein_inputs,
            lengths=(512,),
            sizes=((1024, 1024), (1344, 768)),
            steps=4,
            caches=False,
        ),
        BenchModel(
            "sdxl",
            sdxl,
            lambda: _tiny("sdxl"),
            _sdxl_inputs,
            lengths=(77,),
            sizes=((1024, 1024), (1344, 768)),
            steps=50,
            distilled="SDXL-Lightning, 8 steps",
            caches=False,
        ),
    )
}


def named_folder(text: str) -> tuple[str, str]:
    """A model of the bench and a folder, from ``MODEL=FOLDER`` on the command line."""
    name, _, folder = text.partition("=")
    if name not in MODELS or not folder:
        raise ArgumentTypeError(f"{text!r} isn't MODEL=FOLDER with one of {', '.join(MODELS)}")
    return name, folder


def text_width(denoiser: Any) -> int:
    """The number of values that stand for a token of the prompt."""
    config = denoiser.config
    names = ("joint_attention_dim", "cap_feat_dim", "cross_attention_dim")
    return int(next(config[name] for name in names if config.get(name)))


def initialise_the_rest(denoiser: Any) -> None:
    """Give values to the parameters that diffusers leaves as memory had them (padding tokens)."""
    for name, parameter in denoiser.named_parameters():
        if "pad_token" in name:
            torch.nn.init.normal_(parameter, std=0.02)


@contextmanager
def made_on(device: str, dtype: torch.dtype) -> Generator[None]:
    """Make what is built inside at once on the device and in its type, which takes seconds where
    main memory would take minutes."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            yield
    finally:
        torch.set_default_dtype(before)


def moved(inputs: Inputs, device: str, dtype: torch.dtype) -> Inputs:
    """The inputs on the device; embeddings in that type."""

    def one(value: Any) -> Any:
        if isinstance(value, list):
            return [one(part) for part in value]  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(value, torch.Tensor):
            return value
        return value.to(device, dtype if value.is_floating_point() else None)

    return {name: one(value) for name, value in inputs.items()}
