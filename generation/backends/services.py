"""Image services over HTTP: one way to ask them, with tries, limits and refusals in words.

A service's address is the operator's choice and not a stranger's, so it may be on the own network;
nothing it answers is trusted for that. Redirects are not followed, so a key stays with its host.
"""

from __future__ import annotations

import asyncio
import email.utils
import io
import json
import re
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final, cast

import httpx2
from PIL import Image
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from domain.errors import GeneratorUnavailable, Refused, RenderFailed
from domain.illustrations import Picture, Recipe
from domain.redaction import Redactor
from domain.translation.messages import gettext, joined
from generation.catalogue import Generator
from generation.image_services.wire import (
    Asked,
    Declined,
    Dialect,
    Json,
    Unreadable,
    error_code,
    error_message,
    objects,
    within,
)
from generation.ports import Progress

TRIES: Final = 3
MAX_ANSWER_BYTES: Final = 64_000_000
MAX_PIXELS: Final = 25_000_000
MAX_REASON_CHARS: Final = 200
EXAMINE_TIMEOUT_S: Final = 5.0
SAME_SHAPE: Final = 0.05
"""How far width to height may be off without a word, as a share."""
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_ACCOUNT: Final = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "account_deactivated",
        "invalid_api_key",
        "AccountOverdueError",
    }
)
_TRY_AGAIN: Final = re.compile(r"try again in (\d{1,5}(?:\.\d{1,6})?) ?(ms|s|m)\b", re.IGNORECASE)
_MEDIA_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


class ServiceBackend:
    """A generator that is a service somewhere."""

    def __init__(self, generator: Generator, dialect: Dialect) -> None:
        if generator.service is None:
            raise GeneratorUnavailable(
                gettext("The generator {name!r} has no address.", name=generator.name)
            )
        self._name = generator.name
        self._kind = generator.backend
        self._service = generator.service
        self._dialect = dialect
        self._client: httpx2.AsyncClient | None = None

    async def prepare(self) -> None:
        """Check that everything is set; the service itself is not asked."""
        self._check_settings()

    def complete(self, recipe: Recipe) -> Recipe:
        """The recipe with the model's name at the service; what it runs on is not known."""
        own = {"arguments": dict(self._service.arguments)} if self._service.arguments else {}
        return replace(
            recipe,
            revision=recipe.revision or self._service.model or self._name,
            parameters={**own, **recipe.parameters},
            versions={"limner": version("limner")},
            device=f"service {httpx2.URL(self._service.base_url).host}",
        )

    async def render(
        self, recipe: Recipe, references: Sequence[bytes], *, progress: Progress
    ) -> Picture:
        """Ask the service, at most three times within its time limit."""
        self._check_settings()
        await progress(0.0)
        asked = self._dialect.ask(recipe, references, self._service)
        try:
            async with asyncio.timeout(self._service.timeout_s):
                body = await self._tried(lambda: self._post(asked))
        except TimeoutError as error:
            raise self._failed(
                gettext(
                    "{place} didn't answer within {timeout_s:g} s",
                    place=self._place,
                    timeout_s=self._service.timeout_s,
                )
            ) from error
        try:
            answer = self._dialect.read(body, self._service)
            media_type, width, height = looked_at(answer.data)
        except Declined as error:
            raise self._refused(str(error)) from error
        except Unreadable as error:
            raise self._failed(_plain(str(error), self._service.api_key)) from error
        notes = answer.notes + _other_shape(recipe, width, height)
        return Picture(answer.data, media_type, width, height, notes, answer.cost_usd)

    async def examine(self) -> str:
        """Whether everything is set and the server can be reached; its key is not tried, since
        that could cost money."""
        self._check_settings()
        try:
            async with asyncio.timeout(EXAMINE_TIMEOUT_S):
                async with self._session().stream("GET", self._service.base_url):
                    pass  # what it answers does not matter
        except (TimeoutError, httpx2.HTTPError) as error:
            raise GeneratorUnavailable(
                gettext(
                    "{place} can't be reached; check the address and the network.",
                    place=self._place,
                )
            ) from error
        paid = self._service.needs_key and not self._service.price.is_known
        price = " Its price is unknown, so what it costs isn't counted." if paid else ""
        return f"{self._service.model or self._name} at {self._place}, reachable.{price}"

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    @property
    def _place(self) -> str:
        return str(httpx2.URL(self._service.base_url).netloc, "ascii", "replace")

    def _check_settings(self) -> None:
        prefix = f"LIMNER_{self._kind.upper().replace('-', '_')}"
        if not self._service.base_url:
            raise GeneratorUnavailable(
                gettext(
                    "The generator {name!r} needs an address; set {prefix}_BASE_URL.",
                    name=self._name,
                    prefix=prefix,
                )
            )
        if self._service.needs_key and not self._service.api_key:
            raise GeneratorUnavailable(
                gettext(
                    "The generator {name!r} needs an API key; set {prefix}_API_KEY.",
                    name=self._name,
                    prefix=prefix,
                )
            )

    def _session(self) -> httpx2.AsyncClient:
        if self._client is None:
            self._client = httpx2.AsyncClient(
                follow_redirects=False,
                timeout=httpx2.Timeout(self._service.timeout_s, connect=10.0),
                headers={"User-Agent": f"Limner/{version('limner')}"},
            )
        return self._client

    async def _tried(self, once: Callable[[], Awaitable[Json]]) -> Json:
        tries = AsyncRetrying(
            retry=retry_if_exception_type(_Again),
            stop=stop_after_attempt(TRIES),
            wait=_pause,
            reraise=True,
        )
        try:
            async for attempt in tries:
                with attempt:
                    return await once()
        except _Again as error:
            raise self._failed(error.args[0]) from error.__cause__
        raise AssertionError  # pragma: no cover - the loop returns or raises

    async def _post(self, asked: Asked) -> Json:
        url = self._service.base_url.rstrip("/") + asked.path
        try:
            async with self._session().stream(
                "POST",
                url,
                json=asked.json,
                data=asked.form,
                files=list(asked.files) or None,
                headers=dict(asked.headers or {}),
            ) as response:
                raw = await _read(response)
        except httpx2.TimeoutException as error:
            raise _Again(gettext("{place} took too long to answer", place=self._place)) from error
        except httpx2.HTTPError as error:
            raise _Again(
                gettext("{place} can't be reached, or the connection was lost", place=self._place)
            ) from error
        body = _json(raw)
        if response.is_success:
            return body
        raise self._unsuccessful(response, body)

    def _unsuccessful(self, response: httpx2.Response, body: Json) -> Exception:
        status = response.status_code
        reason = self._dialect.refusal(status, body)
        if reason is not None:
            return self._refused(reason)
        said = _plain(error_message(body), self._service.api_key)
        if status in (401, 403) or is_account_trouble(body):
            return GeneratorUnavailable(
                gettext(
                    "The service behind the generator {name!r} rejected Limner "
                    "({said}). The operator must check the API key and the account.",
                    name=self._name,
                    said=said or status,
                )
            )
        if status in _AGAIN:
            return _Again(
                gettext("{place} answered {status}", place=self._place, status=status),
                retry_after_s=retry_after_s(response.headers, body),
            )
        if status == 404:
            return GeneratorUnavailable(
                gettext(
                    "The service behind the generator {name!r} doesn't know the model "
                    "{model!r} or the address. Check both.",
                    name=self._name,
                    model=self._service.model,
                )
            )
        answered = gettext("{place} answered {status}", place=self._place, status=status)
        return self._failed(joined(answered, f"({said})" if said else ""))

    def _refused(self, reason: str) -> Refused:
        said = _plain(reason, self._service.api_key)
        return Refused(
            gettext(
                "The service behind {name} refused this picture ({said}). Reword the "
                "request or choose another generator.",
                name=self._name,
                said=said,
            )
        )

    def _failed(self, why: str) -> RenderFailed:
        return RenderFailed(self._name, why)


def _other_shape(recipe: Recipe, width: int, height: int) -> tuple[str, ...]:
    """What to say when a service made another shape than was asked for."""
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


class _Again(Exception):
    """A try that failed and may be repeated, after the pause that the service asked for."""

    def __init__(self, why: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


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


def _plain(text: str, secret: str) -> str:
    """A provider's words for a sentence of ours: one line, short, without the key."""
    text = Redactor(filter(None, (secret,))).text(text)
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split()).rstrip(" .!")
    return line if len(line) <= MAX_REASON_CHARS else line[: MAX_REASON_CHARS - 1] + "…"


async def _read(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise _Again(
                gettext(
                    "{place} sent more than {size} MB",
                    place=str(response.url.netloc, "ascii", "replace"),
                    size=MAX_ANSWER_BYTES // 1_000_000,
                )
            )
    return bytes(body)


def _json(raw: bytes) -> Json:
    """The answer's object; anything else is an object without anything in it."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return cast("Json", body) if isinstance(body, dict) else {}


def is_account_trouble(body: Json) -> bool:
    """Whether an unsuccessful answer speaks of the key or of a quota that does not come back within
    minutes. The passing limit of a minute is none, although its words may speak of a quota too."""
    said = error_message(body).casefold()
    codes = {error_code(body), str(within(body, "error").get("type") or "")}
    details = objects(within(body, "error"), "details")
    violated = [v for detail in details for v in objects(detail, "violations")]
    if codes & _ACCOUNT or any("PerDay" in str(v.get("quotaId")) for v in violated):
        return True
    if retry_after_s({}, body) is not None:
        return False
    return any(words in said for words in ("api key", "billing", "exceeded your current quota"))


def retry_after_s(headers: Mapping[str, str], body: Json) -> float | None:
    """The pause in seconds that a service asks for: by its header, by ``RetryInfo`` in Google's
    errors, or in words as OpenAI does; at most a day."""
    by_header = _seconds_of(headers.get("Retry-After", "").strip())
    if by_header is not None:
        return by_header
    for detail in objects(within(body, "error"), "details"):
        delay = re.fullmatch(r"(\d{1,6}(?:\.\d{1,9})?)s", str(detail.get("retryDelay") or ""))
        if delay:
            return min(float(delay[1]), 86_400.0)
    told = _TRY_AGAIN.search(error_message(body))
    if told is None:
        return None
    return float(told[1]) * {"ms": 0.001, "s": 1.0, "m": 60.0}[told[2]]


def _seconds_of(value: str) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(min(int(value[:9]), 86_400))
    try:
        then = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (then - datetime.now(UTC)).total_seconds())


def _pause(state: RetryCallState) -> float:
    """What the service asked for, or about 0.5 and 1 s with jitter."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _Again) and error.retry_after_s is not None:
        return error.retry_after_s
    jitter = (datetime.now(UTC).microsecond % 1000) / 1000
    return float(0.5 * 2 ** (state.attempt_number - 1) * (0.5 + jitter))
