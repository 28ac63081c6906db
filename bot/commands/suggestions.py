"""Autocompletion: suggestions while a user types into a field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from zoneinfo import available_timezones

from bot.commands.ports import Services
from bot.commands.service import Commands
from bot.locale.choice_words import choice_word
from bot.setting_fields import setting_title
from bot.setting_values import ASPECTS, CHOICES, SETTINGS
from bot.text import plain
from domain.request_titles import request_title
from jobs.admission.requests import Requester

MAX_SUGGESTIONS = 25
STYLES: Final = (
    "photograph",
    "watercolour",
    "ink drawing",
    "flat vector illustration",
    "isometric illustration",
    "woodcut",
    "oil painting",
    "comic panel",
    "pixel art",
    "paper collage",
    "technical drawing",
    "newspaper cartoon",
)
"""Any other words will do too."""


async def suggestions(
    services: Services, requester: Requester, what: str, typed: str
) -> list[tuple[str, str]]:
    """At most 25 pairs of label and value, for a field that holds ``typed`` so far: ``job``,
    ``preset``, ``generator``, ``style``, ``aspect``, ``setting``, ``library``, ``schedule``,
    ``time_zone``, or ``value:`` with the name of a setting."""
    match what:
        case "job":
            found = await _own_jobs(services, requester)
        case "library":
            items = await services.library.list(requester.workspace_id, limit=200)
            found = [(plain(item.title, most=95), item.id) for item in items]
        case "schedule":
            return list(await Commands(services, requester).news.suggestions(typed))
        case "time_zone":
            found = _same(sorted(available_timezones() - {"Factory", "localtime"}))
        case "generator":
            found = _same(services.generators)
        case "style":
            found = _called(STYLES, requester)
        case "aspect":
            found = _same(ASPECTS)
        case "preset":
            kept = await services.team.preferences(requester)
            found = _same(sorted(kept.presets or ()))
        case "setting":
            found = [(setting_title(name, requester.language), name) for name in SETTINGS]
        case value if value.startswith("value:"):
            found = _called(_values(services, value.removeprefix("value:")), requester)
        case _:
            found = []
    folded = typed.casefold().strip()
    fitting = [
        (shown, value)
        for shown, value in found
        if folded in shown.casefold() or folded in value.casefold()
    ]
    return fitting[:MAX_SUGGESTIONS]


def _values(services: Services, setting: str) -> tuple[str, ...]:
    """The possible values of a setting, where that is a short list."""
    match setting:
        case "generator":
            return tuple(services.generators)
        case "style":
            return STYLES
        case "aspect":
            return ASPECTS
        case "approvals":
            return ("0", "1", "2")
        case _:
            return CHOICES.get(setting, ())


def _same(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


def _called(values: Iterable[str], requester: Requester) -> list[tuple[str, str]]:
    return [(choice_word(value, requester.language), value) for value in values]


async def _own_jobs(services: Services, requester: Requester) -> list[tuple[str, str]]:
    newest = await services.jobs.recent(
        requester.workspace_id, member_id=requester.member_id, limit=100
    )
    return [
        (f"{plain(request_title(job.request), most=70)} · {job.id[-6:]}", job.id) for job in newest
    ]
