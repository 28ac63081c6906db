"""What the catalogue knows of a model that is served elsewhere, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from generation.catalogue import CATALOGUE
from generation.generator import Generator, Model
from generation.image_services.registry import IMAGE_SERVICES, list_price
from generation.prompt_reading import PromptLimit


def prompt_limit_of(model: str, *, edits: bool = False) -> PromptLimit | None:
    """How long a prompt a model of that source reads; None for one that is not known here."""
    found = _find(model, edits=edits)
    return found[0].capabilities.prompt if found else None


SENT_ALONG: Final = ("num_inference_steps", "guidance_scale", "true_cfg_scale", "negative_prompt")
"""Arguments of pipelines that inference servers take under the same name."""


def authors_arguments(model: str, *, edits: bool = False) -> Mapping[str, Any]:
    """The preset of a model's authors, where the catalogue knows the model behind a server."""
    found = _find(model, edits=edits)
    if found is None:
        return {}
    arguments = {**found[1].arguments, **found[1].server_arguments}
    return {k: v for k, v in arguments.items() if k in SENT_ALONG and v is not None}


def _find(model: str, *, edits: bool) -> tuple[Generator, Model] | None:
    """The first generator that draws with a model of that source, and the model."""
    for generator in CATALOGUE.values():
        known = generator.edit if edits else generator.text
        if known is not None and known.source == model:
            return generator, known
    return None


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
