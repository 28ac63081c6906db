"""Chosen references: the prompt and the evidence follow any choice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidRequest
from domain.ordinals import spoken_of
from domain.requests import Attachment
from domain.research import Evidence, EvidenceVerdict, GroundedPrompt, Reference
from jobs.services.choosing import Choice, chosen

MINE = Attachment("mine.png", "c" * 64, 10, 10)
FOUND = GroundedPrompt(
    "Two bridges.\nUse the first reference image for Ada. Use the second reference image for Bob.\n"
    "Light as in the first and third reference images.",
    references=tuple(
        Reference(f"IMG_00{n}", "a" * 64, "note", f"Picture {n}", f"s{n}") for n in (1, 2, 3)
    ),
    evidence=(
        Evidence(1, "Ada", "s9", "Ada is blue.", 0),
        Evidence(2, "Ada's look", "s1"),
        Evidence(3, "Bob's look", "s2"),
        Evidence(4, "Light", None, verdict=EvidenceVerdict.UNSUPPORTED),
    ),
)


def test_nothing_chosen_is_everything_kept() -> None:
    kept = chosen(FOUND, Choice())
    assert kept.references == FOUND.references
    assert kept.evidence == FOUND.evidence


def test_what_is_dropped_leaves_the_prompt_and_the_evidence() -> None:
    kept = chosen(FOUND, Choice(keep=(2,)))
    assert kept.text == "Two bridges.\nUse the first reference image for Bob."
    assert [r.title for r in kept.references] == ["Picture 2"]
    assert [(e.n, e.claim) for e in kept.evidence] == [(1, "Ada"), (2, "Bob's look"), (3, "Light")]


def test_another_order_renumbers_the_prompt() -> None:
    kept = chosen(FOUND, Choice(keep=(3, 2, 1)))
    assert "Use the third reference image for Ada. Use the second" in kept.text
    assert "Light as in the third reference image and the first reference image" in kept.text


def test_a_picture_of_ones_own_takes_a_place_or_comes_after() -> None:
    kept = chosen(FOUND, Choice(replaced={2: MINE}, added=(MINE,)))
    assert [r.title for r in kept.references] == ["Picture 1", "mine.png", "Picture 3", "mine.png"]
    assert kept.references[1].note == "note"
    assert "Use the second reference image for Bob." in kept.text
    assert kept.text.endswith("Use the fourth reference image as the requester's own model.")
    assert [e.claim for e in kept.evidence] == ["Ada", "Ada's look", "Light"]


def test_a_prompt_of_nothing_but_lost_references_keeps_its_words() -> None:
    only = GroundedPrompt("Draw the first reference image.", FOUND.references[:1])
    assert chosen(only, Choice(keep=())).text == "Draw the description."


@pytest.mark.parametrize(
    "choice", [Choice(keep=(4,)), Choice(keep=(0,)), Choice(replaced={9: MINE})]
)
def test_a_number_that_is_not_there_is_refused(choice: Choice) -> None:
    with pytest.raises(InvalidRequest, match="Choose from 1 to 3"):
        chosen(FOUND, choice)


def test_more_than_five_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="keep at most 5"):
        chosen(FOUND, Choice(added=(MINE,) * 3))


@given(st.lists(st.integers(1, 3), max_size=6), st.integers(0, 2))
def test_every_ordinal_has_its_reference(keep: list[int], added: int) -> None:
    kept = chosen(FOUND, Choice(keep=tuple(keep), added=(MINE,) * added))
    assert all(n <= len(kept.references) for n in spoken_of(kept.text))
    assert [e.n for e in kept.evidence] == list(range(1, len(kept.evidence) + 1))
    used = {r.source_id for r in kept.references}
    assert all(e.passage or e.source_id is None or e.source_id in used for e in kept.evidence)
