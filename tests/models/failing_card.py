"""A worker whose card fails once: the first run of the first process raises what CUDA would.

``python -m tests.models.failing_card MARKER`` with the settings in the environment. The marker
file remembers, across the restart, that it has happened.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from pathlib import Path
from typing import Any

from app.service import run
from app.settings import load_settings


def main(marker: Path) -> None:
    """Work until the process is asked to stop."""
    import torch

    studio: Any = importlib.import_module("generation.backends.diffusion.gpu_runner")
    drawn = studio.draw

    def draw(pipe: Any, what: Any) -> Any:
        with marker.open("a") as file:
            file.write("run\n")
        if marker.read_text().count("run") == 1:
            raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")
        return drawn(pipe, what)

    studio.draw = draw
    asyncio.run(run(load_settings()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
