"""The storyboard: references, grounded prompt and citations laid out as a board with Pillow.

It is no image model and says so on the board. The same recipe and the same reference pictures give
the same bytes.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version

from PIL import Image, ImageDraw, features

from domain.illustrations import Picture, Recipe, RecipeReference
from domain.pictures import difference_hash
from generation.backends.cards import Card
from generation.backends.fontbook import FONT_REVISION, FontBook, Role
from generation.backends.layout import Box, picture_grid
from generation.backends.png import encode_png
from generation.backends.sheet import (
    ACCENTS,
    CARD,
    GREY,
    INK,
    PAPER,
    SPACING,
    Sheet,
)
from generation.backends.typography import Span
from generation.backends.words import is_card, words_of
from generation.capabilities import STORYBOARD, Capabilities

REVISION = "storyboard-6"
"""Changes whenever another layout would come out of the same recipe."""


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
            opened = [_opened(data) for data in references]
            composition = Card if is_card(recipe) else Board
            board = composition(recipe, opened, self._fonts)
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


class Board(Sheet):
    """References, grounded prompt and sources, each in its place."""

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
        label = self._line(
            words_of(self.recipe).label, Role.STRONG, self.unit, box.width - 2 * pad, PAPER
        )
        plate = Box(box.left, box.top, round(label.width) + 2 * pad, label.height + pad)
        self._pen.rectangle((plate.left, plate.top, plate.right - 1, plate.bottom - 1), self.accent)
        self._text(label, plate.inset(pad, pad // 2))
        used = plate.height + self._disclaimer(box, plate, pad) + pad * 2
        room = max(self.unit * 2, round(box.height * share) - used)
        return used + self._large(
            self.recipe.request, INK, box.below(used), height=room, largest=largest
        )

    def _disclaimer(self, box: Box, plate: Box, pad: int) -> int:
        """The disclaimer of the board, beside the label or below it; gives the height used
        below."""
        span = [Span(words_of(self.recipe).disclaimer, Role.QUIET, GREY)]
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

    def _prompt(self, box: Box) -> None:
        below = box.below(self._heading(words_of(self.recipe).prompt, box), self.unit // 3)
        words = self._type.fit(
            self._prompt_lines(),
            width=below.width,
            height=below.height,
            sizes=(max(8, self.unit), round(self.unit * (1.6 if self.pictures else 2.2))),
        )
        self._text(words, Box(below.left, below.top, below.width, words.height))
