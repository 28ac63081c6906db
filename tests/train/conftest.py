"""The environment with torch and vLLM, made once, and the tiny model of random weights."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.models.conftest import QUIET, ROOT
from tests.models.environment import CannotBeHadError, prepare


@pytest.fixture(scope="session")
def python() -> Path:
    """The interpreter of the environment; tests are skipped where it cannot be had."""
    place = os.environ.get("LIMNER_TEST_MODEL_ENVIRONMENT", str(ROOT / ".venv-models"))
    try:
        return prepare(Path(place))
    except CannotBeHadError as error:
        pytest.skip(f"vLLM for the CPU cannot be had here: {error}")


@pytest.fixture(scope="session")
def tiny(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Qwen3-VL of random weights."""
    folder = tmp_path_factory.mktemp("model") / "tiny"
    script = ROOT / "tests" / "models" / "tiny_model.py"
    subprocess.run([str(python), str(script), str(folder)], check=True, env={**os.environ, **QUIET})
    return folder
