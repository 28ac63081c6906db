"""The readable text of a page, without menus, advertising and scripts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from agent.sandbox.furniture import Wall
from agent.sandbox.pool import CannotBeRead, SandboxUnavailable, WorkerPool
from domain.errors import FetchFailed
from domain.translation.messages import gettext, stored

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
TEXT_TYPES = frozenset({"text/plain", "text/markdown"})
NO_WORKER = gettext("this machine can't start a process to read it right now")
"""Nothing that the page or its site did."""
_MAX_HEADER_CHARS = 500


@dataclass(frozen=True, slots=True)
class PageText:
    """The content of a page; a field is None where the page does not give it."""

    title: str
    text: str
    author: str | None = None
    license: str | None = None
    site_name: str | None = None
    """The name of the site, such as "The Guardian"."""
    published: date | None = None
    """The day that the page itself names."""


class PageReader:
    """Extracts pages in the worker processes of ``pool``."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    async def __call__(self, body: bytes, *, url: str, media_type: str) -> PageText:
        """The page's text. Raises ``FetchFailed`` when nothing readable is in it."""
        return await extract_page(body, url=url, media_type=media_type, pool=self._pool)


async def extract_page(
    body: bytes, *, url: str, media_type: str, pool: WorkerPool | None = None
) -> PageText:
    """The text of an HTML page, a PDF or a plain text, at most 400,000 characters.

    ``media_type`` is the Content-Type, with its charset if it names one. Without a ``pool`` a
    worker process is started for this page alone.

    Raises:
        FetchFailed: There is nothing readable in it.
    """
    kind = media_type.partition(";")[0].strip().lower()[:_MAX_HEADER_CHARS]
    facts = {"url": url, "content_type": media_type[:_MAX_HEADER_CHARS]}
    async with pool_or_own(pool) as workers:
        if kind == "application/pdf":
            page = await _read(workers, "pdf", body, facts)
        elif kind in TEXT_TYPES:
            page = await _read(workers, "plain_page", body, {**facts, "html": False})
        elif kind in HTML_TYPES or not kind:
            page = await _read_html(workers, body, facts)
        else:
            raise FetchFailed(url, gettext("it is {kind}, not text", kind=kind[:60]), status=415)
    if not page.text:
        raise FetchFailed(url, gettext("it has no readable text"), status=422)
    return page


@asynccontextmanager
async def pool_or_own(pool: WorkerPool | None) -> AsyncGenerator[WorkerPool]:
    """The pool, or one that lasts as long as the block."""
    if pool is not None:
        yield pool
        return
    own = WorkerPool(size=1)
    try:
        yield own
    finally:
        await own.aclose()


async def _read_html(pool: WorkerPool, body: bytes, facts: Mapping[str, str]) -> PageText:
    """The article, or what a much simpler way of reading finds where that takes too long."""
    try:
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        return await _read(pool, "page", body, {**facts, "today": today})
    except FetchFailed as error:
        if not isinstance(error.__cause__, CannotBeRead) or not error.__cause__.too_costly:
            raise
    return await _read(pool, "plain_page", body, {**facts, "html": True})


async def _read(pool: WorkerPool, task: str, body: bytes, facts: Mapping[str, Any]) -> PageText:
    url = str(facts["url"])
    try:
        found, (text,) = await pool.run(task, body, facts)
    except CannotBeRead as error:
        status = 404 if str(error) == Wall.MISSING else 422  # a page may say so under status 200
        problem = stored(str(error))
        if task == "pdf":
            why = gettext("its PDF {problem}", problem=problem)
        else:
            why = gettext("it {problem}", problem=problem)
        raise FetchFailed(url, why, status=status) from error
    except SandboxUnavailable as error:
        raise FetchFailed(url, NO_WORKER) from error
    published = found.get("published")
    return PageText(
        title=str(found["title"]),
        text=text.decode("utf-8", "replace"),
        author=found.get("author") or None,
        license=found.get("license") or None,
        site_name=found.get("site_name") or None,
        published=date.fromisoformat(published) if published else None,
    )
