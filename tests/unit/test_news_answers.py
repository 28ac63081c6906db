"""What a fair post does not leave out, and numbers that lean on others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agent.news.answers import adds_to_untold, blames, denies
from agent.news.reading import ReadPage
from agent.news.writing import extracted
from domain.news import Fingerprint


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


def test_a_headline_that_says_allegedly_blames_all_the_same() -> None:
    assert blames("Refugee camp bombed, allegedly by Sudanese government")
    assert blames("Camp bombed by Sudan")
    assert not blames("Camp bombed, says Sudan")


def test_what_a_quotation_says_that_a_country_did_is_not_sent_without_its_denial() -> None:
    at = datetime(2026, 3, 4, 12, tzinfo=UTC)
    bombed = "The refugee camp of Yida in South Sudan was bombed on Tuesday, witnesses said."
    blamed = "Sudanese forces bombed the refugee camp of Yida on Tuesday, an aid group alleged."
    denied = "Sudan's army denied that its aircraft had bombed the camp of Yida."
    pages = [
        ReadPage(title, f"https://{site}/1", site, f"{said} {more}", at)
        for title, site, said, more in (
            ("Refugee camp of Yida bombed", "a.example", bombed, blamed),
            ("Bombs hit refugee camp of Yida", "b.example", blamed, denied),
        )
    ]
    about = Fingerprint(("yida", "sudan"), ("refugee", "camp", "bomb"))
    draft = extracted(pages, about, tongue="en")
    assert draft is not None
    told = " ".join(statement.text for statement in draft.statements)
    assert draft.doubtful or "forces bombed" not in told or "denied" in told


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
