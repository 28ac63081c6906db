"""Pictures on Slack: uploaded once, waited for until they can be shown, and found again later."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast
from weakref import WeakValueDictionary

import structlog

from bot.cards.models import (
    Card,
    ChoiceCard,
    GalleryCard,
    IllustrationCard,
    PicturesCard,
    ReferenceEntry,
    ResultCard,
    ReviewCard,
)
from bot.messages.lanes import Lane
from bot.messages.ports import uploaded
from bot.messages.slots import waiting
from bot.slack.client.api import SlackApi
from bot.slack.client.codes import ENDED
from bot.slack.client.tokens import Tenant
from bot.slack.view.render import Shown
from domain.errors import LimnerError, SurfaceRefused, SurfaceUnavailable
from domain.translation.messages import gettext
from jobs.services.jobs import JobService

log = structlog.get_logger(__name__)

MAX_BYTES = 20_000_000
"""Slack takes more, but shows no larger picture in a message."""
MEDIA_TYPES = ("image/png", "image/jpeg", "image/gif")
MAX_SIDE = 8_000
SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}
REMEMBERED = 5_000
WAITS_S = (0.0, 0.2, 0.4, 0.8, 1.5, 3.0, 5.0, 8.0)
"""Pauses between looks whether Slack has digested a file: about 19 s."""
REVEALED_S = 600.0
"""How long Slack keeps a refused picture under review."""
LOOKS_S = 30.0
AT_ONCE = 6
"""Pictures of one workspace that are uploaded at the same time."""
FEWER_S = (1.5, 3.0, 6.0, 9.0)
"""The same where many files wait: Slack takes about one and a half looks a second."""


class Uploads:
    """Brings the pictures of cards to Slack."""

    def __init__(
        self,
        api: SlackApi,
        job_service: JobService,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._api = api
        self._job_service = job_service
        self._sleep = sleep
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._revealed: list[tuple[float, Tenant, str]] = []
        """Refused pictures that a moderator looks at: when they were uploaded, and the file."""
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def shown(self, tenant: Tenant, card: Card) -> Shown:
        """The pictures that a card shows, uploaded or found; nothing for other cards.

        Raises:
            SurfaceUnavailable: Slack did not take one this time.
            SurfaceRefused: The app's access has ended.
        """
        if isinstance(card, PicturesCard) and card.refused:
            return Shown(await self._covered(tenant, card.pictures))
        files, elsewhere = dict[str, str](), dict[str, str]()
        for picture in _pictures(card):
            if picture.sha256 in files:
                continue
            try:
                async with self._turn(tenant):
                    files[picture.sha256] = await self._file(tenant, picture)
            except SurfaceUnavailable:
                raise
            except LimnerError as error:
                if isinstance(error, SurfaceRefused) and error.code in ENDED:
                    raise  # nothing would be taken now; the picture waits with its message
                log.warning("picture_not_uploaded", job_id=picture.job_id, error=str(error))
                elsewhere[picture.sha256] = self._where(picture)
        if isinstance(card, ChoiceCard):
            files |= await self._references(tenant, card.references)
        return Shown(files, elsewhere)

    def elsewhere(self, card: Card) -> Shown:
        """The same for pictures that Slack does not show: only where each is."""
        return Shown(
            elsewhere={picture.sha256: self._where(picture) for picture in _pictures(card)}
        )

    async def remove(self, tenant: Tenant, file_id: str) -> None:
        """Delete a file; one that is gone already is well."""
        try:
            await self._api.call(tenant, "files.delete", file=file_id)
        except SurfaceRefused as error:
            if error.code not in ("file_not_found", "file_deleted"):
                raise
        for key in [key for key, known in self._known.items() if known == file_id]:
            del self._known[key]

    async def keep_removing(self) -> None:
        """Remove refused pictures from Slack some minutes after a moderator looked at them, until
        cancelled, and then those that are left."""
        try:
            while True:
                await asyncio.sleep(LOOKS_S)
                await self.remove_revealed(before=time.monotonic() - REVEALED_S)
        finally:
            await self.remove_revealed()

    async def remove_revealed(self, *, before: float = math.inf) -> None:
        """Remove the refused pictures that were uploaded before that time of the monotonic clock;
        what Slack does not take now is tried again with the next call."""
        due = [each for each in self._revealed if each[0] < before]
        self._revealed = [each for each in self._revealed if each not in due]
        for each in due:
            try:
                await self.remove(each[1], each[2])
            except LimnerError as error:
                log.warning("refused_picture_not_removed", error=str(error))
                self._revealed.append(each)

    async def _covered(
        self, tenant: Tenant, pictures: Sequence[IllustrationCard]
    ) -> dict[str, str]:
        """Refused pictures for the one moderator who reviews them: never cached, and removed
        soon."""
        files: dict[str, str] = {}
        for picture in pictures:
            copy = await self._job_service.refused_picture_for(
                tenant.workspace_id,
                picture.illustration_id,
                max_bytes=MAX_BYTES,
                media_types=MEDIA_TYPES,
                max_side=MAX_SIDE,
            )
            name = f"refused.{SUFFIXES[copy.media_type]}"
            file_id = await self._api.upload(tenant, name, copy.data)
            self._revealed.append((time.monotonic(), tenant, file_id))
            files[picture.sha256] = await self._digested(tenant, file_id)
        return files

    @asynccontextmanager
    async def _turn(self, tenant: Tenant) -> AsyncGenerator[None]:
        """One of the workspace's turns: Slack takes so few looks whether a file can be shown that
        many at once would all wait for one another."""
        turns = self._turns.setdefault(tenant.workspace_id, asyncio.Semaphore(AT_ONCE))
        async with waiting():
            await turns.acquire()
        try:
            yield
        finally:
            turns.release()

    async def _file(self, tenant: Tenant, picture: IllustrationCard) -> str:
        key = (tenant.workspace_id, picture.illustration_id)
        known = self._known.get(key) or await self._earlier(tenant, picture)
        if known is None:
            copy = await self._job_service.picture_for(
                tenant.workspace_id,
                picture.illustration_id,
                max_bytes=MAX_BYTES,
                media_types=MEDIA_TYPES,
                max_side=MAX_SIDE,
            )
            name = f"{_slug(picture.title)}.{SUFFIXES[copy.media_type]}"
            known = await self._uploaded(tenant, name, copy.data)
        self._remember(key, known)
        return known

    async def _earlier(self, tenant: Tenant, picture: IllustrationCard) -> str | None:
        """The file of a picture that was delivered before, if it is still there."""
        for delivery in await self._job_service.deliveries(tenant.workspace_id, picture.job_id):
            file_id = uploaded(delivery.receipt).get(picture.sha256)
            if file_id and await self._is_there(tenant, file_id):
                return file_id
        return None

    async def _references(
        self, tenant: Tenant, references: Sequence[ReferenceEntry]
    ) -> dict[str, str]:
        """Thumbnails of references; one that cannot be shown is left out."""
        files: dict[str, str] = {}
        for reference in references:
            key = (tenant.workspace_id, f"thumbnail/{reference.sha256}")
            try:
                if key not in self._known:
                    small = await self._job_service.thumbnail(tenant.workspace_id, reference.sha256)
                    file_id = await self._uploaded(tenant, "reference.jpg", small.data)
                    self._remember(key, file_id)
                files[reference.sha256] = self._known[key]
            except LimnerError as error:
                log.warning("thumbnail_not_uploaded", error=str(error))
        return files

    async def _uploaded(self, tenant: Tenant, name: str, data: bytes) -> str:
        return await self._digested(tenant, await self._api.upload(tenant, name, data))

    async def _digested(self, tenant: Tenant, file_id: str) -> str:
        """Wait until a file can be shown. Raises ``SurfaceUnavailable``."""
        often = self._api.has_room(tenant.workspace_id, "files.info")
        for wait_s in WAITS_S if often else FEWER_S:
            async with waiting():
                await self._sleep(wait_s)
            if await self._is_there(tenant, file_id):
                return file_id
        raise SurfaceUnavailable("Slack", gettext("it is still processing the picture"))

    async def _is_there(self, tenant: Tenant, file_id: str) -> bool:
        """Whether a file can be shown: Slack knows its kind only once it has digested it."""
        try:
            answer = await self._api.call(tenant, "files.info", lane=Lane.RESULT, file=file_id)
        except SurfaceRefused as error:
            if error.code in ("file_not_found", "file_deleted"):
                return False
            raise
        return bool(cast("dict[str, Any]", answer["file"]).get("mimetype"))

    def _where(self, picture: IllustrationCard) -> str:
        """The address of a picture that Slack does not take."""
        if picture.address:
            return gettext(
                "Slack won't accept this picture. See it at {address}", address=picture.address
            )
        return gettext(
            "Slack won't accept this picture, but it's saved. Ask for a smaller one, or "
            "have the operator run `limner regenerate {id} --out FILE`.",
            id=picture.illustration_id,
        )

    def _remember(self, key: tuple[str, str], file_id: str) -> None:
        self._known[key] = file_id
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def _pictures(card: Card) -> Sequence[IllustrationCard]:
    match card:
        case ResultCard() | GalleryCard() | PicturesCard():
            return card.pictures
        case ReviewCard():
            return card.result.pictures
        case _:
            return ()


def _slug(title: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:60] or "picture"
