"""Buttons, languages and follow-ups: what people press, read and write."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.buttons import Button, ButtonAction
from bot.locale.button_labels import BUTTONS
from bot.locale.catalog import COMMANDS, LANGUAGES, label, words
from domain.translation.catalogue import language_of


@given(
    st.sampled_from(list(ButtonAction)),
    st.from_regex(r"[0-9A-Z]{26}(:[a-z0-9]{1,20})?", fullmatch=True),
)
def test_a_button_is_read_back_from_its_code(action: ButtonAction, subject: str) -> None:
    button = Button(action, subject)
    assert len(button.code) <= 100
    assert Button.read(button.code) == button


@given(st.text(max_size=120))
def test_no_other_text_is_a_button(code: str) -> None:
    button = Button.read(code)
    assert button is None or button.code == code


def test_every_command_and_button_has_fitting_words_in_every_language() -> None:
    for language in LANGUAGES:
        for path in COMMANDS:
            said = words(path, language)
            if path.startswith("menu."):
                assert 1 <= len(said.name) <= 32
                continue
            assert re.fullmatch(r"[-_\w]{1,32}", said.name), said
            assert said.name == said.name.lower()
            assert 1 <= len(said.description) <= 100
        assert set(BUTTONS) == set(ButtonAction)
        assert all(1 <= len(label(action, language)) <= 75 for action in ButtonAction)


def test_options_of_one_command_have_different_names_in_each_language() -> None:
    for language in LANGUAGES:
        siblings: dict[str, list[str]] = {}
        for path in COMMANDS:
            parent, _, name = path.rpartition(".")
            if name:
                siblings.setdefault(parent, []).append(words(path, language).name)
        for parent, names in siblings.items():
            assert len(names) == len(set(names)), (language, parent)


def test_an_unknown_language_is_english() -> None:
    assert [language_of(x) for x in ("de-AT", "de_DE", "fr", None, "")] == [
        "de",
        "de",
        "en",
        "en",
        "en",
    ]
    assert label(ButtonAction.VARY, "fr") == "Vary"
    assert words("imagine", "de").name == "zeichne"
