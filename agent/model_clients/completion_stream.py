"""Reading a chat completion: server-sent events in OpenAI's form, or one object.

A server sends about a hundred events for a turn. They are read here as plain JSON, since building
typed objects of them costs ten times as much as everything else that a turn needs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from agent.ports import Completion, NativeCall
from domain.translation.messages import gettext

MAX_EVENT_BYTES = 1_000_000
MAX_CALLS = 16
"""Native calls in one turn."""
MAX_BODY_BYTES = 4_000_000
"""Of an answer that is not streamed."""
_REASONING = ("reasoning_content", "reasoning", "thinking")
"""The names that servers give to a thought apart from the answer."""


class UnreadableStreamError(Exception):
    """The server sends what is no chat completion; ``body`` is the failure that it reports."""

    def __init__(self, why: str, *, body: object = None) -> None:
        super().__init__(why)
        self.body = body


class CompletionStream:
    """Puts a completion together from the bytes of a stream."""

    def __init__(self) -> None:
        self.text = ""
        self.reasoning = ""
        self.ended = False
        """Whether the server announced that nothing more will come."""
        self._rest = b""
        self._finish: str | None = None
        self._calls: list[NativeCall] = []
        self._places: dict[int, int] = {}
        """The position of the call with an index of the stream."""
        self._ids: dict[int, str] = {}
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
            raise UnreadableStreamError(gettext("an event is too long"))
        for line in lines:
            if line.startswith(b"data:") and not self.ended:
                self._read(line[5:].strip())

    def completion(self) -> Completion:
        """Everything that arrived so far."""
        return Completion(
            text=self.text,
            truncated=self._finish == "length",
            calls=tuple(call for call in self._calls if call.name),
            reasoning=self.reasoning,
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens,
        )

    def _read(self, data: bytes) -> None:
        if data.startswith(b"[DONE]"):
            self.ended = True
            return
        if len(data) > MAX_EVENT_BYTES:
            raise UnreadableStreamError(gettext("an event is too long"))
        try:
            event = _mapping(json.loads(data))
        except (ValueError, RecursionError) as error:
            raise UnreadableStreamError(gettext("an event is no JSON")) from error
        self._read_event(event)

    def read_whole(self, body: bytes) -> None:
        """Read an answer that was not streamed.

        Raises:
            UnreadableStreamError: It is no chat completion.
        """
        try:
            answer = _mapping(json.loads(body))
        except (ValueError, RecursionError) as error:
            raise UnreadableStreamError(gettext("the answer is no JSON")) from error
        if not isinstance(answer.get("choices"), list) and not answer.get("error"):
            raise UnreadableStreamError(gettext("the answer is no chat completion"))
        self._read_event(answer)
        self.ended = True

    def _read_event(self, event: Mapping[str, Any]) -> None:
        if event.get("error"):
            raise UnreadableStreamError(
                gettext("the server reports a failure"), body=event["error"]
            )
        usage = _mapping(event.get("usage"))
        self._prompt_tokens = _count(usage.get("prompt_tokens")) or self._prompt_tokens
        self._completion_tokens = _count(usage.get("completion_tokens")) or self._completion_tokens
        choices = event.get("choices")
        if isinstance(choices, list) and choices:
            self._take(_mapping(cast("list[object]", choices)[0]))

    def _take(self, choice: Mapping[str, Any]) -> None:
        self._finish = _text(choice.get("finish_reason")) or self._finish
        delta = _mapping(choice.get("delta")) or _mapping(choice.get("message"))
        text, thought = _content(delta.get("content"))
        reasoning = next((delta[key] for key in _REASONING if _text(delta.get(key))), "")
        self.text += text or _text(choice.get("text"))
        self.reasoning += thought or _text(reasoning)
        calls = delta.get("tool_calls")
        for place, call in enumerate(
            cast("list[object]", calls) if isinstance(calls, list) else ()
        ):
            self._add_call({"index": place, **_mapping(call)})
        if isinstance(delta.get("function_call"), dict):  # the interface before tools
            self._add_call({"index": 0, "function": delta["function_call"]})

    def _add_call(self, delta: Mapping[str, Any]) -> None:
        """Put a piece to its call. Some servers give all calls one index, or none."""
        index, function = _count(delta.get("index")), _mapping(delta.get("function"))
        name, call_id = _text(function.get("name")), _text(delta.get("id"))
        other = bool(call_id and name and self._ids.get(index) not in (None, "", call_id))
        if index not in self._places or other:
            if len(self._calls) >= MAX_CALLS:
                return
            self._places[index] = len(self._calls)
            self._calls.append(NativeCall("", ""))
        self._ids[index] = call_id or self._ids.get(index, "")
        place = self._places[index]
        arguments = function.get("arguments")
        arguments_text = json.dumps(arguments) if isinstance(arguments, dict) else _text(arguments)
        known = self._calls[place]
        self._calls[place] = NativeCall(known.name + name, known.arguments + arguments_text)


def _content(value: object) -> tuple[str, str]:
    """The text and the thought of a content, which may be a list of parts."""
    if not isinstance(value, list):
        return _text(value), ""
    text, thought = "", ""
    for part in map(_mapping, cast("list[object]", value)):
        if part.get("type") == "thinking":
            thought += _text(part.get("thinking")) or _content(part.get("thinking"))[0]
        else:
            text += _text(part.get("text"))
    return text, thought


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 1_000_000_000 else 0
