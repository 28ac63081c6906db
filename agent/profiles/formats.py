"""Formats of results for an agent: templates as data, filled in here.

The templates of a released agent equal those that it was trained with, byte for byte. The values
filled in are untrusted: callers must have made them harmless and one line each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a result; it is left out where the field ``needs`` is empty."""

    text: str
    needs: str = ""

    def written(self, fields: Fields) -> list[str]:
        """The line, or nothing."""
        if self.needs and not fields[self.needs]:
            return []
        return [self.text.format_map(fields)]


@dataclass(frozen=True, slots=True)
class ListFormat:
    """A block of results: the ``head``, the hits, the ``tail``.

    ``head``, ``nothing`` (in place of the hits) and ``failed`` know ``{query}``, ``failed`` also
    ``{why}``; ``plain`` is a query without quotation marks. A hit's lines know its fields and
    ``{n}``, its number from 1. ``failed_alone`` replaces the whole block.
    """

    head: str
    hit: tuple[Line, ...]
    tail: str = ""
    nothing: str = ""
    failed: str = ""
    failed_alone: bool = False
    between_hits: str = "\n"

    def written(self, query: str, hits: Sequence[Fields], *, why: str = "") -> str:
        """The block for a query; ``why`` is the reason where nothing could be found."""
        about: Fields = {"query": query, "plain": _without_quotes(query), "why": why}
        if not hits and why and self.failed and self.failed_alone:
            return self.failed.format_map(about)
        body = self.between_hits.join(
            "\n".join(text for line in self.hit for text in line.written({**fields, "n": n}))
            for n, fields in enumerate(hits, 1)
        )
        if not hits:
            body = (self.failed if why and self.failed else self.nothing).format_map(about)
        parts = (self.head.format_map(about), body, self.tail)
        return "\n".join(part for part in parts if part)


def _without_quotes(query: str) -> str:
    return query.replace('"', "").replace("'", "")
