"""A loaded model goes on working, no job starves, and the same work is done together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from generation.gpu_queue import GpuQueue


def test_jobs_of_the_loaded_model_go_first() -> None:
    turns = GpuQueue[str]()
    for name, model in (("a1", "a"), ("b1", "b"), ("a2", "a"), ("b2", "b"), ("a3", "a")):
        turns.add(name, model=model)
    order: list[str] = []
    loaded = "a"
    while taken := turns.next({loaded}):
        order += taken
        loaded = taken[0][0]
    assert order == ["a1", "a2", "a3", "b1", "b2"]


def test_whoever_was_passed_over_often_enough_is_next() -> None:
    turns = GpuQueue[str](patience=2)
    turns.add("b1", model="b")
    order: list[str] = []
    for n in range(4):
        turns.add(f"a{n}", model="a")
        order += turns.next({"a"})
    assert order == ["a0", "a1", "b1", "a2"]


def test_the_same_work_is_taken_together_up_to_its_limit() -> None:
    turns = GpuQueue[str]()
    for n in range(3):
        turns.add(f"s{n}", model="a", together="small", most=2)
    turns.add("l", model="a", together="large", most=2)
    turns.add("alone", model="a")
    assert [turns.next({"a"}) for _ in range(5)] == [["s0", "s1"], ["s2"], ["l"], ["alone"], []]


def test_one_who_left_gets_no_turn() -> None:
    turns = GpuQueue[str]()
    turns.add("a", model="m")
    turns.add("b", model="m")
    assert turns.remove("a")
    assert not turns.remove("a")
    assert turns.next(()) == ["b"]


@given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=60),
    st.integers(1, 6),
    st.integers(0, 5),
)
def test_everybody_gets_one_turn_within_bounded_waiting(
    models: list[str], patience: int, most: int
) -> None:
    turns = GpuQueue[int](patience=patience)
    taken: list[int] = []
    rounds_waited: dict[int, int] = {}
    loaded = models[0]
    arrived = 0
    while arrived < len(models) or len(turns):
        if arrived < len(models):
            turns.add(
                arrived,
                model=models[arrived],
                together=models[arrived] if most else None,
                most=max(1, most),
            )
            arrived += 1
        ahead = len(turns)
        group = turns.next({loaded})
        assert len({models[i] for i in group}) == 1
        assert len(group) <= max(1, most)
        for item in group:
            rounds_waited[item] = ahead
        taken += group
        loaded = models[group[0]]
    assert sorted(taken) == list(range(len(models)))
