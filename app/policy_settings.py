"""Settings of the models that judge what may be drawn."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator

from app.storage_settings import Names, StorageSettings, split_names


class PolicySettings(StorageSettings):
    """Who judges besides the rules; a part of ``Settings``."""

    moderation_base_url: str = Field(
        default="",
        description="A server with OpenAI's moderations interface that reads requests first, such "
        "as https://api.openai.com/v1; only Limner's own rules when empty.",
    )
    moderation_model: str = Field(
        default="omni-moderation-latest", description="The moderation model's name there."
    )
    moderation_api_key: SecretStr | None = Field(default=None, description="The key for it.")
    guard_base_url: Names = Field(
        default=(),
        description="OpenAI-compatible servers of a guard model that judges requests, and pictures "
        "where it sees them, apart by commas.",
    )
    guard_model: str = Field(
        default="Qwen/Qwen3Guard-Gen-8B",
        description="Its name there: Qwen3Guard, Llama Guard, ShieldGemma 2, or another that takes "
        "a policy, such as gpt-oss-safeguard.",
    )
    guard_family: Literal[
        "", "qwen3guard", "llama-guard-4", "llama-guard", "shieldgemma-2", "rubric"
    ] = Field(default="", description="How it is asked; told by its name when empty.")
    guard_api_key: SecretStr | None = Field(default=None, description="Its key, if it needs one.")
    model_judges: bool = Field(
        default=True,
        description="Have the research model, where there is one, judge requests and pictures by "
        "the policy.",
    )
    judge_timeout_s: float = Field(
        default=20.0,
        gt=0,
        le=300,
        description="Seconds one judgement of a model may take, from its turn on.",
    )
    judge_concurrency: int = Field(
        default=8,
        ge=1,
        le=500,
        description="Judgements that each judging model is asked for at once; others wait their "
        "turn, which counts for no time limit.",
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
                raise ValueError(f"{url!r} is no address such as http://127.0.0.1:8001/v1")
        return value
