"""Removing a job's pictures for good."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from domain.illustrations import IllustrationStatus
from domain.stores import UnitOfWork


async def removed_pictures(
    unit: UnitOfWork, job_id: str, *, only: Collection[str] | None = None
) -> list[str]:
    """Mark a job's pictures as deleted, all or ``only`` those of these ids; gives the hashes of the
    bytes that nothing needs any more.

    A picture that others were made from keeps its bytes, because their recipes need them; a refused
    one that was kept for moderators does not.
    """
    every = await unit.illustrations.of_job(job_id)
    pictures = [picture for picture in every if only is None or picture.id in only]
    for picture in pictures:
        await unit.provenance.remove_hashes(picture.id)
        deleted = replace(
            picture,
            status=IllustrationStatus.DELETED,
            alt_text=None,
            kept_sha256=None,
            kept_until=None,
        )
        await unit.illustrations.save(deleted)
    await unit.galleries.mark([picture.id for picture in pictures])
    kept = [picture.kept_sha256 for picture in pictures if picture.kept_sha256]
    return [sha256 for sha256 in kept if not await unit.illustrations.sharing(sha256)] + [
        picture.sha256
        for picture in pictures
        if picture.sha256
        and not await unit.illustrations.children(picture.id)
        and not await unit.illustrations.sharing(picture.sha256)
    ]
