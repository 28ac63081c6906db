"""The environment of reinforcement learning: Limner's own loop and tools over kept searches, a real
generator, and the judge's reward."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from agent.ports import ChatModel, Completion, PictureDecoder, Transcript
from agent.research.loop import LoopSettings, ModelResearcher
from agent.research.tools import SearchTools
from app.trajectories import trajectory_of
from domain.errors import LimnerError
from domain.requests import (
    LOCAL_WORKSPACE,
    Destination,
    Job,
    JobStatus,
    Request,
    ResearchDepth,
)
from domain.research import GroundedPrompt, Hop, Research, Source, Spending
from domain.training import TrainingTurn
from generation.registry import Renderers
from training.advantages import Mask, Scored
from training.replay import ArchivePictures, ReplayFetcher, ReplayProvider, SearchArchive
from training.reward import Reward, RewardJudge

T = TypeVar("T")
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Question:
    """A request with its ground-truth picture."""

    id: str
    question: str
    gt_image: Path


@dataclass(frozen=True, slots=True)
class Rollout:
    """An agent's rollout of a question, and its reward. ``images`` are the pictures that its turns
    name, ``picture`` the finished one."""

    question_id: str
    number: int
    turns: tuple[TrainingTurn, ...]
    reward: Reward
    mask: Mask
    images: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    picture: bytes = b""
    prompt: str = ""
    references: int = 0
    calls: int = 0
    tokens: int = 0
    failure: str = ""

    @property
    def scored(self) -> Scored:
        """The reward that counts for advantages."""
        return Scored(self.reward.value, self.mask)


class Environment:
    """Runs questions through the agent; each rollout is by itself."""

    def __init__(
        self,
        *,
        archive: SearchArchive,
        renderers: Renderers,
        generator: str,
        judge: RewardJudge,
        decoder: PictureDecoder,
        loop: LoopSettings,
        seed: int = 0,
        at_once: int = AT_ONCE,
        today: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    ) -> None:
        """``today`` is the date that the agent is given, so that replays do not drift."""
        self._archive = archive
        self._renderers = renderers
        self._generator = generator
        self._judge = judge
        self._decoder = decoder
        self._loop = loop
        self._seed = seed
        self._room = asyncio.Semaphore(at_once)
        self._today = today

    async def group(self, model: ChatModel, question: Question, size: int) -> list[Rollout]:
        """So many rollouts of one question, beside each other."""
        return [*await asyncio.gather(*(self.rollout(model, question, n) for n in range(size)))]

    async def rollout(self, model: ChatModel, question: Question, number: int = 0) -> Rollout:
        """One rollout; any failure is recorded in it."""
        async with self._room:
            return await self._rollout(model, question, number)

    async def baseline(self, question: Question) -> Reward:
        """The reward of the same generator with the request as it is, without research."""
        async with self._room:
            job = _job(question, 0)
            grounded = GroundedPrompt(question.question)
            try:
                picture = await self._render(job, grounded, (), ArchivePictures(self._archive))
            except LimnerError as error:
                return Reward(None, None, self._judge.alpha, why=str(error))
            return await self._judge.reward(
                question.question, question.gt_image, grounded=grounded, picture=picture
            )

    async def _rollout(self, model: ChatModel, question: Question, number: int) -> Rollout:
        job, kept, steps = _job(question, number), _Kept(), _Steps()
        pictures = ArchivePictures(self._archive)
        tools = SearchTools(
            providers=[ReplayProvider(self._archive, question=question.question)],
            fetcher=ReplayFetcher(self._archive),
            decoder=self._decoder,
            pictures=pictures,
        )
        agent = ModelResearcher(
            model=model,
            tools_for=lambda _job: tools,
            max_references=lambda _job: self._renderers.max_references(self._generator),
            decoder=self._decoder,
            pictures=pictures,
            settings=self._loop,
            keeper=kept,
            clock=lambda: self._today,
        )
        empty = Reward(None, None, self._judge.alpha)
        try:
            research = await agent.research(job, steps=steps, notebook=_Notebook())
        except LimnerError as error:
            return Rollout(question.id, number, (), empty, Mask.FAILED, failure=str(error))
        if kept.transcript is None:
            return Rollout(question.id, number, (), empty, Mask.FAILED, failure="no conversation")
        made = self._as_rollout(question, number, job, kept.transcript, research)
        mask = steps.mask(answered=kept.transcript.answered)
        if mask is not Mask.NONE:
            return replace(made, mask=mask)
        return await self._judged(question, job, made, research, pictures)

    async def _judged(
        self,
        question: Question,
        job: Job,
        made: Rollout,
        research: Research,
        pictures: ArchivePictures,
    ) -> Rollout:
        try:
            picture = await self._render(job, research.grounded, research.sources, pictures)
        except LimnerError as error:
            return replace(made, mask=Mask.FAILED, failure=str(error))
        reward = await self._judge.reward(
            question.question, question.gt_image, grounded=research.grounded, picture=picture
        )
        mask = Mask.NONE if reward.value is not None else Mask.JUDGE_FAILED
        return replace(made, reward=reward, picture=picture, mask=mask)

    def _as_rollout(
        self,
        question: Question,
        number: int,
        job: Job,
        transcript: Transcript,
        research: Research,
    ) -> Rollout:
        turns = trajectory_of(job, transcript).turns
        images = {
            sha: image
            for turn, message in zip(turns, transcript.messages, strict=True)
            for sha, image in zip(turn.images, filter(None, message.images), strict=True)
        }
        return Rollout(
            question.id,
            number,
            turns,
            Reward(None, None, self._judge.alpha),
            Mask.NONE,
            images=images,
            prompt=research.grounded.text,
            references=len(research.grounded.references),
            calls=len(research.hops),
            tokens=transcript.tokens,
        )

    async def _render(
        self,
        job: Job,
        grounded: GroundedPrompt,
        sources: Sequence[Source],
        pictures: ArchivePictures,
    ) -> bytes:
        renderers = self._renderers
        await renderers.prepare(self._generator)
        recipe = renderers.plan(
            job.request, grounded, sources, generator=self._generator, seed=self._seed
        )
        references = [
            await pictures.get(job.workspace_id, each.sha256) for each in recipe.references
        ]
        return (await renderers.render(recipe, references, progress=_unfollowed)).data


def _job(question: Question, number: int) -> Job:
    request = Request.checked(
        question.question,
        workspace_id=LOCAL_WORKSPACE,
        member_id="training",
        destination=Destination("terminal", "training"),
        research=ResearchDepth.DEEP,
    )
    return Job(
        id=f"{question.id}-{number}",
        request=request,
        status=JobStatus.RESEARCHING,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


async def _unfollowed(fraction: float, preview: bytes | None = None) -> None:
    """Progress that is not shown."""
    del fraction, preview


class _Kept:
    """Keeps the one conversation of a rollout."""

    def __init__(self) -> None:
        self.transcript: Transcript | None = None

    async def keep(self, job: Job, transcript: Transcript) -> None:
        """Keep it."""
        del job
        self.transcript = transcript


class _Steps:
    """Runs steps once, and remembers how the model's turns ended."""

    def __init__(self) -> None:
        self._turns: list[Completion] = []
        self._names: set[str] = set()

    async def run(self, name: str, work: Callable[[], Awaitable[T]], shape: type[T]) -> T:
        """Run it."""
        del shape
        found = await work()
        self._names.add(name)
        if isinstance(found, Completion) and name.startswith("turn-"):
            self._turns.append(found)
        return found

    async def is_patched(self, change: str) -> bool:
        """Everything is new here."""
        del change
        return True

    async def is_recorded(self, name: str) -> bool:
        """Whether it ran before."""
        return name in self._names

    def mask(self, *, answered: bool) -> Mask:
        """The reason why the rollout does not count, by its turns."""
        if answered:
            return Mask.NONE
        pairs = [*pairwise(self._turns)]
        if any(one.truncated and other.truncated for one, other in pairs):
            return Mask.OVERLONG
        if any(one.text == other.text for one, other in pairs):
            return Mask.REPEATED
        return Mask.OVERLONG if any(turn.truncated for turn in self._turns[-1:]) else Mask.FAILED


class _Notebook:
    """A log that is discarded."""

    async def thinking(self, number: int, text: str) -> None:
        """Nothing."""

    async def hop_started(self, number: int, thought: str, tool: str, arguments: Any) -> None:
        """Nothing."""

    async def hop_finished(self, hop: Hop, sources: Sequence[Source]) -> None:
        """Nothing."""

    async def sources_changed(self, hops: Sequence[tuple[Hop, Sequence[Source]]]) -> None:
        """Nothing."""

    async def spent(self, key: str, spending: Spending) -> None:
        """Nothing."""
