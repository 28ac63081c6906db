"""One transaction over the repositories of one workspace."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from storage.database import READ_ONLY, told_in_words
from storage.operations import SqlOperations
from storage.repositories.jobs import SqlJobRepository
from storage.repositories.messages import (
    SqlDeliveryRepository,
    SqlEventLog,
    SqlMessageRepository,
)
from storage.repositories.mirrors import SqlMirrorRepository
from storage.repositories.news import SqlScheduleRepository, SqlStoryRepository
from storage.repositories.pictures import SqlIllustrationRepository
from storage.repositories.research import SqlResearchRepository
from storage.repositories.team import (
    SqlLedgerRepository,
    SqlOpinionRepository,
    SqlPreferenceRepository,
)


class SqlUnitOfWork:
    """The repositories of one workspace, sharing one session."""

    def __init__(self, session: AsyncSession, workspace_id: str, *, read_only: bool) -> None:
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


class SqlStore:
    """The way to the database, SQLite or Postgres."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._operations = SqlOperations(engine)

    def workspace(
        self, workspace_id: str, *, read_only: bool = False
    ) -> AbstractAsyncContextManager[SqlUnitOfWork]:
        """A unit of work over one workspace; it commits when the block ends without an error.

        Raises:
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
        with told_in_words():
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                await session.connection(execution_options={READ_ONLY: read_only})
                yield SqlUnitOfWork(session, workspace_id, read_only=read_only)
                if not read_only:
                    await session.commit()
