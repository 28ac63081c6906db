"""Keeps conversations with the research model to train agents with, where all its members
agreed."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from agent.ports import Message, Transcript
from domain.errors import NotFound, StorageUnavailable
from domain.personal_data import PersonalData
from domain.requests import Job
from domain.stores import Store, UnitOfWork
from domain.team import Scope
from domain.training import TrainingTurn, Trajectory, may_train
from jobs.common.ports import BlobStore

log = structlog.get_logger(__name__)


class KeptTranscripts:
    """Keeps what may be trained with; personal data are replaced before anything is written.

    Jobs with pictures that people brought along, and those for their requester alone, are never
    kept.
    """

    def __init__(self, store: Store, blobs: BlobStore) -> None:
        self._store = store
        self._blobs = blobs

    async def keep(self, job: Job, transcript: Transcript) -> None:
        """Keep a job's conversation, or nothing where a member did not agree."""
        if job.request.routing.private or job.request.attachments:
            return
        try:
            async with self._store.workspace(job.workspace_id, read_only=True) as unit:
                if not await agreed(unit, job):
                    return
            for message in transcript.messages:
                for image in message.images:
                    if image:
                        await self._blobs.put(job.workspace_id, image)
            trajectory = trajectory_of(job, transcript)
            async with self._store.workspace(job.workspace_id) as unit:
                if await agreed(unit, job):  # no member withdrew meanwhile
                    await unit.trajectories.keep(trajectory)
        except (StorageUnavailable, NotFound) as error:
            log.warning("trajectory_not_kept", job_id=job.id, error=str(error))


async def agreed(unit: UnitOfWork, job: Job) -> bool:
    """Whether workspace, channel and requester let a job's conversation be kept."""
    request = job.request
    workspace, channel, member = await unit.preferences.get_each(
        [
            (Scope.WORKSPACE, ""),
            (Scope.CHANNEL, request.routing.destination.channel),
            (Scope.MEMBER, request.origin.member_id),
        ]
    )
    return may_train(workspace, channel, member)


def trajectory_of(job: Job, transcript: Transcript) -> Trajectory:
    """The conversation as it is kept, with stand-ins for personal data."""
    personal = PersonalData()
    return Trajectory(
        job_id=job.id,
        member_id=job.request.origin.member_id,
        created_at=job.created_at,
        turns=tuple(_turn(message, personal) for message in transcript.messages),
        agent=transcript.agent,
        answered=transcript.answered,
        trimmed=transcript.trimmed,
        tokens=transcript.tokens,
        cost_usd=round(transcript.cost_usd, 6),
    )


def _turn(message: Message, personal: PersonalData) -> TrainingTurn:
    text = message.text if message.role == "system" else personal.replace_in(message.text)
    hashes = tuple(hashlib.sha256(image).hexdigest() for image in message.images if image)
    return TrainingTurn(message.role, text, hashes)


def expiry(store: Store, *, days: float) -> Callable[[], Awaitable[object]]:
    """Removes what was kept for longer than so many days."""
    return partial(_expire, store, timedelta(days=days))


async def _expire(store: Store, age: timedelta) -> int:
    return await store.operations.expire_trajectories(before=datetime.now(UTC) - age)
