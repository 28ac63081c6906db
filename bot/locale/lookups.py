"""Where people look up the ids of what they name, in each surface's own commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.errors import NotFound

_WHERE: Final[Mapping[str, tuple[str, str, str]]] = {
    "discord": (
        "/job history lists your jobs.",
        "/library list shows the library.",
        "/news list shows the schedules.",
    ),
    "slack": (
        "Your jobs are on Limner's Home tab.",
        "/illustrate library shows the library.",
        "/illustrate news shows the schedules.",
    ),
    "terminal": (
        "`limner jobs` lists your jobs.",
        "`limner library list` shows the library.",
        "`limner news list` shows the schedules.",
    ),
}
"""For each surface: where jobs and pictures, library items, and schedules are listed."""
_LIBRARY: Final = frozenset({"library item"})
_NEWS: Final = frozenset({"schedule", "draft", "story", "slot", "notice"})
_KINDS: Final[Mapping[str, str]] = {"illustration": "picture", "slot": "post"}
"""What people call a kind, where its name in the code is another."""


def not_found_sentence(error: NotFound, surface: str) -> str:
    """The sentence for an id that names nothing, and where to look on a surface (``discord``,
    ``slack`` or ``terminal``; any other gets no hint)."""
    kind = _KINDS.get(error.kind, error.kind)
    said = f"There is no {kind} {error.identifier[:60]!r} here."
    if surface not in _WHERE:
        return said
    jobs, library, news = _WHERE[surface]
    hint = library if error.kind in _LIBRARY else news if error.kind in _NEWS else jobs
    return f"{said} {hint}"
