"""Settings of the models that judge what may be drawn."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator

from app.operation_settings import OperationSettings
from app.storage_settings import Names, split_names


class PolicySettings(OperationSettings):
    """Settings of the judges besides the rules; a part of ``Settings``."""

    moderation_base_url: str = Field(
        default="",
        description="A server with OpenAI's moderation API that checks requests, such as "
        "https://api.openai.com/v1. If empty, Limner uses only its own rules.",
    )
    moderation_model: str = Field(
        default="omni-moderation-latest",
        description=("Name of the moderation model on that server."),
    )
    moderation_api_key: SecretStr | None = Field(
        default=None, description=("API key for the moderation server.")
    )
    guard_base_url: Names = Field(
        default=(),
        description="OpenAI-compatible servers for a guard model that checks requests, and "
        "pictures if it can see them, comma-separated.",
    )
    guard_model: str = Field(
        default="Qwen/Qwen3Guard-Gen-8B",
        description="Name of the guard model: Qwen3Guard, Llama Guard, ShieldGemma 2, or another "
        "that takes a policy, such as gpt-oss-safeguard.",
    )
    guard_family: Literal[
        "", "qwen3guard", "llama-guard-4", "llama-guard", "shieldgemma-2", "rubric"
    ] = Field(
        default="",
        description=("The guard model's prompt format; if empty, derived from its name."),
    )
    guard_api_key: SecretStr | None = Field(default=None, description="Its key, if it needs one.")
    model_judges: bool = Field(
        default=True,
        description="Have the research model, if there is one, check requests and pictures "
        "against the content policy.",
    )
    judge_timeout_s: float = Field(
        default=20.0,
        gt=0,
        le=300,
        description="Time limit for one check by a model in seconds, not counting time in the "
        "queue.",
    )
    judge_concurrency: int = Field(
        default=8,
        ge=1,
        le=500,
        description="Maximum simultaneous checks per model. Others wait, and waiting does not "
        "count towards time limits.",
    )

    @field_validator("guard_base_url", mode="before")
    @classmethod
    def _split_guards(cls, value: Any) -> Any:
        return split_names(value)

    @field_validator("guard_base_url")
    @classmethod
    def _guard_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"{url!r} is not an address such as http://127.0.0.1:8001/v1")
        return value
