"""Generators, presets and search providers as the code lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from tables import code, codes, table

from agent.providers.registry import PROVIDERS
from agent.providers.spec import ProviderSpec
from app.settings import Settings
from app.storage_settings import PREFIX
from domain.requests import AspectRatio
from generation.catalogue import CATALOGUE
from generation.generator import MEASURED, OWN_CHOICE, PIPELINES, Generator, Lora, Model
from generation.image_services.registry import list_price
from generation.image_services.spec import NOT_FOUND
from generation.presets import PRESETS, Acceleration

_LOCAL = ("name", "models", "reference pictures", "longest prompt", "license", "memory")


def generators() -> str:
    """Every generator with what it takes: first those that run here, then services."""
    every = CATALOGUE.values()
    here = [_local(generator) for generator in every if generator.service is None]
    services = [_service(generator) for generator in every if generator.service is not None]
    return "\n".join(
        [
            "## On your own machine\n",
            table(_LOCAL, here),
            (
                "A longer prompt is shortened by whole sentences, the least important first; the "
                "message says which. Memory: of the GPU with the preset `quality`, of the GPU with "
                "`small-card`, and the main memory that `small-card` takes. The last two are "
                "estimated from the number of weights; three were measured, see the guide to "
                "GPUs.\n"
            ),
            "### Settings of their authors, and where the numbers are from\n",
            table(_SETTINGS, [_settings(g) for g in CATALOGUE.values() if g.text or g.edit]),
            (
                "Steps and guidance of the preset `quality`; where a model for references has "
                "others, they come second. The size is that of a square picture. The last column "
                "leads to what says so: license and references stand on the models' cards, the "
                "longest prompt in their pipelines.\n"
            ),
            "## Services\n",
            table(("name", "default model", "reference pictures", "settings"), services),
            "### Where the numbers of services are from\n",
            table(_OF_SERVICES, [_numbers(g) for g in every if g.service is not None]),
            (
                "Of the default model. The size is that of a square picture; prices are the "
                "providers' lists of November 2026, in US dollars. The last column leads to the "
                "official page that says so; where none was found, compare the number with the "
                "provider's console.\n"
            ),
        ]
    )


_SETTINGS = ("name", "steps", "guidance", "few steps", "size", "best preset", "from")
_HUB = "https://huggingface.co/"


def _settings(generator: Generator) -> tuple[str, ...]:
    can = generator.capabilities
    models = [model for model in (generator.text, generator.edit) if model is not None]
    square = can.best_sizes.get("1:1") or (round(can.pixels**0.5),) * 2
    return (
        code(generator.name),
        _each(models, "num_inference_steps"),
        _each(models, "true_cfg_scale", "guidance_scale"),
        ", ".join(dict.fromkeys(_few_steps(model) for model in models)).strip(", "),
        f"{square[0]}×{square[1]}" if can.draws else "",
        code(can.preset),
        ", ".join(
            f"[{what}]({where})" if where else what for what, where in sources_of(generator).items()
        ),
    )


_OF_SERVICES = ("name", "size", "price", "license", "from")


def _numbers(generator: Generator) -> tuple[str, ...]:
    can = generator.capabilities
    width, height = can.size(AspectRatio(1, 1))
    return (
        code(generator.name),
        f"{width}×{height}" if not can.min_references else "that of the last reference",
        _price(generator),
        can.license,
        ", ".join(
            f"{what}: not found" if where == NOT_FOUND else f"[{what}]({where})"
            for what, where in generator.sources.items()
        ),
    )


def _price(generator: Generator) -> str:
    price = list_price(generator.service.model if generator.service else "")
    if price.output_tokens:
        return f"${price.output_tokens:g} a million tokens of the picture"
    return f"${price.picture:g} a picture" if price.picture else "none"


def _each(models: Sequence[Model], *names: str) -> str:
    given = (next((m.arguments[n] for n in names if n in m.arguments), "none") for m in models)
    return ", ".join(dict.fromkeys(str(value) for value in given))


def _few_steps(model: Model) -> str:
    if model.distilled is not None:
        return str(model.distilled.arguments["num_inference_steps"])
    return "its own" if model.is_distilled else ""


def sources_of(generator: Generator) -> Mapping[str, str]:
    """The addresses of what says its numbers, by what they say."""
    found: dict[str, str] = {}
    for kind, model in (("", generator.text), (" for edits", generator.edit)):
        if model is None or (kind and model == generator.text):
            continue
        found[f"card{kind}"] = _HUB + model.source
        if model.steps_from == OWN_CHOICE:
            found["steps chosen by Limner"] = ""
        elif model.steps_from:
            found[f"steps{kind}"] = model.steps_from
        if model.pipeline:
            found[f"pipeline{kind}"] = PIPELINES.format(model.pipeline)
        if model.distilled is not None:
            found[f"few steps{kind}"] = _schedule(model.distilled)
    return {**found, **generator.sources, "memory": MEASURED}


def _schedule(lora: Lora) -> str:
    return lora.schedule_from or _HUB + lora.source


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
    """Every search provider with what it needs and its settings; required ones are marked."""
    return table(
        ("name", "searches", "gives news", "charged by", "settings"),
        [
            (
                code(spec.name),
                spec.title,
                "yes" if spec.gives_news else "",
                spec.price_unit,
                _settings_of(spec),
            )
            for spec in PROVIDERS.values()
        ],
    )


def _settings_of(spec: ProviderSpec) -> str:
    """Its settings, those that must be set first."""
    named = (
        (spec.key_setting, True),
        ("feeds" if spec.needs_feeds else "", True),
        (spec.address_setting, spec.needs_address),
    )
    known = [(code(f"{PREFIX}{name.upper()}"), needed) for name, needed in named if name]
    known.sort(key=lambda pair: not pair[1])
    return ", ".join(name + (" (required)" if needed else "") for name, needed in known)


def _local(generator: Generator) -> tuple[str, ...]:
    can = generator.capabilities
    models = dict.fromkeys(m.source for m in (generator.text, generator.edit) if m)
    memory = _memory(generator)
    longest = f"{can.prompt.length:,} tokens" if can.prompt.tokenizer else ""
    return code(generator.name), codes(models), _references(generator), longest, can.license, memory


def _memory(generator: Generator) -> str:
    can = generator.capabilities
    if generator.backend != "diffusers":
        return "none"
    return f"{can.memory_gb:g} / {can.small_memory_gb:g} / {can.main_memory_gb:g} GB"


def _service(generator: Generator) -> tuple[str, ...]:
    model = generator.service.model if generator.service else ""
    prefix = generator.name.replace("-", "_") + "_"
    own = [f"{PREFIX}{n.upper()}" for n in Settings.model_fields if n.startswith(prefix)]
    return code(generator.name), code(model), _references(generator), codes(own)


def _references(generator: Generator) -> str:
    can = generator.capabilities
    if not can.draws:
        return "enlarges a finished picture"
    if can.min_references:
        return f"{can.min_references} to {can.max_references}"
    return f"up to {can.max_references}" if can.max_references else "none"
