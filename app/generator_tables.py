"""How settings and a file of tables change the catalogue's generators.

A table of the file changes a generator of the catalogue, or defines one of one's own::

    [qwen-image]
    preset = "fast"
    steps = 12

    [our-style]
    based_on = "sdxl"
    model = "/models/our-sdxl"
    license = "our own"
    lora = { source = "/models/loras", file = "style.safetensors", scale = 0.8 }
    acceleration = { cache = "first-block:0.1", batch = 4 }
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from app.provider_settings import text_of
from app.settings import Settings
from domain.errors import InvalidSettings
from domain.licences import forbids_commerce
from domain.translation.messages import gettext
from generation.capabilities import Capabilities
from generation.catalogue import CATALOGUE
from generation.generator import Generator, Lora, Model
from generation.image_services.registry import IMAGE_SERVICES
from generation.image_services.spec import Price, Service
from generation.known_models import authors_arguments, license_of_model, of_service_model
from generation.presets import preset

_STRICT = ConfigDict(extra="forbid", frozen=True)


class LoraTable(BaseModel):
    """A LoRA in the file."""

    model_config = _STRICT
    source: str
    file: str
    scale: float = 1.0
    revision: str = ""
    arguments: dict[str, Any] = Field(default_factory=dict)
    scheduler: dict[str, Any] = Field(default_factory=dict)

    def lora(self) -> Lora:
        """The same as the catalogue writes it."""
        return Lora(**self.model_dump())


class PriceTable(BaseModel):
    """The price of a service in US dollars."""

    model_config = _STRICT
    picture: float = 0.0
    text_tokens: float = 0.0
    image_tokens: float = 0.0
    output_tokens: float = 0.0
    text_output_tokens: float = 0.0


class GeneratorTable(BaseModel):
    """One table of the file; what is left out stays as it is in the catalogue."""

    model_config = _STRICT
    based_on: str | None = None
    model: str | None = None
    revision: str | None = None
    edit_model: str | None = None
    edit_revision: str | None = None
    preset: str | None = None
    acceleration: dict[str, Any] = Field(default_factory=dict)
    steps: int | None = Field(default=None, ge=1, le=500)
    arguments: dict[str, Any] = Field(default_factory=dict)
    lora: LoraTable | None = None
    license: str | None = None
    max_references: int | None = Field(default=None, ge=0, le=9)
    pixels: int | None = Field(default=None, ge=64 * 64, le=4096 * 4096)
    memory_gb: float | None = Field(default=None, ge=0)
    base_url: str | list[str] | None = None
    edit_base_url: str | list[str] | None = None
    api_key: SecretStr | None = None
    edit_api_key: SecretStr | None = None
    timeout_s: float | None = Field(default=None, gt=0, le=3600)
    price: PriceTable | None = None


def read_tables(path: Path | None) -> Mapping[str, GeneratorTable]:
    """The file's tables by generator. Raises ``InvalidSettings``."""
    if path is None:
        return {}
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(
            gettext("The file {path!r} can't be read: {error}.", path=str(path), error=error)
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings(
            gettext("The file {path!r} isn't valid TOML: {error}.", path=str(path), error=error)
        ) from error
    tables: dict[str, GeneratorTable] = {}
    for name, table in plain.items():
        try:
            tables[name] = GeneratorTable.model_validate(table)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, (name, *first["loc"])))
            raise InvalidSettings(
                gettext(
                    "The entry {place} of {path!r} is wrong: {msg}.",
                    place=place,
                    path=str(path),
                    msg=first["msg"].lower(),
                )
            ) from None
    return tables


def changed_generator(name: str, table: GeneratorTable, settings: Settings) -> Generator:
    """The generator of that name with what its table and the settings change.

    Raises:
        InvalidSettings: There is no such generator, or a value is wrong; the message says which.
    """
    known = CATALOGUE.get(table.based_on or name)
    if known is None:
        raise _unknown(name, table, settings)
    generator = replace(known, capabilities=_capabilities(known, name, table))
    if generator.backend == "diffusers":
        return _diffusers(generator, table, settings)
    if generator.service is not None:
        return _service(generator, table, settings)
    return generator


def _unknown(name: str, table: GeneratorTable, settings: Settings) -> InvalidSettings:
    if table.based_on:
        where = f"The entry {name}.based_on of {str(settings.generators_file)!r}"
    elif name in settings.generators:
        where = "The setting LIMNER_GENERATORS"
    else:
        where = "The setting LIMNER_GENERATOR"
    return InvalidSettings(
        gettext(
            "{where} is wrong: there is no generator {name!r}. Choose from "
            "{choices}, or define your own with based_on in LIMNER_GENERATORS_FILE.",
            where=where,
            name=table.based_on or name,
            choices=", ".join(CATALOGUE),
        )
    )


NOT_STATED = "not stated"
"""The license of a model that the catalogue does not know, where the file names none."""


def _capabilities(known: Generator, name: str, table: GeneratorTable) -> Capabilities:
    others = known.backend == "diffusers" and _has_other_models(known, table)
    own: dict[str, Any] = {"license": NOT_STATED} if others else {}
    if _loses_edits(known, table):
        own["max_references"] = 0
    elif table.edit_model is not None and not known.capabilities.max_references:
        own["max_references"] = 1
    chosen = own | {
        field: value
        for field in ("license", "max_references", "pixels", "memory_gb")
        if (value := getattr(table, field)) is not None
    }
    if table.pixels is not None:  # the authors' sizes have another number of pixels
        chosen |= {"best_sizes": {}, "edit_pixels": 0}
    return replace(known.capabilities, name=name, **chosen)


def _has_other_models(known: Generator, table: GeneratorTable) -> bool:
    """Whether the file replaces a model by one that is not the catalogue's."""
    sources = {m.source for m in (known.text, known.edit) if m is not None}
    return bool({table.model, table.edit_model} - {None} - sources)


def _loses_edits(known: Generator, table: GeneratorTable) -> bool:
    """Whether another model for words leaves none for references: the catalogue's belongs to
    other weights, which draw in another style and under another license."""
    return _is_pair(known) and table.model is not None and table.edit_model is None


def _is_pair(known: Generator) -> bool:
    """Whether words and references have a model each."""
    text, edit = known.text, known.edit
    return text is not None and edit is not None and text.source != edit.source


def _diffusers(generator: Generator, table: GeneratorTable, settings: Settings) -> Generator:
    name = table.preset or settings.diffusers_preset
    try:
        how = preset(name).with_choices(table.acceleration)
    except InvalidSettings as error:
        raise InvalidSettings(
            gettext(
                "The generator {name!r} is misconfigured: {error}", name=generator.name, error=error
            )
        ) from (None)
    one_model = not _is_pair(generator)
    edit = table.edit_model or (table.model if one_model else None)
    pair = generator if not _loses_edits(generator, table) else replace(generator, edit=None)
    edit_revision = table.edit_revision or (table.revision if one_model else None)
    return replace(
        generator,
        preset=name,
        acceleration=how,
        text=_model(generator.text, table, table.model, table.revision),
        edit=_model(pair.edit or _for_edits(pair, table), table, edit, edit_revision),
    )


def _for_edits(generator: Generator, table: GeneratorTable) -> Model | None:
    """What an edit model of the file is run as where the catalogue's generator has none."""
    return generator.text if table.edit_model is not None else None


def _model(
    model: Model | None, table: GeneratorTable, source: str | None, revision: str | None
) -> Model | None:
    """A catalogue's model with what the table changes; another model brings no distilled LoRA."""
    if model is None:
        return None
    arguments = {**model.arguments, **table.arguments}
    if table.steps is not None:
        arguments["num_inference_steps"] = table.steps
    chosen = replace(
        model,
        arguments=arguments,
        revision=revision or (model.revision if source is None else ""),
        lora=table.lora.lora() if table.lora else model.lora,
    )
    if source is not None:
        chosen = replace(chosen, source=source, distilled=None)
    if chosen.distilled is not None and table.steps is not None:
        few = {**chosen.distilled.arguments, "num_inference_steps": table.steps}
        chosen = replace(chosen, distilled=replace(chosen.distilled, arguments=few))
    return chosen


def _service(generator: Generator, table: GeneratorTable, settings: Settings) -> Generator:
    known = cast("Service", generator.service)
    spec = IMAGE_SERVICES[generator.backend]
    base_url, key, model, edit_base_url, edit_model = (
        text_of(settings, setting) if setting else ""
        for setting in (
            spec.address_setting,
            spec.key_setting,
            spec.model_setting,
            spec.edit_address_setting,
            spec.edit_model_setting,
        )
    )
    if table.api_key is not None:
        key = table.api_key.get_secret_value()
    settings.redactor.add(key)
    address = _joined(table.base_url) or base_url or known.base_url
    own_server = spec.interface_is_open and address != known.base_url
    edit_address = _joined(table.edit_base_url) or edit_base_url
    own_edits = spec.interface_is_open and (edit_address or address) != known.base_url
    named = table.model or model
    generator = of_service_model(generator, named or known.model)
    service = cast("Service", generator.service)
    if own_server and not named:  # the server says what it runs
        service = replace(service, model="", price=Price())
    edit_model = table.edit_model or edit_model
    changed = {**table.arguments, **_steps(table)}
    service = replace(
        service,
        base_url=address,
        api_key=key,
        filtered=known.filtered and not own_server and not own_edits,
        needs_key=known.needs_key and not own_server,
        arguments={**service.arguments, **authors_arguments(service.model), **changed},
        edit_base_url=edit_address,
        edit_model=edit_model,
        edit_arguments={
            **service.arguments,
            **authors_arguments(edit_model or service.model, edits=True),
            **changed,
        },
        edit_api_key=_edit_key(table, settings, elsewhere=own_edits and not own_server),
        is_own=own_server or not known.needs_key,
        edits_are_own=own_edits or not known.needs_key,
        price=Price(**table.price.model_dump()) if table.price else service.price,
        timeout_s=table.timeout_s or settings.render_timeout_s,
    )
    can = generator.capabilities
    if table.license is None and (own_server or own_edits):
        can = replace(can, license=_license_of_servers(service, can.license))
    return replace(generator, service=service, capabilities=can)


def _edit_key(table: GeneratorTable, settings: Settings, *, elsewhere: bool) -> str | None:
    """The key for the servers of requests with references; None for the same one. A provider's key
    does not go to another's server by itself."""
    if table.edit_api_key is not None:
        key = table.edit_api_key.get_secret_value()
        settings.redactor.add(key)
        return key
    return "" if elsewhere else None


def _license_of_servers(service: Service, providers: str) -> str:
    """The license of what servers of one's own draw with, by the names of their models; the
    stricter one where they have two."""
    models = {
        (service.is_own, service.model),
        (service.edits_are_own, service.for_references().model),
    }
    licenses = sorted(
        {(license_of_model(model) or NOT_STATED) if own else providers for own, model in models}
    )
    strict = [name for name in licenses if forbids_commerce(name)]
    unknown = [name for name in licenses if name == NOT_STATED]
    return ", ".join(strict or unknown or licenses)


def _joined(addresses: str | list[str] | None) -> str:
    return ",".join(addresses) if isinstance(addresses, list) else addresses or ""


def _steps(table: GeneratorTable) -> dict[str, Any]:
    return {} if table.steps is None else {"num_inference_steps": table.steps}
