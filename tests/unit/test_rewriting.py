"""A prompt never mentions a reference that its generator does not get."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from domain.ordinals import ORDINALS, renumbered, spelled_out, spoken_of
from domain.research import GroundedPrompt, Reference
from generation.rewriting import fitted

PORTRAIT = Reference("IMG_001", "a" * 64, "her face", "Portrait", "s1", "Eileen Collins")
BRIDGE = Reference("IMG_002", "b" * 64, "orange towers in fog", "The bridge", "s2", "Golden Gate")
MINE = Reference("ASK_001", "c" * 64, "provided by the requester", "mine.png")


def grounded(text: str, *references: Reference) -> GroundedPrompt:
    return GroundedPrompt(text, references)


def test_a_prompt_within_the_limit_stays_as_it_is() -> None:
    text = "Collins as in the first reference image."
    assert fitted(grounded(text, PORTRAIT), 1) == (text, (PORTRAIT,), "")


def test_an_instruction_about_a_lost_reference_becomes_what_is_known_of_it() -> None:
    text, kept, note = fitted(
        grounded(
            "A cat on a bridge.\nUse the first reference image for the appearance of Eileen "
            "Collins.\nUse the second reference image for the appearance of Golden Gate.",
            PORTRAIT,
            BRIDGE,
        ),
        1,
    )
    assert text == (
        "A cat on a bridge.\nUse the first reference image for the appearance of Eileen Collins."
        "\nGolden Gate: orange towers in fog."
    )
    assert kept == (PORTRAIT,)
    assert note == (
        "The generator takes 1 reference image, so these were described in words instead: "
        "'The bridge'."
    )


def test_what_else_a_sentence_says_is_kept() -> None:
    text, kept, note = fitted(
        grounded("Eileen Collins as in the first reference image holds a red kite.", PORTRAIT), 0
    )
    assert text == "Eileen Collins as in a picture of Eileen Collins holds a red kite."
    assert kept == ()
    assert "takes no reference images" in note


def test_several_references_in_one_phrase_are_told_apart() -> None:
    text, _, _ = fitted(
        grounded("Blend the first and second reference images at dusk.", PORTRAIT, BRIDGE), 1
    )
    assert text == "Blend the first reference image and a picture of Golden Gate at dusk."


def test_ordinals_beyond_the_references_do_not_survive() -> None:
    text, _, _ = fitted(grounded("A toy like the fourth reference image.", PORTRAIT, MINE), 1)
    assert spoken_of(text) == []


@given(st.lists(st.integers(1, 9), max_size=6), st.integers(1, 5), st.integers(0, 5))
def test_no_lost_reference_is_ever_spoken_of(said: list[int], there: int, most: int) -> None:
    sentences = [f"Thing {n} looks like the {ORDINALS[n - 1]} reference image." for n in said]
    references = tuple(
        Reference(f"IMG_{n:03d}", "a" * 64, f"note {n}", f"title {n}") for n in range(1, there + 1)
    )
    text, kept, note = fitted(GroundedPrompt(" ".join(sentences), references), most)
    assert kept == references[:most]
    assert bool(note) == (there > most)
    if there > most:
        assert all(n <= most for n in spoken_of(text))
        for lost in references[most:]:
            assert repr(lost.title) in note
    for n in said:
        assert f"Thing {n}" in text


def test_references_are_renumbered_by_their_new_places() -> None:
    text = "The 2nd reference picture beside the First Reference Image."
    assert renumbered(text, {1: 2, 2: 1}) == (
        "The first reference image beside the second reference image."
    )


def test_lists_of_ordinals_are_spelled_out() -> None:
    assert spoken_of("the first, second and third reference images") == [1, 2, 3]
    plain = "the first reference image and nothing else"
    assert spelled_out(plain) == plain
    assert not re.search("images", spelled_out("in the first or 2nd reference photos"))
