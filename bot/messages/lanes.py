"""The priority of calls that wait for a platform's rate limit."""

from __future__ import annotations

from enum import IntEnum


class Lane(IntEnum):
    """The purpose of a call; the smaller number goes first."""

    ANSWER = 0
    """A user is waiting at the screen: forms, answers to commands and button presses."""
    RESULT = 1
    ERROR = 2
    PROGRESS = 3
    """Progress; the next change makes it needless, so it is left out where other calls would have
    to wait for it."""
