"""Settings of fetching: caches, allowed addresses, and how much one process does at a time."""

from __future__ import annotations

import os
from typing import Any

from pydantic import Field, field_validator

from app.check_settings import CheckSettings
from app.storage_settings import Names, checked_networks, split_names


class FetchSettings(CheckSettings):
    """Settings of fetching and of work at a time; a part of ``Settings``."""

    search_cache_hours: float = Field(
        default=24.0,
        ge=0,
        le=24 * 90,
        description=("How long search results are reused, in hours."),
    )
    cache_max_mb: int = Field(
        default=1000,
        ge=1,
        le=1_000_000,
        description="Maximum size of the cache of pages, pictures and search results in megabytes "
        "(folder `cache` in the data folder). The least recently used entries are removed "
        "first.",
    )
    contact: str = Field(
        default="limner operator",
        max_length=200,
        description="Who runs this bot: a web page or email address, shown to websites in the "
        "user agent.",
    )
    fetch_allowed_networks: Names = Field(
        default=(),
        description="Private address ranges that Limner may open, on any port, such as "
        "127.0.0.1/32. For tests and intranets only.",
    )
    fetch_timeout_s: float = Field(
        default=15.0,
        gt=0,
        le=120,
        description=("Time limit for fetching one address, redirects included, in seconds."),
    )
    fetch_connections_per_host: int = Field(
        default=8,
        ge=1,
        le=64,
        description="Maximum simultaneous requests to one public site. Others wait, and waiting "
        "does not count towards time limits. Keep it at 6 to 8 for the public web.",
    )
    research_concurrency: int = Field(
        default=64,
        ge=1,
        le=500,
        description="Research jobs that one process runs at the same time; they mostly wait for "
        "the model and for websites.",
    )
    jobs_per_person: int = Field(
        default=2,
        ge=1,
        le=100,
        description="Jobs that run at the same time per person; further ones wait in the queue. "
        "Teams can set their own limit.",
    )
    decoder_processes: int = Field(
        default=0,
        ge=0,
        le=32,
        description="Sandboxed processes that parse untrusted pages, feeds and pictures; 0 means "
        "one per core, but at least two.",
    )

    @property
    def worker_processes(self) -> int:
        """How many processes read untrusted pages and pictures."""
        return self.decoder_processes or max(2, os.cpu_count() or 2)

    @field_validator("fetch_allowed_networks", mode="before")
    @classmethod
    def _split_networks(cls, value: Any) -> Any:
        return split_names(value)

    @field_validator("fetch_allowed_networks")
    @classmethod
    def _allowed_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return checked_networks(value)
