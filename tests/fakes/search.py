"""A small world for the planner: providers, pictures and a step runner in memory."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast

from PIL import Image
from pydantic import TypeAdapter

from agent.ports import Fetched, PageHit, PictureHit
from agent.sandbox.picture_worker import dhash
from domain.errors import FetchFailed, NotFound, ProviderUnavailable, UnusableReference
from domain.pictures import CheckedPicture
from domain.requests import Rights
from domain.research import Hop, Source, SourceKind, Spending
from tests.fakes.web import PAGE, picture

T = TypeVar("T")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class MemoryProvider:
    """Gives the pages and pictures whose titles share a word with the query."""

    name: str = "library"
    local: bool = True
    alternative: bool = False
    kinds: frozenset[SourceKind] = frozenset(SourceKind)
    page_texts: dict[str, str] = field(default_factory=dict[str, str])
    picture_seeds: dict[str, int] = field(default_factory=dict[str, int])
    blobs: dict[str, str] = field(default_factory=dict[str, str])
    """Title to the blob of a picture that is kept already."""
    license: str | None = "CC0 1.0"
    down: bool = False
    asked: list[str] = field(default_factory=list[str])

    def _titles(self, known: Mapping[str, object], query: str) -> list[str]:
        self.asked.append(query)
        if self.down:
            raise ProviderUnavailable(self.name, "it is down")
        words = query.lower().split()
        return [title for title in known if any(word in title.lower() for word in words)]

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Matching pages."""
        return [
            PageHit(self.name, title, f"https://{self.name}/{n}", self.page_texts[title], NOW)
            for n, title in enumerate(self._titles(self.page_texts, query))
        ]

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> Sequence[PictureHit]:
        """Matching pictures."""
        return [
            PictureHit(
                provider=self.name,
                title=title,
                url=f"https://{self.name}/picture/{self.picture_seeds[title]}",
                page_url=f"https://{self.name}/page/{n}",
                found_at=NOW,
                license=self.license,
                author="Ann Author",
                blob=self.blobs.get(title),
            )
            for n, title in enumerate(self._titles(self.picture_seeds, query))
        ]


class MemoryFetcher:
    """Serves numbered pictures and one page; picture 13 is broken, 404 is missing."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.unusable: dict[str, str] = {}

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
        """The picture or the page of that address."""
        self.read.append(url)
        name = url.rpartition("/")[2]
        if "/picture/" not in url:
            return Fetched(url, 200, "text/html; charset=utf-8", PAGE.encode(), NOW)
        if name == "404":
            raise FetchFailed(url, "the site answered 404", status=404)
        body = b"broken" if name == "13" else picture(int(name))
        return Fetched(url, 200, "image/jpeg", body, NOW)

    async def post(
        self, url: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """Answer anything."""
        return Fetched(url, 200, "application/json", b"{}", NOW)

    async def allows(self, url: str) -> bool:
        """Everything but what is called private."""
        return "private" not in url

    async def kept(self, url: str, *, max_bytes: int = 5_000_000) -> Fetched | None:
        """Nothing."""
        return None

    async def remember_unusable(self, url: str, why: str, *, max_bytes: int = 5_000_000) -> None:
        """Take note."""
        self.unusable[url] = why


class MemoryCache:
    """A cache in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}
        self.ttl_s: dict[tuple[str, str], float] = {}

    async def get(self, namespace: str, key: str) -> bytes | None:
        """The kept value."""
        return self.kept.get((namespace, key))

    async def put(self, namespace: str, key: str, *parts: bytes, ttl_s: float) -> None:
        """Keep a value."""
        self.kept[namespace, key] = b"".join(parts)
        self.ttl_s[namespace, key] = ttl_s


class MemoryDecoder:
    """Decodes in this process; the pictures are our own."""

    async def decode(self, data: bytes, *, max_pixels: int = 2_000_000) -> CheckedPicture:
        """What is known about the picture."""
        if data == b"broken":
            raise UnusableReference("picture", "it is damaged or incomplete")
        with Image.open(io.BytesIO(data)) as image:
            return CheckedPicture(data, "image/jpeg", image.width, image.height, dhash(image))

    async def decode_sizes(
        self, data: bytes, max_pixels: Sequence[int]
    ) -> tuple[CheckedPicture, ...]:
        """The same, once for each size."""
        return tuple([await self.decode(data, max_pixels=most) for most in max_pixels])


class MemoryPictures:
    """Blobs in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    async def put(self, workspace_id: str, data: bytes) -> str:
        """Keep the bytes."""
        import hashlib

        sha256 = hashlib.sha256(data).hexdigest()
        self.kept[workspace_id, sha256] = data
        return sha256

    async def get(self, workspace_id: str, sha256: str) -> bytes:
        """The bytes. Raises ``NotFound``."""
        try:
            return self.kept[workspace_id, sha256]
        except KeyError:
            raise NotFound("picture", sha256) from None


class Died(BaseException):
    """The process died here."""


@lru_cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


class MemorySteps:
    """Keeps what steps give as JSON, as the engine does; ``dies_after`` that many fresh steps."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.ran: list[str] = []
        self.dies_after: int | None = None
        self.before: set[str] = set()
        """Changes that do not apply, because this run began before them."""

    async def run(self, name: str, work: Callable[[], Awaitable[T]], shape: type[T]) -> T:
        """Run the step or give what it gave before."""
        adapter = cast("TypeAdapter[T]", _adapter(cast("Any", shape)))
        if name not in self.kept:
            if self.dies_after is not None and len(self.ran) >= self.dies_after:
                raise Died
            self.ran.append(name)
            self.kept[name] = adapter.dump_json(await work())
        return adapter.validate_json(self.kept[name])

    async def is_patched(self, change: str) -> bool:
        """Whether the run began after the change."""
        return change not in self.before

    async def is_recorded(self, name: str) -> bool:
        """Whether the step was run."""
        return name in self.kept

    async def retire_patch(self, change: str) -> None:
        """Nothing: no run is older than what is asked here."""


class MemoryNotebook:
    """Records its progress."""

    def __init__(self) -> None:
        self.thoughts: list[str] = []
        self.started: list[tuple[int, str]] = []
        self.finished: dict[int, tuple[Hop, Sequence[Source]]] = {}
        self.spendings: dict[str, Spending] = {}

    async def thinking(self, number: int, text: str) -> None:
        """Take note."""
        self.thoughts.append(text)

    async def hop_started(self, number: int, thought: str, tool: str, arguments: Any) -> None:
        """Take note."""
        self.started.append((number, tool))

    async def hop_finished(self, hop: Hop, sources: Sequence[Source]) -> None:
        """Take note."""
        self.finished[hop.number] = (hop, sources)

    async def sources_changed(self, hops: Sequence[tuple[Hop, Sequence[Source]]]) -> None:
        """Take note."""
        self.finished |= {hop.number: (hop, sources) for hop, sources in hops}

    async def spent(self, key: str, spending: Spending) -> None:
        """Take note."""
        self.spendings.setdefault(key, spending)
