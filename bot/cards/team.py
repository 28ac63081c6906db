"""Cards of what a team shares: settings, the audit log, usage, the library."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Final, cast

from bot.buttons import Button, ButtonAction
from bot.cards.models import MAX_ENTRIES, MAX_TITLE_CHARS, LibraryCard, NoteCard, SettingsCard
from bot.marks import MarkKind, name_mark, time_mark
from bot.options import shown_categories, shown_setting
from bot.text import plain, short_code
from domain.library import LibraryItem
from domain.links import ChannelCode
from domain.team import AuditEntry, Preferences
from domain.translation.messages import gettext, joined, ngettext
from jobs.services.team import Usage

MAX_SHOWN: Final = 12
"""Roles of a setting, or parts of a detail, that are shown."""
_ABOUT_PEOPLE: Final = frozenset({"lift", "suspended"})
"""Actions whose subject is a person."""
_ULID: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


def settings_card(
    title: str,
    preferences: Preferences,
    names: Sequence[str],
    *,
    code: ChannelCode | None = None,
    no_review: str = "",
    wider: Preferences = Preferences(),
) -> SettingsCard:
    """What is set, by name; ``no_review`` is said where no review channel is set. Where pictures
    are to be approved, it says by whom. Where nothing is set, it says what holds instead, as set
    in the ``wider`` scopes."""
    lines = tuple(
        (
            field.name,
            no_review
            if field.name == "review_channel" and not preferences.review_channel and no_review
            else setting_in_effect(field.name, preferences, wider),
        )
        for field in fields(preferences)
        if field.name in names
    )
    own = (
        ((gettext("this channel's link code"), plain(str(code), most=200)),)
        if code is not None
        else ()
    )
    lines = (*lines, *own, *_approvers(preferences))
    return SettingsCard(title=plain(title, most=MAX_TITLE_CHARS), lines=lines)


def _approvers(preferences: Preferences) -> tuple[tuple[str, str], ...]:
    """Who may approve, and a warning where two approvals may come from one person."""
    if not preferences.approvals:
        return ()
    who = (
        gettext("admins and members of moderator_groups, but not whoever asked for the picture")
        if preferences.moderator_groups
        else gettext(
            "admins, moderators and whoever can read the review channel, but not whoever asked "
            "for the picture"
        )
    )
    lines = ((gettext("who may approve"), who),)
    if preferences.linked is None or preferences.approvals == 1:
        return lines
    warning = gettext(
        "this channel is linked: somebody with an account on both sides counts as two people"
    )
    return (*lines, (gettext("careful"), warning))


def setting_in_effect(name: str, preferences: Preferences, wider: Preferences) -> str:
    """What is set, or that nothing is and what holds instead."""
    if getattr(preferences, name) is not None or getattr(wider, name) is None:
        return _setting(name, preferences)
    if name == "categories":  # each of them stands there with what is done about it
        return _setting(name, wider)
    return gettext("not set; in effect: {value}", value=_setting(name, wider))


def _setting(name: str, preferences: Preferences) -> str:
    value = getattr(preferences, name)
    if name == "categories":
        return plain(shown_categories(preferences.categories or {}), most=400)
    if name == "review_channel" and value:
        return name_mark(MarkKind.CHANNEL, value)
    if name.endswith("_groups") and value:
        shown = [name_mark(MarkKind.ROLE, group) for group in value[:MAX_SHOWN]]
        return ", ".join([*shown, *(["…"] if len(value) > MAX_SHOWN else [])])
    return plain(shown_setting(value), most=200)


def audit_card(entries: Sequence[AuditEntry]) -> NoteCard:
    """Who did what, the newest first."""
    lines = tuple(_audited(entry) for entry in entries[:MAX_ENTRIES])
    return NoteCard(
        gettext("Audit log, newest first") if lines else gettext("Nothing has been logged yet."),
        lines,
    )


def _audited(entry: AuditEntry) -> str:
    """One line: when, who, what, about what or whom, and how."""
    known = bool(entry.member_id)
    who = name_mark(MarkKind.MEMBER, entry.member_id) if known else gettext("deleted member")
    details = [
        f"{plain(name, most=60)}: {_detail(name, value)}"
        for name, value in entry.details.items()
        if value not in (None, "", [], {})
    ]
    action = plain(entry.action, most=60)
    return joined(time_mark(entry.at), who, action, _subject(entry), *details, by=" · ")


def _subject(entry: AuditEntry) -> str:
    """What was done to: a person by name, a job or picture by its short code, else its words."""
    subject = entry.subject
    if entry.action in _ABOUT_PEOPLE and subject:
        return name_mark(MarkKind.MEMBER, subject)
    if _ULID.fullmatch(subject):
        return short_code(subject)
    return plain(subject, most=80)


def _detail(name: str, value: object) -> str:
    """A detail in words: no lists of Python, and ids as the names behind them."""
    if isinstance(value, bool):
        return str(shown_setting(value))
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value).items()
        return ", ".join(f"{plain(key, most=40)} {_detail(name, each)}" for key, each in entries)
    if isinstance(value, (list, tuple)):
        parts = cast("Sequence[object]", value)[:MAX_SHOWN]
        return ", ".join(_detail(name, part) for part in parts)
    said = str(value)
    if name == "review_channel":
        return name_mark(MarkKind.CHANNEL, said)
    if name.endswith("_groups"):
        groups = [part for part in said.split(", ") if part]
        return ", ".join(name_mark(MarkKind.ROLE, group) for group in groups[:MAX_SHOWN])
    return short_code(said) if _ULID.fullmatch(said) else plain(said, most=100)


def usage_card(usage: Usage, *, everybody: bool) -> NoteCard:
    """What was asked for and spent."""
    lines = tuple(
        plain(
            f"{total.kind} · {total.name}: {total.amount:,.0f} {total.unit}"
            + (f", ${total.cost_usd:,.2f}" if total.cost_usd else "")
        )
        for total in usage.totals[:MAX_ENTRIES]
    )
    return NoteCard(_requested(usage, everybody=everybody), lines)


def _requested(usage: Usage, *, everybody: bool) -> str:
    today, month, limit = usage.pictures_today, usage.pictures_this_month, usage.daily_limit
    if limit and everybody:
        return ngettext(
            "Your team requested {today} of {count} picture today and {month} this month (UTC).",
            "Your team requested {today} of {count} pictures today and {month} this month (UTC).",
            limit,
            today=today,
            month=month,
        )
    if limit:
        return ngettext(
            "You requested {today} of {count} picture today and {month} this month (UTC).",
            "You requested {today} of {count} pictures today and {month} this month (UTC).",
            limit,
            today=today,
            month=month,
        )
    if everybody:
        return ngettext(
            "Your team requested {count} picture today and {month} this month (UTC).",
            "Your team requested {count} pictures today and {month} this month (UTC).",
            today,
            month=month,
        )
    return ngettext(
        "You requested {count} picture today and {month} this month (UTC).",
        "You requested {count} pictures today and {month} this month (UTC).",
        today,
        month=month,
    )


def library_card(items: Sequence[LibraryItem], *, more: bool = False) -> LibraryCard:
    """Items of the library; ``more`` where there are further ones after them."""
    return LibraryCard(
        tuple(
            (
                item.id,
                plain(item.title, most=120),
                plain(
                    joined(item.author or "", item.license or gettext("unknown license"), by=" · "),
                    most=200,
                ),
            )
            for item in items[:MAX_ENTRIES]
        ),
        buttons=(Button(ButtonAction.MORE, items[-1].id),) if more else (),
    )
