"""Settings of the model that checks pictures, and of what models cost and may answer."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SecretStr, field_validator

from app.search_settings import SearchSettings
from app.storage_settings import Names, split_names


class CheckSettings(SearchSettings):
    """Settings of the self-check and of the cost of models; a part of ``Settings``."""

    check_pictures: bool = Field(
        default=True,
        description="Have a vision model check each generated picture and redraw it if it misses "
        "the request; needs a research model, LIMNER_CHECK_BASE_URL or (text only) the extra ocr.",
    )
    check_base_url: Names = Field(
        default=(),
        description="OpenAI-compatible servers for the checking model, comma-separated; defaults "
        "to the research model's.",
    )
    check_model: str = Field(
        default="", description="Name of the checking model; defaults to the research model's."
    )
    check_api_key: SecretStr | None = Field(default=None, description="Its key, if it needs one.")
    check_least_score: float = Field(
        default=0.6,
        ge=0,
        le=1,
        description=("Pictures that score below this (0 to 1) are redrawn."),
    )
    model_prompt_usd: float = Field(
        default=0.0, ge=0, description="Price of one million input tokens, in US dollars."
    )
    model_answer_usd: float = Field(
        default=0.0, ge=0, description="Price of one million output tokens, in US dollars."
    )
    model_max_tokens: int = Field(
        default=4096,
        ge=64,
        le=32_768,
        description=("Maximum output tokens in one answer from the model."),
    )

    @field_validator("check_base_url", mode="before")
    @classmethod
    def _split_check_servers(cls, value: Any) -> Any:
        return split_names(value)

    @field_validator("check_base_url")
    @classmethod
    def _check_servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"{url!r} is not an address such as http://127.0.0.1:8000/v1")
        return value
