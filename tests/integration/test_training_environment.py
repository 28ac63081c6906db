"""Rollouts of the real loop over kept searches, with rewards from real pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.research import GroundedPrompt
from tests.fakes.pixel_judge import PixelJudge
from tests.fakes.training_world import (
    NAMES,
    ScriptedAgent,
    answer,
    archive_of,
    call,
    environment,
    good_turns,
    poor_turns,
    question_of,
)
from training.advantages import Mask, Scored, advantages
from training.environment import Rollout
from training.replay import SearchArchive
from training.reward import Reward
from training.selection import select


async def test_who_finds_the_subject_is_worth_more_than_who_does_not(tmp_path: Path) -> None:
    archive = archive_of(NAMES[:3], tmp_path / "archive")
    question = question_of(NAMES[0], tmp_path / "truth")
    async with environment(archive) as world:
        good = await world.rollout(ScriptedAgent(good_turns), question)
        poor = await world.rollout(ScriptedAgent(poor_turns), question)
        bare = await world.baseline(question)
    assert (good.mask, poor.mask) == (Mask.NONE, Mask.NONE), (good.failure, poor.failure)
    assert good.references == 1
    assert good.reward.image is not None
    assert good.reward.text is not None
    assert good.reward.value == pytest.approx(0.5 * good.reward.image + 0.5 * good.reward.text)
    worth = [rewarded.value or 0.0 for rewarded in (good.reward, poor.reward, bare)]
    assert worth[0] > 0.7 > 0.5 > worth[1]
    assert worth[0] > worth[2]
    assert set(good.images) == {sha for turn in good.turns for sha in turn.images} != set()
    chosen = select({"q": [poor, good]}, {"q": bare.value})
    assert chosen.taken == (good,)
    assert select({"q": [poor]}, {"q": bare.value}).taken == ()
    assert select({"q": [good]}, {"q": None}).left_out == {"no baseline": 1}


async def test_the_same_replay_gives_the_same_rollout(tmp_path: Path) -> None:
    archive_of(NAMES[:2], tmp_path / "archive")
    question = question_of(NAMES[1], tmp_path / "truth")
    found: list[Rollout] = []
    for _ in range(2):
        async with environment(SearchArchive(tmp_path / "archive")) as world:
            found.append(await world.rollout(ScriptedAgent(good_turns), question))
    assert found[0].turns == found[1].turns
    assert found[0].picture == found[1].picture
    assert found[0].reward == found[1].reward


async def test_what_does_not_count_is_masked_and_never_0(tmp_path: Path) -> None:
    archive = archive_of(NAMES[:1], tmp_path / "archive")
    question = question_of(NAMES[0], tmp_path / "truth")

    def repeats(_request: str, _turn: int) -> str:
        return "nothing useful"

    def too_long(_request: str, turn: int) -> str:
        return f"<think>{turn} and so on…"

    async with environment(archive, judge=PixelJudge(fails_for="Reference 1")) as world:
        unjudged = await world.rollout(ScriptedAgent(good_turns), question)
        same = await world.rollout(ScriptedAgent(repeats), question)
        overlong = await world.rollout(ScriptedAgent(too_long), question)
    masks = [unjudged.mask, same.mask, overlong.mask]
    assert masks == [Mask.JUDGE_FAILED, Mask.REPEATED, Mask.OVERLONG]
    assert [r.reward.value for r in (unjudged, same, overlong)] == [None, None, None]
    assert unjudged.reward.image is not None
    assert advantages([r.scored for r in (unjudged, same, overlong)]) == [0.0, 0.0, 0.0]


async def test_a_search_that_was_never_made_finds_what_holds_its_words(tmp_path: Path) -> None:
    archive = archive_of(NAMES[:4], tmp_path / "archive")
    assert [hit.title for hit in archive.pictures("THE orrin!", 5)] == ["The Orrin"]
    assert [hit.title for hit in archive.pictures("Orrin portrait", 5)] == ["The Orrin"]
    assert archive.pictures("a grey wall in rain", 5) == []

    def browses(request: str, turn: int) -> str:
        if turn == 0:
            return call("browse", url="https://elsewhere.example/", query=request)
        return good_turns(request, turn - 1)

    async with environment(archive) as world:
        found = await world.rollout(
            ScriptedAgent(browses), question_of(NAMES[0], tmp_path / "truth")
        )
    assert found.mask is Mask.NONE
    assert found.calls == 2


def test_advantages_are_by_group_and_leave_masked_ones_out() -> None:
    group = [
        Scored(1.0),
        Scored(0.0),
        Scored(0.5),
        Scored(9.0, Mask.OVERLONG),
        Scored(None, Mask.JUDGE_FAILED),
    ]
    found = advantages(group)
    assert found[0] == pytest.approx(-found[1])
    assert found[2:] == [pytest.approx(0.0), 0.0, 0.0]
    assert advantages([Scored(0.5), Scored(0.5)]) == [0.0, 0.0]
    assert advantages([Scored(0.5)]) == [0.0]


def test_a_reward_is_flat_in_its_weight_and_missing_where_a_part_is() -> None:
    assert Reward(0.8, 0.5, 0.5).value == pytest.approx(0.65)
    assert Reward(0.8, None, 0.0).value == pytest.approx(0.8)
    assert Reward(None, 0.5, 0.5).value is None
    assert GroundedPrompt("x").references == ()
    assert answer("x").endswith("</answer>")
