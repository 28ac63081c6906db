"""Files that people attach: which of them are pictures, and the refusal of the others."""

from __future__ import annotations

from collections.abc import Sequence

from bot.locale.talk import talk_phrase
from bot.text import plain
from domain.errors import InvalidRequest

Files = Sequence[tuple[str, bool]]
"""Attached files: their names, and whether they say that they are pictures."""


def counted(files: Files) -> tuple[int, tuple[str, ...]]:
    """The number of attached pictures, and the names of the other files."""
    return sum(is_picture for _name, is_picture in files), tuple(
        name for name, is_picture in files if not is_picture
    )


def check_usable(unusable: Sequence[str], language: str | None) -> None:
    """See that no attached file is anything but a picture, by the names of those that are. Raises
    ``InvalidRequest``, which names the first."""
    if unusable:
        sentence = talk_phrase("file", language, file=plain(unusable[0], most=100))
        raise InvalidRequest(sentence, field="reference")
