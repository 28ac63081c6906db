"""Questions about a picture, answered from its own evidence and from nothing else."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from bot.cards.models import EvidenceEntry
from bot.intents.lexicon import folded, lexicons
from bot.intents.wording import words_of
from domain.research import EvidenceVerdict

MOST_ANSWERS: Final = 3


@dataclass(frozen=True, slots=True)
class _Questions:
    """Kinds of questions: how each is asked and what a passage must hold to answer it."""

    kinds: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    acts: Mapping[str, tuple[str, ...]]
    """Other words with which a passage may name the act in question, as word beginnings."""
    asking: frozenset[str]
    """Words that only ask."""


@cache
def _questions() -> _Questions:
    text = (files("bot.intents") / "data" / "answers.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return _Questions(
        kinds=tuple(
            (
                re.compile(rf"\b(?:{'|'.join(kind['asks'])})\b"),
                re.compile("|".join(kind["holds"])),
            )
            for kind in data["kinds"].values()
        ),
        acts={act: tuple(stems) for act, stems in data["acts"].items()},
        asking=frozenset(str(data["asking"]).split()),
    )


def answers(question: str, entries: Sequence[EvidenceEntry]) -> list[EvidenceEntry]:
    """The entries that answer a question, the best first; none where the evidence is silent.

    An entry answers when it holds what the question asks for (a height, a year, a maker) and is
    about the same thing; words that every entry shares count for little.
    """
    asked, known_kinds = folded(question), _questions()
    kinds = [holds for asks, holds in known_kinds.kinds if asks.search(asked)]
    subject = [w for w in words_of(asked) if w not in known_kinds.asking and len(w) > 2]
    acts = [stems for word in subject if (stems := known_kinds.acts.get(word))]
    subject = [word for word in subject if word not in known_kinds.acts]
    known = [entry for entry in entries if entry.title is not None and _is_usable(entry)]
    texts = {entry.n: folded(_searched_text(entry)) for entry in known}
    often = Counter(word for word in subject for text in texts.values() if _holds(text, word))
    scored: list[tuple[float, EvidenceEntry]] = []
    for entry in known:
        text = texts[entry.n]
        if not all(holds.search(text) for holds in kinds):
            continue
        if acts and not all(any(stem in text for stem in stems) for stems in acts):
            continue
        shared = sum(1.0 / often[word] for word in subject if _holds(text, word))
        named = any(_holds(text, word) for word in subject)
        if kinds or acts:
            if subject and not named and any(often[word] for word in subject):
                continue  # another entry is about the subject of the question
            scored.append((shared + len(kinds) + len(acts), entry))
        elif subject and sum(_holds(text, word) for word in subject) * 2 > len(subject):
            scored.append((shared, entry))
    scored.sort(key=lambda pair: (-pair[0], pair[1].n))
    return [entry for _score, entry in scored[:MOST_ANSWERS]]


def _searched_text(entry: EvidenceEntry) -> str:
    """The text that is searched: the claim counts only where its source says the same."""
    claim = entry.claim if entry.verdict is EvidenceVerdict.SUPPORTED else ""
    return f"{claim} {entry.passage or ''}"


def _is_usable(entry: EvidenceEntry) -> bool:
    """Whether a source supports the answer: its passage is quoted, whatever its verdict; a claim
    alone counts only where it is supported."""
    return entry.verdict is EvidenceVerdict.SUPPORTED or (
        entry.passage is not None and entry.verdict is not EvidenceVerdict.UNSUPPORTED
    )


def _holds(text: str, word: str) -> bool:
    stem = word[: max(4, len(word) - 2)] if len(word) > 5 else word
    return re.search(rf"(?<!\w){re.escape(stem)}", text) is not None


def languages_of(text: str) -> str:
    """The language that most small words of a text are from."""
    words = words_of(folded(text))
    counted = {
        language.language: sum(
            word in language.words[name]
            for word in words
            for name in ("small", "chatter", "openers", "polite")
        )
        for language in lexicons()
    }
    return max(counted, key=lambda code: counted[code])
