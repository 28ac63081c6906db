"""When an article was really published: feeds lie, so what they say is held against the time it
was seen and the date in the address."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

FIRST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before that no article was published on the web."""
CLOCKS_DIFFER = timedelta(days=1)
"""A time zone left out makes a date this wrong, and is no lie."""
_DAY = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<sep>[-/_]?)(?P<m>0?[1-9]|1[0-2])(?P=sep)(?P<d>0?[1-9]|[12]\d|3[01])(?!\d)"
)
_MONTH = re.compile(r"/(?P<y>(?:19|20)\d\d)[-/](?P<m>0[1-9]|1[0-2])(?=/|$)")


def believable(claimed: datetime | None, *, url: str, seen_at: datetime) -> datetime | None:
    """When an article was published, as far as it can be believed: never later than ``seen_at``;
    the older one where its address says another day; None where nothing can be believed."""
    if claimed is not None and not FIRST <= claimed <= seen_at + CLOCKS_DIFFER:
        claimed = None
    dated = _last_moment(url)
    if dated is not None and dated > seen_at + CLOCKS_DIFFER:
        dated = None  # what it is about is still to come
    if claimed is None:
        return min(dated, seen_at) if dated else None
    if dated is not None and claimed > dated + CLOCKS_DIFFER:
        return dated
    return min(claimed, seen_at)


def _last_moment(url: str) -> datetime | None:
    """The end of the day or month that stands in an address's path."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    for match in _DAY.finditer(path):
        if match["sep"] or (len(match["m"]) == len(match["d"]) == 2):
            try:
                day = datetime(int(match["y"]), int(match["m"]), int(match["d"]), tzinfo=UTC)
            except ValueError:
                continue
            return day + timedelta(days=1, seconds=-1) if day >= FIRST else None
    month = _MONTH.search(path)
    if month is None:
        return None
    year, number = int(month["y"]), int(month["m"])
    following = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return following - timedelta(seconds=1) if following > FIRST else None
