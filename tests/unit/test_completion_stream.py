"""Streamed completions: put together from events in any pieces, and odd ones end one try."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model_clients.completion_stream import (
    MAX_EVENT_BYTES,
    CompletionStream,
    UnreadableStreamError,
)
from agent.ports import Completion, NativeCall

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "usage", "delta", "content", "tool_calls", "function", "index", "name"]
            ),
            inner,
            max_size=4,
        )
    ),
)


def event(body: object) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def delta(**parts: object) -> bytes:
    return event({"choices": [{"index": 0, "delta": parts, "finish_reason": None}]})


def ended(reason: str) -> bytes:
    nothing: dict[str, str] = {}
    return event({"choices": [{"delta": nothing, "finish_reason": reason}]})


def read(*pieces: bytes) -> Completion:
    stream = CompletionStream()
    for piece in pieces:
        stream.feed(piece)
    return stream.completion()


def test_text_is_put_together_from_pieces_cut_anywhere() -> None:
    whole = (
        b": a comment\n\n"
        + delta(role="assistant", content="")
        + delta(content="Grüße ")
        + delta(content="from 橋")
        + ended("stop").replace(b"\n", b"\r\n")
        + event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})
        + b"data: [DONE]\n\n"
        + delta(content="never read")
    )
    wanted = Completion("Grüße from 橋", prompt_tokens=7, completion_tokens=3)
    assert read(whole) == wanted
    assert read(*(whole[at : at + 1] for at in range(len(whole)))) == wanted


def test_native_calls_and_a_cut_answer_are_seen() -> None:
    def call(**function: str) -> bytes:
        return delta(tool_calls=[{"index": 0, "function": function}])

    end = ended("length")
    found = read(call(name="search", arguments='{"que'), call(arguments='ries": []}'), end)
    assert found.calls == (NativeCall("search", '{"queries": []}'),)
    assert found.truncated


@given(st.lists(JSON, max_size=3))
def test_events_of_any_shape_are_read_or_refused(bodies: list[object]) -> None:
    stream = CompletionStream()
    try:
        for body in bodies:
            stream.feed(event(body))
    except UnreadableStreamError:
        return
    assert isinstance(stream.completion().text, str)


@pytest.mark.parametrize(
    "sent",
    [
        b"data: {\n\n",
        b"data: " + b"[" * 200_000 + b"\n\n",
        event({"error": {"message": "out of memory"}}),
        b"data: " + b" " * (MAX_EVENT_BYTES + 1),
        b"data: " + b'"' + b"x" * MAX_EVENT_BYTES + b'"\n\n',
    ],
)
def test_what_is_no_stream_is_refused(sent: bytes) -> None:
    with pytest.raises(UnreadableStreamError):
        read(sent)
