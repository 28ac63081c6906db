"""What a fair post does not leave out, and numbers that lean on others."""

from __future__ import annotations

import pytest

from agent.news.answers import adds_to_untold, denies


@pytest.mark.parametrize(
    "text",
    [
        "The army's spokesman denied that its aircraft had attacked the camp.",
        "“This is completely false,” he said.",
        "Ein Sprecher dementierte den Bericht.",
        "L'armée a démenti toute frappe.",
        "El portavoz desmintió la acusación.",
    ],
)
def test_a_denial_is_known_in_several_languages(text: str) -> None:
    assert denies(text)


@pytest.mark.parametrize("text", ["The camp was bombed on Thursday.", "He was denied bail."])
def test_other_sentences_deny_nothing(text: str) -> None:
    assert not denies(text)


@pytest.mark.parametrize(
    "text",
    [
        "The quake left hundreds more injured.",
        "Another 12 people were taken to hospital.",
        "Otros 40 resultaron heridos.",
    ],
)
def test_a_count_that_adds_to_nothing_told_leans_on_what_came_before(text: str) -> None:
    assert adds_to_untold(text)


@pytest.mark.parametrize(
    "text",
    [
        "The quake killed 24 people and left hundreds more injured.",
        "More than 200 people were injured.",
        "The bridge is ten metres longer.",
    ],
)
def test_a_count_that_stands_alone_leans_on_nothing(text: str) -> None:
    assert not adds_to_untold(text)


def test_a_measure_is_no_number_to_which_more_people_are_added() -> None:
    assert adds_to_untold("The 6.1-magnitude quake left hundreds more injured.")
    assert not adds_to_untold("The quake killed five people and left hundreds more injured.")
