"""Which of the calls that wait for a platform's pace goes first."""

from __future__ import annotations

from enum import IntEnum


class Lane(IntEnum):
    """What a call is for; the smaller number goes first."""

    ANSWER = 0
    """Somebody looks at the screen and waits: forms, answers to commands and presses."""
    RESULT = 1
    ERROR = 2
    PROGRESS = 3
    """How something goes on; the next change makes it needless, so it is left out where anything
    else would have to wait for it."""
