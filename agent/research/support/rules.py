"""Judge claims by rules alone.

*Supported* is only what stands word for word in a page. Else the passages that share most words
with a claim are compared with it: where one gives something else in its place, the claim is
*contradicted*; where a name, number, colour or the like is nowhere to be found, or too little of
it, it is *unsupported*; else it is *mentioned*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from agent.research.support.alignment import Alignment, align
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
from agent.research.support.pages import Candidate, Facts, Page, ReadPages, fold_text
from agent.research.support.replaced import check_replaced
from agent.research.support.roles import check_relations, check_roles, check_swaps
from domain.research import EvidenceVerdict, Source, SourceKind
from domain.sentences import Passage

LEAST_SHARED: Final = 0.18
"""Of a claim's words, that a passage must share to be compared."""
LEAST_INSIDE: Final = 0.25
LEAST_WHOLE: Final = 0.35
"""Of a claim's words, that the passage and the page must hold for it to be mentioned."""
ABOUT: Final = 0.3
"""Of a claim's words, that a passage must hold for what it has in their place to count."""
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
SAME_PAGE: Final = 0.8
SHORTEST_PART: Final = 4
PART_SHARED: Final = 0.6
"""Words of a part of a claim that is compared alone, and the share of them that must be held."""
SHORTEST_QUOTE: Final = 3
"""Words of a quotation."""

_CHECKS: Final[tuple[Callable[[Alignment, Page], Iterator[Problem]], ...]] = (
    check_polarity, check_roles, check_relations, check_swaps, check_quantities, check_moments,
    check_values, check_attachment, check_links, check_gender, check_opposites, check_names,
    check_replaced,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judgement:
    """The pages' verdict on a claim; ``source`` and ``passage`` are None where none is about it.

    ``against`` is a further passage that contradicts a claim which another one mentions.
    """

    claim: str
    verdict: EvidenceVerdict
    source: Source | None = None
    passage: Passage | None = None
    against: tuple[Source, Passage] | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Assessment:
    candidate: Candidate
    words: int
    """Content words of the claim."""
    inside: float
    predicate: float
    says_something: bool
    titled: float
    whole: float
    likeness: float
    held: frozenset[int]
    """The places of the claim's words that the passage holds."""
    """The similarity of the passage to the claim in words and their order."""
    problems: tuple[Problem, ...]

    @property
    def contradicts(self) -> bool:
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
        return self.contradicts and self.titled >= least and self.inside > 0

    @property
    def place(self) -> tuple[Source, Passage]:
        page = self.candidate.page
        return page.source, page.passages[self.candidate.number]


_NO_TIME: Final = datetime.min.replace(tzinfo=UTC)


def judge_claim(claim: str, pages: ReadPages) -> Judgement:
    """The pages' verdict on a claim."""
    quoted = _find_quotation(claim, pages)
    if quoted is not None:
        source, passage = quoted
        return Judgement(claim, EvidenceVerdict.SUPPORTED, source, passage)
    assessed = [_assess(claim, c) for c in pages.find_candidates(claim, least=LEAST_SHARED)]
    disputed = _find_disputed(assessed)
    clean = [a for a in assessed if a.is_clean and _enough(a) and not _loses(a, disputed)]
    against = [a for a in assessed if a.is_against]
    against += _against_parts(claim, pages)
    best = max(clean, key=lambda a: (a.likeness, a.whole), default=None)
    worst = max(against, key=lambda a: (a.likeness, a.whole), default=None)
    if best is not None and (worst is None or _outweighs(best, worst)):
        other = worst.place if worst and _disagree(best, worst) else None
        return Judgement(claim, EvidenceVerdict.MENTIONED, *best.place, against=other)
    if worst is not None:
        names = tuple(p.kind for p in worst.problems)
        return Judgement(claim, EvidenceVerdict.CONTRADICTED, *worst.place, problems=names)
    nearest = max(assessed, key=lambda a: a.inside, default=None)
    names = tuple(p.kind for p in nearest.problems) if nearest else ()
    return Judgement(claim, EvidenceVerdict.UNSUPPORTED, problems=names)


def figures_differ(one: str, other: str) -> bool:
    """Whether two sentences give different figures for what seems to be the same."""
    for claim, passage in ((one, other), (other, one)):
        source = Source("", SourceKind.PAGE, "", "", "", "", _NO_TIME, "", text=passage)
        for candidate in ReadPages([source]).find_candidates(claim, least=0.0):
            page = candidate.page
            alignment = align(Facts.of(claim, page.code), page, candidate.number)
            if any(p.verdict == CONTRADICTS for p in check_quantities(alignment, page)):
                return True
    return False


def _find_disputed(assessed: Iterable[_Assessment]) -> dict[int, float]:
    """The places of the claim's words for which a passage that is about the claim has others, with
    the share of the claim that it holds."""
    found: dict[int, float] = {}
    for assessment in assessed:
        if assessment.titled >= ABOUT:
            for problem in assessment.problems:
                if problem.verdict != MISSING and problem.kind != SOFT:
                    before = found.get(problem.place, 0.0)
                    found[problem.place] = max(before, assessment.titled)
    return found


def _loses(assessment: _Assessment, disputed: dict[int, float]) -> bool:
    """Whether another passage has something else where this one lacks a word of the claim; of a
    short claim, a passage that is no less about it."""
    hard = {p.place for p in assessment.problems if p.kind != SOFT}
    if hard & disputed.keys():
        return True
    lacked = (share for place, share in disputed.items() if place not in assessment.held)
    return assessment.words < LONG and any(share >= assessment.titled for share in lacked)


def _outweighs(best: _Assessment, worst: _Assessment) -> bool:
    """Whether a passage that agrees counts more than one that contradicts: it is more like the
    claim, or says in another page the very thing that is disputed."""
    if not best.predicate:
        return False  # it only names the same thing
    return best.likeness > worst.likeness or (
        best.candidate.page is not worst.candidate.page and _holds_disputed(best, worst)
    )


def _disagree(best: _Assessment, worst: _Assessment) -> bool:
    """Whether the second passage says otherwise what the first one says: in another page, or in
    the same one, where it must be nearly as like the claim."""
    if best.candidate.page is worst.candidate.page and worst.likeness < SAME_PAGE * best.likeness:
        return False
    return _holds_disputed(best, worst)


def _holds_disputed(best: _Assessment, worst: _Assessment) -> bool:
    return any(p.place in best.held for p in worst.problems if p.verdict == CONTRADICTS)


_PARTS: Final = re.compile(r"[,;:]\s+(?:and |und |et |y |e |en )?|\s+(?:and|und|et|while|y) ")


def _against_parts(claim: str, pages: ReadPages) -> list[_Assessment]:
    """The passages that contradict a part of a claim that says several things."""
    parts = [part for part in _PARTS.split(claim) if len(part.split()) >= SHORTEST_PART]
    if len(parts) < 2:
        return []
    found: list[_Assessment] = []
    for part in parts:
        near = pages.find_candidates(part, least=PART_SHARED)[:3]
        assessed = (_assess(part, candidate) for candidate in near)
        found += [a for a in assessed if a.contradicts and a.inside >= PART_SHARED]
    return found


def _enough(assessment: _Assessment) -> bool:
    return (
        assessment.says_something
        and assessment.titled >= LEAST_INSIDE
        and assessment.whole >= LEAST_WHOLE
    )


def _assess(claim: str, candidate: Candidate) -> _Assessment:
    page = candidate.page
    alignment = align(Facts.of(claim, page.code), page, candidate.number)
    inside, titled, whole = alignment.get_coverage()
    likeness = titled + ORDER_WEIGHT * alignment.get_order()
    return _Assessment(
        candidate,
        words=len(alignment.claim.reading.content),
        inside=inside,
        says_something=alignment.says_something(),
        predicate=alignment.get_predicate_share(),
        titled=titled,
        whole=whole,
        likeness=likeness,
        held=frozenset(alignment.pairs),
        problems=tuple(p for check in _CHECKS for p in check(alignment, page)),
    )


def _find_quotation(claim: str, pages: ReadPages) -> tuple[Source, Passage] | None:
    """The passage that is the claim, folded for case, quotation marks and blanks."""
    plain = fold_text(claim)
    if plain.count(" ") + 1 < SHORTEST_QUOTE and len(plain) < 12:
        return None
    for page in pages.pages:
        if plain not in page.plain:
            continue
        for number, passage in enumerate(page.passages):
            if fold_text(passage.text) == plain:
                return page.source, page.passages[number]
    return None
