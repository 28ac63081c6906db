"""Whether a headline says more, or something other, than the sentences below it and the articles of
its story: what is only agreed on told as done, an effect that one article alone tells, something
begun that has ended, one nationality of two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from agent.language.tagging import WordKind, tag_words
from agent.news.features import telling
from agent.news.places import named_regions, names_people

CARRIED: Final = 0.5
"""The share of a headline's main clause that must stand in the sentences below it."""
FEW_WORDS: Final = 2
WITNESSES: Final = 2
"""Articles that must tell a strong effect in their own sentences."""
_WORDS: Final = re.compile(r"[^\W_]+(?:[.,’'\-][^\W_]+)*")
_TURNS: Final = frozenset(
    {"in", "at", "on", "after", "as", "that", "which", "who", "where", "when", "while", "for"}
    | {"with", "to", "from", "amid", "over", "before", "by", "and", "but", "following", "near"}
)
"""Words at which a main clause has mostly said what happened."""
_NOT_YET: Final = frozenset(
    {"to", "will", "would", "shall", "may", "might", "could", "should", "can", "must"}
)
_PLANS: Final = re.compile(
    r"\b(?:agree(?:s|d|ing)?|agreements?|deals?|plan(?:s|ned|ning)?|intend(?:s|ed)?|want(?:s|ed)?"
    r"|seek(?:s|ing)?|sought|hope[sd]?|offer(?:s|ed)?|propos(?:e[sd]?|als?)|promise[sd]?"
    r"|vow(?:s|ed)?|pledge[sd]?|mov(?:e[sd]?|ing)|order(?:s|ed)?|set|expected|due)\b"
    r"[^.,;]{0,40}?\bto\s[a-z]+|\b(?:will|would|shall)\s(?:\w+ly\s)?[a-z]+",
    re.IGNORECASE,
)
_OPEN: Final = re.compile(
    r"\b(?:to|will|would|may|might|could|agree\w*|deal|plan\w*|intend\w*|seek\w*|offer\w*"
    r"|propos\w*|promis\w*|vow\w*|pledg\w*|set|expected|due)\b",
    re.IGNORECASE,
)
"""What a headline says that leaves open whether it is done."""
_OF_LAW: Final = tuple(
    telling(words)
    for words in (
        "overturns overturned reverses reversed", "repeals repealed",
        "revokes revoked rescinds rescinded", "scraps scrapped", "bans banned",
        "abolishes abolished", "outlaws outlawed",
    )
)  # fmt: skip
"""Words for what is no law any more, or forbidden, those for the same thing together."""
_EFFECTS: Final = _OF_LAW + tuple(
    telling(words)
    for words in (
        "destroys destroyed destroying", "ends ended", "halts halted", "convicts convicted guilty",
        "acquits acquitted", "sentences sentenced", "charges charged", "approves approved",
        "resigns resigned", "patches patched", "acquires acquired buys bought", "seizes seized",
        "wins won", "confirms confirmed", "cancels cancelled", "defeats defeated",
    )
)  # fmt: skip
"""Words for what has an effect in law or for good."""
_PAUSED: Final = re.compile(
    r"\b(?:on hold|suspend\w*|paus(?:e[sd]?|ing)|temporar\w+|to review|under review|halted for"
    r"|ausgesetzt|vorläufig\w*)\b",
    re.IGNORECASE,
)
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")
_BEGUN: Final = re.compile(
    r"\b(?:beg[aiu]ns?|start(?:s|ed)?|(?:got )?under ?way|kick(?:s|ed) off|go(?:es)? to the polls"
    r"|beginn(?:t|en)|begann(?:en)?|startet\w*)\b",
    re.IGNORECASE,
)
_ENDED: Final = re.compile(
    r"\b(?:ended|ends|closed|(?:is|are|was|were) over|finished|concluded|completed|wrapped up"
    r"|ha(?:s|ve) (?:voted|elected|gone home)|beendet|endete\w*|zu Ende)\b",
    re.IGNORECASE,
)
_LIST: Final = re.compile(
    r"((?:[A-ZÀ-Þ]\w+, )*[A-ZÀ-Þ]\w+),? (?:and|und|et|y|e) ([A-ZÀ-Þ]\w+)\s[a-zß-ÿ]{3,}"
)
"""Several nationalities of whom a sentence tells: "Somali and Yemeni pirates"."""


@lru_cache(maxsize=2048)
def _tagged(text: str, language: str | None) -> tuple[list[str], list[WordKind] | None]:
    """The words of a text and their kinds."""
    words = _WORDS.findall(text)
    return words, tag_words(words, language) if language and words else None


@lru_cache(maxsize=2048)
def main_clause(sentence: str, language: str | None) -> frozenset[str]:
    """The telling words of what a sentence says first: up to the first preposition or conjunction
    behind its verb; all of them where that leaves too few or no tagger knows the language."""
    words, kinds = _tagged(sentence, language)
    whole = telling(sentence, dates=False)
    verb = next((n for n, k in enumerate(kinds or ()) if k is WordKind.VERB), None)
    if verb is None:
        return whole
    end = next((n for n in range(verb + 1, len(words)) if words[n].casefold() in _TURNS), None)
    said = telling(" ".join(words[:end]), dates=False)
    return said if len(said) >= FEW_WORDS else whole


def is_carried(headline: str, below: Sequence[str], language: str | None) -> bool:
    """Whether the sentences below a headline tell what its main clause says, and the first of them
    begins with something that the headline has too."""
    said = main_clause(headline, language)
    held = said & telling(" ".join(below))
    tells_other = not main_clause(below[0], language) & telling(headline)
    return len(held) >= CARRIED * len(said) and not tells_other


def is_only_planned(headline: str, below: str, language: str | None) -> bool:
    """Whether a headline tells as done what the sentences below it call agreed, ordered or to
    come."""
    if _OPEN.search(headline) or not _PLANS.search(below):
        return False
    words, kinds = _tagged(headline, language)
    if kinds is None:
        return False
    verbs = {word for word, kind in zip(words, kinds, strict=True) if kind is WordKind.VERB}
    return not any(telling(verb) & _done(below) for verb in verbs)


def _done(text: str) -> frozenset[str]:
    """The telling words that no "to" or "will" stands before."""
    words = ("", *_WORDS.findall(text))
    return telling(
        " ".join(w for before, w in pairwise(words) if before.casefold() not in _NOT_YET)
    )


def lacks_witnesses(headline: str, told: Sequence[frozenset[str]]) -> bool:
    """Whether a headline tells an effect that fewer than two of the articles tell, each by the
    telling words of its text without the headline."""
    said = telling(headline)
    least = min(WITNESSES, len(told))
    return any(
        said & effect and sum(bool(effect & each) for each in told) < least for effect in _EFFECTS
    )


def is_only_paused(headline: str, below: Sequence[str]) -> bool:
    """Whether a headline tells an effect for good, or a sentence below it one in law, of which
    another sentence there says that it is on hold or under review."""
    if not any(map(_PAUSED.search, below)):
        return False
    parts = ((headline, _EFFECTS), *((part, _OF_LAW) for part in below))
    return any(
        telling(part) & effect
        for part, effects in parts
        if not _PAUSED.search(part)
        for effect in effects
    )


def has_own_number(headline: str, below: str) -> bool:
    """Whether a headline has a number in digits that the sentences below it lack."""
    return not set(_DIGITS.findall(headline)) <= set(_DIGITS.findall(below))


def is_unbacked(headline: str, below: str, told: Sequence[frozenset[str]], tongue: str) -> bool:
    """Whether a headline has an adjective or a word with a hyphen that neither the sentences below
    it nor two of the articles have, each by the telling words of its text without the headline."""
    words, kinds = _tagged(headline, tongue)
    said = telling(below)
    least = min(WITNESSES, len(told))
    return any(
        (kind is WordKind.ADJECTIVE or "-" in word)
        and any(
            part not in said and sum(part in each for each in told) < least
            for part in telling(word, dates=False)
        )
        for word, kind in zip(words, kinds or (), strict=False)
    )


def has_ended(post: Sequence[str], told: Sequence[str]) -> bool:
    """Whether a part of a post tells that something begins of which another text, a part or one of
    the first sentences ``told`` by its articles, says that it has ended."""
    return any(
        _BEGUN.search(part) is not None
        and _ENDED.search(part) is None
        and any(_ENDED.search(t) and telling(part) & telling(t) for t in (*post, *told))
        for part in post
    )


def common_nationalities(told: Sequence[Sequence[str]], language: str) -> set[frozenset[str]]:
    """The nationalities that at least two articles, or half of them, name together; each article by
    its first sentences ``told``."""
    lists = [
        frozenset[frozenset[str]]().union(*(_lists(sentence, language) for sentence in sentences))
        for sentences in told
    ]
    least = min(WITNESSES, max(1, len(told) // 2))
    return {each for found in lists for each in found if sum(each in o for o in lists) >= least}


def names_half(post: Sequence[str], common: Iterable[frozenset[str]], language: str) -> bool:
    """Whether a part of a post names some of the nationalities that its articles name together
    (:func:`common_nationalities`), and not all of them."""
    named = [named_regions(part, language) for part in post]
    return any(each & part and not each <= part for each in common for part in named)


def _lists(sentence: str, language: str) -> frozenset[frozenset[str]]:
    found: set[frozenset[str]] = set()
    for match in _LIST.finditer(sentence):
        names = (*match[1].split(", "), match[2])
        if all(names_people(name, language) for name in names):
            found.add(frozenset[str]().union(*(named_regions(name, language) for name in names)))
    return frozenset(found)
