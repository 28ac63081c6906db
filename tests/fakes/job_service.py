"""A desk over a real store whose jobs are not worked on: tests say how far each one has come."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from agent.fetching.fetcher import FetchSettings, SafeFetcher
from agent.fetching.pages import extract_page
from agent.sandbox.picture_decoder import DecodingPool
from agent.sandbox.pool import WorkerPool
from app.library import LibraryImporter
from app.provenance import CopyWorkers, PoolExaminer
from app.settings import Settings
from bot.commands.ports import Services
from bot.commands.service import Commands
from domain.illustrations import Illustration
from domain.requests import Destination, Job, JobStatus
from domain.research import GroundedPrompt, Source, SourceKind
from domain.tasks import Task
from evaluation.peers.newsroom import FakeNewsroom
from evaluation.peers.values import NOON, SHA, a_grounding, a_hop, a_source, an_illustration
from generation.export import outgoing
from generation.registry import Renderers
from jobs.admission.requests import Admission, Requester
from jobs.common.ports import Surface
from jobs.linked.channel_link import ChannelLink, MirrorRounds
from jobs.news.destinations import DestinationService
from jobs.news.editor import NewsEditor
from jobs.news.service import NewsService
from jobs.services.jobs import JobService
from jobs.services.page_links import LinkSigner, SignedPageLinks
from jobs.services.page_previews import PagePreviews
from jobs.services.pages import PageService
from jobs.services.privacy import PrivacyService
from jobs.services.provenance import ProvenanceService
from jobs.services.team import TeamService
from storage import schema
from storage.blobs import FolderBlobStore
from storage.counters import SqlCallMeter
from storage.database import open_database
from storage.library import SqlLibrary
from storage.mirrors import SqlMirrorOperations
from storage.unit_of_work import SqlStore
from storage.workspaces import SqlWorkspaces
from tests.fakes.policies import a_policy
from tests.fakes.search import MemorySteps
from web.pages.dossier import dossier

ANN = Requester("w1", "ann", Destination("chat", "c1"))
BOB = Requester("w1", "bob", Destination("chat", "c1"))
STRANGER = Requester("w2", "ann", Destination("chat", "c9"))


def at(requester: Requester, channel: str) -> Requester:
    """The same person in another channel."""
    return replace(requester, destination=replace(requester.destination, channel=channel))


async def everywhere(_channel: str) -> bool:
    """Reads every channel."""
    return True


LINKS = SignedPageLinks(
    "https://limner.example.com", LinkSigner(b"k" * 32), lifetime=timedelta(days=9)
)


@dataclass
class IdleDispatcher:
    """Keeps what it is handed, and starts nothing."""

    tasks: list[Task] = field(default_factory=list[Task])
    cancelled: list[str] = field(default_factory=list[str])

    async def enqueue(self, task: Task) -> None:
        """Remember the task."""
        self.tasks.append(task)

    async def cancel(self, task_ids: Sequence[str]) -> None:
        """Remember what was stopped."""
        self.cancelled += task_ids


@dataclass
class IdleHistory:
    """Remembers which tasks are to be forgotten."""

    removed: list[str] = field(default_factory=list[str])

    async def remove(self, task_ids: Sequence[str]) -> None:
        """Remember them."""
        self.removed += task_ids


@dataclass(frozen=True)
class Office:
    """A desk, and the means to bring its jobs on."""

    job_service: JobService
    team: TeamService
    store: SqlStore
    dispatcher: IdleDispatcher
    blobs: FolderBlobStore
    library: LibraryImporter
    engine: AsyncEngine
    news: NewsService
    editor: NewsEditor
    mirrors: MirrorRounds
    provenance: ProvenanceService
    privacy: PrivacyService
    surfaces: dict[str, Surface]
    """The messages that the deletion of a person's data removes."""
    history: IdleHistory
    destinations: DestinationService
    licenses: dict[str | None, str]
    """Of the models of generators, by name; under None that of the default one."""
    workspace: str = "w1"
    """The one whose jobs are brought on."""

    @property
    def services(self) -> Services:
        """The doors that commands go through."""
        return Services(
            self.job_service,
            self.team,
            self.library,
            ("storyboard",),
            self.news,
            provenance=self.provenance,
            privacy=self.privacy,
            galleries=self.privacy.galleries,
            destinations=self.destinations,
            count_today=SqlCallMeter(self.engine).count,
            dossier=dossier,
            previews=PagePreviews(
                links=LINKS,
                pages=PageService(store=self.store, jobs=self.job_service, signer=LINKS.signer),
            ),
        )

    def commands(self, requester: Requester) -> Commands:
        """The commands of a requester here."""
        return Commands(self.services, requester)

    async def illustrate_news(
        self, requester: Requester, named: str, *, preview: bool = False
    ) -> str:
        """Work on a schedule now, up to the picture of its story; gives the job."""
        schedule = await self.news.find(requester, named)
        await (self.news.preview if preview else self.news.run_now)(requester, schedule.id)
        for task in [task for task in self.dispatcher.tasks if task.workflow == "news"]:
            self.dispatcher.tasks.remove(task)
            await self.editor.work(task.workspace_id, task.subject_id, MemorySteps())
        async with self.store.workspace(self.workspace) as unit:
            [slot, *_earlier] = await unit.schedules.slots(schedule.id)
        assert slot.job_id is not None, slot.note
        return slot.job_id

    async def choosing(self, job_id: str) -> None:
        """Let a job's research be over, and its references be chosen next."""
        job = await self.researched(job_id)
        async with self.store.workspace(self.workspace) as unit:
            await unit.jobs.save(replace(job, status=JobStatus.CHOOSING))
            until = NOON.isoformat()
            await unit.events.append(job_id, "choosing", {"until": until}, key="choosing")

    async def reviewing(self, job_id: str) -> None:
        """Let a job's picture wait for approval."""
        await self.researched(job_id)
        await self.finished(job_id)
        async with self.store.workspace(self.workspace) as unit:
            job = await unit.jobs.get(job_id)
            await unit.jobs.save(replace(job, status=JobStatus.REVIEWING, finished_at=None))

    async def researched(
        self,
        job_id: str,
        *,
        grounded: GroundedPrompt | None = None,
        sources: Sequence[Source] = (),
    ) -> Job:
        """Let a job's research be over."""
        known = sources or (a_source(1), a_source(2, kind=SourceKind.PICTURE, img_id="IMG_001"))
        async with self.store.workspace(self.workspace) as unit:
            job = replace(await unit.jobs.get(job_id), status=JobStatus.RENDERING)
            hop = a_hop(source_ids=tuple(source.id for source in known))
            await unit.research.save_hop(job_id, hop, known)
            await unit.research.save_grounding(
                job_id, grounded or a_grounding(), notes=(), searched=True
            )
            await unit.jobs.save(job)
        return job

    async def finished(
        self,
        job_id: str,
        *,
        pictures: int = 1,
        notes: tuple[str, ...] = (),
        sha256: str = SHA,
    ) -> list[Illustration]:
        """Let a job be done, with that many pictures."""
        async with self.store.workspace(self.workspace) as unit:
            job = replace(
                await unit.jobs.get(job_id), status=JobStatus.DONE, finished_at=NOON, notes=notes
            )
            await unit.jobs.save(job)
            drawn = [
                an_illustration(job, position=number, identical=None, sha256=sha256)
                for number in range(pictures)
            ]
            for illustration in drawn:
                await unit.illustrations.save(illustration)
        return drawn


@asynccontextmanager
async def an_office(
    folder: Path, *, workspace: str = "w1", url: str | None = None
) -> AsyncGenerator[Office]:
    """A desk whose blobs lie in that folder, and its SQLite store, unless ``url`` names another."""
    url = url or f"sqlite:///{folder / 'office.sqlite'}"
    await schema.upgrade(url)
    engine = open_database(url)
    licenses = dict[str | None, str]()
    pool = WorkerPool(size=1)
    checker = DecodingPool(pool=pool)
    settings = Settings(data_dir=folder)
    copies = CopyWorkers(settings, in_process=True)
    store, dispatcher = SqlStore(engine), IdleDispatcher()
    blobs = FolderBlobStore(folder / "blobs")
    fetcher = SafeFetcher(FetchSettings(allowed_networks=("127.0.0.1/32",)))
    mirror = ChannelLink(store=store, blobs=blobs, dispatcher=dispatcher)
    job_service = JobService(
        store=store,
        blobs=blobs,
        renderer=Renderers(default="storyboard"),
        checker=checker,
        dispatcher=dispatcher,
        admission=Admission(a_policy(), jobs_per_member=2, license_of=licenses.get),
        exporter=outgoing,
        mirror=mirror,
    )
    surfaces, history = dict[str, Surface](), IdleHistory()
    newsroom = FakeNewsroom(["harbour", "bridge"])
    editor = NewsEditor(store=store, newsroom=newsroom, job_service=job_service, policy=a_policy())
    try:
        yield Office(
            job_service=job_service,
            licenses=licenses,
            team=TeamService(store=store, dispatcher=dispatcher, mirror=mirror),
            store=store,
            dispatcher=dispatcher,
            blobs=blobs,
            engine=engine,
            library=LibraryImporter(
                store=SqlLibrary(engine),
                blobs=blobs,
                decoder=checker,
                fetcher=fetcher,
                read_page=extract_page,
            ),
            news=NewsService(
                store=store,
                dispatcher=dispatcher,
                job_service=job_service,
                editor=editor,
                newsroom=newsroom,
            ),
            editor=editor,
            mirrors=MirrorRounds(
                store=store, operations=SqlMirrorOperations(engine), mirror=mirror
            ),
            provenance=ProvenanceService(
                store=store,
                blobs=blobs,
                checker=checker,
                examiner=PoolExaminer(settings, pool=pool, copies=copies),
            ),
            privacy=PrivacyService(
                store=store,
                blobs=blobs,
                dispatcher=dispatcher,
                surfaces=surfaces,
                history=history,
            ),
            surfaces=surfaces,
            history=history,
            destinations=DestinationService(store, SqlWorkspaces(engine), dispatcher),
            workspace=workspace,
        )
    finally:
        await fetcher.aclose()
        await pool.aclose()
        await engine.dispose()
