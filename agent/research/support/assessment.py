"""A claim beside one passage: how much of it the passage holds, and what speaks against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from agent.research.support.alignment import Alignment, align
from agent.research.support.binding import (
    check_agent,
    check_bound_values,
    check_counted,
    check_exchanged,
    check_moved,
)
from agent.research.support.checks import (
    CONTRADICTS,
    MISSING,
    NAME,
    SOFT,
    Problem,
    check_attachment,
    check_moments,
    check_names,
    check_quantities,
    check_values,
)
from agent.research.support.opposition import (
    check_gender,
    check_links,
    check_opposites,
    check_polarity,
)
from agent.research.support.pages import Candidate, Facts, Page, get_claim_code
from agent.research.support.reading import Word
from agent.research.support.replaced import check_only, check_replaced
from agent.research.support.roles import check_relations, check_roles, check_swaps
from agent.research.support.scope import (
    check_greatest,
    check_quantifier,
    check_reason,
    check_told_values,
)
from agent.research.support.subjects import (
    check_exchanged_roles,
    check_sequence,
    check_subject,
)
from domain.research import Source
from domain.sentences import Passage

LEAST_INSIDE: Final = 0.25
LEAST_WHOLE: Final = 0.35
"""Of a claim's words, that the passage and the page must hold for it to be mentioned."""
LEAST_PREDICATE: Final = 0.3
"""Of a claim's words other than names, that a passage must hold to mention it: one that has only
the names says nothing of it."""
CLEARLY_ABOUT: Final = 0.45
"""Of a claim's words, that a passage must hold to contradict it."""
LONG: Final = 7
"""Content words of a claim that says several things: some details of it may be missing, or may be
worded otherwise, and a passage must be more like it to contradict it."""
SEVERAL_THINGS: Final = 14
"""Content words of a claim that may have a name which the page lacks."""
WORDS_PER_MISSING: Final = 8
"""Content words of a long claim for each detail that may be missing."""
LONG_CLEARLY_ABOUT: Final = 0.6
ORDER_WEIGHT: Final = 0.3

_CHECKS: Final[tuple[Callable[[Alignment, Page], Iterator[Problem]], ...]] = (
    check_polarity, check_roles, check_relations, check_swaps, check_quantities, check_moments,
    check_values, check_attachment, check_links, check_gender, check_opposites, check_names,
    check_replaced, check_only, check_bound_values, check_moved, check_agent,
    check_exchanged, check_counted, check_subject, check_exchanged_roles, check_sequence,
    check_greatest, check_told_values, check_reason, check_quantifier,
)  # fmt: skip
_CHECKS_ACROSS: Final = (check_quantities, check_moments, check_values)
"""The checks of a claim in another language than its page: the others compare words."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """A claim beside a passage. Shares are of the claim's words, from 0 to 1."""

    candidate: Candidate
    words: int
    """Content words of the claim, and those of them that are names and numbers."""
    names: int
    numbers: int
    inside: float
    """The share that the passage holds; ``titled`` counts the title with it, ``whole`` the page."""
    predicate: float
    """The share of the words other than names that the passage holds."""
    says_something: bool
    titled: float
    whole: float
    order: float
    """The share of neighbours that are neighbours in the passage."""
    gone: tuple[Word, ...]
    """The claim's words that stand nowhere in the page."""
    held: frozenset[int]
    """The places of the claim's words that the passage holds."""
    problems: tuple[Problem, ...]
    alignment: Alignment
    across: bool = False
    """Whether the claim is in another language than the page."""

    @property
    def likeness(self) -> float:
        """The similarity of the passage to the claim in words and their order."""
        return self.titled + ORDER_WEIGHT * self.order

    @property
    def contradicts(self) -> bool:
        """Whether a check found something else in the place of what the claim says."""
        return any(p.verdict == CONTRADICTS for p in self.problems)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong; of a long claim a detail or two may be missing."""
        if self.words < LONG:
            return not self.problems
        tolerated = all(
            p.kind == SOFT
            or (p.verdict == MISSING and (p.kind != NAME or self.words >= SEVERAL_THINGS))
            for p in self.problems
        )
        details = {(p.kind, p.detail or str(p.place)) for p in self.problems}
        return tolerated and len(details) <= self.words // WORDS_PER_MISSING

    @property
    def is_against(self) -> bool:
        """Whether it contradicts the claim and is clearly about it."""
        least = CLEARLY_ABOUT if self.words < LONG else LONG_CLEARLY_ABOUT
        if self.contradicts and self.titled >= least and self.inside > 0:
            return True
        kinds = {p.kind for p in self.problems if p.verdict == CONTRADICTS} - {NAME}
        is_said = self.predicate >= LONG_CLEARLY_ABOUT and self.words < SEVERAL_THINGS
        return bool(kinds) and is_said

    @property
    def is_enough(self) -> bool:
        """Whether the passage and its page hold enough of the claim to mention it."""
        held = self.titled >= LEAST_INSIDE and self.whole >= LEAST_WHOLE
        return held and self.says_something and self.predicate >= LEAST_PREDICATE

    @property
    def place(self) -> tuple[Source, Passage]:
        """The passage with its source."""
        page = self.candidate.page
        return page.source, page.passages[self.candidate.number]


def assess(claim: str, candidate: Candidate) -> Assessment:
    """Lay a claim beside a passage and let every check look at both."""
    page = candidate.page
    code = get_claim_code(claim, page.code)
    across = code != page.code
    alignment = align(Facts.of(claim, code), page, candidate.number)
    inside, titled, whole = alignment.get_coverage()
    content = alignment.claim.reading.content
    return Assessment(
        candidate,
        words=len(content),
        names=sum(word.name for word in content),
        numbers=sum(word.kind == "number" for word in content),
        inside=inside,
        says_something=alignment.says_something(),
        predicate=alignment.get_predicate_share(),
        titled=titled,
        whole=whole,
        order=alignment.get_order(),
        gone=tuple(word for word in content if not alignment.holds(word.place)),
        held=frozenset(alignment.pairs),
        problems=tuple(
            problem
            for check in (_CHECKS_ACROSS if across else _CHECKS)
            for problem in check(alignment, page)
        ),
        alignment=alignment,
        across=across,
    )
