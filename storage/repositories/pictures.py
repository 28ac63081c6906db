"""The illustrations of one workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import and_, func, select, update

from domain.errors import NotFound
from domain.illustrations import Illustration, IllustrationStatus, Marks, Recipe
from domain.team import Tally
from storage.repositories.base import Repository, is_shown, upsert
from storage.rows import TABLES, IllustrationRow, VoteRow

ILLUSTRATIONS = TABLES.tables[IllustrationRow.__tablename__]
_PLAIN = (
    "sha256",
    "media_type",
    "width",
    "height",
    "phash",
    "alt_text",
    "identical",
    "difference",
    "kept_sha256",
    "kept_until",
)
_CHANGES = ("status", "posted", "marks", *_PLAIN)

_RECIPE: TypeAdapter[Recipe] = TypeAdapter(Recipe)
_MARKS: TypeAdapter[Marks] = TypeAdapter(Marks)


class SqlIllustrationRepository(Repository):
    """The illustrations of one workspace."""

    async def save(self, illustration: Illustration) -> None:
        """Keep or overwrite the illustration with that id; its recipe is written only once."""
        job = await self._job(illustration.job_id)
        marks = illustration.marks
        rendered = illustration.status is IllustrationStatus.RENDERED
        await self._execute(
            upsert(self._dialect, ILLUSTRATIONS, _CHANGES),
            {
                "workspace_id": self._workspace_id,
                "id": illustration.id,
                "job_id": illustration.job_id,
                "position": illustration.position,
                "recipe": _RECIPE.dump_python(illustration.recipe, mode="json"),
                "created_at": illustration.created_at,
                "parent_id": illustration.parent_id,
                "status": illustration.status.value,
                "posted": rendered and is_shown(job),
                "marks": _MARKS.dump_python(marks, mode="json") if marks else None,
                **{name: getattr(illustration, name) for name in _PLAIN},
            },
        )

    async def get(self, illustration_id: str) -> Illustration:
        """The illustration. Raises ``NotFound``."""
        rows = await self._rows(ILLUSTRATIONS, id=illustration_id)
        if not rows:
            raise NotFound("illustration", illustration_id)
        return to_illustration(rows[0])

    async def with_code(self, code: str) -> Illustration | None:
        """The newest illustration whose id ends with a short code, if there is one."""
        row = await self._session.scalar(
            select(IllustrationRow)
            .where(
                IllustrationRow.workspace_id == self._workspace_id,
                IllustrationRow.id.endswith(code, autoescape=True),
            )
            .order_by(IllustrationRow.id.desc())
            .limit(1)
        )
        return to_illustration(row) if row is not None else None

    async def of_job(self, job_id: str) -> Sequence[Illustration]:
        """A job's illustrations by position."""
        rows = await self._rows(ILLUSTRATIONS, "position", job_id=job_id)
        return [to_illustration(row) for row in rows]

    async def children(self, illustration_id: str) -> int:
        """The number of pictures that were made from this one."""
        query = (
            select(func.count())
            .select_from(IllustrationRow)
            .where(
                IllustrationRow.workspace_id == self._workspace_id,
                IllustrationRow.parent_id == illustration_id,
            )
        )
        return await self._session.scalar(query) or 0

    async def sharing(self, sha256: str) -> int:
        """The number of finished pictures, and refused ones that are kept, with these bytes."""
        mine = IllustrationRow.workspace_id == self._workspace_id
        count = select(func.count()).select_from(IllustrationRow)
        rendered = IllustrationRow.status == IllustrationStatus.RENDERED.value
        finished = count.where(mine, IllustrationRow.sha256 == sha256, rendered)
        kept = count.where(mine, IllustrationRow.kept_sha256 == sha256)
        found = (await self._session.scalar(finished) or 0, await self._session.scalar(kept) or 0)
        return sum(found)

    async def expire_kept(self, *, now: datetime) -> Sequence[str]:
        """Forget the refused pictures whose time is over; gives the hashes of their bytes."""
        mine = IllustrationRow.workspace_id == self._workspace_id
        over = and_(
            mine, IllustrationRow.kept_sha256.is_not(None), IllustrationRow.kept_until <= now
        )
        hashes = await self._session.scalars(select(IllustrationRow.kept_sha256).where(over))
        found = [sha256 for sha256 in hashes if sha256 is not None]
        if found:
            await self._session.execute(
                update(IllustrationRow).where(over).values(kept_sha256=None, kept_until=None)
            )
        return found

    async def best(self, *, limit: int) -> Sequence[tuple[Illustration, Tally]]:
        """The posted pictures that are liked (and not by fewer than dislike them), the best
        first, newer ones first among equals; those of private requests are left out."""
        rows = await self._session.scalars(
            select(IllustrationRow)
            .where(
                IllustrationRow.workspace_id == self._workspace_id,
                IllustrationRow.posted,
                IllustrationRow.votes_up > 0,
                IllustrationRow.score >= 0,
            )
            .order_by(
                IllustrationRow.score.desc(),
                IllustrationRow.created_at.desc(),
                IllustrationRow.id.desc(),
            )
            .limit(limit)
        )
        return [
            (to_illustration(row), Tally(row.votes_up, row.votes_up - row.score)) for row in rows
        ]

    async def voted(self) -> Sequence[tuple[Illustration, Mapping[str, int]]]:
        """Every picture with votes, in the order of their ids, and each member's vote on it, 1 or
        -1."""
        rows = await self._session.execute(
            select(IllustrationRow, VoteRow.member_id, VoteRow.value)
            .join(
                VoteRow,
                and_(
                    VoteRow.workspace_id == IllustrationRow.workspace_id,
                    VoteRow.illustration_id == IllustrationRow.id,
                ),
            )
            .where(IllustrationRow.workspace_id == self._workspace_id)
            .order_by(IllustrationRow.id, VoteRow.member_id)
        )
        return [
            (to_illustration(row), {member_id: int(value) for _, member_id, value in votes})
            for row, votes in groupby(rows, key=lambda found: found[0])
        ]


def to_illustration(row: Any) -> Illustration:
    """An illustration as its row says."""
    return Illustration(
        id=row.id,
        workspace_id=row.workspace_id,
        job_id=row.job_id,
        position=row.position,
        recipe=_RECIPE.validate_python(row.recipe),
        status=IllustrationStatus(row.status),
        created_at=row.created_at,
        parent_id=row.parent_id,
        sha256=row.sha256,
        media_type=row.media_type,
        width=row.width,
        height=row.height,
        phash=row.phash,
        alt_text=row.alt_text,
        identical=row.identical,
        difference=row.difference,
        kept_sha256=row.kept_sha256,
        kept_until=row.kept_until,
        marks=_MARKS.validate_python(row.marks) if row.marks else None,
    )
