"""Reading a response's body: bytes are counted after decompression, and the event loop gets its
turn in between."""

from __future__ import annotations

import asyncio
import io
import time
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from domain.errors import FetchFailed
from domain.translation.messages import gettext

if TYPE_CHECKING:
    import aiohttp

PIECE_BYTES = 262_144
"""The most that is decompressed in one go: well under a millisecond."""
TURN_S = 0.005
"""Seconds of work after which other tasks get a turn."""
MAX_MEMBERS = 64
"""Parts of one gzip stream (RFC 1952, section 2.2); real ones have one."""
_GZIP = b"\x1f"
"""The first byte of a gzip member."""


async def read_body(
    response: aiohttp.ClientResponse, *, url: str, max_bytes: int, cut: bool = False
) -> bytes:
    """The decompressed body; with ``cut`` its first ``max_bytes``.

    Raises:
        FetchFailed: It is larger than ``max_bytes`` and not to be cut, compressed in an unknown or
            broken way, or ends early.
    """
    too_large = FetchFailed(
        url,
        gettext("it is larger than {max_bytes:.0f} MB", max_bytes=max_bytes / 1e6),
        status=413,
    )
    if (response.content_length or 0) > max_bytes and not cut:
        raise too_large
    decoder = _decoder(response.headers.get("Content-Encoding", ""), url)
    body = io.BytesIO()  # gives its bytes away without a copy, which would take 20 ms for 15 MB
    received = 0
    turn_ends_at = time.perf_counter() + TURN_S
    async for chunk in response.content.iter_any():
        received += len(chunk)
        for piece in decoder.decoded(chunk) if decoder else (chunk,):
            body.write(piece)
            if max(body.tell(), received) > max_bytes:
                if not cut:
                    raise too_large
                return body.getvalue()[:max_bytes]
            if time.perf_counter() > turn_ends_at:
                await asyncio.sleep(0)
                turn_ends_at = time.perf_counter() + TURN_S
    if decoder is not None and not decoder.complete:
        raise FetchFailed(url, gettext("it was cut off"))
    return body.getvalue()


def _decoder(encoding: str, url: str) -> _Decoder | None:
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return _Decoder(url, gzip=True)
        case "deflate":
            return _Decoder(url, gzip=False)
        case other:
            raise FetchFailed(
                url, gettext("it is packed as {other!r}", other=other[:20]), status=415
            )


class _Inflater(Protocol):
    """The zlib decompressor."""

    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, _data: bytes, _most: int = 0, /) -> bytes: ...


class _Decoder:
    """Decompresses gzip or deflate chunk by chunk, in pieces of a bounded size."""

    def __init__(self, url: str, *, gzip: bool) -> None:
        self._url = url
        self._gzip = gzip
        self._members = 0
        self._inner: _Inflater | None = zlib.decompressobj(31) if gzip else None

    @property
    def complete(self) -> bool:
        """Whether the end of the compressed data was seen."""
        return self._inner is not None and self._inner.eof

    def decoded(self, chunk: bytes) -> Iterator[bytes]:
        """The content of the chunk, in pieces of at most 256 KB. Raises ``FetchFailed``."""
        try:
            while inner := self._for(chunk):
                piece = inner.decompress(chunk, PIECE_BYTES)
                if piece:
                    yield piece
                chunk = inner.unconsumed_tail or inner.unused_data
                # A full piece may have left output behind although all input is used up.
                if not chunk and (inner.eof or len(piece) < PIECE_BYTES):
                    return
        except zlib.error as error:
            raise FetchFailed(
                self._url, gettext("its compressed data is damaged"), status=422
            ) from error

    def _for(self, chunk: bytes) -> _Inflater | None:
        """The decompressor of the next chunk; None when only rubbish is left after the end."""
        if self._inner is None:
            # Servers send "deflate" with and without the header of zlib; its first byte decides.
            self._inner = zlib.decompressobj(15 if chunk[0] & 0x0F == 8 else -15)
        elif self._inner.eof:
            if not self._gzip or chunk[:1] != _GZIP:
                return None
            self._members += 1
            if self._members >= MAX_MEMBERS:
                raise FetchFailed(self._url, gettext("its compressed data is damaged"), status=422)
            self._inner = zlib.decompressobj(31)
        return self._inner
