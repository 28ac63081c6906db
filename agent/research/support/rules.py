"""Judge claims without a language model.

*Supported* is only what stands word for word in a page. Else the passages that share most words
with a claim are compared with it: where one gives something else in its place, the claim is
*contradicted*; where a name, number, colour or the like is nowhere to be found, or too little of
it, it is *unsupported*; else it is *mentioned*. Small trained models, which know what sentences
mean too, and the text encoder, which reads both together, then confirm or overrule what the rules
say; they make nothing *supported* and find no contradiction of their own. A claim in another
language than the page is compared in meaning, and by its numbers, dates and values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from agent.research.support.alignment import align
from agent.research.support.assessment import LONG, Assessment, assess
from agent.research.support.checks import CONTRADICTS, MISSING, NAME, SOFT, check_quantities
from agent.research.support.learned import reconsider
from agent.research.support.pages import Facts, ReadPages, fold_text
from domain.research import EvidenceVerdict, Source, SourceKind
from domain.sentences import Passage

LEAST_SHARED: Final = 0.1
"""Of a claim's words, that a passage must share to be compared."""
ABOUT: Final = 0.3
"""Of a claim's words, that a passage must hold for what it has in their place to count."""
SAME_PAGE: Final = 0.8
SHORTEST_PART: Final = 4
PART_SHARED: Final = 0.6
"""Words of a part of a claim that is compared alone, and the share of them that must be held."""
SHORTEST_QUOTE: Final = 3
"""Words of a quotation."""


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


_NO_TIME: Final = datetime.min.replace(tzinfo=UTC)


def judge_claim(claim: str, pages: ReadPages, *, weighed: bool = True) -> Judgement:
    """The pages' verdict on a claim; by the rules alone where it is not ``weighed``, which is
    stricter with a long claim of which the pages say only the most."""
    quoted = find_quotation(claim, pages)
    if quoted is not None:
        source, passage = quoted
        return Judgement(claim, EvidenceVerdict.SUPPORTED, source, passage)
    assessed = [assess(claim, c) for c in pages.find_candidates(claim, least=LEAST_SHARED)]
    judged = judge_by_rules(claim, pages, assessed)
    if not assessed or not weighed:
        return judged
    verdict, nearest = reconsider(claim, judged.verdict, assessed)
    if verdict is judged.verdict:
        return judged
    if verdict is EvidenceVerdict.MENTIONED:
        return Judgement(claim, verdict, *nearest.place)
    return Judgement(claim, verdict, problems=judged.problems)


def judge_by_rules(claim: str, pages: ReadPages, assessed: Sequence[Assessment]) -> Judgement:
    """The verdict of the rules alone on a claim that is no quotation."""
    disputed = _find_disputed(assessed)
    clean = [a for a in assessed if a.is_clean and a.is_enough and not _loses(a, disputed)]
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


def _find_disputed(assessed: Iterable[Assessment]) -> dict[int, float]:
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


def _loses(assessment: Assessment, disputed: dict[int, float]) -> bool:
    """Whether another passage has something else where this one lacks a word of the claim; of a
    short claim, a passage that is no less about it."""
    hard = {p.place for p in assessment.problems if p.kind != SOFT}
    if hard & disputed.keys():
        return True
    lacked = (share for place, share in disputed.items() if place not in assessment.held)
    return assessment.words < LONG and any(share >= assessment.titled for share in lacked)


def _outweighs(best: Assessment, worst: Assessment) -> bool:
    """Whether a passage that agrees counts more than one that contradicts: it is more like the
    claim, or says in another page the very thing that is disputed."""
    if not best.predicate:
        return False  # it only names the same thing
    if best.candidate.page is not worst.candidate.page:
        return best.likeness > worst.likeness or _holds_disputed(best, worst)
    kinds = {p.kind for p in worst.problems if p.verdict == CONTRADICTS} - {NAME}
    if kinds and best.predicate < worst.predicate and not _holds_disputed(best, worst):
        return False  # it has the names, and the other one what is said of them
    return best.likeness > worst.likeness


def _disagree(best: Assessment, worst: Assessment) -> bool:
    """Whether the second passage says otherwise what the first one says: in another page, or in
    the same one, where it must be nearly as like the claim."""
    if best.candidate.page is worst.candidate.page and worst.likeness < SAME_PAGE * best.likeness:
        return False
    return _holds_disputed(best, worst)


def _holds_disputed(best: Assessment, worst: Assessment) -> bool:
    return any(p.place in best.held for p in worst.problems if p.verdict == CONTRADICTS)


_PARTS: Final = re.compile(r"[,;:]\s+(?:and |und |et |y |e |en )?|\s+(?:and|und|et|while|y) ")


def _against_parts(claim: str, pages: ReadPages) -> list[Assessment]:
    """The passages that contradict a part of a claim that says several things."""
    parts = [part for part in _PARTS.split(claim) if len(part.split()) >= SHORTEST_PART]
    if len(parts) < 2:
        return []
    found: list[Assessment] = []
    for part in parts:
        near = pages.find_candidates(part, least=PART_SHARED)[:3]
        assessed = (assess(part, candidate) for candidate in near)
        found += [a for a in assessed if a.contradicts and a.inside >= PART_SHARED]
    return found


def find_quotation(claim: str, pages: ReadPages) -> tuple[Source, Passage] | None:
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
