"""How many a sentence says were killed and hurt, and when two sentences cannot both be right."""

from __future__ import annotations

import pytest

from agent.news.casualties import HURT, KILLED, casualties, casualties_differ

MANY = 10**9


@pytest.mark.parametrize(
    ("sentence", "killed", "hurt"),
    [
        ("The quake killed a child, injured dozens and destroyed buildings.", (1, 1), (12, 199)),
        ("At least 24 people were killed and more than 200 injured.", (24, MANY), (200, MANY)),
        ("At least 43 people were killed and 55 wounded in the school.", (43, MANY), (55, 55)),
        ("It levelled villages, killing 10 people and injuring 80.", (10, 10), (80, 80)),
        ("A strike left 40 people dead, the agency says.", (40, 40), None),
        ("Two people died when the roof fell in.", (2, 2), None),
        ("The tsunami killed 230,000 people.", (230_000, 230_000), None),
        ("Ein Mann starb, zwei Kinder wurden verletzt.", (1, 1), (2, 2)),
        ("No one was injured when 3 houses burned.", None, None),
        ("The minister opened 12 schools for 300 children.", None, None),
    ],
)
def test_the_numbers_of_killed_and_hurt_are_read(
    sentence: str, killed: tuple[int, int] | None, hurt: tuple[int, int] | None
) -> None:
    found = casualties(sentence)
    assert found.get(KILLED) == killed
    assert found.get(HURT) == hurt


def test_numbers_that_cannot_both_be_right_differ() -> None:
    assert casualties_differ("It killed a child.", "At least 24 people were killed by it.")
    assert casualties_differ("Five people were injured.", "The storm injured 12 people.")
    assert not casualties_differ("It injured dozens.", "At least 60 people were injured.")
    assert not casualties_differ("Three people died.", "Three people were killed.")
    assert not casualties_differ("Three people died.", "The roof fell in.")


@pytest.mark.parametrize(
    ("sentence", "killed"),
    [
        ("It killed six children, bringing the confirmed death toll from the quake to 11.", 11),
        ("The death toll from a strong earthquake a day before rose to 10.", 10),
        ("Die Zahl der Toten stieg auf 24.", 24),
        ("Five people had so far been confirmed dead.", 5),
    ],
)
def test_a_death_toll_counts_more_than_a_part_of_it(sentence: str, killed: int) -> None:
    assert casualties(sentence)["killed"] == (killed, killed)
