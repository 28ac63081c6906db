"""Conversations kept for training: whole ones of jobs, where all its members agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
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

    async def known(self, job_ids: Sequence[str]) -> Sequence[str]:
        """Those of these jobs whose conversation is kept."""
        ...

    async def corrections(self, illustration_id: str) -> Sequence[tuple[str, str]]:
        """The edits of a picture: each one's requester and words."""
        ...

    async def forget(self, member_id: str | None = None) -> int:
        """Remove those of a person, or of all members; gives how many there were."""
        ...


def may_train(workspace: Preferences, channel: Preferences, member: Preferences) -> bool:
    """Whether a job's conversation may be kept: the workspace agreed, and neither the channel nor
    the person said no."""
    agreed = workspace.training is True
    return agreed and channel.training is not False and member.training is not False


class CheckpointState(StrEnum):
    """The stage of a trained agent."""

    CANDIDATE = "candidate"
    """Not compared yet, or the comparison was not clear."""
    LOST = "lost"
    """Worse than the agent that it was compared with; final."""
    BETTER = "better"
    """Better than the agent that it was compared with."""
    CANARY = "canary"
    """A share of jobs is given to it."""
    SERVED = "served"
    """All jobs are given to it."""
    REPLACED = "replaced"
    """It served until another one did."""
    ROLLED_BACK = "rolled_back"
    """It was taken out of use."""

    @property
    def is_active(self) -> bool:
        """Whether it gets jobs."""
        return self in (CheckpointState.CANARY, CheckpointState.SERVED)


@dataclass(frozen=True, slots=True)
class AgentComparison:
    """The comparison of two agents on the same questions: ``difference`` is the mean reward of the
    new one less that of the other, with its 95 % interval. ``against`` is the id of the other
    checkpoint, "" for the agent of the settings."""

    against: str
    difference: float
    low: float
    high: float
    pairs: int
    wins: int = 0
    losses: int = 0
    at: datetime | None = None

    @property
    def is_better(self) -> bool:
        """Whether the interval lies above 0."""
        return self.low > 0

    @property
    def is_worse(self) -> bool:
        """Whether it lies below 0."""
        return self.high < 0


@dataclass(frozen=True, slots=True)
class AgentCheckpoint:
    """A trained agent. ``id`` follows from its weights, so the same weights are the same
    checkpoint wherever they lie. ``base_urls`` and ``model`` are where it is served, ``share`` the
    part of jobs that a canary gets, from 0 to 1."""

    id: str
    folder: str
    base_urls: tuple[str, ...]
    model: str
    profile: str
    changed_at: datetime
    state: CheckpointState = CheckpointState.CANDIDATE
    share: float = 0.0
    comparison: AgentComparison | None = None
    about: Mapping[str, str] = field(default_factory=dict[str, str])
    """The data and the settings that it was trained with."""


class CheckpointStore(Protocol):
    """The trained agents of an installation; none is ever removed."""

    async def all(self) -> Sequence[AgentCheckpoint]:
        """All, in the order of their ids. Raises ``StorageUnavailable``."""
        ...

    async def save(self, *checkpoints: AgentCheckpoint) -> None:
        """Keep or change them, all or none. Raises ``StorageUnavailable``."""
        ...
