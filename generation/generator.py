"""A generator as data: what it can do, and the models that draw for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from generation.capabilities import Capabilities
from generation.image_services.spec import Service
from generation.presets import PRESETS, Acceleration

PIPELINES: Final = (
    "https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/pipelines/{}.py"
)
"""The address of a pipeline's source."""
OWN_CHOICE: Final = "own"
"""In place of a source: steps and guidance that were chosen for Limner."""
MEASURED: Final = "../guides/gpu.md#presets"
"""Where what was measured on a GPU stands, in the documentation."""


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
    schedule_from: str = ""
    """Where its steps, scale and schedule are from; empty: its card on the hub."""


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
    pipeline: str = ""
    """The module of diffusers' pipelines that runs it: how it cuts prompts stands there."""
    steps_from: str = ""
    """Where its steps and guidance are from; empty: the model's card on the hub."""
    server_arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Arguments that mean something else to inference servers than to diffusers; None is not
    sent."""


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
    sources: Mapping[str, str] = field(default_factory=dict[str, str])
    """Addresses of what says something that neither the model's card nor its pipeline does, by
    what it is; of a service's official pages."""

    @property
    def name(self) -> str:
        """Its display name."""
        return self.capabilities.name

    def with_preset(self, name: str) -> Generator:
        """The same, run as that preset says."""
        return replace(self, preset=name, acceleration=PRESETS[name])
