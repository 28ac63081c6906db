"""The forms of training records, and what a loader would refuse is found before."""

from __future__ import annotations

from typing import Any

import pytest

from domain.team import Preferences
from domain.training import TrainingTurn, may_train
from training.data.candidates import value_of
from training.data.duplicates import NearDuplicates, benchmark_index
from training.data.preferences import where_they_part
from training.data.splits import HELD_OUT, SubjectGroups, part_of_name
from training.records import problems_of, rl_problems_of

U, A, S = ({"role": role, "content": "x"} for role in ("user", "assistant", "system"))


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        ({"messages": [S, U, A], "images": []}, []),
        ({"messages": [U, A, U, A], "images": []}, []),
        ({"messages": [], "images": []}, ["it has no messages"]),
        ({"messages": [U, U, A, A], "images": []}, ["roles do not alternate"]),
        ({"messages": [S, U], "images": []}, ["it ends with the wrong role"]),
        ({"messages": [U, S, A, A], "images": []}, ["roles do not alternate"]),
        ({"messages": [U, A], "images": ["a.jpg"]}, ["marks and images differ in number"]),
        (
            {"messages": [{**U, "content": "<image>"}, A], "images": []},
            ["marks and images differ in number"],
        ),
        ({"messages": [{"role": "user"}]}, ["a message is not {role, content}"]),
    ],
)
def test_supervised_records(record: dict[str, Any], wrong: list[str]) -> None:
    assert problems_of(record) == wrong


def test_preference_records() -> None:
    good = {"messages": [S, U], "images": [], "chosen": A, "rejected": A}
    assert problems_of(good, ranking=True) == []
    assert problems_of({**good, "rejected": U}, ranking=True)
    assert problems_of({**good, "messages": [S, U, A]}, ranking=True)


def test_reinforcement_records() -> None:
    assert rl_problems_of({"id": "1", "question": "x", "gt_image": "a.jpg"}) == []
    assert rl_problems_of({"id": 1, "question": " ", "gt_image": "a"}) == [
        "id is missing",
        "question is missing",
    ]


def test_subjects_that_share_a_job_stay_in_one_part() -> None:
    groups = SubjectGroups()
    groups.add(("dulverine", "dzvin"))
    groups.add(("dzvin", "telm"))
    groups.add(("orrin",))
    parts = {groups.part_of((name,), "x") for name in ("dulverine", "dzvin", "telm")}
    assert len(parts) == 1
    names = [f"subject {n}" for n in range(4000)]
    share = sum(part_of_name(name) == HELD_OUT for name in names) / len(names)
    assert 0.08 < share < 0.12


def test_near_duplicates_are_found_and_other_requests_are_not() -> None:
    index = benchmark_index({"b": ["A portrait of Dame Wick reading in the library of Telm"]})
    assert index.find("a portrait of dame Wick, reading in the library of TELM.") == "b"
    assert index.find("Portrait of Dame Wick who reads in the library of Telm, oil") == "b"
    assert index.find("A portrait of Dame Wick in a boat on the river") is None
    assert index.find("The library of Telm") is None
    own = NearDuplicates(same=0.85, parts=False)
    own.add("1", "A movie poster of the Arrow Loco")
    assert own.find("A movie poster of the Ember Iris") is None
    assert own.find("a movie poster of the arrow loco!") == "1"


@pytest.mark.parametrize(
    ("facts", "value"),
    [
        ({"approved": False, "votes_up": 9}, 0.0),
        ({"approved": True, "votes_up": 1, "votes_down": 3}, 0.25),
        ({"approved": True}, 1.0),
        ({"marks": 0.8}, 0.8),
        ({"marks": 0.8, "corrected": True}, 0.4),
        ({"corrected": True}, 0.25),
        ({"votes_up": 2, "votes_down": 2}, None),
    ],
)
def test_what_a_result_is_worth(facts: dict[str, Any], value: float | None) -> None:
    known: dict[str, Any] = {
        "approved": None,
        "votes_up": 0,
        "votes_down": 0,
        "marks": None,
        "corrected": False,
    }
    assert value_of(**{**known, **facts}) == value


def test_a_preference_stands_where_two_conversations_part() -> None:
    user, one, two = (
        TrainingTurn(*p) for p in (("user", "q"), ("assistant", "1"), ("assistant", "2"))
    )
    pair = where_they_part((user, one), (user, two))
    assert pair is not None
    assert (pair.prefix, pair.chosen, pair.rejected) == ((user,), one, two)
    assert where_they_part((user, one), (user, one)) is None
    other = TrainingTurn("user", "other results")
    assert where_they_part((user, one, other, one), (user, one, user, two)) is None


def test_only_a_yes_of_the_workspace_allows_training_and_any_no_forbids_it() -> None:
    yes, no, unset = (Preferences(training=value) for value in (True, False, None))
    assert may_train(yes, unset, unset)
    assert may_train(yes, yes, yes)
    for places in ((unset, yes, yes), (no, yes, yes), (yes, no, yes), (yes, unset, no)):
        assert not may_train(*places)
