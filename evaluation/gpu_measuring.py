"""Timing and comparing runs on a GPU for :mod:`evaluation.gpu_bench`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from evaluation.gpu_models import Inputs, Size
from generation.backends.diffusion.loading import denoiser

SEED = 1


@dataclass
class StepTimes:
    """When each step of a run ended, by the GPU's clock where there is one."""

    device: str
    marks: list[Any] = field(default_factory=list[Any])
    latents: Any = None
    ended: float = 0.0
    """Host's clock at the end of the last step that was seen."""

    def after_step(self, _pipe: Any, _step: int, _time: Any, given: dict[str, Any]) -> Any:
        """What diffusers calls after each step."""
        if self.device.startswith("cuda"):
            event: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
            event.record()
            self.marks.append(event)
        else:
            self.marks.append(time.perf_counter())
        self.latents = given.get("latents")
        return given

    def seconds(self) -> list[float]:
        """Of each step but the first, which also waits for what was prepared before it."""
        pairs = zip(self.marks, self.marks[1:], strict=False)
        if self.device.startswith("cuda"):
            return [before.elapsed_time(after) / 1000 for before, after in pairs]
        return [after - before for before, after in pairs]


@dataclass(frozen=True, slots=True)
class Timed:
    """One run: seconds of the median step, of what follows the last step (the decoder and the
    picture), and of everything; its latents as the last step left them."""

    step_s: float
    tail_s: float
    whole_s: float
    latents: Any


def timed(pipe: Any, inputs: Inputs, size: Size, *, steps: int, device: str) -> Timed:
    """Draw once with ``steps`` steps, and decode."""
    times = StepTimes(device)
    wait(device)
    began = time.perf_counter()
    call(pipe, inputs, size, steps=steps, output="pil", after_step=times.after_step)
    wait(device)
    whole = time.perf_counter() - began
    each = sorted(times.seconds()) or [whole / steps]
    step = each[len(each) // 2]
    tail = max(0.0, whole - (sum(times.seconds()) + step if steps > 1 else step))
    return Timed(step, tail, whole, times.latents)


def call(
    pipe: Any,
    inputs: Inputs,
    size: Size,
    *,
    steps: int,
    output: str,
    after_step: Callable[..., Any] | None = None,
) -> Any:
    """Call the pipeline with embeddings in place of a prompt; the same noise each time."""
    return pipe(
        **inputs,
        width=size[0],
        height=size[1],
        num_inference_steps=steps,
        generator=torch.Generator("cpu").manual_seed(SEED),
        output_type=output,
        callback_on_step_end=after_step,
    )


def prediction(pipe: Any, inputs: Inputs, size: Size, *, output: str = "pil") -> Any:
    """What the denoiser gives at the first of two steps, as float32 in main memory. With ``output``
    ``latent`` nothing is decoded."""
    seen: list[torch.Tensor] = []

    def keep(_module: Any, _args: Any, result: Any) -> None:
        if not seen:
            seen.append(_tensor(result).float().cpu())

    hook = denoiser(pipe).register_forward_hook(keep)
    try:
        call(pipe, inputs, size, steps=2, output=output)
    finally:
        hook.remove()
    return seen[0]


def _tensor(result: Any) -> torch.Tensor:
    while not isinstance(result, torch.Tensor):
        result = result[0]
    return result


def relative_error(given: torch.Tensor, reference: torch.Tensor) -> float:
    """The norm of the difference as a share of the reference's; not finite where one is not."""
    given, reference = given.float().cpu(), reference.float().cpu()
    return float((given - reference).norm() / reference.norm())


def graphs() -> int:
    """How many graphs torch has compiled since the counters were cleared."""
    from torch._dynamo.utils import counters

    return int(counters["stats"]["unique_graphs"])


def graph_breaks() -> int:
    """How many times compiled code had to go back to Python."""
    from torch._dynamo.utils import counters

    return sum(counters["graph_break"].values())


def forget_graphs() -> None:
    """Start compiling and counting anew."""
    from torch._dynamo.utils import counters

    torch.compiler.reset()
    counters.clear()


def wait(device: str) -> None:
    """Until the GPU has done everything that it was asked for."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def peak_gb(device: str) -> float | None:
    """The most memory that tensors took since the last reset; None without a GPU."""
    return torch.cuda.max_memory_allocated() / 2**30 if device.startswith("cuda") else None


def reset_peak(device: str) -> None:
    """Count the peak from now on."""
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
