"""A research model says which facts a generator lacks, and only those are searched."""

from __future__ import annotations

import pytest

from agent.research.gaps import Gap, Weight, read_gaps, with_gaps
from agent.research.search_gate import Decision
from agent.research.subject_models import Subject

DECISION = Decision(True, (Subject("Eileen Collins", True, 0),), reasons=("by rule",))


def told(*gaps: tuple[str, str]) -> str:
    listed = ", ".join(
        f'{{"fact": "how {query} looks", "query": "{query}", "weight": "{weight}"}}'
        for query, weight in gaps
    )
    return f'Let me see.</think> {{"gaps": [{listed}]}}'


def test_at_most_three_weighty_gaps_are_searched_the_critical_ones_first() -> None:
    answer = told(("a", "minor"), ("b", "important"), ("c", "critical"), ("d", "important"),
                  ("e", "Critical"))  # fmt: skip
    gaps = read_gaps(answer)
    assert gaps is not None
    assert [gap.query for gap in gaps] == ["c", "e", "b"]
    decision = with_gaps(DECISION, answer, generator="qwen-image", linked=False)
    assert [subject.text for subject in decision.subjects] == ["c", "e", "b"]
    assert decision.reasons[0] == "“c” was looked up: how c looks (critical)."


def test_nothing_is_searched_where_nothing_of_weight_is_missing() -> None:
    for answer in (told(), told(("a", "minor"))):
        decision = with_gaps(DECISION, answer, generator="qwen-image", linked=False)
        assert not decision.search
        assert "qwen-image" in decision.reasons[0]
        assert with_gaps(DECISION, answer, generator="qwen-image", linked=True).search


@pytest.mark.parametrize("answer", ["", "no", "[]", "{}", '{"gaps": 1}', "{" * 100])
def test_an_answer_that_cannot_be_read_changes_nothing(answer: str) -> None:
    assert read_gaps(answer) is None
    assert with_gaps(DECISION, answer, generator="qwen-image", linked=False) == DECISION


def test_odd_entries_are_left_out() -> None:
    odd = '1, {"query": ""}, {"query": "x", "weight": 3}'
    answer = f'{{"gaps": [{odd}, {{"query": " a  b ", "weight": "critical"}}]}}'
    assert read_gaps(answer) == (Gap("", "a b", Weight.CRITICAL),)
