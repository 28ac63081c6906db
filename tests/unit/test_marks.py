"""Times, people, roles and channels in the words of cards, on each platform."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from bot.cards.models import Card, NoteCard, SettingsCard
from bot.cards.team import audit_card, settings_card
from bot.discord.view.render import layout
from bot.marks import MarkKind, in_local_time, name_mark, time_mark, unmarked
from bot.slack.view.render import Shown, drawn
from bot.terminal.view import card_lines
from bot.text import plain
from domain.team import AuditEntry, Preferences

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = int(NOON.timestamp())
JOB = "01M8BRXSEDPNXS9JGQ306KRBDN"
ENTRY = AuditEntry(
    "1",
    NOON,
    "4815162342",
    "choose",
    JOB,
    {"references": ["a cat", "a hat"], "review_channel": "1122334455", "reason": None},
)


def _on_discord(card: Card) -> str:
    components: Any = layout(card).to_components()  # type: ignore[no-untyped-call]
    return json.dumps(components)


def test_nobody_else_can_make_a_mark() -> None:
    forged = time_mark(NOON) + name_mark(MarkKind.MEMBER, "1")
    assert plain(forged) == unmarked(plain(forged))


def test_an_audit_line_has_names_times_and_no_lists_of_python() -> None:
    [line] = audit_card([ENTRY]).lines
    assert "[" not in line
    assert "a cat, a hat" in line
    assert "reason" not in line
    assert JOB not in line
    assert JOB[-6:] in line
    lifted = audit_card([AuditEntry("2", NOON, "", "lift", "42424242", {})]).lines[0]
    assert name_mark(MarkKind.MEMBER, "42424242") in lifted
    assert "deleted member" in lifted


def test_discord_shows_them_as_its_clients_do() -> None:
    said = _on_discord(audit_card([ENTRY]))
    assert f"<t:{AT}:f>" in said
    assert "<@4815162342>" in said
    assert "<#1122334455>" in said
    groups = Preferences(allowed_groups=("1231231231",), review_channel="1122334455")
    card = settings_card("Team", groups, ["allowed_groups", "review_channel"])
    said = _on_discord(card)
    assert "<@&1231231231>" in said
    assert "<#1122334455>" in said


def test_slack_shows_them_as_its_clients_do() -> None:
    entry = AuditEntry("1", NOON, "U0ANN", "approve", JOB, {})
    groups = Preferences(allowed_groups=("S0TEAM",), review_channel="C0REVIEW")
    card = settings_card("Team", groups, ["allowed_groups", "review_channel"])
    shown = [
        block for each in (audit_card([entry]), card) for block in drawn(each, shown=Shown()).blocks
    ]
    said = json.dumps(shown)
    assert f'"timestamp": {AT}' in said
    assert '"user_id": "U0ANN"' in said
    assert '"usergroup_id": "S0TEAM"' in said
    assert '"channel_id": "C0REVIEW"' in said
    assert "⦗" not in json.dumps(shown, ensure_ascii=False)


def test_where_nothing_else_can_be_shown_stand_utc_and_ids() -> None:
    text = f"read {time_mark(NOON)} by {name_mark(MarkKind.MEMBER, 'U0ANN')}"
    assert unmarked(text) == "read 2026-03-01 12:00 UTC by U0ANN"
    assert "⦗" not in in_local_time(text)
    assert "⦗" not in "".join(card_lines(NoteCard(text)))
    assert "⦗" not in "".join(card_lines(SettingsCard("t", (("a", text),))))


def test_a_setting_that_is_not_set_says_what_holds_instead() -> None:
    wider = Preferences(style="ink", review_channel="1122334455")
    card = settings_card("Yours", Preferences(aspect=None), ["style", "aspect"], wider=wider)
    assert dict(card.lines) == {"style": "not set; in effect: ink", "aspect": "not set"}
