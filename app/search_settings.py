"""Settings of search: providers, their limits and prices, and the limits of one research."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from agent.providers.registry import NEWS_PROVIDERS
from app.generation_settings import GenerationSettings
from app.provider_settings import Address
from app.storage_settings import Names, split_names

Limits = Annotated[dict[str, int], NoDecode]
Prices = Annotated[dict[str, float], NoDecode]
"""Numbers by name, as ``name=number`` apart by commas."""


class SearchSettings(GenerationSettings):
    """Settings of search; a part of ``Settings``."""

    search_providers: Names = Field(
        default=("library", "wikipedia", "commons", "openverse"),
        description="Search providers, comma-separated, in the order they are tried.",
    )
    search_language: str = Field(
        default="en",
        pattern=r"^[a-z]{2,3}$",
        description=("Language of the Wikipedia to search, such as en or de."),
    )
    wikidata_base_url: Address = Field(default="", description="Another address for Wikidata.")
    news_providers: Names = Field(
        default=(),
        description="Search providers for news, used in addition to a schedule's feeds: "
        f"{', '.join(NEWS_PROVIDERS)}. If empty, gdelt and those of them that are in "
        "LIMNER_SEARCH_PROVIDERS.",
    )
    news_schedules: int = Field(
        default=20, ge=0, le=1000, description="Maximum number of news schedules per team."
    )
    search_daily_calls: Limits = Field(
        default_factory=dict[str, int],
        description="Maximum calls to a provider per day, such as serper=2500,brave=1000.",
    )
    search_connections: Limits = Field(
        default_factory=dict[str, int],
        description="Maximum simultaneous requests to a provider, such as serper=100,wikipedia=4. "
        "Defaults to 64 for paid and self-hosted services and 8 for public ones.",
    )
    search_usd: Prices = Field(
        default_factory=dict[str, float],
        description="Price of one call to a provider in US dollars, such as serper=0.001.",
    )
    research_max_s: float = Field(
        default=600.0,
        gt=0,
        description="Time limit for researching one request, in seconds; the model must then "
        "answer with what it has.",
    )
    research_max_usd: float = Field(
        default=0.0,
        ge=0,
        description="Spending limit for researching one request, in US dollars; 0 for no limit. "
        "The text of a news story has a limit of the same size.",
    )
    research_gaps: bool = Field(
        default=False, description="Let the model name missing facts first."
    )
    feeds: Names = Field(
        default=(),
        description=("RSS and Atom feeds that the provider feeds searches, comma-separated."),
    )

    @field_validator("search_providers", "news_providers", "feeds", mode="before")
    @classmethod
    def _split_providers(cls, value: Any) -> Any:
        return split_names(value)

    @field_validator("search_daily_calls", "search_connections", "search_usd", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        for name, equals, number in pairs:
            if not equals or not re.fullmatch(r"\s*\d{1,9}(\.\d{1,9})?\s*", number):
                raise ValueError(f"{name.strip()!r} needs a number, such as serper=1000")
        return {name.strip(): number.strip() for name, _, number in pairs}

    @field_validator("search_connections")
    @classmethod
    def _some_connections(cls, value: dict[str, int]) -> dict[str, int]:
        for name, number in value.items():
            if not 1 <= number <= 1000:
                raise ValueError(f"{name} needs a number from 1 to 1000")
        return value

    @field_validator("search_providers")
    @classmethod
    def _some_provider(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("name at least one provider, such as library")
        return value

    @field_validator("news_providers")
    @classmethod
    def _news_searches(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in NEWS_PROVIDERS:
                raise ValueError(
                    f"{name!r} doesn't search news; choose from {', '.join(NEWS_PROVIDERS)}"
                )
        return value
