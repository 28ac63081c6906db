"""Clauses of sentences: what tells one thing."""

from __future__ import annotations

import pytest

from agent.news.clauses import clauses, is_credit


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("Nobody was hurt, and the road was closed for hours.", 2),
        ("A fire destroyed the mill, killing two people and injuring a third one.", 3),
        ("Niemand wurde verletzt, aber die Straße war lange gesperrt.", 2),
        ("Personne n'a été blessé, mais la route était longtemps fermée.", 2),
        ("火事で工場が全焼したが、けが人はいなかった。", 2),
        ("A fire destroyed the mill.", 1),
    ],
)
def test_a_sentence_has_so_many_clauses(sentence: str, parts: int) -> None:
    assert len(clauses(sentence)) == parts


def test_who_tells_it_is_no_fact() -> None:
    assert is_credit("the governor told the agency.")
    assert not is_credit("Nobody was hurt,")
