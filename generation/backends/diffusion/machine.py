"""The machine that models run on: its device, what is free on it, and the libraries that matter."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

import torch

from domain.errors import GeneratorUnavailable
from domain.translation.messages import gettext


@dataclass(frozen=True, slots=True)
class Machine:
    """The device of models; ``kind`` is torch's word (cuda, mps, cpu)."""

    kind: str
    name: str
    threads: int
    memory_gb: float
    """Memory of the GPU; 0 on a processor, whose memory is not counted."""
    capability: tuple[int, int] = (0, 0)
    """CUDA's compute capability, such as (9, 0) for Hopper; (0, 0) elsewhere."""

    @property
    def device(self) -> str:
        """The words of a recipe: the kind first, then what exactly it is."""
        if self.kind != "cpu":
            return f"{self.kind} {self.name}"
        return f"cpu {self.name} {self.threads} thread{'s' if self.threads > 1 else ''}"

    def dtype(self, name: str) -> str:
        """The name of the type to compute in; ``auto`` is bfloat16 on a GPU."""
        if name != "auto":
            return name
        return "float32" if self.kind == "cpu" else "bfloat16"

    @property
    def has_float8(self) -> bool:
        """Whether it multiplies in 8-bit floating point; a processor does, for tests, slowly."""
        return self.kind == "cpu" or self.capability >= (8, 9)


def found(device: str, *, threads: int) -> Machine:
    """This machine, as far as it may be used. Sets torch's number of threads for the process.

    ``device`` is ``auto``, ``cuda``, ``cuda:1``, ``mps`` or ``cpu``; ``threads`` 0 leaves it to
    torch.

    Raises:
        GeneratorUnavailable: There is no such device.
    """
    if threads:
        torch.set_num_threads(threads)
    kind = device if device != "auto" else _best()
    try:
        torch.empty(1, device=kind)
    except (RuntimeError, AssertionError) as error:
        why = str(error).strip().partition("\n")[0].rstrip(".")
        raise GeneratorUnavailable(
            gettext(
                "The device {device!r} in LIMNER_DIFFUSERS_DEVICE can't be used here ({why}).",
                device=device,
                why=why,
            )
        ) from error
    if kind.startswith("cuda"):
        about: Any = torch.cuda.get_device_properties(kind)
        capability = (int(about.major), int(about.minor))
        return Machine(kind, str(about.name), 0, about.total_memory / 2**30, capability)
    return Machine(kind, platform.machine(), torch.get_num_threads(), 0.0)


def _best() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


@cache
def versions() -> Mapping[str, str]:
    """The libraries that touch pixels, by name."""
    known = {
        name: version(name) for name in ("torch", "diffusers", "transformers", "peft", "pillow")
    }
    if torch.version.cuda is not None:
        known["cuda"] = str(torch.version.cuda)
        known["cudnn"] = str(torch.backends.cudnn.version())
    return known


def forget_garbage() -> None:
    """Give unused memory back to the GPU."""
    import gc

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def out_of_memory(error: BaseException) -> bool:
    """Whether an error means that the GPU's memory ran out."""
    return isinstance(error, torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError)
        and ("out of memory" in str(error) or "STATUS_ALLOC_FAILED" in str(error))
    )


def beyond_repair(error: BaseException) -> bool:
    """Whether an error means that this process can no longer use its GPU."""
    if out_of_memory(error):
        return False
    if isinstance(error, torch.AcceleratorError):
        return True
    message = str(error)
    return isinstance(error, RuntimeError) and any(
        mark in message for mark in ("CUDA error", "CUBLAS_STATUS_", "CUDNN_STATUS_", "cuDNN error")
    )
