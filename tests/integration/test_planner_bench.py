"""The planner keeps to its figures on prompts of many languages written before its rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.planner_bench import is_match, joined, measure, read_prompts

DATA = Path(__file__).parents[1] / "data" / "planner"


@pytest.mark.parametrize("name", ["everyday_open.tsv", "everyday_world.tsv"])
async def test_everyday_prompts_make_no_outside_call(name: str) -> None:
    score = joined((await measure(read_prompts(DATA / name)[::2])).values())
    assert score.called <= 0.05 * score.prompts, score.failures


@pytest.mark.parametrize("name", ["subjects_open.tsv", "world_open.tsv", "chats_open.tsv"])
async def test_the_subjects_of_a_request_are_found(name: str) -> None:
    score = joined((await measure(read_prompts(DATA / name)[::2])).values())
    assert score.precision >= 0.9, score.failures
    assert score.recall >= 0.8, score.failures


@pytest.mark.parametrize(
    ("query", "label", "matches"),
    [
        ("los angeles olympics", "los angeles olympics", True),
        ("angeles olympics", "los angeles olympics", False),
        ("the Golden Gate Bridge", "Golden Gate Bridge", True),
        ("memorial", "war memorial", False),
        ("2008年北京奥运会开幕式", "北京奥运会", True),
        ("塔", "东方明珠塔", False),
    ],
)
def test_a_query_matches_its_subject(query: str, label: str, matches: bool) -> None:
    assert is_match(query, label) is matches
