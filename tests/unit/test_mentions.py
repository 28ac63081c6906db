"""The notation of chat platforms, put into words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.mentions import mentioned_ids, with_names
from domain.prompt_text import clean_prompt


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("<@123456789012345678> as a knight", "Ann Lee as a knight"),
        ("<@!123456789012345678> and <@999999999999999999>", "Ann Lee and someone"),
        ("<@U0ANN> and <@U0BOB|bob> in <#C0GEN|general>", "Ann and bob in general"),
        ("the view from <#123456789012345679>", "the view from a channel"),
        ("<@&123456789012345670> on a boat", "a team on a boat"),
        (
            "a <:party_fox:123456789012345671> and <a:wave:123456789012345672>",
            "a party fox and wave",
        ),
        ("the sky at <t:1764115200:F>", "the sky at 2025-11-26 00:00 UTC"),
        ("at <!date^1764115200^{date_long}|26 November>", "at 26 November"),
        ("<!here> look", "everyone look"),
        ("</imagine:123456789012345673> a cat", "/imagine a cat"),
        ("a :party-parrot: in 16:9:", "a party parrot in 16:9:"),
        ("1 < 2 > 0, a <b> c", "1 < 2 > 0, a <b> c"),
        ("<t:99999999999999:R>", "<t:99999999999999:R>"),
        ("<t:9999999999999:R>", "some day"),
    ],
)
def test_names_stand_for_the_notation(text: str, read: str) -> None:
    names = {"123456789012345678": "Ann Lee", "U0ANN": "@Ann"}
    assert with_names(text, names) == read


def test_a_name_is_no_option_and_no_notation() -> None:
    names = {"123456789012345678": "Eve --seed 1 aspect:16:9 <@1> {a, b}"}
    assert with_names("<@123456789012345678>", names) == "Eve seed 1 aspect 16 9 1 a, b"


def test_only_ids_without_a_name_are_asked_about() -> None:
    assert mentioned_ids("<@U0ANN> <@U0BOB|bob> <#C0GEN>") == {"U0ANN", "C0GEN"}


def test_no_prompt_keeps_an_id() -> None:
    said = "draw <@123456789012345678> with <:cat:123456789012345679>"
    assert clean_prompt(said) == "draw someone with cat"


@given(st.text(max_size=200), st.dictionaries(st.text(max_size=20), st.text(max_size=60)))
def test_no_text_and_no_name_leave_a_mention(text: str, names: dict[str, str]) -> None:
    known = names | {"12345678": text}
    assert not mentioned_ids(with_names(f"{text} <@12345678> {text}", known)) - mentioned_ids(text)
