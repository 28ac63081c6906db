"""Signing in with a chat platform, and out again."""

from __future__ import annotations

from urllib.parse import parse_qs

import structlog
from aiohttp import web

from domain.errors import LimnerError
from web.pages import responses
from web.pages.limits import SIGN_INS
from web.pages.members import Identity, IdentityProvider, own_path
from web.pages.site import FORM_BYTES, Opens, Route, SiteParts, Visitors, read_body

log = structlog.get_logger(__name__)

MAX_CODE_CHARS = 1_000


class SignInHandlers:
    """Answers for people who sign in."""

    def __init__(self, parts: SiteParts, visitors: Visitors) -> None:
        self._parts = parts
        self._visitors = visitors
        self._providers = {each.surface: each for each in parts.providers}

    @property
    def routes(self) -> list[Route]:
        """To the platform, back from it, and out."""
        return [
            Route("GET", "/sign-in/{surface}", self.begin, Opens.ANYONE, SIGN_INS),
            Route("GET", "/sign-in/{surface}/callback", self.finish, Opens.ANYONE, SIGN_INS),
            Route("POST", "/sign-out", self.sign_out, Opens.ANYONE),
        ]

    async def begin(self, request: web.Request) -> web.Response:
        """Send the browser to the platform."""
        provider = self._provider(request)
        response = responses.redirect("/")
        state = self._parts.sessions.begin(response, own_path(request.query.get("next", "")))
        response.headers["Location"] = provider.authorize_url(
            state=state, redirect_uri=self._redirect_uri(provider)
        )
        return response

    async def finish(self, request: web.Request) -> web.Response:
        """Take up who signed in, where this browser began it."""
        provider = self._provider(request)
        path = self._parts.sessions.finish(request, request.query.get("state", ""))
        code = request.query.get("code", "")
        identity = await self._identity(provider, code) if path is not None and code else None
        if path is None or identity is None:
            language = self._visitors.language(request)
            return responses.message("error.sign", language, status=400)
        response = responses.redirect(path)
        self._parts.sessions.sign_in(response, identity)
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        """Forget who signed in, as a form of ours asks."""
        session = self._parts.sessions.read(request)
        form = parse_qs((await read_body(request, most=FORM_BYTES)).decode("utf-8", "replace"))
        token = (form.get("token") or [""])[0]
        if session is None or not self._parts.sessions.is_form_of(session, token):
            raise web.HTTPForbidden
        response = responses.redirect("/verify")
        self._parts.sessions.sign_out(response)
        return response

    def _provider(self, request: web.Request) -> IdentityProvider:
        provider = self._providers.get(request.match_info["surface"])
        if provider is None:
            raise web.HTTPNotFound
        return provider

    async def _identity(self, provider: IdentityProvider, code: str) -> Identity | None:
        try:
            return await provider.identify(
                code[:MAX_CODE_CHARS], redirect_uri=self._redirect_uri(provider)
            )
        except LimnerError as error:
            log.warning("sign_in_failed", surface=provider.surface, error=str(error))
            return None

    def _redirect_uri(self, provider: IdentityProvider) -> str:
        return f"{self._parts.links.base}/sign-in/{provider.surface}/callback"
