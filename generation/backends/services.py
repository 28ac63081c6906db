"""Image services over HTTP: one way to ask them, with tries, limits and refusals in words.

A service's address is the operator's choice and not untrusted, so it may be on the own network;
nothing it answers is trusted for that. Redirects are not followed, so a key stays with its host.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

import httpx2
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from domain.errors import GeneratorUnavailable, Refused, RenderFailed
from domain.illustrations import Picture, Recipe
from domain.translation.messages import gettext, joined
from generation.backends.addresses import Addresses
from generation.backends.server_facts import ServerFacts, refined
from generation.backends.service_answers import (
    is_account_trouble,
    json_object,
    looked_at,
    other_shape,
    plain_reason,
    retry_after_s,
    status_of_error,
)
from generation.capabilities import Capabilities
from generation.generator import Generator
from generation.image_services.registry import IMAGE_SERVICES
from generation.image_services.spec import Service
from generation.image_services.wire import (
    Declined,
    Dialect,
    Json,
    ServiceRequest,
    Unreadable,
    error_message,
)
from generation.known_models import authors_arguments, prompt_limit_of
from generation.ports import Progress
from generation.prompt_fitting import fitted_prompt
from generation.prompt_reading import PromptReader, estimating_reader

TRIES: Final = 3
MAX_ANSWER_BYTES: Final = 64_000_000
EXAMINE_TIMEOUT_S: Final = 5.0
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 525), 529})
"""Statuses that pass; those from 520 on are Cloudflare's, of a server that did not answer it."""


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
        self._addresses = {
            edits: Addresses(self._service.addresses(edits=edits)) for edits in (False, True)
        }
        self._dialect = dialect
        self._client: httpx2.AsyncClient | None = None
        self._servers: dict[bool, ServerFacts] = {}
        """The servers that answer requests without and with references, where they are known."""
        self._prompt = generator.capabilities.prompt

    async def prepare(self) -> None:
        """Check that everything is set. A server of one's own is asked what it runs, once a
        process, so that recipes can name it and what it can do is known; a paid service is not
        asked."""
        self._check_settings()
        for edits in (False, True):
            is_own = self._service.edits_are_own if edits else self._service.is_own
            known = self._addresses[edits].known
            if is_own and known and edits not in self._servers:
                facts = await self._facts_of(known[0])
                if facts is not None:
                    self._servers[edits] = facts

    async def _facts_of(self, address: str) -> ServerFacts | None:
        """None where the server did not answer, so that it is asked again."""
        root = address.rstrip("/").removesuffix("/v1")
        answers = [await self._plain_get(root + path) for path in ("/v1/models", "/version")]
        if not any(answer is not None for answer in answers):
            return None
        facts = ServerFacts.read(*(answer or {} for answer in answers))
        redacted: dict[str, Any] = {
            name: plain_reason(getattr(facts, name), self._service.api_key)
            for name in ("software", "model", "pipeline", "task")
        }
        return replace(facts, **redacted)

    async def _plain_get(self, url: str) -> Json | None:
        try:
            async with asyncio.timeout(EXAMINE_TIMEOUT_S):
                async with self._session().stream("GET", url) as response:
                    return json_object(await _read(response)) if response.is_success else {}
        except (TimeoutError, httpx2.HTTPError, _Retry):
            return None

    def refined(self, can: Capabilities) -> Capabilities:
        """The capabilities of the generator by its servers' reports."""
        words = self._facts(edits=False)
        if not self._service.model and words.only_model:
            can = IMAGE_SERVICES[self._kind].adapt(can, words.only_model)
        return refined(can, words, self._facts(edits=True))

    def _facts(self, *, edits: bool) -> ServerFacts:
        return self._servers.get(edits) or ServerFacts()

    def reader(self, *, edits: bool) -> PromptReader:
        """How its model reads prompts: by what the server reports, or by the model's name. Its
        tokenizer is elsewhere, so that is an estimate."""
        service = self._for([()] if edits else [])
        limit = self._facts(edits=edits).prompt_limit(edits=edits)
        return estimating_reader(
            limit or prompt_limit_of(service.model, edits=edits) or self._prompt
        )

    def complete(self, recipe: Recipe) -> Recipe:
        """The recipe with the model's name at the service; what it runs on is not known."""
        service = self._for(recipe.references)
        facts = self._facts(edits=bool(recipe.references))
        own = {"arguments": dict(service.arguments)} if service.arguments else {}
        hosts = [httpx2.URL(a).host for a in service.addresses(edits=bool(recipe.references))]
        return replace(
            recipe,
            revision=recipe.revision or facts.model or service.model or self._name,
            parameters={**own, **recipe.parameters},
            versions={
                "limner": version("limner"),
                **({"server": facts.software} if facts.software else {}),
            },
            device="service " + ", ".join(dict.fromkeys(hosts)),
        )

    def _for(self, references: Sequence[object]) -> Service:
        """The service as that request sees it; a server of one's own that no model was named for
        draws with the one it has, as its authors do. A gateway to several is asked for the default
        one."""
        service = self._service.for_references() if references else self._service
        if service.model or not service.is_own:
            return service
        only = self._facts(edits=bool(references)).only_model
        model = only or IMAGE_SERVICES[self._kind].service.model
        known = authors_arguments(model, edits=bool(references))
        return replace(service, model=model, arguments={**known, **service.arguments})

    async def render(
        self, recipe: Recipe, references: Sequence[bytes], *, progress: Progress
    ) -> Picture:
        """Ask the service, at most three times within its time limit."""
        await self.prepare()
        await progress(0.0)
        short, note = fitted_prompt(recipe, self.reader(edits=bool(references)))
        recipe = replace(recipe, prompt=short.text)
        service = self._for(references)
        request = self._dialect.ask(recipe, references, service)
        addresses = self._addresses[bool(references)]
        try:
            async with asyncio.timeout(self._service.timeout_s):
                body = await self._tried(request, addresses, service)
        except TimeoutError as error:
            raise self._failed(
                gettext(
                    "{place} didn't answer within {timeout_s:g} s",
                    place=self._place,
                    timeout_s=self._service.timeout_s,
                )
            ) from error
        try:
            answer = self._dialect.read(body, service)
            media_type, width, height = looked_at(answer.data)
        except Declined as error:
            raise self._refused(str(error)) from error
        except Unreadable as error:
            raise self._failed(plain_reason(str(error), self._service.api_key)) from error
        notes = (*((note,) if note else ()), *answer.notes, *other_shape(recipe, width, height))
        return Picture(answer.data, media_type, width, height, notes, answer.cost_usd)

    async def examine(self) -> str:
        """Whether everything is set and the server can be reached; its key is not tried, since
        that could cost money."""
        self._check_settings()
        every = dict.fromkeys((*self._addresses[False].known, *self._addresses[True].known))
        gone = [a for a, there in zip(every, await self._reached(every), strict=True) if not there]
        if gone:
            raise GeneratorUnavailable(
                gettext(
                    "{place} can't be reached; check the address and the network.",
                    place=", ".join(map(_place_of, gone)),
                )
            )
        paid = bool(self._service.api_key) and not self._service.price.is_known
        price = " Its price is unknown, so what it costs isn't counted." if paid else ""
        places = ", ".join(map(_place_of, every))
        return f"{self._service.model or self._name} at {places}, reachable.{price}"

    async def _reached(self, addresses: Iterable[str]) -> Sequence[bool]:
        """The servers that answer at all; the content of their answers does not matter."""

        async def one(address: str) -> bool:
            try:
                async with asyncio.timeout(EXAMINE_TIMEOUT_S):
                    async with self._session().stream("GET", address):
                        return True
            except (TimeoutError, httpx2.HTTPError):
                return False

        return await asyncio.gather(*map(one, addresses))

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    @property
    def _place(self) -> str:
        return ", ".join(map(_place_of, self._service.addresses(edits=False)))

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

    async def _tried(self, request: ServiceRequest, addresses: Addresses, service: Service) -> Json:
        """The answer of the least busy server; a server that failed is avoided by the next try. A
        pause that would outlast the time limit is not begun."""
        until = asyncio.get_running_loop().time() + service.timeout_s
        tries = AsyncRetrying(
            retry=retry_if_exception_type(_Retry),
            stop=stop_after_attempt(TRIES),
            wait=_pause,
            reraise=True,
        )
        failed: list[str] = []
        try:
            async for attempt in tries:
                with attempt, addresses.least_busy(failed) as address:
                    try:
                        return await self._post(request, address, service)
                    except _Retry as error:
                        failed.append(address)
                        addresses.failed(address)
                        if len(set(failed)) < len(addresses.known):
                            error.retry_after_s = 0.0  # another server is asked at once
                        left = until - asyncio.get_running_loop().time()
                        if (error.retry_after_s or 0.0) >= left:
                            raise self._too_long(error) from error
                        raise
        except _Retry as error:
            raise self._failed(error.args[0]) from error.__cause__
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _too_long(self, error: _Retry) -> RenderFailed:
        return self._failed(
            gettext(
                "{error}, asks for a pause of {pause_s:.0f} s, so it can't be asked again within "
                "{timeout_s:g} s",
                error=error.args[0],
                pause_s=error.retry_after_s,
                timeout_s=self._service.timeout_s,
            )
        )

    async def _post(self, request: ServiceRequest, address: str, service: Service) -> Json:
        url = address.rstrip("/") + request.path
        place = _place_of(address)
        try:
            async with self._session().stream(
                "POST",
                url,
                json=request.json,
                data=request.form,
                files=list(request.files) or None,
                headers=dict(request.headers or {}),
            ) as response:
                raw = await _read(response)
        except httpx2.TimeoutException as error:
            raise _Retry(gettext("{place} took too long to answer", place=place)) from error
        except httpx2.HTTPError as error:
            raise _Retry(
                gettext("{place} can't be reached, or the connection was lost", place=place)
            ) from error
        body = json_object(raw)
        if not response.is_success:
            raise self._unsuccessful(response, body, place, service)
        if (status := status_of_error(body)) is not None:
            inside = httpx2.Response(status, headers=response.headers)
            raise self._unsuccessful(inside, body, place, service)
        return body

    def _unsuccessful(
        self, response: httpx2.Response, body: Json, place: str, service: Service | None = None
    ) -> Exception:
        status = response.status_code
        reason = self._dialect.refusal(status, body)
        if reason is not None:
            return self._refused(reason)
        detail = plain_reason(error_message(body), self._service.api_key)
        if status in (401, 403) or is_account_trouble(body):
            return GeneratorUnavailable(
                gettext(
                    "The service behind the generator {name!r} rejected Limner "
                    "({said}). The operator must check the API key and the account.",
                    name=self._name,
                    said=detail or status,
                )
            )
        if status in _AGAIN:
            return _Retry(
                gettext("{place} answered {status}", place=place, status=status),
                retry_after_s=retry_after_s(response.headers, body),
            )
        if status == 404:
            return GeneratorUnavailable(
                gettext(
                    "The service behind the generator {name!r} doesn't know the model "
                    "{model!r} or the address. Check both.",
                    name=self._name,
                    model=(service or self._service).model,
                )
            )
        answered = gettext("{place} answered {status}", place=place, status=status)
        return self._failed(joined(answered, f"({detail})" if detail else ""))

    def _refused(self, reason: str) -> Refused:
        detail = plain_reason(reason, self._service.api_key)
        return Refused(
            gettext(
                "The service behind {name} refused this picture ({said}). Reword the "
                "request or choose another generator.",
                name=self._name,
                said=detail,
            )
        )

    def _failed(self, why: str) -> RenderFailed:
        return RenderFailed(self._name, why)


def _place_of(address: str) -> str:
    return str(httpx2.URL(address).netloc, "ascii", "replace")


class _Retry(Exception):
    """A try that failed and may be repeated, after the pause that the service asked for."""

    def __init__(self, why: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


async def _read(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise _Retry(
                gettext(
                    "{place} sent more than {size} MB",
                    place=str(response.url.netloc, "ascii", "replace"),
                    size=MAX_ANSWER_BYTES // 1_000_000,
                )
            )
    return bytes(body)


def _pause(state: RetryCallState) -> float:
    """The pause that the service asked for, or about 0.5 and 1 s with jitter."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _Retry) and error.retry_after_s is not None:
        return error.retry_after_s
    jitter = (datetime.now(UTC).microsecond % 1000) / 1000
    return float(0.5 * 2 ** (state.attempt_number - 1) * (0.5 + jitter))
