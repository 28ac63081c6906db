"""A served site over a real store: two workspaces, each with a page for every way of seeing one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image

from domain.illustrations import Illustration
from domain.pages import PageRef
from domain.requests import Destination, Job, JobStatus
from domain.research import Source, SourceKind
from domain.team import Preferences, Scope
from evaluation.peers.newsroom import a_story
from evaluation.peers.values import NOON, a_grounding, a_hop, a_request, a_source, an_illustration
from generation.export import outgoing
from jobs.admission.requests import Requester
from jobs.services.page_links import LinkSigner, SignedPageLinks
from jobs.services.pages import PageService
from jobs.services.queries import JobReader
from storage import schema
from storage.blobs import FolderBlobStore
from storage.database import open_database
from storage.unit_of_work import SqlStore
from tests.fakes.pictures import saved
from web.connections import Network
from web.pages.members import Identity, Sessions
from web.pages.routes import PagesSite
from web.pages.site import SiteParts, Verifier
from web.server import serving

KEY = b"k" * 32
PUBLIC, CLOSED = "public-channel", "closed-channel"
SECRET = "SECRET-OF"
"""Stands in everything of a workspace that others may not see, followed by its name."""


@dataclass
class FakeMembers:
    """Says who is a member of which workspace, and which channels they read."""

    reads: dict[tuple[str, str], frozenset[str]] = field(
        default_factory=dict[tuple[str, str], frozenset[str]]
    )

    async def requester(self, identity: Identity, workspace_id: str) -> Requester | None:
        """The person there; None where they are no member."""
        channels = self.reads.get((identity.member_id, workspace_id))
        if channels is None:
            return None

        async def reads(channel: str) -> bool:
            return channel in channels

        return Requester(
            workspace_id, identity.member_id, Destination(identity.surface, ""), reads=reads
        )


@dataclass
class FakeProvider:
    """A platform whose codes are the ids of people."""

    surface: str = "discord"
    label: str = "Discord"

    def authorize_url(self, *, state: str, redirect_uri: str) -> str:
        """Where the browser goes."""
        return f"https://chat.example/authorize?state={state}&redirect_uri={redirect_uri}"

    async def identify(self, code: str, *, redirect_uri: str) -> Identity | None:
        """The person with that id."""
        del redirect_uri
        return None if code == "wrong" else Identity(self.surface, "", code)


@dataclass(frozen=True)
class Site:
    """The served pages, and what they are about."""

    port: int
    parts: SiteParts
    store: SqlStore
    blobs: FolderBlobStore
    table: PagesSite
    members: FakeMembers

    @property
    def host(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def session(self, member_id: str) -> dict[str, str]:
        """The cookie of a signed-in user."""
        from aiohttp import web

        response = web.Response()
        self.parts.sessions.sign_in(response, Identity("discord", "", member_id))
        return {name: morsel.value for name, morsel in response.cookies.items() if morsel.value}

    async def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        cookies: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Answer:
        """What the site answers; redirects are not followed."""
        async with (
            aiohttp.ClientSession(
                cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)
            ) as session,
            session.request(
                method, f"{self.host}{path}", allow_redirects=False, **options
            ) as answer,
        ):
            return Answer(answer.status, await answer.read(), answer.headers.copy())

    def link(self, job: Job, *, links: int = 0) -> str:
        """The path of a link to a job's page."""
        address = self.parts.links.address(PageRef(job.workspace_id, job.id, links))
        return address.removeprefix(self.parts.links.base)

    def home(self, workspace_id: str) -> str:
        """The path of a workspace's gallery."""
        return self.parts.links.gallery_path(workspace_id)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


@asynccontextmanager
async def a_site(
    folder: Path, *, proxies: tuple[Network, ...] = (), verifier: Verifier | None = None
) -> AsyncGenerator[Site]:
    """A site with nothing on it yet."""
    url = f"sqlite:///{folder / 'pages.sqlite'}"
    await schema.upgrade(url)
    engine = open_database(url)
    store, blobs = SqlStore(engine), FolderBlobStore(folder / "blobs")
    jobs = JobReader(store=store, blobs=blobs, exporter=outgoing)
    signer, members = LinkSigner(KEY), FakeMembers()
    parts = SiteParts(
        pages=PageService(store=store, jobs=jobs, signer=signer),
        links=SignedPageLinks("http://limner.test", signer, lifetime=timedelta(days=30)),
        sessions=Sessions(signer, secure=False),
        verifier=verifier,
        members=members,
        providers=(FakeProvider(),),
        proxies=proxies,
    )
    pages = PagesSite(parts)
    try:
        async with serving([], pages=pages, host="127.0.0.1", port=0, trouble=lambda: None) as port:
            yield Site(port, parts, store, blobs, pages, members)
    finally:
        await engine.dispose()


async def a_finished_job(
    site: Site, workspace_id: str, name: str, *, channel: str = CLOSED, **parts: Any
) -> tuple[Job, Illustration]:
    """A done job with a picture, two sources and a reference; its words say whose it is."""
    published = channel == PUBLIC and not parts.get("private")
    mark = f"{'OPEN-OF' if published else SECRET}-{workspace_id}"
    request = a_request(
        workspace_id=workspace_id,
        member_id="ann",
        prompt=f"{name} {mark}",
        destination=Destination("discord", channel),
        attachments=(),
        **parts,
    )
    job = Job(
        id=f"JOB-{workspace_id}-{name}",
        request=request,
        status=JobStatus.DONE,
        created_at=NOON,
        render_finished_at=NOON + timedelta(minutes=2),
        finished_at=NOON + timedelta(minutes=2),
    )
    sha256 = await site.blobs.put(workspace_id, _png(len(name)))
    grounded = a_grounding()
    pictured = replace(grounded.references[0], sha256=sha256)
    async with site.store.workspace(workspace_id) as unit:
        await unit.jobs.add(job, event_key=f"event-{job.id}")
        await unit.jobs.save(job)
        await unit.research.save_hop(job.id, a_hop(source_ids=("s1", "s2")), _sources(mark, sha256))
        await unit.research.save_grounding(
            job.id, replace(grounded, references=(pictured,)), notes=(), searched=True
        )
        picture = an_illustration(job, id=f"PIC-{job.id}", sha256=sha256, alt_text=f"Alt {mark}")
        await unit.illustrations.save(picture)
        if request.origin.story_id is not None:
            await unit.stories.save(a_story(id=request.origin.story_id, job_id=job.id))
    return job, picture


def _png(shade: int) -> bytes:
    return saved(Image.new("RGB", (96, 64), (shade * 9 % 255, 80, 120)), "PNG")


def _sources(mark: str, sha256: str) -> list[Source]:
    page = a_source(
        1,
        text=f"Eileen Collins commanded a shuttle. {mark}",
        page_url="https://www.nasa.example/collins",
        url="https://www.nasa.example/collins",
    )
    picture = a_source(
        2,
        kind=SourceKind.PICTURE,
        title="Portrait",
        sha256=sha256,
        page_url="https://pictures.example/1",
        img_id="IMG_001",
    )
    return [page, picture]


async def publish(site: Site, workspace_id: str, channel: str = PUBLIC) -> None:
    """Let the pictures of a channel have public pages."""
    async with site.store.workspace(workspace_id) as unit:
        await unit.preferences.save(Scope.CHANNEL, channel, Preferences(publish=True))
