"""The agent's tools: search, image_search and browse, over every configured provider.

Arguments are checked against their schema. What a tool finds stays structured: sources with
addresses, times and hashes that code attached, never text to be parsed again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from agent.fetching.failures import UNREADABLE, fail_as
from agent.fetching.host_queue import measured_waiting
from agent.fetching.pages import extract_page
from agent.ports import (
    Cache,
    KeepingFetcher,
    PageHit,
    PictureDecoder,
    PictureHit,
    PictureStore,
    SearchProvider,
)
from agent.providers.asked_language import asked_in
from agent.research import time_limits
from agent.research.metering import counted_calls
from agent.research.picture_reader import PictureReader, ReadPicture
from agent.research.results import as_shown, is_allowed, relevant, shares, summary_of
from agent.research.shown_pictures import ShownPictures
from agent.research.subjects import addresses
from agent.research.tool_arguments import (
    BrowseArguments,
    ImageSearchArguments,
    SearchArguments,
    checked,
)
from agent.sandbox.pool import WorkerPool
from domain.errors import (
    FetchFailed,
    ProviderUnavailable,
    UnusableReference,
)
from domain.licences import Use
from domain.requests import Job
from domain.research import Observation, Source, SourceKind, ToolCall, ToolName
from domain.special_tokens import break_special_tokens
from domain.translation.messages import gettext

PICTURES_ASKED = 10
"""Pictures that a provider is asked for, so that enough are left without the missing ones."""
MAX_FOUND_CHARS = 20_000
"""Of the text that a search hands over."""
MAX_PAGE_CHARS = 200_000
"""Of a page that is read."""
UNKNOWN_ADDRESS = gettext("Only addresses from the request or from search results can be opened.")

T = TypeVar("T")
_log = structlog.get_logger(__name__)


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
    listed: tuple[str, ...] = ()
    """The ids of all that was found, in its order: of ``sources``, and of sources of earlier calls
    that were found again. Empty in results that were kept before this was."""
    blocks: tuple[tuple[str, ...], ...] = ()
    """The same for each query of a text search."""


class SearchTools:
    """The tools with everything they reach; :meth:`session` binds them to one job."""

    def __init__(
        self,
        *,
        providers: Sequence[SearchProvider],
        fetcher: KeepingFetcher,
        decoder: PictureDecoder,
        pictures: PictureStore,
        pool: WorkerPool | None = None,
        shown: Cache | None = None,
        large_later: bool = False,
    ) -> None:
        """``shown`` keeps what a research model is shown of pictures; None where there is none.
        ``large_later`` is for a fetcher that keeps what it read: pictures are then kept as small as
        the model is shown them until it chooses them."""
        self.providers = tuple(providers)
        self.fetcher = fetcher
        self.pictures = pictures
        self.pool = pool
        self.shown = ShownPictures(decoder=decoder, pictures=pictures, cache=shown)
        self.reader = PictureReader(
            fetcher=fetcher,
            decoder=decoder,
            pictures=pictures,
            for_model=shown is not None,
            large_later=large_later,
        )

    def session(self, job: Job, *, language: str = "", library_only: bool = False) -> ToolSession:
        """A fresh session for one job. Providers are asked in ``language`` (ISO 639-1) where they
        can be; with ``library_only`` those that are asked without a network alone."""
        return ToolSession(self, job, language=language, library_only=library_only)


@dataclass
class _CallReport:
    """What went on during one call."""

    problems: list[str] = field(default_factory=list[str])
    unavailable: list[str] = field(default_factory=list[str])
    asked: list[str] = field(default_factory=list[str])
    dropped: int = 0
    listed: list[str] = field(default_factory=list[str])
    blocks: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])


class ToolSession:
    """The tools for one job: they remember what was found, and count its pictures.

    The state follows from the results alone: after a crash, :meth:`absorb` with the kept results
    rebuilds it.
    """

    def __init__(
        self, tools: SearchTools, job: Job, *, language: str = "", library_only: bool = False
    ) -> None:
        self._tools = tools
        self._job = job
        self._language = language
        self._providers = tuple(p for p in tools.providers if p.local or not library_only)
        self._sources: list[Source] = []
        self._known_addresses = as_shown(addresses(job.request.prompt))
        self._unavailable: set[str] = set()
        self._to_show: dict[str, bytes] = {}
        """What the model is about to be shown, by the names of the pictures' blobs."""

    @property
    def providers(self) -> tuple[SearchProvider, ...]:
        """Where is searched, in order."""
        return self._providers

    def absorb(self, result: ToolResult) -> None:
        """Take note of a call's result, fresh or kept; each exactly once and in order."""
        self._sources += result.sources
        self._unavailable |= set(result.unavailable)
        for source in result.sources:
            self._known_addresses |= as_shown((source.url, source.page_url))

    def listed(self, result: ToolResult) -> tuple[Source, ...]:
        """All that an absorbed result found, what was known before included."""
        if not result.listed:
            return result.sources
        known = {source.id: source for source in self._sources}
        return tuple(known[source_id] for source_id in result.listed if source_id in known)

    async def run(self, call: ToolCall, *, by_words: bool = False) -> ToolResult:
        """Run a call; what a provider or a page does wrong is told in the observation.

        ``by_words`` leaves out results that hold too few of the query's words, for a caller that
        does not read them. A model does, and a search engine finds more than words.

        Raises:
            InvalidRequest: The arguments do not fit the tool's schema.
        """
        started_at = datetime.now(UTC)
        tally = _CallReport()
        with counted_calls() as calls, measured_waiting() as waiting, asked_in(self._language):
            sources = await self._run_in_time(call, tally, by_words=by_words)
        listed = tuple(dict.fromkeys(tally.listed or [source.id for source in sources]))
        named = {source.id: source for source in (*self._sources, *sources)}
        return ToolResult(
            observation=Observation(
                source_ids=listed,
                summary=summary_of([named[source_id] for source_id in listed]),
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
            listed=listed,
            blocks=tuple(tally.blocks),
        )

    async def _run_in_time(
        self, call: ToolCall, tally: _CallReport, *, by_words: bool
    ) -> list[Source]:
        try:
            async with asyncio.timeout(time_limits.HOP_S):
                return await self._run(call, tally, by_words=by_words)
        except TimeoutError:
            tally.problems.append(
                gettext("It took longer than {hop_s:g} s and was stopped.", hop_s=time_limits.HOP_S)
            )
            tally.listed.clear()
            tally.blocks.clear()
            return []

    async def _run(self, call: ToolCall, tally: _CallReport, *, by_words: bool) -> list[Source]:
        match call.name:
            case ToolName.SEARCH:
                return await self._search(checked(SearchArguments, call), tally, by_words=by_words)
            case ToolName.IMAGE_SEARCH:
                arguments = checked(ImageSearchArguments, call)
                return await self._image_search(arguments, tally, by_words=by_words)
            case ToolName.BROWSE:
                return await self._browse(checked(BrowseArguments, call), tally)
            case ToolName.QUERY_KNOWLEDGE:
                return []

    async def _search(
        self, arguments: SearchArguments, tally: _CallReport, *, by_words: bool
    ) -> list[Source]:
        workspace_id = self._job.workspace_id

        async def one(query: str) -> list[PageHit]:
            answers = await self._ask(
                SourceKind.PAGE,
                lambda p: p.pages(query, workspace_id=workspace_id, limit=arguments.top_k * 2),
                tally,
            )
            best = [relevant(answer, query, lambda h: f"{h.title} {h.text}") for answer in answers]
            if by_words:
                return [hit for answer in best for hit in answer][: arguments.top_k]
            return shares(self._unless_elsewhere(answers, best), arguments.top_k)

        found = await asyncio.gather(*(one(query) for query in arguments.queries))
        known = {source.sha256: source.id for source in self._sources}
        before = set(known)
        sources: list[Source] = []
        for hits in found:
            block: list[str] = []
            for hit in hits:
                source = self._page(hit, len(self._sources) + len(sources) + 1)
                if source.sha256 not in known:
                    known[source.sha256] = source.id
                    sources.append(source)
                elif source.sha256 not in before:
                    tally.dropped += 1
                block.append(known[source.sha256])
            tally.blocks.append(tuple(dict.fromkeys(block)))
            tally.listed += block
        return sources

    def _unless_elsewhere(
        self, answers: Sequence[Sequence[PageHit]], best: Sequence[Sequence[PageHit]]
    ) -> list[Sequence[PageHit]]:
        """The answers as they are; of the library, which gives whatever holds one of the words,
        those that hold most, as long as anything else was found."""
        local = {provider.name for provider in self._tools.providers if provider.local}
        chosen = [
            good if any(hit.provider in local for hit in answer) else answer
            for answer, good in zip(answers, best, strict=True)
        ]
        return chosen if any(chosen) else list(answers)

    async def _image_search(
        self, arguments: ImageSearchArguments, tally: _CallReport, *, by_words: bool
    ) -> list[Source]:
        query, request = arguments.query, self._job.request
        rights, use = request.rights, Use(request.commercial, request.derivatives)
        workspace_id = self._job.workspace_id
        limit = max(PICTURES_ASKED, 2 * arguments.top_k)
        answers = await self._ask(
            SourceKind.PICTURE,
            lambda p: p.pictures(query, workspace_id=workspace_id, limit=limit, rights=rights),
            tally,
        )
        found = [hit for answer in answers for hit in answer]
        allowed = [hit for hit in found if is_allowed(hit, rights, use)]
        read = await self._tools.reader.read(
            self._ranked(allowed, query, by_words=by_words),
            workspace_id=workspace_id,
            wanted=arguments.top_k,
            known=[source.phash for source in self._sources if source.phash],
        )
        tally.problems += read.problems
        tally.dropped += len(found) - len(allowed) + read.dropped
        blobs = await asyncio.gather(*(self._keep(picture) for picture in read.pictures))
        sources = [
            self._picture_source(picture, sha256, position)
            for position, (picture, sha256) in enumerate(zip(read.pictures, blobs, strict=True))
        ]
        ids = {source.phash: source.id for source in (*sources, *self._sources) if source.phash}
        again = set(read.known[: arguments.top_k])
        new = {source.phash for source in sources}
        tally.listed += [ids[phash] for phash in read.in_order if phash in again | new]
        return sources

    def _ranked(
        self, hits: Sequence[PictureHit], query: str, *, by_words: bool
    ) -> list[PictureHit]:
        """Those that speak of the query, then the others; ``by_words`` only those of search
        engines, which know more of a picture than its title says."""
        engines = {provider.name for provider in self._tools.providers if provider.alternative}
        first = relevant(hits, query, lambda h: f"{h.title} {h.caption}")
        others = [hit for hit in hits if hit not in first]
        return first + [hit for hit in others if not by_words or hit.provider in engines]

    async def _keep(self, read: ReadPicture) -> str:
        """Keep a picture that is a source from now on; gives its blob's name."""
        workspace_id = self._job.workspace_id
        sha256 = read.hit.blob
        if sha256 is None:
            sha256 = await self._tools.pictures.put(workspace_id, read.picture.data)
            if read.shown is not None and read.shown is not read.picture:
                await self._tools.shown.keep(workspace_id, sha256, read.shown)
        if read.shown is not None:
            self._to_show[sha256] = read.shown.data
        return sha256

    async def shown(self, source: Source) -> bytes:
        """What a research model is shown of a picture."""
        found = self._to_show.pop(source.sha256, None)
        return found or await self._tools.shown.get(self._job.workspace_id, source)

    async def large(self, source: Source) -> Source | None:
        """A picture that was kept small, as large as references are; None where there is no other
        than the small one."""
        slow = FetchFailed(
            source.url,
            gettext("reading it took longer than {source_s:g} s", source_s=time_limits.SOURCE_S),
        )
        try:
            async with time_limits.limited(time_limits.SOURCE_S, slow):
                found = await self._tools.reader.large(source.url, like=source.phash or "")
        except (FetchFailed, UnusableReference) as error:
            _log.info("reference_kept_small", url=source.url, why=error.why)
            return None
        if found is None:
            return None
        sha256 = await self._tools.pictures.put(self._job.workspace_id, found.data)
        return replace(source, sha256=sha256, width=found.width, height=found.height)

    async def _browse(self, arguments: BrowseArguments, tally: _CallReport) -> list[Source]:
        url = self._known_addresses.get(break_special_tokens(arguments.url))
        if url is None:
            tally.problems.append(UNKNOWN_ADDRESS)
            return []
        try:
            fetched = await self._tools.fetcher.kept(url)
            if fetched is None:
                if not await self._tools.fetcher.allows(url):
                    tally.problems.append(
                        gettext("The site of {url!r} doesn't allow bots.", url=url[:200])
                    )
                    return []
                fetched = await self._tools.fetcher.get(url)
            with fail_as(FetchFailed(url, UNREADABLE)):
                slow = FetchFailed(
                    url,
                    gettext(
                        "reading it took longer than {source_s:g} s", source_s=time_limits.SOURCE_S
                    ),
                )
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
        return [self._page(hit, len(self._sources) + 1, most=MAX_PAGE_CHARS)]

    async def _ask(
        self,
        kind: SourceKind,
        question: Callable[[SearchProvider], Awaitable[Sequence[T]]],
        tally: _CallReport,
    ) -> list[Sequence[T]]:
        """What the providers of that kind answer, in the order of the settings.

        All are asked at once, but of several engines for the same thing the next one only when
        those before it failed or found nothing.
        """

        async def ask(provider: SearchProvider) -> Sequence[T]:
            slow = ProviderUnavailable(
                provider.name,
                gettext("it took longer than {source_s:g} s", source_s=time_limits.SOURCE_S),
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
            for provider in self._providers
            if kind in provider.kinds and provider.name not in self._unavailable
        ]
        engines = [provider for provider in able if provider.alternative]
        beside = [provider for provider in able if not provider.alternative]
        chain, *others = await asyncio.gather(first_of(engines), *(ask_one(p) for p in beside))
        answers = dict(zip([p.name for p in engines], chain, strict=True))
        answers |= {p.name: answer[0] for p, answer in zip(beside, others, strict=True)}
        return [answers[provider.name] for provider in able]

    def _page(self, hit: PageHit, number: int, *, most: int = MAX_FOUND_CHARS) -> Source:
        text = hit.text[:most]
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

    def _picture_source(self, read: ReadPicture, sha256: str, position: int) -> Source:
        pictures = sum(source.kind is SourceKind.PICTURE for source in self._sources)
        hit, size = read.hit, (read.picture.width, read.picture.height)
        if hit.blob is not None:
            size = read.picture.original_size or size
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
            width=size[0],
            height=size[1],
            phash=read.picture.phash,
        )
