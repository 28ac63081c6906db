"""Pictures that people bring: read from Discord's own hosts, never more than there is room for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import discord

from bot.discord.client.messages import translate_errors
from bot.options import check_file_count
from bot.text import plain
from domain.errors import SurfaceRefused, UnusableReference
from domain.translation.messages import gettext
from jobs.services.attachments import MAX_ATTACHMENT_BYTES

REMEMBERED = 500
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"})


@dataclass(frozen=True, slots=True)
class Brought:
    """An attached file, as Discord describes it."""

    name: str
    url: str
    size: int
    media_type: str | None = None

    @property
    def picture(self) -> bool:
        """Whether it says that it is a picture."""
        if self.media_type:
            return self.media_type.startswith("image/")
        return PurePosixPath(self.name.lower()).suffix in _PICTURES


class Intake:
    """Reads what people attached, and remembers for a while what they will say something about."""

    def __init__(self, client: discord.Client, *, hosts: Sequence[str]) -> None:
        self._client = client
        self._hosts = frozenset(hosts)
        self._held: OrderedDict[tuple[str, int], tuple[Brought, ...]] = OrderedDict()

    async def read(self, files: Iterable[Brought]) -> list[tuple[str, bytes]]:
        """Names and bytes of the files.

        Raises:
            InvalidRequest: There are too many.
            UnusableReference: One is too large, or does not lie with Discord any more.
            SurfaceUnavailable: Discord did not answer.
        """
        files = [*files]
        check_file_count(len(files))
        return [(plain(file.name, most=100), await self._read(file)) for file in files]

    def check(self, files: Iterable[Brought]) -> None:
        """See, as far as Discord describes them, that files can be read. Raises
        ``InvalidRequest`` or ``UnusableReference``."""
        files = [*files]
        check_file_count(len(files))
        for file in files:
            self._check(file)

    def hold(self, key: str, files: Iterable[Brought], *, user_id: int) -> None:
        """Remember files until that person says what to do with them; a restart forgets them."""
        self._held[key, user_id] = tuple(files)
        while len(self._held) > REMEMBERED:
            self._held.popitem(last=False)

    def held(self, key: str, user_id: int) -> tuple[Brought, ...]:
        """The files that were remembered for that person; none after a restart."""
        return self._held.get((key, user_id), ())

    def _check(self, file: Brought) -> None:
        name = plain(file.name, most=100)
        parts = urlsplit(file.url)
        if parts.netloc not in self._hosts or parts.scheme not in ("http", "https"):
            raise UnusableReference(name, gettext("it isn't a file uploaded to Discord"))
        if file.size > MAX_ATTACHMENT_BYTES:
            raise UnusableReference(
                name,
                (
                    gettext(
                        "it is {size:.0f} MB, the limit is {max_attachment_bytes:.0f} MB",
                        size=file.size / 1e6,
                        max_attachment_bytes=MAX_ATTACHMENT_BYTES / 1e6,
                    )
                ),
            )

    async def _read(self, file: Brought) -> bytes:
        self._check(file)
        name = plain(file.name, most=100)
        try:
            with translate_errors():
                # not Attachment.read: files of a form come as plain data, since a form outlives the
                # process that opened it, and discord.py makes attachments only for its own forms
                return await self._client.http.get_from_cdn(file.url)
        except SurfaceRefused:
            raise UnusableReference(
                name, gettext("Discord no longer has that file; attach it again")
            ) from None


def attached(*attachments: discord.Attachment | None) -> list[Brought]:
    """The attachments of a command or a message."""
    return [Brought(a.filename, a.url, a.size, a.content_type) for a in attachments if a]


def uploaded(described: dict[str, Any]) -> Brought:
    """The files that were uploaded into a form, as Discord describes them there."""
    return Brought(
        str(described.get("filename") or "file"),
        str(described.get("url") or ""),
        int(described.get("size") or 0),
        described.get("content_type"),
    )


def brought_by(message: discord.Message) -> list[Brought]:
    """Every file of a message, also of one that was passed on."""
    forwarded = [a for snapshot in message.message_snapshots for a in snapshot.attachments]
    return attached(*message.attachments, *forwarded)


def pictures_of(message: discord.Message) -> list[Brought]:
    """The pictures of a message, also of one that was passed on."""
    return [file for file in brought_by(message) if file.picture]


def text_of(message: discord.Message) -> str:
    """The text of a message: its own, that of forwarded messages, or that of its embeds."""
    if message.content.strip():
        return message.content
    forwarded = [snapshot.content for snapshot in message.message_snapshots]
    embedded = [part for e in message.embeds for part in (e.title, e.description) if part]
    return "\n".join(part for part in (*forwarded, *embedded) if part.strip())
