"""Aligns the words of a claim with those of a passage."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final

from agent.research.support.dates import is_same_time
from agent.research.support.pages import Facts, Page

NAME_WEIGHT: Final = 2.0


@dataclass(eq=False)
class Alignment:
    """A claim beside a passage.

    ``pairs`` gives the place of each word of the claim that the passage holds; ``near`` are places
    of words that only the passages around it or the title hold, ``far`` those that the page has
    anywhere.
    """

    claim: Facts
    passage: Facts
    window: list[Facts]
    pairs: dict[int, int] = field(default_factory=dict[int, int])
    near: set[int] = field(default_factory=set[int])
    exact: set[int] = field(default_factory=set[int])
    """Of ``near`` and ``far``, those that stand there in the same word."""
    far: set[int] = field(default_factory=set[int])

    @cached_property
    def taken(self) -> frozenset[int]:
        """The places of the passage that agree with a word of the claim."""
        return frozenset(self.pairs.values())

    def holds(self, place: int) -> bool:
        """Whether the page holds the claim's word at a place."""
        return place in self.pairs or place in self.near or place in self.far

    def get_order(self) -> float:
        """The share of the claim's neighbours that are neighbours in the passage."""
        pairs = sorted(self.pairs.items())
        beside = sum(0 < q - p <= 2 for (_a, p), (_b, q) in pairwise(pairs))
        return beside / max(1, len(self.claim.reading.content) - 1)

    def says_something(self) -> bool:
        """Whether the passage, those around it or the title hold a word of the claim that is no
        name; a claim of names alone says nothing else."""
        plain = [word for word in self.claim.reading.content if not word.name]
        return not plain or any(w.place in self.pairs or w.place in self.near for w in plain)

    def get_predicate_share(self) -> float:
        """The share of the claim's words other than names that the passage holds; 1 where there
        are none: a passage that only names the same thing says nothing of it."""
        plain = [word for word in self.claim.reading.content if not word.name]
        return sum(word.place in self.pairs for word in plain) / len(plain) if plain else 1.0

    def get_coverage(self) -> tuple[float, float, float]:
        """The shares of the claim's words that the passage holds, that it holds together with the
        title, and that the page holds; names count twice, and what stands further away less."""
        total = inside = whole = 0.0
        titled = 0.0
        title = self.window[-1].table
        nameless = not any(word.name for word in self.passage.reading.words)
        for word in self.claim.reading.content:
            weight = NAME_WEIGHT if word.name else 1.0
            total += weight
            if word.place in self.pairs:
                inside += weight
                whole += weight
            elif word.place in self.near:
                whole += weight
                titled += weight * (word.name and (nameless or bool(title.find(word))))
            elif word.place in self.far:
                whole += 0.7 * weight
        if not inside:
            return 0.0, 0.0, 0.0
        return inside / total, (inside + titled) / total, whole / total


def align(claim: Facts, page: Page, number: int) -> Alignment:
    """Lay a claim beside a passage of a page."""
    passage = page.get_facts(number)
    found = Alignment(claim, passage, page.get_window(number))
    table = passage.table
    last = -1
    numbers = {
        q.place: p.place for q in claim.quantities for p in passage.quantities if q.agrees(p)
    } | {
        m.place: p.place
        for m in claim.moments
        for p in passage.moments
        if (m.field, m.value) == (p.field, p.value)
        or (m.field == p.field == "clock" and is_same_time(m.value, p.value))
    }
    for word in claim.reading.words:
        if word.place in numbers:
            found.pairs[word.place] = last = numbers[word.place]
            continue
        if not word.content or word.kind == "number":
            continue
        places = table.find(word)
        if places:
            # The nearest after the last one keeps the order of the passage.
            last = min(places, key=lambda p: (p <= last, abs(p - last - 1)))
            found.pairs[word.place] = last
    _look_around(found, page)
    return found


def _look_around(found: Alignment, page: Page) -> None:
    tables = [facts.table for facts in found.window]
    for word in found.claim.reading.words:
        if word.place in found.pairs or word.kind == "number" or not word.content:
            continue
        if page.places.get(word.stem):
            found.exact.add(word.place)
        if any(table.find(word) for table in tables):
            found.near.add(word.place)
        elif page.places.get(word.stem):
            found.far.add(word.place)
