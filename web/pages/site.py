"""All pages with their addresses: the requirements of each handler are in one table."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import quote

import structlog
from aiohttp import web

from domain.errors import LimnerError, NotFound, Refused, RequesterError
from domain.provenance import Provenance
from jobs.admission.requests import Requester
from jobs.services.page_links import LinkKind, SignedPageLinks
from jobs.services.pages import LinkEnded, OpenedPage, PageService
from web.connections import Network
from web.pages import responses
from web.pages.limits import GUESSES, PAGES, Rate, RateLimiter, client_address
from web.pages.members import IdentityProvider, Members, Session, Sessions
from web.pages.words import LANGUAGES, preferred

log = structlog.get_logger(__name__)

LANGUAGE_COOKIE: Final = "limner-language"
YEAR_S: Final = 365 * 86_400
FORM_BYTES: Final = 8_192
BODY_S: Final = 30.0
MEMBER_S: Final = 60.0
"""How long a member's permissions in a workspace are remembered."""
MAX_MEMBERS: Final = 2_000

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Opens(StrEnum):
    """The content of a route, which decides who may see it."""

    ANYONE = "anyone"
    """Nothing of a workspace."""
    PAGE = "page"
    """One job: by a link, to members, or where it is published."""
    GALLERY = "gallery"
    """The part of a workspace that members may see, or that it publishes."""


@dataclass(frozen=True, slots=True)
class Route:
    """An address with its handler; ``rate`` is how often one client may ask for it."""

    method: str
    path: str
    handler: Handler
    opens: Opens
    rate: Rate = PAGES


class Verifier(Protocol):
    """Looks up the provenance of a picture that a visitor found."""

    async def verify(self, requester: Requester, data: bytes) -> Provenance:
        """The provenance, and what it leads to that the requester can see."""
        ...


@dataclass(frozen=True, slots=True)
class SiteParts:
    """The services behind the pages. ``providers`` are those that people can sign in with."""

    pages: PageService
    links: SignedPageLinks
    sessions: Sessions
    verifier: Verifier | None = None
    members: Members | None = None
    providers: Sequence[IdentityProvider] = ()
    proxies: Sequence[Network] = ()


class Visitors:
    """Finds out who asks, and opens pages for them."""

    def __init__(self, parts: SiteParts) -> None:
        self._parts = parts
        self._known: dict[tuple[Session, str], tuple[float, Requester | None]] = {}

    async def open_page(self, request: web.Request) -> tuple[OpenedPage, str]:
        """The page that an address names, and the path that its other addresses begin with.

        Raises:
            NotFound: There is none, or the visitor may not see it.
        """
        link = request.match_info.get("link")
        if link is not None:
            return await self._parts.pages.open_link(link), f"/p/{link}"
        site, job_id = request.match_info["site"], request.match_info["job"]
        return await self.open_job(request, site, job_id), f"/w/{site}/j/{job_id}"

    async def open_job(self, request: web.Request, site: str, job_id: str) -> OpenedPage:
        """A job of a workspace, for a member or where it is published. Raises ``NotFound``."""
        workspace_id = self.workspace_of(site)
        member = await self.member(request, workspace_id)
        if member is not None:
            try:
                return await self._parts.pages.open_member(member, job_id)
            except NotFound:
                pass  # what is public, a member may see, too
        return await self._parts.pages.open_public(workspace_id, job_id)

    def workspace_of(self, site: str) -> str:
        """The workspace that an address names. Raises ``NotFound``."""
        return self._parts.links.signer.read(site, LinkKind.WORKSPACE).workspace_id

    async def member(self, request: web.Request, workspace_id: str) -> Requester | None:
        """The signed-in user, as a member of a workspace; None where they are none."""
        session = self._parts.sessions.read(request)
        if session is None or self._parts.members is None:
            return None
        now = time.monotonic()
        known = self._known.get((session, workspace_id))
        if known is not None and known[0] > now:
            return known[1]
        found = await self._parts.members.requester(session.identity, workspace_id)
        self._known[session, workspace_id] = (now + MEMBER_S, found)
        while len(self._known) > MAX_MEMBERS:
            del self._known[next(iter(self._known))]
        return found

    def language(self, request: web.Request) -> str:
        """The language of an answer: as asked for, as chosen before, as the browser says."""
        for choice in (request.query.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
            if choice in LANGUAGES:
                return choice
        return preferred(request.headers.get("Accept-Language", ""))

    def ways_in(self, request: web.Request) -> tuple[tuple[str, str], ...]:
        """The sign-in links for a visitor, to come back to where they are."""
        if self._parts.sessions.read(request) is not None or not request.path.startswith("/w/"):
            return ()
        return tuple(
            (each.label, f"/sign-in/{each.surface}?next={quote(request.path)}")
            for each in self._parts.providers
        )


class Gate:
    """Stands before every handler: rates, languages, and errors as pages."""

    def __init__(self, parts: SiteParts, visitors: Visitors) -> None:
        self._parts = parts
        self._visitors = visitors
        self._limits = RateLimiter()

    def guarded(self, route: Route) -> Handler:
        """The handler of a route as the server calls it."""

        async def handle(request: web.Request) -> web.StreamResponse:
            address = client_address(request.remote or "", request.headers, self._parts.proxies)
            language = self._visitors.language(request)
            within = self._limits.take(address, route.rate)
            if not within or not self._limits.has_room(address, GUESSES):
                response = responses.message("error.429", language, status=429)
                response.headers["Retry-After"] = "10"
                return response
            answer = await self._answered(route, request, language)
            if answer.status in (404, 410):
                self._limits.take(address, GUESSES)
            chosen = request.query.get("lang")
            if chosen in LANGUAGES:
                answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=YEAR_S, path="/", samesite="Lax")
            return answer

        return handle

    def forget_rates(self) -> None:
        """Let every client begin anew."""
        self._limits = RateLimiter()

    async def _answered(
        self, route: Route, request: web.Request, language: str
    ) -> web.StreamResponse:
        try:
            return await route.handler(request)
        except LinkEnded:
            return responses.message("error.410", language, status=410)
        except (NotFound, web.HTTPNotFound):
            ways = self._visitors.ways_in(request)
            return responses.message("error.404", language, status=404, ways=ways)
        except (Refused, web.HTTPForbidden):
            return responses.message("error.403", language, status=403)
        except RequesterError as error:
            log.info("page_not_shown", route=route.path, error=str(error))
            return responses.message("error.404", language, status=404)
        except LimnerError as error:
            log.warning("page_failed", route=route.path, error=str(error))
            return responses.message("error.503", language, status=503)


async def read_body(request: web.Request, *, most: int) -> bytes:
    """A request's body.

    Raises:
        web.HTTPRequestEntityTooLarge: It is larger than ``most`` bytes.
        web.HTTPBadRequest: It did not come whole, or not in time.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.content.iter_chunked(65_536):
                body += chunk
                if len(body) > most:
                    raise web.HTTPRequestEntityTooLarge(most, text="The body is too large.")
    except (TimeoutError, web.RequestPayloadError, ConnectionError, ValueError):
        raise web.HTTPBadRequest(text="The body did not come whole.") from None
    return bytes(body)
