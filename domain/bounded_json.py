"""JSON from outside, parsed in bounded time.

A byte limit alone is not enough: a megabyte of ``[],[],…`` takes a hundred times as long as a
megabyte of text, since each list is an object of its own. So what makes objects is counted first,
which takes a millisecond for a megabyte.
"""

from __future__ import annotations

import json
from typing import Any, cast

from domain.translation.messages import gettext

MAX_BYTES = 2_000_000
MAX_CONTAINERS = 8_000
"""Lists and objects; brackets inside strings count too."""
MAX_VALUES = 30_000
"""Commas and colons, likewise."""
MAX_DEPTH = 64
"""Lists and objects within each other."""
MAX_DIGITS = 400


class UnacceptableJson(ValueError):
    """It is no JSON, or more than is parsed here; ``str()`` says why, to stand after "it"."""


def parse_json(data: bytes | bytearray | str, *, max_bytes: int = MAX_BYTES) -> Any:
    """The value, within 20 ms for 2 MB of any content (on a core of 2020).

    ``NaN`` and infinities, which some servers send although they are no JSON, are None, and so are
    whole numbers of more than 400 digits. A larger
    ``max_bytes`` costs about a millisecond for each further megabyte.

    Raises:
        UnacceptableJson: It is no JSON, or too large, too finely divided or too deeply nested.
    """
    encoded = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(encoded) > max_bytes:
        raise UnacceptableJson(
            gettext("is larger than {max_bytes:.1f} MB", max_bytes=max_bytes / 1e6)
        )
    if encoded.count(b"[") + encoded.count(b"{") > MAX_CONTAINERS:
        raise UnacceptableJson(gettext("has too many parts"))
    if encoded.count(b",") + encoded.count(b":") > MAX_VALUES:
        raise UnacceptableJson("has too many parts")
    try:
        value: Any = json.loads(data, parse_constant=_nothing, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        raise UnacceptableJson(gettext("isn't JSON")) from error
    if _is_deeper(value, MAX_DEPTH):
        raise UnacceptableJson(gettext("is nested too deeply"))
    return value


def _nothing(_constant: str) -> None:
    return None


def _integer(digits: str) -> int | None:
    # Reading a number takes the square of its length; none that means anything has 400 digits.
    return int(digits) if len(digits) <= MAX_DIGITS else None


def _is_deeper(value: object, most: int) -> bool:
    """Whether there are more than ``most`` containers within each other."""
    level: list[object] = [value]
    for _ in range(most):
        level = [child for container in level for child in _containers_in(container)]
        if not level:
            return False
    return True


def _containers_in(value: object) -> list[object]:
    if isinstance(value, dict):
        children = list(cast("dict[str, object]", value).values())
    elif isinstance(value, list):
        children = cast("list[object]", value)
    else:
        return []
    return [child for child in children if isinstance(child, (dict, list))]
