"""The sums of votes that are kept with each picture."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.rows import IllustrationRow, VoteRow


async def sum_up_votes(session: AsyncSession, workspace_id: str, illustration_id: str) -> None:
    """Count a picture's votes anew and keep the sums with it, so that the gallery need not."""
    votes = (VoteRow.workspace_id == workspace_id, VoteRow.illustration_id == illustration_id)
    score = select(func.coalesce(func.sum(VoteRow.value), 0)).where(*votes)
    up = select(func.count()).where(*votes, VoteRow.value > 0)
    await session.execute(
        update(IllustrationRow)
        .where(IllustrationRow.workspace_id == workspace_id, IllustrationRow.id == illustration_id)
        .values(score=score.scalar_subquery(), votes_up=up.scalar_subquery())
        .execution_options(synchronize_session=False)
    )
