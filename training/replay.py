"""Searches that were kept, as an environment that costs no network and does not drift.

An archive is a folder: ``searches.jsonl`` with what was found for each query, ``pages`` and
``pictures`` by their hashes. A query that was asked before is answered as it was then, for the same
question first; any other is answered with what best holds its words, as a small search engine over
the archive would.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from agent.ports import Fetched, PageHit, PictureHit
from domain.errors import FetchFailed, NotFound
from domain.licences import Use, allows
from domain.requests import Rights
from domain.research import Research, Source, SourceKind, ToolName
from training.data.duplicates import plain

NAME = "replay"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
LEAST_WORDS = 0.34
"""The share of a query's words that a result must hold."""
PAGE_LIST: TypeAdapter[list[PageHit]] = TypeAdapter(list[PageHit])
PICTURE_LIST: TypeAdapter[list[PictureHit]] = TypeAdapter(list[PictureHit])


@dataclass(frozen=True, slots=True)
class KeptSearch:
    """The result of one search; ``question`` is the request that it was made for."""

    kind: SourceKind
    query: str
    question: str = ""
    pages: tuple[PageHit, ...] = ()
    pictures: tuple[PictureHit, ...] = ()


class SearchArchive:
    """Searches and pictures of an archive, read into memory without the pictures' bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._searches: dict[tuple[SourceKind, str, str], KeptSearch] = {}
        self._latest: dict[tuple[SourceKind, str], KeptSearch] = {}
        self._pages: dict[str, PageHit] = {}
        self._words: dict[str, set[str]] = {}
        for line in _lines(folder / "searches.jsonl"):
            self._take(_search_of(line))

    def __len__(self) -> int:
        return len(self._searches)

    def add(self, search: KeptSearch) -> None:
        """Keep a search; the same query again replaces the earlier answer."""
        self._take(search)
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "searches.jsonl").open("a", encoding="utf-8") as out:
            out.write(json.dumps(_plain(search), ensure_ascii=False) + "\n")

    def put_picture(self, data: bytes) -> str:
        """Keep a picture; gives its SHA-256."""
        sha256 = hashlib.sha256(data).hexdigest()
        file = self._picture_file(sha256)
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        return sha256

    def picture(self, sha256: str) -> bytes:
        """A picture's bytes. Raises ``NotFound``."""
        try:
            return self._picture_file(sha256).read_bytes()
        except OSError:
            raise NotFound("picture", sha256) from None

    def page(self, url: str) -> PageHit | None:
        """A page that a search named."""
        return self._pages.get(url)

    def pages(self, query: str, limit: int, *, question: str = "") -> Sequence[PageHit]:
        """The pages for a query, as it was answered for that question where it was."""
        exact = self._asked(SourceKind.PAGE, query, question)
        if exact is not None:
            return exact.pages[:limit]
        every = [hit for s in self._searches.values() for hit in s.pages]
        return self._best(query, every)[:limit]

    def pictures(self, query: str, limit: int, *, question: str = "") -> Sequence[PictureHit]:
        """The pictures for a query, likewise."""
        exact = self._asked(SourceKind.PICTURE, query, question)
        if exact is not None:
            return exact.pictures[:limit]
        every = [hit for s in self._searches.values() for hit in s.pictures]
        return self._best(query, every)[:limit]

    def _asked(self, kind: SourceKind, query: str, question: str) -> KeptSearch | None:
        asked = plain(query)
        own = self._searches.get((kind, asked, plain(question)))
        return own or self._latest.get((kind, asked))

    def _best(self, query: str, hits: Iterable[Any]) -> list[Any]:
        words = set(plain(query).split())
        if not words:
            return []
        scored: dict[str, tuple[float, Any]] = {}
        for hit in hits:
            held = len(words & self._words[hit.url]) / len(words)
            if held >= LEAST_WORDS and hit.url not in scored:
                scored[hit.url] = (held, hit)
        ranked = sorted(scored.values(), key=lambda each: (-each[0], each[1].url))
        return [hit for _, hit in ranked]

    def _take(self, search: KeptSearch) -> None:
        asked = plain(search.query)
        self._searches[search.kind, asked, plain(search.question)] = search
        self._latest[search.kind, asked] = search
        for page in search.pages:
            self._pages[page.url] = page
            self._words[page.url] = set(plain(f"{asked} {page.title} {page.text[:300]}").split())
        for found in search.pictures:
            words = plain(f"{asked} {found.title} {found.caption}").split()
            self._words[found.url] = set(words)

    def _picture_file(self, sha256: str) -> Path:
        return self.folder / "pictures" / sha256[:2] / sha256


class ReplayProvider:
    """A search provider that asks the archive alone."""

    name = NAME
    local = True
    alternative = False
    kinds = frozenset(SourceKind)

    def __init__(self, archive: SearchArchive, *, question: str = "") -> None:
        """``question`` is the request whose own searches come first."""
        self._archive = archive
        self._question = question

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Pages for a query, best first."""
        del workspace_id
        return self._archive.pages(query, limit, question=self._question)

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> Sequence[PictureHit]:
        """Pictures for a query, best first, as the request's rights allow."""
        del workspace_id
        found = self._archive.pictures(query, limit, question=self._question)
        if rights is Rights.ANY:
            return found
        return [hit for hit in found if allows(hit.license, Use())]


class ReplayFetcher:
    """Gives the pages of the archive, and refuses everything else."""

    def __init__(self, archive: SearchArchive) -> None:
        self._archive = archive

    async def kept(self, url: str, *, max_bytes: int = 5_000_000) -> Fetched | None:
        """A page of the archive as plain text."""
        page = self._archive.page(url)
        if page is None:
            return None
        body = f"{page.title}\n\n{page.text}".encode()[:max_bytes]
        return Fetched(url, 200, "text/plain; charset=utf-8", body, EPOCH)

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
        """The same. Raises ``FetchFailed`` for what the archive does not hold."""
        del params, headers, spare, cut
        found = await self.kept(url, max_bytes=max_bytes)
        if found is None:
            raise FetchFailed(url, "it is not in the archive")
        return found

    async def post(
        self, url: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """Nothing is sent anywhere. Raises ``FetchFailed``."""
        del body, headers
        raise FetchFailed(url, "it is not in the archive")

    async def allows(self, url: str) -> bool:
        """Everything that the archive holds."""
        return self._archive.page(url) is not None

    async def remember_unusable(self, url: str, why: str, *, max_bytes: int = 5_000_000) -> None:
        """Nothing is kept."""


class ArchivePictures:
    """The pictures of an archive, and in memory what a rollout adds."""

    def __init__(self, archive: SearchArchive) -> None:
        self._archive = archive
        self._added: dict[str, bytes] = {}

    async def put(self, workspace_id: str, data: bytes) -> str:
        """Keep the bytes for as long as this object lives."""
        del workspace_id
        sha256 = hashlib.sha256(data).hexdigest()
        self._added[sha256] = data
        return sha256

    async def get(self, workspace_id: str, sha256: str) -> bytes:
        """The bytes. Raises ``NotFound``."""
        del workspace_id
        return self._added.get(sha256) or self._archive.picture(sha256)


def searches_of(question: str, research: Research) -> list[KeptSearch]:
    """The searches of a job, as an archive keeps them; pictures name their blobs."""
    known = {source.id: source for source in research.sources}
    found: list[KeptSearch] = []
    for hop in research.hops:
        if hop.call is None or hop.observation is None:
            continue
        sources = [known[i] for i in hop.observation.source_ids if i in known]
        pages = tuple(_page(s) for s in sources if s.kind is SourceKind.PAGE)
        pictures = tuple(_picture(s) for s in sources if s.kind is SourceKind.PICTURE)
        match hop.call.name:
            case ToolName.SEARCH:
                queries = [str(query) for query in hop.call.arguments.get("queries", ())]
                found += [KeptSearch(SourceKind.PAGE, query, question, pages) for query in queries]
            case ToolName.IMAGE_SEARCH:
                query = str(hop.call.arguments.get("query", ""))
                found.append(KeptSearch(SourceKind.PICTURE, query, question, pictures=pictures))
            case ToolName.BROWSE:
                found += [
                    KeptSearch(SourceKind.PAGE, page.title, question, (page,)) for page in pages
                ]
            case ToolName.QUERY_KNOWLEDGE:
                pass
    return found


def _page(source: Source) -> PageHit:
    return PageHit(
        provider=NAME,
        title=source.title,
        url=source.url,
        text=source.text or "",
        fetched_at=source.fetched_at,
        license=source.license,
        author=source.author,
    )


def _picture(source: Source) -> PictureHit:
    return PictureHit(
        provider=NAME,
        title=source.title,
        url=source.url,
        page_url=source.page_url,
        found_at=source.fetched_at,
        caption=source.text or "",
        license=source.license,
        author=source.author,
        width=source.width,
        height=source.height,
        blob=source.sha256,
    )


def _plain(search: KeptSearch) -> dict[str, Any]:
    return {
        "kind": search.kind.value,
        "query": search.query,
        "question": search.question,
        "pages": PAGE_LIST.dump_python(list(search.pages), mode="json"),
        "pictures": PICTURE_LIST.dump_python(list(search.pictures), mode="json"),
    }


def _search_of(line: Mapping[str, Any]) -> KeptSearch:
    return KeptSearch(
        SourceKind(line["kind"]),
        str(line["query"]),
        str(line.get("question", "")),
        tuple(PAGE_LIST.validate_python(line["pages"])),
        tuple(PICTURE_LIST.validate_python(line["pictures"])),
    )


def _lines(file: Path) -> Iterable[dict[str, Any]]:
    if not file.exists():
        return
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
