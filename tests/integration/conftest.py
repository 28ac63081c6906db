"""What tests of real libraries share."""

from __future__ import annotations

import importlib

import pytest


@pytest.fixture
def small_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Qwen's edit pipeline with references of 64 × 64 instead of a megapixel, which is a constant
    in its module."""
    importlib.import_module("generation.backends.diffusion")  # sets the scene for diffusers
    edit_plus = importlib.import_module(
        "diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus"
    )
    monkeypatch.setattr(edit_plus, "VAE_IMAGE_SIZE", 64 * 64)
    monkeypatch.setattr(edit_plus, "CONDITION_IMAGE_SIZE", 64 * 64)
