"""Whether the passages date what a claim says came first after what it says came later.

Where a claim has two parts with "before", "after" or the like between them, each is looked for in
the passages: the clause that has most of its words, and the date nearest to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from agent.research.support.assessment import Assessment
from agent.research.support.pages import Facts
from agent.research.support.reading import Reading, Word

_BEFORE: Final = frozenset("before until bevor ehe vor avant antes prima voor przed".split())  # noqa: SIM905
_AFTER: Final = frozenset("after nachdem nach apres despues tras dopo depois apos".split())  # noqa: SIM905
_WHEN: Final = frozenset("when als quand lorsque cuando quando".split())  # noqa: SIM905
_ALREADY: Final = frozenset("already schon bereits deja ya gia ja".split())  # noqa: SIM905
_LEAST: Final = 0.34
"""Of a part's words, that a passage must hold to tell of it."""


def is_order_wrong(assessed: Sequence[Assessment]) -> bool:
    """Whether the dates of two events of a claim are the other way round; False where the claim
    has no two, or the passages do not date both."""
    ordered = _get_ordered(assessed[0].alignment.claim.reading)
    if ordered is None:
        return False
    passages = _get_passages(assessed)
    first, second = (_find_date(part, passages) for part in ordered)
    shared = min(len(first), len(second))
    return first[:shared] > second[:shared]


def _get_ordered(claim: Reading) -> tuple[list[Word], list[Word]] | None:
    """The content of the parts of a claim, that which is said to come first before the other."""
    for link in claim.words:
        is_first = link.plain in _BEFORE
        if link.plain in _WHEN:
            early, late = (
                any(w.plain in _ALREADY for w in claim.words[low:high])
                for low, high in ((0, link.place), (link.place, None))
            )
            if early == late:
                continue
            is_first = early
        elif not is_first and link.plain not in _AFTER:
            continue
        ahead = [w for w in claim.content if w.place < link.place]
        behind = [w for w in claim.content if w.place > link.place]
        if not behind or behind[0].kind == "number":  # "after eight minutes"
            continue
        if len(ahead) < 2:  # "After the war, the mill closed"
            ahead, behind = (
                [w for w in behind if w.clause != link.clause],
                [w for w in behind if w.clause == link.clause],
            )
        if len(ahead) > 1 and behind:
            return (ahead, behind) if is_first else (behind, ahead)
    return None


def _get_passages(assessed: Sequence[Assessment]) -> list[tuple[int, Facts]]:
    """The passages of the first one's page that lie near any, with their numbers."""
    page = assessed[0].candidate.page
    numbers = {
        n
        for a in assessed
        if a.candidate.page is page
        for n in range(a.candidate.number - 2, a.candidate.number + 3)
        if 0 <= n < len(page.passages)
    }
    return [(n, page.get_facts(n)) for n in sorted(numbers)]


def _find_date(part: Sequence[Word], passages: Sequence[tuple[int, Facts]]) -> tuple[int, ...]:
    """The date nearest to where the passages tell of a part of a claim; empty where they do not."""
    best: tuple[float, int, int] | None = None
    for number, facts in passages:
        places = {w.place: facts.table.find(w) for w in part}
        clauses = {facts.reading.words[p].clause for found in places.values() for p in found}
        for clause in clauses:
            inside = [
                min(p for p in found if facts.reading.words[p].clause == clause)
                for found in places.values()
                if any(facts.reading.words[p].clause == clause for p in found)
            ]
            around = sum(bool(found) for found in places.values())
            score = (len(inside) + 0.3 * around) / (1.3 * len(part))
            if score >= _LEAST and (best is None or score > best[0]):
                best = (score, number, min(inside))
    if best is None:
        return ()
    _score, number, place = best
    return _get_date(number, place, passages)


def _get_date(number: int, place: int, passages: Sequence[tuple[int, Facts]]) -> tuple[int, ...]:
    """The year, month and day nearest to a place of a passage, as far as they are told; the year
    may be told ahead."""
    facts = dict(passages)[number]
    near = _get_nearest(facts, place, "year")
    if near is None:
        ahead = [y for n, f in passages if n < number for y in _get_years(f)]
        if not ahead:
            return ()
        year = ahead[-1]
    else:
        year = near
    day = _get_nearest(facts, place, "day") or (_get_nearest(facts, place, "month") or 0) * 100
    return (year, day) if day else (year,)


def _get_years(facts: Facts) -> Iterable[int]:
    return (m.value for m in facts.moments if m.field == "year")


def _get_nearest(facts: Facts, place: int, field: str) -> int | None:
    words = facts.reading.words
    clause = words[place].clause
    told = [m for m in facts.moments if m.field == field]
    best = min(
        told,
        key=lambda m: (abs(words[m.place].clause - clause), abs(m.place - place)),
        default=None,
    )
    return best.value if best else None
