"""One diffusers generator: which of its models serves a request, and what its recipes say."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from domain.errors import GeneratorUnavailable
from domain.illustrations import Picture, Recipe
from domain.translation.messages import gettext
from generation.backends.diffusion.gpu_runner import GpuRunner
from generation.backends.diffusion.loading import ModelSpec, UsedLora, can_cache
from generation.backends.diffusion.machine import Machine, versions
from generation.backends.diffusion.prompt_tokens import reader_of_folder
from generation.backends.diffusion.quantizing import has_bitsandbytes
from generation.backends.diffusion.weights import Described
from generation.capabilities import Capabilities
from generation.generator import Generator, Lora, Model
from generation.ports import Progress
from generation.presets import PRESETS, Acceleration
from generation.prompt_reading import PromptReader, estimating_reader


class DiffusionBackend:
    """Requests in words go to the text model, those with references to the edit model."""

    def __init__(self, generator: Generator, runner: GpuRunner) -> None:
        self._generator = generator
        self._runner = runner
        self._described: dict[str, Described] = {}
        self._loras: dict[str, UsedLora] = {}
        self._readers: dict[bool, PromptReader] = {}
        """How the models for words and for references read prompts."""

    async def prepare(self) -> None:
        """Find out the models' revisions; weights are downloaded when they are first used."""
        await asyncio.to_thread(self._look)

    def refined(self, can: Capabilities) -> Capabilities:
        """The same: the catalogue knows all of it."""
        return can

    def reader(self, *, edits: bool) -> PromptReader:
        """How its model reads prompts, by its own tokenizer once :meth:`prepare` was called; an
        estimate where that can't be had."""
        known = self._readers.get(edits)
        return known or estimating_reader(self._generator.capabilities.prompt)

    def complete(self, recipe: Recipe) -> Recipe:
        """The recipe with its model, how it is run, and this machine.

        A recipe that names its model keeps what it says, so that it can be made again after the
        settings have changed; only on another kind of device is it run as fits that device.
        """
        machine = self._runner.machine
        if "model" not in recipe.parameters:
            recipe = self._planned(recipe, machine)
        else:
            recipe = self._again(recipe, machine)
        return replace(recipe, versions=dict(versions()), device=machine.device)

    async def render(
        self, recipe: Recipe, references: Sequence[bytes], *, progress: Progress
    ) -> Picture:
        """Wait for the GPU and draw."""
        here = await asyncio.to_thread(self.complete, recipe)
        return await self._runner.render(
            here,
            references,
            spec_of(here),
            multiple=self._generator.capabilities.multiple,
            progress=progress,
        )

    async def examine(self) -> str:
        """Its device, whether its weights are here, and whether they fit the GPU."""
        return await asyncio.to_thread(self._examined)

    async def aclose(self) -> None:
        """Release the GPU; each generator on it calls this."""
        await self._runner.aclose()

    def _models(self) -> Sequence[Model]:
        return [m for m in (self._generator.text, self._generator.edit) if m is not None]

    def _model_for(self, *, edits: bool) -> Model:
        text, edit = self._generator.text, self._generator.edit
        chosen = (edit or text) if edits else (text or edit)
        if chosen is None:
            raise GeneratorUnavailable(
                gettext("The generator {name!r} has no model.", name=self._generator.name)
            )
        return chosen

    def _look(self) -> None:
        _ = self._runner.machine
        for model in self._models():
            can_cache(self._describe(model).denoiser)  # imports its class, which takes a second
            lora = self._lora_of(model)
            if lora is not None:
                self._used(lora)
        for edits in (False, True):
            self._look_at_tokenizer(edits=edits)

    def _look_at_tokenizer(self, *, edits: bool) -> None:
        if edits in self._readers:
            return
        model = self._model_for(edits=edits)
        revision = self._describe(model).revision
        reader = reader_of_folder(
            self._runner.weights, model.source, revision, self._arguments(model)
        )
        limit = self._generator.capabilities.prompt
        self._readers[edits] = reader or estimating_reader(limit)

    def _arguments(self, model: Model) -> dict[str, Any]:
        """What goes to the pipeline's call."""
        lora = self._lora_of(model)
        return {**model.arguments, **(lora.arguments if lora else {})}

    def _describe(self, model: Model) -> Described:
        place = f"{model.source}@{model.revision}"
        if place not in self._described:
            self._described[place] = self._runner.weights.describe(model.source, model.revision)
        return self._described[place]

    def _lora_of(self, model: Model) -> Lora | None:
        """The operator's own LoRA, or the one for few steps where the acceleration asks for it."""
        return model.lora or (model.distilled if self._is_distilled(model) else None)

    def _is_distilled(self, model: Model) -> bool:
        few = self._generator.acceleration.few_steps
        return few and model.distilled is not None and model.lora is None

    def _used(self, lora: Lora) -> UsedLora:
        place = f"{lora.source}/{lora.file}@{lora.revision}"
        if place not in self._loras:
            found = self._runner.weights.lora(lora.source, lora.file, lora.revision)
            self._loras[place] = UsedLora(
                lora.source, lora.file, lora.scale, found.sha256, found.revision
            )
        return self._loras[place]

    def _planned(self, recipe: Recipe, machine: Machine) -> Recipe:
        model = self._model_for(edits=bool(recipe.references))
        described = self._describe(model)
        lora = self._lora_of(model)
        parameters: dict[str, Any] = {
            **recipe.parameters,
            "preset": self._generator.preset,
            "model": model.source,
            "pipeline": described.pipeline,
            "scheduler": described.scheduler,
            "arguments": self._arguments(model),
            "acceleration": self._acceleration(model, described, machine, recipe).plain(),
        }
        if lora is not None:
            parameters["lora"] = asdict(self._used(lora))
            parameters["scheduler_changes"] = dict(lora.scheduler)
        return replace(recipe, revision=described.revision, parameters=parameters)

    def _acceleration(
        self, model: Model, described: Described, machine: Machine, recipe: Recipe
    ) -> Acceleration:
        """The generator's acceleration as far as it makes sense for that model.

        A preset's cache is left out where few steps leave nothing to reuse or the model has no
        place for it; a cache that the operator named stays, and loading says if it cannot be. A
        model is either cached or compiled: to skip a block breaks the compiled graph around it. A
        preset's 8-bit multiplication is used by compiled models on GPUs that have it, and not with
        a distilled LoRA, whose pictures it may spoil (ModelTC/Qwen-Image-Lightning, issue 32). A
        preset's 4 bits need an NVIDIA GPU and bitsandbytes; elsewhere weights are stored in 8 bits,
        or as they are where a LoRA would be spoilt, and come to the device layer by layer.
        """
        wanted = self._generator.acceleration
        usual = PRESETS.get(self._generator.preset, wanted)
        distilled = self._is_distilled(model)
        useless = model.is_distilled or not can_cache(described.denoiser)
        no_cache = distilled or (wanted.cache == usual.cache and useless)
        cache = "" if no_cache else wanted.cache
        fits = machine.capability >= (8, 9) and not distilled and not cache
        no_float8 = wanted.quantization == usual.quantization == "fp8-compute" and not fits
        if wanted.quantization == usual.quantization == "bnb-4bit" and not has_bitsandbytes(
            machine
        ):
            wanted = replace(
                wanted,
                quantization="" if self._lora_of(model) else "fp8",
                offload="group" if wanted.offload == usual.offload else wanted.offload,
            )
        return replace(
            wanted,
            dtype=machine.dtype(wanted.dtype),
            few_steps=distilled,
            cache=cache,
            quantization="" if no_float8 else wanted.quantization,
            compile=wanted.compile and not cache,
            batch=1 if recipe.references else wanted.batch,
        )

    def _again(self, recipe: Recipe, machine: Machine) -> Recipe:
        if recipe.revision.startswith("sha256:"):  # a folder is what it is today
            here = self._describe(Model(str(recipe.parameters["model"])))
            recipe = replace(recipe, revision=here.revision)
        if _kind(recipe.device) == _kind(machine.kind):
            return recipe
        model = self._model_for(edits=bool(recipe.references))
        fits = self._acceleration(model, self._describe(model), machine, recipe)
        parameters = {**recipe.parameters, "acceleration": fits.plain()}
        return replace(recipe, parameters=parameters)

    def _examined(self) -> str:
        machine = self._runner.machine
        can = self._generator.capabilities
        how = self._generator.acceleration
        small = how.offload or how.quantization
        if how == PRESETS["small-card"] and has_bitsandbytes(machine):
            self._check_small(machine)
        elif machine.memory_gb and machine.memory_gb < can.memory_gb * 0.95 and not small:
            raise GeneratorUnavailable(
                gettext(
                    "It needs about {memory_gb:g} GB of GPU memory, but {name} has "
                    "{available_gb:.0f} GB. Use the preset small-card.",
                    memory_gb=can.memory_gb,
                    name=machine.name,
                    available_gb=machine.memory_gb,
                )
            )
        return self._state()

    def _check_small(self, machine: Machine) -> None:
        """Whether the largest part fits the GPU with the preset for small ones."""
        can = self._generator.capabilities
        if machine.memory_gb < can.small_memory_gb * 0.9:
            raise GeneratorUnavailable(
                gettext(
                    "Even with the preset small-card it needs about {memory_gb:g} GB of GPU "
                    "memory, but {name} has {available_gb:.0f} GB. Use a smaller model or the "
                    'acceleration offload = "group".',
                    memory_gb=can.small_memory_gb,
                    name=machine.name,
                    available_gb=machine.memory_gb,
                )
            )

    def _state(self) -> str:
        machine = self._runner.machine
        names = list(dict.fromkeys(model.source for model in self._models()))
        are_here = self._runner.weights.are_here
        missing = [m.source for m in self._models() if not are_here(m.source, m.revision)]
        slow = " This model is slow on a CPU; use a GPU." if machine.kind == "cpu" else ""
        state = (
            f"not downloaded yet: {', '.join(dict.fromkeys(missing))}"
            if missing
            else "weights downloaded"
        )
        return (
            f"{' and '.join(names)} on {machine.device}, preset {self._generator.preset}, {state}."
            + slow
        )


def spec_of(recipe: Recipe) -> ModelSpec:
    """The model parts that a complete recipe needs loaded."""
    parameters: Mapping[str, Any] = recipe.parameters
    lora: Mapping[str, Any] | None = parameters.get("lora")
    return ModelSpec(
        source=str(parameters["model"]),
        revision=recipe.revision,
        acceleration=Acceleration.of(parameters["acceleration"]),
        lora=UsedLora(**lora) if lora else None,
        scheduler=dict(parameters.get("scheduler_changes", {})),
    )


def _kind(device: str) -> str:
    return device.split(" ", maxsplit=1)[0].partition(":")[0]
