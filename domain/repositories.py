"""The repositories of one workspace, kind by kind, as Protocols; ``storage`` fits them by shape.

Every repository is bound to one workspace when the unit of work is opened, so no method can reach
another tenant's rows. ``get`` methods raise ``NotFound`` for ids of other workspaces exactly as for
ids that do not exist. Values are immutable; a changed one is saved again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from domain.illustrations import Delivery, Illustration, JobEvent
from domain.links import ChannelCode, MirroredJob
from domain.news import Fingerprint, Notice, Schedule, Slot, Story
from domain.provenance import KnownPicture
from domain.requests import Destination, Job, JobStatus
from domain.research import GroundedPrompt, Hop, Research, Source
from domain.team import (
    AuditEntry,
    Decision,
    JobMessage,
    Preferences,
    Scope,
    Tally,
    UsageEntry,
    UsageTotal,
)


class JobRepository(Protocol):
    """The jobs of one workspace."""

    async def add(self, job: Job, *, event_key: str) -> Job:
        """Keep a new job; a used ``event_key`` of this workspace gives the earlier job back."""
        ...

    async def get(self, job_id: str) -> Job:
        """The job. Raises ``NotFound``."""
        ...

    async def save(self, job: Job) -> None:
        """Write the changed fields of a known job (never its request). Raises ``NotFound``."""
        ...

    async def require_approval(
        self, job_id: str, *, approvals: int, review: Destination | None
    ) -> None:
        """Let a known job's result wait for that many people, who see it at ``review``; it never
        takes an approval back that was asked for before. Raises ``NotFound``."""
        ...

    async def recent(
        self, *, member_id: str | None = None, status: JobStatus | None = None, limit: int = 20
    ) -> Sequence[Job]:
        """The newest jobs first."""
        ...

    async def statuses(self, job_ids: Collection[str]) -> Mapping[str, JobStatus]:
        """How the jobs of these ids stand; unknown ones are left out."""
        ...

    async def with_code(self, code: str) -> Job | None:
        """The newest job whose id ends with a short code, if there is one."""
        ...

    async def position(self, job_id: str) -> int:
        """The number of jobs of the workspace that wait before this one; 0 when none or already
        running."""
        ...

    async def unfinished_lanes(self, member_id: str) -> Sequence[int]:
        """The lane of each of a member's jobs that are not over, in no order."""
        ...

    async def count_since(self, since: datetime, *, member_id: str | None = None) -> int:
        """The number of jobs that were requested since the start of that day (UTC), by all members
        or by one; other transactions that would add one wait until this one is over."""
        ...

    async def pictures_since(self, since: datetime, *, member_id: str | None = None) -> int:
        """The number of pictures that were requested. Otherwise as :meth:`count_since`."""
        ...

    async def by_event(self, event_key: str) -> Job | None:
        """The job of an event, if it was taken up before."""
        ...


class ResearchRepository(Protocol):
    """Hops, sources, references and evidence of the jobs of one workspace."""

    async def save_hop(self, job_id: str, hop: Hop, sources: Sequence[Source]) -> None:
        """Keep a hop with what it found; the same hop number again replaces the earlier one."""
        ...

    async def save_grounding(
        self,
        job_id: str,
        grounded: GroundedPrompt,
        *,
        notes: Sequence[str],
        searched: bool,
        reasons: Sequence[str] | None = None,
        agent: Mapping[str, str] | None = None,
    ) -> None:
        """Keep the outcome; a second call for the same job replaces the first. ``reasons`` say why
        something was or was not looked up; None leaves those that were kept."""
        ...

    async def load(self, job_id: str) -> Research:
        """All of a job's research so far; empty parts where nothing was kept. Raises ``NotFound``
        when the job does not exist here."""
        ...


class IllustrationRepository(Protocol):
    """The illustrations of one workspace."""

    async def save(self, illustration: Illustration) -> None:
        """Keep or overwrite the illustration with that id; its recipe is written only once."""
        ...

    async def get(self, illustration_id: str) -> Illustration:
        """The illustration. Raises ``NotFound``."""
        ...

    async def with_code(self, code: str) -> Illustration | None:
        """The newest illustration whose id ends with a short code, if there is one."""
        ...

    async def of_job(self, job_id: str) -> Sequence[Illustration]:
        """A job's illustrations by position."""
        ...

    async def children(self, illustration_id: str) -> int:
        """The number of pictures that were made from this one."""
        ...

    async def sharing(self, sha256: str) -> int:
        """The number of finished pictures with these bytes."""
        ...

    async def expire_kept(self, *, now: datetime) -> Sequence[str]:
        """Forget the refused pictures whose time is over; gives the hashes of their bytes."""
        ...

    async def best(self, *, limit: int) -> Sequence[tuple[Illustration, Tally]]:
        """The posted pictures that are liked (and not by fewer than dislike them), the best
        first, newer ones first among equals; those of private requests are left out."""
        ...

    async def voted(self) -> Sequence[tuple[Illustration, Mapping[str, int]]]:
        """Every picture with votes, in the order of their ids, and each member's vote on it, 1 or
        -1."""
        ...


class DeliveryRepository(Protocol):
    """The outbox of one workspace."""

    async def add(self, delivery: Delivery) -> None:
        """Keep a delivery; one with that id already there stays as it is."""
        ...

    async def claim(self, delivery_id: str, *, now: datetime) -> Delivery:
        """Count an attempt and return the delivery as it was *before* the claim, so that the caller
        sees whether an earlier attempt may have got through. Raises ``NotFound``."""
        ...

    async def delivered(self, delivery_id: str, *, receipt: str, now: datetime) -> None:
        """Keep the receipt; the first one stays. Raises ``NotFound``."""
        ...

    async def of_job(self, job_id: str) -> Sequence[Delivery]:
        """A job's deliveries in the order they were added."""
        ...

    async def undecided(self, *, limit: int) -> Sequence[str]:
        """The jobs about which moderators were notified and have not decided, the newest first."""
        ...

    async def decided(self, job_id: str) -> None:
        """Note that moderators decided about a job; no effect where they were not notified of
        it."""
        ...


class EventLog(Protocol):
    """The durable log of what happens to the jobs of one workspace."""

    async def append(
        self, job_id: str, kind: str, data: dict[str, Any], *, key: str | None = None
    ) -> JobEvent | None:
        """Add a line with the next number. With a ``key`` that the job's log already holds,
        nothing is added and None comes back, so a step that runs twice logs once."""
        ...

    async def read(self, job_id: str, *, after: int = 0, limit: int = 500) -> Sequence[JobEvent]:
        """The lines after that number, in order; none for a job of another workspace."""
        ...

    async def get(self, job_id: str, key: str) -> JobEvent | None:
        """The job's line with that key; None for a job of another workspace."""
        ...

    async def latest(self, job_id: str) -> JobEvent | None:
        """The job's last line; None for a job of another workspace."""
        ...


class MessageRepository(Protocol):
    """The messages in chat that belong to the jobs of one workspace."""

    async def add(self, message: JobMessage) -> None:
        """Keep a message; one that is known already gets the new thread and openness."""
        ...

    async def find(self, surface: str, channel: str, message: str) -> JobMessage | None:
        """The message of those ids, if it is one of a job here."""
        ...

    async def of_job(self, job_id: str) -> Sequence[JobMessage]:
        """A job's messages, oldest first."""
        ...

    async def in_thread(self, surface: str, thread: str) -> JobMessage | None:
        """The newest message of a job in that thread, or the one whose thread it is."""
        ...

    async def close(self, job_id: str) -> None:
        """Note that a job's messages need no more care."""
        ...


class PreferenceRepository(Protocol):
    """The preferences of one workspace, its channels and its members."""

    async def get(self, scope: Scope, scope_id: str = "") -> Preferences:
        """The preferences at one place; empty where none are set."""
        ...

    async def get_each(self, places: Sequence[tuple[Scope, str]]) -> Sequence[Preferences]:
        """The preferences at each of these places (a scope and its id), in their order."""
        ...

    async def save(self, scope: Scope, scope_id: str, preferences: Preferences) -> None:
        """Replace what was set there."""
        ...


class OpinionRepository(Protocol):
    """Votes on the pictures of one workspace, and decisions about what waits for approval."""

    async def vote(
        self, illustration_id: str, member_id: str, value: int, *, now: datetime
    ) -> None:
        """Count a member's vote: 1 for, -1 against, 0 takes it back. A later one replaces an
        earlier one; votes on unknown pictures are not counted."""
        ...

    async def take_back(self, illustration_id: str, member_id: str, value: int) -> None:
        """Forget a member's vote where it has that value."""
        ...

    async def tally(self, illustration_id: str) -> Tally:
        """The votes on a picture."""
        ...

    async def votes(self, illustration_id: str) -> Mapping[str, int]:
        """Each member's vote on a picture, 1 or -1."""
        ...

    async def decide(self, subject_id: str, decision: Decision) -> None:
        """Keep a member's decision; a later one replaces an earlier one."""
        ...

    async def decisions(self, subject_id: str) -> Sequence[Decision]:
        """The decisions on a subject, oldest first."""
        ...


class LedgerRepository(Protocol):
    """Usage and the audit log of one workspace."""

    async def spend(self, entries: Sequence[UsageEntry]) -> None:
        """Keep what was spent; an entry whose key the job has already is left out, and so is one of
        a job of another workspace."""
        ...

    async def totals(
        self, since: datetime, *, member_id: str | None = None
    ) -> Sequence[UsageTotal]:
        """The costs since the start of that month (UTC), of all members or of one, on each
        thing."""
        ...

    async def record(self, entry: AuditEntry) -> None:
        """Write down who did what; the same id again changes nothing."""
        ...

    async def count_actions(self, action: str, *, member_id: str, since: datetime) -> int:
        """How often a member did that since a moment."""
        ...

    async def audit(self, *, limit: int = 50) -> Sequence[AuditEntry]:
        """The audit log, the newest entry first."""
        ...


class ScheduleRepository(Protocol):
    """The schedules of one workspace and their slots."""

    async def save(self, schedule: Schedule) -> None:
        """Keep a schedule, new or changed."""
        ...

    async def get(self, schedule_id: str) -> Schedule:
        """The schedule, locked where it may be changed. Raises ``NotFound``."""
        ...

    async def list(self) -> Sequence[Schedule]:
        """All schedules, the oldest first."""
        ...

    async def remove(self, schedule_id: str) -> None:
        """Take a schedule away; what became of its slots stays. Raises ``NotFound``."""
        ...

    async def claim(self, slot: Slot) -> bool:
        """Keep a new slot; False, and nothing changed, when that due time has one already."""
        ...

    async def save_slot(self, slot: Slot) -> None:
        """Write what became of a known slot. Raises ``NotFound``."""
        ...

    async def slot(self, schedule_id: str, due_at: datetime) -> Slot:
        """The record of a due time, locked where it may be changed. Raises ``NotFound``."""
        ...

    async def slots(self, schedule_id: str, *, limit: int = 10) -> Sequence[Slot]:
        """The latest slots first."""
        ...


class StoryRepository(Protocol):
    """The stories of one workspace, and the notices about them."""

    async def save(self, story: Story) -> None:
        """Keep a story, new or changed."""
        ...

    async def get(self, story_id: str) -> Story:
        """The story, locked where it may be changed. Raises ``NotFound``."""
        ...

    async def told(self, *, since: datetime) -> Sequence[tuple[str, Fingerprint]]:
        """The stories that were taken up since that time: the id of each, and what it is about."""
        ...

    async def add_notice(self, notice: Notice) -> bool:
        """Keep a notice; False, and nothing changed, when one of that id is there already."""
        ...

    async def notice(self, notice_id: str) -> Notice:
        """The notice. Raises ``NotFound``."""
        ...

    async def notice_sent(self, notice_id: str, *, now: datetime) -> None:
        """Note that a notice was sent. Raises ``NotFound``."""
        ...


class MirrorRepository(Protocol):
    """The jobs of one workspace that linked channels show too."""

    async def add(self, job_id: str, there: ChannelCode) -> None:
        """Note that a job is to be shown there; one that is noted already stays as it is."""
        ...

    async def get(self, job_id: str) -> MirroredJob | None:
        """The record of a job that is shown elsewhere too; None where it is not."""
        ...

    async def touch(self, job_id: str) -> bool:
        """Note that a job's pictures or votes changed; False where it is shown nowhere else."""
        ...

    async def withhold(self, job_id: str) -> None:
        """Note that the policy of the other channel does not allow a job, which is never taken
        back; no effect where it is shown nowhere else."""
        ...

    async def close(self, job_id: str, *, changes: int) -> None:
        """Note that all of a job is carried over, unless it was touched since ``changes``."""
        ...


class ProvenanceRepository(Protocol):
    """Look-up of the pictures of one workspace by their marks and hashes."""

    async def keep_hashes(self, illustration_id: str, hashes: bytes) -> None:
        """Keep a picture's hashes; what is kept already stays. Nothing for unknown pictures and for
        those that are not finished."""
        ...

    async def known(self, *, before: str | None = None, limit: int) -> Sequence[KnownPicture]:
        """Finished pictures by their ids, the newest first, from ``before`` on."""
        ...

    async def remove_hashes(self, illustration_id: str) -> None:
        """Forget a picture's hashes."""
        ...
