"""What each generator can do, as data: a request is refused before any work is done for it, and the
refusal names the nearest thing that would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.errors import InvalidRequest
from domain.requests import AspectRatio


@dataclass(frozen=True, slots=True)
class Capabilities:
    """One generator. Sides are pixels; a picture has about ``pixels`` in all.

    ``label`` is what the picture is called where it appears, so that nobody takes a board for the
    work of an image model.
    """

    name: str
    label: str
    is_model: bool
    max_references: int
    license: str
    pixels: int = 1024 * 1024
    multiple: int = 16
    min_side: int = 256
    max_side: int = 4096
    max_prompt_chars: int = 20_000
    seeded: bool = True
    """Whether another seed gives another picture."""
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    memory_gb: float = 0.5

    def size(self, aspect: AspectRatio) -> tuple[int, int]:
        """The picture's ``(width, height)`` for that aspect, within this generator's sides.

        Raises:
            InvalidRequest: It cannot make that aspect; the message names the most extreme it can.
        """
        width, height = aspect.size(pixels=self.pixels, multiple=self.multiple)
        if min(width, height) < self.min_side or max(width, height) > self.max_side:
            most = self.max_side // self.min_side
            raise InvalidRequest(
                f"{self.name} cannot make the aspect {aspect}; it goes up to {most}:1.",
                field="aspect",
            )
        return width, height

    def check_references(self, count: int) -> None:
        """Refuse more references than it takes; none is ever dropped silently.

        Raises:
            InvalidRequest: There are too many.
        """
        if count > self.max_references:
            raise InvalidRequest(
                f"{self.name} takes at most {self.max_references} reference pictures, and this "
                f"request has {count}; bring fewer or choose another generator.",
                field="reference",
            )


STORYBOARD = Capabilities(
    name="storyboard",
    label="Reference board",
    is_model=False,
    max_references=5,
    license="Apache-2.0",
    pixels=1280 * 1280,
)
