"""The capabilities of each generator, as data: a request is refused before any work is done for it,
and the refusal names the nearest thing that would do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.errors import InvalidRequest
from domain.requests import AspectRatio
from domain.translation.messages import gettext, ngettext
from generation.prompt_reading import ROOMY, PromptLimit

MODEL_LABEL = gettext("AI-generated image")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """One generator. Sides are pixels; a picture has about ``pixels`` in all.

    ``label`` is what the picture is called where it appears, so that a board is not taken for the
    work of an image model.
    """

    name: str
    label: str
    is_model: bool
    max_references: int
    license: str
    min_references: int = 0
    """More than 0 where a model only changes pictures and cannot start from words alone."""
    pixels: int = 1024 * 1024
    multiple: int = 16
    min_side: int = 256
    max_side: int = 4096
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """The only ``(width, height)`` there are, by aspect such as "16:9"; empty: any within the
    sides."""
    best_sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """The sizes that the model's authors name, by aspect; other aspects are possible too."""
    edit_pixels: int = 0
    """Pixels of a picture made from references where that is another number; 0: the same."""
    widest: float = math.inf
    """The largest ratio of the longer to the shorter side."""
    prompt: PromptLimit = ROOMY
    """The longest prompt that its model reads."""
    seeded: bool = True
    """Whether another seed gives another picture."""
    memory_gb: float = 0.5
    """Memory of the GPU that it needs with the preset ``quality``."""
    small_memory_gb: float = 0.0
    """The same with the preset ``small-card`` on an NVIDIA GPU: the largest part in 4 bits (0.56
    bytes a weight, embeddings in full) and about 2 GB for what it computes. Estimated."""
    main_memory_gb: float = 0.0
    """Main memory that ``small-card`` takes for all parts. Estimated."""
    preset: str = ""
    """The recommended acceleration; empty where there is none to choose."""
    upscale_factors: tuple[int, ...] = ()
    """By how much it enlarges a finished picture; empty where it cannot."""
    draws: bool = True
    """False for one that only enlarges."""

    def size(self, aspect: AspectRatio, *, edits: bool = False) -> tuple[int, int]:
        """The picture's ``(width, height)`` for that aspect, within this generator's sides;
        ``edits`` where it is made from references.

        Raises:
            InvalidRequest: It cannot make that aspect; the message names the nearest it can.
        """
        if self.sizes:
            return self._fixed_size(aspect)
        pixels = edits and self.edit_pixels
        if not pixels and (best := self.best_sizes.get(str(aspect))):
            return best
        width, height = self._within_widest(
            *aspect.size(pixels=pixels or self.pixels, multiple=self.multiple)
        )
        shape = max(aspect.width, aspect.height) / min(aspect.width, aspect.height)
        sides = min(width, height), max(width, height)
        if sides[0] < self.min_side or sides[1] > self.max_side or shape > self.widest:
            most = f"{min(self.widest, self.max_side // self.min_side):g}"
            raise InvalidRequest(
                gettext(
                    "{name} can't do the aspect ratio {aspect}; its limit is {most}:1.",
                    name=self.name,
                    aspect=aspect,
                    most=most,
                ),
                field="aspect",
            )
        return width, height

    def _within_widest(self, width: int, height: int) -> tuple[int, int]:
        """The sides, the longer one shortened where rounding made it longer than is allowed."""
        if max(width, height) <= self.widest * min(width, height):
            return width, height
        longest = int(self.widest * min(width, height)) // self.multiple * self.multiple
        return min(width, longest), min(height, longest)

    def _fixed_size(self, aspect: AspectRatio) -> tuple[int, int]:
        known = {AspectRatio.parse(text): text for text in self.sizes}
        if aspect in known:
            return self.sizes[known[aspect]]
        nearest = min(known, key=lambda other: abs(_log_ratio(other) - _log_ratio(aspect)))
        raise InvalidRequest(
            gettext(
                "{name} can't do the aspect ratio {aspect}; the closest is {known}.",
                name=self.name,
                aspect=aspect,
                known=known[nearest],
            ),
            field="aspect",
        )

    def check_references(self, count: int) -> None:
        """Refuse more references than it takes; none is ever dropped silently.

        Raises:
            InvalidRequest: There are too many.
        """
        if count > self.max_references:
            raise InvalidRequest(self._too_many(count), field="reference")

    def _too_many(self, count: int) -> str:
        if not self.max_references:
            return gettext(
                "{name} takes no reference images, and this request has {given}. Use fewer or "
                "choose another generator.",
                name=self.name,
                given=count,
            )
        return ngettext(
            "{name} takes at most {count} reference image, and this request has {given}. Use "
            "fewer or choose another generator.",
            "{name} takes at most {count} reference images, and this request has {given}. Use "
            "fewer or choose another generator.",
            self.max_references,
            name=self.name,
            given=count,
        )


def _log_ratio(aspect: AspectRatio) -> float:
    return math.log(aspect.width / aspect.height)


STORYBOARD = Capabilities(
    name="storyboard",
    label=gettext("Reference board"),
    is_model=False,
    max_references=5,
    license="Apache-2.0",
    pixels=1280 * 1280,
)
