"""Models behind an OpenAI-compatible server such as vLLM.

Several servers of one model may be named: each request goes to the least busy one that is not
resting. A server that failed three times in a row rests for a while.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace

import openai
from openai.types.chat import ChatCompletionChunk
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from agent.model_clients.completion_request import CompletionRequest
from agent.model_clients.completion_stream import CompletionStream, UnreadableStreamError
from agent.ports import Completion, Message, NativeCall
from domain.errors import ModelUnavailable
from domain.redaction import Redactor

TRIES = 3
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
    client: openai.AsyncOpenAI
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
                openai.AsyncOpenAI(
                    base_url=url,
                    api_key=settings.api_key or "none",
                    timeout=settings.timeout_s,
                    max_retries=0,
                )
            )
            for url in settings.base_urls
        ]

    async def aclose(self) -> None:
        """Close the connections."""
        for server in self._servers:
            await server.client.close()

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
            ModelUnavailable: No server answered; or they refuse the request, which is not tried
                again.
        """
        tries = AsyncRetrying(
            retry=retry_if_exception_type(_Again),
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(multiplier=0.3, max=3),
            reraise=True,
        )
        request = self._request(messages, max_tokens, grammar)
        try:
            async for attempt in tries:
                with attempt:
                    return await self._try(request, on_text)
        except _Again as error:
            raise ModelUnavailable(str(error)) from error.__cause__
        raise AssertionError  # pragma: no cover - the loop returns or raises

    async def _try(
        self, request: CompletionRequest, on_text: Callable[[str], Awaitable[None]] | None
    ) -> Completion:
        server = self._least_busy()
        server.busy += 1
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                completion = await self._streamed(server.client, request, on_text)
        except (openai.APIConnectionError, openai.APITimeoutError, TimeoutError) as error:
            self._failed(server)
            raise _Again("it can't be reached or took too long") from error
        except openai.APIStatusError as error:
            if error.status_code == 429 or error.status_code >= 500:
                self._failed(server)
                raise _Again(f"it answered {error.status_code}") from error
            refusal = ModelUnavailable(f"it refused the request ({error.status_code})")
            refusal.retryable = False
            raise refusal from error
        except (openai.OpenAIError, UnreadableStreamError) as error:
            self._failed(server)
            raise _Again("its answer couldn't be read") from error
        except _Again:
            self._failed(server)
            raise
        finally:
            server.busy -= 1
        server.failures = 0
        return completion

    async def _streamed(
        self,
        client: openai.AsyncOpenAI,
        request: CompletionRequest,
        on_text: Callable[[str], Awaitable[None]] | None,
    ) -> Completion:
        stream = await client.post(
            "/chat/completions",
            content=request,
            cast_to=ChatCompletionChunk,
            options={
                "headers": {
                    "Content-Type": "application/json",
                    "Content-Length": str(request.length),
                }
            },
            stream=True,
            stream_cls=openai.AsyncStream[ChatCompletionChunk],
        )
        read = CompletionStream()
        async with stream, aclosing(_chunks(stream.response.aiter_bytes())) as chunks:
            async for chunk in chunks:
                known = len(read.text)
                read.feed(chunk)
                if on_text is not None and len(read.text) > known:
                    await on_text(read.text)
                if read.ended:
                    break
                await self._let_more_arrive()
            # Only a connection whose answer was read to its end is used again.
            with suppress(TimeoutError, _Again):
                async with asyncio.timeout(DRAIN_S):
                    async for _ in chunks:
                        pass
        return self._without_key(read.completion())

    async def _let_more_arrive(self) -> None:
        answers = sum(server.busy for server in self._servers)
        if answers > ALONE:
            await asyncio.sleep(min(answers * PAUSE_S, MOST_PAUSE_S))

    def _without_key(self, completion: Completion) -> Completion:
        """A server may repeat what it was sent."""
        known = self._redactor.known
        calls = tuple(NativeCall(known(c.name), known(c.arguments)) for c in completion.calls)
        return replace(completion, text=known(completion.text), calls=calls)

    def _request(
        self, messages: Sequence[Message], max_tokens: int, grammar: str | None
    ) -> CompletionRequest:
        settings = self._settings
        about: dict[str, object] = {
            "model": settings.model,
            "max_tokens": max_tokens,
            "temperature": settings.temperature,
            "top_p": settings.top_p,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if grammar:
            about["structured_outputs"] = {"regex": grammar}
        return CompletionRequest(about, messages)

    def _least_busy(self) -> _Server:
        now = time.monotonic()
        awake = [server for server in self._servers if server.rests_until <= now]
        if not awake:
            raise ModelUnavailable("it failed several times in a row, so it is skipped for 20 s")
        return min(awake, key=lambda server: (server.avoided_until > now, server.busy))

    def _failed(self, server: _Server) -> None:
        server.failures += 1
        server.avoided_until = time.monotonic() + AVOIDED_S
        if server.failures >= FAILURES_UNTIL_REST:
            server.failures = 0
            server.rests_until = time.monotonic() + REST_S


class _Again(Exception):
    """A try that failed and may be repeated."""


async def _chunks(received: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """What arrives. Raises ``_Again`` when the connection breaks."""
    try:
        async for chunk in received:
            yield chunk
    except Exception as error:  # the errors of whichever HTTP library the client uses
        raise _Again("the connection to it was lost") from error
