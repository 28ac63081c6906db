"""The generators that Limner knows by name, as data: what each can do and where its model is.

Which of them an installation offers, and with which keys and folders, is the operator's choice; see
``app/generators.py`` and ``app/generator_tables.py``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

from generation.capabilities import MODEL_LABEL, STORYBOARD, Capabilities
from generation.generator import OWN_CHOICE, PIPELINES, Generator, Lora, Model
from generation.image_services.registry import IMAGE_SERVICES
from generation.prompt_reading import PromptLimit

NON_COMMERCIAL: Final = "FLUX non-commercial license"


def _model(name: str, *, memory: tuple[float, float, float], **about: Any) -> Capabilities:
    """A model; ``memory`` is GB of the GPU, of the GPU with small-card, and of main memory."""
    gpu, small, main = memory
    return Capabilities(
        name=name,
        label=MODEL_LABEL,
        is_model=True,
        memory_gb=gpu,
        small_memory_gb=small,
        main_memory_gb=main,
        **about,
    )


_LIGHTNING: Final = (
    "https://github.com/ModelTC/Qwen-Image-Lightning/blob/main/generate_with_diffusers.py"
)
# Lengths of prompts are what diffusers' pipelines read with the arguments below, less what the
# models' chat templates add where that counts too; prompt_tokens.py counts exactly.
_CLIP: Final = PromptLimit(75, "clip")
_QWEN_PROMPT: Final = PromptLimit(1019, "qwen")

_LIGHTNING_SHIFT: Final = {
    "base_shift": math.log(3),
    "max_shift": math.log(3),
    "shift_terminal": None,
}
"""The schedule that Qwen-Image's distilled LoRAs were trained with (the diffusers example of
ModelTC's Qwen-Image-Lightning). With the model's own terminal shift the last step would be lost."""
_QWEN_SIZES: Final = {
    "1:1": (1328, 1328),
    "16:9": (1664, 928),
    "9:16": (928, 1664),
    "4:3": (1472, 1104),
    "3:4": (1104, 1472),
    "3:2": (1584, 1056),
    "2:3": (1056, 1584),
}
"""The sizes that Qwen-Image's model card names; other aspects have about as many pixels."""

_QWEN_EDIT_PIXELS: Final = 1024 * 1024
"""Larger edits zoom in (QwenLM/Qwen-Image, issues 160 and 229)."""

QWEN_IMAGE = Generator(
    _model(
        "qwen-image",
        prompt=_QWEN_PROMPT,
        max_references=3,
        license="Apache-2.0",
        pixels=1328 * 1328,
        best_sizes=_QWEN_SIZES,
        edit_pixels=_QWEN_EDIT_PIXELS,
        memory=(58, 14, 20),
        preset="fast",
    ),
    backend="diffusers",
    text=Model(
        "Qwen/Qwen-Image",
        pipeline="qwenimage/pipeline_qwenimage",
        arguments={
            "num_inference_steps": 50,
            "true_cfg_scale": 4.0,
            "negative_prompt": " ",
            "max_sequence_length": 1024,
        },
        distilled=Lora(
            "lightx2v/Qwen-Image-Lightning",
            "Qwen-Image-Lightning-8steps-V2.0.safetensors",
            arguments={"num_inference_steps": 8, "true_cfg_scale": 1.0},
            scheduler=_LIGHTNING_SHIFT,
            schedule_from=_LIGHTNING,
        ),
    ),
    edit=Model(
        "Qwen/Qwen-Image-Edit-2511",
        pipeline="qwenimage/pipeline_qwenimage_edit_plus",
        arguments={
            "num_inference_steps": 40,
            "true_cfg_scale": 4.0,
            "negative_prompt": " ",
            "max_sequence_length": 1024,
        },
        distilled=Lora(
            "lightx2v/Qwen-Image-Edit-2511-Lightning",
            "Qwen-Image-Edit-2511-Lightning-4steps-V1.0-bf16.safetensors",
            arguments={"num_inference_steps": 4, "true_cfg_scale": 1.0},
            scheduler=_LIGHTNING_SHIFT,
            schedule_from=_LIGHTNING,
        ),
    ),
    sources={"size of edits": "https://github.com/QwenLM/Qwen-Image/issues/160"},
)

QWEN_IMAGE_2512 = replace(
    QWEN_IMAGE,
    capabilities=replace(QWEN_IMAGE.capabilities, name="qwen-image-2512"),
    text=Model(
        "Qwen/Qwen-Image-2512",
        pipeline="qwenimage/pipeline_qwenimage",
        arguments=cast("Model", QWEN_IMAGE.text).arguments,
        distilled=Lora(
            "lightx2v/Qwen-Image-2512-Lightning",
            "Qwen-Image-2512-Lightning-4steps-V1.0-bf16.safetensors",
            arguments={"num_inference_steps": 4, "true_cfg_scale": 1.0},
            scheduler=_LIGHTNING_SHIFT,
            schedule_from=_LIGHTNING,
        ),
    ),
)

_QWEN_2_1: Final = Model(
    "Qwen/Qwen-Image-2.1",
    arguments={"num_inference_steps": 40},
    pipeline="qwenimage21/pipeline_qwenimage21",
    steps_from=PIPELINES.format("qwenimage21/pipeline_qwenimage21"),
)
"""The pipeline's own defaults: 40 steps without guidance."""
QWEN_IMAGE_2_1 = Generator(
    _model(
        "qwen-image-2-1",
        max_references=10,
        license="Qwen research license, non-commercial",
        multiple=32,
        memory=(36, 8, 12),
        preset="exact-fast",
    ),
    backend="diffusers",
    text=_QWEN_2_1,
    edit=_QWEN_2_1,
)

FLUX1_DEV = Generator(
    _model(
        "flux1-dev",
        prompt=PromptLimit(511, "t5"),
        max_references=0,
        license=NON_COMMERCIAL,
        memory=(34, 9, 11),
        preset="fast",
    ),
    backend="diffusers",
    text=Model(
        "black-forest-labs/FLUX.1-dev",
        pipeline="flux/pipeline_flux",
        arguments={"num_inference_steps": 50, "guidance_scale": 3.5, "max_sequence_length": 512},
        distilled=Lora(
            "ByteDance/Hyper-SD",
            "Hyper-FLUX.1-dev-8steps-lora.safetensors",
            scale=0.125,
            arguments={"num_inference_steps": 8},
        ),
    ),
)

FLUX1_SCHNELL = Generator(
    _model(
        "flux1-schnell",
        prompt=PromptLimit(255, "t5"),
        max_references=0,
        license="Apache-2.0",
        memory=(34, 9, 11),
        preset="fast",
    ),
    backend="diffusers",
    text=Model(
        "black-forest-labs/FLUX.1-schnell",
        pipeline="flux/pipeline_flux",
        arguments={"num_inference_steps": 4, "guidance_scale": 0.0, "max_sequence_length": 256},
        is_distilled=True,
    ),
)

FLUX2_DEV = Generator(
    _model(
        "flux2-dev",
        prompt=PromptLimit(475, "mistral"),
        max_references=6,
        license=NON_COMMERCIAL,
        memory=(110, 20, 35),
        preset="fast",
    ),
    backend="diffusers",
    text=Model(
        "black-forest-labs/FLUX.2-dev",
        pipeline="flux2/pipeline_flux2",
        arguments={"num_inference_steps": 50, "guidance_scale": 4.0},
    ),
    edit=Model(
        "black-forest-labs/FLUX.2-dev",
        pipeline="flux2/pipeline_flux2",
        arguments={"num_inference_steps": 50, "guidance_scale": 4.0},
    ),
)

_KLEIN: Final = {"num_inference_steps": 4, "guidance_scale": 1.0}
"""The values on the distilled klein models' cards."""


def _klein_model(size: str) -> Model:
    return Model(
        f"black-forest-labs/FLUX.2-klein-{size}",
        arguments=_KLEIN,
        is_distilled=True,
        pipeline="flux2/pipeline_flux2_klein",
    )


FLUX2_KLEIN_4B = Generator(
    _model(
        "flux2-klein-4b",
        prompt=PromptLimit(499, "qwen"),
        max_references=4,
        license="Apache-2.0",
        memory=(16, 5, 7),
        preset="fast",
    ),
    backend="diffusers",
    text=_klein_model("4B"),
    edit=_klein_model("4B"),
)

FLUX2_KLEIN_9B = Generator(
    _model(
        "flux2-klein-9b",
        prompt=PromptLimit(499, "qwen"),
        max_references=4,
        license=NON_COMMERCIAL,
        memory=(36, 8, 12),
        preset="fast",
    ),
    backend="diffusers",
    text=_klein_model("9B"),
    edit=_klein_model("9B"),
)

Z_IMAGE_TURBO = Generator(
    _model(
        "z-image-turbo",
        prompt=PromptLimit(504, "qwen"),
        max_references=0,
        license="Apache-2.0",
        memory=(21, 6, 8),
        preset="fast",
    ),
    backend="diffusers",
    text=Model(
        "Tongyi-MAI/Z-Image-Turbo",
        pipeline="z_image/pipeline_z_image",
        steps_from="https://github.com/huggingface/diffusers/pull/13730",
        # The card's 9 steps are of an older diffusers, where the last one changed nothing.
        arguments={"num_inference_steps": 8, "guidance_scale": 0.0},
        server_arguments={"num_inference_steps": 9},
        is_distilled=True,
    ),
)

Z_IMAGE = Generator(
    _model(
        "z-image",
        prompt=PromptLimit(504, "qwen"),
        max_references=0,
        license="Apache-2.0",
        memory=(21, 6, 8),
        preset="exact-fast",
    ),
    backend="diffusers",
    text=Model(
        "Tongyi-MAI/Z-Image",
        pipeline="z_image/pipeline_z_image",
        arguments={"num_inference_steps": 50, "guidance_scale": 4.0},
    ),
)

GLM_IMAGE = Generator(
    _model(
        "glm-image",
        max_references=0,
        license="MIT",
        multiple=32,
        memory=(38, 9, 13),
        preset="exact-fast",
    ),
    backend="diffusers",
    text=Model(
        "zai-org/GLM-Image",
        arguments={"num_inference_steps": 50, "guidance_scale": 1.5},
        pipeline="glm_image/pipeline_glm_image",
    ),
)

LONGCAT_IMAGE = Generator(
    _model(
        "longcat-image",
        prompt=PromptLimit(512, "qwen"),
        max_references=1,
        license="Apache-2.0",
        memory=(30, 8, 12),
        preset="exact-fast",
    ),
    backend="diffusers",
    text=Model(
        "meituan-longcat/LongCat-Image",
        pipeline="longcat_image/pipeline_longcat_image",
        steps_from="https://github.com/meituan-longcat/LongCat-Image",
        # Its own rewriting of prompts would change what was looked up.
        arguments={
            "num_inference_steps": 50,
            "guidance_scale": 4.0,
            "enable_prompt_rewrite": False,
        },
    ),
    edit=Model(
        "meituan-longcat/LongCat-Image-Edit",
        pipeline="longcat_image/pipeline_longcat_image_edit",
        steps_from="https://github.com/meituan-longcat/LongCat-Image",
        arguments={"num_inference_steps": 50, "guidance_scale": 4.5},
    ),
)

OVIS_IMAGE = Generator(
    _model(
        "ovis-image",
        prompt=PromptLimit(247, "qwen"),
        max_references=0,
        license="Apache-2.0",
        memory=(22, 6, 8),
        preset="exact-fast",
    ),
    backend="diffusers",
    text=Model(
        "AIDC-AI/Ovis-Image-7B",
        pipeline="ovis_image/pipeline_ovis_image",
        arguments={"num_inference_steps": 50, "guidance_scale": 5.0, "negative_prompt": ""},
    ),
)

_KREA: Final = "https://github.com/krea-ai/krea-2"
_KREA_LICENSE: Final = "Krea 2 community license"

KREA_2_TURBO = Generator(
    _model(
        "krea-2-turbo",
        prompt=PromptLimit(507, "qwen"),
        max_references=0,
        license=_KREA_LICENSE,
        max_side=2048,
        memory=(37, 10, 12),
        preset="fast",
    ),
    backend="diffusers",
    text=Model(
        "krea/Krea-2-Turbo",
        pipeline="krea2/pipeline_krea2",
        arguments={"num_inference_steps": 8, "guidance_scale": 0.0},
        # Its guidance counts from 0, that of servers from 1.
        server_arguments={"guidance_scale": None},
        is_distilled=True,
        steps_from=_KREA,
    ),
    sources={"sizes": _KREA, "license": "https://www.krea.ai/krea-2-licensing"},
)

KREA_2 = Generator(
    replace(
        KREA_2_TURBO.capabilities,
        name="krea-2",
        max_side=1536,
        preset="exact-fast",
    ),
    backend="diffusers",
    text=Model(
        "krea/Krea-2-Raw",
        pipeline="krea2/pipeline_krea2",
        arguments={"num_inference_steps": 52, "guidance_scale": 3.5},
        server_arguments={"guidance_scale": None},
        steps_from=_KREA,
    ),
    sources=KREA_2_TURBO.sources,
)

_ERNIE: Final = "https://github.com/baidu/ERNIE-Image"
_ERNIE_SIZES: Final = {
    "1:1": (1024, 1024),
    "3:2": (1264, 848),
    "2:3": (848, 1264),
    "4:3": (1200, 896),
    "3:4": (896, 1200),
    "16:9": (1376, 768),
    "9:16": (768, 1376),
}
"""The sizes that ERNIE-Image's model card recommends."""

ERNIE_IMAGE = Generator(
    _model(
        "ernie-image",
        max_references=0,
        license="Apache-2.0",
        best_sizes=_ERNIE_SIZES,
        memory=(33, 7, 14),
        preset="exact-fast",
    ),
    backend="diffusers",
    text=Model(
        "baidu/ERNIE-Image",
        pipeline="ernie_image/pipeline_ernie_image",
        # Its own rewriting of prompts would change what was looked up.
        arguments={"num_inference_steps": 50, "guidance_scale": 4.0, "use_pe": False},
        steps_from=_ERNIE,
    ),
)

ERNIE_IMAGE_TURBO = replace(
    ERNIE_IMAGE,
    capabilities=replace(ERNIE_IMAGE.capabilities, name="ernie-image-turbo", preset="fast"),
    text=Model(
        "baidu/ERNIE-Image-Turbo",
        pipeline="ernie_image/pipeline_ernie_image",
        arguments={"num_inference_steps": 8, "guidance_scale": 1.0, "use_pe": False},
        is_distilled=True,
        steps_from=_ERNIE,
    ),
)

SDXL = Generator(
    _model(
        "sdxl",
        prompt=_CLIP,
        max_references=0,
        license="CreativeML Open RAIL++-M",
        memory=(10, 5, 6),
        preset="fast",
    ),
    backend="diffusers",
    text=Model(
        "stabilityai/stable-diffusion-xl-base-1.0",
        pipeline="stable_diffusion_xl/pipeline_stable_diffusion_xl",
        steps_from=PIPELINES.format("stable_diffusion_xl/pipeline_stable_diffusion_xl"),
        arguments={"num_inference_steps": 50, "guidance_scale": 5.0},
        distilled=Lora(
            "ByteDance/SDXL-Lightning",
            "sdxl_lightning_8step_lora.safetensors",
            arguments={"num_inference_steps": 8, "guidance_scale": 0.0},
            scheduler={"timestep_spacing": "trailing"},
        ),
    ),
)

SD_UPSCALER = Generator(
    _model(
        "sd-upscaler",
        prompt=_CLIP,
        max_references=1,
        min_references=1,
        license="CreativeML Open RAIL++-M",
        memory=(8, 5, 5),
        preset="quality",
        draws=False,
        upscale_factors=(2, 4),
    ),
    backend="diffusers",
    edit=Model(
        "stabilityai/stable-diffusion-x4-upscaler",
        pipeline="stable_diffusion/pipeline_stable_diffusion_upscale",
        steps_from=OWN_CHOICE,
        arguments={"num_inference_steps": 30, "guidance_scale": 7.0, "noise_level": 10},
    ),
)

CATALOGUE: Mapping[str, Generator] = {
    generator.name: generator
    for generator in (
        Generator(STORYBOARD, backend="storyboard"),
        QWEN_IMAGE,
        QWEN_IMAGE_2512,
        QWEN_IMAGE_2_1,
        FLUX1_DEV,
        FLUX1_SCHNELL,
        FLUX2_DEV,
        FLUX2_KLEIN_4B,
        FLUX2_KLEIN_9B,
        Z_IMAGE_TURBO,
        Z_IMAGE,
        GLM_IMAGE,
        LONGCAT_IMAGE,
        OVIS_IMAGE,
        KREA_2_TURBO,
        KREA_2,
        ERNIE_IMAGE,
        ERNIE_IMAGE_TURBO,
        SDXL,
        SD_UPSCALER,
        *(
            Generator(spec.capabilities, backend=name, service=spec.service, sources=spec.sources)
            for name, spec in IMAGE_SERVICES.items()
        ),
    )
}
