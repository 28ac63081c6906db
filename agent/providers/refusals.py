"""Errors that a provider sends in place of results, under any HTTP status.

MediaWiki, Serper, Brave, Tavily and Openverse all have answers with the status 200 (or behind a
proxy that makes it 200) which say that there is no answer. Read as results they would be empty, and
"nothing exists" would be cached for all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from agent.sandbox.found_texts import one_line
from domain.translation.messages import gettext

_MOST_CHARS = 160
_RESULTS = frozenset(
    {"results", "organic", "images", "news", "web", "articles", "pages", "data"}
    | {"answerBox", "knowledgeGraph", "result_count"}
)
"""Where one of these keys is present, ``message`` and the like are about the results."""
_ALWAYS = ("error", "errors")
_ALONE = ("message", "detail", "details", "error_message", "errorMessage", "msg")
_SAID_IN = ("info", "detail", "message", "error", "text", "html", "description", "code", "type")
_FAILED_STATUS = frozenset({"error", "fail", "failed", "failure"})
_WAIT = re.compile(
    r"(?:available|again|retry|every)\D{0,40}?(\d{1,5}(?:\.\d{1,3})?)\s*(?:s\b|sec)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A provider's error in place of results; ``retry_after_s`` where it names a time."""

    why: str
    retry_after_s: float | None = None


def refusal_in(answer: Mapping[str, Any]) -> Refusal | None:
    """The error that an answer is; None where it is none."""
    for name in _ALWAYS:
        if message := _message_in(answer.get(name)):
            return _refusal(message)
    if str(answer.get("type")) == "ErrorResponse" or _failed(answer):
        return _refusal(_first_message(answer) or gettext("no reason was given"))
    if _RESULTS & answer.keys():
        return None
    message = _first_message(answer)
    return _refusal(message) if message else None


def _refusal(message: str) -> Refusal:
    wait = _WAIT.search(message)
    return Refusal(message, float(wait[1]) if wait else None)


def _first_message(answer: Mapping[str, Any]) -> str:
    return next(filter(None, (_message_in(answer.get(name)) for name in _ALONE)), "")


def _failed(answer: Mapping[str, Any]) -> bool:
    for name in ("status", "statusCode", "status_code", "code"):
        value: object = answer.get(name)
        if isinstance(value, str) and value.lower() in _FAILED_STATUS:
            return True
        if isinstance(value, (int, str)) and re.fullmatch(r"[45]\d\d", str(value)):
            return True
    return answer.get("success") is False or answer.get("ok") is False


def _message_in(value: object, *, deep: int = 3) -> str:
    """The words of an error, which are a text, or an object or a list that holds one."""
    if value is True:
        return "no reason was given"
    if isinstance(value, (str, int)) and value:
        return one_line(value, most=_MOST_CHARS)
    if deep and isinstance(value, list):
        entries = cast("Sequence[object]", value)[:5]
        return next(filter(None, (_message_in(entry, deep=deep - 1) for entry in entries)), "")
    if deep and isinstance(value, dict):
        inside = cast("Mapping[str, object]", value)
        messages = (_message_in(inside.get(name), deep=deep - 1) for name in _SAID_IN)
        words = next(filter(None, messages), "")
        return words or ("no reason was given" if inside else "")
    return ""
