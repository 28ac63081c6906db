"""The shared parts of boards and cards: the page, its type, the label, the sources below."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from PIL import Image, ImageDraw, ImageOps

from domain.illustrations import Recipe
from generation.backends.fontbook import FontBook, Role
from generation.backends.layout import Box
from generation.backends.typography import GLUE, Block, Color, Paragraph, Span, Typesetter
from generation.backends.words import words_of

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


@dataclass
class Sheet:
    """One picture while it is composed; ``texts`` and ``cells`` hold the boxes of all texts and
    pictures, in pixels, and ``blocks`` the lines of the texts."""

    recipe: Recipe
    pictures: Sequence[Image.Image]
    fonts: FontBook = field(default_factory=FontBook)
    texts: list[Box] = field(default_factory=list[Box])
    blocks: list[Block] = field(default_factory=list[Block])
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
        raise NotImplementedError

    def _picture(self, frame: Box, picture: Image.Image) -> None:
        """Fill the frame; what must be cropped goes more from below than from above, where faces
        are."""
        size = (max(1, frame.width), max(1, frame.height))
        fitted = ImageOps.fit(picture, size, Image.Resampling.BICUBIC, centering=(0.5, 0.3))
        self.image.paste(fitted, (frame.left, frame.top))

    def _heading(self, text: str, box: Box) -> int:
        """A small heading at the top of the box; gives its height."""
        line = self._line(text, Role.STRONG, self.unit, box.width, self.accent)
        self._text(line, Box(box.left, box.top, box.width, line.height))
        return line.height

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
        numbers = [c.n for c in self.recipe.citations if c.passage and c.passage in line]
        for ordinal, reference in zip(_ORDINALS, self.recipe.references, strict=False):
            if reference.citation is not None and f"{ordinal} reference image" in line:
                numbers.append(reference.citation)
        return numbers

    def _sources_block(self, width: int, *, most_lines: int) -> Block | None:
        entries: dict[tuple[str, str], list[int]] = {}
        for number, title, place in self._cited_pages():
            entries.setdefault((title, place), []).append(number)
        if not entries:
            return None
        listed = [self._source(title, place, n) for (title, place), n in entries.items()]
        spans = list(listed[0])
        for source in listed[1:]:
            spans += [Span(f"{GLUE}· ", Role.BODY, GREY), *source]
        return self._type.wrap(
            [spans],
            size=self.unit,
            width=width,
            height=most_lines * round(self.unit * SPACING),
        )

    def _source(
        self, title: str, place: str, numbers: Sequence[int], *, outlet_first: bool = False
    ) -> list[Span]:
        """A source with its numbers, and where it is: behind its title, or before it, where a line
        may cut the title."""
        listed = f",{GLUE}".join(map(str, numbers))
        named = title + (f" ({place})" if place else "")
        if outlet_first and title.startswith(f"{place}, "):
            named = title  # the outlet and the day, where a headline is not shown
        elif outlet_first and place:
            named = f"{place}: {title}"
        return [
            Span(f"{listed}{GLUE}", Role.STRONG, self.accent),
            Span(named, Role.BODY, GREY),
        ]

    def _cited_pages(self) -> Sequence[tuple[int, str, str]]:
        """Number and title of each source, and whose it is."""
        return [(c.n, c.title, site_of(c.url)) for c in self.recipe.citations]

    def _height(self, sources: Block | None) -> int:
        if sources is None:
            return 0
        return sources.height + self.unit // 2 + round(self.unit * SPACING)

    def _sources(self, box: Box, sources: Block | None) -> None:
        if sources is None:
            return
        self._pen.line((box.left, box.top, box.right - 1, box.top), RULE, max(1, self.unit // 8))
        below = box.below(self.unit // 2)
        top = below.top + self._heading(words_of(self.recipe).sources, below)
        self._text(sources, Box(box.left, top, box.width, sources.height))

    def _large(self, text: str, color: Color, box: Box, *, height: int, largest: int) -> int:
        """A headline at the top of the box, as large as it fits into ``height``; gives the height
        used."""
        paragraphs = [[Span(text, Role.HEADLINE, color)]]
        words = self._type.fit(
            paragraphs,
            width=box.width,
            height=height,
            sizes=(max(9, round(self.unit * 1.2)), largest),
            spacing=HEADLINE_SPACING,
        )
        words = self._type.balance(words, paragraphs, width=box.width)
        self._text(words, Box(box.left, box.top, box.width, words.height))
        return words.height

    def _line(self, text: str, role: Role, size: int, width: int, color: Color) -> Block:
        return self._type.line([Span(text, role, color)], size=size, width=width)

    def _text(self, block: Block, box: Box) -> None:
        self._type.draw(self._pen, block, left=box.left, top=box.top, width=box.width)
        self.texts.append(Box(box.left, box.top, box.width, block.height))
        self.blocks.append(block)


_SUBJECT = re.compile(r"[^:.!?]{1,60}:(?=\s)")
"""The start of a prompt's line that names what the rest is about."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


def site_of(url: str) -> str:
    """The host of an address, "library" for the library's own items."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        return re.sub(r"^www\.", "", parts.hostname or "")
    return "library" if parts.scheme in ("library", "file") else ""
