"""Undo the ways in which people disguise words before the rules read them.

A text becomes one or more *readings*: lists of words, folded for case, width, diacritics and
look-alike letters. The first reading is the text as it stands; the others undo digits for letters,
letters set apart, split, stretched and masked words, and prefixes that Arabic writes onto words.
Rules look at each reading.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

SHORTEST_TURNED: Final = 4
TONED: Final = re.compile("[ơưđ\u1ea0-\u1ef9]")
"""Letters by which a text with the tones of Vietnamese is known."""
MAX_RUNS: Final = 20
"""Runs of lone letters, and masked words, of one text that are looked into."""
MAX_RUN_CHARS: Final = 200
MAX_CHARS: Final = 20_000
"""Longer texts are judged by their first and last characters, so that the cost stays bounded."""

_REMOVED: Final = frozenset({"Mn", "Me", "Cf", "Cc", "Cs", "Co"})
# Vowel signs of Indic, Thai, Lao, Tibetan, Burmese and Khmer letters belong to their words, though
# they are no "word characters".
_SIGNS = (
    r"\w\u0900-\u0963\u0971-\u0df3\u0e31-\u0e4e\u0eb1-\u0ece\u0f71-\u0fbc\u102b-\u103e\u1056-\u109d"
    r"\u17b4-\u17d3"
)
_WORD = re.compile(rf"[{_SIGNS}]+")
# Lone letters, as in "n u d e" and "n.u.d.e"; more than one blank parts two words.
_LETTER = rf"[{_SIGNS}](?:[\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd]*)"
_SPELLED = re.compile(
    rf"(?<![{_SIGNS}]){_LETTER}(?:[ .·•_*\-|/\\,~+=:;'’]{_LETTER}){{2,}}(?![{_SIGNS}])"
)
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b",
                       "@": "a", "$": "s", "€": "e", "!": "i", "|": "i", "+": "t"})  # fmt: skip
_LEET_L = str.maketrans({"1": "l", "|": "l", "!": "l"})
_LEET_WORD = re.compile(r"[\w@$€!|+]*[^\W\d_][\w@$€!|+]*")
# Letters that look like Latin ones, from Unicode's confusables.txt (UTS #39), after casefolding.
_LOOKALIKES = str.maketrans(
    "аеёорсухікјѕԁһӏгптмѵωνταοειυκρχϲյոցհսքօᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɡɑɩʟǝɐɹʇʌʍ",
    "aeeopcyxikjsdhlrntmvwvtaoeiukpxcjnghsqoabcdefghijklmnoprstuvwyzgaileartvw",
)
_STRETCHED = re.compile(r"(\w)\1{2,}")
# Combining marks carry vowels in these scripts and must stay.
_KEEPS_MARKS = re.compile(r"[\u0900-\u0dff\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff]")
# Letters without a decomposition, and Arabic letters that Persian and Urdu write otherwise.
_PLAIN = str.maketrans({
    "ß": "ss", "ı": "i", "ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th",
    "ی": "ي", "ى": "ي", "ې": "ي", "ے": "ي", "ک": "ك", "ڪ": "ك", "ة": "ه", "ہ": "ه", "ۃ": "ه",
    "‘": "'", "’": "'", "ʻ": "'", "ʼ": "'", "ۀ": "ه", "ە": "ه", "ھ": "ه", "ں": "ن", "ـ": "",
})  # fmt: skip
# Enclosed letters without a decomposition: 🅝 🅽 🇳.
_ENCLOSED = {
    first + n: chr(ord("a") + n) for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)
}
# Emoji that stand for words (names of the characters in Unicode).
_EMOJI = {
    ord("👶"): " baby ", ord("🍼"): " baby ", ord("👧"): " little girl ", ord("👦"): " little boy ",
    ord("🧒"): " child ", ord("🔞"): " nsfw ", ord("🍆"): " penis ", ord("🍑"): " butt ",
    ord("💦"): " cum ", ord("👙"): " bikini ", ord("🩲"): " underpants ", ord("🩱"): " swimsuit ",
    ord("👅"): " licking lips ", ord("💋"): " kiss ", ord("😈"): " naughty ",
}  # fmt: skip
_ARABIC_PREFIX = re.compile(r"(?<!\w)[وف]?(?:[بك]?ال|لل)(?=\w{3})|(?<!\w)[وفبلك](?=\w{3})")
_ARABIC = re.compile(r"[\u0620-\u06d3]")
_MASKED = re.compile(
    r"(?<!\w)(?=[a-zа-яіїєґ*#•%]{4,})([a-zа-яіїєґ]+)([*#•%]{1,3})([a-zа-яіїєґ]*)(?!\w)"
)
_TERM_MARKS = re.compile("['’.-]")
_HYPHENS = re.compile(r"(?<=[^\W\d_])[-_.*·~^'’](?=[^\W\d_])")


def fold(text: str) -> str:
    """The text in lower case, without width variants, diacritics, invisible characters."""
    if text.isascii() and text.isalnum():  # most words of the lexicon
        return text.lower()
    return re.sub(r"\s+", " ", _fold_characters(text)).strip()


def fold_terms(terms: Sequence[str]) -> list[str]:
    """Each of these terms as the words of a reading, one blank apart; none may hold a bar."""
    if not terms:
        return []
    folded = _TERM_MARKS.sub(" ", _strip("|".join(terms)))
    return [" ".join(term.split()) for term in folded.split("|")]


def get_readings(text: str) -> tuple[tuple[str, ...], ...]:
    """The word lists that the rules look at, without repeats; the plain one comes first."""
    folded = _fold_characters(text)
    plain = re.sub(r"\s+", " ", folded).strip()
    latin = _undo_lookalikes(plain)
    spelled = _unify(_SPELLED.sub(_join_letters, folded))
    candidates = [plain, latin, spelled, _unify(_SPELLED.sub(_join_but_first, folded))]
    for candidate in tuple(dict.fromkeys((latin, spelled))):
        candidates += [
            _LEET_WORD.sub(lambda m: _undo_leet(m[0]), candidate),
            _LEET_WORD.sub(lambda m: _undo_leet(m[0].translate(_LEET_L)), candidate),
            _HYPHENS.sub("", candidate),
        ]
    if _ARABIC.search(plain):
        candidates.append(_ARABIC_PREFIX.sub("", plain))
    readings = [get_words(candidate) for candidate in dict.fromkeys(candidates)]
    stretched = [
        tuple(_STRETCHED.sub(replacement, word) for word in words)
        for words in readings[:3]
        for replacement in (r"\1", r"\1\1")
        if any(_STRETCHED.search(word) for word in words)
    ]
    return tuple(dict.fromkeys((*readings, *stretched)))


def get_words(folded: str) -> tuple[str, ...]:
    """The words of a folded text, in order; scripts without blanks give one word a run."""
    return tuple(_WORD.findall(folded))


def get_toned(text: str) -> str:
    """The words of a Vietnamese text with their tones; empty for any other text."""
    folded = unicodedata.normalize("NFC", text[:MAX_CHARS]).casefold()
    return " ".join(get_words(folded)) if TONED.search(folded) else ""


@lru_cache(maxsize=4)
def get_written(text: str) -> Mapping[str, Sequence[str]]:
    """The words of a text in lower case as they are written, by how they are without diacritics."""
    found: dict[str, list[str]] = {}
    for word in get_words(unicodedata.normalize("NFC", text[:MAX_CHARS]).casefold()):
        found.setdefault(fold(word), []).append(word)
    return found


def get_spelled(text: str) -> tuple[str, ...]:
    """The runs of lone letters in a text, each joined to one word."""
    runs = islice(_SPELLED.finditer(_fold_characters(text)), MAX_RUNS)
    return tuple(_join_letters(run)[:MAX_RUN_CHARS] for run in runs)


def get_masked(text: str) -> tuple[re.Pattern[str], ...]:
    """Patterns for words in which signs stand for letters, such as "n*ked"."""
    found = islice(_MASKED.finditer(_fold_characters(text)), MAX_RUNS)
    return tuple(re.compile(f"{m[1]}{'.' * len(m[2])}{m[3]}") for m in found)


def get_reversed(words: Sequence[str]) -> tuple[str, ...]:
    """The Latin words of a reading that may be read backwards, turned round."""
    turned = (word[::-1] for word in words if len(word) >= SHORTEST_TURNED and word.isascii())
    return tuple(word for word in turned if word != word[::-1])


def _fold_characters(text: str) -> str:
    """As :func:`fold`, with the blanks as they are."""
    if len(text) > MAX_CHARS:
        text = f"{text[: MAX_CHARS // 2]} {text[-MAX_CHARS // 2 :]}"
    if text.isascii():
        return text.lower().replace("_", " ")
    return _strip(text).replace("_", " ")


def _strip(text: str) -> str:
    """A text in lower case, without diacritics, width variants and invisible characters."""
    named = text.translate(_EMOJI).translate(_ENCLOSED)
    folded = unicodedata.normalize("NFKD", named).casefold().translate(_STRIPPED)
    return unicodedata.normalize("NFC", folded).translate(_PLAIN)


class _Stripped(dict[int, str | None]):
    """A table for ``str.translate`` without marks and invisible characters, filled when needed."""

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        category = unicodedata.category(char)
        kept: str | None = char
        if category in _REMOVED:
            if char.isspace():
                kept = " "  # line breaks part words, invisible characters do not
            elif category != "Mn" or not _KEEPS_MARKS.match(char):
                kept = None
        if code < _KEPT_BELOW:
            self[code] = kept
        return kept


_KEPT_BELOW: Final = 0xD800
"""Characters from here on are too many to keep and rarely written."""
_STRIPPED: Final = _Stripped()


def _unify(text: str) -> str:
    return _undo_lookalikes(re.sub(r"\s+", " ", text).strip())


def _join_letters(spelled: re.Match[str]) -> str:
    return re.sub(rf"[^{_SIGNS}]|_", "", spelled[0])


def _join_but_first(spelled: re.Match[str]) -> str:
    """As :func:`_join_letters`, but for a first letter that may be a word, as in "a n u d e"."""
    return f"{spelled[0][0]} {re.sub(rf'[^{_SIGNS}]|_', '', spelled[0][1:])}"


def _undo_leet(word: str) -> str:
    """Digits and signs as letters, where they stand inside a word; plain numbers stay."""
    if word.isalpha() or not any(map(str.isalpha, word)) or re.fullmatch(r"\d+[^\W\d_]{1,4}", word):
        return word  # "12yo" and "16th" are ages and ordinals, not words
    return word.translate(_LEET)


def _undo_lookalikes(folded: str) -> str:
    """Look-alike letters as Latin ones in words that mix scripts, or that hold nothing else while
    the rest of the text is Latin."""
    if folded.isascii():
        return folded
    latin_words = len(re.findall(r"[a-z]{2,}", folded))

    def undo(word: re.Match[str]) -> str:
        found = word[0]
        plain = found.translate(_LOOKALIKES)
        mixed = re.search(r"[a-z]", found) and not found.isascii()
        disguised = latin_words >= 2 and plain.isascii()
        return plain if mixed or disguised else found

    return _WORD.sub(undo, folded)
