"""A model ready to draw: its pipeline loaded, accelerated as the recipe says, and on its device."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import diffusers
import torch
import torch.fx.experimental._config as symbols

from domain.errors import GeneratorUnavailable, InvalidSettings
from domain.translation.messages import gettext
from generation.backends.diffusion.float8 import compute_in_float8
from generation.backends.diffusion.machine import Machine, out_of_memory
from generation.backends.diffusion.quantizing import (
    DENOISERS,
    quantized_parts,
    store_in_float8,
)
from generation.backends.diffusion.sharing import share_parts, shared_parts
from generation.backends.diffusion.weights import Weights
from generation.presets import Acceleration, read_cache

LORA_NAME = "limner"
_DOWN = re.compile(r"lora_(?:embedding_)?A\b|\blora(?:_linear_layer)?\.down\b|lora_down\b")
"""In the names of a LoRA's values, as diffusers converts them: one matrix of each layer."""
UNEVEN = frozenset({"Flux2Transformer2DModel"})
"""Classes whose first and last blocks give results of different forms, which the first-block cache
of diffusers 0.42 trips over."""


_OF_ENCODER = re.compile(r"text_encoder|lora_te|conditioner")
"""The beginning of a LoRA's names for text encoders, in the forms that diffusers reads."""


@dataclass(frozen=True, slots=True)
class UsedLora:
    """A LoRA as a recipe names it."""

    source: str
    file: str
    scale: float
    sha256: str
    revision: str = ""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Everything that decides what is loaded; two recipes of one spec share a loaded model."""

    source: str
    revision: str
    acceleration: Acceleration
    lora: UsedLora | None = None
    scheduler: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Changes to the scheduler's configuration."""

    @property
    def key(self) -> str:
        """The same for specs that load the same."""
        acceleration = {k: v for k, v in self.acceleration.plain().items() if k != "batch"}
        lora = self.lora.sha256 + str(self.lora.scale) if self.lora else None
        return json.dumps(
            [self.source, self.revision, acceleration, lora, dict(self.scheduler)], sort_keys=True
        )


def load(spec: ModelSpec, weights: Weights, machine: Machine) -> Any:
    """The pipeline. Downloads what is missing; takes from seconds to minutes.

    Raises:
        GeneratorUnavailable: It cannot be had, or not with this acceleration on this machine.
    """
    folder = weights.folder(spec.source, spec.revision)
    loader = _Loader(spec, folder, machine, own_encoders=_changes_encoders(spec, weights))
    pipe = loader.step(gettext("its files can't be loaded"), loader.from_folder)
    accelerate(pipe, spec, weights, machine)
    loader.share(pipe)
    return pipe


def shared_encoders(spec: ModelSpec, weights: Weights, machine: Machine) -> Mapping[str, Any]:
    """The text encoders that are loaded already and that :func:`load` will use; whoever makes room
    for the model keeps them meanwhile. Downloads what is missing."""
    own = _changes_encoders(spec, weights)
    folder = weights.folder(spec.source, spec.revision)
    return _Loader(spec, folder, machine, own_encoders=own).shared()


def _changes_encoders(spec: ModelSpec, weights: Weights) -> bool:
    """Whether a LoRA changes the text encoders too; those for few steps leave them alone."""
    if spec.lora is None:
        return False
    path = weights.lora(spec.lora.source, spec.lora.file, spec.lora.revision).path
    if path.suffix != ".safetensors":
        return True
    with path.open("rb") as file:  # a header of JSON behind its length
        try:
            header: dict[str, Any] = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        except (ValueError, OverflowError, MemoryError):
            return True  # loading it says what is wrong
    return any(map(_OF_ENCODER.match, header))


def accelerate(pipe: Any, spec: ModelSpec, weights: Weights, machine: Machine) -> None:
    """Make a pipeline whose weights are in main memory ready as the spec says, on its device.

    Raises:
        GeneratorUnavailable: This acceleration is not possible on this machine.
    """
    loader = _Loader(spec, Path(spec.source), machine)
    loader.get_ready(pipe)
    for why, work in (
        (
            gettext("its LoRA can't be used ({file})", file=spec.lora.file) if spec.lora else "",
            loader.use_lora,
        ),
        (gettext("its scheduler can't be changed"), loader.change_scheduler),
        (
            gettext("attention {attention!r} can't be used", attention=spec.acceleration.attention),
            loader.choose_attention,
        ),
        (gettext("cache {cache!r} can't be used", cache=spec.acceleration.cache), loader.use_cache),
        (gettext("fp8 weights can't be used"), loader.cast_weights),
        (gettext("it can't be moved to the device"), loader.place),
        (gettext("it can't be compiled"), loader.compile),
    ):
        loader.step(why, lambda work=work: work(pipe, weights))  # type: ignore[misc]


def not_ready(source: str, why: str, error: Exception) -> GeneratorUnavailable:
    """The error when a library could not load a model."""
    reason = str(error).strip().partition("\n")[0].rstrip(".")[:200]
    return GeneratorUnavailable(
        gettext(
            "The model {source!r} isn't ready: {why} ({said}).", source=source, why=why, said=reason
        )
    )


class _Loader:
    """The steps of loading one model, and what to say when one fails."""

    def __init__(
        self, spec: ModelSpec, folder: Path, machine: Machine, *, own_encoders: bool = False
    ) -> None:
        self._own_encoders = own_encoders
        self._spec = spec
        self._how = spec.acceleration
        self._folder = folder
        self._machine = machine
        self._dtype = getattr(torch, machine.dtype(self._how.dtype))

    def step(self, why: str, work: Callable[[], Any]) -> Any:
        """Do a step; its failure becomes a sentence for the operator."""
        try:
            return work()
        except (GeneratorUnavailable, InvalidSettings):
            raise
        except Exception as error:  # any error of a library for a model that does not fit it
            if out_of_memory(error):
                raise GeneratorUnavailable(
                    gettext(
                        "The model {source!r} doesn't fit in GPU memory. Use the "
                        "preset small-card.",
                        source=self._spec.source,
                    )
                ) from error
            raise not_ready(self._spec.source, why, error) from error

    def from_folder(self) -> Any:
        """Load the weights; only safetensors, since other files could run code."""
        return diffusers.DiffusionPipeline.from_pretrained(
            self._folder,
            dtype=self._dtype,
            use_safetensors=True,
            local_files_only=True,
            **quantized_parts(self._folder, self._how, self._machine, self._dtype),
            **self.shared(),
        )

    def shared(self) -> Mapping[str, Any]:
        """Encoders that another model has loaded from the same files."""
        return shared_parts(self._folder, self._shared_how) if self._may_share else {}

    @property
    def _may_share(self) -> bool:
        """Parts that are moved about, stored in few bits or changed by a LoRA belong to one
        pipeline."""
        plain = self._how.quantization in ("", "fp8-compute") and not self._own_encoders
        return plain and not self._how.offload

    @property
    def _shared_how(self) -> tuple[object, ...]:
        return (self._dtype, self._machine.kind)

    def share(self, pipe: Any) -> None:
        """Let models that are loaded later use the same text encoders."""
        if self._may_share:
            share_parts(pipe, self._folder, self._shared_how)

    def get_ready(self, pipe: Any) -> None:
        """Quiet, and without dropout, which some families keep on: they would not repeat
        themselves."""
        pipe.set_progress_bar_config(disable=True)
        for part in pipe.components.values():
            if isinstance(part, torch.nn.Module):
                part.eval()

    def use_lora(self, pipe: Any, weights: Weights) -> None:
        """Load the LoRA and melt it into the weights, so that it costs no time."""
        lora = self._spec.lora
        if lora is None:
            return
        if self._how.quantization == "fp8":  # ModelTC/Qwen-Image-Lightning, issue 32
            raise GeneratorUnavailable(
                gettext(
                    "The quantization 'fp8' spoils the pictures of the LoRA {file!r}. Use "
                    "bnb-4bit, or leave one of them out.",
                    file=lora.file,
                )
            )
        found = weights.lora(lora.source, lora.file, lora.revision)
        if found.sha256 != lora.sha256:
            raise GeneratorUnavailable(
                gettext("The LoRA {file!r} isn't the one the recipe was made with.", file=lora.file)
            )
        file = found.path
        pipe.load_lora_weights(file.parent, weight_name=file.name, adapter_name=LORA_NAME)
        self._check_lora(pipe, file)
        pipe.set_adapters([LORA_NAME], [lora.scale])
        if self._how.quantization in ("", "fp8-compute"):
            pipe.fuse_lora(adapter_names=[LORA_NAME], lora_scale=1.0)
            pipe.unload_lora_weights()

    def _check_lora(self, pipe: Any, file: Path) -> None:
        """See that every layer of the LoRA is in the model: diffusers leaves out those that have no
        place there, and only logs it."""
        read: Any = pipe.lora_state_dict(file.parent, weight_name=file.name)
        names: list[str] = list(read if hasattr(read, "keys") else read[0])
        wanted = len({name for name in names if _DOWN.search(name)})
        there = sum(
            LORA_NAME in layers
            for part in pipe.components.values()
            if isinstance(part, torch.nn.Module)
            for module in part.modules()
            for kind in ("lora_A", "lora_embedding_A")
            if (layers := getattr(module, kind, None)) is not None
        )
        if there < wanted or not there:
            raise GeneratorUnavailable(
                gettext(
                    "The LoRA {file!r} doesn't fit the model {source!r}: only {there} of its "
                    "{wanted} layers have a place there. Use the LoRA of this model.",
                    file=file.name,
                    source=self._spec.source,
                    there=there,
                    wanted=wanted,
                )
            )

    def change_scheduler(self, pipe: Any, _weights: Weights) -> None:
        """Replace parts of the scheduler's configuration."""
        if self._spec.scheduler:
            kind: Any = pipe.scheduler.__class__
            pipe.scheduler = kind.from_config(pipe.scheduler.config, **self._spec.scheduler)

    def choose_attention(self, pipe: Any, _weights: Weights) -> None:
        """Set the attention backend, the default one too: diffusers lets models that name none use
        what another model of the process chose last."""
        part = denoiser(pipe)
        attention = self._how.attention
        if attention != "native" or hasattr(part, "set_attention_backend"):
            part.set_attention_backend(attention)

    def use_cache(self, pipe: Any, _weights: Weights) -> None:
        """Reuse parts of one step in the next."""
        if not self._how.cache:
            return
        kind, number = read_cache(self._how.cache)
        config = (
            diffusers.FirstBlockCacheConfig(threshold=number)
            if kind == "first-block"
            else diffusers.TaylorSeerCacheConfig(cache_interval=int(number))
        )
        part = denoiser(pipe)
        if not hasattr(part, "enable_cache") or (
            kind == "first-block" and not can_cache(type(part).__name__)
        ):
            raise GeneratorUnavailable(
                gettext(
                    "The model {source!r} can't use the cache {kind}. Remove it from its settings.",
                    source=self._spec.source,
                    kind=kind,
                )
            )
        part.enable_cache(config)

    def cast_weights(self, pipe: Any, _weights: Weights) -> None:
        """Store weights in 8 bits and compute in the full type, or in 8 bits too."""
        if self._how.quantization == "fp8":
            store_in_float8(pipe, denoiser(pipe), self._dtype)
        elif self._how.quantization == "fp8-compute":
            self._check_float8()
            compute_in_float8(denoiser(pipe))

    def _check_float8(self) -> None:
        if not self._machine.has_float8:
            raise GeneratorUnavailable(
                gettext(
                    "The quantization 'fp8-compute' needs a GPU with 8-bit floating point "
                    "(NVIDIA Ada, Hopper or later). Use fp8 here."
                )
            )

    def place(self, pipe: Any, _weights: Weights) -> None:
        """Bring the weights to the device, all at once or as they are needed."""
        device = torch.device(self._machine.kind)
        if self._how.tiling:
            pipe.vae.enable_tiling()
        if self._how.offload == "group":
            stream = device.type == "cuda"
            pipe.enable_group_offload(
                onload_device=device,
                offload_device=torch.device("cpu"),
                offload_type="leaf_level",
                use_stream=stream,
                low_cpu_mem_usage=stream,
            )
        elif self._how.offload == "model":
            if device.type == "cpu":
                raise GeneratorUnavailable(
                    gettext("The offload 'model' needs a GPU. Use 'group' here.")
                )
            pipe.enable_model_cpu_offload(device=device)
        else:
            pipe.to(device)

    def compile(self, pipe: Any, _weights: Weights) -> None:
        """Have the blocks that repeat compiled when they first run, once for all sizes and
        lengths of prompts."""
        if self._how.compile:
            # Else a size that happens to equal a width of the model would be compiled for itself.
            symbols.use_duck_shape = False
            # Else the order of sums is what was quickest when the compiler tried some, and the next
            # process draws another picture of the same recipe (seen on an H100).
            same_order = {"deterministic": True}
            denoiser(pipe).compile_repeated_blocks(
                fullgraph=False, dynamic=True, options=same_order
            )


def denoiser(pipe: Any) -> Any:
    """The part that runs at every step."""
    for name in DENOISERS:
        if getattr(pipe, name, None) is not None:
            return getattr(pipe, name)
    raise GeneratorUnavailable(
        gettext("The pipeline {pipeline} has no part to accelerate.", pipeline=type(pipe).__name__)
    )


def can_cache(name: str) -> bool:
    """Whether diffusers' class of that name can use the first-block cache: it also has to know the
    blocks that repeat in it, and of newer classes it does not."""
    kind: Any = getattr(diffusers, name, None)
    if name in UNEVEN or not hasattr(kind, "enable_cache"):
        return False
    module = importlib.import_module(kind.__module__)
    known: Any = importlib.import_module("diffusers.hooks._helpers").TransformerBlockRegistry
    try:
        for block in kind._repeated_blocks or ("",):  # noqa: SLF001 - there is no public way
            known.get(getattr(module, block, None))
    except ValueError:
        return False
    return True
