"""Where runs are stopped while an installation is recorded: every step of every workflow, before
its work and after it. Each stop belongs to one person, whose jobs alone are stopped there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FIRST = 1001
"""The number of the first person who has a stop; a person's number is part of all their ids."""
NOBODY = 900
"""People below have no stop."""


@dataclass(frozen=True)
class Stop:
    """``phase`` is before the step's work, after it (all its effects are there, nothing is kept of
    the step itself), in the middle (a message was sent, and that is not written down), or waiting
    to try again, because the surface is out of reach."""

    workflow: str
    step: str
    phase: Literal["before", "after", "sent", "waiting"] = "before"
    surface: str = "terminal"
    """Where the person asks; ``linked`` is a channel of Discord that one of Slack shows too."""


def _both(workflow: str, *steps: str, surface: str = "terminal") -> tuple[Stop, ...]:
    return tuple(
        Stop(workflow, step, phase, surface) for step in steps for phase in ("before", "after")
    )


JOBS: tuple[Stop, ...] = (
    *_both("research", "research-begin", "hop-1", "hop-2", "hop-3", "research-keep"),
    Stop("research", "moderate"),
    Stop("research", "enqueue generation"),
    Stop("research", "hop-2", surface="discord"),
    Stop("research", "hop-2", surface="slack"),
    Stop("research", "research-keep", "after", surface="slack"),
    *_both("render", "plan", "render-0", "keep-0", "finish"),
    Stop("render", "render-1"),
    Stop("render", "keep-1", "after"),
    Stop("render", "enqueue delivery"),
    Stop("render", "render-0", "after", surface="discord"),
    Stop("render", "keep-0", surface="slack"),
    *_both("deliver", "send-0", "close"),
    *_both("deliver", "send-0", "close", surface="discord"),
    Stop("deliver", "send-0", "sent", surface="discord"),
    *_both("deliver", "send-0", "close", surface="slack"),
    Stop("deliver", "send-0", "sent", surface="slack"),
    Stop("deliver", "send", "waiting"),
    Stop("deliver", "send", "waiting", surface="discord"),
    Stop("research", "hop-2", surface="linked"),
    Stop("render", "keep-0", "after", surface="linked"),
    Stop("deliver", "send-0", "sent", surface="linked"),
)
NEWS: tuple[Stop, ...] = (
    *_both("news", "begin", "gather", "choose", "keep", "ask"),
    *_both("recheck", "read", "keep"),
    *_both("notice", "notify", surface="discord"),
    Stop("notice", "notify", surface="slack"),
    Stop("deliver", "send-0", "sent", surface="discord"),
    Stop("deliver", "send-0", surface="slack"),
)
CHATS: tuple[Stop, ...] = (*JOBS, *NEWS)
MODELS: tuple[Stop, ...] = (
    *_both("research", "moderate", "today", "turn-1", "hop-1", "turn-2", "hop-2"),
    *_both("research", "turn-3", "hop-3", "summary-3", "turn-4", "research-keep"),
    Stop("render", "check-0"),
    Stop("render", "check-0", "after"),
    Stop("render", "render-0.1"),
    Stop("render", "keep-0.1", "after"),
    Stop("render", "check-0.1", "after"),
    Stop("render", "render-0.2"),
    Stop("render", "check-0.2"),
    Stop("render", "finish"),
    *_both("research", "fail"),
    *_both("render", "fail"),
    *_both("deliver", "send-0", "close"),
)


def numbered(every: tuple[Stop, ...]) -> dict[int, Stop]:
    """Each stop by the number of the person whose it is."""
    return dict(enumerate(every, FIRST))


def is_news(number: int) -> bool:
    """Whether a person of ``CHATS`` has a schedule and requests nothing."""
    return number >= FIRST + len(JOBS)
