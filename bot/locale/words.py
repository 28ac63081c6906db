"""A name and a description of a command or an option."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A name and a description in one language."""

    name: str
    description: str
