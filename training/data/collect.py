"""Reads what may be trained with out of the database, job by job, with people's ratings."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, Sequence

from agent.research.subjects import read_request
from app.trajectories import agreed
from domain.errors import NotFound
from domain.illustrations import Illustration, IllustrationStatus
from domain.personal_data import PersonalData
from domain.requests import Job, JobStatus
from domain.research import Research
from domain.stores import Store, UnitOfWork
from domain.team import Scope
from domain.training import Trajectory
from training.data.candidates import Candidate, subject_names, value_of

AT_ONCE = 50
GOOD = 0.75
"""The least worth of a picture to be taken for ground truth."""
Place = tuple[str, str]
"""A workspace and a job, after which reading goes on."""


async def collect(store: Store, *, after: Place = ("", "")) -> AsyncGenerator[Candidate]:
    """Every job whose conversation is kept and may still be used, in the order of workspaces and
    jobs; a few at a time lie in memory."""
    for workspace_id in sorted(await store.operations.with_trajectories()):
        if workspace_id < after[0]:
            continue
        job_id = after[1] if workspace_id == after[0] else ""
        while True:
            found, last = await _page(store, workspace_id, job_id)
            for candidate in found:
                yield candidate
            if last is None:
                break
            job_id = last


async def _page(
    store: Store, workspace_id: str, after: str
) -> tuple[Sequence[Candidate], str | None]:
    async with store.workspace(workspace_id, read_only=True) as unit:
        kept = await unit.trajectories.after(after, limit=AT_ONCE)
        reading = _Reading(unit)
        found = [await reading.candidate(trajectory) for trajectory in kept]
    last = kept[-1].job_id if len(kept) == AT_ONCE else None
    return [candidate for candidate in found if candidate is not None], last


class _Reading:
    """Reads the jobs of one workspace; it remembers who withdrew."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._withdrawn: dict[str, bool] = {}

    async def candidate(self, trajectory: Trajectory) -> Candidate | None:
        """A job's training data; None where a member does not agree any more."""
        unit = self._unit
        try:
            job = await unit.jobs.get(trajectory.job_id)
            research = await unit.research.load(job.id)
        except NotFound:
            return None
        if not await agreed(unit, job):
            return None
        pictures = await unit.illustrations.of_job(job.id)
        question = PersonalData().replace_in(job.request.prompt)
        reading = await asyncio.to_thread(read_request, question)
        up, down = await self._votes(pictures)
        approved = await self._decision(job)
        corrections = await self._corrections(pictures)
        marks = [p.marks.score for p in pictures if p.marks is not None]
        score = max(marks) if marks else None
        value = value_of(
            approved=approved,
            votes_up=up,
            votes_down=down,
            marks=score,
            corrected=bool(corrections),
        )
        return Candidate(
            id=candidate_id(job.workspace_id, job.id),
            workspace_id=job.workspace_id,
            job_id=job.id,
            question=question,
            turns=trajectory.turns,
            subjects=subject_names([subject.text for subject in reading.named]),
            agent=trajectory.agent,
            generator=_generator(pictures),
            answered=trajectory.answered,
            trimmed=trajectory.trimmed,
            finished=job.status is JobStatus.DONE,
            refused=_is_refused(job, pictures),
            value=value,
            marks_score=score,
            votes_up=up,
            votes_down=down,
            approved=approved,
            corrections=corrections,
            evidence=Counter(e.verdict.value for e in research.grounded.evidence),
            licences=_licences(research),
            picture=_ground_truth(pictures) if (value or 0.0) >= GOOD else None,
            cost_usd=trajectory.cost_usd,
            tokens=trajectory.tokens,
        )

    async def _votes(self, pictures: Sequence[Illustration]) -> tuple[int, int]:
        up = down = 0
        for picture in pictures:
            for member_id, vote in (await self._unit.opinions.votes(picture.id)).items():
                if not await self._has_withdrawn(member_id):
                    up, down = up + (vote > 0), down + (vote < 0)
        return up, down

    async def _decision(self, job: Job) -> bool | None:
        decisions = [
            decision.approved
            for decision in await self._unit.opinions.decisions(job.id)
            if not await self._has_withdrawn(decision.member_id)
        ]
        return all(decisions) if decisions else None

    async def _corrections(self, pictures: Sequence[Illustration]) -> tuple[str, ...]:
        found: list[str] = []
        for picture in pictures:
            for member_id, words in await self._unit.trajectories.corrections(picture.id):
                if not await self._has_withdrawn(member_id):
                    found.append(PersonalData().replace_in(words))
        return tuple(found)

    async def _has_withdrawn(self, member_id: str) -> bool:
        if member_id not in self._withdrawn:
            own = await self._unit.preferences.get(Scope.MEMBER, member_id)
            self._withdrawn[member_id] = own.training is False
        return self._withdrawn[member_id]


def candidate_id(workspace_id: str, job_id: str) -> str:
    """An id that says nothing of who asked, the same in every export."""
    return hashlib.sha256(f"{workspace_id}\0{job_id}".encode()).hexdigest()[:24]


def _is_refused(job: Job, pictures: Sequence[Illustration]) -> bool:
    return job.refusal is not None or any(
        picture.status is IllustrationStatus.REFUSED for picture in pictures
    )


def _generator(pictures: Sequence[Illustration]) -> str:
    return pictures[0].recipe.generator if pictures else ""


def _licences(research: Research) -> tuple[str | None, ...]:
    known = {source.id: source for source in research.sources}
    return tuple(
        known[each.source_id].license if each.source_id in known else None
        for each in research.grounded.references
    )


def _ground_truth(pictures: Sequence[Illustration]) -> str | None:
    good = [p for p in pictures if p.status is IllustrationStatus.RENDERED and p.sha256]
    best = max(good, key=lambda p: p.marks.score if p.marks else 0.0, default=None)
    return best.sha256 if best is not None else None
