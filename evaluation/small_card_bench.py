"""What a model needs with the preset ``small-card``, on a GPU that is made to look small.

``python -m evaluation.small_card_bench --limits 8,12,16`` makes the real architectures, their text
encoders included, with random weights, writes them to a folder as a downloaded model lies there,
and loads them through the code of the product with no more GPU memory than each limit. Printed are
the seconds to load, the peak of GPU memory and of main memory, and seconds a step, the encoding of
the prompt and the decoding of the picture included in the peak. ``--quality`` loads the same files
with the preset ``quality`` and without a limit, to compare. ``--tiny`` tries the script on any
machine.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
import transformers

from evaluation import gpu_measuring as measuring
from evaluation.gpu_models import MODELS, Size, initialise_the_rest, made_on
from evaluation.peers.pipelines import byte_tokenizer
from generation.backends.diffusion.loading import ModelSpec, denoiser, load
from generation.backends.diffusion.machine import Machine, found, out_of_memory, versions
from generation.backends.diffusion.weights import Weights
from generation.presets import PRESETS, Acceleration

SENTENCE: Final = (
    "A watercolour of the harbour at dawn: container cranes along the river, two tugboats, mist "
    "over the water, gulls, and a pale pink sky that is mirrored in a wet quay. "
)
PROMPT: Final = SENTENCE * 6
"""As long as a grounded prompt is."""
STEPS: Final = 6
ALL: Final = 0.0
"""A limit: the whole GPU."""


def _qwen3() -> dict[str, Any]:
    """Qwen3-4B's sizes, as its ``config.json`` gives them."""
    return {
        "hidden_size": 2560,
        "intermediate_size": 9728,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 151936,
        "tie_word_embeddings": True,
    }


def _qwen25_vl() -> Any:
    """Qwen2.5-VL-7B's sizes; its eyes are the class's own."""
    return transformers.Qwen2_5_VLForConditionalGeneration(
        transformers.Qwen2_5_VLConfig(
            text_config={
                "hidden_size": 3584,
                "intermediate_size": 18944,
                "num_hidden_layers": 28,
                "num_attention_heads": 28,
                "num_key_value_heads": 4,
                "vocab_size": 152064,
                "rope_parameters": {
                    "rope_type": "default",
                    "rope_theta": 1e6,
                    "mrope_section": [16, 24, 24],
                },
            },
            vision_config={"out_hidden_size": 3584},
        )
    )


ENCODERS: Final[Mapping[str, Callable[[], Any]]] = {
    "flux2-klein-4b": lambda: transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**_qwen3())),
    "z-image-turbo": lambda: transformers.Qwen3Model(transformers.Qwen3Config(**_qwen3())),
    "qwen-image": _qwen25_vl,
}


@dataclass(slots=True)
class Row:
    """One way to load and run a model; ``limit_gb`` 0 is the whole GPU."""

    model: str
    preset: str
    limit_gb: float
    size: Size
    load_s: float | None = None
    load_gpu_gb: float | None = None
    draw_gpu_gb: float | None = None
    main_gb: float | None = None
    """The most main memory that was this process's own; files that are mapped are not."""
    step_s: float | None = None
    whole_s: float | None = None
    note: str = ""


class MainMemory:
    """The most anonymous memory that this process held while it was watched, in GB."""

    def __init__(self) -> None:
        self.peak_gb = 0.0
        self._over = threading.Event()

    @contextlib.contextmanager
    def watched(self) -> Generator[MainMemory]:
        """Look twenty times a second."""
        watcher = threading.Thread(target=self._watch, daemon=True)
        watcher.start()
        try:
            yield self
        finally:
            self._over.set()
            watcher.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for line in Path("/proc/self/status").read_text().splitlines():
                if line.startswith("RssAnon:"):
                    self.peak_gb = max(self.peak_gb, int(line.split()[1]) / 2**20)


def written(name: str, folder: Path, machine: Machine, *, tiny: bool) -> None:
    """Make a model with random weights and write it as a downloaded one lies there."""
    dtype = getattr(torch, machine.dtype("auto"))
    if tiny:
        pipe = MODELS[name].tiny()
    else:
        with made_on(machine.kind, dtype):
            pipe = MODELS[name].build()
            pipe.register_modules(text_encoder=ENCODERS[name](), tokenizer=byte_tokenizer())
    initialise_the_rest(denoiser(pipe))
    pipe.to(dtype=dtype).save_pretrained(folder)
    del pipe
    _forget()


def measured(name: str, folder: Path, row: Row, how: Acceleration, machine: Machine) -> None:
    """Load and draw once; fills the row in."""
    began = time.monotonic()
    tiny = row.size[0] < 512
    with MainMemory().watched() as memory:
        measuring.reset_peak(machine.kind)
        pipe = load(ModelSpec(str(folder), "", how), Weights(None), machine)
        row.load_s = time.monotonic() - began
        row.load_gpu_gb = measuring.peak_gb(machine.kind)
        measuring.reset_peak(machine.kind)
        arguments: dict[str, Any] = {"guidance_scale": 1.0 if name != "z-image-turbo" else 0.0}
        if name == "qwen-image":
            arguments = {"true_cfg_scale": 4.0, "negative_prompt": " "}
        given = {"prompt": SENTENCE if tiny else PROMPT, **arguments}
        timed = measuring.timed(pipe, given, row.size, steps=STEPS, device=machine.kind)
        row.draw_gpu_gb = measuring.peak_gb(machine.kind)
    row.step_s, row.whole_s, row.main_gb = timed.step_s, timed.whole_s, memory.peak_gb


def _acceleration(preset: str, machine: Machine) -> Acceleration:
    how = replace(PRESETS[preset], dtype=machine.dtype("auto"))
    if preset == "small-card" and not machine.kind.startswith("cuda"):
        return replace(how, quantization="fp8", offload="group")
    return how


def _limit(machine: Machine, limit_gb: float) -> None:
    if machine.kind.startswith("cuda"):
        share = limit_gb / machine.memory_gb if limit_gb else 1.0
        torch.cuda.set_per_process_memory_fraction(share)


def _forget() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print; see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", choices=list(ENCODERS))
    parser.add_argument("--limits", default="8,12,16", help="GB of GPU memory, by commas")
    parser.add_argument("--quality", action="store_true", help="also with the preset quality")
    parser.add_argument("--folder", type=Path, help="where the models are written for a while")
    parser.add_argument("--json", type=Path, help="file to write a line of JSON a row to")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--tiny", action="store_true", help="tiny models, to try the script")
    chosen = parser.parse_args(arguments)
    machine = found(chosen.device, threads=0)
    about = {"gpu": machine.name, "memory_gb": machine.memory_gb, **versions()}
    lines = [about]
    print(json.dumps(about), flush=True)
    ways = [("quality", ALL)] if chosen.quality else []
    ways += [("small-card", float(limit)) for limit in str(chosen.limits).split(",")]
    for name in chosen.model or list(ENCODERS):
        with tempfile.TemporaryDirectory(dir=chosen.folder) as place:
            folder = Path(place) / name
            began = time.monotonic()
            _limit(machine, ALL)
            written(name, folder, machine, tiny=chosen.tiny)
            print(f"{name} written in {time.monotonic() - began:.0f} s", flush=True)
            for preset, limit_gb in ways:
                size = (64, 64) if chosen.tiny else MODELS[name].sizes[0]
                row = Row(name, preset, limit_gb, size)
                _limit(machine, limit_gb)
                try:
                    measured(name, folder, row, _acceleration(preset, machine), machine)
                except Exception as error:  # the next limit may still be enough
                    full = out_of_memory(error) or out_of_memory(error.__cause__ or error)
                    row.note = "ran out of memory" if full else f"{type(error).__name__}: {error}"
                _forget()
                lines.append(asdict(row))
                print(json.dumps(asdict(row)), flush=True)
                if chosen.json:
                    chosen.json.write_text("\n".join(map(json.dumps, lines)) + "\n", "utf-8")
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
