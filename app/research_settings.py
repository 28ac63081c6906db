"""Settings of the research model, its profile and the model that sums up pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, field_validator

from agent.profiles.registry import AUTO, PROFILES
from app.policy_settings import PolicySettings
from app.storage_settings import Names, split_names


class ResearchModelSettings(PolicySettings):
    """Settings of research; a part of ``Settings``."""

    model_base_url: Names = Field(
        default=(),
        description="OpenAI-compatible servers for the research model (a vision-language model), "
        "comma-separated, such as http://127.0.0.1:8000/v1. If empty, research follows "
        "fixed rules without a model.",
    )
    model_name: str = Field(
        default="Gen-Searcher-8B", description="Name of the research model on those servers."
    )
    model_api_key: SecretStr | None = Field(
        default=None, description="API key for those servers, if they need one."
    )
    model_prompt_file: Path | None = Field(
        default=None,
        description="A file with the exact system prompt that your model was trained on; today's "
        "date is appended as its profile says. If empty, the profile's is used.",
    )
    agent_profile: str = Field(
        default=AUTO,
        pattern=f"^({'|'.join((AUTO, *PROFILES))})$",
        description="How the research model is spoken to: "
        f"{', '.join(PROFILES)}, or auto to choose by its name. `limner agent import` fills a "
        "profile with the texts that its model was trained with.",
    )
    agent_skills_dir: Path | None = Field(
        default=None,
        description="A folder with the guides for GenEvolve's query_knowledge, one Markdown file "
        "for each skill. If empty, the imported ones are used, or Limner's own.",
    )
    summary_base_url: Names = Field(
        default=(),
        description="OpenAI-compatible servers for the model that sums up pages, comma-separated; "
        "defaults to the research model's.",
    )
    summary_model: str = Field(
        default="",
        description="Name of the model that sums up pages; defaults to the research model's.",
    )
    summary_api_key: SecretStr | None = Field(default=None, description="Its key, if it needs one.")
    model_grammar: bool = Field(
        default=False,
        description="Constrain the model's output with a grammar; needs a server with vLLM's "
        "structured outputs.",
    )
    model_timeout_s: float = Field(
        default=120.0,
        gt=0,
        le=3600,
        description=("Time limit for one answer from the model, in seconds."),
    )

    judge_claims: bool = Field(
        default=True,
        description="Ask a model, once for each answer of the research model, whether the pages "
        "that were read support its claims; rules decide otherwise. The checking model is asked "
        "where LIMNER_CHECK_BASE_URL names one, else the research model.",
    )

    @field_validator("model_base_url", "summary_base_url", mode="before")
    @classmethod
    def _split_servers(cls, value: Any) -> Any:
        return split_names(value)

    @field_validator("model_base_url", "summary_base_url")
    @classmethod
    def _model_servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"{url!r} is not an address such as http://127.0.0.1:8000/v1")
        return value
