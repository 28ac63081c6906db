"""Models behind an OpenAI-compatible server such as vLLM.

Several servers of one model may be named: each request goes to the least busy one that is not
resting. A server that failed three times in a row rests for a while.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import openai
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from agent.ports import Completion, Message, NativeCall
from agent.protocol import FRAMING
from domain.errors import ModelUnavailable
from domain.special_tokens import break_special_tokens

TRIES = 3
FAILURES_UNTIL_REST = 3
AVOIDED_S = 5.0
REST_S = 20.0


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
        body = [_written(message) for message in messages]
        try:
            async for attempt in tries:
                with attempt:
                    return await self._try(body, max_tokens, grammar, on_text)
        except _Again as error:
            raise ModelUnavailable(str(error)) from error.__cause__
        raise AssertionError  # pragma: no cover - the loop returns or raises

    async def _try(
        self,
        body: list[dict[str, Any]],
        max_tokens: int,
        grammar: str | None,
        on_text: Callable[[str], Awaitable[None]] | None,
    ) -> Completion:
        server = self._least_busy()
        server.busy += 1
        try:
            completion = await self._streamed(server.client, body, max_tokens, grammar, on_text)
        except (openai.APIConnectionError, openai.APITimeoutError) as error:
            self._failed(server)
            raise _Again("there is no connection to it or it took too long") from error
        except openai.APIStatusError as error:
            if error.status_code == 429 or error.status_code >= 500:
                self._failed(server)
                raise _Again(f"it answered {error.status_code}") from error
            refusal = ModelUnavailable(f"it refused the request ({error.status_code})")
            refusal.retryable = False
            raise refusal from error
        except openai.OpenAIError as error:
            self._failed(server)
            raise _Again("its answer cannot be read") from error
        finally:
            server.busy -= 1
        server.failures = 0
        return completion

    async def _streamed(
        self,
        client: openai.AsyncOpenAI,
        body: list[dict[str, Any]],
        max_tokens: int,
        grammar: str | None,
        on_text: Callable[[str], Awaitable[None]] | None,
    ) -> Completion:
        settings = self._settings
        stream = await client.chat.completions.create(
            model=settings.model,
            messages=cast("Any", body),
            max_tokens=max_tokens,
            temperature=settings.temperature,
            top_p=settings.top_p,
            stream=True,
            stream_options={"include_usage": True},
            extra_body={"structured_outputs": {"regex": grammar}} if grammar else None,
        )
        text, finish = "", None
        calls: dict[int, NativeCall] = {}
        prompt_tokens = completion_tokens = 0
        async with stream:
            async for chunk in stream:
                if chunk.usage is not None:
                    prompt_tokens = chunk.usage.prompt_tokens
                    completion_tokens = chunk.usage.completion_tokens
                for choice in chunk.choices[:1]:
                    finish = choice.finish_reason or finish
                    for call in choice.delta.tool_calls or ():
                        _add_call(calls, call)
                    if choice.delta.content:
                        text += choice.delta.content
                        if on_text is not None:
                            await on_text(text)
        return Completion(
            text=text,
            truncated=finish == "length",
            calls=tuple(calls[index] for index in sorted(calls)),
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
        )

    def _least_busy(self) -> _Server:
        now = time.monotonic()
        awake = [server for server in self._servers if server.rests_until <= now]
        if not awake:
            raise ModelUnavailable("it failed several times in a row and is left alone for 20 s")
        return min(awake, key=lambda server: (server.avoided_until > now, server.busy))

    def _failed(self, server: _Server) -> None:
        server.failures += 1
        server.avoided_until = time.monotonic() + AVOIDED_S
        if server.failures >= FAILURES_UNTIL_REST:
            server.failures = 0
            server.rests_until = time.monotonic() + REST_S


class _Again(Exception):
    """A try that failed and may be repeated."""


def _add_call(calls: dict[int, NativeCall], delta: Any) -> None:
    known = calls.get(delta.index, NativeCall("", ""))
    name = delta.function.name if delta.function else None
    arguments = delta.function.arguments if delta.function else None
    calls[delta.index] = NativeCall(known.name + (name or ""), known.arguments + (arguments or ""))


def _written(message: Message) -> dict[str, Any]:
    """A message as the interface wants it: plain text, or text with images as data addresses.

    Whoever composed it broke the special tokens in untrusted parts. Only system messages hold
    nothing else, so in the others none is let through, whatever was forgotten.
    """
    text = message.text
    if message.role != "system":
        text = break_special_tokens(text, keep=FRAMING)
    if not message.images:
        return {"role": message.role, "content": text}
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}]
    for image in message.images:
        kind = "png" if image.startswith(b"\x89PNG") else "jpeg"
        data = base64.b64encode(image).decode("ascii")
        address = f"data:image/{kind};base64,{data}"
        parts.append({"type": "image_url", "image_url": {"url": address}})
    return {"role": message.role, "content": parts}
