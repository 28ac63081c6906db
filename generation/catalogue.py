"""The generators that Limner knows by name, as data: what each can do and where its model is.

Which of them an installation offers, and with which keys and folders, is the operator's choice; see
``app/generators.py``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from generation.capabilities import MODEL_LABEL, STORYBOARD, Capabilities
from generation.presets import PRESETS, Acceleration

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


@dataclass(frozen=True, slots=True)
class Price:
    """What a service charges in US dollars: by picture, and by million tokens."""

    picture: float = 0.0
    text_tokens: float = 0.0
    image_tokens: float = 0.0
    output_tokens: float = 0.0


@dataclass(frozen=True, slots=True)
class Service:
    """An image service: its address, its model's name there, and what it charges."""

    base_url: str
    model: str = ""
    api_key: str = field(default="", repr=False)
    price: Price = Price()
    timeout_s: float = 300.0
    needs_key: bool = True
    filtered: bool = False
    """Whether the provider judges each picture and gives none that its policy forbids."""
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Further fields of the request, for servers that take steps or guidance."""


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
        """What it is called."""
        return self.capabilities.name

    def with_preset(self, name: str) -> Generator:
        """The same, run as that preset says."""
        return replace(self, preset=name, acceleration=PRESETS[name])


def _model(name: str, **about: Any) -> Capabilities:
    return Capabilities(name=name, label=MODEL_LABEL, is_model=True, **about)


_LIGHTNING_SHIFT: Final = {"base_shift": math.log(3), "max_shift": math.log(3)}
"""What Qwen-Image's distilled LoRAs were trained with."""

QWEN_IMAGE = Generator(
    _model(
        "qwen-image",
        max_references=3,
        license="Apache-2.0",
        pixels=1328 * 1328,
        memory_gb=58,
        preset="fast",
    ),
    backend="diffusers",
    text=Model(
        "Qwen/Qwen-Image",
        arguments={"num_inference_steps": 50, "true_cfg_scale": 4.0, "negative_prompt": " "},
        distilled=Lora(
            "lightx2v/Qwen-Image-Lightning",
            "Qwen-Image-Lightning-8steps-V2.0.safetensors",
            arguments={"num_inference_steps": 8, "true_cfg_scale": 1.0},
            scheduler=_LIGHTNING_SHIFT,
        ),
    ),
    edit=Model(
        "Qwen/Qwen-Image-Edit-2511",
        arguments={"num_inference_steps": 40, "true_cfg_scale": 4.0, "negative_prompt": " "},
        distilled=Lora(
            "lightx2v/Qwen-Image-Edit-2511-Lightning",
            "Qwen-Image-Edit-2511-Lightning-4steps-V1.0-bf16.safetensors",
            arguments={"num_inference_steps": 4, "true_cfg_scale": 1.0},
            scheduler=_LIGHTNING_SHIFT,
        ),
    ),
)

FLUX1_DEV = Generator(
    _model("flux1-dev", max_references=0, license=NON_COMMERCIAL, memory_gb=34, preset="fast"),
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
    _model("flux1-schnell", max_references=0, license="Apache-2.0", memory_gb=34, preset="quality"),
    backend="diffusers",
    text=Model(
        "black-forest-labs/FLUX.1-schnell",
        arguments={"num_inference_steps": 4, "guidance_scale": 0.0, "max_sequence_length": 256},
    ),
)

FLUX2_DEV = Generator(
    _model("flux2-dev", max_references=6, license=NON_COMMERCIAL, memory_gb=110, preset="fast"),
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

Z_IMAGE_TURBO = Generator(
    _model("z-image-turbo", max_references=0, license="Apache-2.0", memory_gb=21, preset="quality"),
    backend="diffusers",
    text=Model(
        "Tongyi-MAI/Z-Image-Turbo",
        arguments={"num_inference_steps": 9, "guidance_scale": 0.0},
    ),
)

SDXL = Generator(
    _model(
        "sdxl", max_references=0, license="CreativeML Open RAIL++-M", memory_gb=10, preset="fast"
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
        max_references=1,
        min_references=1,
        license="CreativeML Open RAIL++-M",
        memory_gb=8,
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

GPT_IMAGE_SIZES: Final = {"1:1": (1024, 1024), "3:2": (1536, 1024), "2:3": (1024, 1536)}
OPENAI_IMAGES = Generator(
    _model(
        "openai-images",
        max_references=9,
        license="the provider's terms",
        sizes=GPT_IMAGE_SIZES,
        seeded=False,
        memory_gb=0,
    ),
    backend="openai-images",
    service=Service(base_url="https://api.openai.com/v1", model="gpt-image-1.5", filtered=True),
)

GEMINI_SIZES: Final = {
    "1:1": (1024, 1024),
    "2:3": (832, 1248),
    "3:2": (1248, 832),
    "3:4": (864, 1184),
    "4:3": (1184, 864),
    "4:5": (896, 1152),
    "5:4": (1152, 896),
    "9:16": (768, 1344),
    "16:9": (1344, 768),
    "21:9": (1536, 672),
}
GEMINI_IMAGE = Generator(
    _model(
        "gemini-image",
        max_references=3,
        license="the provider's terms",
        sizes=GEMINI_SIZES,
        memory_gb=0,
    ),
    backend="gemini-image",
    service=Service(
        base_url="https://generativelanguage.googleapis.com",
        model="gemini-2.5-flash-image",
        filtered=True,
    ),
)

SEEDREAM = Generator(
    _model(
        "seedream",
        max_references=9,
        license="the provider's terms",
        pixels=2048 * 2048,
        min_side=512,
        max_side=6144,
        memory_gb=0,
    ),
    backend="seedream",
    service=Service(
        base_url="https://ark.cn-beijing.volces.com/api/v3",
        model="doubao-seedream-4-5-251128",
        filtered=True,
    ),
)

QWEN_EDIT_SERVER = Generator(
    _model(
        "qwen-edit-server",
        max_references=3,
        min_references=1,
        license="Apache-2.0",
        memory_gb=0,
    ),
    backend="qwen-edit-server",
    service=Service(base_url="", needs_key=False, arguments={"num_inference_steps": 40}),
)

CATALOGUE: Mapping[str, Generator] = {
    generator.name: generator
    for generator in (
        Generator(STORYBOARD, backend="storyboard"),
        QWEN_IMAGE,
        FLUX1_DEV,
        FLUX1_SCHNELL,
        FLUX2_DEV,
        Z_IMAGE_TURBO,
        SDXL,
        SD_UPSCALER,
        OPENAI_IMAGES,
        GEMINI_IMAGE,
        SEEDREAM,
        QWEN_EDIT_SERVER,
    )
}

_PRICES: Mapping[str, Price] = {
    "gpt-image-1.5": Price(text_tokens=5, image_tokens=8, output_tokens=32),
    "gpt-image-1-mini": Price(text_tokens=2, image_tokens=2.5, output_tokens=8),
    "gpt-image-1": Price(text_tokens=5, image_tokens=10, output_tokens=40),
    "gemini-2.5-flash-image": Price(text_tokens=0.3, image_tokens=0.3, output_tokens=30),
    "gemini-3-pro-image": Price(text_tokens=2, image_tokens=2, output_tokens=120),
    "doubao-seedream-4-5": Price(picture=0.04),
    "seedream-4-5": Price(picture=0.04),
    "doubao-seedream-4-0": Price(picture=0.03),
    "seedream-4-0": Price(picture=0.03),
}
"""The providers' list prices of early 2026, by the beginning of a model's name."""


def list_price(model: str) -> Price:
    """The list price of a service's model; nothing for one that is not known."""
    known = [name for name in _PRICES if model.startswith(name)]
    return _PRICES[max(known, key=len)] if known else Price()


def of_service_model(generator: Generator, model: str) -> Generator:
    """The generator with another model of its service, with what that model can do.

    The OpenAI interface is also spoken by servers of open models (vLLM-Omni, SGLang and others),
    which take any size and a seed; Gemini's newer models take more references.
    """
    if generator.service is None or not model:
        return generator
    can = generator.capabilities
    if generator.backend == "openai-images" and not model.startswith(("gpt-image", "chatgpt")):
        can = replace(can, sizes={}, seeded=True, max_references=3)
    if generator.backend == "gemini-image" and not model.startswith("gemini-2"):
        can = replace(can, max_references=9)
    service = replace(generator.service, model=model, price=list_price(model))
    return replace(generator, capabilities=can, service=service)
