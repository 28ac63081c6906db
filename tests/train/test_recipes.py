"""LLaMA-Factory and verl, at pinned versions, read our recipes and records by their own classes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.training_world import NAMES
from tests.models.conftest import ROOT
from tests.train.product import exported, jobs_of
from training.recipes import llama_factory, verl

FOLDER = ROOT / ".cache" / "recipes"
PACKAGES = (
    *("llamafactory==0.9.5", "verl==0.9.1", "datasets==4.0.0", "trl==1.16.0", "peft==0.21.2"),
    *("accelerate==1.15.0", "omegaconf", "antlr4-python3-runtime==4.9.3", "hydra-core"),
    *("pyarrow", "pandas", "dill", "multiprocess", "xxhash", "pytz", "python-dateutil", "six"),
    *("tzdata", "shtab", "tyro", "fire", "termcolor", "ray", "tensordict", "codetiming"),
    *("orjson", "cloudpickle", "importlib-metadata", "zipp", "msgpack", "pyvers"),
)
"""Without what they need to train: their argument and configuration classes load with these."""


@pytest.fixture(scope="session")
def packages(python: Path) -> Path:
    """A folder with both projects, made once (600 MB); skipped where they cannot be had."""
    ready = FOLDER / "ready"
    if ready.exists() and ready.read_text() == repr(PACKAGES):
        return FOLDER
    pip = (str(python), "-m", "pip", "--disable-pip-version-check", "--quiet")
    command = [*pip, "install", "--upgrade", "--no-deps", "--target", str(FOLDER), *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"LLaMA-Factory and verl cannot be had here: {done.stderr[-300:]}")
    ready.write_text(repr(PACKAGES))
    return FOLDER


def checked(python: Path, packages: Path, *arguments: object) -> dict[str, Any]:
    script = ROOT / "tests" / "train" / "check_recipes.py"
    done = subprocess.run(
        [str(python), str(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(packages), "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


async def test_llama_factory_reads_the_recipe_and_takes_every_record(
    python: Path, tiny: Path, packages: Path, tmp_path: Path
) -> None:
    settings = await jobs_of(NAMES[:6], tmp_path / "installation")
    data = tmp_path / "data"
    await exported(settings, data, held_out=0.4)
    recipe, _zero = llama_factory.write(tmp_path / "recipe", data=data, model=str(tiny))
    found = checked(python, packages, "llama-factory", recipe, data)
    assert (found["converted"], found["rejected"], found["images"]) == (6, 0, 6)
    assert (found["pixels"], found["cutoff"], found["frozen"]) == (160_000, 32_768, [True, True])
    assert (found["learning_rate"], found["epochs"], found["scheduler"]) == (1e-5, 2.0, "cosine")
    assert found["warmup_steps"] == 1


def test_verl_reads_the_recipe(python: Path, packages: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    _train, _held_out, overrides, loop = verl.write(
        tmp_path / "recipe",
        data=tmp_path / "data",
        model="Qwen/Qwen3-VL-8B-Instruct",
        group=6,
        batch=8,
        environment={"archive": "/archive", "judge": "http://judge/v1", "judge_model": "judge"},
    )
    found = checked(python, packages, "verl", overrides)
    assert found == {
        "estimator": "grpo",
        "batch": 8,
        "clip": [0.2, 0.28],
        "kl": [False, False],
        "learning_rate": 1e-6,
        "group": 6,
        "sampling": [0.7, 0.95],
        "mode": "async",
        "agent": "limner",
    }
    assert loop.read_text().startswith('- name: "limner"\n  _target_: "training.recipes.verl_loop')
