"""Setting text: fonts with fall-back, both directions of writing, wrapping and fitting.

Everything is measured and drawn glyph run by glyph run with FreeType's basic layout, so that the
same text gives the same pixels on every machine with the same libraries.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from arabic_reshaper import ArabicReshaper
from bidi import get_display
from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).parent.parent / "fonts"
FALLBACK = "DejaVuSans.ttf"
EAST_ASIAN = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf",
    "/System/Library/Fonts/PingFang.ttc",
)
"""The packaged fonts hold no Chinese, Japanese and Korean; a system font is used where one is."""
PARAGRAPH_GAP = 0.35
"""Of a line's height, between two paragraphs."""
PLACEHOLDER = "\u25a1"
_INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
_BREAKABLE = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")

Color = tuple[int, int, int]


class Role(StrEnum):
    """What a text is for; each role has its font."""

    HEADLINE = "SourceSerifPro-Semibold.ttf"
    BODY = "SourceSansPro-Regular.ttf"
    STRONG = "SourceSansPro-Semibold.ttf"
    QUIET = "SourceSansPro-It.ttf"


@lru_cache(maxsize=256)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    path = name if name.startswith("/") else str(FONTS / name)
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1)
def east_asian_font() -> str | None:
    """The system's font for Chinese, Japanese and Korean, if one of the usual ones is there."""
    return next((path for path in EAST_ASIAN if Path(path).exists()), None)


@lru_cache(maxsize=20_000)
def _covers(name: str, character: str) -> bool:
    font = _font(name, 20)
    if character.isspace():
        return True
    return _drawn(font, character) != _drawn(font, "\U0010fffe")


def _drawn(font: ImageFont.FreeTypeFont, character: str) -> bytes:
    image = Image.new("L", (40, 40))
    ImageDraw.Draw(image).text((10, 30), character, font=font, fill=255, anchor="ls")
    return image.tobytes()


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in visual order, all of one font."""

    text: str
    font: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is drawn: runs from left to right, width in pixels; ``top`` is its place
    below the top of its block."""

    runs: tuple[Run, ...]
    width: float
    right_to_left: bool
    top: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Wrapped text at one size; ``height`` is all its lines in pixels."""

    lines: tuple[Line, ...]
    size: int
    leading: int
    cut: bool
    """Whether something had to be left out."""

    @property
    def height(self) -> int:
        """Pixels from the top of the first line to the bottom of the last."""
        return self.lines[-1].top + self.leading if self.lines else 0


class Typesetter:
    """Wraps, fits and draws texts."""

    def __init__(self) -> None:
        self._reshaper = ArabicReshaper()

    def wrap(self, text: str, role: Role, size: int, width: int, *, most: int = 10_000) -> Block:
        """The text in lines of at most that width; what goes past ``most`` lines is cut with an
        ellipsis."""
        leading = round(size * (1.18 if role is Role.HEADLINE else 1.32))
        rows = self._broken(_readable(text), role, size, width, most + 1)
        cut = len(rows) > most
        if cut:
            rows = rows[:most]
            rows[-1] = replace(rows[-1], text=self._ellipsis(rows[-1].text, role, size, width))
        lines: list[Line] = []
        top = 0
        for row in rows:
            top += round(leading * PARAGRAPH_GAP) if row.opens and lines else 0
            lines.append(self._line(row.text, role, size, rtl=row.right_to_left, top=top))
            top += leading
        return Block(tuple(lines), size, leading, cut)

    def fit(
        self, text: str, role: Role, *, width: int, height: int, largest: int, smallest: int
    ) -> Block:
        """The text as large as it fits into the box; cut with an ellipsis if even the smallest
        size is too large."""
        low, high = smallest, max(smallest, largest)
        best: Block | None = None
        while low <= high:
            size = (low + high) // 2
            block = self.wrap(text, role, size, width)
            if block.height <= height:
                best, low = block, size + 1
            else:
                high = size - 1
        if best is not None:
            return best
        leading = self.wrap("x", role, smallest, width).leading
        return self.wrap(text, role, smallest, width, most=max(1, height // leading))

    def width(self, text: str, role: Role, size: int) -> float:
        """How wide the text is on one line, in pixels."""
        return self._line(_readable(text), role, size).width

    def one_line(self, text: str, role: Role, size: int, width: int) -> Block:
        """The text on a single line, cut with an ellipsis where it is too long."""
        return self.wrap(text, role, size, width, most=1)

    def draw(
        self,
        canvas: ImageDraw.ImageDraw,
        block: Block,
        *,
        left: int,
        top: int,
        width: int,
        color: Color,
    ) -> None:
        """Draw a block with its left upper corner there; right-to-left lines stand at the right."""
        for line in block.lines:
            x = left + (width - line.width if line.right_to_left else 0.0)
            baseline = top + line.top + round(block.size * 0.98)
            for run in line.runs:
                font = _font(run.font, block.size)
                canvas.text((x, baseline), run.text, font=font, fill=color, anchor="ls")
                x += font.getlength(run.text)

    def _broken(self, text: str, role: Role, size: int, width: int, most: int) -> list[_Row]:
        rows: list[_Row] = []
        for paragraph in text.split("\n"):
            rtl = _first_strong_is_rtl(paragraph)
            first = len(rows)
            line = ""
            for piece in _pieces(paragraph):
                if self._width(line + piece.rstrip(), role, size) <= width:
                    line += piece
                    continue
                if line.strip():
                    rows.append(_Row(line.rstrip(), rtl, opens=len(rows) == first))
                line = piece
                while self._width(line.rstrip(), role, size) > width and len(line) > 1:
                    end = self._fitting(line, role, size, width)
                    rows.append(_Row(line[:end], rtl, opens=len(rows) == first))
                    line = line[end:]
                if len(rows) >= most:
                    return rows[:most]
            rows.append(_Row(line.rstrip(), rtl, opens=len(rows) == first))
            if len(rows) >= most:
                return rows[:most]
        return rows

    def _fitting(self, text: str, role: Role, size: int, width: int) -> int:
        low, high = 1, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self._width(text[:middle], role, size) <= width:
                low = middle
            else:
                high = middle - 1
        return low

    def _ellipsis(self, line: str, role: Role, size: int, width: int) -> str:
        while line and self._width(line + "…", role, size) > width:
            line = line[:-1]
        return line.rstrip(" ,;:.–—") + "…"

    def _width(self, text: str, role: Role, size: int) -> float:
        return self._line(text, role, size).width

    def _line(self, text: str, role: Role, size: int, *, rtl: bool = False, top: int = 0) -> Line:
        if rtl or _RIGHT_TO_LEFT.search(text):
            text = str(get_display(self._reshaper.reshape(text), base_dir="R" if rtl else "L"))
        runs = tuple(_runs(text, role.value))
        width = sum(_font(run.font, size).getlength(run.text) for run in runs)
        return Line(runs, width, rtl, top)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line in the order of reading; ``opens`` a paragraph."""

    text: str
    right_to_left: bool
    opens: bool


def _readable(text: str) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", text))


def _pieces(text: str) -> list[str]:
    """Where a line may end: after blanks, and around signs of scripts that write none."""
    pieces: list[str] = []
    for word in re.findall(r"\s*\S+\s*|\s+", text):
        if not _BREAKABLE.search(word):
            pieces.append(word)
            continue
        pieces += re.findall(rf"{_BREAKABLE.pattern}\s*|[^\u2e80-\u9fff\uac00-\ud7af]+", word)
    return pieces


def _first_strong_is_rtl(text: str) -> bool:
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def _runs(text: str, preferred: str) -> Iterable[Run]:
    fonts: Sequence[str] = [preferred, FALLBACK, *filter(None, [east_asian_font()])]
    gathered, current = "", preferred
    for character in text:
        font = next((name for name in fonts if _covers(name, character)), None)
        if font is None:
            character, font = PLACEHOLDER, FALLBACK
        if font != current and gathered:
            yield Run(gathered, current)
            gathered = ""
        current = font
        gathered += character
    if gathered:
        yield Run(gathered, current)


def canvas(width: int, height: int, color: Color) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """An empty RGB picture and its pen."""
    image = Image.new("RGB", (width, height), color)
    return image, ImageDraw.Draw(image)
