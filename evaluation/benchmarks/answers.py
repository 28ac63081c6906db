"""Reading a judge's answer. Anything that is not clearly a mark gives None: nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from agent.research.tolerant_json import UnreadableJson, loads


def said(answer: str) -> str:
    """The answer without what the model thought before it."""
    return answer.rpartition("</think>")[2].strip()


def json_object(answer: str) -> Mapping[str, Any] | None:
    """The JSON object in an answer; None in prose."""
    body = said(answer)
    start, end = body.find("{"), body.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        value: Any = loads(body[start : end + 1])
    except UnreadableJson:
        return None
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else None


def number(value: Any, *, low: float, high: float, step: float) -> float | None:
    """A mark on a scale; None for what is no number, is off the scale or between its steps."""
    if isinstance(value, str):
        try:
            value = float(value.strip())
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not low <= value <= high or abs(value / step - round(value / step)) > 1e-6:
        return None
    return float(value)
