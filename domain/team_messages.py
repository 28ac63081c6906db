"""Messages of a chat workspace that are searched for one job, and what is kept of them.

What a chat platform's search gives may be used for the one answer and not stored, so the texts live
in the process that asked alone. Kept are addresses, which only its readers can open, and what was
made of the texts: a few common words on how a thing looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

from domain.requests import Job

SEARCHED: Final = frozenset({"slack"})
"""The surfaces of the platforms that let apps search messages for a person."""
MESSAGES_FOUND: Final = "messages_found"
"""The event of a job with the addresses of messages that say how something looks; it is shown on
the platform alone, and in no export."""
TOKENS_KEPT: Final = timedelta(minutes=15)
"""How long a token is kept for a job that waits; the platforms' own end soon too."""

TOLD: Final = "(as the team describes it)"
"""Marks a line of a prompt that was made of messages."""


def without_told(prompt: str) -> str:
    """A prompt without the lines that were made of messages, for readers outside the team."""
    return "\n".join(line for line in prompt.split("\n") if TOLD not in line)


@dataclass(frozen=True, slots=True)
class TeamMessage:
    """A message that was found; ``text`` is never stored or logged."""

    text: str = field(repr=False)
    address: str


@dataclass(frozen=True, slots=True)
class MessagesFound:
    """The outcome of a search; ``problem`` is the sentence that says why there was none, and empty
    where the search is off too."""

    messages: tuple[TeamMessage, ...] = field(default=(), repr=False)
    problem: str = ""


class MessageSearch(Protocol):
    """Searches the messages of the workspace that a job came from, with its requester's rights."""

    async def search(self, job: Job, queries: Sequence[str]) -> MessagesFound:
        """The messages that every reader of the job's result may read, best first. What the
        platform refuses is a problem, never an error. Raises ``StorageUnavailable``."""
        ...

    async def finish(self, job: Job) -> None:
        """Forget what a job's searches needed; twice is once. Raises ``StorageUnavailable``."""
        ...


class SearchTokens(Protocol):
    """The tokens with which a platform lets messages be searched for one job; each is kept for
    minutes."""

    async def keep(self, workspace_id: str, job_id: str, token: str) -> None:
        """Keep a job's token in the place of an earlier one. Raises ``StorageUnavailable``."""
        ...

    async def get(self, workspace_id: str, job_id: str) -> str | None:
        """The token; None where there is none, or none any more. Raises ``StorageUnavailable``."""
        ...

    async def forget(self, workspace_id: str, job_id: str) -> None:
        """Delete a job's token, if there is one. Raises ``StorageUnavailable``."""
        ...

    async def sweep(self) -> int:
        """Delete the tokens that are too old; gives how many there were. Raises
        ``StorageUnavailable``."""
        ...
