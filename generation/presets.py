"""Ways to run a model with diffusers, by name: each is a choice between quality, speed and memory.

A preset is data; ``generation/backends/diffusion`` knows how to carry it out. The names and what
they trade are diffusers' own: https://huggingface.co/docs/diffusers/optimization.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self, cast

from domain.errors import InvalidSettings
from domain.translation.messages import gettext

QUANTIZATIONS = ("", "fp8", "fp8-compute", "bnb-8bit", "bnb-4bit")
OFFLOADS = ("", "model", "group")
DTYPES = ("auto", "bfloat16", "float16", "float32")
CACHES = ("first-block", "taylorseer")


@dataclass(frozen=True, slots=True)
class Acceleration:
    """The settings that a model runs with. The defaults leave everything as the model's authors
    made it.

    ``cache`` is ``first-block:THRESHOLD`` (a step whose first block changed less than that reuses
    the rest) or ``taylorseer:INTERVAL`` (every so many steps are computed, those between are
    extrapolated). ``quantization`` ``fp8`` stores weights in 8 bits and computes in ``dtype``;
    ``fp8-compute`` also multiplies in 8 bits, on GPUs that can. ``fp8`` and ``bnb-…`` are for the
    denoiser and the text encoders. ``offload`` keeps weights in main memory: ``model`` moves whole
    parts to the GPU, ``group`` layer by layer. ``few_steps`` uses the model's distilled LoRA where
    it has one.
    """

    dtype: str = "auto"
    """bfloat16 on a GPU and float32 on a processor, unless it is named."""
    attention: str = "native"
    """One of diffusers' attention backends, such as native, flash, _flash_3_hub or sage.
    ``native`` is torch's, which takes cuDNN's on Hopper by itself."""
    compile: bool = False
    cache: str = ""
    quantization: str = ""
    offload: str = ""
    tiling: bool = False
    """Decode the picture in tiles, which needs less memory for large ones."""
    few_steps: bool = False
    batch: int = 1
    """The number of jobs of the same size that may share one run; more than 1 is quicker per
    picture, but a picture of a batch is not bit for bit what it is alone."""

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """The preset from the output of :meth:`plain`, also where a newer version has more
        fields."""
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in plain.items() if name in known})

    def plain(self) -> dict[str, Any]:
        """Every field by name, for a recipe."""
        return asdict(self)

    def with_choices(self, choices: Mapping[str, object]) -> Self:
        """The same with some fields chosen anew.

        Raises:
            InvalidSettings: There is no such field or value; the message names those there are.
        """
        known: dict[str, type] = {n: type(value) for n, value in self.plain().items()}
        for name, value in choices.items():
            if name not in known:
                raise InvalidSettings(
                    gettext(
                        "There is no acceleration {name!r}; choose from {known}.",
                        name=name,
                        known=", ".join(known),
                    )
                )
            if type(value) is not known[name]:
                raise InvalidSettings(
                    gettext(
                        "The acceleration {name} can't be {value!r}; it must be a {kind}.",
                        name=name,
                        value=value,
                        kind=known[name].__name__,
                    )
                )
        chosen = replace(self, **cast("dict[str, Any]", dict(choices)))
        _check_value("quantization", chosen.quantization, QUANTIZATIONS)
        _check_value("offload", chosen.offload, OFFLOADS)
        _check_value("dtype", chosen.dtype, DTYPES)
        if chosen.cache:
            read_cache(chosen.cache)
        if not 1 <= chosen.batch <= 16:
            raise InvalidSettings(
                gettext("The acceleration batch can't be {batch}; use 1 to 16.", batch=chosen.batch)
            )
        return chosen


def read_cache(text: str) -> tuple[str, float]:
    """The kind and the number of a cache such as ``first-block:0.1``.

    Raises:
        InvalidSettings: It is none.
    """
    kind, _, number = text.partition(":")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if kind not in CACHES or value <= 0:
        raise InvalidSettings(
            gettext(
                "The acceleration cache can't be {text!r}; use first-block:0.1 or taylorseer:5.",
                text=text,
            )
        )
    return kind, value


def _check_value(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InvalidSettings(
            gettext(
                "The acceleration {name} can't be {value!r}; choose from {known}.",
                name=name,
                value=value,
                known=", ".join(repr(k) for k in known),
            )
        )


PRESETS: Mapping[str, Acceleration] = {
    "quality": Acceleration(),
    "exact-fast": Acceleration(compile=True),
    "fast": Acceleration(
        compile=True,
        cache="first-block:0.1",
        quantization="fp8-compute",
        few_steps=True,
    ),
    "small-card": Acceleration(quantization="bnb-4bit", offload="model", tiling=True),
}


def preset(name: str) -> Acceleration:
    """The preset of that name.

    Raises:
        InvalidSettings: There is none.
    """
    if name not in PRESETS:
        raise InvalidSettings(
            gettext(
                "There is no preset {name!r}; choose from {presets}.",
                name=name,
                presets=", ".join(PRESETS),
            )
        )
    return PRESETS[name]
