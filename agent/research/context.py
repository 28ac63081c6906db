"""Shortens a conversation that is longer than the model reads: old pictures, then old results.

What the model itself said stays, and so do the ids and titles of pictures that it may choose.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.ports import Message

_RESULT = re.compile(r"(<tool_response>\n)(.*)(\n</tool_response>)\Z", re.DOTALL)
_PICTURE_LINE = re.compile(r"^IMG_\d{3,4}: title: .*$", re.MULTILINE)
CUT = " …"


@dataclass(frozen=True, slots=True)
class _Level:
    """What is left of results: ``images`` is how many of the latest results with pictures keep
    them, ``old`` and ``last`` are the most characters of an old result and of the last one."""

    images: int
    old: int | None
    last: int | None
    keeps_request: bool = True
    """Whether the pictures that came with the request stay."""


_LEVELS = (
    _Level(images=1, old=None, last=None),
    _Level(images=1, old=2_000, last=None),
    _Level(images=0, old=800, last=6_000),
    _Level(images=0, old=200, last=2_000),
    _Level(images=0, old=80, last=600, keeps_request=False),
)
MOST = len(_LEVELS)
"""How far a conversation can be shortened."""


def shortened(messages: Sequence[Message], level: int) -> Sequence[Message]:
    """The messages, shortened as far as ``level`` says, from 0 (not at all) to ``MOST``."""
    if level <= 0:
        return messages
    rule = _LEVELS[min(level, MOST) - 1]
    results = [n for n, message in enumerate(messages) if _RESULT.search(message.text)]
    pictured = [n for n in results if messages[n].images]
    with_images = set(pictured[len(pictured) - rule.images :]) if rule.images else set[int]()
    last = results[-1] if results else -1
    made: list[Message] = []
    for number, message in enumerate(messages):
        if number in results:
            most = rule.last if number == last else rule.old
            images = message.images if number in with_images else ()
            made.append(replace(message, text=_cut(message.text, most), images=images))
        elif message.images and not rule.keeps_request:
            made.append(replace(message, images=()))
        else:
            made.append(message)
    return made


def _cut(text: str, most: int | None) -> str:
    """A result with at most so many characters, and with the names of all its pictures."""
    match = _RESULT.search(text)
    if match is None or most is None or len(match[2]) <= most:
        return text
    pictures = _PICTURE_LINE.findall(match[2])
    body = "\n".join(line[:120] for line in pictures) if pictures else match[2][:most]
    return f"{text[: match.start()]}{match[1]}{body}{CUT}{match[3]}"
