"""Undo the ways in which people disguise words before the rules read them.

A text becomes one or more *readings*: lists of words, folded for case, width, diacritics and
look-alike letters. The first reading is the text as it stands; the others undo digits for letters,
letters set apart, stretched words and masked letters. Rules look at each reading.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

MAX_CHARS = 20_000
"""Longer texts are judged by their first and last characters, so that the cost stays bounded."""

_FORMAT = {"Cf", "Cc", "Cs", "Co"}
# Vowel signs of Indic and Thai letters belong to their words, though they are no "word characters".
_SIGNS = r"\w\u0900-\u0963\u0971-\u0d7f\u0e31-\u0e4e"
_WORD = re.compile(rf"[{_SIGNS}]+(?:['’][{_SIGNS}]+)*")
# A lone letter, digit or letter-like sign, as in "n u d e" and "n.u.d.e".
_SPELLED = re.compile(r"(?<!\w)\w(?:[\s.·•_*\-|/\\,~+=:;'’]+\w){2,}(?!\w)")
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b",
                       "@": "a", "$": "s", "€": "e", "!": "i", "|": "i", "+": "t"})  # fmt: skip
_LEET_L = str.maketrans({"1": "l", "|": "l", "!": "l"})
_LEET_WORD = re.compile(r"[\w@$€!|+]*[^\W\d_][\w@$€!|+]*")
# Letters that look like Latin ones, from Unicode's confusables.txt (UTS #39), after casefolding.
_LOOKALIKES = str.maketrans(
    "аеёорсухікјѕԁһӏгптмѵωνταοειυκρχϲյոցհսքօ",
    "aeeopcyxikjsdhlrntmvwvtaoeiukpxcjnghsqo",
)
_STRETCHED = re.compile(r"(\w)\1{2,}")
# Combining marks carry vowels in these scripts and must stay.
_KEEPS_MARKS = re.compile(r"[\u0900-\u0dff\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff]")


def fold(text: str) -> str:
    """The text in lower case, without width variants, diacritics, invisible characters."""
    if len(text) > MAX_CHARS:
        text = f"{text[: MAX_CHARS // 2]} {text[-MAX_CHARS // 2 :]}"
    folded: list[str] = []
    for char in unicodedata.normalize("NFKD", text).casefold():
        category = unicodedata.category(char)
        if category in _FORMAT:
            # Line breaks separate words, invisible characters do not.
            folded.append(" " if char.isspace() else "")
        elif category == "Mn" and not _KEEPS_MARKS.match(char):
            continue
        else:
            folded.append(char)
    plain = unicodedata.normalize("NFC", "".join(folded)).replace("ß", "ss")
    return re.sub(r"\s+", " ", plain).strip()


def get_readings(text: str) -> tuple[tuple[str, ...], ...]:
    """The word lists that the rules look at, without repeats; the plain one comes first."""
    plain = fold(text)
    latin = _undo_lookalikes(plain)
    spelled = _SPELLED.sub(_join_letters, latin)
    candidates = (
        plain,
        latin,
        spelled,
        _LEET_WORD.sub(lambda m: _undo_leet(m[0]), spelled),
        _LEET_WORD.sub(lambda m: _undo_leet(m[0].translate(_LEET_L)), spelled),
    )
    readings = [get_words(candidate) for candidate in dict.fromkeys(candidates)]
    stretched = [
        tuple(_STRETCHED.sub(replacement, word) for word in words)
        for words in readings
        for replacement in (r"\1", r"\1\1")
    ]
    return tuple(dict.fromkeys((*readings, *stretched)))


def get_words(folded: str) -> tuple[str, ...]:
    """The words of a folded text, in order; scripts without blanks give one word a run."""
    return tuple(_WORD.findall(folded))


def get_phrases(words: Sequence[str], longest: int) -> Iterable[tuple[int, int, str]]:
    """Every run of at most ``longest`` words as ``(start, end, words joined by blanks)``."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + longest, len(words)) + 1):
            yield start, end, " ".join(words[start:end])


def _join_letters(spelled: re.Match[str]) -> str:
    return re.sub(r"[^\w]|_", "", spelled[0])


def _undo_leet(word: str) -> str:
    """Digits and signs as letters, where they stand inside a word; plain numbers stay."""
    letters = sum(char.isalpha() for char in word)
    if not letters or word.isalpha() or re.fullmatch(r"\d+[^\W\d_]{1,4}", word):
        return word  # "12yo" and "16th" are ages and ordinals, not words
    return word.translate(_LEET)


def _undo_lookalikes(folded: str) -> str:
    """Look-alike letters as Latin ones in words that mix scripts, or that hold nothing else while
    the rest of the text is Latin."""
    latin_words = len(re.findall(r"[a-z]{2,}", folded))

    def undo(word: re.Match[str]) -> str:
        found = word[0]
        plain = found.translate(_LOOKALIKES)
        mixed = re.search(r"[a-z]", found) and not found.isascii()
        disguised = latin_words >= 2 and plain.isascii()
        return plain if mixed or disguised else found

    return _WORD.sub(undo, folded)
