"""Names as they are written: runs of words with capitals."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.news.features import folded, language, tokens
from agent.news.words import STOP_WORDS
from domain.sentences import sentences

_JOINERS = frozenset(
    {
        "al",
        "bin",
        "da",
        "das",
        "de",
        "del",
        "della",
        "der",
        "di",
        "do",
        "dos",
        "du",
        "e",
        "el",
        "la",
        "of",
        "op",
        "ten",
        "ter",
        "the",
        "van",
        "von",
        "y",
        "zu",
    }
)
_WORD = re.compile(r"[^\W_]+(?:[’'\-][^\W_]+)*")
_NEARLY_ALL = 0.85
LONGEST = 6


@dataclass(frozen=True, slots=True)
class Run:
    """A name of one or more words; ``before`` is the lower-case word before it where only a blank
    parts them, ``after`` what follows it in the sentence."""

    words: tuple[str, ...]
    before: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """The name as it is written."""
        return " ".join(self.words)


def runs(text: str, *, shouted: bool = False, tongue: str | None = None) -> list[Run]:
    """The names in a text, in its order; in German, where every noun has a capital, only those of
    several words. Sentences in which nearly every word has one give none, unless ``shouted``: then
    all of their words are runs. ``tongue`` is the language where the text alone does not tell."""
    found: list[Run] = []
    least = 2 if (language(tokens(text)) or tongue) == "de" else 1
    for sentence in sentences(text):
        words = list(_WORD.finditer(sentence.text))
        if shouted or not _shouts(words):
            found += [run for run in _of(sentence.text, words) if len(run.words) >= least]
    return found


def _shouts(words: list[re.Match[str]]) -> bool:
    said = [word[0] for word in words[1:] if len(word[0]) > 2 and not _says_little(word[0])]
    return len(said) > 2 and sum(w[0].isupper() for w in said) >= _NEARLY_ALL * len(said)


def _of(text: str, words: list[re.Match[str]]) -> list[Run]:
    """The runs of one sentence."""
    parts: list[list[int]] = [[]]
    for index, word in enumerate(words):
        follows = index > 0 and text[words[index - 1].end() : word.start()].isspace()
        within = bool(parts[-1]) and follows
        capital = word[0][0].isupper() and (within or not _says_little(word[0]))
        tied = within and (word[0] in _JOINERS or word[0][0].isdigit())
        if not within:
            parts.append([])
        if capital or tied:
            parts[-1].append(index)
        else:
            parts.append([])
    for part in parts:
        while part and words[part[-1]][0] in _JOINERS:
            part.pop()
    # One word at the beginning of a sentence has its capital anyway.
    return [_named(text, words, part[:LONGEST]) for part in parts if part and part != [0]]


def _named(text: str, words: list[re.Match[str]], run: list[int]) -> Run:
    first = run[0]
    near = first > 0 and not text[words[first - 1].end() : words[first].start()].strip(". ")
    return Run(
        words=tuple(words[index][0] for index in run),
        before=words[first - 1][0] if near else "",
        after=text[words[run[-1]].end() :][:30],
    )


def _says_little(word: str) -> bool:
    return folded(word).casefold() in STOP_WORDS
