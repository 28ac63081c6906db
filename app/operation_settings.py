"""Settings of how an installation is run: how long things are kept, and how it is watched."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from app.setting_sources import SecretFiles
from app.storage_settings import StorageSettings


class OperationSettings(StorageSettings):
    """Operation settings; a part of ``Settings``."""

    keep_traces_days: float = Field(
        default=90.0,
        gt=0,
        description=("Days to keep the research steps and progress of finished jobs."),
    )
    keep_trajectories_days: float = Field(
        default=365.0,
        gt=0,
        description="Days to keep conversations with the research model to train agents with, in "
        "teams that set training to yes.",
    )
    keep_refused_days: float = Field(
        default=7.0,
        gt=0,
        le=90,
        description="Days for which moderators may look at refused pictures, in teams that set "
        "keep_refused to yes; then they are deleted. Nothing about minors is ever kept.",
    )
    keep_departed_days: float = Field(
        default=30.0,
        gt=0,
        description="Days to keep what belongs to a server or workspace that Limner was removed "
        "from; then it is deleted, and the log says so.",
    )
    budget_person_usd: float = Field(
        default=0.0,
        ge=0,
        description="The most that one person may spend in a month (UTC) on models, searches and "
        "image services, in US dollars; 0 for no limit. From 80 % on results say so.",
    )
    budget_workspace_usd: float = Field(
        default=0.0, ge=0, description="The same for a server or workspace as a whole."
    )
    budget_person_gpu_s: float = Field(
        default=0.0,
        ge=0,
        description="The most that one person may use of your GPUs in a month, in seconds; 0 for "
        "no limit.",
    )
    budget_workspace_gpu_s: float = Field(
        default=0.0, ge=0, description="The same for a server or workspace as a whole."
    )
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="Port for monitoring, opened by `limner run` and `limner worker` if it is set: "
        "/metrics for Prometheus, /livez, /readyz and /healthz. Each process needs its own.",
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="Address that the port for monitoring listens on."
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        description="A bearer token that /metrics then asks for. If it is set without a port for "
        "monitoring, /metrics is served on the HTTP port.",
    )

    traces_endpoint: str = Field(
        default="",
        description="Address of an OpenTelemetry collector that takes OTLP over HTTP, such as "
        "http://127.0.0.1:4318, to send traces of jobs there; empty for none.",
    )
    traces_share: float = Field(
        default=1.0, ge=0, le=1, description="The share of jobs that are traced, from 0 to 1."
    )

    @field_validator("traces_endpoint")
    @classmethod
    def _collector(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} is not an address such as http://127.0.0.1:4318")
        return value.rstrip("/")

    @field_validator("metrics_port", mode="before")
    @classmethod
    def _no_port(cls, value: Any) -> Any:
        return None if value == "" else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Values given in code come first, then the environment, ``.env`` and secret files."""
        del file_secret_settings
        named = getattr(dotenv_settings, "env_vars", {})
        files = SecretFiles(settings_cls, named)
        return init_settings, env_settings, dotenv_settings, files
