"""A generator's knowledge of a kind of subject."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownKind:
    """The result of comparing pictures with and without research, for a generator and a kind of
    subject: in ``known`` of ``comparisons`` the picture without research was as good."""

    comparisons: int
    known: int
