"""Response headers, which may hold any content."""

from __future__ import annotations

import email.utils
import re
from datetime import UTC, datetime

MAX_RETRY_AFTER_S = 86_400.0
MAX_MEDIA_TYPE_CHARS = 200
_SECONDS = re.compile(r"[0-9]+")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


def retry_after(value: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds (0 to 86,400) from a Retry-After header, which holds seconds or a date; None where
    it holds neither."""
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        # Python refuses to read numbers of more than 4,300 digits.
        return min(float(text[:12]), MAX_RETRY_AFTER_S)
    try:
        then = email.utils.parsedate_to_datetime(text[:100])
        if then.tzinfo is None:
            then = then.replace(tzinfo=UTC)
        seconds = (then - (now or datetime.now(UTC))).total_seconds()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return min(max(0.0, seconds), MAX_RETRY_AFTER_S)


def media_type(value: str | None) -> str:
    """A Content-Type header in printable ASCII, at most 200 characters."""
    text = _UNPRINTABLE.sub("", value or "").strip()
    return text[:MAX_MEDIA_TYPE_CHARS] or "application/octet-stream"
