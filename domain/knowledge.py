"""What a generator knows of a kind of subject."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownKind:
    """What comparisons of pictures with and without research showed of a generator and a kind of
    subject: in ``known`` of ``comparisons`` the picture without research was as good."""

    comparisons: int
    known: int
