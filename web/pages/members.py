"""Sign-in: the session cookie, form tokens, and the chat platforms' answers."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from aiohttp import web

from domain.errors import NotFound
from jobs.admission.requests import Requester
from jobs.services.page_links import LinkKind, LinkSigner

SESSION: Final = timedelta(hours=12)
STATE_S: Final = 600
MAX_PATH_CHARS: Final = 800


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as a chat platform knows them; ``team`` is empty where ids hold everywhere."""

    surface: str
    team: str
    member_id: str


class IdentityProvider(Protocol):
    """A chat platform that people sign in with."""

    @property
    def surface(self) -> str:
        """Its name in addresses: ``discord``."""
        ...

    @property
    def label(self) -> str:
        """Its name as people read it."""
        ...

    def authorize_url(self, *, state: str, redirect_uri: str) -> str:
        """The sign-in address for the browser."""
        ...

    async def identify(self, code: str, *, redirect_uri: str) -> Identity | None:
        """The user who signed in, by the code that the browser brought back; None where it is not
        valid."""
        ...


class Members(Protocol):
    """Finds out what a person may do in a workspace, as its chat platform says now."""

    async def requester(self, identity: Identity, workspace_id: str) -> Requester | None:
        """The person in a workspace; None where they are no member of it. Raises
        ``TransientError``."""
        ...


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in user; ``form_token`` proves that a form came from our page."""

    identity: Identity
    form_token: str


class Sessions:
    """Reads and makes the cookies of people who signed in; nothing is kept for them here."""

    def __init__(
        self, signer: LinkSigner, *, secure: bool, now: Callable[[], float] = time.time
    ) -> None:
        """``secure`` is whether pages are reached by HTTPS, so that cookies never go without."""
        self._signer = signer
        self._secure = secure
        self._now = now
        prefix = "__Host-" if secure else ""
        self.cookie = f"{prefix}limner-session"
        self.state_cookie = f"{prefix}limner-state"

    def read(self, request: web.Request) -> Session | None:
        """The signed-in user, by the cookie; None where there is none."""
        token = request.cookies.get(self.cookie, "")
        try:
            link = self._signer.read(token, LinkKind.SESSION)
        except NotFound:
            return None
        if link.expired:
            return None
        team, _, member_id = link.subject.partition("\n")
        return Session(Identity(link.workspace_id, team, member_id), self._form_token(token))

    def sign_in(self, response: web.Response, identity: Identity) -> None:
        """Sign a user in, in this browser."""
        expires = int(self._now() + SESSION.total_seconds())
        subject = f"{identity.team}\n{identity.member_id}"
        token = self._signer.sign_until(LinkKind.SESSION, identity.surface, subject, expires)
        self._set(response, self.cookie, token, int(SESSION.total_seconds()))
        response.del_cookie(self.state_cookie, path="/", secure=self._secure)

    def sign_out(self, response: web.Response) -> None:
        """Sign out, in this browser."""
        response.del_cookie(self.cookie, path="/", secure=self._secure)

    def is_form_of(self, session: Session, token: str) -> bool:
        """Whether a form was made for that session."""
        return secrets.compare_digest(session.form_token.encode(), token.encode())

    def begin(self, response: web.Response, path: str) -> str:
        """The state of a sign-in that begins; the browser keeps its nonce."""
        nonce = secrets.token_urlsafe(18)
        self._set(response, self.state_cookie, nonce, STATE_S)
        expires = int(self._now()) + STATE_S
        return self._signer.sign_until(LinkKind.STATE, nonce, path, expires)

    def finish(self, request: web.Request, state: str) -> str | None:
        """Where to continue after a sign-in; None where this browser did not begin it."""
        try:
            link = self._signer.read(state, LinkKind.STATE)
        except NotFound:
            return None
        nonce = request.cookies.get(self.state_cookie, "")
        if (
            link.expired
            or not nonce
            or not secrets.compare_digest(nonce.encode(), link.workspace_id.encode())
        ):
            return None
        return own_path(link.subject)

    def _form_token(self, session: str) -> str:
        # It follows from the signed session, which no other site can read.
        return hashlib.sha256(f"limner form\n{session}".encode()).hexdigest()

    def _set(self, response: web.Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )


def own_path(text: str) -> str:
    """A path of ours to go on to; the start page for everything that could lead elsewhere."""
    usable = (
        text.startswith(("/p/", "/w/", "/verify"))
        and len(text) <= MAX_PATH_CHARS
        and "\\" not in text
        and "//" not in text
        and text.isascii()
        and text.isprintable()
        and " " not in text
    )
    return text if usable else "/verify"
