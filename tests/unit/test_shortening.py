"""Prompts that are longer than their generator reads lose what matters least, and say so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.illustrations import RecipeCitation, RecipeReference
from evaluation.peers.values import SHA, a_recipe
from generation.prompt_fitting import fitted
from generation.prompt_reading import (
    PromptLimit,
    PromptReader,
    estimated_tokens,
    estimating_reader,
)
from generation.shortening import Importance, shortened

PROMPT = (
    "A poster of the Norvik ferry at sea.\n"
    "Soft light falls on the water. The hull is white with a red stripe.\n"
    "Use the first reference image for the hull. The sign on its bow says “NORVIK”. "
    "There are no people on deck. Gulls circle above the funnel."
)
ASKED = "a poster of the Norvik ferry with a red stripe, it says “Norvik”, no people"


def words(limit: int) -> PromptReader:
    return PromptReader(limit, lambda text: len(text.split()))


def left_of(limit: int) -> str:
    return shortened(PROMPT, words(limit), Importance(ASKED, ["Norvik ferry"])).text


def test_a_prompt_that_fits_stays_as_it_is() -> None:
    short = shortened(PROMPT, words(len(PROMPT.split())))
    assert (short.text, short.left_out, short.is_cut) == (PROMPT, (), False)


def test_details_go_first_then_what_was_asked_and_what_must_be_there_stays_longest() -> None:
    size = len(PROMPT.split())
    assert "Gulls" not in left_of(size - 1)
    assert "Soft light" in left_of(size - 1)
    assert "Soft light" not in left_of(size - 8)
    assert "Gulls" in left_of(size - 14)  # there is room for it again without the stripe
    assert "red stripe" in left_of(size - 11)
    assert "red stripe" not in left_of(size - 14)
    assert "first reference image" in left_of(size - 19)
    assert left_of(21) == (
        "A poster of the Norvik ferry at sea.\n"
        "The sign on its bow says “NORVIK”. There are no people on deck."
    )


def test_what_is_left_out_is_named_in_the_order_of_the_prompt() -> None:
    short = shortened(PROMPT, words(22), Importance(ASKED))
    assert short.left_out == (
        "Soft light falls on the water.",
        "The hull is white with a red stripe.",
        "Use the first reference image for the hull.",
        "Gulls circle above the funnel.",
    )
    assert not short.is_cut


def test_only_where_all_that_must_stay_is_too_long_a_sentence_is_cut_at_a_word() -> None:
    one = shortened("one two three four five", words(3))
    assert (one.text, one.left_out, one.is_cut) == ("one two three", ("four five",), True)
    both = shortened(
        "A very long opening sentence about a quiet harbour town. A sign says “OPEN”.",
        words(9),
        Importance("a harbour, a sign says “open”"),
    )
    assert both.text == "A very long opening sentence. A sign says “OPEN”."
    assert both.is_cut


def test_a_cited_fact_outlives_a_mood() -> None:
    text = "A ferry. The deck looks calm and dreamy. The ferry carries 1200 passengers daily."
    cited = ["The Norvik ferry carries about 1200 passengers daily."]
    short = shortened(text, words(10), Importance(cited=cited))
    assert short.text == "A ferry. The ferry carries 1200 passengers daily."


@pytest.mark.parametrize(
    ("prompt", "kept"),
    [
        ("Ein Hafen. Weiches Licht liegt auf dem Wasser. Es sind keine Menschen da.", "keine"),
        ("Un port. La lumière est douce sur l'eau. Il n'y a pas de bateau.", "pas de bateau"),
        ("港口。水面上有柔和的光。没有人。", "没有人"),
        ("A port. Soft light lies on the water. Nobody is there, without boats.", "without"),
    ],
)
def test_exclusions_stay_in_other_languages_too(prompt: str, kept: str) -> None:
    reader = PromptReader(len(prompt) - 3, len, unit="characters")
    assert kept in shortened(prompt, reader).text


@given(st.text(max_size=300), st.text(max_size=60), st.integers(1, 40))
def test_nothing_is_longer_than_allowed(text: str, request: str, limit: int) -> None:
    assert words(limit).fits(shortened(text, words(limit), Importance(request)).text)


@given(st.lists(st.sampled_from(PROMPT.replace("\n", " ").split(". ")), max_size=9))
def test_every_sentence_is_either_read_or_named(parts: list[str]) -> None:
    text = ". ".join(parts)
    short = shortened(text, words(24), Importance(ASKED))
    told = " ".join((short.text, *short.left_out)).replace("\n", " ")
    assert sorted(told.replace(".", "").split()) == sorted(text.replace(".", "").split())


def test_a_recipe_says_what_its_prompt_leaves_out() -> None:
    recipe = replace(
        a_recipe(),
        generator="flux1-dev",
        prompt=PROMPT,
        request=ASKED,
        parameters={"notes": ["An earlier note."]},
        references=(RecipeReference("IMG_001", SHA, "Norvik ferry", "hull", "CC BY"),),
        citations=(RecipeCitation(1, "Norvik", "https://norvik.example", "a passage"),),
    )
    short = fitted(recipe, words(len(PROMPT.split()) - 1))
    assert short.parameters["left_out"] == ["Gulls circle above the funnel."]
    assert short.parameters["notes"] == [
        "An earlier note.",
        (
            "The prompt is too long (48 tokens; flux1-dev reads 47), so a less important sentence "
            "was left out: Gulls circle above the funnel."
        ),
    ]
    again = fitted(short, words(len(PROMPT.split()) - 6))
    assert again.parameters["left_out"][-1] == "Soft light falls on the water."
    assert fitted(again, words(1000)) == again


def test_lengths_are_told_in_their_unit() -> None:
    assert estimating_reader(PromptLimit(9)).length_of("a red cat") == "9 characters"
    assert estimating_reader(PromptLimit(9, "qwen")).length_of("a red cat") == "about 5 tokens"
    assert words(3).length_of("a red cat") == "3 tokens"


@pytest.mark.parametrize(
    ("text", "qwen", "mistral", "clip"),
    [
        ("A red cat sits on the old wooden bridge over the river in the rain.", 16, 16, 16),
        ("Eine rote Katze sitzt bei Regen auf der alten Holzbrücke am Fluss.", 23, 16, 24),
        ("一只红色的猫坐在雨中的旧木桥上。", 12, 17, 39),
        ("Рыжая кошка сидит под дождём на старом деревянном мосту.", 24, 21, 59),
    ],
)
def test_estimates_are_not_below_what_public_vocabularies_count(
    text: str, qwen: int, mistral: int, clip: int
) -> None:
    for tokenizer, counted in (("qwen", qwen), ("mistral", mistral), ("clip", clip)):
        assert counted <= estimated_tokens(text, tokenizer) <= 2.2 * counted
