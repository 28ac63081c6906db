"""Times, people, roles and channels in the words of cards, on each platform."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.cards.audit import audit_card
from bot.cards.builders import error_card
from bot.cards.models import Card, NoteCard, SettingsCard
from bot.cards.refusals import refused_pictures_card
from bot.cards.team import settings_card, usage_card
from bot.discord.view.render import layout
from bot.marks import MarkKind, in_local_time, name_mark, time_mark, unmarked
from bot.slack.view.render import Shown, drawn
from bot.terminal.view import card_lines
from bot.text import plain
from domain.errors import LimitReached, utc_text
from domain.policy import Action, Category
from domain.requests import Destination
from domain.team import AuditEntry, Preferences, UsageTotal
from domain.translation.messages import ngettext, translated
from evaluation.peers.values import a_job, an_illustration
from jobs.admission.requests import logged
from jobs.services.team import Usage

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


def test_an_audit_line_says_values_in_the_readers_language() -> None:
    told = {"paused": True, "allowed_groups": "1231231231, 1231231232", "threads": "False"}
    entry = AuditEntry("1", NOON, "4815162342", "settings", "workspace", told)
    [line] = audit_card([entry]).lines
    assert "settings · workspace · paused: yes · allowed_groups: " in line
    assert line.endswith("threads: no")
    german = translated(line, "de")
    assert "Einstellungen · Team · paused: ja" in german
    assert german.endswith("threads: nein")
    moved = AuditEntry("2", NOON, "1", "news-edit", JOB, {"destination": "1122334455"})
    assert name_mark(MarkKind.CHANNEL, "1122334455") in audit_card([moved]).lines[0]


def test_the_audit_log_keeps_values_without_forms_of_python() -> None:
    assert logged(True) is True
    assert logged(None) is None
    assert logged(("sat", "sun")) == "sat, sun"
    assert logged({Category.HATE: Action.REFUSE}) == "hate: refuse"
    assert logged(Destination("discord", "1122334455")) == "1122334455"
    assert logged(timedelta(hours=3)) == "3:00:00"


def test_usage_counts_in_words_and_says_in_the_readers_zone_when_a_day_ends() -> None:
    totals = (
        UsageTotal("render", "storyboard", "pictures", 1, 0),
        UsageTotal("model", "small", "tokens", 12_345, 0.5),
    )
    card = usage_card(Usage(1, 2, 3, 4, None, totals), everybody=False, now=NOON)
    midnight = time_mark(NOON.replace(hour=0) + timedelta(days=1))
    assert "UTC" not in card.text
    assert card.lines == (
        "render · storyboard: 1 picture",
        "model · small: 12,345 tokens, $0.50",
        f"The daily count resets: {midnight}",
    )
    assert translated(card.lines[0], "de") == "Bilder · storyboard: 1 Bild"
    assert f"<t:{AT + 12 * 3600}:f>" in _on_discord(card)
    assert f'"timestamp": {AT + 12 * 3600}' in json.dumps(drawn(card, shown=Shown()).blocks)
    assert "⦗" not in "".join(card_lines(card))


def test_a_kept_refused_picture_says_in_the_readers_zone_until_when() -> None:
    kept = replace(an_illustration(a_job()), sha256=None, kept_sha256="0" * 64, kept_until=NOON)
    card = refused_pictures_card(a_job(), [kept])
    assert time_mark(NOON) in card.text
    assert f"<t:{AT}:f>" in _on_discord(card)
    assert "2026-03-01 12:00 UTC" in card.pictures[0].alt_text
    blocks = drawn(card, shown=Shown(files={"0" * 64: "F1"})).blocks
    assert f'"timestamp": {AT}' in json.dumps(blocks)


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


def test_a_limit_says_when_it_ends_in_the_zone_of_the_reader() -> None:
    sentence = ngettext(
        "You have reached today's limit of {count} picture. You can request more from {until}.",
        "You have reached today's limit of {count} pictures. You can request more from {until}.",
        3,
        until=utc_text(NOON),
    )
    card = error_card(LimitReached(sentence, until=NOON))
    assert "UTC" not in card.text
    assert f"<t:{AT}:f>" in _on_discord(card)
    german = translated(card.text, "de")
    assert german.startswith("Du hast das heutige Limit von 3 Bildern erreicht. Ab ⦗t:")
    blocks = json.dumps(drawn(card, shown=Shown()).blocks)
    assert f"{AT}" in blocks
    assert "UTC" not in blocks.replace('UTC"', "")
    assert "UTC" in unmarked(card.text)
