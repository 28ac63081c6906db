"""torch, diffusers and transformers, imported in an order and a mood that suit a server.

The package imports this module before any of them.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import warnings

# A server has no terminal for progress bars, and sends no reports by itself.
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")


def _declare_operators() -> None:
    """Let a torchvision that was built for CUDA load beside a torch that was not.

    Its compiled half cannot be loaded then, and importing the rest fails on the missing operators.
    Limner uses only its tensor transforms, which need none of them.
    """
    import torch

    if torch.version.cuda is None and importlib.util.find_spec("torchvision") is not None:
        for operator in ("nms", "qnms"):
            try:
                torch.library.define(
                    f"torchvision::{operator}",
                    "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
                )
            except RuntimeError:  # declared already, or the compiled half is there after all
                return


def _quieten() -> None:
    """Their warnings are for interactive use; failures are reported as errors."""
    import diffusers
    import transformers

    for name in ("diffusers", "transformers", "huggingface_hub", "torch._dynamo", "peft"):
        logging.getLogger(name).setLevel(logging.ERROR)
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings(
        "ignore", module=r"(torch|diffusers|transformers|huggingface_hub|peft)\b"
    )


_declare_operators()
_quieten()
