"""Reading a provider's JSON answer; whatever is wrong with it becomes ``ProviderUnavailable``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from agent.ports import Fetched, Fetcher
from domain.errors import FetchFailed, ProviderUnavailable


async def json_object(
    fetcher: Fetcher,
    provider: str,
    url: str,
    params: Mapping[str, str],
    *,
    headers: Mapping[str, str] | None = None,
) -> tuple[Mapping[str, Any], Fetched]:
    """The object that an address answers with, and how it was fetched.

    Raises:
        ProviderUnavailable: There was no answer, or none that can be read.
    """
    try:
        fetched = await fetcher.get(url, params=params, headers=headers)
    except FetchFailed as error:
        raise ProviderUnavailable(provider, error.why) from error
    return _object(provider, fetched), fetched


async def json_posted(
    fetcher: Fetcher,
    provider: str,
    url: str,
    body: Mapping[str, Any],
    *,
    headers: Mapping[str, str] | None = None,
) -> tuple[Mapping[str, Any], Fetched]:
    """The object that an address answers a JSON object with, and how it was fetched.

    Raises:
        ProviderUnavailable: There was no answer, or none that can be read.
    """
    try:
        fetched = await fetcher.post(url, body, headers=headers)
    except FetchFailed as error:
        raise ProviderUnavailable(provider, error.why) from error
    return _object(provider, fetched), fetched


def _object(provider: str, fetched: Fetched) -> Mapping[str, Any]:
    try:
        answer = json.loads(fetched.body)
    except (ValueError, RecursionError) as error:
        raise ProviderUnavailable(provider, "its answer is no JSON") from error
    if not isinstance(answer, dict):
        raise ProviderUnavailable(provider, "its answer has another form than agreed")
    return cast("Mapping[str, Any]", answer)


def part(value: object, *names: str) -> Mapping[str, Any]:
    """The object at that place; an empty one where there is none."""
    for name in names:
        value = cast("Mapping[str, Any]", value).get(name) if isinstance(value, dict) else None
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def parts(value: object) -> Sequence[Mapping[str, Any]]:
    """The objects in a list (or the values of an object); nothing where it is neither."""
    if isinstance(value, dict):
        value = list(cast("Mapping[str, Any]", value).values())
    if not isinstance(value, list):
        return []
    return [
        cast("Mapping[str, Any]", entry)
        for entry in cast("Sequence[object]", value)
        if isinstance(entry, dict)
    ]


def web_address(value: object) -> str | None:
    """An http or https address where one stands; ``//host/…`` becomes https."""
    if not isinstance(value, str):
        return None
    if value.startswith("//"):
        value = "https:" + value
    return value if value.startswith(("https://", "http://")) and len(value) <= 2048 else None
