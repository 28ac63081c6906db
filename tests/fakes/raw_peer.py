"""A server on loopback that answers with any bytes, and what hostile answers are made of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

HEADER_NAMES = (
    "Retry-After",
    "Content-Type",
    "Content-Encoding",
    "Content-Length",
    "Transfer-Encoding",
    "Location",
    "Connection",
    "Set-Cookie",
    "Link",
    "Last-Modified",
    "Date",
)
_SAMPLES = (
    "²",
    "9" * 5000,
    "-1",
    "1e9",
    "٣",
    "0x10",
    "Mon, 01 Jan 99999 00:00:00 GMT",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 01 Jan 2026 00:00:00 +999999999999",
    "Mon, 99 Foo 2026 99:99:99 XYZ",
    "text/html; charset=undefined",
    "text/html; charset=punycode",
    "text/html; charset=" + "x" * 3000,
    "gzip",
    "gzip, gzip",
    "deflate",
    "br",
    "chunked",
    "http://[::1",
    "http://a:99999/",
    "http://xn--ä.com/",
    "http://\u202eevil.example/",
    "//",
    "///",
    "mailto:x@example.org",
    "data:text/html,x",
    "\\\\host\\share",
    "",
)
header_values = st.sampled_from(_SAMPLES) | st.text(
    st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=60
)
headers = st.lists(st.tuples(st.sampled_from(HEADER_NAMES), header_values), max_size=6)
statuses = st.sampled_from((200, 200, 200, 204, 206, 301, 302, 307, 400, 404, 429, 500, 503))


def response(status: int, lines: list[tuple[str, str]], body: bytes) -> bytes:
    """A response on the wire; headers go out in UTF-8, with any content."""
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body


responses = st.builds(response, statuses, headers, st.binary(max_size=300)) | st.binary(
    max_size=300
)

FIELDS = [
    "query",
    "pages",
    "title",
    "index",
    "extract",
    "fullurl",
    "imageinfo",
    "url",
    "thumburl",
    "thumbwidth",
    "thumbheight",
    "width",
    "height",
    "mime",
    "extmetadata",
    "value",
    "LicenseShortName",
    "Artist",
    "ImageDescription",
    "descriptionurl",
    "results",
    "creator",
    "license",
    "license_version",
    "foreign_landing_url",
    "content",
    "img_src",
    "publishedDate",
    "organic",
    "images",
    "news",
    "link",
    "snippet",
    "date",
    "imageUrl",
    "imageWidth",
    "imageHeight",
    "web",
    "description",
    "page_age",
    "properties",
    "published_date",
    "href",
    "body",
    "image",
    "articles",
    "socialimage",
    "seendate",
]
_leaves: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(), max_size=12)  # lone surrogates included
    | st.sampled_from(
        (
            "https://web.example/page",
            "http://xn--ä.com/",
            "https://web.example:99999/",
            "https://\u202ebidi.example/",
            "//web.example/picture.jpg",
            "https://web.example/\ud800",
            "image/jpeg",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
            "3 hours ago",
            "CC BY 4.0",
        )
    )
)


def _containers(inner: Any) -> Any:
    return st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6)


_values: st.SearchStrategy[Any] = st.recursive(_leaves, _containers, max_leaves=25)
provider_answers: st.SearchStrategy[Any] = st.dictionaries(
    st.sampled_from(FIELDS), _values, max_size=6
)
"""JSON with the fields of real answers in all the wrong shapes."""


@dataclass
class RawPeer:
    """Answers every connection with ``answer`` and closes it."""

    answer: bytes = b""
    base_url: str = ""
    asked: list[str] = field(default_factory=list[str])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read a request's head, and answer."""
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head.split(b" ", 2)[1].decode())
            writer.write(self.answer)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def raw_peer(answer: bytes = b"") -> AsyncGenerator[RawPeer]:
    """Start the server on a free port and stop it at the end."""
    peer = RawPeer(answer)
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield peer
    finally:
        server.close()
        await server.wait_closed()
