"""The packaged fonts: which of them draws a character, and how wide a text is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT_REVISION = "2"
"""Changes with the font files."""
FOLDER = Path(__file__).parent.parent / "fonts"
FALLBACKS = ("DejaVuSans.ttf", "DroidSansFallback-Subset.ttf")
"""Asked in this order for what the role's own font lacks: Arabic, Hebrew, signs and faces; then
Chinese, Japanese and Korean."""
MISSING_LETTER = "□"
MISSING_SIGN = "▫"
MAX_FACES = 200
MAX_CHARACTERS = 20_000
"""So many are remembered, since one book serves a process for as long as it runs."""
_PROBE_SIZE = 20
_NOWHERE = "\U0010fffe"
"""A character that no font has, to see what a font draws for those it lacks."""


class Role(StrEnum):
    """The role of a text; each role has its font."""

    HEADLINE = "SourceSerif4-Semibold.ttf"
    QUOTE = "SourceSerif4-Regular.ttf"
    BODY = "SourceSansPro-Regular.ttf"
    STRONG = "SourceSansPro-Semibold.ttf"
    QUIET = "SourceSansPro-It.ttf"

    @property
    def heavy(self) -> bool:
        """Whether a fall-back font, which has one weight only, is thickened for this role."""
        return self in (Role.HEADLINE, Role.STRONG)


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in visual order, all of one font; ``stroke`` thickens them, in pixels."""

    text: str
    font: str
    stroke: float = 0.0


class FontBook:
    """Loads faces, and remembers what they cover. FreeType's faces are not for several threads at
    the same time."""

    def __init__(self) -> None:
        self._faces: dict[tuple[str, int], ImageFont.FreeTypeFont] = {}
        self._covered: dict[tuple[str, str], bool] = {}
        self._own: dict[Role, set[str]] = {role: {" "} for role in Role}
        """Characters that the font of a role is known to have."""

    def face(self, font: str, size: int) -> ImageFont.FreeTypeFont:
        """The font at that size in pixels, with FreeType's basic layout: the same everywhere."""
        key = (font, size)
        if key not in self._faces:
            if len(self._faces) >= MAX_FACES:
                self._faces.clear()
            self._faces[key] = ImageFont.truetype(
                FOLDER / font, size, layout_engine=ImageFont.Layout.BASIC
            )
        return self._faces[key]

    def width(self, run: Run, size: int) -> float:
        """The advance of the run, in pixels."""
        return self.face(run.font, size).getlength(run.text)

    def runs(self, text: str, role: Role, size: int) -> tuple[Run, ...]:
        """The text cut where the font changes; what no font has is shown as an empty frame, and
        marks that no font has are left out."""
        own = self._own[role]
        if not own.issuperset(text):  # most texts need no other font, and no look at each character
            own.update(c for c in text if not c.isspace() and self._covers(role.value, c))
            if not own.issuperset(text):
                return tuple(self._cut(text, role, size))
        return (Run(text, role.value),) if text else ()

    def _cut(self, text: str, role: Role, size: int) -> Iterator[Run]:
        gathered, current = "", role.value
        for character in text:
            shown, font = self._choice(character, role, current)
            if font != current and gathered:
                yield _run(gathered, current, role, size)
                gathered = ""
            current = font
            gathered += shown
        if gathered:
            yield _run(gathered, current, role, size)

    def _choice(self, character: str, role: Role, current: str) -> tuple[str, str]:
        if character.isspace():
            return " ", current
        for font in (role.value, *FALLBACKS):
            if self._covers(font, character):
                return character, font
        category = unicodedata.category(character)
        if category.startswith("M"):
            return "", current
        return (MISSING_LETTER if category.startswith("L") else MISSING_SIGN), FALLBACKS[0]

    def _covers(self, font: str, character: str) -> bool:
        key = (font, character)
        if key not in self._covered:
            if len(self._covered) >= MAX_CHARACTERS:
                self._covered.clear()
            face = self.face(font, _PROBE_SIZE)
            self._covered[key] = _drawn(face, character) != _drawn(face, _NOWHERE)
        return self._covered[key]


def _drawn(face: ImageFont.FreeTypeFont, character: str) -> tuple[float, bytes]:
    shape = Image.new("L", (2 * _PROBE_SIZE, 2 * _PROBE_SIZE))
    ImageDraw.Draw(shape).text((_PROBE_SIZE // 2, 0), character, 255, face)
    return face.getlength(character), shape.tobytes()


def _run(text: str, font: str, role: Role, size: int) -> Run:
    thick = role.heavy and font != role.value
    return Run(text, font, round(size / 60, 2) if thick else 0.0)
