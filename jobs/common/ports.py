"""What jobs need from the other packages, as Protocols; ``app`` wires the implementations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from domain.errors import TransientError
from domain.illustrations import Delivery, Marks, Picture, Recipe
from domain.news import (
    Candidate,
    CitedPage,
    Correction,
    Fingerprint,
    Gathering,
    Notice,
    Schedule,
    StoryText,
)
from domain.pictures import CheckedPicture
from domain.policy import JudgedText, Verdict
from domain.provenance import Candidates, Credentials, Likeness, Origin, SignedCopy
from domain.requests import Job, Request
from domain.research import Account, GroundedPrompt, Hop, Research, Source, Spending
from domain.tasks import Task
from domain.team import JobMessage
from jobs.common.views import JobView

T = TypeVar("T")


class BlobStore(Protocol):
    """Bytes named by their SHA-256, apart for each workspace."""

    async def put(self, workspace_id: str, data: bytes) -> str:
        """Keep the bytes durably and give their SHA-256 (64 hex digits); the same bytes again cost
        nothing. Raises ``StorageUnavailable``."""
        ...

    async def get(self, workspace_id: str, sha256: str) -> bytes:
        """The bytes. Raises ``NotFound`` when this workspace has none of that name, and
        ``StorageUnavailable`` when they cannot be read or are no longer what they were."""
        ...

    async def remove(self, workspace_id: str, sha256: str) -> None:
        """Forget the bytes; nothing happens when there are none. Raises ``StorageUnavailable``."""
        ...


class StepRunner(Protocol):
    """Makes a piece of work a checkpoint: after a crash a finished one is not run again."""

    async def run(self, name: str, work: Callable[[], Awaitable[T]], shape: type[T]) -> T:
        """Run ``work`` or give what it gave before; ``shape`` (a JSON-able dataclass or plain
        type) says how the kept JSON is read back. Retryable errors are tried up to 4 times."""
        ...

    async def is_patched(self, change: str) -> bool:
        """Whether a change of the workflow's steps applies to this run.

        A run replays its finished steps by position. A change that adds, removes, renames or
        reorders steps of a workflow, while runs may be in the middle of it, must ask here first,
        under a name that was never used before, at the place of the first difference::

            if await steps.is_patched("judge-output"):
                await steps.run("judge", judge, type(None))

        A run that was already past this place before the change keeps the old way to its end; every
        other run takes the new one, after any number of restarts. The first answer holds for the
        whole run, so that it may be asked again, in a loop for example. To be asked where steps
        follow one another, never beside another step.
        """
        ...

    async def is_recorded(self, name: str) -> bool:
        """Whether this run's history holds a step of that name already, done or to be replayed."""
        ...

    async def retire_patch(self, change: str) -> None:
        """Take the place of ``is_patched(change)`` when the old way is removed: once every run from
        before the change is over. It stays until runs that were asked are over too."""
        ...


class Researcher(Protocol):
    """Finds out what the picture must show."""

    async def research(self, job: Job, *, steps: StepRunner, notebook: Notebook) -> Research:
        """Work through the job's request. Every outside call happens inside a step. Raises
        ``LimnerError`` when nothing usable can come of it; a provider that fails is a note."""
        ...


class Notebook(Protocol):
    """Receives a researcher's progress, so that it can be shown and nothing is lost."""

    async def thinking(self, number: int, text: str) -> None:
        """Show what the model has written so far of its next turn; may be left out."""
        ...

    async def hop_started(self, number: int, thought: str, tool: str, arguments: Any) -> None:
        """Report what is about to be looked up."""
        ...

    async def hop_finished(self, hop: Hop, sources: Sequence[Source]) -> None:
        """Keep a finished hop and its sources; the same number again replaces the earlier one."""
        ...

    async def sources_changed(self, hops: Sequence[tuple[Hop, Sequence[Source]]]) -> None:
        """Replace what finished hops have found, of all at once."""
        ...

    async def spent(self, key: str, spending: Spending) -> None:
        """Write down what was spent; the same key again changes nothing."""
        ...


class RenderFollower(Protocol):
    """Receives a render's progress."""

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
        story: StoryText | None = None,
    ) -> Recipe:
        """The recipe for one picture, after :meth:`prepare`; no work is done yet. ``story`` is what
        the picture illustrates, for generators that set its words."""
        ...

    def fit_prompt(self, recipe: Recipe) -> Recipe:
        """The same recipe with a prompt that its generator reads whole, after :meth:`prepare`; its
        notes say what was left out."""
        ...

    def with_story(self, recipe: Recipe, story: StoryText) -> Recipe:
        """The same recipe with the story's words as they are now, where it prints them."""
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

    def is_model(self, generator: str) -> bool:
        """Whether that generator is an image model, whose pictures may show what was not asked."""
        ...

    def is_filtered(self, generator: str) -> bool:
        """Whether that generator is a service that judges its own pictures and gives none that it
        refuses."""
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


class CopyMaker(Protocol):
    """Makes outgoing copies of our own pictures that say where they come from."""

    async def __call__(
        self,
        data: bytes,
        media_type: str,
        origin: Origin,
        *,
        max_bytes: int,
        media_types: Sequence[str],
        max_side: int,
    ) -> SignedCopy | None:
        """The best copy that fits, with watermark and content credentials; None where none can be
        made in this process now. Raises ``InvalidRequest`` when nothing fits."""
        ...


class PictureExaminer(Protocol):
    """Looks at pictures, in worker processes. Each raises ``NotPossibleNow`` where none starts."""

    async def credentials(self, data: bytes) -> Credentials | None:
        """The content credentials of a found picture; None where it has none."""
        ...

    async def hashes(self, data: bytes) -> bytes:
        """The perceptual hashes of one of our own pictures."""
        ...

    async def find(
        self, picture: bytes, marks: Sequence[bytes], hashes: Sequence[bytes], *, turned: bool
    ) -> Candidates:
        """The kept pictures that a checked one may be: by their watermarks, and where none is
        found, by their hashes. ``turned`` looks for watermarks in turned pictures, which takes
        longer, and for nothing else."""
        ...

    async def compare(self, picture: bytes, kept: Sequence[bytes]) -> Sequence[Likeness]:
        """How well each kept picture matches a checked one, point by point."""
        ...


class Surface(Protocol):
    """A place where people read answers."""

    async def send(self, delivery: Delivery) -> str:
        """Make the message appear and give its receipt. Raises ``TransientError`` to try again."""
        ...

    async def find(self, delivery: Delivery) -> str | None:
        """The receipt of an earlier attempt whose process died before it learned of the success."""
        ...

    async def notify(self, notice: Notice) -> None:
        """Send one person a private notice. Raises ``TransientError`` to try again."""
        ...

    async def remove(
        self, workspace_id: str, messages: Sequence[JobMessage], receipts: Sequence[str]
    ) -> None:
        """Delete messages of a job, and the files that its receipts name; what is gone already is
        well. Raises ``TransientError`` to try again."""
        ...


class PictureChecker(Protocol):
    """Decodes untrusted pictures away from the event loop, within hard limits."""

    async def decode(self, data: bytes, *, max_pixels: int = 2_000_000) -> CheckedPicture:
        """Check and re-encode. Raises ``UnusableReference`` with the reason in words."""
        ...


class Dispatcher(Protocol):
    """Hands tasks to the engine."""

    async def enqueue(self, task: Task) -> None:
        """Start the task's workflow unless it was started before."""
        ...

    async def cancel(self, task_ids: Sequence[str]) -> None:
        """Stop these workflows, queued or running; unknown and finished ones are left alone."""
        ...


class Changes(Protocol):
    """Notifications of changes in the database, by this process and by others."""

    async def wait(self, timeout_s: float) -> bool:
        """Return at the first change since the last call, or after that time; True for a change. A
        notification may be lost, so callers look for themselves after that time."""
        ...

    @property
    def wake(self) -> Callable[[], None]:
        """Make :meth:`wait` return."""
        ...


class TextJudge(Protocol):
    """Classifies a text by the categories of the content policy."""

    @property
    def name(self) -> str:
        """Its name in the audit log."""
        ...

    @property
    def local(self) -> bool:
        """Whether it answers in this process within milliseconds, without any call."""
        ...

    async def judge_text(self, text: JudgedText) -> Verdict:
        """Its findings; none where nothing stands against the text.

        Raises:
            ModelUnavailable: It did not answer usably. No verdict is ever guessed.
        """
        ...


class PictureJudge(Protocol):
    """Classifies a picture by the categories of the content policy."""

    @property
    def name(self) -> str:
        """Its name in the audit log."""
        ...

    async def judge_picture(self, picture: bytes, *, text: str) -> Verdict:
        """Its findings for an encoded picture; ``text`` is what the picture was made from.

        Raises:
            ModelUnavailable: It did not answer usably. No verdict is ever guessed.
        """
        ...


class Verifier(Protocol):
    """Looks at a finished picture: a vision model, or a reader of its text."""

    @property
    def unanswered(self) -> str:
        """The sentence beside a picture that it could not mark."""
        ...

    async def mark(
        self,
        request: Request,
        grounded: GroundedPrompt,
        *,
        picture: bytes,
        references: Sequence[bytes],
    ) -> Marks | None:
        """Mark the picture against the request, its references and each cited claim; None where
        it holds nothing that is looked at. Raises ``ModelUnavailable``: no mark is ever guessed."""
        ...


class NoRoom(TransientError):
    """An update of a job was left out, because the platform takes no more just now."""

    def __init__(self) -> None:
        super().__init__("Too many progress updates at the moment.")


class StatusBoard(Protocol):
    """Shows the progress of jobs on a surface."""

    def has_room(self, workspace_id: str, channel: str, *, new: bool) -> bool:
        """Whether progress may be shown there now, in a ``new`` message or in one that is there, so
        that no result has to wait for it; asked before a job is read."""
        ...

    async def open(self, view: JobView) -> bool:
        """Find or make the message that shows a job, and keep it; False where there can be none.
        Called for jobs that have none. Raises ``TransientError`` to be called again."""
        ...

    async def show(self, view: JobView) -> bool:
        """Bring the job's message up to date; False when it is gone. Raises ``TransientError`` to
        be called again, and ``NoRoom`` where something else was more urgent."""
        ...

    def begun(self, job_id: str) -> JobView | None:
        """A job as it was when this process made its message; None where that is not known."""
        ...

    async def pause(self, view: JobView) -> None:
        """Say on a job's message that the job is paused, while no storage can be read; nothing
        where the message shows something else by now. Raises as :meth:`show`."""
        ...


class Newsroom(Protocol):
    """Finds stories, checks them in more than one source, and puts them into words."""

    async def gather(self, schedule: Schedule, *, known: Sequence[Fingerprint]) -> Gathering:
        """Look through the schedule's feeds and search providers for its topic: articles grouped by
        event, best first, without those that tell a ``known`` story again. What cannot be read is a
        problem, never an error."""
        ...

    async def write(
        self, schedule: Schedule, candidate: Candidate, *, account: Account
    ) -> StoryText | None:
        """Read the candidate's pages and put the story into words, in the schedule's language where
        a model can; every sentence cites a page that was read. None when fewer pages than the
        schedule asks for could be read. The model's cost is charged to the account; once its budget
        is used up, the text is quoted from the pages."""
        ...

    async def check_feeds(self, feeds: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Those of the feeds that are missing, gone or no feeds, each with a sentence that says
        so."""
        ...

    async def recheck(self, page: CitedPage) -> Correction | None:
        """Read a cited page again, if its site lets us, and report what changed; None when nothing
        did, or it cannot be known now."""
        ...
