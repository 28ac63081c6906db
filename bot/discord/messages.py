"""Limner's own messages on Discord: sent once, edited, found again and removed.

Everything goes through the channel and not through an interaction, whose token dies after 15
minutes. discord.py keeps to the rate limits and tries again after a failure on Discord's side; a
message that is sent carries a nonce, by which Discord drops a repeat within minutes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, TypeVar, cast

import discord
import structlog

from bot.discord.markdown import fitted
from bot.discord.uploads import MAX_FILE_BYTES, SMALLER_BYTES, Build, Content
from domain.errors import Refused, SurfaceUnavailable

log = structlog.get_logger(__name__)
T = TypeVar("T")

UNKNOWN_MESSAGE: Final = 10008
THREAD_ARCHIVED: Final = 50083
THREAD_EXISTS: Final = 160004
TOO_LARGE: Final = (40005, 413)
HISTORY = 200
"""How many messages are looked through for one that may have got through."""
MAX_THREAD_NAME_CHARS = 100


class NoAccess(Refused):
    """Discord does not let Limner write there, or the place is gone."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"Limner may not post there ({why}); give it the permissions View Channel, Send "
            "Messages, Attach Files and Read Message History in that channel."
        )


class NoThread(Refused):
    """Discord does not let Limner open a thread there."""

    def __init__(self) -> None:
        super().__init__(
            "Limner may not open a thread here; give it “Create Public Threads” in this channel, "
            "or switch the setting threads off."
        )


class TooLarge(Refused):
    """Discord takes no file of that size there."""


class Messages:
    """Sends, edits, finds and removes; what Discord answers is raised in words."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def post(
        self, channel_id: int, build: Build, *, nonce: str, reply_to: int | None = None
    ) -> discord.Message:
        """Send a message; the same ``nonce`` again within minutes gives the one that is there.

        Raises:
            NoAccess: Limner may not write there.
            SurfaceUnavailable: Discord did not answer.
        """
        channel = self._client.get_partial_messageable(channel_id)

        async def send(content: Content) -> discord.Message:
            return await channel.send(
                view=content.view(),
                files=content.files(),
                nonce=nonce_of(nonce),
                allowed_mentions=_called(content.frame.ping),
                **_answering(channel_id, reply_to),
            )

        return await as_large_as_it_may_be(self._limit(channel_id), build, send)

    async def edit(self, channel_id: int, message_id: int, build: Build) -> bool:
        """Make a message show something else; False when it is gone.

        Raises:
            NoAccess: Limner may not write there any more.
            SurfaceUnavailable: Discord did not answer.
        """
        channel = self._client.get_partial_messageable(channel_id)
        message = channel.get_partial_message(message_id)

        async def write(content: Content) -> None:
            await message.edit(view=content.view(), attachments=content.files())

        for asleep in (True, False):
            try:
                await as_large_as_it_may_be(self._limit(channel_id), build, write)
            except discord.NotFound:
                return False
            except discord.HTTPException as error:
                if error.code != THREAD_ARCHIVED or not asleep:
                    raise
                await self._wake(channel_id)
            else:
                return True
        return False

    async def remove(self, channel_id: int, message_id: int) -> None:
        """Delete a message; nothing happens when it is gone or out of reach.

        Raises:
            SurfaceUnavailable: Discord did not answer.
        """
        channel = self._client.get_partial_messageable(channel_id)
        try:
            with told_in_words():
                await channel.get_partial_message(message_id).delete()
        except (NoAccess, discord.NotFound):
            log.info("message_not_removed", channel=channel_id, message=message_id)

    async def find(
        self, channel_id: int, wanted: Callable[[discord.Message], bool], *, since: datetime
    ) -> discord.Message | None:
        """The first message of Limner's own since then that is wanted, if there is one.

        Raises:
            NoAccess: Limner may not read there.
            SurfaceUnavailable: Discord did not answer.
        """
        me = self._client.user
        channel = self._client.get_partial_messageable(channel_id)
        with told_in_words():
            async for message in channel.history(limit=HISTORY, after=since, oldest_first=True):
                if me is not None and message.author.id == me.id and wanted(message):
                    return message
        return None

    async def fetch(self, channel_id: int, message_id: int) -> discord.Message | None:
        """A message, if it is still there. Raises as :meth:`find`."""
        channel = self._client.get_partial_messageable(channel_id)
        try:
            with told_in_words():
                return await channel.fetch_message(message_id)
        except discord.NotFound:
            return None

    async def direct(self, member_id: str) -> int:
        """The channel in which Limner writes to that person alone. Raises ``NoAccess``, also for
        somebody of another platform, or ``SurfaceUnavailable``."""
        if not member_id.isdecimal():
            raise NoAccess("whoever asked is not on Discord")
        with told_in_words():
            opened = await self._client.http.start_private_message(int(member_id))
        return int(opened["id"])

    async def thread(self, channel_id: int, message_id: int, name: str) -> int:
        """The thread that hangs on a message, opened where there is none.

        Raises:
            NoThread: Limner may not open one there.
            SurfaceUnavailable: Discord did not answer.
        """
        name = fitted(name or "Picture", most=MAX_THREAD_NAME_CHARS)
        try:
            with told_in_words():
                opened = await self._client.http.start_thread_with_message(
                    channel_id, message_id, name=name, auto_archive_duration=1440
                )
        except NoAccess:
            raise NoThread from None
        except discord.HTTPException as error:
            if error.code != THREAD_EXISTS:
                raise
            return message_id  # such a thread has the id of its message
        return int(opened["id"])

    async def guild_of(self, channel_id: int) -> int | None:
        """The guild that a channel is in. Raises ``NoAccess`` or ``SurfaceUnavailable``."""
        channel = self._client.get_channel(channel_id)
        if channel is None:
            with told_in_words():
                channel = await self._client.fetch_channel(channel_id)
        guild = getattr(channel, "guild", None)
        return guild.id if guild is not None else None

    async def _wake(self, thread_id: int) -> None:
        """Open a thread again in which nobody has written for a day."""
        with told_in_words():
            await self._client.http.edit_channel(thread_id, archived=False)

    def _limit(self, channel_id: int) -> int:
        """How many bytes a file may have there."""
        guild = getattr(self._client.get_channel(channel_id), "guild", None)
        return guild.filesize_limit if isinstance(guild, discord.Guild) else MAX_FILE_BYTES


async def as_large_as_it_may_be(
    limit: int, build: Build, send: Callable[[Content], Awaitable[T]]
) -> T:
    """Send a message with files of at most ``limit`` bytes, or smaller ones where Discord takes
    less than it said. Raises as :func:`told_in_words`."""
    for max_bytes in (limit, *SMALLER_BYTES):
        content = await build(max_bytes)
        try:
            with told_in_words():
                return await send(content)
        except TooLarge:
            log.info("picture_too_large", max_bytes=max_bytes)
    raise NoAccess("it takes no message of that size")


def nonce_of(key: str) -> str:
    """A nonce for a key: Discord takes 25 characters."""
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def walked(message: discord.Message) -> Iterator[dict[str, Any]]:
    """Every component of a message as Discord has it, nested ones too."""

    def inside(component: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield component
        for child in cast("list[dict[str, Any]]", component.get("components") or []):
            yield from inside(child)

    for component in message.components:
        yield from inside(cast("dict[str, Any]", component.to_dict()))


def codes(message: discord.Message) -> set[str]:
    """The codes of the buttons and menus of a message."""
    return {str(part["custom_id"]) for part in walked(message) if part.get("custom_id")}


def belongs(message: discord.Message, job_id: str) -> bool:
    """Whether a message is that of a job: a small line of it ends with the job's id. Others may
    speak of the job, too."""
    said = (str(part.get("content") or "") for part in walked(message))
    return any(text.startswith("-# ") and text.endswith(job_id) for text in said)


@contextmanager
def told_in_words() -> Generator[None]:
    """Raise what Discord or the way to it answers in words; what else it refuses stays as it is."""
    try:
        yield
    except discord.HTTPException as error:
        if error.code in TOO_LARGE or error.status in TOO_LARGE:
            raise TooLarge("The file is too large.") from error
        if error.status >= 500 or error.status == 429:
            raise SurfaceUnavailable("Discord", f"it said {error.status}") from error
        if error.status == 403 or (error.status == 404 and error.code != UNKNOWN_MESSAGE):
            raise NoAccess(error.text.strip().rstrip(".") or "it is gone") from error
        raise
    except (OSError, TimeoutError, discord.RateLimited) as error:
        raise SurfaceUnavailable("Discord", "it is out of reach") from error
    except Exception as error:
        if not type(error).__module__.startswith("aiohttp."):
            raise
        raise SurfaceUnavailable("Discord", "it is out of reach") from error


def _called(member_id: int | None) -> discord.AllowedMentions:
    """Nobody is called by a message but that one."""
    called = [discord.Object(member_id)] if member_id else []
    return discord.AllowedMentions(everyone=False, roles=False, users=called, replied_user=False)


def _answering(channel_id: int, message_id: int | None) -> dict[str, Any]:
    """What a message answers; Discord does not mind when that is gone."""
    if message_id is None:
        return {}
    reference = discord.MessageReference(
        message_id=message_id, channel_id=channel_id, fail_if_not_exists=False
    )
    return {"reference": reference}
