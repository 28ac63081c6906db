"""A job's durable log: who writes it while the work goes on, and how any process follows it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from domain.errors import StorageUnavailable
from domain.illustrations import JobEvent
from domain.requests import Job
from domain.research import Hop, Source, Spending
from domain.stores import Store, UnitOfWork
from domain.team import UsageEntry
from jobs.common.ports import BlobStore

THOUGHT_AFTER_S: Final = 1.0
THOUGHT_SHARE: Final = 0.05
"""Writing down what a model is about to say takes no more than this share of a job's time: less is
written where it takes long because there is much else to do."""
FINAL_EVENTS: Final = frozenset({"done", "failed", "cancelled"})


class JobNotebook:
    """Writes hops into the store and the log; the same hop again leaves one trace.

    What was spent is written with what comes next, since transactions of its own would be a third
    of all that a job makes. A job that is taken up again spends the same under the same keys, so
    nothing is missed and nothing counted twice.
    """

    def __init__(
        self,
        store: Store,
        workspace_id: str,
        job: Job,
        *,
        reached: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._workspace_id = workspace_id
        self._job_id = job.id
        self._member_id = job.request.origin.member_id
        self._reached = reached
        self._unwritten: list[UsageEntry] = []
        self._clock = clock
        self._shown_at = clock()
        self._pause_s = THOUGHT_AFTER_S

    async def thinking(self, number: int, text: str) -> None:
        """Log the last 200 characters of what the model writes, once nothing else of the job was
        logged for a second, or longer where logging takes long."""
        now = self._clock()
        if now - self._shown_at < self._pause_s:
            return
        self._shown_at = now
        # the model turn goes on; a lost line of progress does no harm
        with suppress(StorageUnavailable):
            async with self._store.workspace(self._workspace_id) as unit:
                await unit.events.append(
                    self._job_id, "thinking", {"number": number, "text": text[-200:]}
                )
        self._pause_s = max(THOUGHT_AFTER_S, (self._clock() - now) / THOUGHT_SHARE)

    async def hop_started(self, number: int, thought: str, tool: str, arguments: Any) -> None:
        """Report what is about to be looked up."""
        self._reached(f"hop-{number}-started")
        async with self.writing() as unit:
            await unit.events.append(
                self._job_id,
                "hop_started",
                {"number": number, "thought": thought, "tool": tool, "arguments": arguments},
                key=f"hop_started:{number}",
            )

    async def hop_finished(self, hop: Hop, sources: Sequence[Source]) -> None:
        """Keep a finished hop and its sources, and log its result."""
        found = hop.observation
        async with self.writing() as unit:
            await unit.research.save_hop(self._job_id, hop, sources)
            await unit.events.append(
                self._job_id,
                "hop_finished",
                {
                    "number": hop.number,
                    "summary": found.summary if found else "",
                    "found": len(found.source_ids) if found else 0,
                    "dropped": found.dropped if found else 0,
                    "problems": list(found.problems) if found else [],
                    "waited_s": found.waited_s if found else 0.0,
                    "seconds": round((hop.finished_at - hop.started_at).total_seconds(), 3),
                },
                key=f"hop_finished:{hop.number}",
            )

    async def sources_changed(self, hops: Sequence[tuple[Hop, Sequence[Source]]]) -> None:
        """Replace what finished hops have found, of all in one transaction."""
        async with self.writing() as unit:
            for hop, sources in hops:
                await unit.research.save_hop(self._job_id, hop, sources)

    async def spent(self, key: str, spending: Spending) -> None:
        """Take down what was spent; the same key again changes nothing."""
        entry = UsageEntry(
            key=key,
            at=datetime.now(UTC),
            job_id=self._job_id,
            member_id=self._member_id,
            **asdict(spending),
        )
        self._unwritten.append(entry)

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[UnitOfWork]:
        """A transaction in the job's workspace that also keeps what was spent before it."""
        spent = list(self._unwritten)
        async with self._store.workspace(self._workspace_id) as unit:
            yield unit
            if spent:
                await unit.ledger.spend(spent)
        del self._unwritten[: len(spent)]
        self._shown_at = self._clock()

    async def close(self) -> None:
        """Keep what was spent where the research ended early."""
        if self._unwritten:
            async with self.writing():
                return


class RenderProgress:
    """Logs how far a render is, at most twice a second and never backwards.

    A preview that comes with it is kept as a blob where ``passes`` lets it be seen; without that
    none is kept.
    """

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        workspace_id: str,
        job_id: str,
        *,
        share: tuple[float, float] = (0.0, 1.0),
        interval_s: float = 0.5,
        passes: Callable[[bytes], Awaitable[bool]] | None = None,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._workspace_id = workspace_id
        self._job_id = job_id
        self._start, self._end = share
        self._interval_s = interval_s
        self._passes = passes
        self._last_at = 0.0
        self._last = -1.0

    async def __call__(self, fraction: float, preview: bytes | None = None) -> None:
        """Take note of a fraction from 0 to 1 of this picture, and of what there is so far."""
        total = self._start + min(max(fraction, 0.0), 1.0) * (self._end - self._start)
        now = time.monotonic()
        if total <= self._last or now - self._last_at < self._interval_s:
            return
        self._last, self._last_at = total, now
        with suppress(StorageUnavailable):  # a render is not done again for a line about it
            data: dict[str, Any] = {"fraction": round(total, 3)}
            if preview is not None and self._passes is not None and await self._passes(preview):
                data["preview"] = await self._blobs.put(self._workspace_id, preview)
            async with self._store.workspace(self._workspace_id) as unit:
                await unit.events.append(self._job_id, "render_progress", data)


async def follow(
    store: Store, workspace_id: str, job_id: str, *, after: int = 0, poll_s: float = 0.1
) -> AsyncIterator[JobEvent]:
    """Give the job's events as they appear, from any process, until a final one.

    The log is read again every ``poll_s`` seconds, so an event is seen within that time.

    Raises:
        NotFound: The workspace has no such job.
    """
    async with store.workspace(workspace_id, read_only=True) as unit:
        await unit.jobs.get(job_id)
    while True:
        async with store.workspace(workspace_id, read_only=True) as unit:
            events = await unit.events.read(job_id, after=after)
        for event in events:
            after = event.seq
            yield event
            if event.kind in FINAL_EVENTS:
                return
        if not events:
            await asyncio.sleep(poll_s)
