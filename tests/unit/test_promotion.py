"""A trained agent serves only after it was better, and one that lost never does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.ports import Notebook, StepRunner
from app.agents import CHANGE, STEP, RoutedResearcher, chosen, share_of
from domain.errors import InvalidRequest, NotPossibleNow
from domain.requests import Job
from domain.research import GroundedPrompt, Research
from domain.training import AgentCheckpoint, AgentComparison, CheckpointState
from evaluation.peers.values import a_job
from evaluation.report.bootstrap import Interval
from tests.fakes.search import MemoryNotebook, MemorySteps
from training.comparison import of_pairs, with_benchmark
from training.promotion import Promotion, checkpoint_id

BETTER = AgentComparison("", 0.2, 0.1, 0.3, 20)
EVEN = AgentComparison("", 0.02, -0.1, 0.2, 20)
WORSE = AgentComparison("", -0.2, -0.3, -0.1, 20)


class MemoryCheckpoints:
    """Checkpoints in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, AgentCheckpoint] = {}
        self.reads = 0

    async def all(self) -> Sequence[AgentCheckpoint]:
        """All."""
        self.reads += 1
        return [self.kept[name] for name in sorted(self.kept)]

    async def save(self, *checkpoints: AgentCheckpoint) -> None:
        """Keep them."""
        self.kept |= {each.id: each for each in checkpoints}


class Office:
    """Promotion with checkpoints on disk and a clock that goes on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = MemoryCheckpoints()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.promotion = Promotion(self.store, clock=self._tick)

    def _tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def weights(self, text: str, name: str = "") -> Path:
        place = self.folder / (name or text)
        place.mkdir()
        (place / "model.safetensors").write_text(text)
        for file in ("config.json", "tokenizer_config.json"):
            (place / file).write_text("{}")
        return place

    async def made(self, text: str, name: str = "") -> AgentCheckpoint:
        place = self.weights(text, name)
        return await self.promotion.register(
            place, base_urls=["http://h/v1"], model=text, profile="limner"
        )

    async def states(self) -> dict[str, CheckpointState]:
        return {each.model: each.state for each in await self.store.all()}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


async def test_nothing_is_promoted_that_was_not_compared(office: Office) -> None:
    one = await office.made("one")
    with pytest.raises(NotPossibleNow, match="compare"):
        await office.promotion.promote(one.id)
    with pytest.raises(NotPossibleNow, match="compare"):
        await office.promotion.give_share(one.id)
    await office.promotion.compared(one.id, EVEN)
    with pytest.raises(NotPossibleNow, match="compare"):
        await office.promotion.promote(one.id)


async def test_one_that_is_better_gets_a_share_and_then_all(office: Office) -> None:
    one = await office.made("one")
    assert (await office.promotion.compared(one.id, BETTER)).state is CheckpointState.BETTER
    canary = await office.promotion.give_share(one.id, 0.25)
    assert (canary.state, canary.share) == (CheckpointState.CANARY, 0.25)
    with pytest.raises(InvalidRequest):
        await office.promotion.give_share(one.id, 1.5)
    served = await office.promotion.promote(one.id[:12])
    assert served.state is CheckpointState.SERVED
    assert await office.promotion.serving() == served


async def test_one_that_lost_is_never_promoted_wherever_its_weights_lie(office: Office) -> None:
    one = await office.made("one")
    assert (await office.promotion.compared(one.id, WORSE)).state is CheckpointState.LOST
    again = await office.made("one", name="copied elsewhere")
    assert (again.id, again.state) == (one.id, CheckpointState.LOST)
    for attempt in (
        office.promotion.promote(one.id),
        office.promotion.give_share(one.id),
        office.promotion.compared(one.id, BETTER),
    ):
        with pytest.raises(NotPossibleNow, match="lost"):
            await attempt


async def test_a_canary_that_turns_out_worse_gets_no_more_jobs(office: Office) -> None:
    one = await office.made("one")
    await office.promotion.compared(one.id, BETTER)
    await office.promotion.give_share(one.id)
    worse = await office.promotion.compared(one.id, WORSE)
    assert (worse.state, worse.share) == (CheckpointState.LOST, 0.0)


async def test_a_comparison_with_what_no_longer_serves_does_not_count(office: Office) -> None:
    one, two = await office.made("one"), await office.made("two")
    await office.promotion.compared(one.id, BETTER)
    await office.promotion.compared(two.id, BETTER)
    await office.promotion.promote(one.id)
    with pytest.raises(NotPossibleNow, match="another agent"):
        await office.promotion.promote(two.id)
    with_one = AgentComparison(one.id, 0.1, 0.05, 0.2, 20)
    await office.promotion.compared(two.id, with_one)
    await office.promotion.promote(two.id)
    assert await office.states() == {
        "one": CheckpointState.REPLACED,
        "two": CheckpointState.SERVED,
    }


async def test_rolling_back_takes_the_canary_then_what_serves(office: Office) -> None:
    one, two = await office.made("one"), await office.made("two")
    await office.promotion.compared(one.id, BETTER)
    await office.promotion.promote(one.id)
    await office.promotion.compared(two.id, AgentComparison(one.id, 0.1, 0.05, 0.2, 20))
    await office.promotion.give_share(two.id)
    out, serves = await office.promotion.roll_back()
    assert (out.id, serves and serves.id) == (two.id, one.id)
    out, serves = await office.promotion.roll_back()
    assert (out.id, serves) == (one.id, None)
    with pytest.raises(NotPossibleNow, match="No checkpoint is in use"):
        await office.promotion.roll_back()


async def test_a_folder_without_a_checkpoint_is_reported(office: Office, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidRequest, match="lacks"):
        checkpoint_id(tmp_path / "empty")
    with pytest.raises(InvalidRequest, match="there is none yet"):
        await office.promotion.find("agent-1")


class NamedAgent:
    """Says which agent it is."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def research(self, job: Job, *, steps: StepRunner, notebook: Notebook) -> Research:
        """Say it."""
        del job, steps, notebook
        return Research((), (), GroundedPrompt(self.name))


async def researched_by(router: RoutedResearcher, job: Job, steps: MemorySteps) -> str:
    research = await router.research(job, steps=steps, notebook=MemoryNotebook())
    return research.grounded.text


async def test_a_share_of_jobs_goes_to_the_canary_and_each_keeps_its_agent(
    office: Office,
) -> None:
    one = await office.made("one")
    await office.promotion.compared(one.id, BETTER)
    now = 0.0
    router = RoutedResearcher(
        NamedAgent("own"), office.store, lambda c: NamedAgent(c.model), clock=lambda: now
    )
    before = MemorySteps()
    job = next(j for j in (a_job() for _ in range(1000)) if share_of(j.id) < 0.3)
    assert await researched_by(router, job, before) == "own"
    assert STEP not in before.ran
    await office.promotion.give_share(one.id, 0.3)
    assert await researched_by(router, job, MemorySteps()) == "own"  # not read again yet
    now = 60.0
    steps = MemorySteps()
    assert await researched_by(router, job, steps) == "one"
    others = [j for j in (a_job() for _ in range(1000)) if share_of(j.id) >= 0.3]
    assert await researched_by(router, others[0], MemorySteps()) == "own"
    assert 600 < len(others) < 800
    await office.promotion.roll_back()
    now = 120.0
    assert await researched_by(router, job, steps) == "one"  # what it began with
    assert await researched_by(router, job, MemorySteps()) == "own"
    old = MemorySteps()
    old.before = {CHANGE}
    await office.promotion.give_share(one.id, 0.3)
    now = 180.0
    assert await researched_by(router, job, old) == "own"
    assert old.ran == []


def test_a_served_checkpoint_gets_all_jobs_but_the_canarys() -> None:
    def checkpoint(name: str, state: CheckpointState, share: float) -> AgentCheckpoint:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        return AgentCheckpoint(name, "", (), name, "limner", now, state, share)

    served = checkpoint("s", CheckpointState.SERVED, 1.0)
    canary = checkpoint("c", CheckpointState.CANARY, 0.2)
    found = [chosen(f"job {n}", [served, canary]) for n in range(2000)]
    assert 300 < found.count("c") < 500
    assert found.count("s") == 2000 - found.count("c")
    assert chosen("job", []) == ""


def test_what_is_worse_on_a_benchmark_is_worse() -> None:
    assert with_benchmark(BETTER, Interval(-0.1, -0.2, -0.05, 90)).is_worse
    assert with_benchmark(BETTER, Interval(0.0, -0.1, 0.1, 90)) == BETTER
    assert not with_benchmark(BETTER, Interval(None, None, None, 0)).is_better
    assert with_benchmark(WORSE, Interval(0.3, 0.2, 0.4, 90)).is_worse


def test_a_comparison_decides_only_with_enough_pairs() -> None:
    better = of_pairs([(0.2, 0.6), (0.3, 0.7), (0.1, 0.6), (0.4, 0.8), (0.2, 0.5)], against="")
    assert better.comparison.is_better
    assert better.comparison.wins == 5
    few = of_pairs([(0.0, 1.0)] * 4, against="")
    assert not few.comparison.is_better
    assert not few.comparison.is_worse
    mixed = of_pairs([(0.2, 0.6), (0.6, 0.2)] * 5, against="")
    assert not mixed.comparison.is_better
    worse = of_pairs([(0.6, 0.2), (0.7, 0.3)] * 4, against="")
    assert worse.comparison.is_worse
    assert of_pairs([], against="", missing=3).missing == 3
