"""The pages of jobs and the gallery of a workspace: who may see what, and what is shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.errors import NotFound
from domain.illustrations import Illustration, IllustrationStatus, Picture
from domain.news import Story
from domain.pages import GalleryEntry, GalleryQuery, PageRef
from domain.requests import Audience, Job, JobKind, JobStatus
from domain.stores import Store, UnitOfWork
from jobs.admission.access import Access, Action, sees
from jobs.admission.requests import Requester
from jobs.common.views import (
    JobView,
    for_outsiders,
    job_view,
    opens_by_link,
    picture_for_outsiders,
)
from jobs.services.page_links import LinkKind, LinkSigner
from jobs.services.queries import JobReader

MAX_RELATIVES: Final = 12
"""Pictures of each side of a lineage."""
PAGE_SIDE: Final = 1600
PAGE_BYTES: Final = 4_000_000
DOWNLOAD_BYTES: Final = 40_000_000
PAGE_TYPES: Final = ("image/webp", "image/jpeg", "image/png")
DOWNLOAD_TYPES: Final = ("image/png", "image/webp", "image/jpeg")


class LinkEnded(NotFound):
    """A link that was ours and works no longer: it expired or was revoked."""


class Sight(StrEnum):
    """The right by which a visitor sees a page."""

    LINK = "link"
    MEMBER = "member"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """A page that a visitor may see; ``sees`` decides which other jobs they may see on it."""

    job: Job
    links: int
    sight: Sight
    sees: Callable[[Job], Awaitable[bool]]

    @property
    def workspace_id(self) -> str:
        """The workspace that the job belongs to."""
        return self.job.workspace_id

    @property
    def ref(self) -> PageRef:
        """The page, for links to it."""
        return PageRef(self.job.workspace_id, self.job.id, self.links)


@dataclass(frozen=True, slots=True)
class Relative:
    """A picture of a lineage; ``current`` is the one that the page shows."""

    illustration: Illustration
    current: bool = False


@dataclass(frozen=True, slots=True)
class PageView:
    """Everything on a job's page.

    ``pictures`` are the job's finished ones in the order of their numbers; ``lineage`` are those
    that the one at hand was made from, itself, and those made from it; ``earlier`` is the job whose
    research was repeated.
    """

    view: JobView
    pictures: tuple[Illustration, ...]
    number: int
    lineage: tuple[Relative, ...]
    parent: Illustration | None
    earlier: JobView | None
    public: bool

    @property
    def picture(self) -> Illustration:
        """The picture that the page is about."""
        return self.pictures[self.number - 1]


def is_publishable(job: Job) -> bool:
    """Whether a job's pictures may have a public page where its channel publishes."""
    request = job.request
    return (
        job.status is JobStatus.DONE
        and not request.routing.private
        and request.origin.audience is Audience.PUBLIC
        and request.origin.shadow_of is None
    )


class PageService:
    """Reads pages; every method says by what right."""

    def __init__(self, *, store: Store, jobs: JobReader, signer: LinkSigner) -> None:
        self._store = store
        self._jobs = jobs
        self._signer = signer
        self._access = Access(store)

    async def open_link(self, token: str) -> OpenedPage:
        """The page that a link opens.

        Raises:
            LinkEnded: It expired or was revoked.
            NotFound: It is no link of ours, or its page is gone.
        """
        link = self._signer.read(token, LinkKind.JOB)
        async with self._store.workspace(link.workspace_id, read_only=True) as unit:
            job = await _shown_job(unit, link.subject)
            links = await unit.pages.links(job.id)
            opened = await opens_by_link(unit, job)
        if link.expired or not opened or link.links != links & 0xFFFF:
            raise LinkEnded("page", "link")

        async def near(other: Job) -> bool:
            # A link gives access to one job: of others its visitors see pictures of the same place.
            return (
                other.request.routing.destination.channel == job.request.routing.destination.channel
            )

        return OpenedPage(job, links, Sight.LINK, near)

    async def open_public(self, workspace_id: str, job_id: str) -> OpenedPage:
        """A page that the workspace publishes. Raises ``NotFound`` for all others."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            job = await _shown_job(unit, job_id)
            published = await unit.pages.published_channels()
            links = await unit.pages.links(job_id)

        async def public(other: Job) -> bool:
            return is_publishable(other) and other.request.routing.destination.channel in published

        if not await public(job):
            raise NotFound("job", job_id)
        return OpenedPage(job, links, Sight.PUBLIC, public)

    async def open_member(self, requester: Requester, job_id: str) -> OpenedPage:
        """A page for a member. Raises ``NotFound`` for jobs that they cannot see."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            job = await _shown_job(unit, job_id)
            messages = await unit.messages.of_job(job_id)
            links = await unit.pages.links(job_id)
        if not await sees(requester, job, messages):
            raise NotFound("job", job_id)
        return OpenedPage(job, links, Sight.MEMBER, lambda other: sees(requester, other, ()))

    async def check_revocable(self, requester: Requester, opened: OpenedPage) -> None:
        """Check that a person may revoke the links to a page: the requester, or a moderator.

        Raises:
            NotFound: They cannot see it.
            Refused: They may not.
        """
        await self._access.check(requester, Action.MANAGE, opened.job.id)

    async def revoke_links(self, opened: OpenedPage) -> None:
        """Let every link to a page end. Who may was checked before."""
        async with self._store.workspace(opened.workspace_id) as unit:
            await unit.pages.revoke_links(opened.job.id)

    async def page(self, opened: OpenedPage, number: int = 1) -> PageView:
        """Everything on a page. Raises ``NotFound`` where it has no picture of that number."""
        async with self._store.workspace(opened.workspace_id, read_only=True) as unit:
            view = for_outsiders(await job_view(unit, opened.job.id))
            pictures = _finished(view)
            picture = _numbered(pictures, number)
            parent = await _visible_parent(unit, opened, picture)
            lineage = await _lineage(unit, opened, picture)
            earlier = await _earlier(unit, opened)
            earlier = None if earlier is None else for_outsiders(earlier)
            parent = None if parent is None else picture_for_outsiders(parent)
            published = await unit.pages.published_channels()
        channel = opened.job.request.routing.destination.channel
        public = is_publishable(opened.job) and channel in published
        return PageView(view, pictures, number, lineage, parent, earlier, public)

    async def stamp(self, opened: OpenedPage) -> str:
        """Changes whenever the page of a job does: while it stays, what was made of the page can be
        shown again."""
        async with self._store.workspace(opened.workspace_id, read_only=True) as unit:
            latest = await unit.events.latest(opened.job.id)
            pictures = await unit.illustrations.of_job(opened.job.id)
            published = await unit.pages.published_channels()
            story_id = opened.job.request.origin.story_id
            corrections = ""
            if story_id is not None:
                with suppress(NotFound):
                    corrections = repr((await unit.stories.get(story_id)).corrections)
            made = [
                [child.id for child in await unit.pages.made_from(each.id, limit=MAX_RELATIVES)]
                for each in pictures
            ]
        state = [(each.id, each.status.value, each.sha256) for each in pictures]
        seq = latest.seq if latest is not None else 0
        return repr((seq, state, made, corrections, sorted(published), opened.links))

    async def copy(self, opened: OpenedPage, number: int, *, whole: bool) -> Picture:
        """A signed copy of a picture: as large as a page shows it, or the ``whole`` one."""
        picture = await self._illustration(opened, number)
        return await self._jobs.picture_for(
            opened.workspace_id,
            picture.id,
            max_bytes=DOWNLOAD_BYTES if whole else PAGE_BYTES,
            media_types=DOWNLOAD_TYPES if whole else PAGE_TYPES,
            max_side=16_384 if whole else PAGE_SIDE,
        )

    async def thumbnail(self, opened: OpenedPage, number: int) -> Picture:
        """A small copy of a job's picture."""
        picture = await self._illustration(opened, number)
        return await self._jobs.thumbnail(opened.workspace_id, picture.sha256 or "")

    async def reference(self, opened: OpenedPage, number: int) -> Picture:
        """A small copy of a reference, by its number in the prompt (from 1)."""
        async with self._store.workspace(opened.workspace_id, read_only=True) as unit:
            references = (await job_view(unit, opened.job.id)).research.grounded.references
        if not 1 <= number <= len(references):
            raise NotFound("reference", str(number))
        return await self._jobs.thumbnail(opened.workspace_id, references[number - 1].sha256)

    async def relative(self, opened: OpenedPage, number: int, place: int) -> Picture:
        """A small copy of a picture of the lineage, by its place (from 1)."""
        async with self._store.workspace(opened.workspace_id, read_only=True) as unit:
            view = await job_view(unit, opened.job.id)
            picture = _numbered(_finished(view), number)
            lineage = await _lineage(unit, opened, picture)
        if not 1 <= place <= len(lineage):
            raise NotFound("picture", str(place))
        sha256 = lineage[place - 1].illustration.sha256 or ""
        return await self._jobs.thumbnail(opened.workspace_id, sha256)

    async def published_channels(self, workspace_id: str) -> frozenset[str]:
        """The channels of a workspace whose pages are public."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return await unit.pages.published_channels()

    async def readable_channels(self, requester: Requester) -> frozenset[str]:
        """The channels with pictures that a member can read."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            every = await unit.pages.channels()
        if requester.reads is None:
            return frozenset()
        return frozenset([channel for channel in every if await requester.reads(channel)])

    async def gallery(
        self, workspace_id: str, query: GalleryQuery
    ) -> tuple[Sequence[GalleryEntry], bool]:
        """The pictures of a gallery, those of private and of linked jobs left out, and whether
        there are more."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            found = await unit.pages.find(replace(query, limit=query.limit + 1))
        shown = [entry for entry in found[: query.limit] if is_publishable(entry.job)]
        return shown, len(found) > query.limit

    async def place_of(self, workspace_id: str, illustration_id: str) -> tuple[str, int]:
        """The job of a picture and its number there. Raises ``NotFound``."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            picture = await unit.illustrations.get(illustration_id)
            every = _in_order(await unit.illustrations.of_job(picture.job_id))
        for number, each in enumerate(every, 1):
            if each.id == illustration_id:
                return picture.job_id, number
        raise NotFound("illustration", illustration_id)

    async def generators(self, workspace_id: str, channels: frozenset[str]) -> Sequence[str]:
        """The generators of a gallery's pictures."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            return await unit.pages.generators(channels)

    async def schedules(
        self, workspace_id: str, channels: frozenset[str]
    ) -> Sequence[tuple[str, str]]:
        """The schedules that post in those channels: id and name."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            every = await unit.schedules.list()
        return [(each.id, each.name) for each in every if each.destination.channel in channels]

    async def stories(self, entries: Sequence[GalleryEntry]) -> Sequence[Story | None]:
        """The stories that the pictures of gallery entries illustrate."""
        if not entries:
            return []
        found: list[Story | None] = []
        async with self._store.workspace(entries[0].job.workspace_id, read_only=True) as unit:
            for entry in entries:
                story = None
                if entry.job.request.origin.story_id is not None:
                    with suppress(NotFound):
                        story = await unit.stories.get(entry.job.request.origin.story_id)
                found.append(story)
        return found

    async def _illustration(self, opened: OpenedPage, number: int) -> Illustration:
        async with self._store.workspace(opened.workspace_id, read_only=True) as unit:
            every = await unit.illustrations.of_job(opened.job.id)
        return _numbered(_in_order(every), number)


async def _shown_job(unit: UnitOfWork, job_id: str) -> Job:
    """A job that has a page: it is done, and not private. Raises ``NotFound``."""
    job = await unit.jobs.get(job_id)
    if job.status is not JobStatus.DONE or job.request.routing.private:
        raise NotFound("job", job_id)
    return job


def _finished(view: JobView) -> tuple[Illustration, ...]:
    return _in_order(view.illustrations)


def _in_order(every: Sequence[Illustration]) -> tuple[Illustration, ...]:
    """The pictures that can be shown, in the order in which messages number them."""
    done = [p for p in every if p.status is IllustrationStatus.RENDERED and p.sha256]
    return tuple(sorted(done, key=lambda p: (-p.marks.score if p.marks else 0.0, p.position)))


def _numbered(pictures: Sequence[Illustration], number: int) -> Illustration:
    if not 1 <= number <= len(pictures):
        raise NotFound("picture", str(number))
    return pictures[number - 1]


async def _visible(unit: UnitOfWork, opened: OpenedPage, picture: Illustration) -> bool:
    """Whether a picture of another job may be shown on a page."""
    if picture.status is not IllustrationStatus.RENDERED or picture.sha256 is None:
        return False
    if picture.job_id == opened.job.id:
        return True
    with suppress(NotFound):
        return await opened.sees(await _shown_job(unit, picture.job_id))
    return False


async def _visible_parent(
    unit: UnitOfWork, opened: OpenedPage, picture: Illustration
) -> Illustration | None:
    if picture.parent_id is None:
        return None
    with suppress(NotFound):
        parent = await unit.illustrations.get(picture.parent_id)
        if await _visible(unit, opened, parent):
            return parent
    return None


async def _lineage(
    unit: UnitOfWork, opened: OpenedPage, picture: Illustration
) -> tuple[Relative, ...]:
    before: list[Relative] = []
    first = picture
    while len(before) < MAX_RELATIVES:
        parent = await _visible_parent(unit, opened, first)
        if parent is None:
            break
        before.append(Relative(parent))
        first = parent
    after = [
        Relative(child)
        for child in await unit.pages.made_from(picture.id, limit=MAX_RELATIVES)
        if await _visible(unit, opened, child)
    ]
    return (*reversed(before), Relative(picture, current=True), *after)


async def _earlier(unit: UnitOfWork, opened: OpenedPage) -> JobView | None:
    """The job whose research a page's job repeated, where it may be shown."""
    job = opened.job
    if job.kind is not JobKind.RERESEARCH or job.request.parent_id is None:
        return None
    with suppress(NotFound):
        before = await _shown_job(unit, job.request.parent_id)
        if await opened.sees(before):
            return await job_view(unit, before.id)
    return None
