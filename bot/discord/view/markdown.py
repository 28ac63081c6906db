"""Untrusted text in Discord's markdown: shown as it is, never longer than there is room.

Discord takes a backslash before any punctuation as "this sign itself". With it no user text can
become a mention, a heading, a list, a link or a spoiler.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, urlsplit

import discord

from bot.marks import MarkKind, time_of
from bot.text import shortened

MAX_LINK_CHARS = 512
BAR = 12
_SIGNS = re.compile(
    r"[\\`*_~|\[\]<@]|:(?=/)|^[>#+-]|(?<=^\d)[.)]|(?<=^\d\d)[.)]"
    # Discord makes a card of an invite (discord.gg/…) though it has no scheme.
    r"|(?<=\w)\.(?=(?:gg|me|io|li|com/invite|new)\b)",
    re.IGNORECASE,
)
_MENTIONS = {MarkKind.MEMBER: "<@{}>", MarkKind.CHANNEL: "<#{}>", MarkKind.ROLE: "<@&{}>"}
_ADDRESS_SIGNS = "/:?#!$&+,;=-._~%"
"""Characters that an address keeps as they are; brackets and blanks would end Discord's link."""


def bar(fraction: float) -> str:
    """A progress (0 to 1), as a bar with a percentage."""
    done = min(max(fraction, 0.0), 1.0)
    full = round(done * BAR)
    return f"`{'▰' * full}{'▱' * (BAR - full)}` {round(done * 100)} %"


def length(text: str) -> int:
    """The length of a text by Discord's count: in UTF-16 units, the larger of the ways to count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escaped(text: str, *, most: int) -> str:
    """The text so that Discord shows it word for word, at most ``most`` characters with all signs;
    a longer one is cut at the end of a word and ends with an ellipsis."""
    return fitted(text, most=most, dress=_with_signs)


def fitted(text: str, *, most: int, dress: Callable[[str], str] = str) -> str:
    """The dressed text, or of its beginning up to the end of a word as much as fits."""
    if length(text) <= most and length(whole := dress(text)) <= most:
        return whole
    least, top = 1, min(len(text), most)
    while least < top:
        middle = (least + top + 1) // 2
        if length(dress(shortened(text, most=middle))) <= most:
            least = middle
        else:
            top = middle - 1
    beginning = dress(shortened(text, most=least))
    return beginning if length(beginning) <= most else "…"


def mark_shown(kind: MarkKind, value: str) -> str:
    """A mark as Discord's clients show it: a time in the reader's zone, an id as its name."""
    if kind is MarkKind.TIME:
        return discord.utils.format_dt(time_of(value), "f")
    if not value.isdecimal():  # of another platform
        return escaped(value, most=100)
    return _MENTIONS[kind].format(value)


def linked(title: str, address: str | None, *, most: int) -> str:
    """The title, as a link where there is an address of the web that fits."""
    target = _target(address) if address else None
    if target is None or length(target) > min(MAX_LINK_CHARS, most // 2):
        return escaped(title, most=most)
    frame = f"[]({target})"
    return f"[{escaped(title or target, most=most - length(frame))}]({target})"


def lines(texts: Iterable[str], *, most: int) -> str:
    """Lines below one another, as many as fit; the last says how many do not."""
    kept: list[str] = []
    left = most
    waiting = list(texts)
    for number, text in enumerate(waiting):
        rest = f"-# … (+{len(waiting) - number})"
        after = left - length(text) - 1
        if after < (0 if number == len(waiting) - 1 else length(rest) + 1):
            kept.append(rest)
            break
        kept.append(text)
        left = after
    return "\n".join(kept)


def _with_signs(text: str) -> str:
    return _SIGNS.sub(r"\\\g<0>", text)


def _target(address: str) -> str | None:
    """The address as it can stand in a link; None for what is no address of the web."""
    address = address.strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if not address.startswith(("http://", "https://")) or not parts.netloc or "@" in parts.netloc:
        return None
    return quote(address, safe=_ADDRESS_SIGNS)
