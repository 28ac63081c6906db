"""Chooses the research agent of a job: that of the settings, or a trained checkpoint."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from agent.ports import Notebook, Researcher, StepRunner, TranscriptKeeper
from agent.profiles.registry import PROFILES
from agent.research.search_gate import SearchGate
from agent.research.tools import SearchTools
from agent.sandbox.picture_decoder import DecodingPool
from app import models
from app.settings import Settings
from domain.errors import StorageUnavailable
from domain.requests import Job
from domain.research import Research
from domain.training import AgentCheckpoint, CheckpointState, CheckpointStore
from generation.registry import Renderers
from jobs.common.ports import BlobStore

log = structlog.get_logger(__name__)

STEP = "agent-checkpoint"
CHANGE = "agent-checkpoints"
"""The change of a run's steps by which a job keeps the agent that it began with."""
KNOWN_S = 15.0
"""How long a process uses what it last read."""
OWN = ""


@dataclass
class _Read:
    at: float
    found: Sequence[AgentCheckpoint]


class RoutedResearcher:
    """Gives each job to the agent that serves, and a share of them to the canary.

    A job keeps the agent that it began with, even if another is promoted or rolled back meanwhile:
    results are written in the dialect of that agent.
    """

    def __init__(
        self,
        own: Researcher,
        checkpoints: CheckpointStore,
        build: Callable[[AgentCheckpoint], Researcher],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``own`` is the agent of the settings; ``build`` makes that of a checkpoint."""
        self._own = own
        self._checkpoints = checkpoints
        self._build = build
        self._clock = clock
        self._read: _Read | None = None
        self._built: dict[tuple[str, tuple[str, ...], str], Researcher] = {}

    async def research(self, job: Job, *, steps: StepRunner, notebook: Notebook) -> Research:
        """Research a job with its agent."""
        agent = await self._agent(job, steps)
        return await agent.research(job, steps=steps, notebook=notebook)

    async def _agent(self, job: Job, steps: StepRunner) -> Researcher:
        known = await self._known()
        # Rows are never removed, so that without any no history can hold the step.
        if not known:
            return self._own
        if not any(c.state.is_active for c in known) and not await steps.is_recorded(STEP):
            return self._own
        if not await steps.is_patched(CHANGE):
            return self._own  # the run began before there were any

        async def choose() -> str:
            return chosen(job.id, known)

        name = await steps.run(STEP, choose, str)
        checkpoint = next((each for each in known if each.id == name), None)
        if checkpoint is None:
            return self._own
        key = (checkpoint.id, checkpoint.base_urls, checkpoint.model)
        if key not in self._built:
            self._built[key] = self._build(checkpoint)
        return self._built[key]

    async def _known(self) -> Sequence[AgentCheckpoint]:
        if self._read is None or self._clock() - self._read.at > KNOWN_S:
            try:
                self._read = _Read(self._clock(), await self._checkpoints.all())
            except StorageUnavailable as error:
                if self._read is None:
                    raise
                log.warning("checkpoints_not_read", error=str(error))
        return self._read.found


def chosen(job_id: str, known: Sequence[AgentCheckpoint]) -> str:
    """The id of the checkpoint for a job, "" for the agent of the settings. The same job falls into
    the canary's share whenever it is asked."""
    canary = next((each for each in known if each.state is CheckpointState.CANARY), None)
    if canary is not None and share_of(job_id) < canary.share:
        return canary.id
    serving = next((each for each in known if each.state is CheckpointState.SERVED), None)
    return serving.id if serving is not None else OWN


def share_of(job_id: str) -> float:
    """A job's position between 0 and 1, evenly spread."""
    digest = hashlib.sha256(f"canary\0{job_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


@dataclass(frozen=True, slots=True)
class ModelParts:
    """The parts that research agents are made with; ``stack`` closes their connections."""

    stack: AsyncExitStack
    decoder: DecodingPool
    blobs: BlobStore
    tools_for: Callable[[Job], SearchTools]
    renderer: Renderers
    gate: SearchGate
    keeper: TranscriptKeeper


def routed(settings: Settings, parts: ModelParts, checkpoints: CheckpointStore) -> Researcher:
    """The agent of the settings, and beside it the trained ones as they are promoted."""
    given = (parts.stack, parts.decoder, parts.blobs, parts.tools_for, parts.renderer, parts.gate)

    def build(checkpoint: AgentCheckpoint) -> Researcher:
        profile = checkpoint.profile if checkpoint.profile in PROFILES else settings.agent_profile
        changed = settings.model_copy(
            update={
                "model_base_url": checkpoint.base_urls,
                "model_name": checkpoint.model,
                "agent_profile": profile,
            }
        )
        return models.model_researcher(changed, *given, parts.keeper, checkpoint=checkpoint.id)

    own = models.researcher(settings, *given, parts.keeper)
    return RoutedResearcher(own, checkpoints, build)
