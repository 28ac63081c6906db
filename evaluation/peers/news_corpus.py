"""A corpus of news items whose events are known: several tellings of each event on many sites,
copies of one agency's text, bare headlines, and old stories with new dates."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.news import NewsItem

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SITES = tuple(
    f"{name}.example"
    for name in (
        "nordpost", "ellerytimes", "dailysound", "haldenherald", "morgenblatt", "thebeacon",
        "osktribune", "vellanews", "citywire", "quayside", "talkurier", "islandvoice",
        "northernstar", "marketsquare", "lanternpress", "highstreet",
    )
)  # fmt: skip
_EVENTS = Path(__file__).with_name("news_events.txt")


@dataclass(frozen=True, slots=True)
class Labelled:
    """An item and its event; ``copy`` is whether another site's text is repeated."""

    item: NewsItem
    event: str
    language: str
    copy: bool = False


def corpus(*, half: str = "all") -> list[Labelled]:
    """The items of all events, or of the ``train`` or ``held-out`` half of them; events about the
    same places and firms are in the same half."""
    reports = _reports()
    families = list(dict.fromkeys(_family(event) for event, *_ in reports))
    chosen = {"all": families, "train": families[::2], "held-out": families[1::2]}[half]
    labelled: list[Labelled] = []
    for number, (event, hours, language, title, text) in enumerate(reports):
        if _family(event) in chosen:
            labelled += _items(number, event, hours, language, title, text)
    return labelled


def _family(event: str) -> str:
    name = event.partition(".")[0]
    return event if name == "alone" else name


def _reports() -> list[tuple[str, int, str, str, str]]:
    """Event, age in hours, language, headline and text of every report."""
    reports: list[tuple[str, int, str, str, str]] = []
    event, hours = "", 0
    for line in _EVENTS.read_text(encoding="utf-8").splitlines():
        begin = re.fullmatch(r"= (\S+) (\d+)", line)
        if begin:
            event, hours = begin[1], int(begin[2])
        elif line and not line.startswith("#"):
            language, title, text = (part.strip() for part in line.split("|"))
            reports.append((event, hours, language, title, text))
    return reports


def _items(
    number: int, event: str, hours: int, language: str, title: str, text: str
) -> list[Labelled]:
    """The report itself, and for some a copy of it elsewhere or its bare headline."""
    at = NOW - timedelta(hours=hours, minutes=number % 50)
    own = Labelled(_item(number, title, text, at), event, language)
    found = [own]
    if event.startswith("alone"):
        return found
    if number % 3 == 0:
        copied = text if number % 2 else text[: int(len(text) * 0.8)].rstrip() + "…"
        suffix = " - Lantern Press" if number % 4 == 0 else ""
        again = _item(number + 7, f"{title}{suffix}", copied, at + timedelta(hours=1))
        found.append(replace(own, item=again, copy=True))
    if number % 7 == 1:
        bare = _item(number + 5, title, "", at + timedelta(hours=2))
        found.append(replace(own, item=bare, copy=True))
    if number % 11 == 4:
        # Many feeds date what they touched again as new.
        late = replace(own.item, url=f"{own.item.url}?again", published_at=NOW)
        found.append(replace(own, item=late, copy=True))
    return found


def _item(number: int, title: str, text: str, at: datetime) -> NewsItem:
    site = SITES[number % len(SITES)]
    return NewsItem(
        title=title,
        url=f"https://www.{site}/{at:%Y/%m/%d}/{number}",
        site=site,
        summary=text,
        seen_at=NOW,
        published_at=at,
    )
