"""The facts that an inference server reports about itself, and what follows from them for its
generator.

SGLang-Diffusion's ``/v1/models`` names the model, its pipeline's class and its task (T2I, I2I or
TI2I); vLLM-Omni's names the model. A paid service is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from generation.capabilities import Capabilities
from generation.catalogue import CATALOGUE
from generation.image_services.wire import Json, objects
from generation.known_models import prompt_limit_of
from generation.prompt_reading import PromptLimit

_BY_PIPELINE: Final[Mapping[str, str]] = {
    "QwenImagePipeline": "qwen-image",
    "QwenImageEditPipeline": "qwen-image",
    "QwenImageEditPlusPipeline": "qwen-image",
    "FluxPipeline": "flux1-dev",
    "Flux2Pipeline": "flux2-dev",
    "Flux2KleinPipeline": "flux2-klein-4b",
    "ZImagePipeline": "z-image",
    "LongCatImagePipeline": "longcat-image",
    "OvisImagePipeline": "ovis-image",
}
"""A generator of the catalogue that reads prompts as that class does."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """One server; what it does not tell is empty."""

    software: str = ""
    """Its name and version, such as ``vllm 0.30.0``."""
    model: str = ""
    pipeline: str = ""
    task: str = ""
    models: int = 0
    """How many models it lists."""

    @classmethod
    def read(cls, models: Json, version: Json) -> ServerFacts:
        """From the answers of ``/v1/models`` and ``/version``; empty objects where there were
        none."""
        first: Json = (objects(models, "data") or [dict[str, str]()])[0]
        words = (str(first.get("owned_by") or ""), str(version.get("version") or ""))
        return cls(
            software=" ".join(filter(None, words)),
            model=str(first.get("id") or ""),
            pipeline=str(first.get("pipeline_class") or ""),
            task=str(first.get("task_type") or "").upper(),
            models=len(objects(models, "data")),
        )

    def prompt_limit(self, *, edits: bool) -> PromptLimit | None:
        """How long a prompt its model reads; None where that is not known."""
        if known := prompt_limit_of(self.model, edits=edits):
            return known
        alike = _BY_PIPELINE.get(self.pipeline)
        return CATALOGUE[alike].capabilities.prompt if alike else None

    @property
    def only_model(self) -> str:
        """The model's name where it serves one alone; a gateway's first one means nothing."""
        return self.model if self.models == 1 else ""

    @property
    def needs_references(self) -> bool:
        """Whether its model only changes pictures."""
        return self.task == "I2I"

    @property
    def draws_words_alone(self) -> bool:
        """Whether its model takes no references."""
        return self.task == "T2I"


def refined(can: Capabilities, words: ServerFacts, references: ServerFacts) -> Capabilities:
    """The capabilities of a generator by the reports of its servers for requests without and with
    references."""
    if references.draws_words_alone:
        can = replace(can, max_references=0)
    if words.needs_references and can.max_references:
        can = replace(can, min_references=max(1, can.min_references))
    return can
