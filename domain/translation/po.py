"""Reads catalogues as translators' tools write them, `.po` files.

Babel writes and checks them; here they are read where they are needed, because Babel takes a
quarter of a second to be imported, and nothing has to be compiled before a wheel is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_LINE = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d+)\])?\s+)?"(.*)"\s*')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(slots=True)
class Entry:
    """A sentence and its translations: one, or one for each plural form."""

    context: str | None = None
    one: str | None = None
    many: str | None = None
    translations: dict[int, str] = field(default_factory=dict[int, str])
    fuzzy: bool = False


def read_entries(text: str) -> Iterator[Entry]:
    """The entries in their order, the header first (its ``one`` is empty); obsolete ones are
    left out."""
    entry, keyword, form = Entry(), "", 0
    for line in text.splitlines():
        if line.startswith("#"):
            if entry.translations:
                yield entry
                entry = Entry()
            entry.fuzzy = entry.fuzzy or (line.startswith("#,") and "fuzzy" in line)
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        if match[1]:
            if match[1] in ("msgctxt", "msgid") and entry.translations:
                yield entry
                entry = Entry()
            keyword, form = match[1], int(match[2] or 0)
        _add(entry, keyword, form, _ESCAPE.sub(_unescaped, match[3]))
    if entry.translations:
        yield entry


def _add(entry: Entry, keyword: str, form: int, text: str) -> None:
    match keyword:
        case "msgctxt":
            entry.context = (entry.context or "") + text
        case "msgid":
            entry.one = (entry.one or "") + text
        case "msgid_plural":
            entry.many = (entry.many or "") + text
        case _:
            entry.translations[form] = entry.translations.get(form, "") + text


def _unescaped(match: re.Match[str]) -> str:
    return _ESCAPED.get(match[1], match[1])
