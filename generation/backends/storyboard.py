"""The storyboard: references, grounded prompt and citations laid out as a board with Pillow.

It is no image model and says so on the board. The same recipe and the same reference pictures give
the same bytes.
"""

from __future__ import annotations

import io
import math
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from urllib.parse import urlsplit

from PIL import Image, ImageDraw, ImageOps, features

from domain.illustrations import Picture, Recipe, RecipeReference
from domain.pictures import difference_hash
from generation.backends.fontbook import FONT_REVISION, FontBook, Role
from generation.backends.layout import Box, picture_grid
from generation.backends.png import encode_png
from generation.backends.typography import (
    GLUE,
    Block,
    Color,
    Paragraph,
    Span,
    Typesetter,
)
from generation.capabilities import STORYBOARD, Capabilities

REVISION = "storyboard-3"
"""Changes whenever another layout would come out of the same recipe."""

LABEL = "REFERENCE BOARD"
DISCLAIMER = "assembled from sources, not made by an image model"
PAPER: Color = (248, 246, 241)
CARD: Color = (237, 233, 224)
INK: Color = (28, 26, 23)
GREY: Color = (108, 102, 94)
RULE: Color = (214, 208, 197)
SPACING = 1.34
HEADLINE_SPACING = 1.18
"""From one line to the next, as a multiple of the size of the letters."""
ACCENTS: tuple[Color, ...] = (
    (176, 58, 46),
    (31, 97, 141),
    (30, 110, 86),
    (125, 60, 152),
    (160, 100, 20),
    (44, 62, 80),
)


class Cancelled(Exception):
    """The render was stopped on request."""


class Storyboard:
    """The backend behind the generator ``storyboard``."""

    capabilities: Capabilities = STORYBOARD
    revision = REVISION
    device = "cpu"

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()  # FreeType's faces are not for several threads
        self._fonts = FontBook()

    def versions(self) -> Mapping[str, str]:
        """The libraries and fonts that touch pixels."""
        return {
            "pillow": version("pillow"),
            "freetype": features.version("freetype2") or "unknown",
            "zlib": features.version("zlib") or "unknown",
            "python-bidi": version("python-bidi"),
            "arabic-reshaper": version("arabic-reshaper"),
            "fonts": FONT_REVISION,
        }

    def render(
        self,
        recipe: Recipe,
        references: Sequence[bytes],
        *,
        progress: Callable[[float], None],
        stopped: Callable[[], bool],
    ) -> Picture:
        """Draw the board; ``references`` are the recipe's pictures in its order."""
        with self._one_at_a_time:
            board = Board(recipe, [_opened(data) for data in references], self._fonts)
            for fraction in board.draw():
                if stopped():
                    raise Cancelled
                progress(fraction)
            data, phash = encode_png(board.image), _difference_hash(board.image)
        return Picture(data, "image/png", recipe.width, recipe.height, phash=phash)


def _difference_hash(image: Image.Image) -> str:
    rough = image.reduce(max(1, min(image.width // 72, image.height // 64)))
    return difference_hash(rough.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes())


def _opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        if not image.has_transparency_data:
            image.load()
            return image if image.mode == "RGB" else image.convert("RGB")
        ground = Image.new("RGB", image.size, CARD)
        shown = image.convert("RGBA")
        ground.paste(shown, mask=shown.getchannel("A"))
        return ground


@dataclass
class Board:
    """One board while it is drawn; ``texts`` and ``cells`` tell where everything stands."""

    recipe: Recipe
    pictures: Sequence[Image.Image]
    fonts: FontBook = field(default_factory=FontBook)
    texts: list[Box] = field(default_factory=list[Box])
    cells: list[Box] = field(default_factory=list[Box])

    def __post_init__(self) -> None:
        width, height = self.recipe.width, self.recipe.height
        self.image = Image.new("RGB", (width, height), PAPER)
        self._pen = ImageDraw.Draw(self.image)
        self._type = Typesetter(self.fonts)
        self.unit = max(7, round(math.sqrt(width * height) / 80))
        """The size of small text in pixels; everything else is a multiple."""
        self.accent = ACCENTS[self.recipe.seed % len(ACCENTS)]
        side = min(width, height)
        self._gap = max(6, round(side * 0.02))
        margin = max(10, round(side * 0.045))
        self.page = Box(margin, margin, width - 2 * margin, height - 2 * margin)

    def draw(self) -> Iterator[float]:
        """Draw everything, giving the fraction done after each part."""
        shape = self.page.width / self.page.height
        if shape >= 2.0:
            yield from self._draw_wide()
        else:
            yield from self._draw_stacked(tall=shape < 0.8)
        yield 1.0

    def _draw_wide(self) -> Iterator[float]:
        """Three columns: headline and sources, pictures, prompt."""
        gap = self._gap * 2
        share = 0.3 if self.pictures else 0.42
        left, rest = self.page.columns(share, gap)
        sources = self._sources_block(left.width, most_lines=max(2, left.height // (self.unit * 5)))
        foot = self._height(sources)
        head = Box(left.left, left.top, left.width, left.height - foot)
        self._headline(head, largest=self.unit * 4, share=1.0)
        self._sources(Box(left.left, left.bottom - foot, left.width, foot), sources)
        yield 0.2
        if self.pictures:
            middle, right = rest.columns(0.58 if self._prompt_lines() else 1.0, gap)
            if not self._prompt_lines():
                middle = rest
            yield from self._grid(middle)
        else:
            right = rest
        if self._prompt_lines():
            self._prompt(right)

    def _draw_stacked(self, *, tall: bool) -> Iterator[float]:
        """Headline above, sources below, and between them pictures and prompt."""
        page = self.page
        largest = self.unit * (4 if self.pictures or self._prompt_lines() else 8)
        most = 0.24 if self.pictures or self._prompt_lines() else 0.8
        used = self._headline(page, largest=largest, share=most)
        sources = self._sources_block(page.width, most_lines=6 if tall else 4)
        foot = self._height(sources)
        self._sources(Box(page.left, page.bottom - foot, page.width, foot), sources)
        body = Box(
            page.left,
            page.top + used + self._gap,
            page.width,
            page.height - used - foot - self._gap * (3 if foot else 1),
        )
        yield 0.2
        if not self._prompt_lines():
            yield from self._grid(body)
        elif not self.pictures:
            self._prompt(body)
        elif tall:
            share = 0.62 if len(self.pictures) > 1 else 0.55
            upper = body.above(round(body.height * share))
            yield from self._grid(upper)
            self._prompt(body.below(upper.height, self._gap * 2))
        else:
            left, right = body.columns(0.62 if len(self.pictures) > 1 else 0.56, self._gap * 2)
            yield from self._grid(left)
            self._prompt(right)

    def _headline(self, box: Box, *, largest: int, share: float) -> int:
        """The label and the requester's words; gives the height used."""
        pad = max(3, self.unit // 2)
        label = self._line(LABEL, Role.STRONG, self.unit, box.width - 2 * pad, PAPER)
        plate = Box(box.left, box.top, round(label.width) + 2 * pad, label.height + pad)
        self._pen.rectangle((plate.left, plate.top, plate.right - 1, plate.bottom - 1), self.accent)
        self._text(label, plate.inset(pad, pad // 2))
        used = plate.height + self._disclaimer(box, plate, pad) + pad * 2
        room = max(self.unit * 2, round(box.height * share) - used)
        paragraphs = [[Span(self.recipe.request, Role.HEADLINE, INK)]]
        words = self._type.fit(
            paragraphs,
            width=box.width,
            height=room,
            sizes=(max(9, round(self.unit * 1.2)), largest),
            spacing=HEADLINE_SPACING,
        )
        words = self._type.balance(words, paragraphs, width=box.width)
        self._text(words, Box(box.left, box.top + used, box.width, words.height))
        return used + words.height

    def _disclaimer(self, box: Box, plate: Box, pad: int) -> int:
        """What the board is not, beside the label or below it; gives the height used below."""
        span = [Span(DISCLAIMER, Role.QUIET, GREY)]
        beside = box.width - plate.width - pad * 2
        note = self._type.wrap([span], size=self.unit, width=beside)
        if len(note.lines) == 1:
            self._text(note, Box(plate.right + pad * 2, plate.top + pad // 2, beside, plate.height))
            return 0
        below = plate.bottom + pad // 2
        note = self._type.wrap([span], size=self.unit, width=box.width, height=self.unit * 3)
        self._text(note, Box(box.left, below, box.width, note.height))
        return pad // 2 + note.height

    def _grid(self, box: Box) -> Iterator[float]:
        title, credit = self.unit + 1, self.unit
        caption = round((title + credit) * SPACING) + self.unit // 2
        aspects = [min(2.4, max(0.5, p.width / p.height)) for p in self.pictures]
        cells = picture_grid(
            box, aspects, gap=self._gap, caption=caption, choice=self.recipe.seed // len(ACCENTS)
        )
        described = zip(cells, self.pictures, self.recipe.references, strict=True)
        for number, (cell, picture, reference) in enumerate(described, 1):
            frame = Box(cell.left, cell.top, cell.width, cell.height - caption)
            self._picture(frame, picture)
            self._badge(frame, reference.citation)
            self._caption(
                Box(cell.left, frame.bottom, cell.width, caption), reference, title, credit
            )
            self.cells.append(frame)
            yield 0.2 + 0.6 * number / len(cells)

    def _picture(self, frame: Box, picture: Image.Image) -> None:
        """Fill the frame; what must be cropped goes more from below than from above, where faces
        are."""
        size = (max(1, frame.width), max(1, frame.height))
        fitted = ImageOps.fit(picture, size, Image.Resampling.BICUBIC, centering=(0.5, 0.3))
        self.image.paste(fitted, (frame.left, frame.top))

    def _badge(self, frame: Box, number: int | None) -> None:
        if number is None:
            return
        text = self._line(str(number), Role.STRONG, self.unit, frame.width, INK)
        side = round(self.unit * 1.7)
        width = max(side, round(text.width) + self.unit)
        left, top = frame.left + self.unit // 2, frame.top + self.unit // 2
        plate = Image.new("L", (width * 4, side * 4))
        ImageDraw.Draw(plate).rounded_rectangle((0, 0, width * 4 - 1, side * 4 - 1), side * 2, 255)
        plate = plate.resize((width, side), Image.Resampling.LANCZOS)
        self.image.paste(PAPER, (left, top), plate)
        inset = (width - round(text.width)) // 2
        self._type.draw(
            self._pen,
            text,
            left=left + inset,
            top=top + (side - text.leading) // 2,
            width=round(text.width),
        )

    def _caption(self, box: Box, reference: RecipeReference, title: int, credit: int) -> None:
        name = self._line(reference.title, Role.STRONG, title, box.width, INK)
        top = box.top + self.unit // 3
        self._text(name, Box(box.left, top, box.width, name.height))
        if reference.credit:
            line = self._line(reference.credit, Role.BODY, credit, box.width, GREY)
            self._text(line, Box(box.left, top + name.height, box.width, line.height))

    def _prompt_lines(self) -> list[Paragraph]:
        """The grounded prompt without the requester's own words: what a line is about stands out,
        and its citations are in the accent's colour."""
        own = self.recipe.request.strip().rstrip(".!?…。")
        lines: list[Paragraph] = []
        for text in self.recipe.prompt.split("\n"):
            line = text.strip()
            if not line or line.rstrip(".!?…。") == own:
                continue
            subject = _SUBJECT.match(line)
            head = subject.group() if subject else ""
            cited = "".join(f"{GLUE}[{n}]" for n in self._cited(line))
            spans = (
                Span(head, Role.STRONG, INK),
                Span(line[len(head) :], Role.BODY, INK),
                Span(cited, Role.STRONG, self.accent),
            )
            lines.append([span for span in spans if span.text])
        return lines

    def _cited(self, line: str) -> list[int]:
        said = [c.n for c in self.recipe.citations if c.passage and c.passage in line]
        for ordinal, reference in zip(_ORDINALS, self.recipe.references, strict=False):
            if reference.citation is not None and f"{ordinal} reference image" in line:
                said.append(reference.citation)
        return said

    def _prompt(self, box: Box) -> None:
        below = box.below(self._heading("GROUNDED PROMPT", box), self.unit // 3)
        words = self._type.fit(
            self._prompt_lines(),
            width=below.width,
            height=below.height,
            sizes=(max(8, self.unit), round(self.unit * (1.6 if self.pictures else 2.2))),
        )
        self._text(words, Box(below.left, below.top, below.width, words.height))

    def _heading(self, text: str, box: Box) -> int:
        """A small heading at the top of the box; gives its height."""
        line = self._line(text, Role.STRONG, self.unit, box.width, self.accent)
        self._text(line, Box(box.left, box.top, box.width, line.height))
        return line.height

    def _sources_block(self, width: int, *, most_lines: int) -> Block | None:
        entries: dict[tuple[str, str], list[int]] = {}
        for citation in self.recipe.citations:
            entries.setdefault((citation.title, _site(citation.url)), []).append(citation.n)
        if not entries:
            return None
        spans: list[Span] = []
        for (title, site), numbers in entries.items():
            if spans:
                spans.append(Span(f"{GLUE}{GLUE}· ", Role.BODY, GREY))
            number = f",{GLUE}".join(map(str, numbers))
            spans.append(Span(f"{number}{GLUE}", Role.STRONG, self.accent))
            spans.append(Span(title + (f" ({site})" if site else ""), Role.BODY, GREY))
        return self._type.wrap(
            [spans],
            size=self.unit,
            width=width,
            height=most_lines * round(self.unit * SPACING),
        )

    def _height(self, sources: Block | None) -> int:
        if sources is None:
            return 0
        return sources.height + self.unit // 2 + round(self.unit * SPACING)

    def _sources(self, box: Box, sources: Block | None) -> None:
        if sources is None:
            return
        self._pen.line((box.left, box.top, box.right - 1, box.top), RULE, max(1, self.unit // 8))
        below = box.below(self.unit // 2)
        top = below.top + self._heading("SOURCES", below)
        self._text(sources, Box(box.left, top, box.width, sources.height))

    def _line(self, text: str, role: Role, size: int, width: int, color: Color) -> Block:
        return self._type.line([Span(text, role, color)], size=size, width=width)

    def _text(self, block: Block, box: Box) -> None:
        self._type.draw(self._pen, block, left=box.left, top=box.top, width=box.width)
        self.texts.append(Box(box.left, box.top, box.width, block.height))


_SUBJECT = re.compile(r"[^:.!?]{1,60}:(?=\s)")
"""The start of a prompt's line that names what the rest is about."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


def _site(url: str) -> str:
    """The host of an address, "library" for the library's own items."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        return re.sub(r"^www\.", "", parts.hostname or "")
    return "library" if parts.scheme in ("library", "file") else ""
