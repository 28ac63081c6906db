"""The fields of settings: every setting has a kind, a group and a title that fits into a form."""

from __future__ import annotations

import pytest

from bot.commands.settings import settings_at
from bot.discord.handlers.forms import MAX_TITLE_CHARS
from bot.discord.view.markdown import length
from bot.locale.catalog import LANGUAGES
from bot.setting_fields import SETTING_GROUPS, default_value, setting_title, typed_categories
from bot.setting_values import SETTINGS
from domain.errors import InvalidRequest
from domain.policy import Action, Category
from domain.team import Scope


def test_every_setting_is_in_one_group_that_fits_into_a_menu() -> None:
    grouped = [name for names in SETTING_GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(SETTINGS)
    assert all(0 < len(names) <= 25 for names in SETTING_GROUPS.values())
    assert {name for scope in Scope for name in settings_at(scope)} == set(grouped)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_has_a_title_that_fits(language: str) -> None:
    titles = {name: setting_title(name, language) for name in SETTINGS}
    assert all(0 < length(title) <= MAX_TITLE_CHARS for title in titles.values())
    assert len(set(titles.values())) == len(titles)


def test_what_nobody_sets_has_no_default_of_another_setting() -> None:
    assert default_value("approvals") == "none"
    assert default_value("daily_per_member") is None


def test_categories_are_kept_where_they_differ_from_what_holds_anyway() -> None:
    chosen = {Action.REFUSE: ("hate", "sexual"), Action.ALLOW: ("violence",)}
    assert typed_categories(chosen, {}) == "violence: allow"
    wider = {Category.HATE: Action.ALLOW, Category.VIOLENCE: Action.ALLOW}
    assert typed_categories(chosen, wider) == "hate: refuse"
    with pytest.raises(InvalidRequest, match="two actions"):
        typed_categories({Action.REFUSE: ("hate",), Action.ALLOW: ("hate",)}, {})
