"""The packaged corpus as the web shows it, on loopback: Wikipedia, Commons and SearXNG in their
wire formats, and the pages and pictures that they name; and a model that plays transcripts."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from evaluation.benchmarks.corpus import PICTURES, CorpusPage, CorpusPicture, corpus
from evaluation.peers import corpus_model
from evaluation.peers.corpus_search import Entry, SearchIndex

HOSTS = 24
"""Pages and pictures lie on so many addresses of 127.0.2.0/24, as on the web on many sites."""
SNIPPET_CHARS = 160

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class CorpusWeb:
    """A running web; ``calls`` counts what was asked by kind."""

    port: int = 0
    calls: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        known = corpus()
        self._pages = known.pages
        self._pictures = known.pictures
        self._web = SearchIndex([Entry(p.id, p.title, p.text) for p in known.pages.values()])
        self._encyclopedia = SearchIndex(
            [Entry(p.id, p.title, p.text) for p in known.pages.values() if p.is_encyclopedia]
        )
        self._images = SearchIndex([Entry(p.id, p.title, "") for p in known.pictures.values()])

    @property
    def base_url(self) -> str:
        """The addresses of the services."""
        return f"http://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, object]:
        """Settings that make this the web of a Limner."""
        return {
            "search_providers": ("wikipedia", "commons", "searxng"),
            "wikipedia_base_url": f"{self.base_url}/wikipedia",
            "commons_base_url": f"{self.base_url}/commons",
            "searxng_base_url": f"{self.base_url}/searxng",
            "fetch_allowed_networks": ("127.0.0.0/8",),
        }

    def page_url(self, page: CorpusPage) -> str:
        """The address of a page."""
        return f"{self._site(page.id)}/page/{page.id}"

    def picture_url(self, picture: CorpusPicture) -> str:
        """The address of a picture."""
        return f"{self._site(picture.id)}/picture/{picture.id}.jpg"

    def _site(self, name: str) -> str:
        return f"http://127.0.2.{1 + sum(name.encode()) % HOSTS}:{self.port}"

    def application(self) -> web.Application:
        """The server's routes."""
        app = web.Application(middlewares=[self._counted])
        app.router.add_get("/wikipedia/w/api.php", self._wikipedia)
        app.router.add_get("/commons/w/api.php", self._commons)
        app.router.add_get("/searxng/search", self._searxng)
        app.router.add_get("/page/{id}", self._page)
        app.router.add_get("/picture/{id}.jpg", self._picture)
        app.router.add_get("/robots.txt", self._robots)
        app.router.add_post("/v1/chat/completions", corpus_model.complete)
        return app

    @web.middleware
    async def _counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.calls[request.path.split("/")[1]] += 1
        return await handler(request)

    async def _wikipedia(self, request: web.Request) -> web.Response:
        found = self._encyclopedia.find(
            request.query["gsrsearch"], limit=int(request.query["gsrlimit"]), every_word=True
        )
        pages = [
            {
                "pageid": n,
                "ns": 0,
                "title": each.title,
                "index": n,
                "extract": each.text,
                "fullurl": self.page_url(self._pages[each.id]),
                "pagelanguage": self._pages[each.id].language,
            }
            for n, each in enumerate(found, 1)
        ]
        answer: dict[str, object] = {"batchcomplete": True}
        return web.json_response({**answer, "query": {"pages": pages}} if pages else answer)

    async def _commons(self, request: web.Request) -> web.Response:
        query = request.query["gsrsearch"].removeprefix("filetype:bitmap ")
        found = self._images.find(query, limit=int(request.query["gsrlimit"]), every_word=True)
        pages: list[dict[str, object]] = []
        for n, each in enumerate(found, 1):
            picture = self._pictures[each.id]
            url = self.picture_url(picture)
            info = {
                "width": 360,
                "height": 270,
                "thumburl": url,
                "thumbwidth": 360,
                "thumbheight": 270,
                "url": url,
                "descriptionurl": f"{self._site(picture.id)}/page/{picture.page}",
                "mime": "image/jpeg",
                "extmetadata": {
                    "LicenseShortName": {"value": picture.license},
                    "Artist": {"value": html.escape(picture.author)},
                    "ImageDescription": {"value": html.escape(picture.title)},
                },
            }
            title = f"File:{picture.title.replace('/', '-')}.jpg"
            pages.append({"pageid": n, "ns": 6, "title": title, "index": n, "imageinfo": [info]})
        return web.json_response({"query": {"pages": pages}} if pages else {})

    async def _searxng(self, request: web.Request) -> web.Response:
        query = request.query["q"]
        if request.query.get("categories") == "images":
            images = [self._pictures[e.id] for e in self._images.find(query, limit=10)]
            results: list[dict[str, object]] = [
                {
                    "title": picture.title,
                    "img_src": self.picture_url(picture),
                    "url": f"{self._site(picture.id)}/page/{picture.page}",
                    "resolution": "360 x 270",
                }
                for picture in images
            ]
        else:
            results = [
                {
                    "title": e.title,
                    "url": self.page_url(self._pages[e.id]),
                    "content": e.text[:SNIPPET_CHARS],
                }
                for e in self._web.find(query, limit=10)
            ]
        return web.json_response({"query": query, "results": results, "unresponsive_engines": []})

    async def _page(self, request: web.Request) -> web.Response:
        page = self._pages.get(request.match_info["id"])
        if page is None:
            return web.Response(status=404, text="404")
        status = 404 if page.role == "gone" else 200
        return web.Response(text=as_html(page), content_type="text/html", status=status)

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        picture = self._pictures.get(request.match_info["id"])
        if picture is None:
            return web.Response(status=404)
        return web.Response(body=(PICTURES / picture.file).read_bytes(), content_type="image/jpeg")

    async def _robots(self, _request: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nAllow: /\n")


def as_html(page: CorpusPage) -> str:
    """A page as a site writes it, with what stands around a text."""
    text = html.escape(page.text)
    title = html.escape(page.title)
    paragraphs = "".join(f"<p>{part}.</p>" for part in text.rstrip(".").split(". "))
    if page.role == "wall":
        paragraphs = f"<div class=paywall><p>{text}</p><form><input name=email></form></div>"
    direction = " dir=rtl" if page.language == "ar" else ""
    return (
        f"<!doctype html><html lang={page.language}{direction}><head><meta charset=utf-8>"
        f"<title>{title}</title></head><body><nav><ul><li><a href=/>Home</a></li>"
        "<li><a href=/news>News</a></li><li><a href=/about>About us</a></li></ul></nav>"
        f"<article><h1>{title}</h1>{paragraphs}</article>"
        "<footer><p>All rights of the names mentioned belong to their owners. Contact. Imprint."
        "</p></footer></body></html>"
    )


@asynccontextmanager
async def corpus_web() -> AsyncGenerator[CorpusWeb]:
    """Serve the corpus on a free port of loopback until the block ends."""
    peer = CorpusWeb()
    runner = web.AppRunner(peer.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "0.0.0.0", 0, backlog=512)
        await site.start()
        peer.port = int(runner.addresses[0][1])
        yield peer
    finally:
        await runner.cleanup()
