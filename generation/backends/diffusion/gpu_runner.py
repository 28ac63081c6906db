"""The one thread that uses the GPU: which order is next, which model is loaded, what went wrong.

Every diffusers generator of a process draws here, so that two models never compete for the GPU.
"""

from __future__ import annotations

import asyncio
import io
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import structlog
from PIL import Image

from domain.errors import GeneratorUnavailable, LimnerError, RenderFailed
from domain.illustrations import Picture, Recipe
from domain.translation.messages import gettext
from generation.backend_context import BackendContext
from generation.backends.diffusion.denoising import (
    Frame,
    NotNumbers,
    Run,
    Stopped,
    TooSlow,
    draw,
    png,
)
from generation.backends.diffusion.loading import (
    ModelSpec,
    load,
    not_ready,
    shared_encoders,
)
from generation.backends.diffusion.machine import (
    Machine,
    beyond_repair,
    forget_garbage,
    found,
    out_of_memory,
)
from generation.backends.diffusion.preview import on_white
from generation.backends.diffusion.prompt_tokens import reader_of_pipeline
from generation.backends.diffusion.upscaling import enlarged
from generation.backends.diffusion.weights import Weights
from generation.gpu_queue import GpuQueue
from generation.ports import Progress
from generation.prompt_fitting import fitted_prompt

Extrema = Sequence[tuple[int, int]]
log = structlog.get_logger(__name__)

POLL_S = 0.1
WARM_UP_STEPS = 2
STUCK_AFTER_S = 120.0
"""Seconds beyond the time limit without a single step, after which a GPU counts as hung."""
FLAT = 4
"""Steps of 256 between the darkest and the lightest pixel of a picture that shows nothing."""
MAX_SHAPE = 8
"""The ratio of its sides to which a narrower reference gets white margins: FLUX.2's pipelines
refuse more, and Qwen's compute a side of 0."""
MIN_SIDE = 64
"""Pixels of a reference's shorter side, to which a smaller one is enlarged: FLUX.2 refuses less."""
SMALLER = 0.5
"""Share of the pixels that is left for the second try when memory ran out."""


@dataclass(eq=False)
class RenderOrder:
    """One picture that a caller waits for."""

    recipe: Recipe
    references: Sequence[bytes]
    spec: ModelSpec
    multiple: int
    done: asyncio.Future[Picture]
    stop: threading.Event = field(default_factory=threading.Event)
    fraction: float = 0.0
    preview: bytes | None = None

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The arguments that go to the pipeline as they are."""
        return dict(self.recipe.parameters.get("arguments", {}))

    @property
    def enlarges(self) -> bool:
        """Whether it makes a finished picture larger."""
        return self.recipe.parameters.get("operation") == "upscale"

    @property
    def together(self) -> object:
        """The same for orders that may share a run; None for one that must be alone."""
        if self.spec.acceleration.batch == 1 or self.references:
            return None
        size = (self.recipe.width, self.recipe.height)
        return (self.spec.key, size, repr(sorted(self.arguments.items())))

    def note_progress(self, fraction: float, preview: bytes | None) -> None:
        """Take note, in the GPU's thread; the waiting task looks at it."""
        self.fraction = fraction
        self.preview = preview or self.preview

    def frame(self) -> Frame:
        """The parameters that a run needs of it."""
        pictures = tuple(_opened(data) for data in self.references)
        if not self.enlarges:
            pictures = tuple(map(usable_reference, pictures))
        return Frame(
            self.recipe.prompt, self.recipe.seed, pictures, self.stop.is_set, self.note_progress
        )


class GpuRunner:
    """Draws orders one run at a time, in the order of :class:`GpuQueue`."""

    def __init__(self, backend_context: BackendContext) -> None:
        self._context = backend_context
        self.weights = Weights(backend_context.cache)
        self._turns = GpuQueue[RenderOrder]()
        self._models = OrderedDict[str, Any]()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="diffusers")
        self._working: asyncio.Task[None] | None = None
        self._orders: set[RenderOrder] = set()
        self._cold = ""
        """The key of a model that must still be compiled."""
        self._alive_at: float | None = None
        """When the last step ended; None while a model is loaded, which may take any time."""

    @cached_property
    def machine(self) -> Machine:
        """The device that it draws on. Raises ``GeneratorUnavailable``."""
        return found(self._context.device, threads=self._context.threads)

    @property
    def waiting(self) -> int:
        """The number of orders that wait for their turn."""
        return len(self._turns)

    @property
    def loaded(self) -> Mapping[str, Any]:
        """The pipelines that are ready, by the key of what they were loaded as."""
        return self._models

    async def render(
        self,
        recipe: Recipe,
        references: Sequence[bytes],
        spec: ModelSpec,
        *,
        multiple: int,
        progress: Progress,
    ) -> Picture:
        """Wait for a turn and for the picture; cancelling the task stops the run within a step."""
        done: asyncio.Future[Picture] = asyncio.get_running_loop().create_future()
        order = RenderOrder(recipe, references, spec, multiple, done)
        self._orders.add(order)
        self._turns.add(
            order, model=spec.key, together=order.together, most=spec.acceleration.batch
        )
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work(), name="diffusers")
        try:
            while not (await asyncio.wait({done}, timeout=POLL_S))[0]:
                preview, order.preview = order.preview, None
                await progress(order.fraction, preview)
            picture = done.result()
            await progress(1.0)
            return picture
        finally:
            order.stop.set()
            self._turns.remove(order)
            self._orders.discard(order)
            done.cancel()

    async def idle(self) -> None:
        """Wait until nothing is drawn any more."""
        if self._working is not None:
            await asyncio.wait({self._working})

    async def aclose(self) -> None:
        """Stop what is drawn and forget the models."""
        for order in self._orders:
            order.stop.set()
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _work(self) -> None:
        """Draw until no caller waits, and watch that the GPU does not hang."""
        loop = asyncio.get_running_loop()
        while orders := self._turns.next(self._models):
            self._alive_at = None
            run = loop.run_in_executor(self._thread, self._drawn, orders)
            while not (await asyncio.wait({run}, timeout=1.0))[0]:
                if self._stuck():
                    self._context.fatal(gettext("the GPU stopped responding"))
            for order, outcome in zip(orders, run.result(), strict=True):
                if order.done.done():
                    continue
                if isinstance(outcome, Picture):
                    order.done.set_result(outcome)
                else:
                    order.done.set_exception(outcome)

    def _stuck(self) -> bool:
        patience = self._context.timeout_s + STUCK_AFTER_S
        return self._alive_at is not None and time.monotonic() - self._alive_at > patience

    def _drawn(self, orders: Sequence[RenderOrder]) -> Sequence[Picture | Exception]:
        """In the GPU's thread: a picture for each order, or why there is none."""
        waiting = [order for order in orders if not order.stop.is_set()]
        outcomes: dict[RenderOrder, Picture | Exception] = {}
        if waiting:
            try:
                outcomes = dict(zip(waiting, self._together(waiting), strict=True))
            except Exception as error:  # the edge of the thread: passed on to the caller
                failure = self._public_error(error, waiting[0].recipe)
                outcomes = dict.fromkeys(waiting, failure)
        return [outcomes.get(order, Stopped()) for order in orders]

    def _public_error(self, error: Exception, recipe: Recipe) -> Exception:
        """The error as the requester reads it; a GPU beyond repair ends the process instead."""
        if isinstance(error, LimnerError | Stopped):
            return error
        if _of_compiler(error):  # another size or length than the first picture's
            return _not_compiled(str(recipe.parameters.get("model")), error)
        if isinstance(error, NotNumbers):
            return _blank(recipe.generator)
        if isinstance(error, TooSlow):
            return RenderFailed(
                recipe.generator,
                (
                    gettext(
                        "it took longer than {timeout_s:g} s and was stopped {error}; try "
                        "a smaller picture or another generator",
                        timeout_s=self._context.timeout_s,
                        error=error,
                    )
                ),
            )
        if out_of_memory(error):
            return RenderFailed(
                recipe.generator,
                (
                    gettext(
                        "the GPU ran out of memory at {width}×{height} and at half that "
                        "size; the operator can set the preset small-card",
                        width=recipe.width,
                        height=recipe.height,
                    )
                ),
            )
        if beyond_repair(error):
            log.critical("card_failed", error=str(error).partition("\n")[0])
            self._context.fatal("the GPU failed: " + str(error).partition("\n")[0])
            return RenderFailed(
                recipe.generator, (gettext("the GPU failed and is being restarted; try again"))
            )
        return error

    def _together(self, orders: Sequence[RenderOrder]) -> Sequence[Picture | Exception]:
        """The pictures of one run; when memory runs out, one by one and then smaller."""
        pipe = self._model(orders[0].spec)
        size = (orders[0].recipe.width, orders[0].recipe.height)
        try:
            return self._run(pipe, orders, size)
        except Exception as error:
            if not out_of_memory(error):
                raise
        # Only here is the failed run's memory free: its frames lived as long as the error.
        forget_garbage()
        if len(orders) > 1:
            return [outcome for order in orders for outcome in self._drawn([order])]
        if orders[0].enlarges:
            raise RenderFailed(
                orders[0].recipe.generator, gettext("the GPU ran out of memory, even tile by tile")
            )
        smaller = half_of(size, orders[0].multiple)
        log.warning("memory_ran_out", size=size, next=smaller)
        note = gettext(
            "Drawn at {smaller}×{smaller_height} because the GPU ran out of memory at "
            "{size}×{height}.",
            smaller=smaller[0],
            smaller_height=smaller[1],
            size=size[0],
            height=size[1],
        )
        return self._run(pipe, orders, smaller, notes=(note,))

    def _run(
        self,
        pipe: Any,
        orders: Sequence[RenderOrder],
        size: tuple[int, int],
        *,
        notes: tuple[str, ...] = (),
    ) -> Sequence[Picture]:
        first = orders[0]
        self._warm_up(pipe, first, size)
        self._sign_of_life()
        reader = reader_of_pipeline(pipe, first.arguments)
        read = [fitted_prompt(order.recipe, reader) for order in orders]
        frames = [
            replace(order.frame(), prompt=short.text)
            for order, (short, _) in zip(orders, read, strict=True)
        ]
        notes_of_each = [(*notes, note) if note else notes for _, note in read]
        run = Run(
            frames=frames,
            width=size[0],
            height=size[1],
            arguments=first.arguments,
            deadline=time.monotonic() + self._context.timeout_s,
            previews=self._context.previews and not first.spec.acceleration.offload,
            alive=self._sign_of_life,
        )
        began = time.monotonic()
        if first.enlarges:
            images: Sequence[Image.Image] = [
                enlarged(pipe, run, factor=int(first.recipe.parameters["factor"]))
            ]
        else:
            images = draw(pipe, run)
            notes_of_each = [
                (*told, note) if (note := _other_shape(image, size)) else told
                for told, image in zip(notes_of_each, images, strict=True)
            ]
        gpu_s = (time.monotonic() - began) / len(orders) if self.machine.kind != "cpu" else 0.0
        return [
            Picture(png(image), "image/png", image.width, image.height, picture_notes, gpu_s=gpu_s)
            for image, picture_notes in zip(
                _not_blank(images, first.recipe.generator), notes_of_each, strict=True
            )
        ]

    def _sign_of_life(self) -> None:
        self._alive_at = time.monotonic()

    def _model(self, spec: ModelSpec) -> Any:
        """The loaded model; the one that was used longest ago makes room for it."""
        if spec.key in self._models:
            self._models.move_to_end(spec.key)
            return self._models[spec.key]
        kept = shared_encoders(spec, self.weights, self.machine)
        while len(self._models) >= self._context.models_loaded:
            self._models.popitem(last=False)
        forget_garbage()
        began = time.monotonic()
        pipe = load(spec, self.weights, self.machine)
        del kept
        self._models[spec.key] = pipe
        self._cold = spec.key if spec.acceleration.compile else ""
        log.info("model_loaded", model=spec.source, seconds=round(time.monotonic() - began, 1))
        return pipe

    def _warm_up(self, pipe: Any, order: RenderOrder, size: tuple[int, int]) -> None:
        """Let a model that was just loaded compile before its first picture's time counts."""
        if self._cold != order.spec.key or order.enlarges:
            return
        self._cold = ""
        frame = replace(order.frame(), progress=_ignore_progress)
        short = {**order.arguments, "num_inference_steps": WARM_UP_STEPS}
        try:
            draw(pipe, Run([frame], size[0], size[1], short))
        except Exception as error:
            if not _of_compiler(error):
                raise
            raise _not_compiled(order.spec.source, error) from error


def _of_compiler(error: Exception) -> bool:
    return type(error).__module__.startswith(("torch._dynamo", "torch._inductor"))


def _not_compiled(source: str, error: Exception) -> GeneratorUnavailable:
    return not_ready(source, gettext("it can't be compiled"), error)


def _not_blank(images: Sequence[Image.Image], generator: str) -> Sequence[Image.Image]:
    """The same pictures. Raises ``RenderFailed`` where one has nearly a single colour all over: the
    model computed numbers that are none or overflowed, as some do in float16."""
    for image in images:
        extrema = cast("Extrema", image.convert("RGB").getextrema())
        if all(highest - lowest <= FLAT for lowest, highest in extrema):
            raise _blank(generator)
    return images


def _blank(generator: str) -> RenderFailed:
    return RenderFailed(
        generator,
        gettext(
            "the picture came out blank; if that happens again, the operator "
            "can set acceleration.dtype to bfloat16"
        ),
    )


def _other_shape(image: Image.Image, size: tuple[int, int]) -> str:
    """A note where a pipeline draws in the shape of its reference, whatever it is asked for."""
    if image.size == size:
        return ""
    return gettext(
        "Drawn at {width}×{height}: this model keeps the shape of its reference image.",
        width=image.width,
        height=image.height,
    )


def _ignore_progress(_fraction: float, _preview: bytes | None) -> None:
    """Progress that is not reported."""


def half_of(size: tuple[int, int], multiple: int) -> tuple[int, int]:
    """About half as many pixels, in the same shape as nearly as the multiple allows."""
    shrink = SMALLER**0.5
    width, height = (max(multiple, round(side * shrink / multiple) * multiple) for side in size)
    return width, height


def usable_reference(image: Image.Image) -> Image.Image:
    """The picture in a shape and a size that every pipeline takes: what is very narrow gets white
    margins, what is very small is enlarged."""
    width, height = image.size
    least = math.ceil(max(width, height) / MAX_SHAPE)
    wide, high = max(width, least), max(height, least)
    if (wide, high) != (width, height):
        ground = Image.new("RGB", (wide, high), "white")
        ground.paste(image, ((wide - width) // 2, (high - height) // 2))
        image = ground
    scale = MIN_SIDE / min(wide, high)
    if scale > 1:
        size = (math.ceil(wide * scale), math.ceil(high * scale))
        image = image.resize(size, Image.Resampling.LANCZOS)
    return image


def _opened(data: bytes) -> Image.Image:
    """A reference as pipelines want it: RGB, transparent parts on white."""
    with Image.open(io.BytesIO(data)) as image:
        return on_white(image.convert("RGBA"))
