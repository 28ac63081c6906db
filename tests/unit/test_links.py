"""How a channel is named across workspaces, and where the setting that links two is shown."""

from __future__ import annotations

import pytest

from bot.cards.team import settings_card
from bot.commands.settings import settings_at
from bot.setting_values import setting_of
from domain.errors import InvalidRequest
from domain.links import ChannelCode
from domain.team import Preferences, Scope


@pytest.mark.parametrize(
    ("code", "surface"),
    [
        ("discord:123/456", "discord"),
        ("slack:T0001/C0123", "slack"),
        ("slack:T0001.E0001/C0123", "slack"),
    ],
)
def test_a_code_is_read_and_written_alike(code: str, surface: str) -> None:
    read = ChannelCode.parse(f" {code} ")
    assert (str(read), read.surface) == (code, surface)
    assert setting_of("linked", code) == code


@pytest.mark.parametrize(
    "wrong",
    ["#general", "slack", "slack:T1", "T1/C1", "slack:T1/", "slack:T1/C1/C2", "slack:T1/C 1"],
)
def test_what_is_no_code_is_refused_in_a_sentence(wrong: str) -> None:
    with pytest.raises(
        InvalidRequest, match=r"isn't a channel's link code. Copy the code .* 'slack:T0001/C0123'"
    ):
        setting_of("linked", wrong)


def test_nothing_takes_the_link_back() -> None:
    assert setting_of("linked", " ") is None


def test_the_link_is_set_for_a_channel_and_for_nothing_else() -> None:
    assert [scope for scope in Scope if "linked" in settings_at(scope)] == [Scope.CHANNEL]


def test_a_channels_card_shows_the_code_to_be_copied() -> None:
    code = ChannelCode("discord:1", "2")
    card = settings_card("Settings", Preferences(), settings_at(Scope.CHANNEL), code=code)
    assert card.lines[-1] == ("this channel's link code", "discord:1/2")
