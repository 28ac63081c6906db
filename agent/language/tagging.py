"""What kind of word each word of a text is, for the languages that have a tagger of a few megabytes
whose model comes in its package: HanTa for German, English and Dutch, rjieba for Chinese, SudachiPy
for Japanese and MeCab-ko for Korean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from agent.language.frequencies import get_zipf
from agent.language.tag_models import get_tagger
from domain.made_once import made_once

if TYPE_CHECKING:
    from sudachipy import Dictionary


class WordKind(StrEnum):
    """Kinds of words, as coarse as the planner needs them."""

    NAME = "name"
    NOUN = "noun"
    ADJECTIVE = "adjective"
    VERB = "verb"
    NUMBER = "number"
    OTHER = "other"
    """A function word, an adverb, or a word that the tagger does not know."""


@dataclass(frozen=True, slots=True)
class TaggedWord:
    """A word of a text that parts no words by blanks; ``start`` counts characters."""

    text: str
    start: int
    kind: WordKind


_MODELS: Final = {"de": "ger", "en": "en", "nl": "dutch"}
# The first letters of the tags of the BNC (CLAWS 5), of STTS, and of the Dutch model.
_KINDS: Final = (
    ("en", {"NP": WordKind.NAME, "NN": WordKind.NOUN, "AJ": WordKind.ADJECTIVE,
            "VV": WordKind.VERB, "VB": WordKind.VERB, "VH": WordKind.VERB, "VD": WordKind.VERB,
            "CR": WordKind.NUMBER}),
    ("de", {"NE": WordKind.NAME, "NN": WordKind.NOUN, "AD": WordKind.ADJECTIVE,
            "VV": WordKind.VERB, "VA": WordKind.VERB, "VM": WordKind.VERB,
            "CA": WordKind.NUMBER}),
    ("nl", {"SP": WordKind.NAME, "N(": WordKind.NOUN, "AD": WordKind.ADJECTIVE,
            "WW": WordKind.VERB, "TW": WordKind.NUMBER}),
)  # fmt: skip
_KIND_OF: Final = dict(_KINDS)
_ADVERB: Final = "ADV"
# English tags of past tenses, and of the verb of the perfect.
_PAST: Final = re.compile(r"V[VBHD]D|VH[ZB]")
# Tags of finite verbs: present, past and modal ones.
_FINITE: Final = {
    "en": re.compile(r"V[VBHD][ZDB]|VM0"),
    "de": re.compile(r"V[VAM]\(FIN\)"),
    "nl": re.compile(r"WW\(pv"),
}
# Tags of Chinese proper names: people, places, organisations, works; and abbreviations of them.
_CHINESE: Final = {"nr": WordKind.NAME, "ns": WordKind.NAME, "nt": WordKind.NAME,
                   "nz": WordKind.NAME, "j": WordKind.NAME, "n": WordKind.NOUN,
                   "en": WordKind.NOUN, "vn": WordKind.NOUN, "an": WordKind.NOUN,
                   "b": WordKind.NOUN,
                   "v": WordKind.VERB, "a": WordKind.ADJECTIVE,
                   "m": WordKind.NUMBER}  # fmt: skip
_JAPANESE: Final = {"名詞": WordKind.NOUN, "接尾辞": WordKind.NOUN, "接頭辞": WordKind.NOUN,
                    "動詞": WordKind.VERB, "形容詞": WordKind.ADJECTIVE,
                    "形状詞": WordKind.ADJECTIVE}  # fmt: skip


# Of Sejong's tags: nouns, dependent nouns and suffixes of nouns; numerals; foreign letters; verbs.
_KOREAN: Final = {"NNP": WordKind.NAME, "NNG": WordKind.NOUN, "XSN": WordKind.NOUN,
                  "NR": WordKind.NUMBER, "SN": WordKind.NUMBER, "SL": WordKind.NAME,
                  "VV": WordKind.VERB, "VA": WordKind.ADJECTIVE}  # fmt: skip
_KOREAN_PLACES: Final = "궁문대산사탑교성역강호섬루정원각릉전관"
"""The last syllable of a Korean name of a place: palace, gate, terrace, mountain, temple …"""
_KNOWN_PART: Final = 2.0
"""Zipf frequency from which the rest of such a word is a common noun, as 경복 of 경복궁 is none."""
_EVERYDAY_KOREAN: Final = frozenset({"크리스마스", "산타클로스", "할로윈", "핼러윈", "사이버펑크"})
"""Words that the dictionary has as names and that name nothing in particular."""


def tag_words(words: Sequence[str], language: str) -> list[WordKind] | None:
    """The kind of each word of a sentence, in its order; None for a language without a tagger.
    Unpacking a model takes seconds, once: call it in a thread."""
    if language not in _MODELS:
        return None
    kinds = _KIND_OF[language]
    return [
        WordKind.OTHER if tag.startswith(_ADVERB) else kinds.get(tag[:2], WordKind.OTHER)
        for tag in _tags(words, language)
    ]


def has_finite(words: Sequence[str], language: str) -> bool | None:
    """Whether a verb among the words of a sentence is finite; None for a language without a
    tagger."""
    finite = _FINITE.get(language)
    if finite is None:
        return None
    return any(finite.match(tag) for tag in _tags(words, language))


def has_past(words: Sequence[str], language: str) -> bool | None:
    """Whether a verb among the words of a sentence tells of the past, or what has happened; None
    for a language whose tagger does not say."""
    if language != "en":
        return None
    return any(_PAST.match(tag) for tag in _tags(words, language))


def cut_into_words(text: str, language: str) -> list[TaggedWord]:
    """The words of a Chinese, Japanese or Korean text with their kinds; what stands between them,
    such as blanks and punctuation, is left out."""
    readers = {"ja": _japanese, "ko": _korean}
    found = readers.get(language, _chinese)(text)
    words: list[TaggedWord] = []
    at = 0
    for surface, kind in found:
        start = text.find(surface, at)
        if start < 0:  # pragma: no cover - a tagger that changes letters
            continue
        at = start + len(surface)
        if surface.strip():
            words.append(TaggedWord(surface, start, kind))
    return words


def _chinese(text: str) -> list[tuple[str, WordKind]]:
    import rjieba

    return [
        (word, _CHINESE.get(tag[:2]) or _CHINESE.get(tag[:1], WordKind.OTHER))
        for word, tag in rjieba.tag(text)
    ]


def _japanese(text: str) -> list[tuple[str, WordKind]]:
    from sudachipy import SplitMode

    # A tokenizer is for one thread at a time.
    tokenizer = _dictionary().tokenizer(mode=SplitMode.C)
    return [
        (word.surface(), _japanese_kind(word.part_of_speech())) for word in tokenizer.tokenize(text)
    ]


def _japanese_kind(parts: Sequence[str]) -> WordKind:
    if parts[0] == "名詞" and parts[1] == "固有名詞":
        return WordKind.NAME
    if parts[0] == "名詞" and parts[1] == "数詞":
        return WordKind.NUMBER
    return _JAPANESE.get(parts[0], WordKind.OTHER)


def _korean(text: str) -> list[tuple[str, WordKind]]:
    from mecab_ko import Tagger

    # A tagger is for one thread at a time; the dictionary is mapped into memory, so that another
    # tagger costs half a millisecond.
    lines = (line.partition("\t") for line in Tagger().parse(text).splitlines())
    return [
        (surface, _korean_kind(surface, facts.split(","))) for surface, _, facts in lines if facts
    ]


def _korean_kind(surface: str, facts: Sequence[str]) -> WordKind:
    """The kind of a word by MeCab-ko's tag, meaning and parts (``경복/NNG/*+궁/NNG/*``)."""
    if surface == "년":
        return WordKind.NUMBER
    kind = _KOREAN.get(facts[0], WordKind.OTHER)
    parts = [part.partition("/")[0] for part in facts[7].split("+")] if len(facts) > 7 else []
    if kind is WordKind.NAME and (surface in _EVERYDAY_KOREAN or len(surface) < 2):
        return WordKind.NOUN
    compound = len(parts) > 1 and facts[1] == "*"
    rare = compound and any(len(p) > 1 and get_zipf(p, "ko") < _KNOWN_PART for p in parts)
    if kind is WordKind.NAME and compound and not rare:
        return WordKind.NOUN
    if kind is WordKind.NOUN and rare and surface[-1] in _KOREAN_PLACES:
        return WordKind.NAME
    return kind


def _tags(words: Sequence[str], language: str) -> Sequence[str]:
    return get_tagger(_MODELS[language]).tag_sent(list(words), taglevel=0)


@made_once
def _dictionary() -> Dictionary:
    from sudachipy import Dictionary

    return Dictionary(dict="core")
