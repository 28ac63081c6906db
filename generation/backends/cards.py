"""Cards: what stands in place of a board where there are no pictures to lay out, and for stories.

A coloured panel (or the lead picture) holds the headline; beside or below it stand the statements,
those of other papers as marked quotations with their outlet, and the sources. Where nothing was
found, the card says so and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from PIL import Image, ImageDraw

from domain.illustrations import RecipeReference
from generation.backends.fontbook import Role
from generation.backends.layout import Box
from generation.backends.sheet import (
    GREY,
    INK,
    PAPER,
    SPACING,
    Sheet,
    site_of,
)
from generation.backends.typography import GLUE, Block, Color, Paragraph, Span, stacked
from generation.backends.words import QUOTATION_MARKS, words_of

SIDE_BY_SIDE = 1.25
"""From this width over height on, the panel stands at the left instead of on top."""
MOST_SOURCES = 4
RINGS = 7
RING_STRENGTH = 0.1
"""The share of the paper's colour in the panel's rings."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement of a card, or another paper's sentence; ``source`` is its outlet, author and
    time, ``numbers`` those of its sources."""

    text: str
    quoted: bool
    source: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Set:
    """An entry in lines: the words, and their source."""

    words: Block
    source: Block | None
    quoted: bool

    @property
    def height(self) -> int:
        return self.words.height + (self.source.height if self.source else 0)


class Card(Sheet):
    """One card while it is drawn; its lead picture, where there is one, is its first reference."""

    def draw(self) -> Iterator[float]:
        """Draw everything, giving the fraction done after each part."""
        self._words = words_of(self.recipe)
        panel, body = self._halves()
        lead = self.pictures[0] if self.pictures else None
        if lead is None:
            self._plain_panel(panel)
            self._panel_text(panel)
        else:
            self._lead(panel, lead, self.recipe.references[0])
        yield 0.4
        if lead is not None:
            used = self._title(body, INK, largest=self.unit * 3, share=0.45)
            body = body.below(used, self._gap)
        sources = self._sources_block(body.width, most_lines=3)
        foot = self._height(sources)
        self._sources(Box(body.left, body.bottom - foot, body.width, foot), sources)
        self._body(body.above(body.height - foot - (self._gap if foot else 0)))
        yield 1.0

    def _halves(self) -> tuple[Box, Box]:
        """The panel, which reaches the edges of the picture, and the box for the rest."""
        width, height = self.recipe.width, self.recipe.height
        margin = self.page.left
        shape = width / height
        if shape >= SIDE_BY_SIDE:
            share = 0.36 if shape > 2.5 else 0.44
            panel = Box(0, 0, round(width * share), height)
            left = panel.right + margin
            return panel, Box(left, margin, width - margin - left, height - 2 * margin)
        panel = Box(0, 0, width, round(height * (0.4 if shape < 0.4 else 0.46)))
        top = panel.bottom + margin
        return panel, Box(margin, top, width - 2 * margin, height - margin - top)

    def _plain_panel(self, panel: Box) -> None:
        """The panel in the accent's colour, with rings around one of its corners."""
        self._pen.rectangle((panel.left, panel.top, panel.right - 1, panel.bottom - 1), self.accent)
        # Twice as large and then reduced, so that the rings have smooth edges.
        mask = Image.new("L", (panel.width * 2, panel.height * 2))
        pen = ImageDraw.Draw(mask)
        step = 2 * max(panel.width, panel.height) // RINGS
        x = 2 * panel.width if self.recipe.seed // 6 % 2 else 0
        y = 2 * panel.height
        for ring in range(1, RINGS + 1):
            reach = ring * step
            pen.ellipse(
                (x - reach, y - reach, x + reach, y + reach),
                outline=round(255 * RING_STRENGTH),
                width=max(2, step // 9),
            )
        mask = mask.resize((panel.width, panel.height), Image.Resampling.BOX)
        self.image.paste(PAPER, (panel.left, panel.top), mask)

    def _panel_text(self, panel: Box) -> None:
        margin = self.page.left
        inner = panel.inset(margin, margin)
        self._title(inner, PAPER, largest=self.unit * 5, share=1.0)

    def _lead(self, panel: Box, picture: Image.Image, reference: RecipeReference) -> None:
        """The lead picture over the whole panel, and its credit on a strip at its bottom."""
        self._picture(panel, picture)
        self.cells.append(panel)
        credit = " · ".join(filter(None, (reference.title, reference.credit)))
        pad = max(3, self.unit // 2)
        line = self._line(credit, Role.BODY, self.unit, panel.width - 2 * self.page.left, PAPER)
        strip = Box(
            panel.left, panel.bottom - line.height - 2 * pad, panel.width, line.height + 2 * pad
        )
        self._pen.rectangle((strip.left, strip.top, strip.right - 1, strip.bottom - 1), INK)
        self._text(line, strip.inset(self.page.left, pad))

    def _title(self, box: Box, color: Color, *, largest: int, share: float) -> int:
        """The label, what the card is not, and the headline; gives the height used."""
        label = self._line(self._words.label, Role.STRONG, self.unit, box.width, color)
        self._text(label, box)
        note = self._type.wrap(
            [[Span(self._words.disclaimer, Role.QUIET, color if color == PAPER else GREY)]],
            size=self.unit,
            width=box.width,
            height=3 * round(self.unit * SPACING),
        )
        self._text(note, box.below(label.height))
        used = label.height + note.height + self._gap
        room = max(self.unit * 2, round(box.height * share) - used)
        return used + self._large(
            self._headline(), color, box.below(used), height=room, largest=largest
        )

    def _headline(self) -> str:
        return str(self._story().get("headline") or self.recipe.request)

    def _body(self, box: Box) -> None:
        """The statements as large as they fit; in the middle where they leave much room."""
        entries = self._entries()
        if not entries:
            self._loose(box, self._prompt_lines() or self._notice())
            return
        gap = round(self.unit * 1.2)
        blocks = self._fitted(entries, box, gap)
        height = sum(block.height for block in blocks) + gap * (len(blocks) - 1)
        top = self._start(box, height)
        for block in blocks:
            self._entry(block, Box(box.left, top, box.width, block.height))
            top += block.height + gap

    def _loose(self, box: Box, paragraphs: Sequence[Paragraph]) -> None:
        words = self._type.fit(
            paragraphs,
            width=box.width,
            height=box.height,
            sizes=(max(8, self.unit), self._largest(box)),
        )
        self._text(words, Box(box.left, self._start(box, words.height), box.width, words.height))

    def _largest(self, box: Box) -> int:
        """The largest size of letters in pixels; a narrow column has room below instead."""
        return round(self.unit * (3.2 if box.height > 1.5 * box.width else 2.6))

    def _start(self, box: Box, height: int) -> int:
        """The top of a text of that height: in the middle where it leaves much room."""
        return box.top + max(0, (box.height - height) // (2 if height < box.height * 0.75 else 8))

    def _notice(self) -> Sequence[Paragraph]:
        """A card that says that there is nothing to show, and what to do."""
        return [
            [Span(self._words.nothing, Role.STRONG, INK)],
            [Span(self._words.advice, Role.BODY, INK)],
        ]

    def _fitted(self, entries: Sequence[Entry], box: Box, gap: int) -> Sequence[_Set]:
        """The entries at the largest size at which all fit; the last ones are left out where even
        the smallest size is too large for all."""
        smallest, largest = max(8, self.unit), self._largest(box)
        for count in range(len(entries), 0, -1):
            low, high, best = smallest, largest, None
            while low <= high:
                size = (low + high) // 2
                blocks = [self._set(entry, size, box) for entry in entries[:count]]
                height = sum(block.height for block in blocks) + gap * (count - 1)
                if height <= box.height and not any(block.words.cut for block in blocks):
                    best, low = blocks, size + 1
                else:
                    high = size - 1
            if best is not None:
                return best
        return [self._set(entries[0], smallest, box)]

    def _set(self, entry: Entry, size: int, box: Box) -> _Set:
        width = box.width - self._indent(entry.quoted)
        cited = "".join(f"{GLUE}[{n}]" for n in entry.numbers)
        begin, end = QUOTATION_MARKS.get(self._words.language, QUOTATION_MARKS["en"])
        text = f"{begin}{entry.text}{end}" if entry.quoted else entry.text
        spans = [Span(text, Role.QUOTE if entry.quoted else Role.BODY, INK)]
        small = max(8, min(size, round(self.unit * 1.4)))
        source: Block | None = None
        if entry.source:
            name = [Span(f"— {entry.source}", Role.BODY, GREY)]
            if cited:
                name.append(Span(cited, Role.STRONG, self.accent))
            source = self._type.line(name, size=small, width=width)
        elif cited:
            spans.append(Span(cited, Role.STRONG, self.accent))
        leading = source.height if source else 0
        words = self._type.wrap([spans], size=size, width=width, height=box.height - leading)
        return _Set(words, source, entry.quoted)

    def _indent(self, quoted: bool) -> int:
        return self.unit if quoted else 0

    def _entry(self, block: _Set, box: Box) -> None:
        indent = self._indent(block.quoted)
        if block.quoted:
            bar = (box.left, box.top, box.left + max(2, self.unit // 5), box.bottom - 1)
            self._pen.rectangle(bar, self.accent)
        inner = Box(box.left + indent, box.top, box.width - indent, box.height)
        self._text(block.words, inner)
        if block.source is not None:
            self._text(block.source, inner.below(block.words.height))

    def _entries(self) -> Sequence[Entry]:
        listed = cast("Sequence[Mapping[str, Any]]", self._story().get("entries", ()))
        return [
            Entry(
                text=str(entry["text"]),
                quoted=bool(entry["quoted"]),
                source=str(entry.get("source", "")),
                numbers=tuple(int(n) for n in entry.get("numbers", ())),
            )
            for entry in listed
        ]

    def _cited_pages(self) -> Sequence[tuple[int, str, str]]:
        """A story's own pages by their numbers, each with its outlet; what was found for its
        picture is no source of its words."""
        pages = cast("Sequence[Mapping[str, Any]]", self._story().get("pages", ()))
        if not pages:
            return super()._cited_pages()
        return [
            (
                int(page["n"]),
                str(page["title"]),
                str(page.get("outlet") or site_of(str(page["url"]))),
            )
            for page in pages
        ]

    def _sources_block(self, width: int, *, most_lines: int) -> Block | None:
        """A story's sources, each on a line of its own."""
        pages = self._cited_pages()
        if not self._story() or not pages:
            return super()._sources_block(width, most_lines=most_lines)
        lines = [
            self._type.line(
                self._source(title, place, [n], outlet_first=True), size=self.unit, width=width
            )
            for n, title, place in pages[:MOST_SOURCES]
        ]
        return stacked(lines)

    def _story(self) -> Mapping[str, Any]:
        return cast("Mapping[str, Any]", self.recipe.parameters.get("story") or {})
