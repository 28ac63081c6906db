"""The page of a job with its pictures, its evidence for other programs, and its embed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final
from urllib.parse import parse_qs, quote

from aiohttp import web

from domain.errors import NotFound, RequesterError
from domain.illustrations import Picture
from jobs.services.pages import OpenedPage, PageService, PageView, Sight
from web.pages import citations, responses
from web.pages.evidence import EvidencePage, evidence_page
from web.pages.members import Session
from web.pages.rendering import rendered
from web.pages.site import FORM_BYTES, Opens, Route, SiteParts, Visitors, read_body

MAX_CACHED_BYTES: Final = 48_000_000
_SUFFIXES: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
Document = Callable[[PageView, str], bytes]


class ByteCache:
    """Keeps the last answers, up to so many bytes in all."""

    def __init__(self, most_bytes: int = MAX_CACHED_BYTES) -> None:
        self._most = most_bytes
        self._held = 0
        self._kept: OrderedDict[tuple[object, ...], tuple[str, bytes]] = OrderedDict()

    def get(self, key: tuple[object, ...]) -> tuple[str, bytes] | None:
        """The cached value under that key: a word about it, and the bytes."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: tuple[object, ...], word: str, data: bytes) -> None:
        """Keep something in the place of what was kept under that key."""
        if len(data) > self._most // 4:
            return
        before = self._kept.pop(key, None)
        self._held += len(data) - (len(before[1]) if before else 0)
        self._kept[key] = (word, data)
        while self._held > self._most:
            _key, (_word, dropped) = self._kept.popitem(last=False)
            self._held -= len(dropped)


class PageHandlers:
    """Answers for one job."""

    def __init__(self, parts: SiteParts, visitors: Visitors) -> None:
        self._parts = parts
        self._visitors = visitors
        self._cache = ByteCache()

    @property
    def routes(self) -> list[Route]:
        """Every address of a page, once below a link and once below a workspace."""
        documents: dict[str, tuple[Document, str]] = {
            "evidence.json": (citations.evidence_json, "application/json"),
            "evidence.md": (citations.footnotes, "text/markdown; charset=utf-8"),
            "citation.bib": (citations.bibtex, "application/x-bibtex; charset=utf-8"),
            "citation.json": (citations.csl, "application/vnd.citationstyles.csl+json"),
        }
        gets: list[tuple[str, Callable[[web.Request], Awaitable[web.StreamResponse]]]] = [
            ("", self.show),
            (r"/{number:\d{1,2}}", self.show),
            (r"/{number:\d{1,2}}/picture", partial(self.picture, whole=False)),
            (r"/{number:\d{1,2}}/download", partial(self.picture, whole=True)),
            (r"/{number:\d{1,2}}/thumb", self.thumbnail),
            (r"/{number:\d{1,2}}/lineage/{place:\d{1,2}}", self.relative),
            (r"/reference/{place:\d{1,2}}", self.reference),
            ("/embed", self.embed),
            *(
                (f"/{name}", partial(self.document, make=make, media_type=kind, name=name))
                for name, (make, kind) in documents.items()
            ),
        ]
        bases = ("/p/{link}", "/w/{site}/j/{job}")
        found = [Route("GET", base + path, h, Opens.PAGE) for base in bases for path, h in gets]
        return [*found, Route("POST", "/w/{site}/j/{job}/revoke", self.revoke, Opens.PAGE)]

    @property
    def _pages(self) -> PageService:
        return self._parts.pages

    async def show(self, request: web.Request) -> web.Response:
        """The evidence page."""
        opened, base = await self._visitors.open_page(request)
        number, language = _number(request), self._visitors.language(request)
        session = self._parts.sessions.read(request)
        stamp = await self._pages.stamp(opened)
        key = (opened.workspace_id, opened.job.id, base, number, language, opened.sight)
        kept = self._cache.get(key) if session is None else None
        if kept is None or kept[0] != stamp:
            view = await self._pages.page(opened, number)
            page = evidence_page(view, language)
            token = ""
            if session is not None and await self._may_revoke(request, opened):
                token = session.form_token
            body = self._drawn(page, opened, base, session=session, token=token)
            if session is None:
                self._cache.put(key, stamp, body.encode())
        else:
            body = kept[1].decode()
        public = opened.sight is Sight.PUBLIC
        return responses.page(body, sight=opened.sight, kept=public and session is None)

    async def picture(self, request: web.Request, *, whole: bool) -> web.Response:
        """A signed copy of a picture."""
        opened, _base = await self._visitors.open_page(request)
        number = _number(request)
        found = await self._bytes(
            opened, ("copy", whole, number), lambda: self._pages.copy(opened, number, whole=whole)
        )
        name = f"limner-{opened.job.id[-6:].lower()}-{number}"
        return _picture(found, opened.sight, name=name)

    async def thumbnail(self, request: web.Request) -> web.Response:
        """A small copy of a picture."""
        opened, _base = await self._visitors.open_page(request)
        number = _number(request)
        found = await self._bytes(
            opened, ("thumb", number), lambda: self._pages.thumbnail(opened, number)
        )
        return _picture(found, opened.sight)

    async def reference(self, request: web.Request) -> web.Response:
        """A small copy of a reference."""
        opened, _base = await self._visitors.open_page(request)
        place = int(request.match_info["place"])
        found = await self._bytes(
            opened, ("reference", place), lambda: self._pages.reference(opened, place)
        )
        return _picture(found, opened.sight)

    async def relative(self, request: web.Request) -> web.Response:
        """A small copy of a picture of the lineage."""
        opened, _base = await self._visitors.open_page(request)
        number, place = _number(request), int(request.match_info["place"])
        # Never from the cache: which pictures of other jobs may be shown can change at any time.
        found = await self._pages.relative(opened, number, place)
        return _picture((found.media_type, found.data), opened.sight)

    async def document(
        self, request: web.Request, *, make: Document, media_type: str, name: str
    ) -> web.Response:
        """The evidence for another program."""
        opened, base = await self._visitors.open_page(request)
        view = await self._pages.page(opened)
        data = make(view, self._parts.links.base + base)
        code = opened.job.id[-6:].lower()
        return responses.file(
            data, media_type, sight=opened.sight, name=f"limner-{code}-{name}", saved=True
        )

    async def embed(self, request: web.Request) -> web.Response:
        """The picture with its credit line, to stand inside another page: of public ones alone."""
        opened, base = await self._visitors.open_page(request)
        view = await self._pages.page(opened)
        if not view.public:
            raise NotFound("page", "embed")
        page = evidence_page(view, self._visitors.language(request))
        body = rendered(
            "embed.html",
            page=page,
            say=page.say,
            language=page.language,
            base=base,
            address=self._parts.links.base + base,
        )
        return responses.page(body, sight=opened.sight, framed=True, kept=True)

    async def revoke(self, request: web.Request) -> web.Response:
        """Revoke all links to the page, for the requester or a moderator."""
        opened, base = await self._visitors.open_page(request)
        session = self._parts.sessions.read(request)
        form = parse_qs((await read_body(request, most=FORM_BYTES)).decode("utf-8", "replace"))
        token = (form.get("token") or [""])[0]
        if session is None or not self._parts.sessions.is_form_of(session, token):
            raise web.HTTPForbidden
        if not await self._may_revoke(request, opened):
            raise web.HTTPForbidden
        await self._pages.revoke_links(opened)
        return responses.redirect(base)

    async def _may_revoke(self, request: web.Request, opened: OpenedPage) -> bool:
        member = await self._visitors.member(request, opened.workspace_id)
        if member is None:
            return False
        with suppress(RequesterError):
            await self._pages.check_revocable(member, opened)
            return True
        return False

    def _drawn(
        self,
        page: EvidencePage,
        opened: OpenedPage,
        base: str,
        *,
        session: Session | None,
        token: str,
    ) -> str:
        site = self._parts.links.gallery_path(opened.workspace_id)
        public = page.view.public
        address = self._parts.links.base + base
        public_base = f"{self._parts.links.base}{site}/j/{opened.job.id}"
        picture = f"{public_base}/{page.number}/picture"
        show_gallery = opened.sight is not Sight.LINK or public
        return rendered(
            "evidence.html",
            page=page,
            say=page.say,
            language=page.language,
            skip=None,
            base=base,
            indexed=opened.sight is Sight.PUBLIC,
            links=((page.say("gallery"), site),) if show_gallery else (),
            member=session,
            address=address,
            address_of_picture=f"{address}/{page.number}/picture",
            oembed=_oembed(self._parts.links.base, public_base) if public else "",
            embed=citations.embed_code(page, public_base, picture) if public else "",
            revoke_token=token,
            sight=opened.sight.value,
        )

    async def _bytes(
        self, opened: OpenedPage, what: tuple[object, ...], read: Callable[[], Awaitable[Picture]]
    ) -> tuple[str, bytes]:
        """A picture, from memory where it was shown before and is not deleted since."""
        stamp = await self._pages.stamp(opened)
        key = (opened.workspace_id, opened.job.id, *what)
        kept = self._cache.get(key)
        if kept is not None and kept[0].endswith(stamp):
            return kept[0].partition("\n")[0], kept[1]
        picture = await read()
        self._cache.put(key, f"{picture.media_type}\n{stamp}", picture.data)
        return picture.media_type, picture.data


def _number(request: web.Request) -> int:
    return int(request.match_info.get("number", "1"))


def _picture(found: tuple[str, bytes], sight: Sight, *, name: str = "") -> web.Response:
    media_type, data = found
    suffix = _SUFFIXES.get(media_type, "img")
    return responses.file(data, media_type, sight=sight, name=f"{name}.{suffix}" if name else "")


def _oembed(base: str, address: str) -> str:
    return f"{base}/oembed?format=json&url={quote(address, safe='')}"
