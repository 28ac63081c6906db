"""A request for a chat completion is the JSON that the interface wants, in any encoding of it."""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.model_clients.completion_request import CompletionRequest
from agent.ports import Message

IMAGES = st.binary(max_size=20).map(lambda data: b"\x89PNG" + data) | st.binary(max_size=20)
MESSAGES = st.builds(
    Message,
    role=st.sampled_from(["system", "user", "assistant"]),
    text=st.text(max_size=20),
    images=st.lists(IMAGES, max_size=3).map(tuple),
)


async def body(request: CompletionRequest) -> bytes:
    return b"".join([piece async for piece in request])


@given(messages=st.lists(MESSAGES, max_size=4))
async def test_it_is_json_of_the_length_that_was_said(messages: list[Message]) -> None:
    request = CompletionRequest({"model": "m", "stream": True}, messages)
    sent = await body(request)
    assert len(sent) == request.length
    assert await body(request) == sent
    read: dict[str, Any] = json.loads(sent)
    assert read["model"] == "m"
    assert [each["role"] for each in read["messages"]] == [message.role for message in messages]
    for each, message in zip(read["messages"], messages, strict=True):
        if not message.images:
            assert isinstance(each["content"], str)
            continue
        _text, *images = each["content"]
        for part, image in zip(images, message.images, strict=True):
            kind, _, encoded = part["image_url"]["url"].partition(";base64,")
            assert base64.b64decode(encoded) == image
            assert kind == ("data:image/png" if image[:4] == b"\x89PNG" else "data:image/jpeg")
