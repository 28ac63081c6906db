"""The tiny models, built once for a run of the tests."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.fakes.pipelines import TinyModels


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> TinyModels:
    """The folders of tiny models of every family."""
    from tests.fakes.pipelines import TinyModels

    return TinyModels(tmp_path_factory.mktemp("models"))


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
