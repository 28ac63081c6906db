"""Settings that follow from specs: addresses and keys of search providers and image services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import AfterValidator, Field, SecretStr, create_model

from agent.providers.registry import PROVIDERS
from agent.providers.spec import ProviderSettings, ProviderSpec
from app.research_settings import ResearchModelSettings
from generation.image_services.registry import IMAGE_SERVICES
from generation.image_services.spec import ImageServiceSpec

if TYPE_CHECKING:
    from app.settings import Settings


def checked_address(value: str) -> str:
    """An address as it was given. Raises ``ValueError`` where it is none."""
    if value and not value.startswith(("http://", "https://")):
        raise ValueError(f"{value!r} is not an address such as http://127.0.0.1:8000")
    return value


def checked_addresses(value: str) -> str:
    """Addresses separated by commas, as they were given. Raises ``ValueError``."""
    for part in value.split(","):
        checked_address(part.strip())
    return value


Addresses = Annotated[str, AfterValidator(checked_addresses)]
Address = Annotated[str, AfterValidator(checked_address)]
Fields = dict[str, tuple[Any, Any]]


def provider_fields(specs: Iterable[ProviderSpec]) -> Fields:
    """The settings of search providers, as ``pydantic.create_model`` takes them."""
    fields: Fields = {}
    for spec in specs:
        if spec.address_setting:
            about = spec.about_address or f"Address of {spec.title}."
            default = "" if spec.localized else spec.base_url
            fields[spec.address_setting] = (Address, Field(default=default, description=about))
        if spec.key_setting:
            key = Field(default=None, description=f"API key for {spec.title}.")
            fields[spec.key_setting] = (SecretStr | None, key)
    return fields


def service_fields(specs: Iterable[ImageServiceSpec]) -> Fields:
    """The settings of image services, as ``pydantic.create_model`` takes them."""
    fields: Fields = {}
    for spec in specs:
        address = Field(default="", description=spec.about_address)
        fields[spec.address_setting] = (Addresses, address)
        if spec.key_setting:
            key = Field(default=None, description=f"API key for {spec.name}.")
            fields[spec.key_setting] = (SecretStr | None, key)
        if spec.model_setting:
            about = f"Model name; defaults to {spec.service.model}."
            fields[spec.model_setting] = (str, Field(default="", description=about))
        if spec.edit_address_setting:
            about = "Other servers for requests with references; defaults to the same servers."
            fields[spec.edit_address_setting] = (Addresses, Field(default="", description=about))
            about = "Their model; defaults to the same model."
            fields[spec.edit_model_setting] = (str, Field(default="", description=about))
    return fields


if TYPE_CHECKING:  # its fields are read by their specs alone
    DerivedSettings = ResearchModelSettings
else:
    DerivedSettings = create_model(
        "DerivedSettings",
        __base__=ResearchModelSettings,
        __module__=__name__,
        **service_fields(IMAGE_SERVICES.values()),
        **provider_fields(PROVIDERS.values()),
    )


def provider_settings(settings: Settings) -> ProviderSettings:
    """The operator's choice of search providers."""
    return ProviderSettings(
        language=settings.search_language,
        addresses=_given(settings, {s.name: s.address_setting for s in PROVIDERS.values()}),
        keys=_given(settings, {s.name: s.key_setting for s in PROVIDERS.values()}),
        feeds=settings.feeds,
    )


def _given(settings: Settings, names: Mapping[str, str]) -> dict[str, str]:
    """The texts of settings by the names of providers; ``names`` says which setting is whose."""
    return {name: text_of(settings, setting) for name, setting in names.items() if setting}


def text_of(settings: Settings, name: str) -> str:
    """A derived setting's text, of a secret too; empty where it is not set."""
    value = cast("str | SecretStr | None", getattr(settings, name))
    return value.get_secret_value() if isinstance(value, SecretStr) else value or ""
