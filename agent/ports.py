"""What the agent needs from outside, as Protocols; ``app`` wires the implementations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from domain.knowledge import KnownKind
from domain.library import LibraryMatch
from domain.pictures import CheckedPicture
from domain.requests import Job, Rights
from domain.research import Hop, Research, Source, SourceKind, Spending

T = TypeVar("T")


class StepRunner(Protocol):
    """Makes a piece of work a checkpoint: after a crash a finished one is not run again."""

    async def run(self, name: str, work: Callable[[], Awaitable[T]], shape: type[T]) -> T:
        """Run ``work`` or give what it gave before. ``shape`` says how the kept JSON is read back:
        a dataclass of JSON-able parts, or a plain JSON type."""
        ...

    async def is_patched(self, change: str) -> bool:
        """Whether a change of the workflow's steps applies to this run: code that adds, removes,
        renames or reorders steps asks first, at the place of the first difference. False for a run
        that was past it before the change. Never asked beside another step."""
        ...

    async def is_recorded(self, name: str) -> bool:
        """Whether this run's history holds a step of that name already, done or to be replayed."""
        ...


class Notebook(Protocol):
    """Receives a researcher's progress."""

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
        """Take down what was spent, to be written with the next hop or the outcome; the same key
        again changes nothing."""
        ...


class Researcher(Protocol):
    """Finds out what a picture must show."""

    async def research(self, job: Job, *, steps: StepRunner, notebook: Notebook) -> Research:
        """Work through the job's request. Raises ``LimnerError`` when nothing usable can come of
        it."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; ``images`` are PNG or JPEG bytes shown after the text."""

    role: str
    text: str
    images: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class NativeCall:
    """A tool call in the dialect of OpenAI's interface; ``arguments`` is JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Completion:
    """The text of a model; ``truncated`` when it ran out of tokens in the middle."""

    text: str
    truncated: bool = False
    calls: tuple[NativeCall, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    failure: str | None = None
    """The reason why there is no answer; kept, so that a resumed job does not wait for the model
    again."""
    seconds: float = 0.0
    """The time that it took."""
    reasoning: str = ""
    """The thought, where the server separates it from the answer."""
    trimmed: int = 0
    """The degree to which the conversation was shortened; 0 where it was not."""

    @property
    def tokens(self) -> int:
        """Read and written."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole conversation with a research model, as the model was sent it.

    Its last message is the model's answer where ``answered``. ``trimmed`` is how far the
    conversation had to be shortened on the way, ``agent`` what a recipe says of the agent.
    """

    messages: tuple[Message, ...]
    agent: Mapping[str, str]
    answered: bool
    trimmed: int = 0
    tokens: int = 0
    cost_usd: float = 0.0


class TranscriptKeeper(Protocol):
    """Keeps conversations to train agents with, where all its members agreed."""

    async def keep(self, job: Job, transcript: Transcript) -> None:
        """Keep a job's conversation, or nothing where a member did not agree; a second one for the
        same job replaces the first. Never fails for lack of storage."""
        ...


class ChatModel(Protocol):
    """A model that continues a conversation."""

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        grammar: str | None = None,
        on_text: Callable[[str], Awaitable[None]] | None = None,
    ) -> Completion:
        """The next message; ``on_text`` gets the whole text so far while it is written.
        ``grammar`` is a regular expression that the message must match, for servers that can hold a
        model to one. Raises ``ContextTooLong``, or ``ModelUnavailable`` for any other reason."""
        ...


@dataclass(frozen=True, slots=True)
class PageHit:
    """A page that a search named. ``text`` is the text a provider handed over with it (already
    fetched, may be the whole article or a snippet)."""

    provider: str
    title: str
    url: str
    text: str
    fetched_at: datetime
    license: str | None = None
    author: str | None = None
    published_at: datetime | None = None
    """The time of publication by its own account, which is unchecked."""


@dataclass(frozen=True, slots=True)
class PictureHit:
    """A picture that a search named, not yet downloaded unless ``blob`` names it in the store.

    ``url`` gives the bytes, ``page_url`` is the page for people.
    """

    provider: str
    title: str
    url: str
    page_url: str
    found_at: datetime
    caption: str = ""
    license: str | None = None
    author: str | None = None
    width: int | None = None
    height: int | None = None
    blob: str | None = None


class SearchProvider(Protocol):
    """A place to search. Empty results are an answer, never an error."""

    @property
    def name(self) -> str:
        """The name in the settings and in sources."""
        ...

    @property
    def local(self) -> bool:
        """Whether it answers without a network."""
        ...

    @property
    def alternative(self) -> bool:
        """Whether it is one of several engines for the same: it is asked only when those before
        it in the settings failed or found nothing."""
        ...

    @property
    def kinds(self) -> frozenset[SourceKind]:
        """Its abilities; only the methods for these are called."""
        ...

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Pages for a query, best first; empty when the provider has no pages. Raises
        ``ProviderUnavailable``."""
        ...

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> Sequence[PictureHit]:
        """Pictures for a query, best first, already filtered by rights as far as the provider
        knows licenses. Raises ``ProviderUnavailable``."""
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """The result of fetching an address: the final address after redirects, and the decompressed
    body. ``retry_after_s`` is its Retry-After header in seconds, which errors under the status 200
    have too; ``etag`` and ``last_modified`` identify its version. ``moved_to`` is its permanent new
    address, and ``cut`` whether only the first part was read."""

    url: str
    status: int
    media_type: str
    body: bytes
    fetched_at: datetime
    retry_after_s: float | None = None
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None
    cut: bool = False


class Fetcher(Protocol):
    """The one way to open an untrusted address."""

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = 5_000_000,
        spare: bool = False,
        cut: bool = False,
    ) -> Fetched:
        """Read an address within the safety rules; a ``spare`` request lets all others for the same
        host go first, and ``cut`` gives the first part of what is larger than ``max_bytes``. Raises
        ``BlockedAddress`` or ``FetchFailed``."""
        ...

    async def post(
        self, url: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """Send a JSON object and read the answer, by the same rules; redirects are not followed.
        Raises ``BlockedAddress`` or ``FetchFailed``."""
        ...

    async def allows(self, url: str) -> bool:
        """Whether the site's robots.txt lets Limner read that page."""
        ...


class KeepingFetcher(Fetcher, Protocol):
    """A fetcher that keeps what it read for a while."""

    async def kept(self, url: str, *, max_bytes: int = 5_000_000) -> Fetched | None:
        """The cached page of an address, without any request; None where nothing is cached. Raises
        ``FetchFailed`` where it is known that it cannot be read."""
        ...

    async def remember_unusable(self, url: str, why: str, *, max_bytes: int = 5_000_000) -> None:
        """Record that the content of an address is of no use, so that it is not read again soon."""
        ...


class CallMeter(Protocol):
    """Counts calls of the outside world, across all processes."""

    async def count(self, name: str) -> int:
        """Count one more call of that provider today (UTC); gives how many there are with it."""
        ...


class GeneratorKnowledge(Protocol):
    """What generators know without research, for each workspace; filled from votes, self-check
    verdicts and comparisons."""

    async def get(self, workspace_id: str, *, generator: str, kind: str) -> KnownKind | None:
        """The knowledge of a generator about a kind of subject; None where there is none."""
        ...

    async def add(
        self, workspace_id: str, *, generator: str, kind: str, comparisons: int, known: int
    ) -> None:
        """Add up further comparisons, in ``known`` of which research changed nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that has a name, as a directory knows it."""

    id: str
    label: str
    description: str = ""


class EntityDirectory(Protocol):
    """Knows what has a name of its own."""

    async def find_name(self, text: str, *, language: str) -> Entity | None:
        """The thing that is called so in that language (ISO 639-1), None where there is none, where
        it is a common noun, or where the directory did not answer."""
        ...


class PictureDecoder(Protocol):
    """Decodes untrusted pictures away from the event loop, within hard limits."""

    async def decode(self, data: bytes, *, max_pixels: int = 2_000_000) -> CheckedPicture:
        """Check and re-encode, scaled down to at most ``max_pixels``. Raises
        ``UnusableReference`` with the reason in words."""
        ...

    async def decode_sizes(
        self, data: bytes, max_pixels: Sequence[int]
    ) -> Sequence[CheckedPicture]:
        """The same in several sizes, in their order, from one decoding. Raises
        ``UnusableReference``."""
        ...


class PictureStore(Protocol):
    """Keeps pictures as blobs of a workspace."""

    async def put(self, workspace_id: str, data: bytes) -> str:
        """Keep the bytes and give their SHA-256."""
        ...

    async def get(self, workspace_id: str, sha256: str) -> bytes:
        """The bytes. Raises ``NotFound``."""
        ...


class Cache(Protocol):
    """Answers of the outside world, kept for a while and shared by all jobs.

    It holds only public answers, keyed by a hash, so no workspace learns what another asked.
    """

    async def get(self, namespace: str, key: str) -> bytes | None:
        """The kept value, or None when there is none or its time is over."""
        ...

    async def put(self, namespace: str, key: str, *parts: bytes, ttl_s: float) -> None:
        """Keep a value, given in one or several parts, for that many seconds; an older one is
        replaced."""
        ...


class LibrarySearch(Protocol):
    """Full-text search in one workspace's library."""

    async def search(
        self, workspace_id: str, query: str, *, kind: str, limit: int
    ) -> Sequence[LibraryMatch]:
        """Items of ``kind`` (``"page"`` or ``"picture"``) for any text a person may type, best
        first; an empty list when nothing matches."""
        ...
