"""Draws the emoji of a job's states; ``python -m bot.discord.view.draw_emoji`` writes their files.

Each is a coloured disc with a white figure, so that it reads on dark and on light, in the 22 pixels
that Discord gives an emoji in a text. The files are kept in the repository: what Discord holds is
replaced when a file's bytes change, and two releases of Pillow may write different bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PIL import Image, ImageChops, ImageDraw

from bot.discord.view.state_emoji import FILES

SIZE: Final = 128
SCALE: Final = 8
"""Figures are drawn larger and made smaller, which smooths their edges."""
WHITE: Final = (255, 255, 255, 255)

Pencil = ImageDraw.ImageDraw
Colour = tuple[int, int, int]
Point = tuple[float, float]


def emoji(name: str) -> Image.Image:
    """One emoji, ``(128, 128)`` RGBA, transparent around its disc."""
    colour, figure = _EMOJI[name]
    large = Image.new("RGBA", (SIZE * SCALE, SIZE * SCALE))
    pencil = ImageDraw.Draw(large)
    _disc(pencil, (64, 64), 62, (*colour, 255))
    figure(pencil, (*colour, 255))
    return large.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def _disc(pencil: Pencil, at: Point, radius: float, fill: tuple[int, ...]) -> None:
    x, y = at
    box = (x - radius, y - radius, x + radius, y + radius)
    pencil.ellipse([SCALE * value for value in box], fill=fill)


def _line(pencil: Pencil, points: list[Point], width: float, fill: tuple[int, ...] = WHITE) -> None:
    """A line with round ends and corners."""
    scaled = [(SCALE * x, SCALE * y) for x, y in points]
    pencil.line(scaled, fill=fill, width=round(SCALE * width), joint="curve")
    for point in (points[0], points[-1]):
        _disc(pencil, point, width / 2, fill)


def _shape(pencil: Pencil, points: list[Point], fill: tuple[int, ...] = WHITE) -> None:
    pencil.polygon([(SCALE * x, SCALE * y) for x, y in points], fill=fill)


def _queued(pencil: Pencil, ground: tuple[int, ...]) -> None:
    """A clock."""
    _disc(pencil, (64, 64), 40, WHITE)
    _line(pencil, [(64, 40), (64, 66), (81, 76)], 12, ground)


def _researching(pencil: Pencil, ground: tuple[int, ...]) -> None:
    """A magnifying glass."""
    _line(pencil, [(70, 70), (94, 94)], 17)
    _disc(pencil, (54, 54), 31, WHITE)
    _disc(pencil, (54, 54), 19, ground)


def _choosing(pencil: Pencil, ground: tuple[int, ...]) -> None:
    """A mouse pointer."""
    del ground
    _shape(pencil, [(42, 24), (42, 98), (59, 82), (70, 107), (84, 101), (73, 77), (97, 77)])


def _drawing(pencil: Pencil, ground: tuple[int, ...]) -> None:
    """A brush."""
    _line(pencil, [(96, 32), (66, 68)], 17)
    _disc(pencil, (51, 82), 20, WHITE)
    _shape(pencil, [(46, 64), (71, 83), (52, 102), (24, 104), (33, 93), (33, 78)])
    _line(pencil, [(54, 58), (77, 77)], 6, ground)


def _checking(pencil: Pencil, ground: tuple[int, ...]) -> None:
    """An eye."""
    whole = (SIZE * SCALE, SIZE * SCALE)
    lower, upper = Image.new("L", whole), Image.new("L", whole)
    for circle, y in ((lower, 88), (upper, 40)):
        box = [SCALE * value for value in (64 - 50, y - 50, 64 + 50, y + 50)]
        ImageDraw.Draw(circle).ellipse(box, fill=255)
    pencil.bitmap((0, 0), ImageChops.multiply(lower, upper), fill=WHITE)
    _disc(pencil, (64, 64), 17, ground)


def _posting(pencil: Pencil, ground: tuple[int, ...]) -> None:
    """A paper plane."""
    _shape(pencil, [(22, 62), (104, 28), (82, 102), (58, 80)])
    _line(pencil, [(55, 78), (91, 42)], 6, ground)
    _shape(pencil, [(52, 76), (58, 80), (56, 103), (48, 96)])


def _done(pencil: Pencil, ground: tuple[int, ...]) -> None:
    """A tick."""
    del ground
    _line(pencil, [(36, 66), (56, 86), (92, 44)], 17)


def _failed(pencil: Pencil, ground: tuple[int, ...]) -> None:
    """An exclamation mark."""
    del ground
    _line(pencil, [(64, 34), (64, 70)], 18)
    _disc(pencil, (64, 94), 11, WHITE)


def _stopped(pencil: Pencil, ground: tuple[int, ...]) -> None:
    """A square, as on a stop button."""
    del ground
    box = [SCALE * value for value in (40, 40, 88, 88)]
    pencil.rounded_rectangle(box, radius=SCALE * 8, fill=WHITE)


_EMOJI: Final[Mapping[str, tuple[Colour, Callable[[Pencil, tuple[int, ...]], None]]]] = {
    "queued": ((0x74, 0x82, 0x9B), _queued),
    "researching": ((0x2F, 0x7D, 0xE0), _researching),
    "choosing": ((0x8B, 0x5C, 0xD6), _choosing),
    "drawing": ((0xD9, 0x3F, 0x8C), _drawing),
    "checking": ((0xD9, 0x7B, 0x16), _checking),
    "posting": ((0x10, 0x99, 0x9C), _posting),
    "done": ((0x28, 0x9C, 0x58), _done),
    "failed": ((0xD8, 0x3C, 0x3E), _failed),
    "stopped": ((0x67, 0x6F, 0x7C), _stopped),
}


if __name__ == "__main__":
    for each in _EMOJI:
        emoji(each).save(FILES / f"{each}.png", optimize=True)
