"""Generators, presets and search providers as the code lists them."""

from __future__ import annotations

from dataclasses import fields

from tables import code, codes, table

from agent.providers.registry import NEWS, PROVIDERS, ProviderSettings
from app.settings import Settings
from app.storage_settings import PREFIX
from generation.catalogue import CATALOGUE, Generator
from generation.presets import PRESETS, Acceleration


def generators() -> str:
    """Every generator with what it takes."""
    return table(
        ("name", "backend", "model", "references", "license", "GPU memory", "settings"),
        [_generator(generator) for generator in CATALOGUE.values()],
    )


def presets() -> str:
    """What each preset changes of the defaults."""
    plain = Acceleration()
    return table(
        ("preset", "changes"),
        [
            (
                code(name),
                codes(
                    f"{field.name} = {getattr(preset, field.name)!r}"
                    for field in fields(preset)
                    if getattr(preset, field.name) != getattr(plain, field.name)
                )
                or "nothing: each model as its authors made it",
            )
            for name, preset in PRESETS.items()
        ],
    )


def providers() -> str:
    """Every search provider, with whether it gives news and the settings that are its own."""
    known = {field.name for field in fields(ProviderSettings)}
    return table(
        ("name", "news", "settings"),
        [
            (
                code(name),
                "yes" if name in NEWS else "",
                codes(
                    f"{PREFIX}{field.upper()}"
                    for field in Settings.model_fields
                    if field in known and (field == name or field.startswith(f"{name}_"))
                ),
            )
            for name in PROVIDERS
        ],
    )


def _generator(generator: Generator) -> tuple[str, ...]:
    can = generator.capabilities
    models = [model.source for model in (generator.text, generator.edit) if model]
    if generator.service and generator.service.model:
        models.append(generator.service.model)
    if can.min_references:
        references = f"{can.min_references} to {can.max_references}"
    elif can.max_references:
        references = f"up to {can.max_references}"
    else:
        references = "none"
    memory = f"{can.memory_gb:g} GB" if generator.backend == "diffusers" else ""
    prefix = generator.name.replace("-", "_") + "_"
    own = [f"{PREFIX}{n.upper()}" for n in Settings.model_fields if n.startswith(prefix)]
    return (
        code(generator.name),
        code(generator.backend),
        codes(dict.fromkeys(models)),
        references if can.draws else "enlarges finished pictures",
        can.license,
        memory,
        codes(own),
    )
