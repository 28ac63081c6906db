"""The words of a request, with what is known of each before anybody asks what it means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from agent.language.tagging import WordKind, tag_words
from domain.normal_forms import normalized

_WORD = re.compile(r"[^\W_]+(?:[’'.\-&][^\W_]+)*\.?")
_SENTENCE_END: Final = ".!?;:,…。！？、，；：()[]«»“”„"
_JOINERS: Final = "\u200c\u200d"
"""Invisible signs inside words of Persian and of Indian scripts; between emoji they say nothing."""
_TIED = re.compile(r"\s*[&/+]\s*")
_ELIDED = re.compile(
    r"(?:l|d|j|qu|n|s|m|t|c|dell|all|nell|sull|dall|un|quest|quell|lorsqu|jusqu)['’](?=\w)",
    re.IGNORECASE,
)
"""Short words that French, Italian and Catalan write onto the next one."""
_WITH_ELISION: Final = frozenset({"fr", "it", "ca"})
_SUFFIXED = re.compile(r"(?<=\w)['’]\w{1,8}$")
"""An ending that Turkish parts from a name by an apostrophe."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a request; ``start`` counts characters."""

    text: str
    start: int
    opens: bool
    """Whether a sentence or a part of one begins with it."""
    tie: str = " "
    """What joins it to the word before: a blank, or a sign such as the one in "AC/DC"."""
    shouted: bool = False
    """Whether everything is in capitals, so that they say nothing."""
    kind: WordKind | None = None
    """What kind of word it is, where the language has a tagger."""
    begins_sentence: bool = False
    """Whether a capital is due whatever the word is."""

    @property
    def plain(self) -> str:
        """In lower case, without a dot and the English genitive."""
        plain = self.text.casefold().rstrip(".").removesuffix("'s").removesuffix("’s")
        return normalized("NFC", plain)

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital that says something, or holds a digit."""
        cased = self.text[0].isupper() and not self.shouted
        return cased or any(c.isdigit() for c in self.text)

    @property
    def name(self) -> str:
        """As a name, without the ending that Turkish parts from it."""
        return _SUFFIXED.sub("", self.text)


def get_words(text: str, language: str) -> list[Word]:
    """The words of a text that parts them by blanks, with their kinds where there is a tagger."""
    words: list[Word] = []
    end = 0
    shouted = text.isupper()
    for match in _WORD.finditer(_letters(text)):
        start = match.start()
        token = text[start : match.end()]
        elided = _ELIDED.match(token) if language in _WITH_ELISION else None
        if elided is not None:
            words.append(_word(token[: elided.end() - 1], text, end, start, shouted, not words))
            end = start + elided.end()
            start, token = end, token[elided.end() :]
        words.append(_word(token, text, end, start, shouted, not words))
        end = start + len(words[-1].text)
    return _tagged(words, language)


def _word(token: str, text: str, end: int, start: int, shouted: bool, first: bool) -> Word:
    between = text[end:start]
    begins = first or any(c in ".!?…。！？\n" for c in between)
    opens = begins or any(c in _SENTENCE_END or _pictogram(c) for c in between)
    abbreviation = token.endswith(".") and (len(token) <= 4 and token[0].isupper())
    kept = token if abbreviation else token.rstrip(".")
    tie = between if _TIED.fullmatch(between) else " "
    return Word(kept, start, opens, tie, shouted, begins_sentence=begins)


def _tagged(words: Sequence[Word], language: str) -> list[Word]:
    """The words with their kinds; a part of a sentence is tagged at a time."""
    tagged: list[Word] = []
    part: list[Word] = []
    for word in words:
        if word.begins_sentence and part:
            tagged += _part_tagged(part, language)
            part = []
        part.append(word)
    return tagged + _part_tagged(part, language)


def _part_tagged(part: Sequence[Word], language: str) -> list[Word]:
    if not part:
        return []
    # Capitals that say nothing mislead a tagger.
    kinds = tag_words([_as_tagged(word, language) for word in part], language)
    if kinds is None:
        return list(part)
    return [replace(word, kind=kind) for word, kind in zip(part, kinds, strict=True)]


def _as_tagged(word: Word, language: str) -> str:
    lowered = word.shouted or (word.begins_sentence and language == "en")
    return word.text.lower() if lowered else word.text


def _letters(text: str) -> str:
    """The text with a plain letter for each mark that belongs to the letter before it, such as the
    vowel signs of Devanagari and Thai, which ``\\w`` leaves out; as long as the text."""
    shape: list[str] = []
    for sign in text:
        mark = unicodedata.category(sign) in ("Mn", "Mc") and not "\ufe00" <= sign <= "\ufe0f"
        follows = bool(shape) and shape[-1].isalpha()
        shape.append("a" if follows and (mark or sign in _JOINERS) else sign)
    return "".join(shape)


def _pictogram(sign: str) -> bool:
    """Whether it is an emoji or the like: it says nothing, but parts what stands around it."""
    return sign == "\n" or (sign >= "\u2190" and unicodedata.category(sign) == "So")
