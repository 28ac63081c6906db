"""The wiring of provenance: who signs copies, and which processes work on them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import structlog

from agent.sandbox.pool import CannotBeRead, SandboxUnavailable, WorkerPool
from app.settings import Settings
from domain.errors import InvalidRequest, InvalidSettings, NotPossibleNow
from domain.illustrations import Picture
from domain.provenance import Candidates, Credentials, Likeness, Origin, SignedCopy
from domain.translation.messages import gettext

if TYPE_CHECKING:
    from generation.provenance.certificates import Identity

log = structlog.get_logger(__name__)

FOLDER = "provenance"
"""In the data folder: where the development certificate is kept."""
_TYPES = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"RIFF", "image/webp"),
)


def signing_identity(settings: Settings) -> Identity | None:
    """The signer of copies; a development certificate is made where none is configured. None where
    content credentials are switched off.

    Raises:
        InvalidSettings: The configured files are not usable.
    """
    from generation.provenance.certificates import read_identity, write_development_identity

    if not settings.content_credentials:
        return None
    chain, key = settings.signing_certificate, settings.signing_key
    if (chain is None) != (key is None):
        raise InvalidSettings(
            gettext("Set both LIMNER_SIGNING_CERTIFICATE and LIMNER_SIGNING_KEY, or neither.")
        )
    try:
        if chain is not None and key is not None:
            return read_identity(chain, key)
        return write_development_identity(settings.data_dir / FOLDER)
    except (OSError, ValueError) as error:
        where = "LIMNER_SIGNING_CERTIFICATE" if chain else str(settings.data_dir / FOLDER)
        raise InvalidSettings(
            gettext(
                "The certificate that signs pictures can't be used ({error}). Check {where}.",
                error=error,
                where=where,
            )
        ) from error


class CopyWorkers:
    """Makes signed copies in a process of its own, or in a thread for a command that makes one."""

    def __init__(self, settings: Settings, *, in_process: bool) -> None:
        # Never the pool that parses untrusted files: these processes hold the signing key.
        self._pool = None if in_process else WorkerPool(size=max(1, settings.worker_processes // 2))
        self._identity = cache(lambda: signing_identity(settings))

    async def __call__(
        self,
        data: bytes,
        media_type: str,
        origin: Origin,
        *,
        max_bytes: int,
        media_types: Sequence[str],
        max_side: int,
    ) -> SignedCopy | None:
        """The best copy that fits; None where none can be made now. Raises ``InvalidRequest``."""
        from generation.provenance.copy_worker import request

        try:
            facts = request(
                media_type,
                origin,
                await asyncio.to_thread(self._identity),
                max_bytes=max_bytes,
                media_types=media_types,
                max_side=max_side,
            )
            found, bodies = await self._run(data, facts)
        except (CannotBeRead, SandboxUnavailable, InvalidSettings, ValueError, OSError) as error:
            # A picture without its credentials is better than none.
            log.warning("copy_not_signed", illustration=origin.illustration_id, why=str(error))
            return None
        if "refused" in found:
            raise InvalidRequest(str(found["refused"]))
        picture = Picture(
            bodies[1], str(found["media_type"]), int(found["width"]), int(found["height"])
        )
        return SignedCopy(picture, bodies[0])

    async def hashes(self, data: bytes) -> bytes:
        """The perceptual hashes of one of our own pictures. Raises as a pool does."""
        _found, bodies = await self._run(data, {})
        return bodies[0]

    async def aclose(self) -> None:
        """End the processes."""
        if self._pool is not None:
            await self._pool.aclose()

    async def _run(
        self, data: bytes, facts: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], Sequence[bytes]]:
        if self._pool is not None:
            return await self._pool.run("copy", data, facts)
        from generation.provenance.copy_worker import run

        return await asyncio.to_thread(run, facts, data)


class PoolExaminer:
    """Looks at pictures in the processes that read untrusted files."""

    def __init__(self, settings: Settings, *, pool: WorkerPool, copies: CopyWorkers) -> None:
        self._settings = settings
        self._pool = pool
        self._copies = copies
        self._root = cache(self._own_root)

    async def credentials(self, data: bytes) -> Credentials | None:
        """The content credentials of a found picture; None where it has none."""
        media_type = _media_type(data)
        if media_type is None:
            return None
        facts = {"ask": "credentials", "media_type": media_type}
        facts["root"] = await asyncio.to_thread(self._root)
        try:
            found, _bodies = await self._ask(data, facts)
        except CannotBeRead as error:
            log.info("credentials_not_read", why=str(error))
            return None
        return None if found is None else Credentials(**found)

    async def hashes(self, data: bytes) -> bytes:
        """The perceptual hashes of one of our own pictures."""
        try:
            return await self._copies.hashes(data)
        except (CannotBeRead, SandboxUnavailable) as error:
            raise _not_now(error) from error

    async def find(
        self, picture: bytes, marks: Sequence[bytes], hashes: Sequence[bytes], *, turned: bool
    ) -> Candidates:
        """The kept pictures that a checked one may be."""
        facts = {"ask": "find", "picture": len(picture), "count": len(marks), "turned": turned}
        data = b"".join((picture, *marks, *hashes))
        try:
            found, _bodies = await self._ask(data, facts)
        except CannotBeRead as error:
            raise _not_now(error) from error
        return Candidates(found["marked"], float(found["sure"]), tuple(found["near"]))

    async def compare(self, picture: bytes, kept: Sequence[bytes]) -> Sequence[Likeness]:
        """How well each kept picture matches a checked one, point by point."""
        facts = {"ask": "compare", "sizes": [len(picture), *(len(each) for each in kept)]}
        try:
            found, _bodies = await self._ask(b"".join((picture, *kept)), facts)
        except CannotBeRead as error:
            raise _not_now(error) from error
        return [Likeness(bool(each["same"]), float(each["alike"])) for each in found]

    async def _ask(self, data: bytes, facts: Mapping[str, Any]) -> tuple[Any, Sequence[bytes]]:
        try:
            return await self._pool.run("provenance", data, facts)
        except SandboxUnavailable as error:
            raise _not_now(error) from error

    def _own_root(self) -> str:
        """The certificate that makes credentials ours; empty where nothing is signed here."""
        identity = signing_identity(self._settings)
        return identity.root if identity else ""


def _media_type(data: bytes) -> str | None:
    brand = data[8:12]
    if data[4:8] == b"ftyp":
        return "image/avif" if brand.startswith(b"avi") else "image/heic"
    return next((name for magic, name in _TYPES if data.startswith(magic)), None)


def _not_now(error: Exception) -> NotPossibleNow:
    log.warning("picture_not_examined", why=str(error))
    return NotPossibleNow(
        gettext("This picture can't be examined right now. Please try again later.")
    )
