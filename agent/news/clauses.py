"""The clauses of a sentence: each tells one thing, so that what two articles share can be found
where their sentences tell other things beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

SHORTEST: Final = 3
"""Words of a clause; fewer belong to the one before."""
SHORTEST_CHARS: Final = 8
"""The same in scripts without blanks."""
_BREAKS: Final = re.compile(
    r"(?<=[,;:，、；：،])\s*|\s+[–—-]\s+"
    r"|\s+(?=(?:and|but|while|which|who|after|und|aber|während|nachdem|et|mais|tandis|après|y|pero"
    r"|mientras|e|ma|mentre|dopo|en|maar|terwijl|mas|enquanto|ale|podczas|który|oraz)\s)"
)
"""Punctuation, and words that join clauses."""

LONGEST_CREDIT: Final = 9
"""Words of a clause that says who tells something, and nothing else."""
_CREDIT: Final = re.compile(
    r"\b(?:said|says|told|added|according|reported|sagten?|laut|zufolge|selon|dit|déclaré|según|dijo"
    r"|secondo|detto|segundo|disse|volgens|zei|według|powiedział\w*)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def clauses(sentence: str) -> Sequence[str]:
    """The clauses of a sentence in order; a sentence without any is one."""
    found: list[str] = []
    for part in _BREAKS.split(sentence):
        if found and (_is_short(part) or _is_short(found[-1])):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return tuple(found)


def _is_short(text: str) -> bool:
    if any(sign >= "\u2e80" for sign in text):
        return len(text) < SHORTEST_CHARS
    return len(text.split()) < SHORTEST


def is_credit(clause: str) -> bool:
    """Whether a clause says who tells something and not what."""
    return _CREDIT.search(clause) is not None and len(clause.split()) <= LONGEST_CREDIT
