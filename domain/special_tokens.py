"""Special tokens of chat templates in untrusted text, made harmless for any model.

A tokenizer turns ``<|im_start|>`` or ``[INST]`` into one token wherever it stands, so a page that
holds them could open a chat role. There is one list of such tokens per model family and the lists
grow, so the shapes are broken instead: every angle or square bracket that could begin a special
token is replaced by a look-alike that no normalization form turns back. Ordinary text stays as it
is ("a < b", "[1]"), a person still reads ``‹|im_start|›``, and every character keeps its place, so
that offsets hold.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_HARMLESS = {"<": "‹", ">": "›", "[": "⟦", "]": "⟧", "&": "＆", "|": "¦"}
_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Cs", "Me", "Mn"})
"""Categories of what a normalizer may remove, such as a zero-width space or an accent."""
_HANGUL_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters by category, invisible all the same."""
_STRUCK_OUT = {"≮": "<", "≯": ">"}
"""Brackets once their marks are stripped, though NFKC leaves them whole."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")

_SHAPE = re.compile(
    r"""
    # <|im_start|>, <s>, </think>, <<SYS>>, <start_of_turn>; not: "a < b", "<3", "<=", "<-"
    <(?=[^\s\d=.,;:)\-]|$|[\d=.,;:)\-][^\s<>]{0,60}>)(?=(?:[^\s<>]{1,100}(>+))?)
    # the end of one: |>
    | (?<=\|)>
    # [INST], [/INST], [gMASK], [TOOL_CALLS], [control_8], [|user|]; not: "[1]", "[see below]"
    | \[(?=/?(?:
            \|[^\s\[\]]{1,60}\| | [a-z]{0,2}[A-Z][A-Z\d_\-]{1,60} | [a-z]{2,30}_\d+ | multimodal
        )(\]))
    # MiniMax: ]~b], ]~!b[, [e~[, ]!p~[, ]<]image[>[
    | [\[\]](?=[~!a-z]{0,4}~[~!a-z]{0,4}[\[\]] | [<>][\[\]])
    # Falcon: >>QUESTION<<
    | >(?=>[A-Z]{3,30}<)
    # DeepSeek, with fullwidth bars alone: |DSML|
    | (?<![<‹])\|(?=[\w/▁:.-]{1,40}\|)
    # what a later stage may resolve: &lt;|im_start|&gt;
    | &(?=(?:amp;)*(?i:
            lt | gt | [lr]sqb | [lr]brack | vert | verbar | verticalline
            | \#0*(?:60|62|91|93|124) | \#x0*(?:3c|3e|5b|5d|7c)
        );)
    """,
    re.VERBOSE,
)


def break_special_tokens(text: str, *, keep: re.Pattern[str] | None = None) -> str:
    """The text with every bracket replaced that could begin a special token of a chat template.

    The result has the same length, and breaking it again changes nothing. ``keep`` matches tags
    that are left as they are, from their first bracket on: the caller's own framing.
    """
    seen, places = text, None
    if not text.isascii() or _CONTROL.search(text):
        kept = [(n, plain) for n, c in enumerate(text) if (plain := _seen(c))]
        seen, places = "".join(plain for _n, plain in kept), [n for n, _plain in kept]
    broken: list[str] | None = None
    for match in _SHAPE.finditer(seen):
        first = match.start()
        if keep is not None and keep.match(seen, first):
            continue
        if seen[first] == "|" and text[places[first] if places else first] == "|":
            continue  # a table's
        broken = list(text) if broken is None else broken
        for at in (first, *range(*match.span(1)), *range(*match.span(2))):
            if at >= 0:
                broken[places[at] if places else at] = _HARMLESS[seen[at]]
    return text if broken is None else "".join(broken)


@lru_cache(maxsize=8192)
def _seen(character: str) -> str:
    """The possible results of a normalizer for a character: nothing, its compatibility form where
    that is a single one, or the character itself."""
    if character in _STRUCK_OUT:
        return _STRUCK_OUT[character]
    hidden = unicodedata.category(character) in _INVISIBLE and not character.isspace()
    if hidden or character in _HANGUL_FILLERS:
        return ""
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character
