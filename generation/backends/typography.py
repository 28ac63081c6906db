"""Setting text: styled spans, both directions of writing, wrapping, balancing and fitting.

Everything is measured and drawn run by run with FreeType's basic layout, so that the same text
gives the same pixels on every machine with the same libraries.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from arabic_reshaper import ArabicReshaper
from bidi import get_display
from PIL import ImageDraw

from domain.normal_forms import normalized
from generation.backends.fontbook import FontBook, Role, Run

PARAGRAPH_GAP = 0.4
"""Of a line's height, between two paragraphs."""
GLUE = "\u00a0"
"""A blank at which no line ends."""
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff"
    "\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef]"
)
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_EAST_ASIAN = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_OPENING = "「『（［｛〈《【〔"
_CLOSING = "」』）］｝〉》】〕、。，．！？：；ー…々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
LONGEST_WORD_CHARS = 30
"""Longer ones (addresses, mostly) may be cut anywhere, rather than make all the text small."""
_PIECE = re.compile(
    rf"[{_OPENING}]*[{_EAST_ASIAN}][{_CLOSING}]*[^\S{GLUE}]*"
    rf"|(?:(?![{_EAST_ASIAN}])[\S{GLUE}])+[{_CLOSING}]*[^\S{GLUE}]*"
    rf"|[^\S{GLUE}]+"
)

Color = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of one style."""

    text: str
    role: Role
    color: Color


Paragraph = Sequence[Span]


@dataclass(frozen=True, slots=True)
class Inked:
    """A run with its colour, ``left`` pixels from the start of its line."""

    run: Run
    color: Color
    left: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is drawn; ``top`` is its place below the top of its block, in pixels."""

    runs: tuple[Inked, ...]
    width: float
    right_to_left: bool
    top: int = 0

    @property
    def text(self) -> str:
        """The text there, in visual order."""
        return "".join(inked.run.text for inked in self.runs)


@dataclass(frozen=True, slots=True)
class Block:
    """Wrapped text at one size; ``cut`` means that something had to be left out."""

    lines: tuple[Line, ...]
    size: int
    leading: int
    cut: bool

    @property
    def height(self) -> int:
        """Pixels from the top of the first line to the bottom of the last."""
        return self.lines[-1].top + self.leading if self.lines else 0

    @property
    def width(self) -> float:
        """The widest line, in pixels."""
        return max((line.width for line in self.lines), default=0.0)


def stacked(blocks: Sequence[Block]) -> Block:
    """Blocks of one size as one, each below the other."""
    lines: list[Line] = []
    top = 0
    for block in blocks:
        lines += [replace(line, top=top + line.top) for line in block.lines]
        top += block.height
    first = blocks[0]
    return Block(tuple(lines), first.size, first.leading, any(block.cut for block in blocks))


@dataclass(frozen=True, slots=True)
class _Row:
    """A line in the order of reading; ``opens`` a paragraph."""

    spans: tuple[Span, ...]
    right_to_left: bool
    opens: bool


class Typesetter:
    """Wraps, fits and draws texts."""

    def __init__(self, fonts: FontBook | None = None) -> None:
        self._fonts = fonts or FontBook()
        self._reshaper = _reshaper()
        self._widths: dict[tuple[str, Role, int], float] = {}

    def wrap(
        self,
        paragraphs: Sequence[Paragraph],
        *,
        size: int,
        width: int,
        height: int | None = None,
        spacing: float = 1.34,
    ) -> Block:
        """The paragraphs in lines of at most that width, ``spacing`` times ``size`` apart; what
        goes past ``height`` is cut with an ellipsis, though one line always stands."""
        leading = round(size * spacing)
        rows: list[_Row] = []
        tops: list[int] = []
        cut, end = False, 0
        for row in self._rows(paragraphs, size, width):
            top = end + (round(leading * PARAGRAPH_GAP) if row.opens and rows else 0)
            if height is not None and rows and top + leading > height:
                cut = True
                break
            rows.append(row)
            tops.append(top)
            end = top + leading
        if cut:
            rows[-1] = self._shortened(rows[-1], size, width)
        lines = tuple(self._line(r, size, top) for r, top in zip(rows, tops, strict=True))
        return Block(lines, size, leading, cut)

    def fit(
        self,
        paragraphs: Sequence[Paragraph],
        *,
        width: int,
        height: int,
        sizes: tuple[int, int],
        spacing: float = 1.34,
    ) -> Block:
        """The text as large as it fits into the box without parting a word, between the smallest
        and the largest of ``sizes``; cut with an ellipsis if even the smallest is too large."""
        low, high = sizes[0], max(sizes)
        best: Block | None = None
        while low <= high:
            size = (low + high) // 2
            block = self.wrap(paragraphs, size=size, width=width, height=height, spacing=spacing)
            whole = self._widest_word(paragraphs, size) <= width
            if not block.cut and block.height <= height and whole:
                best, low = block, size + 1
            else:
                high = size - 1
        return best or self.wrap(
            paragraphs, size=sizes[0], width=width, height=height, spacing=spacing
        )

    def balance(self, block: Block, paragraphs: Sequence[Paragraph], *, width: int) -> Block:
        """The same block with lines of about equal length: a headline without a lonely word."""
        if block.cut or len(block.lines) < 2:
            return block
        spacing = block.leading / block.size
        low = max(width // 2, math.ceil(self._widest_word(paragraphs, block.size)))
        high = width
        while high - low > 4:
            middle = (low + high) // 2
            tried = self.wrap(paragraphs, size=block.size, width=middle, spacing=spacing)
            if len(tried.lines) <= len(block.lines):
                block, high = tried, middle
            else:
                low = middle
        return block

    def line(self, paragraph: Paragraph, *, size: int, width: int) -> Block:
        """The text on a single line, cut with an ellipsis where it is too long."""
        return self.wrap([paragraph], size=size, width=width, height=1)

    def draw(
        self, pen: ImageDraw.ImageDraw, block: Block, *, left: int, top: int, width: int
    ) -> None:
        """Draw a block with its left upper corner there; right-to-left lines stand at the right."""
        for line in block.lines:
            start = left + (width - line.width if line.right_to_left else 0.0)
            baseline = top + line.top + round((block.leading + block.size * 0.68) / 2)
            for inked in line.runs:
                pen.text(
                    (round(start + inked.left), baseline),
                    inked.run.text,
                    font=self._fonts.face(inked.run.font, block.size),
                    fill=inked.color,
                    anchor="ls",
                    stroke_width=inked.run.stroke,
                )

    def _rows(self, paragraphs: Sequence[Paragraph], size: int, width: int) -> Iterator[_Row]:
        for paragraph in paragraphs:
            clean = _directed([replace(s, text=_readable(s.text)) for s in paragraph])
            rtl = _first_strong_is_rtl("".join(span.text for span in clean))
            for number, spans in enumerate(self._broken(clean, size, width)):
                yield _Row(spans, rtl, opens=number == 0)

    def _broken(self, spans: Paragraph, size: int, width: int) -> Iterator[tuple[Span, ...]]:
        """The spans of each line: pieces go onto a line while they fit."""
        line: list[Span] = []
        used = 0.0
        for piece in self._pieces(spans, size, width):
            solid = sum(self._width(span.text, span.role, size) for span in _stripped(piece))
            if line and used + solid > width:
                yield _stripped(_joined(line))
                line, used = [], 0.0
                piece = _stripped_left(piece)
            line += piece
            used += sum(self._width(span.text, span.role, size) for span in piece)
        yield _stripped(_joined(line))

    def _pieces(self, spans: Paragraph, size: int, width: int) -> Iterator[Sequence[Span]]:
        """Pieces that a line break may not divide; a word wider than a line is cut all the same."""
        text = "".join(span.text for span in spans)
        for match in _PIECE.finditer(text):
            piece = _slice(spans, match.start(), match.end())
            if sum(self._width(span.text, span.role, size) for span in _stripped(piece)) <= width:
                yield piece
                continue
            start = match.start()
            while start < match.end():
                end = self._fitting(spans, start, match.end(), size, width)
                yield _slice(spans, start, end)
                start = end

    def _widest_word(self, paragraphs: Sequence[Paragraph], size: int) -> float:
        """Pixels of the widest piece that may not be parted."""
        return max(
            (
                sum(self._width(span.text, span.role, size) for span in _stripped(piece))
                for paragraph in paragraphs
                for piece in _words(paragraph)
            ),
            default=0.0,
        )

    def _fitting(self, spans: Paragraph, start: int, end: int, size: int, width: int) -> int:
        """The end of the longest slice from ``start`` that is not wider than ``width``."""
        low, high = start + 1, end
        while low < high:
            middle = (low + high + 1) // 2
            part = _slice(spans, start, middle)
            if sum(self._measure(span.text, span.role, size) for span in part) <= width:
                low = middle
            else:
                high = middle - 1
        return low

    def _shortened(self, row: _Row, size: int, width: int) -> _Row:
        """The row with an ellipsis at its end, shortened until that fits."""
        spans = row.spans or (Span("", Role.BODY, (0, 0, 0)),)
        length = sum(len(span.text) for span in spans)
        whole = "".join(span.text for span in spans)
        while True:
            end = _end_of_word(whole, length)
            kept = _stripped(_slice(spans, 0, end)) or (replace(spans[0], text=""),)
            last = replace(kept[-1], text=kept[-1].text.rstrip(" ,;:.–—[") + "…")
            shown = (*kept[:-1], last)
            if length == 0 or sum(self._measure(s.text, s.role, size) for s in shown) <= width:
                return replace(row, spans=shown)
            length -= 1

    def _width(self, text: str, role: Role, size: int) -> float:
        key = (text, role, size)
        if key not in self._widths:
            self._widths[key] = self._measure(text, role, size)
        return self._widths[key]

    def _measure(self, text: str, role: Role, size: int) -> float:
        return sum(self._fonts.width(run, size) for run in self._runs(text, role, size, rtl=False))

    def _runs(self, text: str, role: Role, size: int, *, rtl: bool) -> tuple[Run, ...]:
        if rtl or _RIGHT_TO_LEFT.search(text):
            text = str(get_display(self._reshaper.reshape(text), base_dir="R" if rtl else "L"))
        return self._fonts.runs(text, role, size)

    def _line(self, row: _Row, size: int, top: int) -> Line:
        inked: list[Inked] = []
        left = 0.0
        for span in row.spans:
            for run in self._runs(span.text, span.role, size, rtl=row.right_to_left):
                inked.append(Inked(run, span.color, left))
                left += self._fonts.width(run, size)
        return Line(tuple(inked), left, row.right_to_left, top)


@cache
def _reshaper() -> ArabicReshaper:
    """The joining of Arabic letters; to read its settings takes as long as ten lines of text."""
    return ArabicReshaper()


def _words(spans: Paragraph) -> Iterator[tuple[Span, ...]]:
    """The pieces of a paragraph that are words of a usual length."""
    clean = [replace(span, text=_readable(span.text)) for span in spans]
    text = "".join(span.text for span in clean)
    for match in _PIECE.finditer(text):
        if match.end() - match.start() <= LONGEST_WORD_CHARS:
            yield _slice(clean, match.start(), match.end())


def _readable(text: str) -> str:
    return _INVISIBLE.sub("", normalized("NFC", text))


def _directed(spans: Sequence[Span]) -> Paragraph:
    """Right-to-left writing is ordered over a whole line, so it is set in one style."""
    text = "".join(span.text for span in spans)
    if len(spans) > 1 and _RIGHT_TO_LEFT.search(text):
        main = max(spans, key=lambda span: len(span.text))
        return (replace(main, text=text),)
    return spans


def _slice(spans: Paragraph, start: int, end: int) -> tuple[Span, ...]:
    """The characters from ``start`` up to ``end``, with their styles."""
    found: list[Span] = []
    first = 0
    for span in spans:
        last = first + len(span.text)
        if last > start and first < end:
            part = span.text[max(0, start - first) : end - first]
            found.append(span if part == span.text else replace(span, text=part))
        first = last
    return tuple(found)


def _joined(spans: Sequence[Span]) -> Sequence[Span]:
    """Neighbours of one style as one span, so that their words are put in order together."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last is not None and (last.role, last.color) == (span.role, span.color):
            joined[-1] = replace(last, text=last.text + span.text)
        else:
            joined.append(span)
    return joined


def _stripped(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Without blanks at the end."""
    kept = list(spans)
    while kept:
        text = kept[-1].text.rstrip()
        if text == kept[-1].text and text:
            return tuple(kept)  # as most are: a copy takes longer than the look
        if text:
            return (*kept[:-1], replace(kept[-1], text=text))
        kept.pop()
    return ()


def _stripped_left(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Without blanks at the start."""
    kept = list(spans)
    while kept:
        text = kept[0].text.lstrip()
        if text == kept[0].text and text:
            return tuple(kept)
        if text:
            return (replace(kept[0], text=text), *kept[1:])
        kept.pop(0)
    return ()


def _first_strong_is_rtl(text: str) -> bool:
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def _end_of_word(text: str, length: int) -> int:
    """The end of the last whole word among so many characters, unless it is far from there, as in
    scripts without blanks."""
    if not text[length - 1 : length + 1].isalnum():
        return length
    blank = text.rfind(" ", 0, length)
    return blank if blank >= length / 2 else length
