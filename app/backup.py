"""Wiring of backups: which databases and which store of blobs the settings name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app import database
from app.blobs import opened_blobs
from app.settings import Settings
from storage.backup import DUMP, BackupReport, back_up
from storage.backup import restore as put_back
from storage.blob_check import BlobCheck, BlobReport


async def backup(settings: Settings, folder: Path) -> BackupReport:
    """Copy everything that cannot be made again into the folder. Raises as
    :func:`storage.backup.back_up`."""
    async with opened_blobs(settings) as blobs:
        return await back_up(_databases(settings), blobs, folder)


async def restore(settings: Settings, folder: Path) -> BackupReport:
    """Put a backup back into an empty installation. Raises as :func:`storage.backup.restore`."""
    async with opened_blobs(settings) as blobs:
        return await put_back(folder, _databases(settings), blobs)


async def check_blobs(settings: Settings, *, mend: bool, folder: Path | None) -> BlobReport:
    """Compare the stored files with the database; see :meth:`storage.blob_check.BlobCheck.run`.

    Raises:
        SchemaMismatch: The schema is of another version.
        StorageUnavailable: The store or the database cannot be used.
    """
    await database.check(settings)
    engine = await database.opened(settings)
    try:
        async with opened_blobs(settings) as blobs:
            return await BlobCheck(engine, blobs).run(mend=mend, backup=folder)
    finally:
        await engine.dispose()


def _databases(settings: Settings) -> Mapping[str, str]:
    """The addresses of the databases by the name of their copy. The engine's file comes first: what
    it began and Limner does not know yet is begun again, and the other way round it would be lost.
    """
    if settings.database.startswith("sqlite"):
        return {
            "limner-engine.sqlite": settings.engine_database,
            "limner.sqlite": settings.database,
        }
    return {DUMP: settings.engine_database}
