"""The messages in chat that show a gallery of one workspace."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, delete, select, update

from domain.galleries import GalleryMessage
from storage.gallery_rows import GalleryMessageRow
from storage.repositories.base import Repository, ensure_workspace
from storage.rows import IllustrationRow


class SqlGalleryRepository(Repository):
    """The kept gallery messages of one workspace, of which there are few."""

    async def add(self, message: GalleryMessage, *, most: int, since: datetime) -> None:
        """Keep a message; of all of them only the newest ``most`` that are not older than
        ``since`` stay."""
        await ensure_workspace(self._session, self._workspace_id)
        row = GalleryMessageRow(
            workspace_id=self._workspace_id,
            surface=message.surface,
            channel=message.channel,
            message=message.message,
            pictures=list(message.pictures),
            posted_at=message.posted_at,
            language=message.language,
            changes=message.changes,
            stale=message.stale,
        )
        await self._session.merge(row)
        await self._session.flush()
        kept = await self._newest()
        for old in [each for each in kept if each.posted_at < since] + list(kept[most:]):
            await self.remove(old)

    async def get(self, surface: str, channel: str, message: str) -> GalleryMessage | None:
        """The message of those ids, if it is kept."""
        key = (self._workspace_id, surface, channel, message)
        row = await self._session.get(GalleryMessageRow, key)
        return None if row is None else _to_message(row)

    async def mark(self, pictures: Collection[str]) -> None:
        """Note that these pictures were deleted: the messages that show one are stale."""
        for each in await self._newest():
            if not set(each.pictures).isdisjoint(pictures):
                await self._change(each, stale=True, changes=each.changes + 1)

    async def stale(self) -> Sequence[GalleryMessage]:
        """The messages that show a deleted picture."""
        return [each for each in await self._newest() if each.stale]

    async def showing(self, job_ids: Collection[str]) -> Sequence[GalleryMessage]:
        """The messages that show a picture of one of these jobs."""
        every = await self._newest()
        jobs = set(job_ids)
        job_of = await self._jobs_of({name for each in every for name in each.pictures})
        pictures = {name for name, job_id in job_of.items() if job_id in jobs}
        return [each for each in every if not pictures.isdisjoint(each.pictures)]

    async def shown(self, message: GalleryMessage, pictures: Sequence[str]) -> None:
        """Note what a message shows now; it stays stale where it changed since it was read, and is
        kept no more where it shows nothing."""
        if not pictures:
            await self.remove(message)
            return
        current = GalleryMessageRow.changes == message.changes
        await self._change(message, current, pictures=list(pictures), stale=False)

    async def remove(self, message: GalleryMessage) -> None:
        """Keep a message no more."""
        await self._session.execute(delete(GalleryMessageRow).where(*self._key(message)))
        self._session.expire_all()

    async def _newest(self) -> Sequence[GalleryMessage]:
        rows = await self._session.scalars(
            select(GalleryMessageRow)
            .where(GalleryMessageRow.workspace_id == self._workspace_id)
            .order_by(GalleryMessageRow.posted_at.desc(), GalleryMessageRow.message.desc())
            .execution_options(populate_existing=True)
        )
        return [_to_message(row) for row in rows]

    async def _change(
        self, message: GalleryMessage, *conditions: ColumnElement[bool], **values: object
    ) -> None:
        await self._session.execute(
            update(GalleryMessageRow).where(*self._key(message), *conditions).values(**values)
        )

    def _key(self, message: GalleryMessage) -> tuple[ColumnElement[bool], ...]:
        return (
            GalleryMessageRow.workspace_id == self._workspace_id,
            GalleryMessageRow.surface == message.surface,
            GalleryMessageRow.channel == message.channel,
            GalleryMessageRow.message == message.message,
        )

    async def _jobs_of(self, pictures: Collection[str]) -> dict[str, str]:
        """The job of each of these pictures."""
        found = await self._session.execute(
            select(IllustrationRow.id, IllustrationRow.job_id).where(
                IllustrationRow.workspace_id == self._workspace_id,
                IllustrationRow.id.in_(pictures),
            )
        )
        return {row.id: row.job_id for row in found}


def _to_message(row: GalleryMessageRow) -> GalleryMessage:
    return GalleryMessage(
        surface=row.surface,
        channel=row.channel,
        message=row.message,
        pictures=tuple(str(each) for each in cast("Sequence[object]", row.pictures)),
        posted_at=row.posted_at,
        language=row.language,
        changes=row.changes,
        stale=row.stale,
    )
