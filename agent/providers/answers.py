"""Reading a provider's JSON answer; any error in it becomes ``ProviderUnavailable``."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Any, cast

from yarl import URL

from agent.ports import Fetched, Fetcher
from agent.providers.refusals import refusal_in
from domain.bounded_json import UnacceptableJson, parse_json
from domain.errors import FetchFailed, ProviderUnavailable
from domain.redaction import Redactor
from domain.translation.messages import gettext, stored

KEY_HEADERS = frozenset({"authorization", "x-api-key", "x-subscription-token"})

MAX_JSON_BYTES = 1_000_000
MAX_ENTRIES = 100
"""Results that are looked at in one answer."""
MAX_URL_CHARS = 2048
MAX_WAIT_S = 5.0
"""Seconds for which an answer is waited when a provider asks for it; beyond, it is unavailable."""


async def json_object(
    fetcher: Fetcher,
    provider: str,
    url: str,
    params: Mapping[str, str],
    *,
    headers: Mapping[str, str] | None = None,
    mend: Callable[[bytes], bytes] | None = None,
) -> tuple[Mapping[str, Any], Fetched]:
    """The object that an address answers with, and how it was fetched.

    ``mend`` gets the body before it is parsed, for a provider whose JSON is known to be broken.

    Raises:
        ProviderUnavailable: There was no answer, none that can be read, or an error, whatever its
            HTTP status was.
    """

    async def ask() -> Fetched:
        return await fetcher.get(url, params=params, headers=headers, max_bytes=MAX_JSON_BYTES)

    return await _answered(provider, ask, headers, mend)


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
        ProviderUnavailable: There was no answer, none that can be read, or an error, whatever its
            HTTP status was.
    """
    return await _answered(
        provider, lambda: fetcher.post(url, body, headers=headers), headers, None
    )


async def _answered(
    provider: str,
    ask: Callable[[], Awaitable[Fetched]],
    headers: Mapping[str, str] | None,
    mend: Callable[[bytes], bytes] | None,
) -> tuple[Mapping[str, Any], Fetched]:
    """An answer that is no error; one that asks for a short wait is waited for once."""
    try:
        return await _asked_once(provider, ask, headers, mend)
    except ProviderUnavailable as error:
        # The fetcher has waited already where the HTTP status said that it is an error.
        if error.retry_after_s is None or isinstance(error.__cause__, FetchFailed):
            raise
        if error.retry_after_s > MAX_WAIT_S:
            raise
        await asyncio.sleep(error.retry_after_s)
    return await _asked_once(provider, ask, headers, mend)


async def _asked_once(
    provider: str,
    ask: Callable[[], Awaitable[Fetched]],
    headers: Mapping[str, str] | None,
    mend: Callable[[bytes], bytes] | None,
) -> tuple[Mapping[str, Any], Fetched]:
    try:
        fetched = await ask()
    except FetchFailed as error:
        raise ProviderUnavailable(provider, error.why, retry_after_s=error.retry_after_s) from error
    body = mend(fetched.body) if mend else fetched.body
    answer = _object(provider, body, headers, fetched.retry_after_s)
    refusal = refusal_in(answer)
    if refusal is not None:
        waits = (fetched.retry_after_s, refusal.retry_after_s)
        raise ProviderUnavailable(
            provider,
            gettext("it answered with an error, {why!r}", why=refusal.why),
            retry_after_s=next((wait for wait in waits if wait is not None), None),
        )
    return answer, fetched


def _object(
    provider: str,
    body: bytes,
    headers: Mapping[str, str] | None,
    retry_after_s: float | None,
) -> Mapping[str, Any]:
    """The answer, without the key that the request carried: a provider may repeat it."""
    try:
        answer = parse_json(body)
    except UnacceptableJson as error:
        raise ProviderUnavailable(
            provider,
            gettext("its answer {problem}", problem=stored(str(error))),
            retry_after_s=retry_after_s,
        ) from error
    if not isinstance(answer, dict):
        raise ProviderUnavailable(
            provider,
            gettext("its answer has another form than agreed"),
            retry_after_s=retry_after_s,
        )
    found = cast("Mapping[str, Any]", answer)
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    keys = [sent[name].removeprefix("Bearer ") for name in sent if name in KEY_HEADERS]
    return Redactor(keys).value(found) if keys else found


def part(value: object, *names: str) -> Mapping[str, Any]:
    """The object at that place; an empty one where there is none."""
    for name in names:
        value = cast("Mapping[str, Any]", value).get(name) if isinstance(value, dict) else None
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def parts(value: object) -> Sequence[Mapping[str, Any]]:
    """The objects among the first 100 entries of a list (or values of an object); nothing where it
    is neither."""
    if isinstance(value, dict):
        value = list(islice(cast("Mapping[str, Any]", value).values(), MAX_ENTRIES))
    if not isinstance(value, list):
        return []
    return [
        cast("Mapping[str, Any]", entry)
        for entry in cast("Sequence[object]", value)[:MAX_ENTRIES]
        if isinstance(entry, dict)
    ]


def texts(value: object) -> Sequence[str]:
    """The texts among the first 100 entries of a list; nothing where it is none."""
    entries = cast("Sequence[object]", value)[:MAX_ENTRIES] if isinstance(value, list) else ()
    return [entry for entry in entries if isinstance(entry, str)]


def joined(*values: object) -> str:
    """Several texts as one, each once; those that are none are left out."""
    return "\n".join(
        dict.fromkeys(text.strip() for text in values if isinstance(text, str) and text)
    )


def by_index(pages: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """A MediaWiki's pages in the order of their ``index``; those without one come last."""

    def position(page: Mapping[str, Any]) -> float:
        index: object = page.get("index")
        return index if isinstance(index, int) else float("inf")

    return sorted(pages, key=position)


def web_address(value: object) -> str | None:
    """An http or https address where one stands that can be opened; ``//host/…`` becomes https."""
    if not isinstance(value, str) or len(value) > MAX_URL_CHARS:
        return None
    value = value.strip()
    if value.startswith("//"):
        value = "https:" + value
    if not value.startswith(("https://", "http://")) or not _can_be_opened(value):
        return None
    return value


def _can_be_opened(address: str) -> bool:
    # Controls, direction overrides, lone surrogates, private and unassigned characters.
    if not address.isascii() and any(unicodedata.category(c)[0] == "C" for c in address):
        return False
    try:
        parsed = URL(address)
        return bool(parsed.raw_host) and parsed.port is not None
    except ValueError:
        return False
