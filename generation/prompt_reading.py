"""How long a prompt a generator reads, and how its length is counted.

A model's own tokenizer counts exactly, but only where its files are; see
``generation/backends/diffusion/prompt_tokens.py``. Everywhere else a prompt's length is estimated,
rather too long than too short.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from domain.translation.messages import gettext


@dataclass(frozen=True, slots=True)
class PromptLimit:
    """The longest prompt that a model reads: ``length`` tokens of that kind of ``tokenizer``, or
    characters where that is empty. What the model's own template adds is not counted."""

    length: int
    tokenizer: str = ""


ROOMY: Final = PromptLimit(20_000)
"""For models that read more than a prompt ever has."""


@dataclass(frozen=True, slots=True)
class PromptReader:
    """How a generator counts a prompt, and how much of one it reads."""

    limit: int
    count: Callable[[str], int]
    unit: str = "tokens"
    """``tokens`` or ``characters``."""
    is_exact: bool = True
    """False for an estimate, which is seldom too low."""

    def fits(self, text: str) -> bool:
        """Whether all of a prompt is read."""
        return self.count(text) <= self.limit

    def length_of(self, text: str) -> str:
        """The length of a prompt in words."""
        if self.unit == "characters":
            return gettext("{count} characters", count=self.count(text))
        if self.is_exact:
            return gettext("{count} tokens", count=self.count(text))
        return gettext("about {count} tokens", count=self.count(text))


UNLIMITED: Final = PromptReader(2**31, len, unit="characters")
"""For what draws no prompt, and for models that read any length."""


def estimating_reader(limit: PromptLimit) -> PromptReader:
    """A reader for where the model's tokenizer is not at hand."""
    if not limit.tokenizer:
        return PromptReader(limit.length, len, unit="characters")
    tokenizer = limit.tokenizer
    return PromptReader(
        limit.length, lambda text: estimated_tokens(text, tokenizer), is_exact=False
    )


_ENGLISH: Final = re.compile(
    r"\b(?:an?|and|are|as|at|be|by|for|from|had|has|have|her|his|in|into|is|its?|no|not|of|on|or"
    r"|that|the|their|this|to|was|were|with)\b"
)
_PIECE: Final = re.compile(r"[A-Za-z]+|\d|[^\W\d_]|[^\w\s]|_")
_SCRIPTS: Final[Mapping[str, str]] = {
    "LATIN": "latin",
    "CYRILLIC": "alphabet",
    "GREEK": "alphabet",
    "CJK": "ideograph",
    "HIRAGANA": "syllable",
    "KATAKANA": "syllable",
    "KATAKANA-HIRAGANA": "syllable",
    "HANGUL": "syllable",
    "ARABIC": "abjad",
    "HEBREW": "abjad",
}
_BY_LETTER: Final[Mapping[str, Mapping[str, float]]] = {
    "qwen": {"latin": 0.9, "alphabet": 0.8, "ideograph": 1.1, "syllable": 1.15, "abjad": 0.95},
    "mistral": {"latin": 0.9, "alphabet": 0.8, "ideograph": 1.2, "syllable": 1.1, "abjad": 0.7},
    "clip": {"latin": 1.2, "alphabet": 1.5, "ideograph": 2.9, "syllable": 2.6, "abjad": 1.5},
}
"""Tokens for a letter outside ASCII, by kind of tokenizer and script. Measured against the public
vocabularies of Qwen, Mistral and CLIP on texts in 25 languages; T5's pieces count as CLIP's."""
_OTHER_LETTER: Final = 2.9
_OTHER_MARK: Final = 1.5


def estimated_tokens(text: str, tokenizer: str) -> int:
    """About how many tokens a text has, seldom fewer than it really has.

    English words are long pieces in every vocabulary; those of other languages that are written in
    Latin letters fall into many more.
    """
    small = text.lower()
    is_english = len(_ENGLISH.findall(small)) >= 0.2 * len(re.findall("[a-z]+", small))
    whole, piece = (4, 3.2) if is_english else (2, 2.1)
    rates = _BY_LETTER.get(tokenizer, _BY_LETTER["clip"])
    tokens = 2.0  # beginning and end
    for match in _PIECE.finditer(text):
        part = match[0]
        if not part.isascii():
            tokens += rates.get(_script(part), _OTHER_LETTER) if part.isalpha() else _OTHER_MARK
        elif part.isalpha():
            tokens += 1 + max(0, len(part) - whole) / piece
        else:
            tokens += 1
    return math.ceil(tokens)


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return _SCRIPTS.get(unicodedata.name(letter, "?").partition(" ")[0], "")
