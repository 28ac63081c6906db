"""What jobs need from the other packages, as Protocols; ``app`` wires the implementations.

Every repository is bound to one workspace when the unit of work is opened, so no method can reach
another tenant's rows. ``get`` methods raise ``NotFound`` for ids of other workspaces exactly as for
ids that do not exist. A unit of work commits when its block ends without an error and rolls back
otherwise; repositories never commit. Values are immutable; a changed one is saved again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from domain.executors import Executor
from domain.illustrations import Delivery, Illustration, JobEvent, Picture, Recipe
from domain.pictures import CheckedPicture
from domain.requests import Job, JobKey, JobStatus, Request
from domain.research import GroundedPrompt, Hop, Research, Source

T = TypeVar("T")


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

    async def recent(
        self, *, member_id: str | None = None, status: JobStatus | None = None, limit: int = 20
    ) -> Sequence[Job]:
        """The newest jobs first."""
        ...

    async def position(self, job_id: str) -> int:
        """How many jobs of the workspace wait before this one; 0 when none or already running."""
        ...


class ResearchRepository(Protocol):
    """Hops, sources, references and evidence of the jobs of one workspace."""

    async def save_hop(self, job_id: str, hop: Hop, sources: Sequence[Source]) -> None:
        """Keep a hop with what it found; the same hop number again replaces the earlier one."""
        ...

    async def save_grounding(
        self, job_id: str, grounded: GroundedPrompt, *, notes: Sequence[str], searched: bool
    ) -> None:
        """Keep the outcome; a second call for the same job replaces the first."""
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

    async def of_job(self, job_id: str) -> Sequence[Illustration]:
        """A job's illustrations by position."""
        ...


class DeliveryRepository(Protocol):
    """The outbox of one workspace."""

    async def add(self, delivery: Delivery) -> None:
        """Keep a delivery; one with that id already there stays as it is."""
        ...

    async def claim(self, delivery_id: str, *, now: datetime) -> Delivery:
        """Count a try and return the delivery as it was *before* the claim, so that the caller
        sees whether an earlier try may have got through. Raises ``NotFound``."""
        ...

    async def delivered(self, delivery_id: str, *, receipt: str, now: datetime) -> None:
        """Keep the receipt; the first one stays. Raises ``NotFound``."""
        ...

    async def of_job(self, job_id: str) -> Sequence[Delivery]:
        """A job's deliveries in the order they were added."""
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


class Operations(Protocol):
    """House-keeping across workspaces, for the engine alone; no surface ever gets this."""

    async def beat(self, executor: Executor) -> None:
        """Insert or refresh a process's heartbeat."""
        ...

    async def executors(self) -> Sequence[Executor]:
        """All processes with a heartbeat, alive or not."""
        ...

    async def forget_executor(self, executor_id: str) -> None:
        """Remove a heartbeat; nothing happens when it is gone."""
        ...

    async def unfinished(self, *, before: datetime, limit: int = 500) -> Sequence[JobKey]:
        """Jobs without a final status that were created before that time, oldest first."""
        ...

    async def expire(self, *, before: datetime) -> int:
        """Remove events, hops and cached results of jobs finished before that time; pictures,
        recipes, sources and evidence stay. Gives the number of jobs touched."""
        ...


class Store(Protocol):
    """The way to the database."""

    def workspace(
        self, workspace_id: str, *, read_only: bool = False
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work over one workspace (made on first use).

        Units that may write take turns at each job they touch; a ``read_only`` one waits for
        nobody and must not write.
        """
        ...

    @property
    def operations(self) -> Operations:
        """House-keeping across workspaces."""
        ...


class BlobStore(Protocol):
    """Bytes named by their SHA-256, apart for each workspace."""

    async def put(self, workspace_id: str, data: bytes) -> str:
        """Keep the bytes durably and give their SHA-256 (64 hex digits); the same bytes again cost
        nothing. Raises ``StorageUnavailable``."""
        ...

    async def get(self, workspace_id: str, sha256: str) -> bytes:
        """The bytes. Raises ``NotFound`` when this workspace has none of that name."""
        ...


class StepRunner(Protocol):
    """Makes a piece of work a checkpoint: after a crash a finished one is not run again."""

    async def run(self, name: str, work: Callable[[], Awaitable[T]], shape: type[T]) -> T:
        """Run ``work`` or give what it gave before; ``shape`` (a JSON-able dataclass or plain
        type) says how the kept JSON is read back. Retryable errors are tried up to 4 times."""
        ...


class Researcher(Protocol):
    """Finds out what the picture must show."""

    async def research(self, job: Job, *, steps: StepRunner, notebook: Notebook) -> Research:
        """Work through the job's request. Every outside call happens inside a step. Raises
        ``LimnerError`` when nothing usable can come of it; a provider that fails is a note."""
        ...


class Notebook(Protocol):
    """Where a researcher writes while it works, so that others can follow and nothing is lost."""

    async def thinking(self, number: int, text: str) -> None:
        """Show what the model has written so far of its next turn; may be left out."""
        ...

    async def hop_started(self, number: int, thought: str, tool: str, arguments: Any) -> None:
        """Tell what is about to be looked up."""
        ...

    async def hop_finished(self, hop: Hop, sources: Sequence[Source]) -> None:
        """Keep a finished hop and its sources; the same number again replaces the earlier one."""
        ...


class RenderFollower(Protocol):
    """Whom a render tells how far it is."""

    async def __call__(self, fraction: float, preview: bytes | None = None) -> None:
        """Take note of a fraction from 0 to 1, and of a small JPEG of what there is so far."""
        ...


class Renderer(Protocol):
    """Turns recipes into pictures; knows every configured generator."""

    def check(self, generator: str | None, request: Request) -> str:
        """The name of the generator that will serve this request. Raises ``InvalidRequest`` naming
        the nearest possible when it does not exist or cannot serve it."""
        ...

    async def prepare(self, generator: str | None) -> None:
        """Find out what that generator's recipes must say (a model's revision, for example); may
        take minutes the first time, so never inside a transaction. Twice is once. Raises
        ``GeneratorUnavailable``."""
        ...

    def plan(
        self,
        request: Request,
        grounded: GroundedPrompt,
        sources: Sequence[Source],
        *,
        generator: str,
        seed: int,
    ) -> Recipe:
        """The recipe for one picture, after :meth:`prepare`; no work is done yet."""
        ...

    def upscaler(self) -> str:
        """The name of the generator that enlarges pictures, for :meth:`prepare`. Raises
        ``InvalidRequest`` where none does."""
        ...

    def plan_upscale(
        self, picture: Recipe, sha256: str, *, size: tuple[int, int], factor: int
    ) -> Recipe:
        """The recipe that enlarges a finished picture of ``size`` (width, height), made by the
        recipe ``picture``. Raises ``InvalidRequest`` where no generator enlarges by that factor."""
        ...

    def current(self, recipe: Recipe) -> Recipe:
        """The same recipe with this machine's revision, versions and device, to compare."""
        ...

    async def render(
        self,
        recipe: Recipe,
        references: Sequence[bytes],
        *,
        progress: RenderFollower,
    ) -> Picture:
        """Render; ``progress`` gets fractions 0–1. Cancelling the task stops the work soon."""
        ...


class Exporter(Protocol):
    """Makes outgoing copies of our own pictures."""

    def __call__(
        self,
        data: bytes,
        media_type: str,
        *,
        max_bytes: int,
        media_types: Sequence[str],
        max_side: int,
    ) -> Picture:
        """The picture as it is where it fits, otherwise the best copy that does. Works in the
        calling thread, for up to seconds. Raises ``InvalidRequest`` when nothing fits."""
        ...


class Surface(Protocol):
    """A place where people read answers."""

    async def send(self, delivery: Delivery) -> str:
        """Make the message appear and give its receipt. Raises ``TransientError`` to try again."""
        ...

    async def find(self, delivery: Delivery) -> str | None:
        """The receipt of an earlier try that got through although nobody heard of it."""
        ...


class PictureChecker(Protocol):
    """Decodes strangers' pictures away from the event loop, within hard limits."""

    async def decode(self, data: bytes, *, max_pixels: int = 2_000_000) -> CheckedPicture:
        """Check and re-encode. Raises ``UnusableReference`` with the reason in words."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """A workflow to be started on a queue; the same ``id`` again is the same workflow.

    ``partition`` (a person) makes a queue fair: it is required on the research queue.
    """

    id: str
    workflow: str
    queue: str
    workspace_id: str
    subject_id: str
    """The job, or for deliveries the delivery, that the workflow is about."""
    partition: str | None = None


class Dispatcher(Protocol):
    """Hands tasks to the engine."""

    async def enqueue(self, task: Task) -> None:
        """Start the task's workflow unless it was started before."""
        ...

    async def cancel(self, task_ids: Sequence[str]) -> None:
        """Stop these workflows, queued or running; unknown and finished ones are left alone."""
        ...
