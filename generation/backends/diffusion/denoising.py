"""One run of a pipeline: what it is called with, and what happens between its steps."""

from __future__ import annotations

import inspect
import io
import math
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
import torch
from PIL import Image

from domain.errors import GeneratorUnavailable
from domain.translation.messages import gettext
from generation.backends.diffusion.preview import on_white, previewed

log = structlog.get_logger(__name__)

PREVIEW_EVERY_S = 1.0
_CALLBACKS = frozenset({"callback_on_step_end", "callback"})


class Stopped(Exception):
    """No caller waits for this run any more."""


class TooSlow(Exception):
    """The run took longer than it may; the message says how far it came."""


class NotNumbers(Exception):
    """The decoder gave values that are no numbers, which would become black pixels."""


@dataclass
class Frame:
    """One picture of a run: what it shows, and who waits for it."""

    prompt: str
    seed: int
    references: Sequence[Image.Image] = ()
    stopped: Callable[[], bool] = lambda: False
    progress: Callable[[float, bytes | None], None] = lambda _fraction, _preview: None


@dataclass(frozen=True, slots=True)
class Run:
    """Frames of one size that are drawn in one call; ``arguments`` go to the pipeline as they
    are."""

    frames: Sequence[Frame]
    width: int
    height: int
    arguments: Mapping[str, Any]
    deadline: float = float("inf")
    """The deadline, by the monotonic clock."""
    previews: bool = False
    alive: Callable[[], None] = lambda: None
    """Called at every step."""


def draw(pipe: Any, run: Run) -> list[Image.Image]:
    """The pictures of a run, in the order of its frames.

    Raises:
        Stopped: No caller waits any more; raised within one step. TooSlow: The deadline passed.
        NotNumbers: A picture has places without a value.
        GeneratorUnavailable: The pipeline does not take these arguments.
    """
    watcher = _Watcher(pipe, run)
    call = _call(pipe, run, watcher)
    try:
        with _checked_decoder(pipe), _watched_steps(pipe, watcher):
            result = pipe(**call)
    except BaseException:
        # A run that ends in the middle leaves caches and offloaded parts as they were.
        pipe.maybe_free_model_hooks()
        raise
    watcher.check()
    return [on_white(image) for image in result.images]


@contextmanager
def _checked_decoder(pipe: Any) -> Generator[None]:
    """Look at what the autoencoder decodes, before it is turned into pixels: numbers that are none
    become black there, in one tile as well as all over."""
    if not hasattr(pipe, "vae") or not hasattr(pipe.vae, "decode"):
        yield
        return
    vae: Any = pipe.vae
    decode: Any = vae.decode

    def checked(*args: Any, **kwargs: Any) -> Any:
        decoded: Any = decode(*args, **kwargs)
        sample: Any = decoded.sample if hasattr(decoded, "sample") else decoded[0]
        if not bool(torch.isfinite(sample).all()):
            raise NotNumbers
        return decoded

    state: dict[str, Any] = vae.__dict__
    before = state.get("decode")
    vae.decode = checked
    try:
        yield
    finally:
        del vae.decode
        if before is not None:
            vae.decode = before


@contextmanager
def _watched_steps(pipe: Any, watcher: _Watcher) -> Generator[None]:
    """Look after the steps of a pipeline that takes no callback, such as LongCat-Image's, by its
    scheduler: else it could not be stopped, and a long run would count as a GPU that hangs."""
    if _CALLBACKS & set(inspect.signature(type(pipe).__call__).parameters):
        yield
        return
    scheduler: Any = pipe.scheduler
    step: Any = scheduler.step

    def watched(*args: Any, **kwargs: Any) -> Any:
        result: Any = step(*args, **kwargs)
        watcher.after_step(pipe, 0, None, {"latents": result[0]})
        return result

    scheduler.step = watched
    try:
        yield
    finally:
        del scheduler.step


def png(image: Image.Image) -> bytes:
    """The picture as PNG; the same pixels give the same bytes."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _call(pipe: Any, run: Run, watcher: _Watcher) -> dict[str, Any]:
    """The arguments of the pipeline's call, as far as it takes them."""
    takes = inspect.signature(type(pipe).__call__).parameters
    unknown = sorted(set(run.arguments) - set(takes))
    if unknown:
        raise GeneratorUnavailable(
            gettext(
                "The pipeline {pipeline} takes no argument {unknown!r}; it takes {arguments}.",
                pipeline=type(pipe).__name__,
                unknown=unknown[0],
                arguments=", ".join(sorted(set(takes) - {"self", "kwargs"})),
            )
        )
    several = len(run.frames) > 1
    prompts = [frame.prompt for frame in run.frames]
    # Noise comes from the processor, so that the same seed begins alike on every device.
    noise = [torch.Generator("cpu").manual_seed(frame.seed) for frame in run.frames]
    call: dict[str, Any] = {
        **run.arguments,
        "prompt": prompts if several else prompts[0],
        "generator": noise if several else noise[0],
    }
    if several and isinstance(call.get("negative_prompt"), str):
        call["negative_prompt"] = [call["negative_prompt"]] * len(prompts)
    if "height" in takes:
        call |= {"height": run.height, "width": run.width}
    references = list(run.frames[0].references)
    if references:
        name = "images" if "images" in takes else "image"
        call[name] = references if _several_references(takes) else references[0]
    if "callback_on_step_end" in takes:
        call["callback_on_step_end"] = watcher.after_step
    elif "callback" in takes:
        call["callback"] = watcher.after_old_step
    return call


def _several_references(takes: Mapping[str, inspect.Parameter]) -> bool:
    """Whether a pipeline takes a list of references: those that enlarge or redraw one picture have
    ``strength`` or ``noise_level``, and others say that they take a single picture."""
    image = takes.get("image")
    single = image is not None and "list" not in str(image.annotation).casefold()
    return not single and not {"strength", "noise_level"} & set(takes)


@dataclass
class _Watcher:
    """Looks after a run between its steps."""

    pipe: Any
    run: Run
    steps: int = field(init=False)
    done: int = 0
    _previewed_at: float = 0.0

    def __post_init__(self) -> None:
        self.steps = int(self.run.arguments.get("num_inference_steps") or 50)

    def after_step(self, _pipe: Any, _step: int, _time: Any, given: dict[str, Any]) -> Any:
        """The callback of diffusers after each step; it wants its arguments back."""
        self._count(given.get("latents"))
        return given

    def after_old_step(self, _step: int, _time: Any, latents: Any) -> None:
        """The same for pipelines of the older form."""
        self._count(latents)

    def check(self) -> None:
        """Stop when no caller waits or time is up."""
        self.run.alive()
        if all(frame.stopped() for frame in self.run.frames):
            raise Stopped
        if time.monotonic() > self.run.deadline:
            raise TooSlow(gettext("after step {done} of {steps}", done=self.done, steps=self.steps))

    def _count(self, latents: Any) -> None:
        self.done += 1
        self.check()
        fraction = min(1.0, self.done / self.steps)
        shown = self._preview(latents)
        for frame in self.run.frames:
            frame.progress(fraction, shown)

    def _preview(self, latents: Any) -> bytes | None:
        now = time.monotonic()
        wanted = self.run.previews and len(self.run.frames) == 1
        if not wanted or latents is None or now - self._previewed_at < PREVIEW_EVERY_S:
            return None
        self._previewed_at = now
        try:
            preview: bytes | None = previewed(
                self.pipe, latents, width=self.run.width, height=self.run.height
            )
        except (AttributeError, RuntimeError, TypeError, ValueError) as error:
            # Latents in another form than the decoder's: the picture itself is still fine.
            log.warning("no_preview", pipeline=type(self.pipe).__name__, error=str(error)[:200])
            self._previewed_at = math.inf
            return None
        return preview
