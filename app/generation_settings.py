"""Settings of the generators: which there are, how they run, and what their pictures carry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from app.provider_settings import DerivedSettings
from app.storage_settings import Names, split_names


class GenerationSettings(DerivedSettings):
    """Settings of drawing and signing; a part of ``Settings``."""

    generator: str = Field(default="storyboard", description="The default generator.")
    generators: Names = Field(
        default=("storyboard",),
        description="Generators that people can choose from, comma-separated; `limner doctor` "
        "shows what each one needs.",
    )
    generators_file: Path | None = Field(
        default=None,
        description="A TOML file that adjusts generators or adds your own; see docs/guides/gpu.md.",
    )
    diffusers_preset: str = Field(
        default="quality",
        pattern="^(quality|exact-fast|fast|small-card)$",
        description="How diffusers models run: quality, exact-fast (the same pictures, compiled), "
        "fast or small-card (for GPUs with little memory).",
    )
    diffusers_device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        description="The device that diffusers models run on: auto, cuda, cuda:1, mps or cpu.",
    )
    diffusers_threads: int = Field(
        default=0,
        ge=0,
        le=256,
        description=("CPU threads for a model that runs on the CPU; 0 uses all cores."),
    )
    diffusers_models_loaded: int = Field(
        default=1, ge=1, le=8, description="Models kept in GPU memory at the same time."
    )
    generation_concurrency: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Pictures that one process works on at the same time. 0 picks a value: 1 with "
        "local GPU models, which draw one picture after another, and 8 otherwise. Raise it "
        "for batches and image services, or to let pictures of the same model be grouped.",
    )
    render_timeout_s: float = Field(
        default=900.0,
        gt=0,
        le=7200,
        description=("Time limit for drawing one picture, in seconds."),
    )
    watermark: bool = Field(
        default=True,
        description="Put an invisible watermark into the copies of pictures that leave Limner, "
        "by which a changed copy leads back to its job.",
    )
    content_credentials: bool = Field(
        default=True,
        description="Sign the copies of pictures that leave Limner with content credentials "
        "(C2PA).",
    )
    signing_certificate: Path | None = Field(
        default=None,
        description="A PEM file with the certificates that sign pictures, your own first and the "
        "root last. If empty, Limner makes a certificate for development.",
    )
    signing_key: Path | None = Field(
        default=None,
        description="A PEM file with the private key (elliptic curve P-256) of that certificate.",
    )
    render_previews: bool = Field(
        default=False, description="Save small previews while a picture is being drawn."
    )

    @field_validator("generators", mode="before")
    @classmethod
    def _split_generators(cls, value: Any) -> Any:
        return split_names(value)
