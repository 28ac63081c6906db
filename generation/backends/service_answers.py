"""Reading answers of image services: pauses, trouble with the account, pictures and reasons."""

from __future__ import annotations

import email.utils
import io
import json
import re
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, cast

from PIL import Image

from domain.illustrations import Recipe
from domain.redaction import Redactor
from domain.translation.messages import gettext
from generation.image_services.wire import (
    Json,
    Unreadable,
    error_code,
    error_message,
    objects,
    within,
)

MAX_PIXELS: Final = 25_000_000
MAX_REASON_CHARS: Final = 200
SAME_SHAPE: Final = 0.05
"""The deviation of width to height that is not mentioned, as a share."""
_ACCOUNT: Final = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "account_deactivated",
        "invalid_api_key",
        "AccountOverdueError",
        "SetLimitExceeded",
    }
)
_NOTHING_ALLOWED: Final = re.compile(r"\blimit:? 0\b(?!\.\d)")
"""Gemini's and OpenAI's words for a model that the account's plan does not include."""
_AMOUNT: Final = (
    r"(\d{1,5}(?:\.\d{1,12})?) ?"
    r"(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h)(?![a-z])"
)
_TRY_AGAIN: Final = re.compile(
    rf"(?:try again|retry|wait)(?: in| after| for)? ((?:{_AMOUNT}(?:,? and |, | )?)+)",
    re.IGNORECASE,
)
_SECONDS: Final[Mapping[str, float]] = {"s": 1.0, "m": 60.0, "h": 3600.0}
"""By the first letter of a unit longer than a thousandth."""
MAX_PAUSE_S: Final = 86_400.0
_MEDIA_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def other_shape(recipe: Recipe, width: int, height: int) -> tuple[str, ...]:
    """The note when a service made another shape than was requested."""
    if abs(width * recipe.height / (height * recipe.width) - 1) <= SAME_SHAPE:
        return ()
    note = gettext(
        "The picture is {width}×{height} because the service chose that size "
        "instead of {wanted_width}×{wanted_height}.",
        width=width,
        height=height,
        wanted_width=recipe.width,
        wanted_height=recipe.height,
    )
    return (note,)


def looked_at(data: bytes) -> tuple[str, int, int]:
    """Media type, width and height, read from the head of the file without decoding its pixels.

    Raises:
        Unreadable: It is no PNG, JPEG or WebP, or has more pixels than a picture may.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=tuple(_MEDIA_TYPES)) as image:
                width, height = image.size
                kind = _MEDIA_TYPES[image.format or ""]
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, KeyError) as error:
        raise Unreadable(
            gettext("it sent something other than a PNG, JPEG or WebP picture")
        ) from error
    if width * height > MAX_PIXELS:
        raise Unreadable(
            gettext(
                "the picture has {width}×{height} pixels, more than 25 million",
                width=width,
                height=height,
            )
        )
    return kind, width, height


def plain_reason(text: str, secret: str) -> str:
    """A provider's words for a sentence of ours: one line, short, without the key."""
    text = Redactor(filter(None, (secret,))).text(text)
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split()).rstrip(" .!")
    return line if len(line) <= MAX_REASON_CHARS else line[: MAX_REASON_CHARS - 1] + "…"


def json_object(raw: bytes) -> Json:
    """The answer's object; anything else is an object without anything in it."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return cast("Json", body) if isinstance(body, dict) else {}


def status_of_error(body: Json) -> int | None:
    """The status that an answer with the status 200 should have had: gateways put errors into
    them. None where it holds no error, or pictures too."""
    error = within(body, "error")
    if not error or any(objects(body, name) for name in ("data", "candidates")):
        return None
    for name in ("code", "status"):
        found: object = error.get(name)
        if isinstance(found, int | str) and re.fullmatch(r"[45][0-9]{2}", str(found)):
            return int(found)
    return 400


def is_account_trouble(body: Json) -> bool:
    """Whether an unsuccessful answer is about the key or a quota that does not come back within
    minutes. The passing limit of a minute is not, although its message may mention a quota too."""
    message = error_message(body).casefold()
    codes = {error_code(body), str(within(body, "error").get("type") or "")}
    details = objects(within(body, "error"), "details")
    violated = [v for detail in details for v in objects(detail, "violations")]
    if codes & _ACCOUNT or any("PerDay" in str(v.get("quotaId")) for v in violated):
        return True
    if _NOTHING_ALLOWED.search(message):
        return True
    if retry_after_s({}, body) is not None:
        return False
    return any(words in message for words in ("api key", "billing", "exceeded your current quota"))


def retry_after_s(headers: Mapping[str, str], body: Json) -> float | None:
    """The pause in seconds that a service asks for: by its header, by ``RetryInfo`` in Google's
    errors, or in words such as "try again in 12s" or "retry after 24 seconds"; at most a day."""
    by_header = _seconds_of(headers.get("Retry-After", "").strip())
    if by_header is not None:
        return by_header
    exactly = headers.get("Retry-After-Ms", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", exactly):
        return min(int(exactly) / 1000, MAX_PAUSE_S)
    for detail in objects(within(body, "error"), "details"):
        delay = re.fullmatch(r"(\d{1,6}(?:\.\d{1,9})?)s", str(detail.get("retryDelay") or ""))
        if delay:
            return min(float(delay[1]), MAX_PAUSE_S)
    match = _TRY_AGAIN.search(error_message(body))
    if match is None:
        return None
    amounts = re.findall(_AMOUNT, match[1].lower())
    return min(sum(float(count) * _seconds_in(unit) for count, unit in amounts), MAX_PAUSE_S)


def _seconds_in(unit: str) -> float:
    return 0.001 if unit.startswith(("ms", "milli")) else _SECONDS[unit[0]]


def _seconds_of(value: str) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date."""
    if not value:
        return None
    if re.fullmatch(r"[0-9]+(?:\.[0-9]{1,9})?", value):
        whole, dot, part = value.partition(".")
        return min(float(whole[:9] + dot + part), MAX_PAUSE_S)
    try:
        then = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (then - datetime.now(UTC)).total_seconds())
