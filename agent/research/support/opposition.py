"""Checks for a claim that a passage denies: negations, opposites, the other gender."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from agent.research.support.alignment import Alignment
from agent.research.support.checks import CONTRADICTS, FIRST_PERSON, REPLACED, Problem
from agent.research.support.lexicon import are_nearly_opposite, are_opposite, mean_the_same
from agent.research.support.pages import Page
from agent.research.support.reading import Word
from agent.research.support.slots import get_slot

NEGATION: Final = "negation"
DENIED: Final = "denied"
"""The kind of a problem with a word that the passage denies and the claim does not."""


def check_polarity(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """A pair of an assertion and its denial."""
    claim, passage = alignment.claim.reading, alignment.passage.reading
    denied = [w for w in claim.words if w.negated and w.content]
    if denied:
        paired = [w for w in denied if w.place in alignment.pairs]
        agree = any(passage.words[alignment.pairs[w.place]].negated for w in paired)
        if agree or any(_opposed(alignment, w) for w in denied):
            return
        first = denied[0]
        if len(paired) * 2 >= len(denied):
            yield Problem(CONTRADICTS, NEGATION, first.place)
        elif not any(w.negated for w in passage.words):
            yield Problem(REPLACED, NEGATION, first.place)
        return
    claimed = {w.stem: w.place for w in claim.content if w.place in alignment.pairs}
    scope = [w for w in passage.words if w.negated and w.content]
    for clause in {w.clause for w in scope}:
        words = [w for w in scope if w.clause == clause]
        shared = [w for w in words if w.stem in claimed or w.place in alignment.taken]
        first = words[0]
        before = passage.words[first.place - 1].plain if first.place else ""
        width = 1 if before in _NO else 2
        near_first = any(w in shared and not w.name and w.kind == "word" for w in words[:width])
        is_near = first in shared or (len(shared) > 1 and near_first)
        is_denied = first in shared and before in _NEVER
        if (
            is_near
            and (is_denied or len(shared) * 2 >= len(words))
            and not _balanced(alignment, clause)
        ):
            mine = next((m for m, p in alignment.pairs.items() if p == first.place), None)
            yield Problem(CONTRADICTS, DENIED, claimed.get(first.stem, 0) if mine is None else mine)


def _opposed(alignment: Alignment, word: Word) -> bool:
    """Whether the passage has the opposite of a word: "not open" is "closed"."""
    return any(
        are_opposite(word.plain, w.plain) or _lacks(w.plain, word.plain)
        for w in alignment.passage.reading.content
    )


def _lacks(plain: str, other: str) -> bool:
    """Whether a word denies another one: "flightless" and "fly", "unfinished" and "finished"."""
    if plain.endswith("less"):
        return mean_the_same(plain.removesuffix("less"), other)
    return plain in (f"un{other}", f"non{other}", f"in{other}", f"im{other}")


def _balanced(alignment: Alignment, clause: int) -> bool:
    """Whether the claim says the opposite of what the passage denies: "not open" is "closed"."""
    claim, passage = alignment.claim.reading, alignment.passage.reading
    words = [w for w in passage.words if w.negated and w.clause == clause]
    return any(are_opposite(mine.plain, w.plain) for mine in claim.content for w in words)


def check_opposites(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """Words in whose place the passage has their opposite."""
    passage = alignment.passage.reading
    for word in alignment.claim.reading.content:
        if word.name or word.kind != "word" or _is_same(alignment, word):
            continue
        slot = {w.place for w in get_slot(alignment, word.place)}
        for other in passage.words:
            if other.place in alignment.taken or word.negated != other.negated:
                continue
            if not are_opposite(word.plain, other.plain):
                if other.place not in slot or not are_nearly_opposite(word.plain, other.plain):
                    continue
                yield Problem(REPLACED, "opposite", word.place)
                break
            if other.place in slot or word.place not in alignment.exact:
                yield Problem(CONTRADICTS, "opposite", word.place)
                break


_OPPOSITE_LINKS: Final = (
    ("before", "after"), ("above", "below"), ("over", "under"), ("with", "without"),
    ("inside", "outside"), ("until", "since"), ("up", "down"), ("to", "from"), ("more", "less"),
    ("more", "fewer"),
    ("most", "least"), ("vor", "nach"), ("uber", "unter"), ("mit", "ohne"), ("avant", "apres"),
    ("avec", "sans"), ("sur", "sous"), ("antes", "despues"), ("con", "sin"), ("sobre", "bajo"),
    ("prima", "dopo"), ("con", "senza"), ("com", "sem"), ("antes", "depois"), ("voor", "na"),
    ("met", "zonder"), ("przed", "po"), ("z", "bez"), ("до", "после"), ("с", "без"),
)  # fmt: skip
_LINKS: Final = {
    word: frozenset(b for pair in _OPPOSITE_LINKS for a, b in (pair, pair[::-1]) if a == word)
    for word in {word for pair in _OPPOSITE_LINKS for word in pair}
}


def _is_same(alignment: Alignment, word: Word) -> bool:
    """Whether the passage holds the very word, and no other one for it."""
    place = alignment.pairs.get(word.place)
    return place is not None and alignment.passage.reading.words[place].stem == word.stem


def check_links(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """ "before his death" where the passage has "after his death"."""
    claim, passage = alignment.claim.reading.words, alignment.passage.reading.words
    for word in claim:
        opposites = _LINKS.get(word.plain)
        if opposites is None or word.content:
            continue
        after = next((w for w in claim[word.place + 1 : word.place + 4] if w.content), None)
        if after is None or after.place not in alignment.pairs:
            continue
        if word.plain in _OF_MOTION and not _same_before(alignment, word):
            continue
        end = alignment.pairs[after.place]
        beside = [w.plain for w in passage[max(0, end - 3) : end]]
        if opposites & set(beside) and word.plain not in beside:
            kind = COMPARED if word.plain in _OF_COMPARISON else "opposite"
            yield Problem(CONTRADICTS, kind, word.place)


_NO: Final = frozenset({"no", "kein", "keine", "keinen", "keinem", "keiner", "aucun", "aucune"})
"""Negators that deny the next word: "no wooden floor" is a floor all the same."""
_NEVER: Final = frozenset({"not", "never", "nie", "niemals", "jamais", "nunca", "mai", "nooit"})
"""Words right before what they deny, whatever stands behind it."""
COMPARED: Final = "compared"
"""The kind of a problem with "more" where the passage has "less"."""
_OF_COMPARISON: Final = frozenset({"more", "less", "fewer", "most", "least"})
_OF_MOTION: Final = frozenset({"from", "to", "up", "down"})


def _same_before(alignment: Alignment, word: Word) -> bool:
    """Whether the passage holds the verb before a link: "went to" is no "graduated from"."""
    claim = alignment.claim.reading.words
    before = next((w for w in reversed(claim[: word.place]) if w.content), None)
    return before is not None and before.place in alignment.pairs


_HE: Final = frozenset({"he", "his", "him", "himself"})
_SHE: Final = frozenset({"she", "her", "hers", "herself"})


def check_gender(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """ "Her" where the page knows only of "him"."""
    theirs = {
        w.plain for facts in (alignment.passage, *alignment.window) for w in facts.reading.words
    }
    if theirs & FIRST_PERSON:
        return  # "my mother" is his or hers
    for own, other in ((_HE, _SHE), (_SHE, _HE)):
        gendered = next((w for w in alignment.claim.reading.words if w.plain in own), None)
        if gendered is None or not theirs & other or theirs & own:
            continue
        if not any(w in page.plain_words for w in own):
            yield Problem(CONTRADICTS, "gender", gendered.place)
