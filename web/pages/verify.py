"""The page on which visitors find out where a picture comes from."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import BodyPartReader, web

from domain.errors import NotFound, RequesterError
from domain.provenance import Provenance
from domain.requests import Destination
from jobs.admission.requests import Requester
from jobs.services.pages import Sight
from web.pages import responses
from web.pages.limits import UPLOADS
from web.pages.rendering import rendered
from web.pages.site import BODY_S, Opens, Route, SiteParts, Visitors
from web.pages.words import words

MAX_MB: Final = 20
MAX_BYTES: Final = MAX_MB * 1_000_000
AT_ONCE: Final = 2
"""Pictures that are looked at together; each may take seconds of a processor."""
NOBODY: Final = "-"


class TooLarge(Exception):
    """The file has more bytes than are read."""


class VerifyHandlers:
    """Answers about pictures that people bring; none is kept."""

    def __init__(self, parts: SiteParts, visitors: Visitors) -> None:
        self._parts = parts
        self._visitors = visitors
        self._turns = asyncio.Semaphore(AT_ONCE)

    @property
    def routes(self) -> list[Route]:
        """Public, and about the pictures of one workspace."""
        return [
            Route("GET", "/verify", self.show, Opens.ANYONE),
            Route("POST", "/verify", self.check, Opens.ANYONE, UPLOADS),
            Route("GET", "/w/{site}/verify", self.show, Opens.ANYONE),
            Route("POST", "/w/{site}/verify", self.check, Opens.ANYONE, UPLOADS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """The form."""
        if "site" in request.match_info:
            self._visitors.workspace_of(request.match_info["site"])
        return self._drawn(request)

    async def check(self, request: web.Request) -> web.Response:
        """The provenance of the picture that was sent."""
        say = words(self._visitors.language(request))
        if self._parts.verifier is None:
            raise NotFound("page", "verify")
        requester = await self._requester(request)
        try:
            async with self._turns:
                data = await _uploaded(request)
                if not data:
                    return self._drawn(request, problem=say("verify.nofile"), status=400)
                found = await self._parts.verifier.verify(requester, data)
        except TooLarge:
            text = say("verify.large", mb=MAX_MB)
            return self._drawn(request, problem=text, status=413)
        except RequesterError as error:
            return self._drawn(request, problem=str(error), status=400)
        page = await self._page_of(request, found)
        return self._drawn(request, found=found, page=page)

    async def _requester(self, request: web.Request) -> Requester:
        """The requester, as a member or as a visitor who sees what is published."""
        site = request.match_info.get("site")
        nowhere = Destination("web", "")
        if site is None:
            return Requester("", NOBODY, nowhere)
        workspace_id = self._visitors.workspace_of(site)
        member = await self._visitors.member(request, workspace_id)
        if member is not None:
            return member
        published = await self._parts.pages.published_channels(workspace_id)

        async def reads(channel: str) -> bool:
            return channel in published

        return Requester(workspace_id, NOBODY, nowhere, reads=reads)

    async def _page_of(self, request: web.Request, found: Provenance) -> str:
        """The address of the page of what was found, where the visitor may see it."""
        site = request.match_info.get("site")
        if site is None or found.job_id is None or found.illustration_id is None:
            return ""
        try:
            await self._visitors.open_job(request, site, found.job_id)
        except NotFound:
            return ""
        return f"/w/{site}/i/{found.illustration_id}"

    def _drawn(
        self,
        request: web.Request,
        *,
        found: Provenance | None = None,
        page: str = "",
        problem: str = "",
        status: int = 200,
    ) -> web.Response:
        language = self._visitors.language(request)
        session = self._parts.sessions.read(request)
        body = rendered(
            "verify.html",
            say=words(language),
            language=language,
            skip=None,
            indexed=False,
            links=(),
            member=session,
            action=request.path,
            found=found,
            page=page,
            problem=problem,
            most=MAX_MB,
            signed_in=session is not None and "site" in request.match_info,
        )
        return responses.page(body, status=status, sight=Sight.LINK)


async def _uploaded(request: web.Request) -> bytes:
    """The first file of a form.

    Raises:
        TooLarge: It has more than ``MAX_BYTES``.
        web.HTTPBadRequest: It did not come whole, or not in time.
    """
    if not request.content_type.startswith("multipart/form-data"):
        raise web.HTTPBadRequest(text="Send a form with a file.")
    if (request.content_length or 0) > MAX_BYTES + 10_000:
        raise TooLarge
    data = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            reader = await request.multipart()
            async for part in reader:
                if not isinstance(part, BodyPartReader) or part.name != "picture":
                    continue
                while chunk := await part.read_chunk(65_536):
                    data += chunk
                    if len(data) > MAX_BYTES:
                        raise TooLarge
                break
    except (TimeoutError, web.RequestPayloadError, ConnectionError, ValueError):
        raise web.HTTPBadRequest(text="The file did not come whole.") from None
    return bytes(data)
