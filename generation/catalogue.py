"""The generators that Limner knows by name, as data: what each can do and where its model is.

Which of them an installation offers, and with which keys and folders, is the operator's choice; see
``app/generators.py`` and ``app/generator_tables.py``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from generation.capabilities import MODEL_LABEL, STORYBOARD, Capabilities
from generation.image_services.registry import IMAGE_SERVICES, list_price
from generation.image_services.spec import Service
from generation.presets import PRESETS, Acceleration
from generation.prompt_reading import PromptLimit

NON_COMMERCIAL: Final = "FLUX non-commercial license"


@dataclass(frozen=True, slots=True)
class Lora:
    """A LoRA: ``source`` is a hub id or a folder, ``file`` the file in it.

    ``arguments`` and ``scheduler`` replace the model's own where the LoRA is used.
    """

    source: str
    file: str
    scale: float = 1.0
    revision: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    scheduler: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Model:
    """Weights for diffusers: ``source`` is a hub id or a folder, ``revision`` a commit of the hub.

    ``arguments`` are passed to the pipeline's call; ``distilled`` is the LoRA for few steps.
    """

    source: str
    revision: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    lora: Lora | None = None
    distilled: Lora | None = None
    is_distilled: bool = False
    """Whether the weights themselves were trained for few steps, which leave a step cache nothing
    to reuse."""


@dataclass(frozen=True, slots=True)
class Generator:
    """A generator that can be offered: what it can do, and what makes its pictures.

    ``backend`` is a name of ``generation.registry.BACKENDS``. A diffusers generator has a model for
    requests in words (``text``), one for those with references (``edit``), or both.
    """

    capabilities: Capabilities
    backend: str
    text: Model | None = None
    edit: Model | None = None
    acceleration: Acceleration = PRESETS["quality"]
    preset: str = "quality"
    service: Service | None = None

    @property
    def name(self) -> str:
        """Its display name."""
        return self.capabilities.name

    def with_preset(self, name: str) -> Generator:
        """The same, run as that preset says."""
        return replace(self, preset=name, acceleration=PRESETS[name])


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
        ),
    ),
    edit=Model(
        "Qwen/Qwen-Image-Edit-2511",
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
        ),
    ),
)

QWEN_IMAGE_2512 = replace(
    QWEN_IMAGE,
    capabilities=replace(QWEN_IMAGE.capabilities, name="qwen-image-2512"),
    text=Model(
        "Qwen/Qwen-Image-2512",
        arguments=cast("Model", QWEN_IMAGE.text).arguments,
        distilled=Lora(
            "lightx2v/Qwen-Image-2512-Lightning",
            "Qwen-Image-2512-Lightning-4steps-V1.0-bf16.safetensors",
            arguments={"num_inference_steps": 4, "true_cfg_scale": 1.0},
            scheduler=_LIGHTNING_SHIFT,
        ),
    ),
)

_QWEN_2_1: Final = Model("Qwen/Qwen-Image-2.1", arguments={"num_inference_steps": 40})
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
        arguments={"num_inference_steps": 28, "guidance_scale": 3.5, "max_sequence_length": 512},
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
        preset="quality",
    ),
    backend="diffusers",
    text=Model(
        "black-forest-labs/FLUX.1-schnell",
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
        arguments={"num_inference_steps": 50, "guidance_scale": 4.0},
    ),
    edit=Model(
        "black-forest-labs/FLUX.2-dev",
        arguments={"num_inference_steps": 50, "guidance_scale": 4.0},
    ),
)

_KLEIN: Final = {"num_inference_steps": 4, "guidance_scale": 1.0}
"""The values on the distilled klein models' cards."""

FLUX2_KLEIN_4B = Generator(
    _model(
        "flux2-klein-4b",
        prompt=PromptLimit(499, "qwen"),
        max_references=4,
        license="Apache-2.0",
        memory=(16, 5, 7),
    ),
    backend="diffusers",
    text=Model("black-forest-labs/FLUX.2-klein-4B", arguments=_KLEIN, is_distilled=True),
    edit=Model("black-forest-labs/FLUX.2-klein-4B", arguments=_KLEIN, is_distilled=True),
)

FLUX2_KLEIN_9B = Generator(
    _model(
        "flux2-klein-9b",
        prompt=PromptLimit(499, "qwen"),
        max_references=4,
        license=NON_COMMERCIAL,
        memory=(36, 8, 12),
    ),
    backend="diffusers",
    text=Model("black-forest-labs/FLUX.2-klein-9B", arguments=_KLEIN, is_distilled=True),
    edit=Model("black-forest-labs/FLUX.2-klein-9B", arguments=_KLEIN, is_distilled=True),
)

Z_IMAGE_TURBO = Generator(
    _model(
        "z-image-turbo",
        prompt=PromptLimit(504, "qwen"),
        max_references=0,
        license="Apache-2.0",
        memory=(21, 6, 8),
        preset="quality",
    ),
    backend="diffusers",
    text=Model(
        "Tongyi-MAI/Z-Image-Turbo",
        arguments={"num_inference_steps": 9, "guidance_scale": 0.0},
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
        preset="quality",
    ),
    backend="diffusers",
    text=Model(
        "Tongyi-MAI/Z-Image",
        arguments={"num_inference_steps": 50, "guidance_scale": 4.0},
    ),
)

GLM_IMAGE = Generator(
    _model("glm-image", max_references=0, license="MIT", multiple=32, memory=(38, 9, 13)),
    backend="diffusers",
    text=Model("zai-org/GLM-Image", arguments={"num_inference_steps": 50, "guidance_scale": 1.5}),
)

LONGCAT_IMAGE = Generator(
    _model(
        "longcat-image",
        prompt=PromptLimit(512, "qwen"),
        max_references=0,
        license="Apache-2.0",
        memory=(30, 8, 12),
    ),
    backend="diffusers",
    text=Model(
        "meituan-longcat/LongCat-Image",
        # Its own rewriting of prompts would change what was looked up.
        arguments={
            "num_inference_steps": 50,
            "guidance_scale": 4.5,
            "enable_prompt_rewrite": False,
        },
    ),
)

OVIS_IMAGE = Generator(
    _model(
        "ovis-image",
        prompt=PromptLimit(247, "qwen"),
        max_references=0,
        license="Apache-2.0",
        memory=(22, 6, 8),
    ),
    backend="diffusers",
    text=Model(
        "AIDC-AI/Ovis-Image-7B",
        arguments={"num_inference_steps": 50, "guidance_scale": 5.0, "negative_prompt": ""},
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
        arguments={"num_inference_steps": 40, "guidance_scale": 6.0},
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
        SDXL,
        SD_UPSCALER,
        *(
            Generator(spec.capabilities, backend=name, service=spec.service)
            for name, spec in IMAGE_SERVICES.items()
        ),
    )
}


def prompt_limit_of(model: str, *, edits: bool = False) -> PromptLimit | None:
    """How long a prompt a model of that source reads; None for one that is not known here."""
    for generator in CATALOGUE.values():
        known = generator.edit if edits else generator.text
        if known is not None and known.source == model:
            return generator.capabilities.prompt
    return None


SENT_ALONG: Final = ("num_inference_steps", "guidance_scale", "true_cfg_scale", "negative_prompt")
"""Arguments of pipelines that inference servers take under the same name."""


def authors_arguments(model: str, *, edits: bool = False) -> Mapping[str, Any]:
    """The preset of a model's authors, where the catalogue knows the model behind a server."""
    for generator in CATALOGUE.values():
        known = generator.edit if edits else generator.text
        if known is not None and known.source == model:
            return {k: v for k, v in known.arguments.items() if k in SENT_ALONG}
    return {}


def license_of_model(model: str) -> str | None:
    """The license of a model by its source; None for one that is not known here."""
    for generator in CATALOGUE.values():
        if model in {m.source for m in (generator.text, generator.edit) if m is not None}:
            return generator.capabilities.license
    return None


def of_service_model(generator: Generator, model: str) -> Generator:
    """The generator with another model of its service, with what that model can do."""
    if generator.service is None or not model:
        return generator
    can = IMAGE_SERVICES[generator.backend].adapt(generator.capabilities, model)
    service = replace(generator.service, model=model, price=list_price(model))
    return replace(generator, capabilities=can, service=service)
