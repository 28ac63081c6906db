"""A story's quotations in the house style of its workspace: their marks, who said them and when, as
the Associated Press and the BBC write it, or as a template of the workspace's own says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time

from domain.house_style import AP, BBC, PLAIN
from domain.news import CitedPage, StoryText
from domain.relative_days import days_after, relative_days
from domain.translation.messages import gettext, translated

_AP_MONTHS: Final = (
    *("Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct."),
    *("Nov.", "Dec."),
)
_TEMPLATES: Final[Mapping[str, str]] = {
    PLAIN: "“{quote}” ({outlet}, {author}, {date})",
    AP: gettext("“{quote}” — {outlet} reported {date}"),
    BBC: gettext("“{quote}” – {outlet} said on {date}, {time}"),
}
_UNDATED: Final[Mapping[str, str]] = {
    PLAIN: "“{quote}” ({outlet}, {author})",
    AP: gettext("“{quote}” — {outlet} reported"),
    BBC: gettext("“{quote}” – {outlet} said"),
}
_EDGES: Final = re.compile(r"^([^\w\s]+\s?)?(.*?)(\s?[^\w\s]*)$", re.DOTALL)
"""Of a sentence with its outlet taken away: its marks."""


def in_house_style(
    text: StoryText, *, style: str | None, time_zone: str, language: str
) -> StoryText:
    """The story with its quotations worded in a house style; what is no quotation stays."""
    zone = ZoneInfo(time_zone)
    named, where = style or PLAIN, (zone, language)
    pages = tuple(
        replace(p, dated=_dated(p, named, *where), days=_days(p, named, *where)) for p in text.pages
    )
    sentences = list(text.sentences)
    for place, (sentence, numbers) in enumerate(text.numbered):
        quoted = next((n for n in numbers if text.pages[n - 1].is_quoted_in(sentence)), None)
        marked = sentence.endswith(f"({text.pages[quoted - 1].named})") if quoted else False
        if quoted is not None and marked:
            worded = _worded(sentence, pages[quoted - 1], style or PLAIN, zone, language)
            sentences[place] = worded
            page = pages[quoted - 1]
            page = replace(page, captions=(*page.captions, worded))
            pages = (*pages[: quoted - 1], page, *pages[quoted:])
    return replace(text, sentences=tuple(sentences), pages=pages)


def _worded(sentence: str, page: CitedPage, style: str, zone: ZoneInfo, language: str) -> str:
    published = page.published_at
    quote, marks = _unmarked(sentence, page)
    quote = page.explained(quote)
    own = style not in _TEMPLATES
    template = style if own else (_TEMPLATES if published else _UNDATED)[style]
    template = translated(template, language)
    if not own:
        template = template.replace("“{quote}”", "{quote}".join(marks))
    told = {
        "quote": quote,
        "outlet": page.named,
        "author": page.author or "",
        "date": _day(published.astimezone(zone), style, language) if published else "",
        "time": _time(published.astimezone(zone), style, language) if published else "",
    }
    filled = re.sub(r"\{(\w+)\}", lambda place: told[place[1]], template)
    # What is not known leaves its commas and brackets behind.
    filled = re.sub(r"(?:\s*[,;/])+\s*(?=[,;/)]|$)|\(\s*\)", "", filled)
    return " ".join(filled.split())


def _unmarked(sentence: str, page: CitedPage) -> tuple[str, tuple[str, str]]:
    """The words of a quotation and its marks, without the outlet after them."""
    said = sentence.removesuffix(f"({page.named})").rstrip()
    matched = _EDGES.match(said)
    opening = (matched[1] or "“") if matched else "“"
    closing = {"„": "“", "“": "”", "«": "»", "« ": " »", "「": "」", "‘": "’"}.get(opening, "”")
    return said.removeprefix(opening).removesuffix(closing), (opening, closing)


def _dated(page: CitedPage, style: str, zone: ZoneInfo, language: str) -> str:
    """When a page was published, as a credit gives it."""
    if page.published_at is None:
        return ""
    local = page.published_at.astimezone(zone)
    day = _day(local, style, language)
    return f"{day}, {_time(local, style, language)}" if style == BBC else day


def _days(
    page: CitedPage, style: str, zone: ZoneInfo, language: str
) -> tuple[tuple[str, str], ...]:
    """The days that words such as "today" mean in the passages of a page."""
    if page.published_at is None:
        return ()
    published, locale = page.published_at.astimezone(zone), _locale(language)
    found: list[tuple[str, str]] = []
    for word in relative_days(" ".join((page.passage, *page.further))):
        day = published + timedelta(days=days_after(word))
        if locale.language != "en":
            found.append((word, format_skeleton("MMMMd", day, locale=locale)))
        elif style == AP:
            found.append((word, f"{_AP_MONTHS[day.month - 1]} {day.day}"))
        else:
            found.append((word, f"{day.day} {format_date(day, 'MMMM', locale=locale)}"))
    return tuple(found)


def _day(local: datetime, style: str, language: str) -> str:
    locale = _locale(language)
    if locale.language == "en":
        month = _AP_MONTHS[local.month - 1]
        if style == AP:
            return f"{month} {local.day}, {local.year}"
        return f"{local.day} {format_date(local, 'MMMM y', locale=locale)}"
    if style in (AP, BBC):
        return format_date(local, "long", locale=locale)
    return format_skeleton("yMMMd", local, locale=locale)


def _time(local: datetime, style: str, language: str) -> str:
    """The time of day with its zone: "3:30 p.m. CET", "15:30 CET"."""
    locale = _locale(language)
    zone = local.tzname() or "UTC"
    if locale.language != "en":
        return f"{format_time(local, 'short', locale=locale)} {zone}"
    if style != AP:
        return f"{local:%H:%M} {zone}"
    half = "a.m." if local.hour < 12 else "p.m."
    return f"{local.hour % 12 or 12}:{local:%M} {half} {zone}"


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_").split("_")[0].lower())
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")
