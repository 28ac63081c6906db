"""Look-up of the pictures of one workspace by their marks and hashes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, delete, select

from domain.illustrations import IllustrationStatus
from domain.provenance import KnownPicture
from storage.repositories.base import Repository, insert_into
from storage.rows import IllustrationRow, PictureHashesRow


class SqlProvenanceRepository(Repository):
    """The perceptual hashes of one workspace's pictures."""

    async def keep_hashes(self, illustration_id: str, hashes: bytes) -> None:
        """Keep a picture's hashes; what is kept already stays. Nothing for unknown pictures and for
        those that are not finished."""
        found = await self._session.scalar(
            select(IllustrationRow.job_id).where(
                IllustrationRow.workspace_id == self._workspace_id,
                IllustrationRow.id == illustration_id,
            )
        )
        if found is None:
            return
        await self._lock(found)
        # Read again under the lock: the picture may have been deleted meanwhile.
        rendered = await self._session.scalar(
            select(IllustrationRow.id).where(
                IllustrationRow.workspace_id == self._workspace_id,
                IllustrationRow.id == illustration_id,
                IllustrationRow.status == IllustrationStatus.RENDERED.value,
            )
        )
        if rendered is None:
            return
        statement = insert_into(self._session, PictureHashesRow).values(
            workspace_id=self._workspace_id, illustration_id=illustration_id, hashes=hashes
        )
        await self._session.execute(statement.on_conflict_do_nothing())

    async def known(self, *, before: str | None = None, limit: int) -> Sequence[KnownPicture]:
        """Finished pictures by their ids, the newest first, from ``before`` on."""
        row, hashed = IllustrationRow, PictureHashesRow
        query = (
            select(row.id, row.job_id, row.sha256, row.media_type, hashed.hashes)
            .outerjoin(
                hashed,
                and_(hashed.workspace_id == row.workspace_id, hashed.illustration_id == row.id),
            )
            .where(
                row.workspace_id == self._workspace_id,
                row.status == IllustrationStatus.RENDERED.value,
                row.sha256.is_not(None),
            )
            .order_by(row.id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(row.id < before)
        rows = await self._session.execute(query)
        return [
            KnownPicture(id_, job_id, sha256 or "", media_type or "image/png", hashes)
            for id_, job_id, sha256, media_type, hashes in rows
        ]

    async def remove_hashes(self, illustration_id: str) -> None:
        """Forget a picture's hashes."""
        await self._session.execute(
            delete(PictureHashesRow).where(
                PictureHashesRow.workspace_id == self._workspace_id,
                PictureHashesRow.illustration_id == illustration_id,
            )
        )
