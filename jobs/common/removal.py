"""Removing a job's pictures for good."""

from __future__ import annotations

from dataclasses import replace

from domain.illustrations import IllustrationStatus
from domain.stores import UnitOfWork


async def removed_pictures(unit: UnitOfWork, job_id: str) -> list[str]:
    """Mark a job's pictures as deleted; gives the hashes of the bytes that nothing needs any more.

    A picture that others were made from keeps its bytes, because their recipes need them.
    """
    pictures = await unit.illustrations.of_job(job_id)
    for picture in pictures:
        deleted = replace(picture, status=IllustrationStatus.DELETED, alt_text=None)
        await unit.illustrations.save(deleted)
    return [
        picture.sha256
        for picture in pictures
        if picture.sha256
        and not await unit.illustrations.children(picture.id)
        and not await unit.illustrations.sharing(picture.sha256)
    ]
