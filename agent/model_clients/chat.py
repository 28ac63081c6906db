"""Models behind an OpenAI-compatible server such as vLLM.

Several servers of one model may be named: each request goes to the least busy one that is not
resting. A server that failed three times in a row rests for a while.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from typing import cast

import structlog
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from agent.model_clients.completion_request import CompletionRequest
from agent.model_clients.completion_stream import (
    MAX_BODY_BYTES,
    CompletionStream,
    UnreadableStreamError,
)
from agent.model_clients.server_dialect import (
    ServerDialect,
    is_too_long,
    reason_in,
    room_for_answer,
)
from agent.model_clients.service_client import (
    ServiceClient,
    ServiceRefused,
    ServiceUnreachable,
)
from agent.ports import Completion, Message, NativeCall
from domain.errors import ContextTooLong, ModelUnavailable
from domain.metrics import MODEL_CALLS, MODEL_SECONDS, MODEL_TOKENS
from domain.redaction import Redactor
from domain.tracing import span
from domain.translation.messages import gettext

TRIES = 3
TOO_LONG = gettext("the conversation is too long for it")
FAILURES_UNTIL_REST = 3
AVOIDED_S = 5.0
REST_S = 20.0
PAUSE_S = 0.001
"""For each answer that is being read, between two looks at what arrived of one, up to
``MOST_PAUSE_S``: a server sends a token at a time, and reading many at once costs no more."""
MOST_PAUSE_S = 0.05
ALONE = 4
"""So few answers at once are read as they come."""
DRAIN_S = 1.0
"""Seconds for the end of an answer after its last event."""
ADAPTED_TIMES = 6
"""How often one request is adapted to its server."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """``base_urls`` end in ``/v1``; ``timeout_s`` is for one answer, first to last token."""

    base_urls: tuple[str, ...]
    model: str
    api_key: str | None = None
    timeout_s: float = 120.0
    temperature: float = 0.6
    top_p: float = 0.9


@dataclass
class _Server:
    client: ServiceClient
    dialect: ServerDialect = field(default_factory=ServerDialect)
    busy: int = 0
    failures: int = 0
    avoided_until: float = 0.0
    """Others are preferred until then; it is still asked when there is no other."""
    rests_until: float = 0.0
    """It is not asked at all until then."""


class OpenAiChatModel:
    """A model that answers over the OpenAI interface, streamed."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._redactor = Redactor(filter(None, (settings.api_key,)))
        self._servers = [
            _Server(
                ServiceClient(url, api_key=settings.api_key or "none", timeout_s=settings.timeout_s)
            )
            for url in settings.base_urls
        ]

    async def aclose(self) -> None:
        """Close the connections."""
        for server in self._servers:
            await server.client.aclose()

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        grammar: str | None = None,
        on_text: Callable[[str], Awaitable[None]] | None = None,
    ) -> Completion:
        """The next message, after at most three tries on the least busy servers.

        Raises:
            ContextTooLong: The conversation is longer than the model reads.
            ModelUnavailable: No server answered; or they refuse the request, which is not tried
                again.
        """
        tries = AsyncRetrying(
            retry=retry_if_exception_type(_Retry),
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(multiplier=0.3, max=3),
            reraise=True,
        )
        asked = _CompletionRequest(messages, max_tokens, grammar)
        try:
            async for attempt in tries:
                with attempt:
                    return await self._try(asked, on_text)
        except _Retry as error:
            _log.warning("model_failed", why=str(error), reason=error.detail)
            raise ModelUnavailable(str(error), detail=error.detail) from error.__cause__
        raise AssertionError  # pragma: no cover - the loop returns or raises

    async def served_names(self) -> Sequence[str]:
        """The names under which the first server serves its models, and where their weights come
        from where it says so.

        Raises:
            ModelUnavailable: It does not say.
        """
        try:
            found = await self._servers[0].client.get("/models")
        except (ServiceRefused, ServiceUnreachable) as error:
            why = gettext("it doesn't list its models")
            raise ModelUnavailable(why, detail=type(error).__name__) from error
        return served_names(found)

    async def _try(
        self, asked: _CompletionRequest, on_text: Callable[[str], Awaitable[None]] | None
    ) -> Completion:
        server, model = self._least_busy(), self._settings.model
        server.busy += 1
        outcome = "failed"
        began = time.monotonic()
        try:
            with span("model", model=model):
                async with asyncio.timeout(self._settings.timeout_s):
                    completion = await self._adapted(server, asked, on_text)
        except (ServiceUnreachable, TimeoutError) as error:
            self._failed(server)
            raise _Retry(gettext("it can't be reached or took too long")) from error
        except ServiceRefused as error:
            self._failed(server)
            raise _Retry(
                gettext("it answered {status_code}", status_code=error.status), self._reason(error)
            ) from error
        except UnreadableStreamError as error:
            self._failed(server)
            reason = self._redactor.known(reason_in(error.body))
            if is_too_long(0, reason):
                raise ContextTooLong(TOO_LONG, detail=reason) from error
            raise _Retry(gettext("its answer couldn't be read"), reason) from error
        except _Retry:
            self._failed(server)
            raise
        else:
            outcome = "ok"
        finally:
            server.busy -= 1
            MODEL_CALLS.add(model=model, outcome=outcome)
            MODEL_SECONDS.observe(time.monotonic() - began, model=model)
        MODEL_TOKENS.add(completion.prompt_tokens, model=model, direction="prompt")
        MODEL_TOKENS.add(completion.completion_tokens, model=model, direction="answer")
        server.failures = 0
        return completion

    async def _adapted(
        self,
        server: _Server,
        asked: _CompletionRequest,
        on_text: Callable[[str], Awaitable[None]] | None,
    ) -> Completion:
        """The answer to a request that is changed to what the server takes, as far as its refusals
        say. Raises what it refuses otherwise."""
        for _ in range(ADAPTED_TIMES):
            dialect = server.dialect
            try:
                return await self._streamed(server.client, self._request(asked, dialect), on_text)
            except ServiceRefused as error:
                if error.status == 429 or error.status >= 500:
                    raise
                reason = self._reason(error)
                room = room_for_answer(reason, asked.max_tokens)
                changed = dialect.without_what(reason)
                if room is not None:
                    asked = replace(asked, max_tokens=room)
                elif is_too_long(error.status, reason):
                    _log.info("conversation_too_long", status=error.status, reason=reason)
                    raise ContextTooLong(TOO_LONG, detail=reason) from error
                elif changed is None:
                    raise self._refusal(error, reason) from error
                else:
                    _log.info("model_server_adapted", reason=reason, model=self._settings.model)
                    server.dialect = changed
        raise ModelUnavailable(gettext("it refused every form of the request"))

    def _refusal(self, error: ServiceRefused, reason: str) -> ModelUnavailable:
        _log.warning(
            "model_refused",
            status=error.status,
            reason=reason,
            model=self._settings.model,
            address=self._redactor.text(error.address),
        )
        refusal = ModelUnavailable(
            gettext("it refused the request ({status_code})", status_code=error.status),
            detail=reason,
        )
        refusal.retryable = False
        return refusal

    def _reason(self, error: ServiceRefused) -> str:
        """The server's message, without the key that it may repeat."""
        return self._redactor.known(reason_in(error.body))

    async def _streamed(
        self,
        client: ServiceClient,
        request: CompletionRequest,
        on_text: Callable[[str], Awaitable[None]] | None,
    ) -> Completion:
        read = CompletionStream()
        async with (
            client.post("/chat/completions", request) as answer,
            aclosing(_chunks(answer.chunks())) as chunks,
        ):
            if answer.is_json:
                read.read_whole(await _whole(chunks))
                if on_text is not None:
                    await on_text(read.text or read.reasoning)
            else:
                await self._read_stream(read, chunks, on_text)
        return self._without_key(read.completion())

    async def _read_stream(
        self,
        read: CompletionStream,
        chunks: AsyncGenerator[bytes],
        on_text: Callable[[str], Awaitable[None]] | None,
    ) -> None:
        async for chunk in chunks:
            known = len(read.text) + len(read.reasoning)
            read.feed(chunk)
            if on_text is not None and len(read.text) + len(read.reasoning) > known:
                await on_text(read.text or read.reasoning)
            if read.ended:
                break
            await self._let_more_arrive()
        # Only a connection whose answer was read to its end is used again.
        with suppress(TimeoutError, _Retry):
            async with asyncio.timeout(DRAIN_S):
                async for _ in chunks:
                    pass

    async def _let_more_arrive(self) -> None:
        answers = sum(server.busy for server in self._servers)
        if answers > ALONE:
            await asyncio.sleep(min(answers * PAUSE_S, MOST_PAUSE_S))

    def _without_key(self, completion: Completion) -> Completion:
        """A server may repeat what it was sent."""
        known = self._redactor.known
        calls = tuple(NativeCall(known(c.name), known(c.arguments)) for c in completion.calls)
        return replace(
            completion,
            text=known(completion.text),
            reasoning=known(completion.reasoning),
            calls=calls,
        )

    def _request(self, asked: _CompletionRequest, dialect: ServerDialect) -> CompletionRequest:
        settings = self._settings
        about = dialect.fields(
            model=settings.model,
            max_tokens=asked.max_tokens,
            temperature=settings.temperature,
            top_p=settings.top_p,
            grammar=asked.grammar,
        )
        return CompletionRequest(about, asked.messages)

    def _least_busy(self) -> _Server:
        now = time.monotonic()
        awake = [server for server in self._servers if server.rests_until <= now]
        if not awake:
            raise ModelUnavailable(
                gettext("it failed several times in a row, so it is skipped for 20 s")
            )
        return min(awake, key=lambda server: (server.avoided_until > now, server.busy))

    def _failed(self, server: _Server) -> None:
        server.failures += 1
        server.avoided_until = time.monotonic() + AVOIDED_S
        if server.failures >= FAILURES_UNTIL_REST:
            server.failures = 0
            server.rests_until = time.monotonic() + REST_S


def served_names(listed: object) -> list[str]:
    """The names in a list of models, and where their weights come from."""
    fields = cast("dict[str, object]", listed) if isinstance(listed, dict) else {}
    models = fields.get("data")
    found = cast("list[object]", models) if isinstance(models, list) else []
    each = [cast("dict[str, object]", model) for model in found if isinstance(model, dict)]
    names = [model.get(key) for model in each for key in ("id", "root")]
    return [name for name in names if isinstance(name, str)]


@dataclass(frozen=True, slots=True)
class _CompletionRequest:
    """The parameters of a completion, independent of the fields that its server takes."""

    messages: Sequence[Message]
    max_tokens: int
    grammar: str | None


class _Retry(Exception):
    """A try that failed and may be repeated; ``detail`` is the server's message."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why)
        self.detail = detail


async def _whole(chunks: AsyncIterator[bytes]) -> bytes:
    """The body of an answer. Raises ``UnreadableStreamError`` where it is too long."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise UnreadableStreamError(gettext("the answer is too long"))
    return bytes(body)


async def _chunks(received: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """The received text. Raises ``_Retry`` when the connection breaks."""
    try:
        async for chunk in received:
            yield chunk
    except Exception as error:  # the HTTP library's errors are of several kinds
        raise _Retry(gettext("the connection to it was lost")) from error
