"""Removing blobs that nothing refers to: pictures that research found but that were not chosen,
refused or deleted ones, and those of a job that died between writing a blob and its row.

A blob is removed only where it is old by the clock of the store, older than every job of its
workspace that goes on, and no row names it. Keeping the same bytes again makes them new.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, Protocol

import structlog
from sqlalchemy import Select, Text, bindparam, cast, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.illustrations import IllustrationStatus
from storage.blobs import StoredBlob, tenant_name
from storage.columns import UtcDateTime
from storage.database import READ_ONLY, translate_errors
from storage.repositories.jobs import UNFINISHED
from storage.research_rows import JobSourceRow, ReferenceRow, SourceRow
from storage.rows import IllustrationRow, JobEventRow, JobRow, LibraryItemRow, WorkspaceRow
from storage.training_rows import TrajectoryRow

log = structlog.get_logger(__name__)

AGE_S: Final = 2 * 86_400.0
"""Younger blobs are left alone. Someone may have sent a picture and fill in the form later."""
CLOCKS_S: Final = 6 * 3600.0
"""The tolerance between the clocks of jobs and of the store."""
READ_AT_ONCE: Final = 500
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class SweptStore(Protocol):
    """A store of blobs that can be gone through."""

    async def now(self) -> float:
        """The store's own time, in seconds since 1970."""
        ...

    def listed(self) -> AsyncIterator[StoredBlob]:
        """Every blob; those of a workspace come one after another. Raises
        ``StorageUnavailable``."""
        ...

    async def remove_old(self, blob: StoredBlob) -> bool:
        """Remove a blob unless it was written anew; False where it was. Raises
        ``StorageUnavailable``."""
        ...

    async def remove_drafts(self, *, age_s: float) -> int:
        """Remove temporary files that are older; gives how many. Raises ``StorageUnavailable``."""
        ...


@dataclass
class Swept:
    """The result of a sweep: unreferenced blobs and their bytes, and temporary files."""

    looked_at: int = 0
    blobs: int = 0
    bytes: int = 0
    drafts: int = 0


class BlobSweep:
    """Goes through a store; any number of processes may at once."""

    def __init__(self, engine: AsyncEngine, store: SweptStore, *, age_s: float = AGE_S) -> None:
        self._engine = engine
        self._store = store
        self._age_s = age_s

    async def run(self, *, remove: bool = True) -> Swept:
        """Remove what nothing refers to, or only count it.

        Raises:
            StorageUnavailable: The store or the database cannot be used.
        """
        swept = Swept()
        if remove:
            swept.drafts = await self._store.remove_drafts(age_s=self._age_s)
        workspaces = {tenant_name(name): name for name in await self._workspaces()}
        before = await self._store.now() - self._age_s
        async for tenant, old in self._by_tenant(before, swept):
            left = old
            if tenant in workspaces:
                left = await self._unnamed(workspaces[tenant], old)
            for blob in left.values():
                if not remove or await self._store.remove_old(blob):
                    swept.blobs += 1
                    swept.bytes += blob.size
        if swept.blobs or swept.drafts:
            event = "blobs_swept" if remove else "blobs_counted"
            log.info(event, blobs=swept.blobs, bytes=swept.bytes, drafts=swept.drafts)
        return swept

    async def _by_tenant(
        self, before: float, swept: Swept
    ) -> AsyncIterator[tuple[str, dict[str, StoredBlob]]]:
        """The old blobs of one workspace after another."""
        tenant, old = "", dict[str, StoredBlob]()
        async for blob in self._store.listed():
            swept.looked_at += 1
            if blob.tenant != tenant:
                if old:
                    yield tenant, old
                tenant, old = blob.tenant, {}
            if blob.written_at <= before:
                old[blob.sha256] = blob
        if old:
            yield tenant, old

    async def _workspaces(self) -> list[str]:
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                return [*(await connection.execute(select(WorkspaceRow.id))).scalars()]

    async def _unnamed(
        self, workspace_id: str, old: dict[str, StoredBlob]
    ) -> dict[str, StoredBlob]:
        """Those that no row of the workspace names, and no running job may have written."""
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                begun = await connection.execute(_oldest_unfinished(), {"workspace": workspace_id})
                oldest: datetime | None = begun.scalar_one()
                before = oldest.timestamp() - CLOCKS_S if oldest is not None else float("inf")
                left = {sha: blob for sha, blob in old.items() if blob.written_at <= before}
                now = datetime.fromtimestamp(await self._store.now(), UTC)
                for query in _naming():
                    if not left:
                        break
                    async for texts in _read(connection, query, workspace_id, now):
                        for sha256 in _hashes(texts):
                            left.pop(sha256, None)
                return left


async def _read(
    connection: AsyncConnection, query: Select[Any], workspace_id: str, now: datetime
) -> AsyncIterator[Collection[str]]:
    """The texts that a query gives, many at a time; it is asked again for those that follow."""
    after = ""
    while True:
        values = {"workspace": workspace_id, "after": after, "now": now}
        rows = (await connection.execute(query, values)).all()
        yield [str(row.text) for row in rows if row.text is not None]
        if len(rows) < READ_AT_ONCE:
            return
        after = rows[-1].place


def _hashes(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        yield from _HASH.findall(text)


@cache
def _oldest_unfinished() -> Any:
    return select(func.min(JobRow.created_at)).where(
        JobRow.workspace_id == bindparam("workspace"), JobRow.status.in_(UNFINISHED)
    )


@cache
def _naming() -> tuple[Any, ...]:
    """Queries of all texts that may name a blob which is needed, by the place after which they
    go on. A deleted picture's bytes are needed where others were made from it."""
    job_id = JobRow.id
    unfinished = exists().where(
        JobRow.workspace_id == JobEventRow.workspace_id,
        JobRow.id == JobEventRow.job_id,
        JobRow.status.in_(UNFINISHED),
    )
    cited = exists().where(
        JobSourceRow.workspace_id == SourceRow.workspace_id,
        JobSourceRow.job_id == SourceRow.job_id,
        JobSourceRow.source_id == SourceRow.id,
    )
    child = IllustrationRow.__table__.alias()
    kept = IllustrationRow.status.not_in(
        (IllustrationStatus.DELETED.value, IllustrationStatus.REFUSED.value)
    ) | exists().where(
        child.c.workspace_id == IllustrationRow.workspace_id,
        child.c.parent_id == IllustrationRow.id,
    )
    return (
        _texts(IllustrationRow, IllustrationRow.id, IllustrationRow.sha256).where(kept),
        _texts(IllustrationRow, IllustrationRow.id, IllustrationRow.kept_sha256).where(
            IllustrationRow.kept_sha256.is_not(None),
            IllustrationRow.kept_until > bindparam("now", type_=UtcDateTime()),
        ),
        _texts(IllustrationRow, IllustrationRow.id, cast(IllustrationRow.recipe, Text)),
        _texts(JobRow, job_id, cast(JobRow.request, Text)),
        _texts(LibraryItemRow, LibraryItemRow.sha256, LibraryItemRow.sha256),
        _texts(
            ReferenceRow,
            ReferenceRow.job_id + "/" + cast(ReferenceRow.position, Text),
            ReferenceRow.sha256,
        ),
        _texts(TrajectoryRow, TrajectoryRow.job_id, cast(TrajectoryRow.value, Text)),
        _texts(SourceRow, SourceRow.job_id + "/" + SourceRow.id, SourceRow.sha256).where(cited),
        _texts(
            JobEventRow,
            JobEventRow.job_id + "/" + cast(JobEventRow.seq, Text),
            cast(JobEventRow.data, Text),
        ).where(unfinished, JobEventRow.kind == "render_progress"),
    )


def _texts(table: Any, place: Any, text: Any) -> Any:
    return (
        select(place.label("place"), text.label("text"))
        .where(table.workspace_id == bindparam("workspace"), place > bindparam("after"))
        .order_by(place)
        .limit(READ_AT_ONCE)
    )
