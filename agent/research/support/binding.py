"""Which words of a passage belong together: what has a colour, and who did what.

A claim may hold only words of a passage and yet give one thing what the passage says of another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Final

from agent.research.support.alignment import Alignment
from agent.research.support.checks import CONTRADICTS, REPLACED, Problem
from agent.research.support.lexicon import get_classes, get_values, is_verb_form, mean_the_same
from agent.research.support.pages import Page
from agent.research.support.reading import Reading, Word

_BESIDE: Final = 3
"""Words between two that belong together."""
_BEHIND: Final = frozenset({"fr", "es", "it", "pt"})
"""Languages whose adjectives mostly stand behind what they describe."""

_NEARLY_ALL: Final = 0.7
"""Of a claim's words, that a passage must hold for their order to tell."""
_COORDINATORS: Final = frozenset(
    "and while whereas but und wahrend aber et tandis mais y mientras pero e mentre ma".split()  # noqa: SIM905
)
_AND: Final = frozenset({"and", "und", "et", "y", "e"})
_ARTICLES: Final = frozenset(
    "the a an its his her their this that der die das den dem ein eine einen einem sein seine ihre "  # noqa: SIM905
    "le la les un une son sa ses l el los las una su sus il lo gli i o os as um uma".split()
)


def check_bound_values(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """A value that the passage gives to another thing, while it gives this one another value:
    "blue stockings" where the passage has "red stockings" and "blue ribbons"."""
    claim, passage = alignment.claim.reading, alignment.passage.reading
    for word in claim.words:
        if not word.content or word.name or word.place not in alignment.pairs:
            continue
        for kind, value in get_values(word.plain):
            bearer = _get_bearer(claim, word, kind)
            if bearer is None or bearer.place not in alignment.pairs:
                continue
            places = [w for w in passage.content if w.stem == bearer.stem]
            given = [get_values_beside(passage, w, kind) for w in places]
            own = get_values_beside(claim, bearer, kind)
            if _is_beside(passage, bearer, kind, value):
                continue
            if any(given) and not any(agree(kind, value, own, g) for g in given):
                yield Problem(CONTRADICTS, "bound", word.place)


def _get_bearer(reading: Reading, word: Word, kind: str) -> Word | None:
    """The thing right beside a value: "stockings" of "blue stockings"."""
    step = -1 if reading.code in _BEHIND else 1
    place = word.place + step
    if not 0 <= place < len(reading.words):
        return None
    other = reading.words[place]
    is_thing = other.content and other.kind == "word" and not get_values_of_kind(other, kind)
    return other if is_thing and other.clause == word.clause else None


def get_values_beside(reading: Reading, word: Word, kind: str) -> frozenset[str]:
    """The values of a kind that stand right beside a thing, with no other thing between."""
    step = 1 if reading.code in _BEHIND else -1
    found: set[str] = set()
    place = word.place + step
    while 0 <= place < len(reading.words):
        other = reading.words[place]
        values = get_values_of_kind(other, kind)
        if other.clause != word.clause or (not values and other.plain not in _AND):
            break
        found |= values
        place += step
    return frozenset(found)


def _is_beside(reading: Reading, bearer: Word, kind: str, value: str) -> bool:
    """Whether a value stands beside another word for the same thing."""
    return any(
        mean_the_same(w.plain, bearer.plain) and value in get_values_beside(reading, w, kind)
        for w in reading.content
        if w.stem != bearer.stem
    )


def get_values_of_kind(word: Word, kind: str) -> frozenset[str]:
    """The values of a kind that a word gives."""
    if not word.content or word.kind == "number":
        return frozenset()
    return frozenset(value for name, value in get_values(word.plain) if name == kind)


def agree(kind: str, value: str, own: frozenset[str], given: frozenset[str]) -> bool:
    """Whether a value, or those that a claim gives beside it, may go with one of those given."""
    known = get_classes()[kind]
    return any(known.are_kin(mine, theirs) for mine in own | {value} for theirs in given)


def check_moved(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """What the passage says of another thing: the claim's first words stand in one part of the
    passage, and the rest of it in another part that is about something else."""
    claim, passage = alignment.claim.reading, alignment.passage.reading
    subject = _get_subject(claim)
    rest = [w for w in claim.content if w not in subject and w.place in alignment.pairs]
    held = len(alignment.pairs) / max(1, len(claim.content))
    if not rest or held < _NEARLY_ALL:
        return
    part_of = get_parts(passage)
    own = _get_fullest({part_of[p] for p in alignment.passage.table.find(w)} for w in subject)
    told = _get_fullest([{part_of[alignment.pairs[w.place]]} for w in rest])
    if len(told) != 1 or not own:
        return
    (part,) = told
    starts = [w for w in passage.words if w.content and opens_part(passage, w, part_of)]
    first = next((w for w in reversed(starts) if part_of[w.place] <= part), None)
    if first is None or own & set(range(part_of[first.place], part + 1)):
        return
    begins = min(p for p in (alignment.pairs[w.place] for w in rest) if part_of[p] == part)
    said_else = any(
        w.content and part_of[w.place] in own and w.place not in alignment.taken
        for w in passage.words
    )
    if first.place not in alignment.taken and first.place < begins and said_else:
        yield Problem(REPLACED, "moved", subject[0].place)


def _get_fullest(parts: Iterable[set[int]]) -> set[int]:
    """The parts in which most words stand, of the parts that each word stands in."""
    counts = Counter(part for own in parts for part in own)
    most = max(counts.values(), default=0)
    return {part for part, count in counts.items() if count == most}


def opens_part(reading: Reading, word: Word, part_of: Sequence[int]) -> bool:
    """Whether a statement begins with a thing: with a name or an article, at the start of a
    sentence, behind a semicolon or behind "and"."""
    inside = [w for w in reading.words[: word.place] if part_of[w.place] == part_of[word.place]]
    if any(w.content for w in inside) or not (word.name or _has_article(reading, word)):
        return False
    first = inside[0] if inside else word
    if not first.place or first.plain in _COORDINATORS:
        return True
    before = reading.words[first.place - 1]
    between = reading.text[before.start + len(before.text) : first.start]
    joins = before.plain in _COORDINATORS and _is_start(reading, first)
    return joins or any(mark in between for mark in ";:")


def check_exchanged(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """Two statements of a claim that have changed ends: "the lady plays and the maid blows" where
    the maid plays."""
    claim = alignment.claim.reading
    mine, theirs = get_parts(claim), get_parts(alignment.passage.reading)
    ends: list[tuple[Word, Word]] = []
    for part in sorted(set(mine)):
        held = [w for w in claim.content if mine[w.place] == part and w.place in alignment.pairs]
        if len(held) > 1:
            ends.append((held[0], held[-1]))
    for one, other in combinations(ends, 2):
        first, last = (theirs[alignment.pairs[w.place]] for w in one)
        second, end = (theirs[alignment.pairs[w.place]] for w in other)
        if first == end != last == second:
            yield Problem(CONTRADICTS, "exchanged", one[0].place)


def check_counted(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """Another number of things, where adjectives stand between the number and the things: "five
    cars", "three articulated cars"."""
    claim, passage = alignment.claim.reading, alignment.passage
    around = [q for facts in (passage, *alignment.window) for q in facts.quantities]
    for quantity in alignment.claim.quantities:
        if quantity.kind or any(quantity.agrees(q) for q in around):
            continue
        behind = claim.words[quantity.place + 1 : quantity.place + 1 + _BESIDE]
        thing = next((w for w in behind if w.content), None)
        if thing is None or thing.place not in alignment.pairs:
            continue
        place = alignment.pairs[thing.place]
        if any(place - 1 - _BESIDE <= q.place < place and not q.kind for q in passage.quantities):
            yield Problem(CONTRADICTS, "quantity", quantity.place)


def check_agent(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """Someone else did it: "drawn by Flynn" where the passage has "drawn by Allen", or "Flynn drew
    it"."""
    claim, passage = alignment.claim.reading, alignment.passage.reading
    for verb in claim.content:
        place = alignment.pairs.get(verb.place)
        if verb.name or verb.kind != "word" or place is None:
            continue
        theirs = _get_agent(passage, place)
        mine = _get_agent(claim, verb.place) or _get_name_before(claim, verb.place)
        if not theirs or not mine:
            continue
        held = {p for w in mine for p in alignment.passage.table.find(w)}
        if not held & {w.place for w in theirs} and not _are_same_names(mine, theirs):
            yield Problem(CONTRADICTS, "agent", verb.place)


def _get_agent(reading: Reading, place: int) -> list[Word]:
    """The name by whom something is done: what stands behind "by" behind the verb."""
    behind = reading.words[place + 1 : place + 1 + _BESIDE]
    marker = next((w for w in behind if w.plain in reading.language.agent), None)
    if marker is None or any(w.content for w in behind if w.place < marker.place):
        return []
    after = reading.words[marker.place + 1 : marker.place + 2 + 2 * _BESIDE]
    inside = [w for w in after if w.clause == reading.words[place].clause]
    named = next((w for w in inside if w.name), None)
    return [w for w in reading.words if named and w.group == named.group]


def _get_name_before(reading: Reading, place: int) -> list[Word]:
    """The name right before a verb, which does it."""
    before = [w for w in reading.words[:place] if w.content]
    if not before or not before[-1].name or place - before[-1].place > _BESIDE:
        return []
    between = reading.words[before[-1].place + 1 : place]
    if any(w.plain in reading.language.passive and reading.code != "fr" for w in between):
        return []
    return [w for w in reading.words if w.group == before[-1].group]


def _are_same_names(mine: Sequence[Word], theirs: Sequence[Word]) -> bool:
    return bool({w.plain for w in mine} & {w.plain for w in theirs})


def _get_subject(claim: Reading) -> list[Word]:
    """The first content words of a claim, up to a word of grammar behind them or a verb."""
    found: list[Word] = []
    for word in claim.words:
        if word.content and not (found and claim.code == "en" and is_verb_form(word.plain)):
            found.append(word)
        elif found:
            break
    return found


def get_parts(reading: Reading) -> list[int]:
    """The part of a sentence that each word is in: its clause, divided where "and" or "while"
    stands before an article, a possessive or a name."""
    found: list[int] = []
    part = 0
    for word in reading.words:
        before = reading.words[word.place - 1] if word.place else None
        opens = before is not None and before.plain in _COORDINATORS
        if before and (word.clause != before.clause or (opens and _is_start(reading, word))):
            part += 1
        found.append(part)
    return found


def _is_start(reading: Reading, word: Word) -> bool:
    if word.name:  # "Calcutta and Burnach" is one thing
        return word.place < 2 or not reading.words[word.place - 2].name
    return not word.content and word.plain in _ARTICLES


def _has_article(reading: Reading, word: Word) -> bool:
    """Whether a thing is named by a word that has an article or the like before it."""
    before = reading.words[max(0, word.place - 1) : word.place]
    return any(w.plain in _ARTICLES for w in before)


def get_binding(alignment: Alignment) -> Mapping[str, float]:
    """How well the passage holds together what the claim does; each from 0 to 1, where more is
    worse except for "one clause"."""
    claim, passage = alignment.claim.reading, alignment.passage.reading
    held = [w for w in claim.content if w.place in alignment.pairs]
    if not held:
        return {}
    clauses = Counter(passage.words[alignment.pairs[w.place]].clause for w in held)
    (best, most), *_others = clauses.most_common(1)
    pairs = [(a, b) for a, b in pairwise(claim.content) if a.clause == b.clause]
    both = [(a, b) for a, b in pairs if a.place in alignment.pairs and b.place in alignment.pairs]
    steps = [alignment.pairs[b.place] - alignment.pairs[a.place] for a, b in both]
    split = [_clause(alignment, a) != _clause(alignment, b) for a, b in both]
    around = [w for w in claim.content if w.place in alignment.near]
    count = len(claim.content)
    return {
        "one clause": most / count,
        "clauses": min(4, len(clauses)) / 4,
        "turned": sum(step < 0 for step in steps) / max(1, len(steps)),
        "any turned": float(any(step < 0 for step in steps)),
        "far": sum(abs(step) > 2 * _BESIDE for step in steps) / max(1, len(steps)),
        "split": sum(split) / max(1, len(split)),
        "any split": float(any(split)),
        "around": len(around) / count,
        "opens apart": float(_opens_apart(alignment, held, best)),
        "ends apart": float(_clause(alignment, held[-1]) != best),
        "other opens": float(_other_opens(alignment, best)),
        "free": _free_between(passage, alignment, best),
    }


def _clause(alignment: Alignment, word: Word) -> int:
    return alignment.passage.reading.words[alignment.pairs[word.place]].clause


def _opens_apart(alignment: Alignment, held: Sequence[Word], best: int) -> bool:
    """Whether what the claim begins with stands in another clause than most of it, or not at all
    in the passage."""
    first = alignment.claim.reading.content[0]
    return first is not held[0] or _clause(alignment, first) != best


def _other_opens(alignment: Alignment, best: int) -> bool:
    """Whether the clause that has most of the claim begins with something else."""
    words = [w for w in alignment.passage.reading.content if w.clause == best]
    return bool(words) and words[0].place not in alignment.taken


def _free_between(passage: Reading, alignment: Alignment, best: int) -> float:
    """The share of a clause's words, between the first and the last that the claim has, that the
    claim lacks."""
    taken = [p for p in alignment.taken if passage.words[p].clause == best]
    inside = [w for w in passage.content if min(taken) <= w.place <= max(taken)]
    return sum(w.place not in alignment.taken for w in inside) / max(1, len(inside))
