"""A judge for tests that really looks: it compares the pictures that it is shown, pixel by pixel,
and its text, and answers in the form that the real judge is asked for."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Awaitable, Callable, Sequence

from PIL import Image

from agent.ports import Completion, Message
from domain.errors import ModelUnavailable

NEAR = 60
"""Of a colour's three channels together."""


class PixelJudge:
    """Marks a picture by how much of it has the colour of the truth, and instructions by how many
    of the request's words they hold."""

    def __init__(self, *, fails_for: str = "\0") -> None:
        self.fails_for = fails_for
        self.asked = 0

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        grammar: str | None = None,
        on_text: Callable[[str], Awaitable[None]] | None = None,
    ) -> Completion:
        """The marks as JSON."""
        del max_tokens, grammar, on_text
        self.asked += 1
        text, images = messages[-1].text, messages[-1].images
        if self.fails_for in text:
            raise ModelUnavailable("the judge is away")
        if len(images) == 2:
            share = likeness(*images)
            mark = 1.0 if share >= 0.05 else 0.5 if share >= 0.01 else 0.0
            return _said(
                faithfulness=mark, visual_correctness=mark, text_needed=False, aesthetics=0.5
            )
        return _said(sufficient=_held(text))


def likeness(truth: bytes, made: bytes) -> float:
    """The share of the made picture that has the main colour of the true one; all of it where the
    two are nearly the same."""
    with Image.open(io.BytesIO(truth)) as one, Image.open(io.BytesIO(made)) as other:
        if _cells(one, other) >= 0.95:
            return 1.0
        r, g, b = main_colour(one)
        small = other.convert("RGB").resize((96, 96))
        raw = small.tobytes()
    near = sum(
        abs(raw[n] - r) + abs(raw[n + 1] - g) + abs(raw[n + 2] - b) <= NEAR
        for n in range(0, len(raw), 3)
    )
    return near / (96 * 96)


def _cells(one: Image.Image, other: Image.Image) -> float:
    """The share of 16 by 16 cells whose colours are near."""
    first, second = (image.convert("RGB").resize((16, 16)).tobytes() for image in (one, other))
    near = sum(
        sum(abs(first[n + c] - second[n + c]) for c in range(3)) <= NEAR
        for n in range(0, len(first), 3)
    )
    return near / 256


def main_colour(image: Image.Image) -> tuple[int, int, int]:
    """The colour in the middle of a picture, as it is on average there."""
    width, height = image.size
    middle = image.convert("RGB").crop((width // 4, height // 4, 3 * width // 4, 3 * height // 4))
    r, g, b = middle.resize((1, 1)).tobytes()
    return r, g, b


def _held(text: str) -> float:
    request = re.findall(r"\w{4,}", text.split("\n", 1)[0].removeprefix("Request:").casefold())
    told = text.split("\n", 1)[-1].casefold()
    share = sum(word in told for word in request) / max(1, len(request))
    pictured = "Reference 1:" in text
    return round((0.5 * share + 0.5 * pictured) * 4) / 4


def _said(**marks: object) -> Completion:
    return Completion(json.dumps({"rationale": "seen", **marks}))
