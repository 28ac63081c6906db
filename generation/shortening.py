"""Prompts that are longer than their generator reads, shortened by what their sentences mean.

Whole sentences go, the least important first. What the requester wants written, what must not be
there, and the first sentence, which says what is shown, go last.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.ordinals import spoken_of
from domain.sentences import sentences
from generation.prompt_reading import PromptReader

_EXCLUSION: Final = re.compile(
    r"\b(?:no|not|never|without|avoid\w*|exclud\w+|omit\w*|cannot|\w+n['’]t|instead of|rather than"
    r"|ohne|nicht|nie|kein\w*|sans|pas|jamais|aucun\w*|sin|ning[uú]n\w*|nunca|evit\w+|non|senza"
    r"|nessun\w*|mai|sem|nenhum\w*|não|zonder|geen|niet|bez|nie|без|не|нет|никак\w+)\b"
    r"|不|没|沒|無|无|勿|なし|ない|ません|없|않|لا |بدون",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(
    r"[“„«»‹「『\"]([^“”„«»‹›「」『』\"\n]{1,80})[“”«»›」』\"]|(?<!\w)['‘‚]([^'‘’\n]{1,80})['’](?!\w)"
)
_WORD: Final = re.compile(r"\w+")
_IDEOGRAPHS: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}")
_MIN_WORD: Final = 4
_FIRST, _REQUIRED, _USED, _ASKED, _CITED, _DETAIL = range(5, -1, -1)
_ROOM_FOR_FIRST: Final = 1 / 3
"""Share of the limit that the first sentence keeps when it must be shortened itself."""


@dataclass(frozen=True, slots=True)
class Importance:
    """What makes a sentence of a prompt important: the request's own words, the subjects of its
    references, and the passages or claims that it rests on."""

    request: str = ""
    subjects: Sequence[str] = ()
    cited: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Shortened:
    """A prompt that is read whole; ``left_out`` are the sentences that are missing, in their
    order, the last one only the end of a sentence where ``is_cut``."""

    text: str
    left_out: tuple[str, ...] = ()
    is_cut: bool = False


def shortened(text: str, reader: PromptReader, importance: Importance = Importance()) -> Shortened:
    """The prompt as long as its generator reads.

    Of sentences that are equally important the last goes first. Only where those that must stay
    are too long together is one of them shortened itself, at a word.
    """
    if reader.fits(text):
        return Shortened(text)
    parts = [(s.start, s.start + len(s.text)) for s in sentences(text)]
    words = [text[start:end] for start, end in parts]
    ranks = _ranks(words, importance)
    gone: list[int] = []
    for number in _order(words, ranks, importance):
        if ranks[number] >= _REQUIRED:
            break
        gone.append(number)
        if reader.fits(_without(text, [parts[n] for n in gone])):
            gone = _still_gone(text, parts, gone, reader)
            left = _without(text, [parts[n] for n in gone])
            return Shortened(left, _left_out(words, gone))
    return _pressed(text, parts, [n for n, rank in enumerate(ranks) if rank >= _REQUIRED], reader)


def _still_gone(
    text: str, parts: Sequence[tuple[int, int]], gone: Sequence[int], reader: PromptReader
) -> list[int]:
    """The same sentences without those for which there is room after all, now that longer ones are
    gone; the most important comes back first."""
    left = list(gone)
    for number in reversed(gone):
        others = [n for n in left if n != number]
        if reader.fits(_without(text, [parts[n] for n in others])):
            left = others
    return left


def _pressed(
    text: str, parts: Sequence[tuple[int, int]], kept: list[int], reader: PromptReader
) -> Shortened:
    """The first sentence shortened at a word beside those that must stay, as many of those as
    leave it room."""
    words = [text[start:end] for start, end in parts] or [text]
    kept = kept or [0]
    while len(kept) > 1:
        rest = " ".join(words[n] for n in kept[1:])
        if reader.count(rest) <= reader.limit * (1 - _ROOM_FOR_FIRST):
            break
        kept = kept[:-1]
    tail = "".join(f" {words[n]}" for n in kept[1:])
    first = _fitting(words[kept[0]], tail, reader)
    gone = [n for n in range(len(words)) if n not in kept]
    end = words[kept[0]][len(first) :].strip()
    left = ((first + ("." if tail else "")) + tail).strip() if end else (first + tail).strip()
    if not reader.fits(left):  # the added full stop was one too much
        left = (first + tail).strip()
    return Shortened(left, (*_left_out(words, gone), *([end] if end else [])), is_cut=bool(end))


def _fitting(sentence: str, tail: str, reader: PromptReader) -> str:
    """The longest beginning of a sentence, to the end of a word, that is read with ``tail``."""
    if reader.fits(sentence + tail):
        return sentence
    low, high = 0, len(sentence)
    while low < high:
        middle = (low + high + 1) // 2
        fits = reader.fits(sentence[:middle] + "." + tail)
        low, high = (middle, high) if fits else (low, middle - 1)
    if low < len(sentence) and " " in sentence[:low] and not sentence[low].isspace():
        low = sentence.rindex(" ", 0, low)
    return sentence[:low].rstrip(" ,;:–—-")


def _left_out(words: Sequence[str], gone: Sequence[int]) -> tuple[str, ...]:
    return tuple(words[n] for n in sorted(gone))


def _ranks(words: Sequence[str], importance: Importance) -> list[int]:
    request = _folded(importance.request)
    subjects = [keys for subject in importance.subjects if (keys := _keys(subject))]
    cited = [keys for passage in importance.cited if (keys := _keys(passage))]
    ranks: list[int] = []
    for number, sentence in enumerate(words):
        keys = _keys(sentence)
        if number == 0:
            rank = _FIRST
        elif _is_required(sentence, request) or _EXCLUSION.search(sentence):
            rank = _REQUIRED
        elif spoken_of(sentence) or any(subject <= keys for subject in subjects):
            rank = _USED
        elif keys & _keys(importance.request):
            rank = _ASKED
        elif any(len(keys & passage) * 2 >= len(keys) for passage in cited if keys):
            rank = _CITED
        else:
            rank = _DETAIL
        ranks.append(rank)
    return ranks


def _order(words: Sequence[str], ranks: Sequence[int], importance: Importance) -> list[int]:
    """The sentences in the order in which they go. Among those that carry the request's words, one
    whose words stand in others too goes before one that alone has them."""
    asked = _keys(importance.request)
    carried = [_keys(sentence) & asked for sentence in words]
    everywhere = Counter(word for keys in carried for word in keys)
    alone = [sum(everywhere[word] == 1 for word in keys) for keys in carried]
    return sorted(range(len(words)), key=lambda n: (ranks[n], alone[n], -n))


def _is_required(sentence: str, request: str) -> bool:
    """Whether a sentence quotes what the request says too."""
    quoted = (_folded(m[1] or m[2]) for m in _QUOTED.finditer(sentence))
    return any(quote and quote in request for quote in quoted)


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _keys(text: str) -> frozenset[str]:
    """The words of a text that say something, and the pairs of signs in scripts without blanks."""
    folded = text.casefold()
    long = {word for word in _WORD.findall(folded) if len(word) >= _MIN_WORD}
    signs = {folded[n : n + 2] for n in range(len(folded)) if _IDEOGRAPHS.match(folded, n)}
    return frozenset({word for word in long if not _IDEOGRAPHS.search(word)} | signs)


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return re.sub(r"[ \t]{2,}", " ", re.sub(r"\s*\n\s*", "\n", text)).strip()
