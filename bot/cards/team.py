"""Cards of what a team shares: settings, usage, the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.buttons import Button, ButtonAction
from bot.cards.audit import MAX_SHOWN
from bot.cards.models import MAX_ENTRIES, MAX_TITLE_CHARS, LibraryCard, NoteCard, SettingsCard
from bot.marks import MarkKind, name_mark, time_mark
from bot.setting_fields import default_value
from bot.setting_values import shown_categories, shown_setting
from bot.text import plain
from domain.library import LibraryItem
from domain.links import ChannelCode
from domain.team import Preferences, Scope, UsageTotal
from domain.translation.messages import Message, gettext, joined, ngettext, pgettext
from jobs.services.team import Usage

_KINDS: Final[Mapping[str, Message]] = {
    "model": pgettext("usage", "model"),
    "render": pgettext("usage", "render"),
    "search": pgettext("usage", "search"),
}
"""Kinds of usage in words; GPU is called that everywhere."""
_HEADINGS: Final = (
    pgettext("usage", "Kind"),
    pgettext("usage", "Name"),
    pgettext("usage", "Amount"),
    pgettext("usage", "Cost"),
)


def settings_card(
    title: str,
    preferences: Preferences,
    names: Sequence[str],
    *,
    code: ChannelCode | None = None,
    no_review: str = "",
    wider: Preferences = Preferences(),
    scope: Scope | None = None,
) -> SettingsCard:
    """What is set, by name; ``no_review`` is shown where no review channel is set. Where pictures
    are to be approved, it says by whom. Where nothing is set, it shows the effective value from the
    ``wider`` scopes. ``scope`` is given where the reader may change what is set there."""
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
    lines = (*lines, *own, *_approvers(preferences), *_search_terms(preferences))
    changeable = scope.value if scope is not None else ""
    return SettingsCard(plain(title, most=MAX_TITLE_CHARS), lines, scope=changeable)


def _approvers(preferences: Preferences) -> tuple[tuple[str, str], ...]:
    """Who may approve, and a warning where two approvals may come from one person."""
    if not preferences.approvals:
        return ()
    who = (
        gettext("admins and members of moderator_groups, but not the requester")
        if preferences.moderator_groups
        else gettext(
            "admins, moderators and everyone who can read the review channel, but not the requester"
        )
    )
    lines = ((gettext("who may approve"), who),)
    if preferences.linked is None or preferences.approvals == 1:
        return lines
    warning = gettext(
        "this channel is linked: a person with an account on both sides counts as two people until "
        "they link their accounts with link-account"
    )
    return (*lines, (gettext("careful"), warning))


def _search_terms(preferences: Preferences) -> tuple[tuple[str, str], ...]:
    """What turning on the search of messages means for the people of a workspace."""
    if not preferences.search_messages:
        return ()
    terms = gettext(
        "public channels only, with the rights of whoever mentions Limner; kept are a few common "
        "words and links, never a text; nobody has to agree for themselves; the app needs {scope}",
        scope="search:read.public",
    )
    return ((gettext("what is searched"), terms),)


def setting_in_effect(name: str, preferences: Preferences, wider: Preferences) -> str:
    """The set value, or the default that applies."""
    if getattr(preferences, name) is not None:
        return _setting(name, preferences)
    if getattr(wider, name) is None:
        usual = default_value(name)
        if usual is None:
            return _setting(name, preferences)
        return gettext("not set; in effect: {value}", value=usual)
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


def usage_card(usage: Usage, *, everybody: bool, now: datetime) -> NoteCard:
    """Requests and costs; ``now`` decides when the daily count resets, which is at midnight UTC."""
    totals = usage.totals[:MAX_ENTRIES]
    lines = tuple(_spent(total) for total in totals)
    rows = tuple(_spent_in_columns(total) for total in totals)
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    anew = gettext("The daily count resets: {time}", time=time_mark(midnight + timedelta(days=1)))
    return NoteCard(
        _requested(usage, everybody=everybody),
        (*lines, anew),
        rows=(_HEADINGS, *rows) if rows else (),
    )


def _spent(total: UsageTotal) -> str:
    kind = _KINDS.get(total.kind) or plain(total.kind, most=40)
    amount = _amount(total)
    if total.cost_usd:
        amount = joined(amount, f"${total.cost_usd:,.2f}", by=", ")
    return joined(kind, joined(f"{plain(total.name, most=200)}:", amount), by=" · ")


def _spent_in_columns(total: UsageTotal) -> tuple[str, ...]:
    kind = _KINDS.get(total.kind) or plain(total.kind, most=40)
    cost = f"${total.cost_usd:,.2f}" if total.cost_usd else ""
    return kind, plain(total.name, most=200), _amount(total), cost


def _amount(total: UsageTotal) -> str:
    """The used amount of a unit, as a number and a noun."""
    count = round(total.amount)
    match total.unit:
        case "calls":
            return ngettext("{count:,} call", "{count:,} calls", count)
        case "pictures":
            return ngettext("{count:,} picture", "{count:,} pictures", count)
        case "seconds":
            return ngettext("{count:,} second", "{count:,} seconds", count)
        case "tokens":
            return ngettext("{count:,} token", "{count:,} tokens", count)
        case unit:
            return f"{count:,} {plain(unit, most=40)}"


def _requested(usage: Usage, *, everybody: bool) -> str:
    today, month, limit = usage.pictures_today, usage.pictures_this_month, usage.daily_limit
    if limit and everybody:
        return ngettext(
            "Your team requested {today} of {count} picture today and {month} this month.",
            "Your team requested {today} of {count} pictures today and {month} this month.",
            limit,
            today=today,
            month=month,
        )
    if limit:
        return ngettext(
            "You requested {today} of {count} picture today and {month} this month.",
            "You requested {today} of {count} pictures today and {month} this month.",
            limit,
            today=today,
            month=month,
        )
    if everybody:
        return ngettext(
            "Your team requested {count} picture today and {month} this month.",
            "Your team requested {count} pictures today and {month} this month.",
            today,
            month=month,
        )
    return ngettext(
        "You requested {count} picture today and {month} this month.",
        "You requested {count} pictures today and {month} this month.",
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
