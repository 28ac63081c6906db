"""Units of work over a workspace's repositories, and what concerns all workspaces, as Protocols;
``storage`` fits them by shape.

A unit of work commits when its block ends without an error and rolls back otherwise; repositories
never commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from domain.accounts import AccountRepository
from domain.executors import Executor
from domain.galleries import GalleryRepository
from domain.illustrations import Delivery
from domain.links import MirroredJob
from domain.news import Notice, Schedule, SlotKey
from domain.pages import PageRepository
from domain.privacy import PrivacyRepository
from domain.repositories import (
    DeliveryRepository,
    EventLog,
    IllustrationRepository,
    JobRepository,
    LedgerRepository,
    MessageRepository,
    MirrorRepository,
    OpinionRepository,
    PreferenceRepository,
    ProvenanceRepository,
    ResearchRepository,
    ScheduleRepository,
    StoryRepository,
)
from domain.requests import JobKey
from domain.team import LiveJob
from domain.training import TrajectoryRepository


class UnitOfWork(Protocol):
    """One transaction over the repositories of one workspace."""

    @property
    def jobs(self) -> JobRepository:
        """The jobs."""
        ...

    @property
    def research(self) -> ResearchRepository:
        """Their hops, sources and evidence."""
        ...

    @property
    def illustrations(self) -> IllustrationRepository:
        """The pictures."""
        ...

    @property
    def deliveries(self) -> DeliveryRepository:
        """The outbox."""
        ...

    @property
    def events(self) -> EventLog:
        """The log."""
        ...

    @property
    def messages(self) -> MessageRepository:
        """The messages in chat."""
        ...

    @property
    def preferences(self) -> PreferenceRepository:
        """Preferences."""
        ...

    @property
    def accounts(self) -> AccountRepository:
        """Linked accounts."""
        ...

    @property
    def opinions(self) -> OpinionRepository:
        """Votes and decisions."""
        ...

    @property
    def ledger(self) -> LedgerRepository:
        """Usage and the audit log."""
        ...

    @property
    def schedules(self) -> ScheduleRepository:
        """Schedules of news illustrations."""
        ...

    @property
    def stories(self) -> StoryRepository:
        """Stories, and the notices about them."""
        ...

    @property
    def mirrors(self) -> MirrorRepository:
        """Jobs that linked channels show too."""
        ...

    @property
    def provenance(self) -> ProvenanceRepository:
        """Look-up of pictures by their marks and hashes."""
        ...

    @property
    def trajectories(self) -> TrajectoryRepository:
        """Training data."""
        ...

    @property
    def pages(self) -> PageRepository:
        """Links to pages, and the gallery."""
        ...

    @property
    def galleries(self) -> GalleryRepository:
        """Messages that show a gallery."""
        ...

    @property
    def privacy(self) -> PrivacyRepository:
        """All that is kept of a person."""
        ...

    def beside(self, workspace_id: str) -> AbstractAsyncContextManager[UnitOfWork]:
        """Another workspace, to be read in the same transaction."""
        ...


class Operations(Protocol):
    """House-keeping across workspaces, for the engine alone; no surface ever gets this."""

    async def beat(self, executor: Executor) -> None:
        """Insert or refresh what is known of a process."""
        ...

    async def now(self) -> datetime:
        """The time by the database's clock."""
        ...

    async def stray(self, *, limit: int = 500) -> Sequence[JobKey]:
        """Jobs that should go on by themselves and have no task that waits or is worked on, and
        those that wait for a choice; oldest first."""
        ...

    async def untried(self, *, limit: int = 200) -> Sequence[Delivery]:
        """Messages of the outbox that no process has tried to send yet."""
        ...

    async def live(self, surface: str, *, limit: int = 1000) -> Sequence[LiveJob]:
        """The jobs of a surface that a message there must still show: unfinished ones, and those
        whose message was not brought to its end; oldest first."""
        ...

    async def positions(self) -> Mapping[tuple[str, str], int]:
        """The number of waiting jobs of its workspace before each waiting job, by workspace and
        job."""
        ...

    async def ahead_of(self, workspace_id: str, created_at: datetime) -> tuple[int, int]:
        """The number of older jobs in work or waiting, in all workspaces and in that one."""
        ...

    async def done_since(self, since: datetime) -> tuple[int, datetime | None]:
        """The number of jobs of all workspaces that ended since then, and when the first of them
        was requested."""
        ...

    async def with_expired_pictures(self, *, now: datetime) -> Sequence[str]:
        """Workspaces with refused pictures whose time is over, in the order of their ids."""
        ...

    async def with_trajectories(self) -> Sequence[str]:
        """Workspaces of which conversations are kept to train with, in the order of their ids."""
        ...

    async def with_votes(self) -> Sequence[str]:
        """Workspaces with votes on pictures, in the order of their ids."""
        ...

    async def expire_trajectories(self, *, before: datetime) -> int:
        """Remove what was kept to train with of jobs from before that time; gives how many."""
        ...

    async def expire(self, *, before: datetime) -> int:
        """Remove events, hops and cached results of jobs finished before that time; pictures,
        recipes, sources and evidence stay. Gives the number of jobs touched."""
        ...


class MirrorOperations(Protocol):
    """Queries over all workspaces for syncing jobs to linked channels."""

    async def open_mirrors(self, *, limit: int = 1000) -> Sequence[MirroredJob]:
        """The jobs of which something may have to be carried over, oldest first."""
        ...


class NewsOperations(Protocol):
    """Queries over all workspaces for the news desk's timer; no surface ever gets this."""

    async def version(self) -> str:
        """Changes whenever a schedule is added, changed or removed."""
        ...

    async def active(self) -> Sequence[Schedule]:
        """All schedules that are not paused."""
        ...

    async def last_slot(self, workspace_id: str, schedule_id: str) -> datetime | None:
        """The latest due time of a schedule that is accounted for."""
        ...

    async def has_open_slots(self) -> bool:
        """Whether some slot is claimed or worked on."""
        ...

    async def forgotten_slots(self, *, before: datetime, limit: int = 200) -> Sequence[SlotKey]:
        """Slots that were claimed before that time and not begun, the earliest first."""
        ...

    async def slots_to_settle(
        self, *, now: datetime, stuck_before: datetime | None = None, limit: int = 1000
    ) -> Sequence[SlotKey]:
        """Slots that are worked on and whose job has ended, or waits for approval at its due time;
        and those without a job that nothing happened to since ``stuck_before``."""
        ...

    async def unsent_notices(self, *, limit: int = 200) -> Sequence[Notice]:
        """Notices that were not sent yet."""
        ...

    async def to_recheck(self, *, now: datetime, limit: int = 100) -> Sequence[tuple[str, str]]:
        """Workspace and id of the stories whose pages are to be read again by now."""
        ...


class Store(Protocol):
    """The way to the database."""

    def workspace(
        self, workspace_id: str, *, read_only: bool = False
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work over one workspace (made on first use).

        Units that may write take turns at each job they touch; a ``read_only`` one does not wait
        and must not write.
        """
        ...

    @property
    def operations(self) -> Operations:
        """House-keeping across workspaces."""
        ...
