"""Reading a streamed chat completion: server-sent events in OpenAI's form, one for each token.

A server sends about a hundred events for a turn. They are read here as plain JSON, since building
typed objects of them costs ten times as much as everything else that a turn needs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from agent.ports import Completion, NativeCall

MAX_EVENT_BYTES = 1_000_000
MAX_CALLS = 16
"""Native calls in one turn; only the first is used."""


class UnreadableStreamError(Exception):
    """The server sends what is no stream of a chat completion."""


class CompletionStream:
    """Puts a completion together from the bytes of a stream."""

    def __init__(self) -> None:
        self.text = ""
        self.ended = False
        """Whether the server said that nothing more will come."""
        self._rest = b""
        self._finish: str | None = None
        self._calls: dict[int, NativeCall] = {}
        self._prompt_tokens = 0
        self._completion_tokens = 0

    def feed(self, data: bytes) -> None:
        """Read what arrived.

        Raises:
            UnreadableStreamError: It is not in the form of a stream, or the server reports a
                failure.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_EVENT_BYTES:
            raise UnreadableStreamError("an event is too long")
        for line in lines:
            if line.startswith(b"data:") and not self.ended:
                self._read(line[5:].strip())

    def completion(self) -> Completion:
        """Everything that arrived so far."""
        return Completion(
            text=self.text,
            truncated=self._finish == "length",
            calls=tuple(self._calls[index] for index in sorted(self._calls)),
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens,
        )

    def _read(self, data: bytes) -> None:
        if data.startswith(b"[DONE]"):
            self.ended = True
            return
        if len(data) > MAX_EVENT_BYTES:
            raise UnreadableStreamError("an event is too long")
        try:
            event = _mapping(json.loads(data))
        except (ValueError, RecursionError) as error:
            raise UnreadableStreamError("an event is no JSON") from error
        if event.get("error"):
            raise UnreadableStreamError("the server reports a failure")
        usage = _mapping(event.get("usage"))
        self._prompt_tokens = _count(usage.get("prompt_tokens")) or self._prompt_tokens
        self._completion_tokens = _count(usage.get("completion_tokens")) or self._completion_tokens
        choices = event.get("choices")
        if isinstance(choices, list) and choices:
            self._take(_mapping(cast("list[object]", choices)[0]))

    def _take(self, choice: Mapping[str, Any]) -> None:
        self._finish = _text(choice.get("finish_reason")) or self._finish
        delta = _mapping(choice.get("delta"))
        self.text += _text(delta.get("content"))
        calls = delta.get("tool_calls")
        for call in cast("list[object]", calls) if isinstance(calls, list) else ():
            self._add_call(_mapping(call))

    def _add_call(self, delta: Mapping[str, Any]) -> None:
        index, function = _count(delta.get("index")), _mapping(delta.get("function"))
        if index not in self._calls and len(self._calls) >= MAX_CALLS:
            return
        known = self._calls.get(index, NativeCall("", ""))
        self._calls[index] = NativeCall(
            known.name + _text(function.get("name")),
            known.arguments + _text(function.get("arguments")),
        )


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 1_000_000_000 else 0
