"""Signed links to the pages of jobs and workspaces.

A link holds what it opens and until when, under a signature, so that nothing has to be kept for it
and none can be guessed. Revoking counts up a number that every link to the page holds.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Final

from domain.errors import NotFound
from domain.pages import PageRef

MAC_BYTES: Final = 16
MAX_TOKEN_CHARS: Final = 1500
DAY_S: Final = 86_400
_HEAD: Final = struct.Struct(">BBIH")
_VERSION: Final = 1


class LinkKind(IntEnum):
    """The purpose of a token, so that none can be used for another."""

    JOB = 1
    """It opens one job's page."""
    WORKSPACE = 2
    """It names a workspace, and opens nothing by itself."""
    SESSION = 3
    """The session of a signed-in member, in a cookie."""
    STATE = 4
    """A sign-in that was begun."""


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """The content of a link with a valid signature; ``expired`` once its time is over."""

    workspace_id: str
    subject: str
    links: int
    expired: bool


class LinkSigner:
    """Makes and reads links; all processes of an installation sign with the same ``key``."""

    def __init__(self, key: bytes, *, now: Callable[[], float] = time.time) -> None:
        self._key = key
        self._now = now

    def sign(
        self,
        kind: LinkKind,
        workspace_id: str,
        subject: str = "",
        *,
        links: int = 0,
        lifetime: timedelta | None = None,
    ) -> str:
        """A token for an address, for ``lifetime`` or, with None, without an end.

        The end is at a full day, so that a message that is drawn again keeps its links.
        """
        expires = 0
        if lifetime is not None:
            expires = int((self._now() + lifetime.total_seconds()) // DAY_S + 1) * DAY_S
        return self._token(kind, workspace_id, subject, links, expires)

    def sign_until(self, kind: LinkKind, workspace_id: str, subject: str, expires: int) -> str:
        """A token that ends at exactly that Unix time."""
        return self._token(kind, workspace_id, subject, 0, expires)

    def read(self, token: str, kind: LinkKind) -> OpenedLink:
        """The content of a token. Raises ``NotFound`` where it is not one of ours."""
        unknown = NotFound("page", "link")
        if len(token) > MAX_TOKEN_CHARS:
            raise unknown
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise unknown from None
        body, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        if len(body) < _HEAD.size or not hmac.compare_digest(mac, self._mac(body)):
            raise unknown
        if _encoded(raw) != token:
            raise unknown  # one link, one address: unused bits say nothing
        version, found, expires, links = _HEAD.unpack_from(body)
        if version != _VERSION or found != kind:
            raise unknown
        workspace_id, _, subject = body[_HEAD.size :].decode().partition("\n")
        expired = bool(expires) and expires <= self._now()
        return OpenedLink(workspace_id, subject, links, expired)

    def _token(
        self, kind: LinkKind, workspace_id: str, subject: str, links: int, expires: int
    ) -> str:
        head = _HEAD.pack(_VERSION, kind, expires, links & 0xFFFF)
        body = head + f"{workspace_id}\n{subject}".encode()
        return _encoded(body + self._mac(body))

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self._key, b"limner page\n" + body, hashlib.sha256).digest()[:MAC_BYTES]


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class SignedPageLinks:
    """Makes the addresses of pages, as messages and feeds hold them."""

    def __init__(self, base: str, signer: LinkSigner, *, lifetime: timedelta) -> None:
        """``base`` is the public address of the web pages, ``lifetime`` how long links work."""
        self.base = base.rstrip("/")
        self.signer = signer
        self._lifetime = lifetime

    def address(self, page: PageRef, *, number: int = 1) -> str:
        """The address of a job's page, open at the picture with that number (from 1)."""
        token = self.signer.sign(
            LinkKind.JOB, page.workspace_id, page.job_id, links=page.links, lifetime=self._lifetime
        )
        return f"{self.base}/p/{token}" + (f"/{number}" if number > 1 else "")

    def gallery(self, workspace_id: str) -> str:
        """The address of a workspace's gallery, which opens only what the visitor may see."""
        return f"{self.base}{self.gallery_path(workspace_id)}"

    def gallery_path(self, workspace_id: str) -> str:
        """The same without the host."""
        return f"/w/{self.signer.sign(LinkKind.WORKSPACE, workspace_id)}"
