"""Presets against stock diffusers on one GPU: seconds a step, pictures a minute, peak memory, and
whether the picture stays the same.

``python -m evaluation.gpu_bench --seconds 300`` builds the real architectures with random weights
on the GPU, so nothing is downloaded or installed. Each model is measured as diffusers runs it
(*stock*, bfloat16), then with each preset, over several lengths of prompts and sizes of pictures:
graphs that are compiled anew for another length or size are counted. Rows are printed and written
as they come, so that a run that is stopped keeps what it has. ``--tiny`` tries the script on any
machine. A model whose real weights are here already, in the hub's cache or in a folder that
``--weights`` names, also draws whole pictures by every preset, which are compared with those of
``quality``.

*Exact* means as near to float32 as stock: one step's prediction in bfloat16 is off the same step in
float32 by rounding, and a way whose prediction is off by no more than ``TOLERANCE`` times that
computes the same. Its distance from stock is given too.
"""

from __future__ import annotations

import argparse
import gc
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, TextIO

import torch
from rich.console import Console
from rich.table import Table

from domain.errors import LimnerError
from evaluation import gpu_measuring as measuring
from evaluation import gpu_real_weights as real
from evaluation.gpu_models import (
    MODELS,
    BenchModel,
    Size,
    initialise_the_rest,
    made_on,
    moved,
    named_folder,
    text_width,
)
from generation.backends.diffusion.loading import ModelSpec, accelerate, denoiser
from generation.backends.diffusion.machine import Machine, found, out_of_memory, versions
from generation.backends.diffusion.weights import Weights
from generation.generator import Generator
from generation.presets import PRESETS, Acceleration

TOLERANCE = 1.1
"""A way is exact whose step is off float32 by at most so many times what stock's own is."""
GOALS: Mapping[str, float] = {"exact-fast": 1.3, "fast": 2.0}
"""The speed-up over stock that a step must reach."""
COMPILE_S = 25.0
"""Seconds that compiling a model may take, set aside before a way is begun."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to run a model: an acceleration, and what is done to the pipeline after it."""

    name: str
    how: Acceleration | None
    after: Callable[[Any], None] = lambda _pipe: None


def _fixed(pipe: Any) -> None:
    denoiser(pipe).compile_repeated_blocks(fullgraph=False, dynamic=False)


def _graphs(pipe: Any) -> None:
    denoiser(pipe).compile_repeated_blocks(fullgraph=False, dynamic=False, mode="reduce-overhead")


EXACT = PRESETS["exact-fast"]
WAYS: Mapping[str, Way] = {
    way.name: way
    for way in (
        Way("stock", None),
        Way("quality", PRESETS["quality"]),
        Way("exact-fast", EXACT),
        Way("attention", Acceleration(attention="_native_cudnn")),
        Way("compile-fixed", EXACT, after=_fixed),
        Way("cuda-graphs", EXACT, after=_graphs),
        Way("fast", replace(EXACT, quantization="fp8-compute")),  # last: it changes the weights
    )
}
USUAL = ("stock", "quality", "exact-fast", "fast")
"""The other ways take the preset ``exact-fast`` apart."""
USUAL_WITH_WEIGHTS = (*USUAL, "small-card")
"""With random weights ``small-card`` has a bench of its own, since its text encoders matter."""


@dataclass(slots=True)
class Row:
    """One way at one length and size. ``note`` says why there are no numbers."""

    model: str
    way: str
    length: int = 0
    size: Size = (0, 0)
    step_s: float | None = None
    tail_s: float | None = None
    per_minute: float | None = None
    """Pictures, with the steps that the model's authors use."""
    peak_gb: float | None = None
    first_s: float | None = None
    """Seconds of the first run of two steps at this length and size, compiling included."""
    new_graphs: int = 0
    graph_breaks: int = 0
    error: float | None = None
    """One step's prediction against stock."""
    drift: float | None = None
    """Latents after all timed steps against stock."""
    float32_error: float | None = None
    """One step's prediction against float32."""
    of_stock: float | None = None
    weights: str = "random"
    """``real`` where the model's own weights were used."""
    psnr_db: float | None = None
    """Of whole pictures against those of ``quality``, with real weights."""
    lpips: float | None = None
    note: str = ""


@dataclass
class Report:
    """The rows so far, in a file and on the screen as they come."""

    console: Console
    file: TextIO | None = None
    rows: list[Row] = field(default_factory=list[Row])

    def add(self, row: Row) -> None:
        """Keep a row, write it and show it."""
        self.rows.append(row)
        self.write(asdict(row))
        fields = {k: v for k, v in asdict(row).items() if v not in (None, "", 0)}
        self.console.print(
            " ".join(
                f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in fields.items()
            ),
            markup=False,
        )

    def write(self, plain: Mapping[str, Any]) -> None:
        """Write one line of JSON, at once."""
        if self.file is not None:
            self.file.write(json.dumps(plain) + "\n")
            self.file.flush()

    def stock(self, row: Row) -> Row | None:
        """Stock at the same length and size."""
        same = (row.model, row.length, row.size)
        return next(
            (r for r in self.rows if r.way == "stock" and (r.model, r.length, r.size) == same), None
        )


@dataclass
class Clock:
    """The time that is left."""

    seconds: float
    began: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds."""
        return self.seconds - (time.monotonic() - self.began)


@dataclass
class Bench:
    """Measures models one after another."""

    machine: Machine
    report: Report
    clock: Clock
    steps: int
    tiny: bool = False
    others: int | None = None
    """The number of other lengths and sizes than the usual ones that are measured; None for all."""
    full: bool = False
    """Whether whole pictures are drawn, and with real weights from every prompt."""
    folders: Mapping[str, str] = field(default_factory=dict[str, str])
    """Folders with real weights, by the name of a model."""

    def __post_init__(self) -> None:
        self._device = self.machine.kind
        self._dtype = getattr(torch, self.machine.dtype("auto"))
        self._reference: dict[tuple[int, Size], tuple[Any, Any]] = {}
        """Stock's prediction and latents, by length and size."""
        self._float32: Any = None

    def measure(self, model: BenchModel, ways: Sequence[str]) -> None:
        """Every way of one model; what no longer fits the time is left out and says so."""
        self._reference, self._float32 = {}, None
        began = time.monotonic()
        pipe = self._built(model)
        self.report.write({"model": model.name, "built_s": time.monotonic() - began})
        took = 0.0
        for name in sorted(set(ways) & set(WAYS), key=list(WAYS).index):
            way = WAYS[name]
            needed = took + (COMPILE_S if way.how is not None and way.how.compile else 0)
            if self.clock.left < needed and not self.tiny:
                self.report.add(Row(model.name, name, note="no time left"))
                continue
            began = time.monotonic()
            self._measure_way(model, way, pipe)
            took = max(took, time.monotonic() - began) if name == "stock" else took
        del pipe
        _forget()
        generator = self._generator(model)
        if generator is not None:
            self._measure_pictures(model, generator, ways)
        elif "fast" in ways:
            for kind in _needing_weights(model):
                self.report.add(Row(model.name, kind, note="needs real weights"))

    def _generator(self, model: BenchModel) -> Generator | None:
        try:
            return real.with_weights(model.name, self.folders)
        except LimnerError as error:
            self.report.add(Row(model.name, "quality", weights="real", note=str(error)))
            return None

    def _measure_pictures(
        self, model: BenchModel, generator: Generator, ways: Sequence[str]
    ) -> None:
        """Whole pictures with real weights, by every preset that was asked for."""
        size = (64, 64) if self.tiny else model.sizes[0]
        prompts = real.PROMPTS if self.full else real.PROMPTS[:1]
        stock: real.Drawn | None = None
        for preset in PRESETS:
            if preset not in (*ways, "quality"):
                continue
            row = Row(model.name, preset, size=size, weights="real")
            needed = stock.whole_s * len(prompts) + COMPILE_S if stock else 0.0
            if self.clock.left < needed and not self.tiny:
                row.note = "no time left"
            else:
                try:
                    drawn = real.drawn(
                        generator, preset, size=size, machine=self.machine, prompts=prompts
                    )
                    stock = stock or drawn
                    _fill(row, drawn, stock)
                except Exception as error:  # one preset that cannot run must not end the others
                    row.note = _note(error)
            self.report.add(row)
            _forget()

    def _built(self, model: BenchModel) -> Any:
        if self.tiny:
            pipe = model.tiny()
        else:
            with made_on(self._device, self._dtype):
                pipe = model.build()
        initialise_the_rest(denoiser(pipe))
        pipe.set_progress_bar_config(disable=True)
        return pipe.to(self._device, self._dtype)

    def _measure_way(self, model: BenchModel, way: Way, pipe: Any) -> None:
        try:
            self._accelerate(way, pipe)
            measuring.reset_peak(self._device)
            for length, size in self._points(model, way):
                if self.clock.left < 0 and not self.tiny:
                    self.report.add(Row(model.name, way.name, length, size, note="no time left"))
                    return
                self._measure_point(model, way, pipe, length, size)
        except Exception as error:
            # One way that a library cannot run must not end the others.
            self.report.add(Row(model.name, way.name, note=_note(error)))
            _forget()

    def _accelerate(self, way: Way, pipe: Any) -> None:
        measuring.forget_graphs()
        part = denoiser(pipe)
        for block in part.modules():
            block._compiled_call_impl = None  # noqa: SLF001 - what Module.compile sets
        part.set_attention_backend("native")  # another model's choice would hold for this one too
        if way.how is not None:
            how = replace(way.how, dtype=self.machine.dtype("auto"))
            accelerate(pipe, ModelSpec("random weights", "", how), Weights(None), self.machine)
        way.after(pipe)

    def _points(self, model: BenchModel, way: Way) -> Iterator[tuple[int, Size]]:
        """The usual length and size, then every other length and every other size."""
        sizes = [(64, 64), (96, 64)] if self.tiny else model.sizes
        lengths = [min(length, 90) for length in model.lengths] if self.tiny else model.lengths
        usual = (lengths[0], sizes[0])
        yield usual
        if way.name == "quality":  # stock without dropout: once shows that it is the same
            return
        longer = [(length, usual[1]) for length in lengths[1:]]
        larger = [(usual[0], size) for size in sizes[1:]]
        by_turns = (point for pair in zip_longest(longer, larger) for point in pair if point)
        yield from islice(by_turns, self.others)

    def _measure_point(
        self, model: BenchModel, way: Way, pipe: Any, length: int, size: Size
    ) -> None:
        row = Row(model.name, way.name, length, size)
        plain = model.inputs(length, text_width(denoiser(pipe)))
        inputs = moved(plain, self._device, self._dtype)
        before = measuring.graphs()
        began = time.monotonic()
        predicted = measuring.prediction(pipe, inputs, size)
        row.first_s = time.monotonic() - began
        timed = measuring.timed(pipe, inputs, size, steps=self.steps, device=self._device)
        row.new_graphs = measuring.graphs() - before
        row.graph_breaks = measuring.graph_breaks()
        row.step_s, row.tail_s = timed.step_s, timed.tail_s
        row.per_minute = 60 / (model.steps * timed.step_s + timed.tail_s)
        row.peak_gb = measuring.peak_gb(self._device)
        if way.name == "stock" and not self._reference:
            part = denoiser(pipe)
            self._float32 = measuring.in_float32(part, predicted.given, self._dtype)
            measuring.reset_peak(self._device)
        self._compare(row, predicted.result, timed.latents)
        self.report.add(row)

    def _compare(self, row: Row, predicted: Any, latents: Any) -> None:
        """Against stock, and against float32 at the first length and size."""
        at = (row.length, row.size)
        if row.way == "stock":
            if not self._reference and self._float32 is not None:
                row.float32_error = measuring.relative_error(predicted, self._float32)
            self._reference[at] = (predicted, latents.float().cpu())
            row.of_stock = 1.0
            return
        if at not in self._reference:
            return
        first = at == next(iter(self._reference))
        row.error = measuring.relative_error(predicted, self._reference[at][0])
        row.drift = measuring.relative_error(latents, self._reference[at][1])
        if first and self._float32 is not None:
            row.float32_error = measuring.relative_error(predicted, self._float32)
        stock = self.report.stock(row)
        if stock is not None and stock.step_s and row.step_s:
            row.of_stock = stock.step_s / row.step_s


def _fill(row: Row, drawn: real.Drawn, stock: real.Drawn) -> None:
    row.step_s, row.tail_s, row.first_s = drawn.step_s, drawn.tail_s, drawn.first_s
    row.per_minute, row.peak_gb = 60 / drawn.whole_s, drawn.peak_gb
    row.of_stock = stock.whole_s / drawn.whole_s
    if drawn is not stock:
        row.psnr_db = real.psnr_db(drawn.images, stock.images)
        row.lpips = real.lpips_distance(drawn.images, stock.images)


def _note(error: Exception) -> str:
    if out_of_memory(error) or (error.__cause__ is not None and out_of_memory(error.__cause__)):
        return "ran out of memory"
    kind = "" if isinstance(error, LimnerError) else f"{type(error).__name__}: "
    return kind + str(error).strip().partition("\n")[0][:500]


def _needing_weights(model: BenchModel) -> Iterator[str]:
    if model.distilled:
        yield f"fast ({model.distilled})"
    if model.caches:
        yield "fast (step cache)"


def _forget() -> None:
    gc.collect()
    torch.compiler.reset()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def verdicts(rows: Sequence[Row]) -> list[str]:
    """The result at the usual length and size for the goals, one sentence a model and preset."""
    sentences: list[str] = []
    seen: set[tuple[str, str]] = set()
    sentences += [_verdict_of_pictures(row) for row in rows if row.weights == "real"]
    rows = [row for row in rows if row.weights != "real"]
    for row in rows:
        goal = GOALS.get(row.way)
        if goal is None or row.of_stock is None or (row.model, row.way) in seen:
            continue
        seen.add((row.model, row.way))
        met = "met" if row.of_stock >= goal else "missed"
        text = f"{row.model}, {row.way}: {row.of_stock:.2f} × stock a step, goal {goal} {met}"
        stock = next((r for r in rows if (r.model, r.way) == (row.model, "stock")), None)
        if row.float32_error is not None and stock is not None and stock.float32_error is not None:
            exact = row.float32_error <= TOLERANCE * stock.float32_error + 1e-6
            same = ("exact: " if exact else "not exact: ") if row.way == "exact-fast" else ""
            text += f"; {same}one step is off float32 by "
            text += f"{row.float32_error:.2%}, stock by {stock.float32_error:.2%}"
        again = sum(r.new_graphs for r in rows if (r.model, r.way) == (row.model, row.way))
        text += f"; {again - row.new_graphs} recompiled graphs for other lengths and sizes"
        sentences.append(text)
    return sentences


def _verdict_of_pictures(row: Row) -> str:
    """What real weights gave, one sentence a preset."""
    text = f"{row.model}, {row.way}, real weights: "
    if row.of_stock is None or row.per_minute is None:
        return text + row.note
    text += f"{row.per_minute:.2f} pictures a minute, {row.of_stock:.2f} × quality"
    if goal := GOALS.get(row.way):
        text += f", goal {goal} {'met' if row.of_stock >= goal else 'missed'}"
    if row.psnr_db is not None:
        text += f"; {row.psnr_db:.1f} dB from quality"
        text += f", LPIPS {row.lpips:.3f}" if row.lpips is not None else ""
    return text


def _table(rows: Sequence[Row]) -> Table:
    table = Table()
    for column in ("model", "way", "tokens", "size", "s/step", "of stock", "pictures/min", "GB"):
        table.add_column(column)
    for column in ("first run s", "graphs", "error", "drift", "to float32", "PSNR", "LPIPS"):
        table.add_column(column)
    for row in rows:
        if row.step_s is None:
            table.add_row(row.model, row.way, *[""] * 2, row.note)
            continue
        real_weights = row.weights == "real"
        table.add_row(
            row.model,
            f"{row.way}, real weights" if real_weights else row.way,
            "" if real_weights else str(row.length),
            f"{row.size[0]}×{row.size[1]}",
            f"{row.step_s:.4f}",
            f"{row.of_stock:.2f} ×" if row.of_stock else "",
            f"{row.per_minute:.2f}",
            f"{row.peak_gb:.1f}" if row.peak_gb else "",
            f"{row.first_s:.1f}",
            str(row.new_graphs),
            *(f"{e:.2%}" if e is not None else "" for e in (row.error, row.drift)),
            f"{row.float32_error:.2%}" if row.float32_error is not None else "",
            f"{row.psnr_db:.1f}" if row.psnr_db is not None else "",
            f"{row.lpips:.3f}" if row.lpips is not None else "",
        )
    return table


def _stop(_signal: int, _frame: object) -> None:
    raise SystemExit("stopped")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a table and a verdict; see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", choices=list(MODELS))
    parser.add_argument(
        "--way",
        action="append",
        choices=[*WAYS, "small-card"],
        help="default: " + ", ".join(USUAL_WITH_WEIGHTS) + " (the last with real weights alone)",
    )
    parser.add_argument(
        "--weights",
        action="append",
        type=named_folder,
        metavar="MODEL=FOLDER",
        help="real weights of a model; those in the hub's cache are found without it",
    )
    parser.add_argument("--steps", type=int, default=10, help="timed at each length and size")
    parser.add_argument("--others", type=int, help="at most so many other lengths and sizes")
    parser.add_argument("--seconds", type=float, default=600, help="begin nothing after so long")
    parser.add_argument(
        "--full", action="store_true", help="draw whole pictures, at most 30 minutes"
    )
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", type=Path, help="file to write a line of JSON a row to")
    parser.add_argument("--tiny", action="store_true", help="tiny models, to try the script")
    chosen = parser.parse_args(arguments)
    console = Console(width=200 if not sys.stdout.isatty() else None)
    machine = found(chosen.device, threads=0)
    file = chosen.json.open("w", encoding="utf-8") if chosen.json else None
    report = Report(console, file)
    about = {"gpu": machine.name, "memory_gb": machine.memory_gb, **versions()}
    report.write({**about, "arguments": list(arguments or sys.argv[1:])})
    console.print(" ".join(f"{k}={v}" for k, v in about.items()))
    seconds = max(chosen.seconds, 1800.0) if chosen.full else chosen.seconds
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        bench = Bench(
            machine,
            report,
            Clock(seconds),
            chosen.steps,
            tiny=chosen.tiny,
            others=chosen.others,
            full=chosen.full,
            folders=dict(chosen.weights or ()),
        )
        for name in chosen.model or list(MODELS):
            model = MODELS[name]
            bench.steps = model.steps if chosen.full else chosen.steps
            bench.measure(model, chosen.way or USUAL_WITH_WEIGHTS)
    finally:
        signal.signal(signal.SIGTERM, before)
        console.print(_table(report.rows))
        for sentence in verdicts(report.rows):
            console.print(sentence)
            report.write({"verdict": sentence})
        if file is not None:
            file.close()


if __name__ == "__main__":
    main()
