"""The gallery of a workspace: filters, search, and plain pages behind an endless list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from domain.errors import NotFound
from domain.pages import GalleryEntry, GalleryOrder, GalleryQuery
from domain.request_titles import request_title
from jobs.admission.requests import Requester
from jobs.services.pages import Sight
from web.pages import responses
from web.pages.evidence import shortened
from web.pages.rendering import rendered
from web.pages.site import Opens, Route, SiteParts, Visitors
from web.pages.words import day, words

PER_PAGE: Final = 24
MAX_PAGE: Final = 400
MAX_WORDS_CHARS: Final = 200
MAX_FIELD_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """The part of a workspace that a visitor may see: the channels, and by what right."""

    workspace_id: str
    channels: frozenset[str]
    sight: Sight
    member: Requester | None


@dataclass(frozen=True, slots=True)
class CardView:
    """A picture of the gallery."""

    address: str
    thumb: str
    title: str
    alt: str
    generator: str
    when: str
    up: int
    down: int


class GalleryHandlers:
    """Answers for the gallery of one workspace."""

    def __init__(self, parts: SiteParts, visitors: Visitors) -> None:
        self._parts = parts
        self._visitors = visitors

    @property
    def routes(self) -> list[Route]:
        """The gallery, and the way from a picture's id to its page."""
        return [
            Route("GET", "/w/{site}", self.show, Opens.GALLERY),
            Route("GET", "/w/{site}/i/{picture}", self.picture, Opens.PAGE),
            Route("GET", "/w/{site}/i/{picture}/thumb", self.thumbnail, Opens.PAGE),
        ]

    async def seen(self, request: web.Request) -> Seen:
        """The part of a workspace that the visitor may see. Raises ``NotFound`` where that is
        nothing."""
        workspace_id = self._visitors.workspace_of(request.match_info["site"])
        pages = self._parts.pages
        published = await pages.published_channels(workspace_id)
        member = await self._visitors.member(request, workspace_id)
        if member is not None:
            channels = await pages.readable_channels(member)
            return Seen(workspace_id, channels | published, Sight.MEMBER, member)
        if not published:
            raise NotFound("gallery", "workspace")
        return Seen(workspace_id, published, Sight.PUBLIC, None)

    async def show(self, request: web.Request) -> web.Response:
        """A page of the gallery."""
        seen = await self.seen(request)
        language = self._visitors.language(request)
        query, page = _query(request.query, seen)
        entries, more = await self._parts.pages.gallery(seen.workspace_id, query)
        site = request.path
        session = self._parts.sessions.read(request)
        say = words(language)
        body = rendered(
            "gallery.html",
            say=say,
            language=language,
            skip=None,
            indexed=seen.sight is Sight.PUBLIC and page == 1 and not request.query,
            links=(),
            member=session,
            site=site,
            cards=[_card(entry, site, language) for entry in entries],
            query=query,
            chosen={name: request.query.get(name, "") for name in _FIELDS},
            generators=await self._parts.pages.generators(seen.workspace_id, seen.channels),
            schedules=await self._parts.pages.schedules(seen.workspace_id, seen.channels),
            is_member=seen.member is not None,
            public=seen.sight is Sight.PUBLIC,
            ways=self._visitors.ways_in(request),
            page=page,
            next=_page_address(request, page + 1) if more and page < MAX_PAGE else "",
            previous=_page_address(request, page - 1) if page > 1 else "",
            address=f"{self._parts.links.base}{site}",
        )
        return responses.page(
            body, sight=seen.sight, kept=seen.sight is Sight.PUBLIC and session is None
        )

    async def picture(self, request: web.Request) -> web.Response:
        """Send the browser to the page of a picture."""
        site, (job_id, number) = request.match_info["site"], await self._place(request)
        await self._visitors.open_job(request, site, job_id)
        return responses.redirect(f"/w/{site}/j/{job_id}" + (f"/{number}" if number > 1 else ""))

    async def thumbnail(self, request: web.Request) -> web.Response:
        """A small copy of a picture by its id."""
        site, (job_id, number) = request.match_info["site"], await self._place(request)
        opened = await self._visitors.open_job(request, site, job_id)
        found = await self._parts.pages.thumbnail(opened, number)
        return responses.file(found.data, found.media_type, sight=opened.sight)

    async def _place(self, request: web.Request) -> tuple[str, int]:
        workspace_id = self._visitors.workspace_of(request.match_info["site"])
        return await self._parts.pages.place_of(workspace_id, request.match_info["picture"])


_FIELDS: Final = ("q", "order", "generator", "schedule", "person")


def _query(given: Mapping[str, str], seen: Seen) -> tuple[GalleryQuery, int]:
    """The query and the number of the page. Invalid values mean the defaults."""
    page = given.get("page", "1")
    number = min(max(int(page), 1), MAX_PAGE) if page.isascii() and page.isdecimal() else 1
    best = given.get("order") == GalleryOrder.BEST
    query = GalleryQuery(
        channels=seen.channels,
        order=GalleryOrder.BEST if best else GalleryOrder.NEWEST,
        words=given.get("q", "")[:MAX_WORDS_CHARS],
        generator=given.get("generator", "")[:MAX_FIELD_CHARS] or None,
        schedule_id=given.get("schedule", "")[:MAX_FIELD_CHARS] or None,
        offset=(number - 1) * PER_PAGE,
        limit=PER_PAGE,
    )
    if given.get("person") == "me" and seen.member is not None:
        query = replace(query, member_id=seen.member.member_id)
    return query, number


def _page_address(request: web.Request, page: int) -> str:
    kept = {name: request.query[name] for name in _FIELDS if request.query.get(name)}
    return f"{request.path}?{urlencode({**kept, 'page': page})}"


def _card(entry: GalleryEntry, site: str, language: str) -> CardView:
    picture, recipe = entry.illustration, entry.illustration.recipe
    story = recipe.parameters.get("story")
    title = story.get("headline") if isinstance(story, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return CardView(
        address=f"{site}/i/{picture.id}",
        thumb=f"{site}/i/{picture.id}/thumb",
        title=shortened(str(title or request_title(entry.job.request)), 110),  # pyright: ignore[reportUnknownArgumentType]
        alt=picture.alt_text or recipe.request,
        generator=recipe.generator,
        when=day(picture.created_at, language),
        up=entry.tally.up,
        down=entry.tally.down,
    )
