"""Galleries that were posted in chat: a picture that is deleted vanishes from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, runtime_checkable

import structlog

from domain.errors import LimnerError, NotFound
from domain.galleries import GalleryMessage
from domain.illustrations import Illustration, IllustrationStatus
from domain.stores import Store, UnitOfWork
from domain.team import Tally
from jobs.common.galleries import refresh_galleries
from jobs.common.ports import Dispatcher, StepRunner, Surface
from jobs.common.tasks import gallery_of_task

log = structlog.get_logger(__name__)

KEPT_FOR: Final = timedelta(days=90)
"""How long a posted gallery is updated."""
MOST_KEPT: Final = 100
"""Galleries of one workspace that are brought up to date; the oldest are forgotten first."""

Pictures = Sequence[tuple[Illustration, Tally]]


@runtime_checkable
class GalleryBoard(Protocol):
    """A surface that can write a gallery anew that it posted."""

    async def show_gallery(
        self, workspace_id: str, message: GalleryMessage, pictures: Pictures
    ) -> None:
        """Let the message show these pictures and no others. Raises ``TransientError`` to be tried
        again, and ``SurfaceRefused`` where the message is gone."""
        ...


class GalleryService:
    """Keeps which pictures posted galleries show, and takes deleted ones out of them."""

    def __init__(
        self, *, store: Store, dispatcher: Dispatcher, surfaces: Mapping[str, Surface]
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._surfaces = surfaces

    async def keep(self, workspace_id: str, message: GalleryMessage) -> None:
        """Note that a gallery was posted; a picture that was deleted meanwhile leaves it soon."""
        async with self._store.workspace(workspace_id) as unit:
            since = datetime.now(UTC) - KEPT_FOR
            await unit.galleries.add(message, most=MOST_KEPT, since=since)
            left = {picture.id for picture, _tally in await _left(unit, message)}
            await unit.galleries.mark([each for each in message.pictures if each not in left])
        await refresh_galleries(self._store, self._dispatcher, workspace_id)

    async def work(self, workspace_id: str, subject_id: str, steps: StepRunner) -> None:
        """Bring one gallery up to date: the body of the workflow ``gallery``."""

        async def show() -> None:
            async with self._store.workspace(workspace_id, read_only=True) as unit:
                message = await unit.galleries.get(*gallery_of_task(subject_id))
            if message is not None and message.stale:
                await self._show(workspace_id, message, without=())

        await steps.run("show-gallery", show, type(None))

    async def take_out(self, workspace_id: str, job_ids: Collection[str]) -> None:
        """Take the pictures of jobs out of every gallery at once, before the jobs are removed."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            messages = await unit.galleries.showing(job_ids)
        for message in messages:
            await self._show(workspace_id, message, without=job_ids)

    async def _show(
        self, workspace_id: str, message: GalleryMessage, *, without: Collection[str]
    ) -> None:
        """Write a gallery anew; one that can be written no more is forgotten."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            left = await _left(unit, message, without=without)
        board = self._surfaces.get(message.surface)
        kept = [picture.id for picture, _tally in left]
        try:
            if isinstance(board, GalleryBoard):
                await board.show_gallery(workspace_id, message, left)
        except LimnerError as error:
            if error.retryable:
                raise
            log.info("gallery_not_shown", message=message.message, error=str(error))
            kept = []
        async with self._store.workspace(workspace_id) as unit:
            await unit.galleries.shown(message, kept)


async def _left(
    unit: UnitOfWork, message: GalleryMessage, *, without: Collection[str] = ()
) -> list[tuple[Illustration, Tally]]:
    """The pictures of a gallery that are still there, but those of the jobs ``without``."""
    left: list[tuple[Illustration, Tally]] = []
    for illustration_id in message.pictures:
        try:
            picture = await unit.illustrations.get(illustration_id)
        except NotFound:
            continue
        if picture.status is IllustrationStatus.RENDERED and picture.job_id not in without:
            left.append((picture, await unit.opinions.tally(illustration_id)))
    return left
