"""The audit log as a card: who did what to what, the newest first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

from bot.cards.models import MAX_ENTRIES, NoteCard
from bot.marks import MarkKind, name_mark, time_mark
from bot.setting_values import shown_setting
from bot.text import plain
from domain.short_codes import short_code
from domain.team import AuditEntry
from domain.translation.messages import Message, gettext, joined, pgettext

MAX_SHOWN: Final = 12
"""Roles of a setting, or parts of a detail, that are shown."""
_ABOUT_PEOPLE: Final = frozenset({"lift", "suspended"})
"""Actions whose subject is a person."""
_ULID: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_SWITCHED: Final[Mapping[str, bool]] = {"True": True, "False": False}
"""How yes and no were kept in entries of earlier versions."""
_ACTIONS: Final[Mapping[str, Message]] = {
    "allow": pgettext("audit", "allow"),
    "appeal": pgettext("audit", "appeal"),
    "approve": pgettext("audit", "approve"),
    "cancel": pgettext("audit", "cancel"),
    "choose": pgettext("audit", "choose"),
    "revoke": pgettext("audit", "revoke"),
    "clear": pgettext("audit", "clear"),
    "delete": pgettext("audit", "delete"),
    "dismiss": pgettext("audit", "dismiss"),
    "edit": pgettext("audit", "edit"),
    "illustrate": pgettext("audit", "illustrate"),
    "inspect": pgettext("audit", "inspect"),
    "judge": pgettext("audit", "judge"),
    "lift": pgettext("audit", "lift"),
    "link_account": pgettext("audit", "link account"),
    "preset": pgettext("audit", "preset"),
    "refuse": pgettext("audit", "refuse"),
    "reject": pgettext("audit", "reject"),
    "rerender": pgettext("audit", "rerender"),
    "reresearch": pgettext("audit", "reresearch"),
    "report": pgettext("audit", "report"),
    "settings": pgettext("audit", "settings"),
    "suspended": pgettext("audit", "suspended"),
    "unlink_account": pgettext("audit", "unlink account"),
}
_SCOPES: Final[Mapping[str, Message]] = {
    "workspace": pgettext("audit", "workspace"),
    "channel": pgettext("audit", "channel"),
    "member": pgettext("audit", "member"),
}
_HEADINGS: Final = (
    pgettext("audit", "When"),
    pgettext("audit", "Who"),
    pgettext("audit", "Action"),
    pgettext("audit", "About"),
    pgettext("audit", "Details"),
)
_CHANNELS: Final = frozenset({"destination", "review", "review_channel"})
"""Details that name a channel."""
_OF_SCOPES: Final = frozenset({"preset", "settings"})
"""Actions whose subject is a scope."""


def audit_card(entries: Sequence[AuditEntry]) -> NoteCard:
    """The audit log, the newest entry first."""
    rows = tuple(_audited(entry) for entry in entries[:MAX_ENTRIES])
    if not rows:
        return NoteCard(gettext("Nothing has been logged yet."))
    lines = tuple(joined(*(cell for cell in row if cell), by=" · ") for row in rows)
    return NoteCard(gettext("Audit log, newest first"), lines, rows=(_HEADINGS, *rows))


def _audited(entry: AuditEntry) -> tuple[str, ...]:
    """A row: when, who, what, about what or whom, and how."""
    known = bool(entry.member_id)
    who = name_mark(MarkKind.MEMBER, entry.member_id) if known else gettext("deleted member")
    details = [
        joined(f"{plain(name, most=60)}:", _detail(name, value))
        for name, value in entry.details.items()
        if value not in (None, "", [], {})
    ]
    action = _ACTIONS.get(entry.action) or plain(entry.action, most=60)
    how = joined(*details, by=" · ") if details else ""
    return time_mark(entry.at), who, action, _subject(entry), how


def _subject(entry: AuditEntry) -> str:
    """The object of an action: a person by name, a job or picture by its short code, else its
    words."""
    subject = entry.subject
    if entry.action in _ABOUT_PEOPLE and subject:
        return name_mark(MarkKind.MEMBER, subject)
    if entry.action in _OF_SCOPES and subject in _SCOPES:
        return _SCOPES[subject]
    if _ULID.fullmatch(subject):
        return short_code(subject)
    return plain(subject, most=80)


def _detail(name: str, value: object) -> str:
    """A detail in words: no lists of Python, and ids as the names behind them."""
    if isinstance(value, bool):
        return shown_setting(value)
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value).items()
        return joined(
            *(joined(plain(key, most=40), _detail(name, each)) for key, each in entries), by=", "
        )
    if isinstance(value, (list, tuple)):
        parts = cast("Sequence[object]", value)[:MAX_SHOWN]
        return joined(*(_detail(name, part) for part in parts), by=", ")
    text = str(value)
    if text in _SWITCHED:
        return shown_setting(_SWITCHED[text])
    if name in _CHANNELS:
        return name_mark(MarkKind.CHANNEL, plain(text, most=80))
    if name.endswith("_groups"):
        groups = [part for part in text.split(", ") if part]
        return ", ".join(
            name_mark(MarkKind.ROLE, plain(group, most=80)) for group in groups[:MAX_SHOWN]
        )
    return short_code(text) if _ULID.fullmatch(text) else plain(text, most=100)
