"""The protocol of worker processes: length-prefixed frames over a socket.

A request is a JSON object and the bytes to work on. An answer is a JSON object and any number of
byte strings.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping, Sequence
from typing import Any

REQUEST = struct.Struct(">IQ")
"""Length of the JSON object and of the data, in bytes."""
ANSWER = struct.Struct(">IH")
"""Length of the JSON object in bytes, and how many byte strings follow it."""
BODY = struct.Struct(">Q")
"""Length of one byte string."""
ORDER = struct.Struct(">cI")
"""The commands: ``F`` fork, with the length in bytes of the list of modules that follows; ``R``
reap, with the worker's process id."""
REPLY = struct.Struct(">?iI")
"""Whether it was done; the process id or the worker's wait status; the length of the error text
that follows."""
MAX_FACTS_BYTES = 8_000_000
MAX_BODIES_BYTES = 128_000_000
"""All byte strings of an answer together."""
MAX_BODIES = 16


class Closed(Exception):
    """The other side closed the connection."""


def request_head(facts: Mapping[str, Any], data_length: int) -> bytes:
    """Everything of a request before its data."""
    encoded = json.dumps(facts).encode()
    return REQUEST.pack(len(encoded), data_length) + encoded


def read_request(connection: socket.socket) -> tuple[dict[str, Any], bytearray]:
    """The next request, waiting for it.

    Raises:
        Closed: There is none any more.
    """
    facts_length, data_length = REQUEST.unpack(_read(connection, REQUEST.size))
    facts: dict[str, Any] = json.loads(_read(connection, facts_length))
    return facts, _read(connection, data_length)


def write_answer(
    connection: socket.socket, facts: Mapping[str, Any], bodies: Sequence[bytes] = ()
) -> None:
    """Send an answer."""
    encoded = json.dumps(facts, ensure_ascii=False).encode("utf-8", "replace")
    lengths = b"".join(BODY.pack(len(body)) for body in bodies)
    connection.sendall(ANSWER.pack(len(encoded), len(bodies)) + lengths + encoded)
    for body in bodies:
        connection.sendall(body)


def _read(connection: socket.socket, length: int) -> bytearray:
    buffer = bytearray(length)
    view = memoryview(buffer)
    while view:
        received = connection.recv_into(view)
        if not received:
            raise Closed
        view = view[received:]
    return buffer
