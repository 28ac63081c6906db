"""What may be kept to train agents: whole conversations of jobs, where everybody agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.team import Preferences


@dataclass(frozen=True, slots=True)
class TrainingTurn:
    """One message as the model was sent it or wrote it; ``images`` are the SHA-256 of the pictures
    that went along, in their order."""

    role: str
    text: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trajectory:
    """The whole conversation of a job with its research model.

    ``turns`` begin with the system prompt. ``agent`` is what recipes say of the model and its
    profile. ``answered`` is whether the last turn is an answer that was taken, ``trimmed`` how far
    the conversation had to be shortened before the model could read it.
    """

    job_id: str
    member_id: str
    created_at: datetime
    turns: tuple[TrainingTurn, ...]
    agent: Mapping[str, str] = field(default_factory=dict[str, str])
    answered: bool = True
    trimmed: int = 0
    tokens: int = 0
    cost_usd: float = 0.0

    @property
    def images(self) -> tuple[str, ...]:
        """The hashes of all pictures, each once."""
        return tuple(dict.fromkeys(sha for turn in self.turns for sha in turn.images))


class TrajectoryRepository(Protocol):
    """The trajectories of one workspace."""

    async def keep(self, trajectory: Trajectory) -> None:
        """Keep a job's conversation; a second one for the same job replaces the first. Raises
        ``NotFound`` where the job does not exist here."""
        ...

    async def after(self, job_id: str = "", *, limit: int = 100) -> Sequence[Trajectory]:
        """The trajectories of jobs whose ids follow that one, in the order of their ids."""
        ...

    async def of_member(self, member_id: str) -> Sequence[Trajectory]:
        """All that were kept of a person's jobs."""
        ...

    async def forget(self, member_id: str | None = None) -> int:
        """Remove those of a person, or of everybody; gives how many there were."""
        ...


def may_train(workspace: Preferences, channel: Preferences, member: Preferences) -> bool:
    """Whether a job's conversation may be kept: the workspace agreed, and neither the channel nor
    the person said no."""
    agreed = workspace.training is True
    return agreed and channel.training is not False and member.training is not False
