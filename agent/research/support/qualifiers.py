"""What the small words of a claim say of how many, how often, in which order and why, beside what
those of the passage say: "all" where it is "some of them", a reason that the passage does not give.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from agent.research.support.alignment import Alignment
from agent.research.support.assessment import Assessment
from agent.research.support.lexicon import DATA
from agent.research.support.reading import Word
from domain.made_once import made_once

_AHEAD: Final = 4
"""Words ahead of one that the claim shares, in which a passage qualifies it."""


@made_once
def _get_classes() -> Mapping[str, frozenset[str]]:
    """The small words, by what they say."""
    lists = tomllib.loads((DATA / "qualifiers.toml").read_text("utf-8"))
    return {name: frozenset(words.split()) for name, words in lists.items()}


def get_qualifiers(best: Assessment, near: Sequence[Assessment]) -> Mapping[str, float]:
    """Features of the small words, from 0 to 1: those that a claim adds to the best passage (half
    as much where another passage has them), keeps, or drops."""
    claim, passage = best.alignment.claim.reading, best.alignment.passage.reading
    around = [word for other in near for word in other.alignment.passage.reading.words]
    ahead = _get_ahead(best.alignment)
    found = _get_reason(best.alignment)
    for name, known in _get_classes().items():
        said = _has(claim.words, known)
        if said and _has(passage.words, known):
            found[f"keeps {name}"] = 1.0
        elif said:
            found[f"adds {name}"] = 0.5 if _has(around, known) else 1.0
        elif _has(ahead, known):
            found[f"drops {name}"] = 1.0
    return found


def _has(words: Iterable[Word], known: frozenset[str]) -> bool:
    return any(word.plain in known for word in words)


def _get_ahead(alignment: Alignment) -> list[Word]:
    """The words of the passage right ahead of those that the claim shares."""
    taken = alignment.taken
    free = (w for w in alignment.passage.reading.words if w.place not in taken)
    return [w for w in free if any(w.place < place <= w.place + _AHEAD for place in taken)]


def _get_reason(alignment: Alignment) -> dict[str, float]:
    """How much of the reason that a claim gives the passage lacks, and whether that gives one."""
    claim, why = alignment.claim.reading, _get_classes()["why"]
    begins = next((w.place for w in claim.words if w.plain in why and w.place), None)
    reason = [w for w in claim.content if begins is not None and w.place > begins]
    if not reason:
        return {}
    strange = sum(w.place not in alignment.pairs for w in reason) / len(reason)
    told = _has(alignment.passage.reading.words, why)
    return {
        "reason": 1.0,
        "reason strange": strange,
        "reason given otherwise": strange if told else 0.0,
    }
