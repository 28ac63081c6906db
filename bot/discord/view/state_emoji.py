"""The signs of a job's states: emoji of the application's own where Discord has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from domain.requests import JobStatus

FILES: Final = Path(__file__).parent / "emoji"
"""The pictures, which ``draw_emoji`` draws, as PNG of 128 × 128 pixels."""

_SIGNS: Final[Mapping[JobStatus, tuple[str, str]]] = {
    JobStatus.QUEUED: ("queued", "⏳"),
    JobStatus.RESEARCHING: ("researching", "🔎"),
    JobStatus.CHOOSING: ("choosing", "👉"),
    JobStatus.RENDERING: ("drawing", "🎨"),
    JobStatus.REVIEWING: ("checking", "👀"),
    JobStatus.DELIVERING: ("posting", "📨"),
    JobStatus.DONE: ("done", "✅"),
    JobStatus.FAILED: ("failed", "⚠️"),
    JobStatus.CANCELLED: ("stopped", "⏹️"),
}
"""The name of each state's emoji, and the character that stands for it where there is none."""
CHARACTERS: Final[Mapping[str, str]] = dict(_SIGNS.values())

StateEmoji = Mapping[str, str]
"""Emoji as they are written in a message (``<:name:id>``), by their names."""


def sign(status: JobStatus, emoji: StateEmoji) -> str:
    """The sign of a state, to be written before its sentence."""
    name, character = _SIGNS[status]
    return emoji.get(name, character)
