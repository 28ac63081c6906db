"""Compares the lines that were read in a picture with a text that it must show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from agent.model_clients.required_text import folded

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
"""Scripts that set no spaces between words."""
_LEAST_NEAR_CHARS = 3
"""A shorter text with one wrong letter is another one."""
_READABLE = ("LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "DIGIT")


def is_readable(text: str) -> bool:
    """Whether PP-OCR's models know the letters: of Latin script, Chinese and Japanese."""
    names = (unicodedata.name(character, "?") for character in folded(text))
    return all(name.split()[0] in _READABLE for name in names)


def agreement(text: str, lines: Sequence[str]) -> float:
    """1 where the lines have the text, spelled right; 0.5 where they have most of it or nearly it;
    0 otherwise."""
    wanted = folded(text)
    words = [folded(word) for line in lines for word in _words(line)]
    whole = "".join(words)
    if wanted in _runs(words, len(wanted)) or (_UNSPACED.search(wanted) and wanted in whole):
        return 1.0
    parts = [folded(word) for word in _words(text)]
    there = sum(part in _runs(words, len(part)) for part in parts)
    if len(parts) > 1 and there == len(parts):  # set in columns, or around something
        return 1.0
    most = max(1, len(wanted) // 4) if len(wanted) >= _LEAST_NEAR_CHARS else 0
    near = any(_distance(wanted, run) <= most for run in _near_runs(words, len(wanted), most))
    if near or there * 2 >= len(parts) > 1:
        return 0.5
    return 0.0


def closest_line(text: str, lines: Sequence[str]) -> str:
    """The line that looks most like the text; "" where there is none."""
    wanted = folded(text)
    return min(lines, key=lambda line: _distance(wanted, folded(line)[:200]), default="")


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text))


def _runs(words: Sequence[str], length: int) -> set[str]:
    """Words that follow one another, written together, of exactly that length."""
    return set(_near_runs(words, length, 0))


def _near_runs(words: Sequence[str], length: int, most: int) -> Iterator[str]:
    for start in range(len(words)):
        run = ""
        for word in words[start:]:
            run += word
            if len(run) > length + most:
                break
            if len(run) >= length - most:
                yield run
    whole = "".join(words)
    if _UNSPACED.search(whole):
        for start in range(max(1, len(whole) - length + 1)):
            yield whole[start : start + length]


def _distance(first: str, second: str) -> int:
    """Letters to change, add, leave out or swap with the next (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
