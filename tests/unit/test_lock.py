"""The lock fits pyproject.toml and holds public addresses alone; its sets are what they promise."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parent.parent.parent
LOCK = ROOT / "uv.lock"
PUBLIC = {"pypi.org", "files.pythonhosted.org"}
HEAVY = {"torch", "torchvision", "scipy", "networkx", "scikit-image", "diffusers", "vllm"}
"""Not numpy, which watermarks and keypoints need; worker processes alone load it."""


def test_the_lock_fits_the_project(tmp_path: Path) -> None:
    done = _uv("lock", "--check", "--offline", "--cache-dir", str(tmp_path))
    assert done.returncode == 0, f"{done.stderr}\nrun `make lock LOCK=`"


def test_the_lock_names_public_addresses_alone() -> None:
    text = LOCK.read_text("utf-8")
    hosts = {urlsplit(found[0]).netloc for found in re.finditer(r"\w+://[^\"\s]+", text)}
    assert hosts == PUBLIC
    assert [word for word in ("127.0.0.1", "localhost", "file:", "../") if word in text] == []
    sources = {tuple(package["source"].items()) for package in _packages()}
    assert sources == {(("registry", "https://pypi.org/simple"),), (("editable", "."),)}


def test_every_file_of_the_lock_has_its_hash() -> None:
    for package in _packages():
        files = [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
        assert files or package["name"] == "limner", package["name"]
        assert all(file["hash"].startswith("sha256:") for file in files), package["name"]


@pytest.mark.parametrize("extras", [(), ("discord", "slack", "s3")])
def test_a_bot_without_models_is_light(extras: tuple[str, ...]) -> None:
    assert not _pinned("--no-dev", extras=extras) & HEAVY


def test_torch_is_hashed_for_gpus_and_installed_beside_the_others_elsewhere() -> None:
    assert "torch" in _pinned("--no-dev", extras=("diffusers", "quantization", "s3"))
    makefile = (ROOT / "Makefile").read_text()
    torch = next(package for package in _packages() if _is_of(package, "torch", "2.13.0"))
    assert f"TORCH := torch=={torch['version']}\n" in makefile
    assert "--prune torch" in makefile
    assert "torch" not in _pinned(
        "--prune", "torch", extras=("discord", "slack", "s3", "diffusers")
    )


def test_the_model_server_has_a_set_of_its_own() -> None:
    assert "vllm" in _pinned("--no-dev", extras=("vllm",))
    both = _uv("export", "--frozen", "--extra", "vllm", "--extra", "diffusers")
    assert both.returncode != 0
    assert "incompatible" in both.stderr


def test_the_same_uv_reads_the_lock_everywhere() -> None:
    version = next(package["version"] for package in _packages() if package["name"] == "uv")
    assert f"UV := uv=={version}\n" in (ROOT / "Makefile").read_text()
    assert f"pip install uv=={version} " in (ROOT / "Dockerfile").read_text()


def test_the_container_ships_the_python_that_is_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    tested = project["tool"]["mypy"]["python_version"]
    assert project["tool"]["pyright"]["pythonVersion"] == tested
    assert set(re.findall(r"FROM python:(\d+\.\d+)", (ROOT / "Dockerfile").read_text())) == {tested}
    assert f"Python {tested}" in (ROOT / "README.md").read_text()
    if os.environ.get("CI"):
        assert ".".join(map(str, sys.version_info[:2])) == tested


def _pinned(*options: str, extras: tuple[str, ...]) -> set[str]:
    """The names that a set pins; each line of the export has a hash."""
    chosen = [word for extra in extras for word in ("--extra", extra)]
    done = _uv("export", "--frozen", "--no-emit-project", "--no-annotate", *options, *chosen)
    assert done.returncode == 0, done.stderr
    pins = re.findall(
        r"^([\w.-]+)(?:\[.*\])?==(?:.*\\\n\s+--hash=sha256:)", done.stdout, re.MULTILINE
    )
    assert pins
    return set(pins)


def _is_of(package: dict[str, Any], name: str, version: str) -> bool:
    return (package["name"], package.get("version")) == (name, version)


@cache
def _packages() -> list[dict[str, Any]]:
    packages: list[dict[str, Any]] = tomllib.loads(LOCK.read_text("utf-8"))["package"]
    return packages


def _uv(*arguments: str) -> subprocess.CompletedProcess[str]:
    uv = Path(sys.executable).parent / "uv"
    assert uv.exists(), "uv is not installed here: run `make .venv/.dev`"
    return subprocess.run(
        [uv, "--no-config", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
