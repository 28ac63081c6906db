"""Untrusted text made safe to show: one line, no control characters, never too long."""

from __future__ import annotations

import unicodedata
from functools import partial

from domain.hosts import host_of
from domain.translation.messages import Translatable

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MARK_BRACKETS = "⦗⦘"
"""They stand around marks (:mod:`bot.marks`), which only cards of ours may hold."""
_JOINERS = "\u200c\u200d"
"""Persian and Indic words and many emoji need them; alone they steer nothing."""


def plain(text: object, *, most: int = 500) -> str:
    """One line without control and direction characters, at most ``most`` characters; a
    translatable text stays so."""
    if isinstance(text, Translatable):
        return text.then(partial(plain, most=most))
    line = " ".join(str(text).split())
    unsafe = {ord(c): None for c in set(line) if not _safe(c)}
    return shortened(line.translate(unsafe) if unsafe else line, most=most)


def cited(title: str, address: str, *, most: int = 120) -> str:
    """An untrusted title, with the host of its page; where both are too long the title is
    shortened, never the host."""
    host = plain(host_of(address))
    if not host:
        return plain(title, most=most)
    return f"{plain(title, most=most - len(host) - 3)} · {host}"


def shortened(text: str, *, most: int) -> str:
    """The text, or its beginning up to the end of a word and an ellipsis."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    word_end = cut.rfind(" ")
    return cut[: word_end if word_end > most // 2 else None].rstrip() + "…"


def _safe(character: str) -> bool:
    if character in _MARK_BRACKETS:
        return False
    return character in _JOINERS or unicodedata.category(character) not in _UNSAFE
