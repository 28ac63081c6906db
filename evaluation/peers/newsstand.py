"""Several news sites on loopback, each on an address of its own, so that they count as independent:
feeds as real RSS and Atom, article pages, and sites that misbehave. Every call is counted."""

from __future__ import annotations

import asyncio
import email.utils
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from xml.sax.saxutils import escape

from aiohttp import web

ADDRESSES = tuple(f"127.0.0.{n}" for n in range(2, 8))
XML, HTML = "application/xml", "text/html; charset=utf-8"


@dataclass
class Newsstand:
    """The served files: ``files`` by address and path; what is not there is 404. A status instead
    of bytes answers with that, an address in ``moved`` leads to another, one in ``hanging`` never
    answers."""

    port: int = 0
    files: dict[tuple[str, str], tuple[bytes, str] | int] = field(
        default_factory=dict[tuple[str, str], tuple[bytes, str] | int]
    )
    calls: Counter[str] = field(default_factory=Counter[str])
    hanging: set[str] = field(default_factory=set[str])
    moved: dict[str, str] = field(default_factory=dict[str, str])

    def url(self, site: int, path: str) -> str:
        """The address of a path on the site of that number, from 0."""
        return f"http://{ADDRESSES[site]}:{self.port}/{path}"

    def serve(self, site: int, path: str, body: bytes | str | int, kind: str = HTML) -> str:
        """Serve something there, and give its address."""
        data = body.encode() if isinstance(body, str) else body
        held = data if isinstance(data, int) else (data, kind)
        self.files[ADDRESSES[site], f"/{path}"] = held
        return self.url(site, path)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Give what is served at that address."""
        host = request.host.partition(":")[0]
        self.calls[str(request.url)] += 1
        if str(request.url) in self.hanging:
            await asyncio.sleep(30)
        if str(request.url) in self.moved:
            raise web.HTTPFound(self.moved[str(request.url)])
        held = self.files.get((host, request.path), 404)
        if isinstance(held, int):
            return web.Response(status=held, headers={"Retry-After": "0"})
        return web.Response(body=held[0], headers={"Content-Type": held[1]})


@asynccontextmanager
async def newsstand() -> AsyncGenerator[Newsstand]:
    """Start all sites on one free port and stop them at the end."""
    stand = Newsstand()
    app = web.Application()
    app.router.add_get("/{path:.*}", stand.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        for address in ADDRESSES:
            await web.TCPSite(runner, address, stand.port).start()
            stand.port = runner.addresses[0][1]
        yield stand
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Told:
    """An article as a site puts it into its feed; ``date`` may be any text."""

    title: str
    url: str
    summary: str = ""
    date: datetime | str | None = None


def rss(reports: Sequence[Told], *, name: str = "News") -> bytes:
    """The articles as RSS 2.0."""
    items = "".join(
        f"<item><title>{escape(t.title)}</title><link>{escape(t.url)}</link>"
        f"<description>{escape(f'<p>{t.summary}</p>')}</description>"
        f"{_dated('pubDate', t.date, rfc=True)}</item>"
        for t in reports
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{escape(name)}</title><link>https://news.example/</link>{items}</channel></rss>"
    ).encode()


def atom(reports: Sequence[Told], *, name: str = "News") -> bytes:
    """The articles as Atom 1.0."""
    entries = "".join(
        f'<entry><title type="text">{escape(t.title)}</title><link href="{escape(t.url)}"/>'
        f"<id>{escape(t.url)}</id><summary>{escape(t.summary)}</summary>"
        f"{_dated('published', t.date, rfc=False)}</entry>"
        for t in reports
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(name)}</title>{entries}</feed>"
    ).encode()


def _dated(tag: str, date: datetime | str | None, *, rfc: bool) -> str:
    if date is None:
        return ""
    if isinstance(date, datetime):
        date = email.utils.format_datetime(date) if rfc else date.isoformat()
    return f"<{tag}>{escape(date)}</{tag}>"


def article(title: str, *paragraphs: str, date: str = "", lang: str = "en") -> str:
    """A page with an article and the furniture of a site around it."""
    body = "".join(f"<p>{escape(p)}</p>" for p in paragraphs)
    meta = f'<meta property="article:published_time" content="{date}">' if date else ""
    return (
        f'<!doctype html><html lang="{lang}"><head><title>{escape(title)}</title>{meta}</head>'
        '<body><nav><a href="/">Home</a> <a href="/shop">Shop</a></nav>'
        f"<article><h1>{escape(title)}</h1>{body}</article><footer>Imprint</footer></body></html>"
    )
