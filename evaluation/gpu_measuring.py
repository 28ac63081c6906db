"""Timing and comparing runs on a GPU for :mod:`evaluation.gpu_bench`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from evaluation.gpu_models import Inputs, Size
from generation.backends.diffusion.loading import denoiser

SEED = 1


@dataclass
class StepTimes:
    """The end of each step of a run, by the GPU's clock where there is one."""

    device: str
    marks: list[Any] = field(default_factory=list[Any])
    latents: Any = None
    ended: float = 0.0
    """Host's clock at the end of the last step that was seen."""

    def after_step(self, _pipe: Any, _step: int, _time: Any, given: dict[str, Any]) -> Any:
        """The callback of diffusers after each step."""
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
    images: Any


def timed(pipe: Any, inputs: Inputs, size: Size, *, steps: int, device: str) -> Timed:
    """Draw once with ``steps`` steps, and decode."""
    times = StepTimes(device)
    wait(device)
    began = time.perf_counter()
    result = call(pipe, inputs, size, steps=steps, output="pil", after_step=times.after_step)
    wait(device)
    whole = time.perf_counter() - began
    each = sorted(times.seconds()) or [whole / steps]
    step = each[len(each) // 2]
    tail = max(0.0, whole - (sum(times.seconds()) + step if steps > 1 else step))
    return Timed(step, tail, whole, times.latents, result.images)


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


@dataclass(frozen=True, slots=True)
class Prediction:
    """The inputs and outputs of the denoiser at the first step, as float32 in main memory."""

    given: tuple[tuple[Any, ...], dict[str, Any]]
    result: torch.Tensor


def prediction(pipe: Any, inputs: Inputs, size: Size) -> Prediction:
    """The denoiser's first prediction in a run of two steps."""
    seen: list[Prediction] = []

    def keep(_module: Any, args: Any, kwargs: Any, result: Any) -> None:
        if not seen:
            seen.append(Prediction((args, dict(kwargs)), _tensor(result).float().cpu()))

    hook = denoiser(pipe).register_forward_hook(keep, with_kwargs=True)
    try:
        call(pipe, inputs, size, steps=2, output="pil")
    finally:
        hook.remove()
    return seen[0]


def in_float32(part: Any, given: tuple[tuple[Any, ...], dict[str, Any]], dtype: Any) -> Any:
    """The output in float32 of a denoiser whose weights are of ``dtype``, for the same inputs. Its
    blocks are converted one by one as they run, so that little more memory is needed."""
    hooks: list[Any] = []
    blocks = [child for child in part.children() if isinstance(child, torch.nn.ModuleList)]
    try:
        for child in part.children():
            if not isinstance(child, torch.nn.ModuleList):
                child.to(torch.float32)
        for parameter in part.parameters(recurse=False):
            parameter.data = parameter.data.float()
        for block in (block for several in blocks for block in several):
            hooks.append(block.register_forward_pre_hook(partial(_convert, torch.float32)))
            hooks.append(block.register_forward_hook(partial(_convert, dtype)))
        args, kwargs = _float32(given[0]), _float32(given[1])
        with torch.no_grad():
            return _tensor(part(*args, **kwargs)).float().cpu()
    finally:
        for hook in hooks:
            hook.remove()
        part.to(dtype)


def _convert(dtype: Any, block: Any, *_given: Any) -> None:
    block.to(dtype)


def _float32(value: Any) -> Any:
    from torch.utils import _pytree as trees

    def one(leaf: Any) -> Any:
        is_float = isinstance(leaf, torch.Tensor) and leaf.is_floating_point()
        return leaf.float() if is_float else leaf

    return trees.tree_map(one, value)


def _tensor(result: Any) -> torch.Tensor:
    while not isinstance(result, torch.Tensor):
        result = result[0]
    return result


def relative_error(given: torch.Tensor, reference: torch.Tensor) -> float:
    """The norm of the difference as a share of the reference's; not finite where one is not."""
    given, reference = given.float().cpu(), reference.float().cpu()
    return float((given - reference).norm() / reference.norm())


def graphs() -> int:
    """The number of graphs that torch has compiled since the counters were cleared."""
    from torch._dynamo.utils import counters

    return int(counters["stats"]["unique_graphs"])


def graph_breaks() -> int:
    """The number of times that compiled code had to go back to Python."""
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
