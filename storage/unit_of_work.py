"""One transaction over the repositories of one workspace."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import cache
from typing import Any

from sqlalchemy import bindparam, event, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from domain.claims import current_claim
from domain.errors import StorageUnavailable
from domain.health import StorageHealth
from domain.patience import when_storage_works
from storage.changes import ChangeFeed
from storage.database import IN_PLACE, READ_ONLY, translate_errors
from storage.operations import SqlOperations
from storage.repositories.accounts import SqlAccountRepository
from storage.repositories.base import CONNECTION, execute_plainly
from storage.repositories.galleries import SqlGalleryRepository
from storage.repositories.jobs import SqlJobRepository
from storage.repositories.messages import (
    SqlDeliveryRepository,
    SqlEventLog,
    SqlMessageRepository,
)
from storage.repositories.mirrors import SqlMirrorRepository
from storage.repositories.news import SqlScheduleRepository, SqlStoryRepository
from storage.repositories.pages import SqlPageRepository
from storage.repositories.pictures import SqlIllustrationRepository
from storage.repositories.privacy import SqlPrivacyRepository
from storage.repositories.provenance import SqlProvenanceRepository
from storage.repositories.research import SqlResearchRepository
from storage.repositories.team import (
    SqlLedgerRepository,
    SqlOpinionRepository,
    SqlPreferenceRepository,
)
from storage.repositories.trajectories import SqlTrajectoryRepository
from storage.sqlite import turn_to_write
from storage.task_rows import TaskRow


class SqlUnitOfWork:
    """The repositories of one workspace, sharing one session."""

    def __init__(self, session: AsyncSession, workspace_id: str, *, read_only: bool) -> None:
        self._session = session
        self.jobs = SqlJobRepository(session, workspace_id, read_only=read_only)
        self.research = SqlResearchRepository(session, workspace_id, read_only=read_only)
        self.illustrations = SqlIllustrationRepository(session, workspace_id, read_only=read_only)
        self.deliveries = SqlDeliveryRepository(session, workspace_id, read_only=read_only)
        self.events = SqlEventLog(session, workspace_id, read_only=read_only)
        self.messages = SqlMessageRepository(session, workspace_id, read_only=read_only)
        self.preferences = SqlPreferenceRepository(session, workspace_id, read_only=read_only)
        self.opinions = SqlOpinionRepository(session, workspace_id, read_only=read_only)
        self.ledger = SqlLedgerRepository(session, workspace_id, read_only=read_only)
        self.schedules = SqlScheduleRepository(session, workspace_id, read_only=read_only)
        self.stories = SqlStoryRepository(session, workspace_id, read_only=read_only)
        self.mirrors = SqlMirrorRepository(session, workspace_id, read_only=read_only)
        self.provenance = SqlProvenanceRepository(session, workspace_id, read_only=read_only)
        self.trajectories = SqlTrajectoryRepository(session, workspace_id, read_only=read_only)
        self.pages = SqlPageRepository(session, workspace_id, read_only=read_only)
        self.galleries = SqlGalleryRepository(session, workspace_id, read_only=read_only)
        self.privacy = SqlPrivacyRepository(session, workspace_id, read_only=read_only)
        self.accounts = SqlAccountRepository(session, workspace_id, read_only=read_only)

    @asynccontextmanager
    async def beside(self, workspace_id: str) -> AsyncGenerator[SqlUnitOfWork]:
        """Another workspace, to be read in the same transaction.

        A second unit of work would need a second connection: where many wait for one while they
        hold their first, none comes.
        """
        connection = await self._session.connection()
        # A session of its own, since a session remembers the jobs that it has read by their ids.
        async with AsyncSession(connection, expire_on_commit=False) as session:
            yield SqlUnitOfWork(session, workspace_id, read_only=True)


class SqlStore:
    """The way to the database, SQLite or Postgres.

    A unit of work that cannot begin, because the database is away or locked, waits for it: for up
    to ``patience_s`` seconds, and without end where it belongs to a task.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        changes: ChangeFeed | None = None,
        health: StorageHealth | None = None,
        patience_s: float = 0.0,
    ) -> None:
        self._engine = engine
        self._changes = changes or ChangeFeed()
        self._health = health or StorageHealth()
        self._patience_s = patience_s
        self._operations = SqlOperations(engine)
        self._writers: set[asyncio.Task[Any] | None] = set()
        """The sessions in a transaction that writes."""
        event.listen(engine.sync_engine, "checkout", self._check_connection)

    def workspace(
        self, workspace_id: str, *, read_only: bool = False
    ) -> AbstractAsyncContextManager[SqlUnitOfWork]:
        """A unit of work over one workspace; it commits when the block ends without an error.

        Raises:
            ClaimLost: It belongs to a task that another process works on by now.
            StorageUnavailable: The database cannot be used; ``retryable`` says whether it may
                work again by itself.
        """
        return self._unit(workspace_id, read_only=read_only)

    @property
    def operations(self) -> SqlOperations:
        """House-keeping across workspaces."""
        return self._operations

    @asynccontextmanager
    async def _unit(self, workspace_id: str, *, read_only: bool) -> AsyncGenerator[SqlUnitOfWork]:
        task = asyncio.current_task()
        async with await self._begun(read_only=read_only) as session:
            with translate_errors():
                if read_only:
                    yield SqlUnitOfWork(session, workspace_id, read_only=True)
                    return
                await _check_claim(session)
                self._writers.add(task)
                try:
                    yield SqlUnitOfWork(session, workspace_id, read_only=False)
                finally:
                    self._writers.discard(task)
                await session.commit()
        self._changes.touch()

    def _check_connection(self, *_arguments: Any) -> None:
        """Report code that takes a second connection while it writes on one: where many do, each
        waits for a connection that another one holds."""
        if self._writers and asyncio.current_task() in self._writers:
            warnings.warn(
                "a second connection is used while one writes", RuntimeWarning, stacklevel=2
            )

    async def _begun(self, *, read_only: bool) -> _Session:
        """A session whose transaction has begun."""

        async def begin() -> _Session:
            # Reads outside of tasks may be large: they must not hold up the event loop.
            in_place = not read_only or current_claim.get() is not None
            options = {READ_ONLY: read_only, IN_PLACE: in_place}
            async with AsyncExitStack() as stack:
                with translate_errors():
                    if not read_only:
                        await stack.enter_async_context(turn_to_write(self._engine))
                    session = AsyncSession(self._engine, expire_on_commit=False)
                    await stack.enter_async_context(session)
                    connection = await session.connection(execution_options=options)
                    session.info[CONNECTION] = connection
                return _Session(session, stack.pop_all())

        most_s = None if current_claim.get() is not None else self._patience_s
        return await when_storage_works(begin, health=self._health, most_s=most_s)


class _Session:
    """A session in a transaction, and what has to be given back after it."""

    def __init__(self, session: AsyncSession, stack: AsyncExitStack) -> None:
        self._session = session
        self._stack = stack

    async def __aenter__(self) -> AsyncSession:
        return self._session

    async def __aexit__(self, *raised: Any) -> bool | None:
        try:
            with translate_errors():
                return await self._stack.__aexit__(*raised)
        except StorageUnavailable:
            # What was asked is answered, and what was written is committed: that the connection
            # broke before it was given back changes nothing about that.
            if raised[0] is not None:
                raise
            return None


@cache
def _claimed() -> Any:
    mine = select(TaskRow.seq).where(
        TaskRow.id == bindparam("task"), TaskRow.executor_id == bindparam("executor")
    )
    return mine.with_for_update(read=True)


async def _check_claim(session: AsyncSession) -> None:
    """Refuse to write for a task that another process has by now; until this transaction is over
    none can take it."""
    claim = current_claim.get()
    if claim is None:
        return
    values = {"task": claim.task_id, "executor": claim.executor_id}
    if (await execute_plainly(session, _claimed(), values)).first() is None:
        raise claim.lost()
