"""Makes an archive of searches out of jobs whose conversations are kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agent.ports import PictureHit
from domain.errors import NotFound
from domain.stores import Store
from training.data.collect import collect
from training.data.export import PictureSource
from training.replay import KeptSearch, SearchArchive, searches_of


async def archive_searches(store: Store, pictures: PictureSource, out: Path) -> SearchArchive:
    """Write the searches of every job that may be trained with, pictures included.

    Raises:
        StorageUnavailable: The database cannot be used.
    """
    archive = SearchArchive(out)
    async for candidate in collect(store):
        async with store.workspace(candidate.workspace_id, read_only=True) as unit:
            research = await unit.research.load(candidate.job_id)
        for search in searches_of(candidate.question, research):
            archive.add(await _with_pictures(search, candidate.workspace_id, pictures, archive))
    return archive


async def _with_pictures(
    search: KeptSearch, workspace_id: str, pictures: PictureSource, archive: SearchArchive
) -> KeptSearch:
    """The search without pictures whose bytes are gone."""
    kept: list[PictureHit] = []
    for hit in search.pictures:
        if hit.blob is None:
            continue
        try:
            data = await pictures.get(workspace_id, hit.blob)
        except NotFound:
            continue
        kept.append(replace(hit, blob=archive.put_picture(data)))
    return replace(search, pictures=tuple(kept))
