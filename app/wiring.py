"""Wiring: the one place where ports meet their implementations."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncEngine

from agent.fetching.pages import PageReader
from agent.policy.rules import judge
from agent.research.team_messages import TeamMessageResearcher
from app import models
from app.agents import ModelParts, routed
from app.blobs import daily_sweep
from app.departures import erase_departed
from app.foundation import Process, Queues, Storage, Tools, make_queues, open_storage, open_tools
from app.library import LibraryImporter
from app.limits import TERMINAL, budgets
from app.news import NewsParts, news_parts
from app.pages import page_links, page_previews, pages_site
from app.provenance import PoolExaminer
from app.refused_files import remove_expired_files
from app.settings import Settings
from app.supervision import Supervisor
from app.trajectories import KeptTranscripts, expiry
from bot.terminal.surface import TerminalSurface
from domain.errors import LimnerError
from domain.health import StorageHealth
from domain.policy import JudgedText
from domain.requests import Job
from domain.team_messages import SEARCHED, MessageSearch, SearchTokens
from generation.export import outgoing
from jobs.admission.requests import Admission
from jobs.common.ports import Surface
from jobs.common.search_tokens import HeldSearchTokens
from jobs.common.tasks import GENERATION_QUEUE, NEWS_QUEUE, RESEARCH_QUEUE
from jobs.engine.dbos_engine import DbosEngine
from jobs.engine.dispatch import TaskDispatcher
from jobs.engine.workflows import workflows
from jobs.illustration.delivery import DeliveryWorker
from jobs.illustration.output_judging import OutputJudge
from jobs.illustration.rendering import CheckSettings, RenderWorkflow
from jobs.illustration.request_judging import RequestJudge
from jobs.illustration.workflow import IllustrateWorkflow
from jobs.linked.channel_link import ChannelLink, MirrorRounds
from jobs.news.destinations import DestinationService
from jobs.news.service import NewsService
from jobs.services.jobs import JobService
from jobs.services.message_search import AllowedMessageSearch
from jobs.services.page_links import SignedPageLinks
from jobs.services.privacy import PrivacyService
from jobs.services.provenance import ProvenanceService
from jobs.services.refused_pictures import remove_expired_pictures
from jobs.services.team import TeamService
from storage.changes import ChangeFeed
from storage.checkpoints import SqlCheckpointStore
from storage.counters import SqlCallMeter
from storage.mirrors import SqlMirrorOperations
from storage.tasks import SqlTaskBoard
from storage.unit_of_work import SqlStore
from storage.workspaces import SqlWorkspaces

if TYPE_CHECKING:
    from app.chats import ChatSurface
    from bot.commands.intent_model import IntentModel
    from bot.commands.ports import Describer
    from jobs.services.page_previews import PagePreviews
    from web.pages.routes import PagesSite
    from web.server import HttpMount


@dataclass(frozen=True, slots=True)
class Application:
    """A wired Limner: what surfaces and the command line work with.

    ``running`` is what goes on in the background; when one of it ends, it failed.
    """

    job_service: JobService
    team: TeamService
    privacy: PrivacyService
    destinations: DestinationService
    news: NewsService
    library: LibraryImporter
    provenance: ProvenanceService
    settings: Settings
    database: AsyncEngine
    generators: tuple[str, ...] = ()
    """The names of the generators that can be asked for, the default first."""
    queues: tuple[str, ...] = ()
    intents: IntentModel | None = None
    describer: Describer | None = None
    """Read intents and describe pictures, where a model is configured."""
    links: SignedPageLinks | None = None
    """Makes links to pages on the web; None where there are none."""
    previews: PagePreviews | None = None
    """Gives chats the preview of a page; None where there are no pages."""
    pages: PagesSite | None = None
    doors: list[HttpMount] = field(default_factory=list["HttpMount"])
    running: list[asyncio.Task[None]] = field(default_factory=list["asyncio.Task[None]"])
    health: StorageHealth = field(default_factory=StorageHealth)
    """Whether this process's storage can be used."""
    supervisor: Supervisor = field(default_factory=Supervisor)
    """Keeps the chat surfaces running."""
    surfaces: list[ChatSurface] = field(default_factory=list["ChatSurface"])
    """The chat surfaces that this process runs."""
    message_searches: dict[str, MessageSearch] = field(default_factory=dict[str, MessageSearch])
    """The platforms whose messages this process can search, by the names of their surfaces."""
    search_tokens: SearchTokens = field(default_factory=HeldSearchTokens)
    """What lets it do so for a job."""

    @property
    def trouble(self) -> LimnerError | None:
        """The reason why no job can go on in this process now, if there is one."""
        return self.health.trouble


@dataclass(frozen=True, slots=True)
class Wired:
    """The parts that are started, and where chat surfaces are added."""

    application: Application
    engine: DbosEngine
    dispatcher: TaskDispatcher
    board: SqlTaskBoard
    feed: ChangeFeed
    store: SqlStore
    illustrate_workflow: IllustrateWorkflow
    news: NewsParts
    surfaces: dict[str, Surface]
    mirrors: MirrorRounds
    tidy_up: Sequence[Callable[[], Awaitable[object]]]


async def wire(process: Process) -> Wired:
    """Build every part of an application; nothing works yet when this returns.

    Raises:
        OperatorError: A setting, the data folder or the database is not usable.
    """
    settings, reached = process.settings, process.reached
    storage = await open_storage(process)
    tools = open_tools(process, storage)
    queues = make_queues(process, storage)
    store, dispatcher = storage.store, queues.dispatcher
    links = await page_links(settings, storage.database)
    mirror = ChannelLink(store=store, blobs=storage.blobs, dispatcher=dispatcher, reached=reached)
    jobs = _make_job_service(process, storage, tools, queues, mirror, links)
    searches: dict[str, MessageSearch] = {}
    illustrate = _make_illustrate_workflow(process, storage, tools, queues, searches)
    surfaces: dict[str, Surface] = {TERMINAL: _make_terminal(process, jobs)}
    destinations = DestinationService(store, SqlWorkspaces(storage.database), dispatcher)
    team = TeamService(store=store, dispatcher=dispatcher, mirror=mirror)
    news = news_parts(
        settings,
        process.stack,
        storage.database,
        store=store,
        searching=tools.web,
        job_service=jobs,
        team=team,
        policy=tools.policy,
        dispatcher=dispatcher,
        reached=reached,
    )
    privacy = PrivacyService(
        store=store,
        blobs=storage.blobs,
        dispatcher=dispatcher,
        surfaces=surfaces,
        history=queues.engine,
    )
    delivery = DeliveryWorker(
        store=store,
        surfaces=surfaces,
        sleep=queues.engine.sleep,
        reached=reached,
        place_closed=destinations.close_channel,
    )
    queues.engine.register(workflows(illustrate, delivery, news.editor, news.corrections, privacy))
    process.stack.push_async_callback(queues.engine.stop)
    operations = SqlMirrorOperations(storage.database)
    return Wired(
        application=_make_application(
            process,
            storage,
            tools,
            surfaces,
            job_service=jobs,
            team=team,
            privacy=privacy,
            destinations=destinations,
            news=news.job_service,
            links=links,
            searches=searches,
        ),
        engine=queues.engine,
        dispatcher=dispatcher,
        board=queues.board,
        feed=storage.feed,
        store=store,
        illustrate_workflow=illustrate,
        news=news,
        surfaces=surfaces,
        mirrors=MirrorRounds(store=store, operations=operations, mirror=mirror),
        tidy_up=_tidy_up(settings, storage, tools, destinations, privacy),
    )


def _make_job_service(
    process: Process,
    storage: Storage,
    tools: Tools,
    queues: Queues,
    mirror: ChannelLink,
    links: SignedPageLinks | None,
) -> JobService:
    """The services for requests from surfaces."""
    settings = process.settings
    return JobService(
        store=storage.store,
        blobs=storage.blobs,
        renderer=tools.renderer,
        checker=tools.decoder,
        dispatcher=queues.dispatcher,
        admission=Admission(
            tools.policy,
            jobs_per_member=settings.jobs_per_person,
            budgets=budgets(settings),
            license_of=tools.renderer.license_of,
        ),
        exporter=outgoing,
        mirror=mirror,
        make_copy=tools.copies,
        watermark=settings.watermark,
        links=links,
        search_tokens=storage.search_tokens,
    )


def _make_illustrate_workflow(
    process: Process,
    storage: Storage,
    tools: Tools,
    queues: Queues,
    searches: Mapping[str, MessageSearch],
) -> IllustrateWorkflow:
    """Research, rendering, and what judges both."""
    settings, reached = process.settings, process.reached
    store, blobs, policy = storage.store, storage.blobs, tools.policy
    output_judge = OutputJudge(
        store=store,
        blobs=blobs,
        policy=policy,
        renderer=tools.renderer,
        keep_refused=timedelta(days=settings.keep_refused_days),
    )
    maker = RenderWorkflow(
        store=store,
        blobs=blobs,
        renderer=tools.renderer,
        checker=tools.decoder,
        judge=output_judge,
        verifier=models.verifier(settings, process.stack, tools.decoder),
        check=CheckSettings(least_score=settings.check_least_score),
        reached=reached,
    )
    parts = ModelParts(
        process.stack,
        tools.decoder,
        blobs,
        tools.web.tools_for,
        tools.renderer,
        models.search_gate(settings, tools.web, storage.database),
        KeptTranscripts(store, blobs),
    )
    researcher = TeamMessageResearcher(
        routed(settings, parts, SqlCheckpointStore(storage.database)),
        AllowedMessageSearch(store, searches),
        may_ask=_may_search_messages,
        passes=adds_no_finding,
    )
    return IllustrateWorkflow(
        store=store,
        researcher=researcher,
        maker=maker,
        policy=policy,
        judge=RequestJudge(store=store, blobs=blobs, policy=policy),
        dispatcher=queues.dispatcher,
        reached=reached,
    )


def _may_search_messages(job: Job) -> bool:
    """Whether a person asked for the job on a platform whose messages can be searched."""
    request = job.request
    return request.routing.destination.surface in SEARCHED and request.origin.story_id is None


def adds_no_finding(prompt: str, line: str) -> bool:
    """Whether the rules of the content policy find nothing in a prompt with a line that they do not
    find without it."""
    alone = {finding.category for finding in judge(JudgedText(prompt)).findings}
    both = judge(JudgedText(prompt, found=(line,), drawn=(line,))).findings
    return {finding.category for finding in both} <= alone


def _make_terminal(process: Process, jobs: JobService) -> TerminalSurface:
    return TerminalSurface(
        view=jobs.view,
        copy=jobs.picture_for,
        folder=process.settings.data_dir / "pictures",
        umask=process.umask,
    )


def _make_application(
    process: Process,
    storage: Storage,
    tools: Tools,
    surfaces: dict[str, Surface],
    *,
    job_service: JobService,
    team: TeamService,
    privacy: PrivacyService,
    destinations: DestinationService,
    news: NewsService,
    links: SignedPageLinks | None,
    searches: dict[str, MessageSearch],
) -> Application:
    """The services of surfaces and the command line."""
    settings, store, blobs, decoder = process.settings, storage.store, storage.blobs, tools.decoder
    provenance = ProvenanceService(
        store=store,
        blobs=blobs,
        checker=decoder,
        examiner=PoolExaminer(settings, pool=tools.pool, copies=tools.copies),
    )
    # A process that works on everything is the one that people reach.
    everything = {RESEARCH_QUEUE, GENERATION_QUEUE, NEWS_QUEUE} <= set(process.queues)
    return Application(
        job_service=job_service,
        team=team,
        privacy=privacy,
        destinations=destinations,
        news=news,
        library=LibraryImporter(
            store=tools.library,
            blobs=blobs,
            decoder=decoder,
            fetcher=tools.web.fetcher,
            read_page=PageReader(tools.pool),
        ),
        provenance=provenance,
        settings=settings,
        database=storage.database,
        generators=tuple(generator.name for generator in tools.renderer.offered),
        queues=process.queues,
        intents=models.intents(settings, process.stack) if process.serve else None,
        describer=models.describer(settings, process.stack, decoder),
        health=storage.health,
        links=links,
        previews=page_previews(links if process.serve else None, store=store, jobs=job_service),
        pages=pages_site(
            settings,
            links if process.serve and everything else None,
            store=store,
            jobs=job_service,
            provenance=provenance,
            fetcher=tools.web.fetcher,
            surfaces=surfaces,
        ),
        message_searches=searches,
        search_tokens=storage.search_tokens,
    )


def _tidy_up(
    settings: Settings,
    storage: Storage,
    tools: Tools,
    destinations: DestinationService,
    privacy: PrivacyService,
) -> tuple[Callable[[], Awaitable[object]], ...]:
    """Clean-ups of expired data; each is run every hour."""
    return (
        tools.web.sweep_cache,
        partial(remove_expired_pictures, storage.store, storage.blobs),
        partial(remove_expired_files, settings.data_dir),
        expiry(storage.store, days=settings.keep_trajectories_days),
        daily_sweep(storage.database, storage.blobs),
        SqlCallMeter(storage.database).sweep,
        storage.search_tokens.sweep,
        erase_departed(destinations, privacy, days=settings.keep_departed_days),
    )
