"""Limner's own messages on Discord: sent once, edited, found again and removed.

Everything goes through the channel and not through an interaction, whose token dies after 15
minutes. discord.py keeps to the rate limits and tries again after a failure on Discord's side; a
message that is sent carries a nonce, by which Discord drops a repeat within minutes.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any, Final, TypeVar, cast

import discord
import structlog

from bot.discord.client.forums import first_messages, open_post
from bot.discord.client.uploads import MAX_FILE_BYTES, SMALLER_BYTES, Build, Content
from bot.discord.view.markdown import fitted
from bot.discord.view.render import mentioned
from bot.refusals import MessageLost, MessageRefused, PlaceRefused
from domain.errors import LimnerError, Refused, SurfaceRefused, SurfaceUnavailable
from domain.short_codes import short_code
from domain.translation.messages import gettext

log = structlog.get_logger(__name__)
T = TypeVar("T")

UNKNOWN_MESSAGE: Final = 10008
TOO_MANY_EDITS: Final = 30046
"""Of a message that is older than an hour."""
THREAD_ARCHIVED: Final = 50083
THREAD_EXISTS: Final = 160004
TOO_LARGE: Final = (40005, 413)
LOST: Final = frozenset({UNKNOWN_MESSAGE, TOO_MANY_EDITS, 50005, 50021})
"""A message is gone, edited too often, another author's, or Discord's own."""
BLOCKED: Final = frozenset({20009, 50006, 50035, 200000, 200001, 240000})
"""Error codes for refused content: explicit, empty, malformed, by AutoMod, by the link filter."""
DEAD_TOKENS: Final = frozenset({10015, 10062, 50027})
"""An interaction can be answered no more."""
HISTORY = 1000
"""How many messages are looked through for one that may have got through, the newest first."""
MAX_THREAD_NAME_CHARS = 100
ANSWER_S = 60.0
"""The longest that one call for an answer to an interaction may take: discord.py has no limit of
its own for those, and would wait out any rate limit, however long."""


class NoAccess(PlaceRefused):
    """Discord does not let Limner write there, or the place is gone."""

    def __init__(self, why: str, *, code: str = "") -> None:
        super().__init__("Discord", why, code=code)
        sentence = gettext(
            "Limner can't post in that channel ({why}). Give it the permissions View "
            "Channel, Send Messages, Attach Files and Read Message History there.",
            why=why,
        )
        self.args = (sentence,)


class NoThread(Refused):
    """Discord does not let Limner open a thread there."""

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "Limner can't create a thread here. Give it “Create Public Threads” in this "
                "channel, or turn off the setting threads."
            )
        )


class ThreadAsleep(PlaceRefused):
    """A thread was archived after inactivity; it has to be reopened first."""


class TooLarge(MessageRefused):
    """Discord takes no file of that size there."""


class Messages:
    """Sends, edits, finds and removes; what Discord answers is raised in words."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def post(
        self, channel_id: int, build: Build, *, nonce: str, reply_to: int | None = None
    ) -> discord.Message:
        """Send a message, in a forum as a new post; the same ``nonce`` again within minutes gives
        the message that is there, but not in a forum.

        Raises:
            NoAccess: Limner may not write there.
            MessageRefused: Discord does not take what it says or shows.
            SurfaceUnavailable: Discord did not answer.
        """
        forum = self._forum(channel_id)
        channel = self._client.get_partial_messageable(channel_id)

        async def send(content: Content) -> discord.Message:
            called = _called(mentioned(content.card))
            if forum is not None:
                return await open_post(forum, content, mentions=called)
            return await channel.send(
                view=content.view(),
                files=content.files(),
                nonce=nonce_of(nonce),
                allowed_mentions=called,
                **_answering(channel_id, reply_to),
            )

        return await as_large_as_it_may_be(self._limit(channel_id), build, send)

    async def edit(self, channel_id: int, message_id: int, build: Build) -> bool:
        """Make a message show something else; False when it is gone.

        Raises:
            NoAccess: Limner may not write there any more.
            MessageRefused: Discord does not take what it says or shows.
            MessageLost: It was edited too often to be edited now.
            SurfaceUnavailable: Discord did not answer.
        """
        channel = self._client.get_partial_messageable(channel_id)
        message = channel.get_partial_message(message_id)

        async def write(content: Content) -> None:
            await message.edit(view=content.view(), attachments=content.files())

        for asleep in (True, False):
            try:
                await as_large_as_it_may_be(self._limit(channel_id), build, write)
            except MessageLost as error:
                if error.code == str(UNKNOWN_MESSAGE):
                    return False
                raise
            except ThreadAsleep:
                if not asleep:
                    raise
                await self._wake(channel_id)
            else:
                return True
        return False

    async def publish(self, channel_id: int, message_id: int) -> None:
        """Send a message of an announcement channel on to the servers that follow it.

        Raises:
            NoAccess: Limner may not ("Send Messages" is needed for its own messages).
            SurfaceRefused: Discord does not publish it; ten an hour are allowed in a channel.
            SurfaceUnavailable: Discord did not answer.
        """
        channel = self._client.get_partial_messageable(channel_id)
        with translate_errors():
            await channel.get_partial_message(message_id).publish()

    async def remove(self, channel_id: int, message_id: int) -> None:
        """Delete a message; nothing happens when it is gone or out of reach.

        Raises:
            SurfaceUnavailable: Discord did not answer.
        """
        channel = self._client.get_partial_messageable(channel_id)
        try:
            with translate_errors():
                await channel.get_partial_message(message_id).delete()
        except SurfaceRefused:
            log.info("message_not_removed", channel=channel_id, message=message_id)

    async def find(
        self, channel_id: int, wanted: Callable[[discord.Message], bool], *, since: datetime
    ) -> discord.Message | None:
        """The newest message of Limner's own since then that is wanted, if there is one.

        Raises:
            NoAccess: Limner may not read there.
            SurfaceUnavailable: Discord did not answer.
        """
        me = self._client.user
        forum = self._forum(channel_id)
        channel = self._client.get_partial_messageable(channel_id)
        with translate_errors():
            if forum is not None:
                async for message in first_messages(forum, since=since):
                    if wanted(message):
                        return message
                return None
            async for message in channel.history(limit=HISTORY, after=since, oldest_first=False):
                if me is not None and message.author.id == me.id and wanted(message):
                    return message
        return None

    def _forum(self, channel_id: int) -> discord.ForumChannel | None:
        """The channel, if it is a forum in the cache."""
        channel = self._client.get_channel(channel_id)
        return channel if isinstance(channel, discord.ForumChannel) else None

    async def fetch(self, channel_id: int, message_id: int) -> discord.Message | None:
        """A message, if it is still there. Raises as :meth:`find`."""
        channel = self._client.get_partial_messageable(channel_id)
        try:
            with translate_errors():
                return await channel.fetch_message(message_id)
        except MessageLost:
            return None

    async def direct(self, member_id: str) -> int:
        """The channel in which Limner writes to that person alone. Raises ``NoAccess``, also for a
        user of another platform, or ``SurfaceUnavailable``."""
        if not member_id.isdecimal():
            raise NoAccess(gettext("the requester isn't on Discord"))
        with translate_errors():
            return (await self._client.create_dm(discord.Object(int(member_id)))).id

    async def thread(self, channel_id: int, message_id: int, name: str) -> int:
        """The thread that hangs on a message, opened where there is none.

        Raises:
            NoThread: Limner may not open one there.
            SurfaceUnavailable: Discord did not answer.
        """
        for title in (name or "Picture", "Picture"):
            try:
                with translate_errors():
                    channel = await self._channel(channel_id)
                    if not isinstance(channel, discord.TextChannel):
                        break
                    opened = await channel.get_partial_message(message_id).create_thread(
                        name=fitted(title, most=MAX_THREAD_NAME_CHARS), auto_archive_duration=1440
                    )
                return opened.id
            except SurfaceRefused as error:
                if error.code == str(THREAD_EXISTS):
                    return message_id  # such a thread has the id of its message
                if not isinstance(error, MessageRefused):
                    break
        raise NoThread

    async def guild_of(self, channel_id: int) -> int | None:
        """The guild that a channel is in. Raises ``NoAccess`` or ``SurfaceUnavailable``."""
        with translate_errors():
            guild = getattr(await self._channel(channel_id), "guild", None)
        return guild.id if guild is not None else None

    async def _wake(self, thread_id: int) -> None:
        """Reopen a thread that was archived after inactivity."""
        with translate_errors():
            thread = await self._channel(thread_id)
            if isinstance(thread, discord.Thread):
                await thread.edit(archived=False)

    async def _channel(self, channel_id: int) -> object:
        """A channel or thread, from the cache or fetched now. Raises discord.py's errors."""
        return self._client.get_channel(channel_id) or await self._client.fetch_channel(channel_id)

    def _limit(self, channel_id: int) -> int:
        """The file size limit there in bytes."""
        guild = getattr(self._client.get_channel(channel_id), "guild", None)
        return guild.filesize_limit if isinstance(guild, discord.Guild) else MAX_FILE_BYTES


async def as_large_as_it_may_be(
    limit: int, build: Build, send: Callable[[Content], Awaitable[T]]
) -> T:
    """Send a message with files of at most ``limit`` bytes, or smaller ones where Discord takes
    less than it announced.

    Raises:
        MessageRefused: It does not take the message.
        Also as :func:`translate_errors`.
    """
    last: MessageRefused | None = None
    for max_bytes in (limit, *SMALLER_BYTES):
        content = await build(max_bytes)
        try:
            with translate_errors():
                return await send(content)
        except TooLarge as error:
            log.info("picture_too_large", max_bytes=max_bytes)
            last = error
        except ValueError as error:  # the library itself holds messages against Discord's limits
            log.exception("message_not_drawn")
            raise MessageRefused("Discord", gettext("the message can't be built")) from error
    raise last or MessageRefused("Discord", gettext("there is nothing to show"))


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
    """Whether a message is that of a job: a small line of it ends with the job's code, or as older
    versions wrote it with its id. Other messages may mention the job, too."""
    texts = (str(part.get("content") or "") for part in walked(message))
    ends = (job_id, f" {short_code(job_id)}")
    return any(text.startswith("-# ") and text.endswith(ends) for text in texts)


@asynccontextmanager
async def answering() -> AsyncGenerator[None]:
    """The same as :func:`translate_errors`, within ``ANSWER_S`` seconds."""
    with translate_errors():
        async with asyncio.timeout(ANSWER_S):
            yield


@contextmanager
def translate_errors() -> Generator[None]:
    """Raise what Discord or the way to it answers in words, by what helps against it."""
    try:
        yield
    except discord.HTTPException as error:
        raise _in_words(error) from error
    except (OSError, TimeoutError, discord.RateLimited) as error:
        raise SurfaceUnavailable("Discord", gettext("Discord can't be reached")) from error
    except Exception as error:
        if not type(error).__module__.startswith("aiohttp."):
            raise
        raise SurfaceUnavailable("Discord", gettext("Discord can't be reached")) from error


def _in_words(error: discord.HTTPException) -> LimnerError:
    why, code = error.text.strip().rstrip(".") or gettext("it no longer exists"), str(error.code)
    if error.code in TOO_LARGE or error.status in TOO_LARGE:
        return TooLarge("Discord", gettext("the file is too large"), code=code)
    if error.code in LOST:
        return MessageLost("Discord", why, code=code)
    if error.code in BLOCKED:
        return MessageRefused("Discord", why, code=code)
    if error.code == THREAD_ARCHIVED:
        return ThreadAsleep("Discord", why, code=code)
    if error.status in (403, 404) or error.code in DEAD_TOKENS:
        return NoAccess(why, code=code)
    if error.status >= 500 or error.status in (401, 429):
        return SurfaceUnavailable(
            "Discord", gettext("it answered with status {status}", status=error.status)
        )
    return MessageRefused("Discord", why, code=code)


def _called(member_id: int | None) -> discord.AllowedMentions:
    """Only that one person is mentioned by the message."""
    called = [discord.Object(member_id)] if member_id else []
    return discord.AllowedMentions(everyone=False, roles=False, users=called, replied_user=False)


def _answering(channel_id: int, message_id: int | None) -> dict[str, Any]:
    """The reference to the message that is answered; Discord accepts a deleted one."""
    if message_id is None:
        return {}
    reference = discord.MessageReference(
        message_id=message_id, channel_id=channel_id, fail_if_not_exists=False
    )
    return {"reference": reference}
