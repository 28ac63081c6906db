"""The agent's tools: search, image_search and browse, over every configured provider.

Arguments are checked against their schema. What a tool finds stays structured: sources with
addresses, times and hashes that code attached, never text to be parsed again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic import Field as Limits

from agent import time_limits
from agent.fetching.failures import UNREADABLE, fail_as
from agent.fetching.host_queue import measured_waiting
from agent.images import hamming
from agent.matching import coverage
from agent.metering import counted_calls
from agent.pages import extract_page
from agent.ports import (
    Fetcher,
    PageHit,
    PictureDecoder,
    PictureHit,
    PictureStore,
    SearchProvider,
)
from agent.sandbox.pool import WorkerPool
from agent.subjects import addresses
from domain.errors import (
    FetchFailed,
    InvalidRequest,
    NotFound,
    ProviderUnavailable,
    UnusableReference,
)
from domain.pictures import CheckedPicture
from domain.requests import Job, Rights
from domain.research import Observation, Source, SourceKind, ToolCall, ToolName
from domain.special_tokens import break_special_tokens

PAGES_PER_QUERY = 3
PICTURES_PER_QUERY = 4
MOST_PER_QUERY = 5
"""What a model may ask for by ``top_k`` (Gen-Searcher: five pictures ride along at most)."""
CANDIDATES = 8
"""Pictures downloaded for one query before duplicates and small ones are dropped."""
ENOUGH = 4
"""Pictures after which the slower candidates get only a moment more."""
GRACE_S = 0.1
MAX_PAGE_CHARS = 20_000
MAX_PICTURE_BYTES = 15_000_000
MIN_SIDE = 160
SAME_PICTURE = 6
"""Bits of the 64-bit difference hash in which two copies of one picture may differ."""
MIN_COVERAGE = 0.6

T = TypeVar("T")
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


TopK = Annotated[int, Limits(ge=1, le=MOST_PER_QUERY)]


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SearchArguments(_Arguments):
    """``search``: up to five queries at once."""

    queries: Annotated[tuple[Line, ...], Limits(min_length=1, max_length=5)]
    top_k: TopK = PAGES_PER_QUERY


class ImageSearchArguments(_Arguments):
    """``image_search``: one query."""

    query: Line
    top_k: TopK = PICTURES_PER_QUERY


class BrowseArguments(_Arguments):
    """``browse``: an address that stood in a result or in the request."""

    url: Annotated[str, StringConstraints(max_length=2048)]
    query: Line | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call gave, as plain data that a checkpoint can keep."""

    observation: Observation
    sources: tuple[Source, ...]
    started_at: datetime
    finished_at: datetime
    unavailable: tuple[str, ...] = ()
    """Providers that did not answer; they are not asked again for this job."""
    asked: tuple[str, ...] = ()
    """Providers that answered."""
    calls: Mapping[str, int] = field(default_factory=dict[str, int])
    """How often each provider was really called: answers from the cache are no calls."""


class SearchTools:
    """The tools with everything they reach; :meth:`session` binds them to one job."""

    def __init__(
        self,
        *,
        providers: Sequence[SearchProvider],
        fetcher: Fetcher,
        decoder: PictureDecoder,
        pictures: PictureStore,
        pool: WorkerPool | None = None,
    ) -> None:
        self.providers = tuple(providers)
        self.fetcher = fetcher
        self.decoder = decoder
        self.pictures = pictures
        self.pool = pool

    def session(self, job: Job) -> ToolSession:
        """A fresh session for one job."""
        return ToolSession(self, job)


@dataclass
class _Tally:
    """What went on during one call."""

    problems: list[str] = field(default_factory=list[str])
    unavailable: list[str] = field(default_factory=list[str])
    asked: list[str] = field(default_factory=list[str])
    dropped: int = 0


class ToolSession:
    """The tools for one job: they remember what was found, and count its pictures.

    The state follows from the results alone: after a crash, :meth:`absorb` with the kept results
    rebuilds it.
    """

    def __init__(self, tools: SearchTools, job: Job) -> None:
        self._tools = tools
        self._job = job
        self._sources: list[Source] = []
        self._known_addresses = _as_shown(addresses(job.request.prompt))
        self._unavailable: set[str] = set()

    @property
    def providers(self) -> tuple[SearchProvider, ...]:
        """Where is searched, in order."""
        return self._tools.providers

    def absorb(self, result: ToolResult) -> None:
        """Take note of a call's result, fresh or kept; each exactly once and in order."""
        self._sources += result.sources
        self._unavailable |= set(result.unavailable)
        for source in result.sources:
            self._known_addresses |= _as_shown((source.url, source.page_url))

    async def run(self, call: ToolCall) -> ToolResult:
        """Run a call; what a provider or a page does wrong is told in the observation.

        Raises:
            InvalidRequest: The arguments do not fit the tool's schema.
        """
        started_at = datetime.now(UTC)
        tally = _Tally()
        with counted_calls() as calls, measured_waiting() as waiting:
            sources = await self._run_in_time(call, tally)
        return ToolResult(
            observation=Observation(
                source_ids=tuple(source.id for source in sources),
                summary=_summary(sources),
                problems=tuple(dict.fromkeys(tally.problems)),
                dropped=tally.dropped,
                waited_s=round(waiting.longest_s, 3),
            ),
            sources=tuple(sources),
            started_at=started_at,
            finished_at=datetime.now(UTC),
            unavailable=tuple(dict.fromkeys(tally.unavailable)),
            asked=tuple(dict.fromkeys(tally.asked)),
            calls=dict(calls),
        )

    async def _run_in_time(self, call: ToolCall, tally: _Tally) -> list[Source]:
        try:
            async with asyncio.timeout(time_limits.HOP_S):
                return await self._run(call, tally)
        except TimeoutError:
            tally.problems.append(f"It took longer than {time_limits.HOP_S:g} s and was given up.")
            return []

    async def _run(self, call: ToolCall, tally: _Tally) -> list[Source]:
        match call.name:
            case ToolName.SEARCH:
                return await self._search(_checked(SearchArguments, call), tally)
            case ToolName.IMAGE_SEARCH:
                return await self._image_search(_checked(ImageSearchArguments, call), tally)
            case ToolName.BROWSE:
                return await self._browse(_checked(BrowseArguments, call), tally)

    async def _search(self, arguments: SearchArguments, tally: _Tally) -> list[Source]:
        workspace_id = self._job.workspace_id

        async def one(query: str) -> list[PageHit]:
            answers = await self._ask(
                SourceKind.PAGE,
                lambda p: p.pages(query, workspace_id=workspace_id, limit=arguments.top_k * 2),
                tally,
            )
            best = [_relevant(answer, query, lambda h: f"{h.title} {h.text}") for answer in answers]
            return [hit for answer in best for hit in answer][: arguments.top_k]

        found = await asyncio.gather(*(one(query) for query in arguments.queries))
        known = {source.sha256 for source in self._sources}
        sources: list[Source] = []
        for hit in (hit for hits in found for hit in hits):
            source = self._page(hit, len(self._sources) + len(sources) + 1)
            if source.sha256 in known:
                tally.dropped += 1
            else:
                known.add(source.sha256)
                sources.append(source)
        return sources

    async def _image_search(self, arguments: ImageSearchArguments, tally: _Tally) -> list[Source]:
        query, rights = arguments.query, self._job.request.rights
        answers = await self._ask(
            SourceKind.PICTURE,
            lambda p: p.pictures(
                query, workspace_id=self._job.workspace_id, limit=CANDIDATES, rights=rights
            ),
            tally,
        )
        hits: list[PictureHit] = []
        for answer in answers:
            allowed = [hit for hit in answer if _allowed(hit, rights)]
            tally.dropped += len(answer) - len(allowed)
            hits += _relevant(allowed, query, lambda h: f"{h.title} {h.caption}")
        read = await self._pictures(hits[:CANDIDATES])
        hashes = [source.phash for source in self._sources if source.phash]
        sources: list[Source] = []
        for hit, outcome in zip(hits, read, strict=False):
            if outcome is None:
                tally.dropped += 1
                continue
            if isinstance(outcome, str):
                tally.problems.append(f"{hit.title}: {outcome}")
                tally.dropped += 1
                continue
            picture, sha256 = outcome
            double = any(hamming(picture.phash, known) <= SAME_PICTURE for known in hashes)
            small = min(picture.width, picture.height) < MIN_SIDE
            if double or small or len(sources) == arguments.top_k:
                tally.dropped += 1
                continue
            hashes.append(picture.phash)
            sources.append(self._picture_source(hit, picture, sha256, len(sources)))
        return sources

    async def _browse(self, arguments: BrowseArguments, tally: _Tally) -> list[Source]:
        url = self._known_addresses.get(break_special_tokens(arguments.url))
        if url is None:
            tally.problems.append("Only addresses of the request or of a result can be opened.")
            return []
        try:
            if not await self._tools.fetcher.allows(url):
                tally.problems.append(
                    f"The site of {url[:200]!r} does not want to be read by bots."
                )
                return []
            fetched = await self._tools.fetcher.get(url)
            with fail_as(FetchFailed(url, UNREADABLE)):
                slow = FetchFailed(url, f"reading it took longer than {time_limits.SOURCE_S:g} s")
                async with time_limits.limited(time_limits.SOURCE_S, slow):
                    page = await extract_page(
                        fetched.body, url=url, media_type=fetched.media_type, pool=self._tools.pool
                    )
        except FetchFailed as error:
            tally.problems.append(str(error))
            return []
        hit = PageHit(
            provider="web",
            title=page.title or url,
            url=fetched.url,
            text=page.text,
            fetched_at=fetched.fetched_at,
            license=page.license,
            author=page.author,
        )
        return [self._page(hit, len(self._sources) + 1)]

    async def _ask(
        self,
        kind: SourceKind,
        question: Callable[[SearchProvider], Awaitable[Sequence[T]]],
        tally: _Tally,
    ) -> list[Sequence[T]]:
        """What the providers of that kind answer, in the order of the settings.

        All are asked at once, but of several engines for the same thing the next one only when
        those before it failed or found nothing.
        """

        async def ask(provider: SearchProvider) -> Sequence[T]:
            slow = ProviderUnavailable(
                provider.name, f"it took longer than {time_limits.SOURCE_S:g} s"
            )
            try:
                async with time_limits.limited(time_limits.SOURCE_S, slow):
                    answer = await question(provider)
            except ProviderUnavailable as error:
                tally.problems.append(str(error))
                tally.unavailable.append(provider.name)
                return []
            tally.asked.append(provider.name)
            return answer

        async def ask_one(provider: SearchProvider) -> list[Sequence[T]]:
            return [await ask(provider)]

        async def first_of(engines: Sequence[SearchProvider]) -> list[Sequence[T]]:
            answers: list[Sequence[T]] = []
            for engine in engines:
                answers.append(await ask(engine) if not any(answers) else [])
            return answers

        able = [
            provider
            for provider in self._tools.providers
            if kind in provider.kinds and provider.name not in self._unavailable
        ]
        engines = [provider for provider in able if provider.alternative]
        beside = [provider for provider in able if not provider.alternative]
        chain, *others = await asyncio.gather(first_of(engines), *(ask_one(p) for p in beside))
        answers = dict(zip([p.name for p in engines], chain, strict=True))
        answers |= {p.name: answer[0] for p, answer in zip(beside, others, strict=True)}
        return [answers[provider.name] for provider in able]

    async def _pictures(
        self, hits: Sequence[PictureHit]
    ) -> list[tuple[CheckedPicture, str] | str | None]:
        """Every candidate, read at once; None for those that were not waited for, because enough
        others had come."""
        tasks = [asyncio.ensure_future(self._picture(hit)) for hit in hits]
        try:
            pending = set(tasks)
            while pending and sum(_usable(task) for task in tasks) < ENOUGH:
                _done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            if pending:
                await asyncio.wait(pending, timeout=GRACE_S)
            return [task.result() if task.done() else None for task in tasks]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _picture(self, hit: PictureHit) -> tuple[CheckedPicture, str] | str:
        """The checked picture and its blob, or why there is none."""
        try:
            with fail_as(FetchFailed(hit.url, UNREADABLE)):
                if hit.blob is not None:
                    data = await self._tools.pictures.get(self._job.workspace_id, hit.blob)
                    return await self._tools.decoder.decode(data), hit.blob
                fetched = await self._tools.fetcher.get(hit.url, max_bytes=MAX_PICTURE_BYTES)
                picture = await self._tools.decoder.decode(fetched.body)
        except (FetchFailed, UnusableReference) as error:
            return error.why
        except NotFound:
            return "its bytes are gone"
        return picture, await self._tools.pictures.put(self._job.workspace_id, picture.data)

    def _page(self, hit: PageHit, number: int) -> Source:
        text = hit.text[:MAX_PAGE_CHARS]
        return Source(
            id=f"S{number}",
            kind=SourceKind.PAGE,
            provider=hit.provider,
            title=hit.title,
            url=hit.url,
            page_url=hit.url,
            fetched_at=hit.fetched_at,
            sha256=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
            license=hit.license,
            author=hit.author,
            text=text,
        )

    def _picture_source(
        self, hit: PictureHit, picture: CheckedPicture, sha256: str, position: int
    ) -> Source:
        pictures = sum(source.kind is SourceKind.PICTURE for source in self._sources)
        return Source(
            id=f"S{len(self._sources) + position + 1}",
            kind=SourceKind.PICTURE,
            provider=hit.provider,
            title=hit.title,
            url=hit.url,
            page_url=hit.page_url,
            fetched_at=hit.found_at,
            sha256=sha256,
            license=hit.license,
            author=hit.author,
            text=hit.caption or None,
            img_id=f"IMG_{pictures + position + 1:03d}",
            width=picture.width,
            height=picture.height,
            phash=picture.phash,
        )


def _as_shown(urls: Iterable[str]) -> dict[str, str]:
    """Addresses by the form in which a model was shown them."""
    return {break_special_tokens(url): url for url in urls}


def _usable(task: asyncio.Future[tuple[CheckedPicture, str] | str]) -> bool:
    return task.done() and not task.exception() and not isinstance(task.result(), str)


def _relevant(hits: Sequence[T], query: str, text: Callable[[T], str]) -> list[T]:
    """Those that speak of the query, in their order."""
    return [hit for hit in hits if coverage(text(hit), query) >= MIN_COVERAGE]


def _allowed(hit: PictureHit, rights: Rights) -> bool:
    match rights:
        case Rights.ANY:
            return True
        case Rights.LICENSED:
            return hit.license is not None
        case Rights.LIBRARY:
            return hit.provider == "library"


def _summary(sources: Sequence[Source]) -> str:
    if not sources:
        return "nothing"
    kinds = {SourceKind.PAGE: "page", SourceKind.PICTURE: "picture"}
    counts: Mapping[str, int] = {
        name: sum(source.kind is kind for source in sources) for kind, name in kinds.items()
    }
    said = [f"{n} {name}{'s' if n > 1 else ''}" for name, n in counts.items() if n]
    titles = "; ".join(dict.fromkeys(source.title for source in sources))
    return f"{' and '.join(said)}: {titles}"[:400]


def check_arguments(call: ToolCall) -> None:
    """Raise ``InvalidRequest`` unless the arguments fit the tool's schema."""
    _checked(_SCHEMAS[call.name], call)


_SCHEMAS: Mapping[ToolName, type[_Arguments]] = {
    ToolName.SEARCH: SearchArguments,
    ToolName.IMAGE_SEARCH: ImageSearchArguments,
    ToolName.BROWSE: BrowseArguments,
}
A = TypeVar("A", bound=_Arguments)


def _checked(shape: type[A], call: ToolCall) -> A:
    arguments: Mapping[str, Any] = call.arguments
    try:
        return shape.model_validate(arguments)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "arguments"
        raise InvalidRequest(
            f"The call of {call.name.value} is not usable: {place}: {first['msg'].lower()}."
        ) from error
