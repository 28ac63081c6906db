"""Linear layers that multiply in 8-bit floating point: half the bytes and twice the rate of
bfloat16 on GPUs that have it (compute capability 8.9 and later).

Weights are scaled by output channel once, activations by token each time, as in torchao's
row-wise dynamic quantization. Compiled, the scaling joins the operation before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

LARGEST = float(torch.finfo(torch.float8_e4m3fn).max)
SMALLEST_SCALE = 1e-12
KEPT: tuple[str, ...] = ("norm", "mod", "adaLN")
"""Parts of a layer's name that keep it as it is: modulations are small and sensitive."""


class Float8Linear(torch.nn.Module):  # type: ignore[misc]
    """A linear layer with its weights in 8 bits; gives the type that it is given."""

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        weight = linear.weight.detach()
        scale = _scale(weight)
        self.register_buffer("weight", _cast(weight, scale))
        self.register_buffer("scale", scale.t().contiguous())
        self.bias = linear.bias
        self.in_features, self.out_features = linear.in_features, linear.out_features

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """The product, with the activations scaled token by token.

        The bias is added afterwards and rows are filled up to a multiple of 16: with both left to
        cuBLAS, Qwen-Image's layers were CUBLAS_STATUS_NOT_SUPPORTED on an H100 (torch 2.11).
        Compiled, both join what is beside them.
        """
        rows = given.reshape(-1, self.in_features)
        count = rows.shape[0]
        rows = torch.nn.functional.pad(rows, (0, 0, 0, -count % 16))
        scale = _scale(rows)
        product: torch.Tensor = torch._scaled_mm(  # noqa: SLF001 - scaled_mm has no use_fast_accum
            _cast(rows, scale),
            self.weight.t(),
            scale_a=scale,
            scale_b=self.scale,
            out_dtype=given.dtype,
            use_fast_accum=True,
        )[:count]
        if self.bias is not None:
            product = product + self.bias
        return product.reshape(*given.shape[:-1], self.out_features)


def compute_in_float8(model: Any) -> int:
    """Replace the linear layers of a transformer's repeated blocks; gives how many."""
    names: Sequence[str] = getattr(model, "_repeated_blocks", None) or ()
    blocks = [part for part in model.modules() if type(part).__name__ in names]
    replaced = 0
    for block in blocks:
        found = [(n, m) for n, m in block.named_modules() if _fits(n, m)]
        for name, linear in found:
            parent, _, last = name.rpartition(".")
            setattr(block.get_submodule(parent), last, Float8Linear(linear))
            replaced += 1
    return replaced


def _fits(name: str, module: torch.nn.Module) -> bool:
    """Whether a layer can be replaced: the hardware multiplies in blocks of 16."""
    return (
        not any(part in name for part in KEPT)
        and type(module) is torch.nn.Linear
        and module.in_features % 16 == 0
        and module.out_features % 16 == 0
    )


def _scale(rows: torch.Tensor) -> torch.Tensor:
    """The factor of each row, as a column of float32."""
    largest = rows.abs().amax(dim=-1, keepdim=True).float()
    return (largest / LARGEST).clamp(min=SMALLEST_SCALE)


def _cast(rows: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    return (rows.float() / scale).clamp(-LARGEST, LARGEST).to(torch.float8_e4m3fn)
