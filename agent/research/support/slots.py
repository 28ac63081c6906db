"""Finds the words of a passage in the place of a word of a claim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agent.research.support.alignment import Alignment
from agent.research.support.reading import Word

_SLOT: Final = 3
"""Content words between a word and what stands in its place."""
_MOST_FUNCTION: Final = 3
"""Function words between two words of a slot: "of the"."""


def get_slot(alignment: Alignment, place: int, *, width: int = _SLOT) -> list[Word]:
    """The words of the passage that stand where the claim has the word at ``place``: beside the
    words that agree with its neighbours, and agreeing with nothing themselves."""
    claim, passage = alignment.claim.reading, alignment.passage.reading
    content = [w for w in claim.words if w.content]
    index = next((n for n, w in enumerate(content) if w.place == place), None)
    if index is None:
        return []
    before = next((alignment.pairs[w.place] for w in reversed(content[max(0, index - 2) : index])
                   if w.place in alignment.pairs), None)  # fmt: skip
    after = next((alignment.pairs[w.place] for w in content[index + 1 : index + 3]
                  if w.place in alignment.pairs), None)  # fmt: skip
    found: list[Word] = []
    if before is not None:
        found += get_free_words(alignment, passage.words[before + 1 :], width)
    if after is not None:
        found += get_free_words(alignment, passage.words[:after][::-1], width)
    return found


def get_tight_slot(alignment: Alignment, place: int) -> list[Word]:
    """The one word, or name, of the passage that stands exactly where the claim has a word: the
    words next to both, function words too, are the same."""
    claim, passage = alignment.claim.reading.words, alignment.passage.reading.words
    found: list[Word] = []
    for step in (-1, 1):
        beside = place + step
        while 0 <= beside < len(claim) and claim[beside].group == claim[place].group != -1:
            beside += step
        if not 0 <= beside < len(claim):
            continue
        anchor = claim[beside]
        if anchor.place in alignment.pairs:
            places = [alignment.pairs[anchor.place]]
        elif not anchor.content:
            places = _over_function_words(alignment, beside, step)
        else:
            continue
        for other in places:
            if 0 <= other - step < len(passage):
                word = passage[other - step]
                if word.content and word.place not in alignment.taken:
                    found.append(word)
    return found


def _over_function_words(alignment: Alignment, beside: int, step: int) -> list[int]:
    """The place where the passage has the same function words as the claim, from ``beside`` on to a
    word that both hold: that of the first of them."""
    claim, passage = alignment.claim.reading.words, alignment.passage.reading.words
    end = beside
    while 0 <= end < len(claim) and not claim[end].content and abs(end - beside) < _MOST_FUNCTION:
        end += step
    if not 0 <= end < len(claim) or claim[end].place not in alignment.pairs:
        return []
    shift = alignment.pairs[claim[end].place] - end
    same = all(
        0 <= n + shift < len(passage) and passage[n + shift].plain == claim[n].plain
        for n in range(beside, end, step)
    )
    return [beside + shift] if same else []


def get_free_words(alignment: Alignment, words: Sequence[Word], width: int) -> list[Word]:
    """The first content words that agree with none of the claim; a word that does ends them."""
    found: list[Word] = []
    for word in words:
        if not word.content:
            continue
        if word.place in alignment.taken or len(found) >= width:
            break
        found.append(word)
    return found
