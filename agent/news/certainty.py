"""Whether a headline tells as a fact what its articles tell as believed, suspected or claimed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.news.answers import is_attributed
from agent.news.casualties import UNLIMITED, casualties
from agent.news.clauses import clauses
from agent.news.likeness import Meanings

SAYS_IT: Final = 0.5
"""How alike a clause and a headline must be for the clause to say what the headline does."""
_HEDGED: Final = re.compile(
    r"\b(?:believe[sd]?|suspect\w*|suspici\w+|alleg\w+|accus\w+|apparent(?:ly)?|reportedly"
    r"|possib(?:le|ly)|probabl[ey]|(?:un)?likely|thought to|claim(?:s|ed)?|unconfirmed|feared"
    r"|(?:appear|seem)(?:s|ed)? to|might|could|may (?:be|have)|presum\w+"
    r"|mutmaßlich\w*|angeblich\w*|soll(?:en)?|vermut\w+|verdächt\w+|möglicherweise|womöglich"
    r"|offenbar|könnten?|anscheinend|beschuldig\w+"
    r"|présum\w+|soupçonn\w+|aurai(?:t|ent)|serai(?:t|ent)|peut-être"
    r"|presunt\w+|supuest\w+|habrían?|sospech\w+|acusa\w+|sospett\w+|avrebber?o?|sarebber?o?"
    r"|supost\w+|suspeit\w+|teriam?|vermoed\w+|zou(?:den)?|verdacht\w*|rzekom\w+|podejrz\w+"
    r"|oskarż\w+|prawdopodobnie)\b",
    re.IGNORECASE,
)
"""Words for what is believed, suspected or claimed: few in any language."""


def is_hedged(text: str) -> bool:
    """Whether a text says that something is believed, suspected or claimed."""
    return _HEDGED.search(text) is not None


def is_firmer(headline: str, below: Sequence[str], meanings: Meanings) -> bool:
    """Whether a headline tells as a fact what the sentences below it hedge: what the articles tell
    elsewhere, readers do not see."""
    if is_hedged(headline) or is_attributed(headline):
        return False
    best = max(below, key=lambda text: _says(headline, text, meanings))
    plain = (text for text in below if not is_hedged(text))
    return is_hedged(best) and all(_says(headline, text, meanings) < SAYS_IT for text in plain)


def _says(headline: str, text: str, meanings: Meanings) -> float:
    units = list(dict.fromkeys((text, *clauses(text))))
    return float(meanings.likenesses([headline], units).max())


def counts_firmly(headline: str, below: Sequence[str]) -> bool:
    """Whether a headline gives as the number of victims what the sentences below it call "at
    least" so many."""
    ours = casualties(headline)
    theirs = [casualties(text) for text in below]
    return any(
        ours[kind][1] < UNLIMITED
        and any(each[kind][1] == UNLIMITED and each[kind][0] >= ours[kind][0] for each in told)
        for kind in ours
        if (told := [each for each in theirs if kind in each])
    )
