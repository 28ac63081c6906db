"""Writing a request for a chat completion, piece by piece.

A conversation holds megabytes of pictures, and many conversations go on at once. Each picture is
encoded at the moment when it is sent, so that no request lies in memory as a whole.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, Mapping, Sequence

from agent.ports import Message
from agent.research.framing import sent_text


class CompletionRequest:
    """The JSON body of a request; ``about`` holds its fields other than ``messages``.

    Pictures are put in as they are, since a JSON encoder would look at each of their characters.
    """

    def __init__(self, about: Mapping[str, object], messages: Sequence[Message]) -> None:
        self._pieces: list[bytes | _Picture] = []
        self._text = bytearray(_json(about)[:-1] + b',"messages":[')
        for number, message in enumerate(messages):
            self._text += b"," if number else b""
            self._write(message)
        self._text += b"]}"
        self._end_text()
        self.length = sum(map(len, self._pieces))
        """Of the whole body in bytes."""

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        """The body in pieces; it can be read again, after a redirection for example."""
        for piece in self._pieces:
            yield piece if isinstance(piece, bytes) else piece.encoded()

    def _write(self, message: Message) -> None:
        """Write a message as the interface wants it: plain text, or text with images as data
        addresses."""
        text = sent_text(message)
        if not message.images:
            self._text += _json({"role": message.role, "content": text})
            return
        self._text += b'{"role":%s,"content":[' % _json(message.role)
        self._text += _json({"type": "text", "text": text})
        for image in message.images:
            kind = b"png" if image.startswith(b"\x89PNG") else b"jpeg"
            self._text += b',{"type":"image_url","image_url":{"url":"data:image/%s;base64,' % kind
            self._end_text()
            self._pieces.append(_Picture(image))
            self._text += b'"}}'
        self._text += b"]}"

    def _end_text(self) -> None:
        self._pieces.append(bytes(self._text))
        self._text.clear()


class _Picture:
    """A picture in a request; its length is that of its encoded form."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __len__(self) -> int:
        return (len(self._data) + 2) // 3 * 4

    def encoded(self) -> bytes:
        return base64.b64encode(self._data)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
