"""Connections that take only so many bytes, for peers whose answers must be small."""

from __future__ import annotations

import socket
from typing import Any

import aiohttp

MAX_ANSWERS_BYTES = 200_000


class _LimitedSocket(socket.socket):
    """A socket that breaks off once it has taken too much: a library that reads whole answers would
    read an endless one until the memory is full."""

    left = MAX_ANSWERS_BYTES

    def recv(self, *args: Any) -> bytes:
        """Read as any socket does, up to the limit."""
        data = super().recv(*args)
        self.left -= len(data)
        if self.left < 0:
            raise ConnectionAbortedError("the answer is too long")
        return data


def limited_connector() -> aiohttp.TCPConnector:
    """A connector whose connections take 200 KB each, made within a running event loop.

    What is compressed may become a thousand times as large.
    """
    return aiohttp.TCPConnector(socket_factory=_opened)


def _opened(address: tuple[Any, ...]) -> socket.socket:
    family, kind, protocol = address[:3]
    return _LimitedSocket(family, kind, protocol)
