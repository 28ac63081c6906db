"""Weights in fewer bits: the parts of a model that are large, loaded and stored one by one.

The denoiser and the text encoders are most of a model, so both are quantized. Files of bfloat16
weights are mapped into memory and not read whole, so main memory holds what is stored alone.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import diffusers
import torch
import transformers
from diffusers.hooks.layerwise_casting import apply_layerwise_casting

from domain.errors import GeneratorUnavailable
from domain.translation.messages import gettext
from generation.backends.diffusion.machine import Machine, forget_garbage
from generation.presets import Acceleration

DENOISERS: Final = ("transformer", "unet")
ENCODERS: Final = ("text_encoder", "text_encoder_2", "text_encoder_3", "vision_language_encoder")
_LIBRARIES: Final[Mapping[str, Any]] = {"diffusers": diffusers, "transformers": transformers}
_IN_FULL: Final = ("embed", "shared", "norm", r"(^|\.)wo$", "lm_head")
"""Modules of text encoders that keep their type: embeddings and norms are small and sensitive, and
T5 looks at the type of ``wo`` before it is used."""


def has_bitsandbytes(machine: Machine) -> bool:
    """Whether weights can be stored in 8 or 4 bits here."""
    return machine.kind.startswith("cuda") and bool(importlib.util.find_spec("bitsandbytes"))


def quantized_parts(
    folder: Path, how: Acceleration, machine: Machine, dtype: torch.dtype
) -> dict[str, Any]:
    """The large parts of a model in 8 or 4 bits by bitsandbytes, on the GPU or, where they are
    moved there when they are needed, in main memory; empty where the weights stay as they are.

    Each is loaded by itself and put aside before the next, so that a GPU needs room for the largest
    alone.

    Raises:
        GeneratorUnavailable: This machine has no GPU for it.
    """
    if not how.quantization.startswith("bnb-"):
        return {}
    if not machine.kind.startswith("cuda"):
        raise GeneratorUnavailable(
            gettext(
                "The quantization {quantization!r} needs an NVIDIA GPU. Use fp8 here.",
                quantization=how.quantization,
            )
        )
    index: Mapping[str, Any] = json.loads((folder / "model_index.json").read_text("utf-8"))
    parts: dict[str, Any] = {}
    for name in (*DENOISERS, *ENCODERS):
        library, kind = index.get(name) or (None, None)
        if library not in _LIBRARIES or not kind:
            continue
        part = _loaded(folder / name, str(library), str(kind), how, machine, dtype)
        if how.offload == "model" and how.quantization == "bnb-4bit":
            part = part.to("cpu")  # the pipeline brings it back for as long as it works
            forget_garbage()
        parts[name] = part
    return parts


def _loaded(
    folder: Path, library: str, kind: str, how: Acceleration, machine: Machine, dtype: torch.dtype
) -> Any:
    source = _LIBRARIES[library]
    config = source.BitsAndBytesConfig(
        load_in_4bit=how.quantization == "bnb-4bit",
        load_in_8bit=how.quantization == "bnb-8bit",
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=dtype,
    )
    name_of_type = "torch_dtype" if library == "diffusers" else "dtype"
    return getattr(source, kind).from_pretrained(
        folder,
        quantization_config=config,
        device_map={"": machine.kind},
        use_safetensors=True,
        local_files_only=True,
        **{name_of_type: dtype},
    )


def store_in_float8(pipe: Any, denoiser: Any, dtype: torch.dtype) -> None:
    """Store the weights of the denoiser and of the text encoders in 8 bits, each layer turned to
    the full type while it works."""
    stored = torch.float8_e4m3fn
    denoiser.enable_layerwise_casting(storage_dtype=stored, compute_dtype=dtype)
    for name in ENCODERS:
        encoder = getattr(pipe, name, None)
        if isinstance(encoder, torch.nn.Module):
            apply_layerwise_casting(
                encoder, storage_dtype=stored, compute_dtype=dtype, skip_modules_pattern=_IN_FULL
            )
