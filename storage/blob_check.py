"""Rows and blobs held against each other: pictures whose bytes are gone, and bytes that nothing
names. The first are put back from a backup, the second removed as the daily sweep does."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.illustrations import IllustrationStatus
from domain.research import SourceKind
from storage.blob_sweep import BlobSweep, Swept, SweptStore
from storage.blobs import relative_name, tenant_name
from storage.database import READ_ONLY, translate_errors
from storage.research_rows import ReferenceRow
from storage.rows import IllustrationRow, LibraryItemRow

ILLUSTRATION: Final = "picture"
REFERENCE: Final = "reference"
LIBRARY: Final = "library item"
READ_AT_ONCE: Final = 500


class CheckedStore(SweptStore, Protocol):
    """A store of blobs into which something can be put back."""

    async def restore(self, tenant: str, data: bytes) -> None:
        """Keep bytes for the tenant of that name. Raises ``StorageUnavailable``."""
        ...


@dataclass(frozen=True, slots=True)
class MissingBlob:
    """Bytes that a row names and the store does not have. ``id`` is the picture's, the library
    item's, or of a reference the job's."""

    workspace_id: str
    sha256: str
    kind: str
    id: str


@dataclass
class BlobReport:
    """The result of a check; ``unused`` counts what was, or would be, removed."""

    unused: Swept = field(default_factory=Swept)
    named: int = 0
    missing: list[MissingBlob] = field(default_factory=list[MissingBlob])
    restored: int = 0


class BlobCheck:
    """Checks a store against a database; any number of processes may work meanwhile."""

    def __init__(self, engine: AsyncEngine, store: CheckedStore) -> None:
        self._engine = engine
        self._store = store

    async def run(self, *, mend: bool = False, backup: Path | None = None) -> BlobReport:
        """Look at everything. With ``mend`` what nothing names is removed; ``backup`` is a folder
        of ``limner backup`` from which missing bytes are put back.

        Raises:
            StorageUnavailable: The store or the database cannot be used.
        """
        report = BlobReport()
        # The store is listed first: what is written meanwhile would seem to be missing otherwise.
        gone = [blob async for blob in self._missing(await self._stored(), report)]
        for blob in gone:
            if backup is not None and await self._put_back(blob, backup):
                report.restored += 1
            else:
                report.missing.append(blob)
        report.unused = await BlobSweep(self._engine, self._store).run(remove=mend)
        return report

    async def _stored(self) -> set[bytes]:
        """A digest of each blob's place; 16 bytes each, since there may be millions."""
        return {_digest(blob.tenant, blob.sha256) async for blob in self._store.listed()}

    async def _missing(self, stored: set[bytes], report: BlobReport) -> AsyncIterator[MissingBlob]:
        seen: set[bytes] = set()
        for kind, query, place in _queries():
            after: tuple[str, ...] = ()
            while True:
                rows = await self._read(query, place, after)
                for row in rows:
                    digest = _digest(tenant_name(row.workspace_id), row.sha256)
                    if digest not in seen:
                        report.named += 1
                        seen.add(digest)
                        if digest not in stored:
                            yield MissingBlob(row.workspace_id, row.sha256, kind, row.id)
                if len(rows) < READ_AT_ONCE:
                    break
                after = tuple(rows[-1][: len(place)])

    async def _read(self, query: Any, place: tuple[Any, ...], after: tuple[str, ...]) -> Any:
        query = query.order_by(*place).limit(READ_AT_ONCE)
        if after:
            query = query.where(tuple_(*place) > tuple_(*after))
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                return (await connection.execute(query)).all()

    async def _put_back(self, blob: MissingBlob, backup: Path) -> bool:
        path = backup / "blobs" / relative_name(blob.workspace_id, blob.sha256)
        try:
            data = await asyncio.to_thread(path.read_bytes)
        except OSError:
            return False
        if hashlib.sha256(data).hexdigest() != blob.sha256:
            return False
        await self._store.restore(tenant_name(blob.workspace_id), data)
        return True


def _digest(tenant: str, sha256: str) -> bytes:
    return hashlib.blake2b(f"{tenant}/{sha256}".encode(), digest_size=16).digest()


def _queries() -> tuple[tuple[str, Any, tuple[Any, ...]], ...]:
    """A reference to blobs: the kind of row, the query, and the columns of a row's place."""
    picture, item, reference = IllustrationRow, LibraryItemRow, ReferenceRow
    gone = (IllustrationStatus.DELETED.value, IllustrationStatus.REFUSED.value)
    return (
        (
            ILLUSTRATION,
            select(picture.workspace_id, picture.id, picture.sha256).where(
                picture.sha256.is_not(None), picture.status.not_in(gone)
            ),
            (picture.workspace_id, picture.id),
        ),
        (
            LIBRARY,
            select(item.workspace_id, item.id, item.sha256).where(
                item.kind == SourceKind.PICTURE.value
            ),
            (item.workspace_id, item.id),
        ),
        (
            REFERENCE,
            select(
                reference.workspace_id,
                reference.job_id.label("id"),
                reference.position,
                reference.sha256,
            ),
            (reference.workspace_id, reference.job_id, reference.position),
        ),
    )
