"""Times of publication, as feeds and search engines write them."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_AGO = re.compile(r"(\d{1,3}|an?)\s+(minute|hour|day|week|month)s?\s+ago", re.IGNORECASE)
_UNITS = {"minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800, "month": 2_592_000}
_WRITTEN: tuple[Callable[[str], datetime], ...] = (
    datetime.fromisoformat,
    email.utils.parsedate_to_datetime,
    lambda text: datetime.strptime(text, "%b %d, %Y").replace(tzinfo=UTC),
)


def moment(value: object, *, at: datetime) -> datetime | None:
    """The time (UTC) that a text names: ISO 8601 (also without signs, as GDELT's), as in mails,
    "Jan 2, 2026" or "3 hours ago", counted from ``at``; None where it names none."""
    text = str(value).strip()[:60] if isinstance(value, str) else ""
    ago = _AGO.fullmatch(text)
    if ago:
        count = int(ago[1]) if ago[1].isdigit() else 1
        return at - timedelta(seconds=count * _UNITS[ago[2].lower()])
    for read in _WRITTEN:
        try:
            found = read(text)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None
