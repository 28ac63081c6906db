"""The outside world on loopback: Wikipedia, Commons and Openverse in their real wire formats,
pages, pictures, and servers that misbehave. Every call is counted."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from aiohttp import web
from PIL import Image, ImageDraw

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@lru_cache(maxsize=100)
def picture(seed: int = 1, *, size: tuple[int, int] = (320, 240), kind: str = "JPEG") -> bytes:
    """A small photograph-like picture; another seed gives a clearly different one."""
    image = Image.new("RGB", size, ((seed * 53) % 256, (seed * 101) % 256, (seed * 197) % 256))
    draw = ImageDraw.Draw(image)
    for n in range(12):
        x, y = (seed * 37 + n * 71) % size[0], (seed * 91 + n * 43) % size[1]
        shade = (seed * 29 + n * 67) % 256
        draw.ellipse((x - 40, y - 30, x + 40, y + 30), fill=(shade, 255 - shade, (shade * 3) % 256))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


@dataclass
class WebPeer:
    """A server on loopback; ``calls`` counts requests by path, ``down`` makes all of them fail."""

    base_url: str = ""
    calls: Counter[str] = field(default_factory=Counter[str])
    agents: set[str] = field(default_factory=set[str])
    seen_headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    down: bool = False
    busy: int = 0
    most_busy: int = 0
    """The most requests that were answered at once."""
    connections: set[object] = field(default_factory=set[object])
    """The client's end of every connection that was made."""
    slow_s: float = 0.0
    delays: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Seconds of a search, of a picture, and of one picture in ten that hangs; another one in ten
    is missing. Which ones follows from their number."""
    any_query: bool = False
    """Whether every query finds eight pictures of its own and a page."""
    articles: dict[str, str] = field(default_factory=dict[str, str])
    """Title to introduction."""
    pictures: dict[str, int] = field(default_factory=dict[str, int])
    """Title to the picture's seed."""

    def url(self, path: str) -> str:
        """The address of a path on this server."""
        return f"{self.base_url}/{path.lstrip('/')}"

    @property
    def total(self) -> int:
        """How many requests came in all."""
        return sum(self.calls.values())

    def environment(self) -> dict[str, str]:
        """Settings that point every provider here."""
        return {
            "LIMNER_WIKIPEDIA_BASE_URL": self.url("wikipedia"),
            "LIMNER_COMMONS_BASE_URL": self.url("commons"),
            "LIMNER_OPENVERSE_BASE_URL": self.url("openverse"),
            "LIMNER_FETCH_ALLOWED_NETWORKS": "127.0.0.1/32",
        }

    def _matching(self, known: dict[str, int] | dict[str, str], query: str) -> list[str]:
        words = [word for word in query.lower().split() if ":" not in word]
        return [title for title in known if any(word in title.lower() for word in words)]

    @web.middleware
    async def counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Take note of every request, and fail it when this server is down."""
        self.calls[request.path] += 1
        self.agents.add(request.headers.get("User-Agent", ""))
        self.seen_headers.append(dict(request.headers))
        if request.transport is not None:
            self.connections.add(request.transport.get_extra_info("peername"))
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        try:
            if self.down:
                return web.Response(status=503)
            await asyncio.sleep(self.slow_s)
            return await handler(request)
        finally:
            self.busy -= 1

    async def wikipedia(self, request: web.Request) -> web.Response:
        """Answer as Wikipedia does."""
        assert request.query["action"] == "query"
        assert request.query["generator"] == "search"
        titles = self._matching(self.articles, request.query["gsrsearch"])
        if not titles:
            return web.json_response({"batchcomplete": True})
        pages = [
            {
                "pageid": n,
                "ns": 0,
                "title": title,
                "index": n,
                "extract": self.articles[title],
                "fullurl": f"https://en.wikipedia.org/wiki/{title.replace(' ', '_')}",
            }
            for n, title in enumerate(titles, 1)
        ]
        return web.json_response({"batchcomplete": True, "query": {"pages": pages[::-1]}})

    def _found(self, query: str, names: tuple[str, str, str]) -> list[dict[str, str]]:
        title, link, text = names
        if self.any_query:
            about = f"{query} is a bridge."
            return [{title: query, link: f"https://web.example/{query[-9:]}", text: about}]
        return [
            {title: name, link: f"https://web.example/{n}", text: self.articles[name]}
            for n, name in enumerate(self._matching(self.articles, query))
        ]

    def _news(self, query: str, names: tuple[str, str, str], dated: str) -> list[dict[str, str]]:
        return [{**found, **_dated(dated)} for found in self._found(query, names)]

    def _addresses(self, query: str) -> list[tuple[str, str]]:
        if self.any_query:
            seed = int.from_bytes(hashlib.sha256(query.encode()).digest()[:3], "big") * 10
            return [(f"{query} {n}", self.url(f"picture/{seed + n}.jpg")) for n in range(8)]
        names = self._matching(self.pictures, query)
        return [(name, self.url(f"picture/{self.pictures[name]}.jpg")) for name in names]

    async def searxng(self, request: web.Request) -> web.Response:
        """Answer as SearXNG does with JSON switched on."""
        assert request.query["format"] == "json"
        query = request.query["q"]
        if request.query["categories"] == "images":
            results = [
                {"title": name, "img_src": url, "url": "https://web.example/p"}
                for name, url in self._addresses(query)
            ]
            return web.json_response({"query": query, "results": results})
        if request.query["categories"] == "news":
            assert request.query["time_range"] == "week"
            found = self._news(query, ("title", "url", "content"), "publishedDate")
        else:
            found = self._found(query, ("title", "url", "content"))
        return web.json_response({"query": query, "results": found})

    async def ddgs(self, request: web.Request) -> web.Response:
        """Answer as a ``ddgs api`` server does."""
        query = request.query["query"]
        if request.match_info["kind"] == "images":
            results: list[dict[str, object]] = [
                {
                    "title": name,
                    "image": url,
                    "thumbnail": url,
                    "url": "https://web.example/p",
                    "height": 240,
                    "width": 320,
                    "source": "Bing",
                }
                for name, url in self._addresses(query)
            ]
            return web.json_response({"results": results})
        if request.match_info["kind"] == "news":
            assert request.query["timelimit"] == "w"
            found = self._news(query, ("title", "url", "body"), "date")
            return web.json_response({"results": found})
        return web.json_response({"results": self._found(query, ("title", "href", "body"))})

    async def serper(self, request: web.Request) -> web.Response:
        """Answer as Serper does."""
        if request.headers.get("X-API-KEY") != "KEY":
            return web.Response(status=403)
        query = (await request.json())["q"]
        await asyncio.sleep(self.delays[0])
        if request.match_info["kind"] == "images":
            images = [
                {
                    "title": name,
                    "imageUrl": url,
                    "link": "https://web.example/p",
                    "imageWidth": 320,
                    "imageHeight": 240,
                }
                for name, url in self._addresses(query)
            ]
            return web.json_response({"images": images})
        if request.match_info["kind"] == "news":
            found = self._news(query, ("title", "link", "snippet"), "date")
            return web.json_response({"news": found})
        return web.json_response({"organic": self._found(query, ("title", "link", "snippet"))})

    async def brave(self, request: web.Request) -> web.Response:
        """Answer as Brave Search does."""
        if request.headers.get("X-Subscription-Token") != "KEY":
            return web.Response(status=422)
        query = request.query["q"]
        if request.match_info["kind"] == "images":
            results = [
                {"title": name, "url": "https://web.example/p", "properties": {"url": url}}
                for name, url in self._addresses(query)
            ]
            return web.json_response({"results": results})
        if request.match_info["kind"] == "news":
            assert request.query["freshness"] == "pw"
            found = self._news(query, ("title", "url", "description"), "page_age")
            return web.json_response({"type": "news", "results": found})
        found = self._found(query, ("title", "url", "description"))
        return web.json_response({"web": {"results": found}})

    async def tavily(self, request: web.Request) -> web.Response:
        """Answer as Tavily does."""
        if request.headers.get("Authorization") != "Bearer KEY":
            return web.Response(status=401)
        body = await request.json()
        names = ("title", "url", "content")
        found = self._found(body["query"], names)
        if body.get("topic") == "news":
            found = self._news(body["query"], names, "published_date")
        images = [{"url": u, "description": n} for n, u in self._addresses(body["query"])]
        shown = images if body["include_images"] else []
        return web.json_response({"results": found, "images": shown})

    async def picture(self, request: web.Request) -> web.Response:
        """The picture of that number; with delays, some hang at first and some are missing."""
        seed = int(request.match_info["seed"])
        if self.delays[1]:
            first = self.calls[request.path] == 1
            await asyncio.sleep(self.delays[2] if seed % 10 == 3 and first else self.delays[1])
            if seed % 10 == 6:
                return web.Response(status=404)
            seed %= 97  # the bench measures Limner, not this server's drawing
        return web.Response(body=picture(seed), content_type="image/jpeg")

    async def gdelt(self, request: web.Request) -> web.Response:
        """Answer as GDELT's DOC 2 interface does."""
        assert request.query["mode"] == "ArtList"
        found = self._addresses(request.query["query"])
        articles = [
            {
                "url": "https://news.example/1",
                "title": name,
                "seendate": "20260101T000000Z",
                "socialimage": url,
                "domain": "news.example",
                "language": "English",
            }
            for name, url in found
        ]
        return web.json_response({"articles": articles} if articles else {})

    async def commons(self, request: web.Request) -> web.Response:
        """Answer as Commons does."""
        assert request.query["gsrnamespace"] == "6"
        pages = [
            {
                "pageid": n,
                "ns": 6,
                "title": f"File:{title}.jpg",
                "index": n,
                "imageinfo": [
                    {
                        "size": 123456,
                        "width": 3200,
                        "height": 2400,
                        "thumburl": self.url(f"picture/{self.pictures[title]}.jpg"),
                        "thumbwidth": 320,
                        "thumbheight": 240,
                        "url": self.url(f"picture/{self.pictures[title]}.jpg"),
                        "descriptionurl": f"https://commons.wikimedia.org/wiki/File:{title}.jpg",
                        "mime": "image/jpeg",
                        "extmetadata": {
                            "LicenseShortName": {"value": "CC BY-SA 4.0"},
                            "Artist": {"value": '<a href="//x">A <b>Photographer</b></a>'},
                            "ImageDescription": {"value": f"<p>{title}\u202e from afar</p>"},
                        },
                    }
                ],
            }
            for n, title in enumerate(self._matching(self.pictures, request.query["gsrsearch"]), 1)
        ]
        return web.json_response({"query": {"pages": pages}} if pages else {})

    async def openverse(self, request: web.Request) -> web.Response:
        """Answer as Openverse does."""
        titles = self._matching(self.pictures, request.query["q"])
        results = [
            {
                "id": f"id-{n}",
                "title": title,
                "foreign_landing_url": f"https://example.org/{n}",
                "url": self.url(f"picture/{self.pictures[title]}.jpg"),
                "creator": "A Creator",
                "license": "by-sa",
                "license_version": "2.0",
                "width": 320,
                "height": 240,
            }
            for n, title in enumerate(titles)
        ]
        return web.json_response({"result_count": len(results), "results": results})


def _dated(name: str) -> dict[str, str]:
    """New Year's midnight under the name of an engine's field, as that engine writes times."""
    written = {"date": "Jan 1, 2026", "published_date": "Thu, 01 Jan 2026 00:00:00 GMT"}
    return {name: written.get(name, "2026-01-01T00:00:00")}


@asynccontextmanager
async def web_peer() -> AsyncGenerator[WebPeer]:
    """Start the server on a free port and stop it at the end."""
    peer = WebPeer()
    app = web.Application(middlewares=[peer.counted])
    app.router.add_get("/wikipedia/w/api.php", peer.wikipedia)
    app.router.add_get("/commons/w/api.php", peer.commons)
    app.router.add_get("/openverse/v1/images/", peer.openverse)
    app.router.add_get("/searxng/search", peer.searxng)
    app.router.add_post("/serper/{kind}", peer.serper)
    app.router.add_get("/brave/res/v1/{kind}/search", peer.brave)
    app.router.add_post("/tavily/search", peer.tavily)
    app.router.add_get("/ddgs/search/{kind}", peer.ddgs)
    app.router.add_get("/gdelt/api/v2/doc/doc", peer.gdelt)
    app.router.add_get("/feed/{kind}", _feed)
    app.router.add_get("/picture/{seed}.jpg", peer.picture)
    app.router.add_get("/odd/{what}", _odd)
    app.router.add_get("/robots.txt", _robots)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    peer.base_url = f"http://{host}:{port}"
    try:
        yield peer
    finally:
        await runner.cleanup()


async def _robots(_request: web.Request) -> web.Response:
    return web.Response(text="User-agent: *\nDisallow: /odd/private\n")


async def _odd(request: web.Request) -> web.StreamResponse:
    match request.match_info["what"]:
        case "bomb":
            body = gzip.compress(b"\0" * 50_000_000)
            return web.Response(body=body, headers={"Content-Encoding": "gzip"})
        case "packed":
            body = gzip.compress(b"plain words")
            return web.Response(body=body, headers={"Content-Encoding": "gzip"})
        case "cut":
            body = gzip.compress(b"plain words" * 1000)[:40]
            return web.Response(body=body, headers={"Content-Encoding": "gzip"})
        case "brotli":
            return web.Response(body=b"x", headers={"Content-Encoding": "br"})
        case "large":
            return web.Response(body=b"x" * 2_000_000)
        case "slow":
            await asyncio.sleep(30)
            return web.Response()
        case "loop":
            raise web.HTTPFound("/odd/loop")
        case "inside":
            raise web.HTTPFound("http://169.254.169.254/latest/meta-data/")
        case "nowhere":
            return web.Response(status=302)
        case "moved":
            raise web.HTTPFound("/odd/packed")
        case "away":
            raise web.HTTPFound(request.query["to"])
        case "busy":
            return web.Response(status=429, headers={"Retry-After": "0"})
        case "much-later":
            return web.Response(status=429, headers={"Retry-After": "3600"})
        case "missing":
            return web.Response(status=404)
        case "page":
            return web.Response(text=PAGE, content_type="text/html")
        case other:
            return web.Response(text=other)


async def _feed(request: web.Request) -> web.Response:
    kind = request.match_info["kind"]
    return web.Response(text=RSS if kind == "rss" else ATOM, content_type="application/xml")


RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>News</title><link>https://news.example/</link>
<item><title>The mascot of the &lt;b&gt;games&lt;/b&gt;</title><link>https://news.example/m</link>
<author>Ann Author</author><description>&lt;p&gt;It is a red fox.&lt;/p&gt;</description>
<media:content url="https://news.example/fox.jpg" type="image/jpeg"/></item>
<item><title>Weather</title><link>javascript:alert(1)</link><description>Rain.</description></item>
</channel></rss>"""

ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<entry><title>Mascot chosen for the winter games</title><link href="https://news.example/a"/>
<summary>A fox was chosen.</summary><published>2026-01-01T00:00:00Z</published></entry></feed>"""

PAGE = """<!doctype html><html lang="en"><head><title>The Tall Bridge</title>
<meta name="author" content="Ann Author"><script>steal()</script></head><body>
<nav><a href="/">Home</a> <a href="/x">Shop</a></nav>
<article><h1>The Tall Bridge</h1>
<p>The Tall Bridge was opened in 1932 and is painted in orange vermilion. It crosses a strait that
is known for its fog, and its two towers are 227 metres high.</p>
<p>Every year ten million people walk across it. Its cables hold 129,000 kilometres of wire, which
was spun on the spot by workers who hung high above the water.</p></article>
<footer>Cookies!</footer></body></html>"""
