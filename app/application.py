"""Wiring: the one place where ports meet their implementations."""

from __future__ import annotations

import asyncio
import gc
import platform
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncEngine
from ulid import ULID

from agent.fetching.pages import PageReader
from agent.policy.rules import judge, load
from agent.policy.shown_people import shows_people
from agent.sandbox.picture_decoder import DecodingPool
from agent.sandbox.pool import WorkerPool
from app import database, models
from app.agents import ModelParts, routed
from app.blobs import daily_sweep, opened_blobs
from app.chats import ChatSurface, Opener, configured_chats
from app.departures import erase_departed
from app.executor import claimed_executor
from app.generators import (
    board_workers,
    offered_generators,
    queues_to_work_on,
    workshop,
)
from app.judges import configured_judges
from app.library import LibraryImporter
from app.limits import TERMINAL, budgets, room, room_per_workspace
from app.logs import configure_logging, tell_storage_health
from app.memory import limit_heap
from app.news import NewsParts, news_parts
from app.pages import page_links, pages_site
from app.private_files import private_files, tighten
from app.provenance import CopyWorkers, PoolExaminer
from app.refused_files import remove_expired_files
from app.restart import give_up
from app.searching import searching
from app.settings import Settings
from app.supervision import Supervisor
from app.trajectories import KeptTranscripts, expiry
from bot.terminal.surface import TerminalSurface
from domain.errors import InvalidSettings, LimnerError
from domain.executors import Executor
from domain.health import StorageHealth
from domain.requests import Destination
from domain.translation.messages import gettext
from generation.export import outgoing
from generation.registry import Renderers
from jobs.admission.judging import Policy
from jobs.admission.requests import Admission
from jobs.common.ports import Surface
from jobs.common.tasks import (
    DELIVERY_QUEUE_PREFIX,
    GENERATION_QUEUE,
    NEWS_QUEUE,
    RESEARCH_QUEUE,
    delivery_queue,
)
from jobs.engine.dbos_engine import DbosEngine, EngineSettings
from jobs.engine.dispatch import TaskDispatcher
from jobs.engine.maintenance import Maintenance, MaintenanceSettings
from jobs.engine.workflows import workflows
from jobs.illustration.delivery import DeliveryWorker
from jobs.illustration.output_judging import OutputJudge
from jobs.illustration.rendering import CheckSettings, RenderWorkflow
from jobs.illustration.request_judging import RequestJudge
from jobs.illustration.status_watch import Watcher
from jobs.illustration.workflow import IllustrateWorkflow
from jobs.linked.channel_link import ChannelLink, MirrorRounds
from jobs.news.destinations import DestinationService
from jobs.news.service import NewsService
from jobs.services.jobs import JobService
from jobs.services.page_links import SignedPageLinks
from jobs.services.privacy import PrivacyService
from jobs.services.provenance import ProvenanceService
from jobs.services.refused_pictures import remove_expired_pictures
from jobs.services.team import TeamService
from storage.changes import ChangeFeed, opened_changes
from storage.checkpoints import SqlCheckpointStore
from storage.engine_database import EngineDatabase
from storage.executors import SqlExecutors
from storage.library import SqlLibrary
from storage.mirrors import SqlMirrorOperations
from storage.tasks import SqlTaskBoard
from storage.unit_of_work import SqlStore
from storage.workspaces import SqlWorkspaces

if TYPE_CHECKING:
    from bot.commands.intent_model import IntentModel
    from bot.commands.ports import Describer
    from web.pages.routes import PagesSite
    from web.server import HttpMount

EVERYTHING = ("research", "generation", "delivery", "news")
"""The queues that a process may work on, as people name them."""
PICTURES = EVERYTHING[:3]
"""What a command needs that makes one picture."""
STORAGE_PATIENCE_S = 20.0
"""How long whoever asks waits for a database that cannot be used before they are told."""


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
    """Tell what people want and what pictures show, where a model is configured."""
    links: SignedPageLinks | None = None
    """Makes links to pages on the web; None where there are none."""
    pages: PagesSite | None = None
    doors: list[HttpMount] = field(default_factory=list["HttpMount"])
    running: list[asyncio.Task[None]] = field(default_factory=list["asyncio.Task[None]"])
    health: StorageHealth = field(default_factory=StorageHealth)
    """Whether this process's storage can be used."""
    supervisor: Supervisor = field(default_factory=Supervisor)
    """Keeps the chat surfaces running."""

    @property
    def trouble(self) -> LimnerError | None:
        """Why no job can go on in this process just now, if that is so."""
        return self.health.trouble


@asynccontextmanager
async def open_application(
    settings: Settings,
    *,
    work: Sequence[str] = PICTURES,
    serve: bool = False,
    chats: bool = False,
    reached: Callable[[str], None] = lambda _name: None,
    fatal: Callable[[str], None] = give_up,
) -> AsyncGenerator[Application]:
    """Wire everything up, and take it down again when the block ends.

    ``work`` names the queues that this process works on; with none it only asks, and starts the
    engine the first time it must. A process that goes on to ``serve`` also opens the configured
    chat surfaces where it works on everything or ``chats`` says so, and minds the clock of the news
    where it works on them. ``reached`` is called with the name of each durable point that a job
    passes, for crash tests; ``fatal`` must end the process when its card is beyond repair.

    Raises:
        OperatorError: A setting, the data folder or the database is not usable.
    """
    everything = set(work) == set(EVERYTHING)
    opens = serve and (everything or chats)
    configured = dict(configured_chats(settings)) if opens else dict[str, Opener]()
    async with AsyncExitStack() as stack:
        if serve:
            from app.tracing import traced  # most commands are not traced

            limit_heap()
            await stack.enter_async_context(traced(settings))
        umask = stack.enter_context(private_files())
        configure_logging(settings)
        tighten(settings)
        own = queues_to_work_on(
            _queues(work), settings, named=tuple(work) not in (EVERYTHING, PICTURES)
        )
        queues = (*own, *(f"{DELIVERY_QUEUE_PREFIX}{name}" for name in configured))
        executor = (
            stack.enter_context(claimed_executor(settings.data_dir, queues)) if queues else None
        )
        wired = await _wired(settings, stack, executor, queues, reached, fatal, umask, serve=serve)
        surfaces = [
            await stack.enter_async_context(open_(wired.application))
            for open_ in configured.values()
        ]
        wired.surfaces.update({surface.name: surface for surface in surfaces})
        if executor is not None:
            await _started(stack, wired, executor, surfaces)
            if serve and NEWS_QUEUE in queues:
                timer = wired.news.make_timer()
                clock = asyncio.create_task(timer.run(wired.feed.listener()), name="news clock")
                wired.application.running.append(clock)
        if serve:
            from app.monitoring import monitored  # most commands are not watched

            await stack.enter_async_context(monitored(wired.application, surfaces))
        if wired.application.doors or wired.application.pages:
            from app.serving import served  # most commands serve nothing

            await stack.enter_async_context(served(wired.application))
        yield wired.application


def _queues(work: Sequence[str]) -> tuple[str, ...]:
    """Queue names as the engine knows them; ``delivery`` means this machine's terminal."""
    here = delivery_queue(Destination(TERMINAL, platform.node()))
    queues = (RESEARCH_QUEUE, GENERATION_QUEUE, here, NEWS_QUEUE)
    known: dict[str, str] = dict(zip(EVERYTHING, queues, strict=True))
    for name in work:
        if name not in known:
            raise InvalidSettings(
                gettext(
                    "There is no queue {name!r}; choose from {known}.",
                    name=name,
                    known=", ".join(known),
                )
            )
    return tuple(known[name] for name in dict.fromkeys(work))


@dataclass(frozen=True, slots=True)
class _Wired:
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


async def _started(
    stack: AsyncExitStack, wired: _Wired, executor: Executor, chats: Sequence[ChatSurface]
) -> None:
    """Begin to work: heartbeat first, then the tasks, then chat."""
    application, feed = wired.application, wired.feed
    await stack.enter_async_context(opened_changes(feed, application.database))
    upkeep = Maintenance(
        settings=MaintenanceSettings(keep_traces_days=application.settings.keep_traces_days),
        engine=wired.engine,
        dispatcher=wired.dispatcher,
        board=wired.board,
        executors=SqlExecutors(application.database),
        store=wired.store,
        illustrate_workflow=wired.illustrate_workflow,
        executor=executor,
        health=application.health,
        hourly=wired.tidy_up,
    )
    await upkeep.enter()
    stack.push_async_callback(upkeep.leave)
    await wired.engine.start()
    running = application.running
    stack.push_async_callback(_ended, running)
    # The first judgement would keep the loop from running while it reads the words.
    reading = asyncio.create_task(asyncio.to_thread(_load_what_stays), name="policy words")
    stack.push_async_callback(_ended, [reading])
    running.append(asyncio.create_task(upkeep.run(), name="upkeep"))
    running.append(asyncio.create_task(wired.dispatcher.run(upkeep), name="dispatch"))
    running.append(asyncio.create_task(wired.mirrors.run(feed.listener()), name="mirrors"))
    for chat in chats:
        watcher = Watcher(
            store=wired.store,
            surface=chat.name,
            board=chat,
            health=application.health,
            links=application.links,
        )
        keep_running = application.supervisor.keep_running
        connected = keep_running(chat.name, chat.run, worked_before=lambda c=chat: c.connected)  # type: ignore[misc]
        watch = partial(watcher.run, feed.listener())
        watching = keep_running(f"watch {chat.name}", watch)
        running.append(asyncio.create_task(connected, name=chat.name))
        running.append(asyncio.create_task(watching, name=f"watch {chat.name}"))


def _load_what_stays() -> None:
    """Read the policy's words, and keep the garbage collector from going through them and all that
    was loaded before: that takes it some 0.3 s each time, in which nothing else goes on."""
    load()
    gc.freeze()


async def _wired(
    settings: Settings,
    stack: AsyncExitStack,
    executor: Executor | None,
    queues: tuple[str, ...],
    reached: Callable[[str], None],
    fatal: Callable[[str], None],
    umask: int,
    *,
    serve: bool = False,
) -> _Wired:
    engine_db = await database.opened(settings)
    stack.push_async_callback(engine_db.dispose)
    health = StorageHealth(changed=tell_storage_health)
    feed = ChangeFeed()
    store = SqlStore(engine_db, changes=feed, health=health, patience_s=STORAGE_PATIENCE_S)
    blobs = await stack.enter_async_context(
        opened_blobs(settings, place=executor.place if executor else "")
    )
    library = SqlLibrary(engine_db)
    pool = WorkerPool(size=settings.worker_processes)
    stack.push_async_callback(pool.aclose)
    decoder = DecodingPool(pool=pool)
    web = searching(
        settings, stack, engine_db, pool=pool, decoder=decoder, blobs=blobs, library=library
    )
    if serve:
        web.fetcher.prepare()
    renderer = Renderers(
        default=settings.generator,
        offered=offered_generators(settings),
        # A command that makes one picture need not start a process to draw it.
        workshop=workshop(settings, fatal=fatal, boards=board_workers(pool) if serve else None),
    )
    stack.push_async_callback(renderer.aclose)
    board = SqlTaskBoard(engine_db, changes=feed)
    engine = DbosEngine(
        EngineSettings(
            url=settings.engine_database,
            executor_id=executor.id if executor else f"client-{ULID()}",
            redact=settings.redactor.known,
        ),
        database=EngineDatabase(
            settings.engine_database,
            health=health,
            connections=database.engine_share(settings.database_connections),
        ),
        health=health,
    )
    dispatcher = TaskDispatcher(
        board=board,
        runner=engine,
        changes=feed.listener(of_tasks=True),
        executor_id=executor.id if executor else "",
        room=room(settings, queues),
        per_workspace=room_per_workspace(queues),
        health=health,
    )
    judges = configured_judges(settings, stack, decoder)
    policy = Policy(
        judge,
        texts=judges.texts,
        pictures=judges.pictures,
        shows_people=shows_people,
    )
    links = await page_links(settings, engine_db)
    copies = CopyWorkers(settings, in_process=not serve)
    stack.push_async_callback(copies.aclose)
    mirror = ChannelLink(store=store, blobs=blobs, dispatcher=dispatcher, reached=reached)
    job_service = JobService(
        store=store,
        blobs=blobs,
        renderer=renderer,
        checker=decoder,
        dispatcher=dispatcher,
        admission=Admission(
            policy,
            jobs_per_member=settings.jobs_per_person,
            budgets=budgets(settings),
            license_of=renderer.license_of,
        ),
        exporter=outgoing,
        mirror=mirror,
        make_copy=copies,
        watermark=settings.watermark,
        links=links,
    )
    maker = RenderWorkflow(
        store=store,
        blobs=blobs,
        renderer=renderer,
        checker=decoder,
        judge=OutputJudge(
            store=store,
            blobs=blobs,
            policy=policy,
            renderer=renderer,
            keep_refused=timedelta(days=settings.keep_refused_days),
        ),
        verifier=models.verifier(settings, stack, decoder),
        check=CheckSettings(least_score=settings.check_least_score),
        reached=reached,
    )
    illustrate_workflow = IllustrateWorkflow(
        store=store,
        researcher=routed(
            settings,
            ModelParts(
                stack,
                decoder,
                blobs,
                web.tools_for,
                renderer,
                models.search_gate(settings, web, engine_db),
                KeptTranscripts(store, blobs),
            ),
            SqlCheckpointStore(engine_db),
        ),
        maker=maker,
        policy=policy,
        judge=RequestJudge(store=store, blobs=blobs, policy=policy),
        dispatcher=dispatcher,
        reached=reached,
    )
    terminal = TerminalSurface(
        view=job_service.view,
        copy=job_service.picture_for,
        folder=settings.data_dir / "pictures",
        umask=umask,
    )
    surfaces: dict[str, Surface] = {TERMINAL: terminal}
    destinations = DestinationService(store, SqlWorkspaces(engine_db), dispatcher)
    delivery_worker = DeliveryWorker(
        store=store,
        surfaces=surfaces,
        sleep=engine.sleep,
        reached=reached,
        place_closed=destinations.close_channel,
    )
    team = TeamService(store=store, dispatcher=dispatcher, mirror=mirror)
    news = news_parts(
        settings,
        stack,
        engine_db,
        store=store,
        searching=web,
        job_service=job_service,
        team=team,
        policy=policy,
        dispatcher=dispatcher,
        reached=reached,
    )
    privacy = PrivacyService(
        store=store, blobs=blobs, dispatcher=dispatcher, surfaces=surfaces, history=engine
    )
    engine.register(
        workflows(illustrate_workflow, delivery_worker, news.editor, news.corrections, privacy)
    )
    stack.push_async_callback(engine.stop)
    importer = LibraryImporter(
        store=library, blobs=blobs, decoder=decoder, fetcher=web.fetcher, read_page=PageReader(pool)
    )
    everything = {RESEARCH_QUEUE, GENERATION_QUEUE, NEWS_QUEUE} <= set(queues)
    provenance = ProvenanceService(
        store=store,
        blobs=blobs,
        checker=decoder,
        examiner=PoolExaminer(settings, pool=pool, copies=copies),
    )
    application = Application(
        job_service=job_service,
        team=team,
        privacy=privacy,
        destinations=destinations,
        news=news.job_service,
        library=importer,
        provenance=provenance,
        settings=settings,
        database=engine_db,
        generators=tuple(generator.name for generator in renderer.offered),
        queues=queues,
        intents=models.intents(settings, stack) if serve else None,
        describer=models.describer(settings, stack, decoder),
        health=health,
        links=links,
        pages=pages_site(
            settings,
            links if serve and everything else None,
            store=store,
            jobs=job_service,
            provenance=provenance,
            fetcher=web.fetcher,
            surfaces=surfaces,
        ),
    )
    rounds = MirrorRounds(store=store, operations=SqlMirrorOperations(engine_db), mirror=mirror)
    return _Wired(
        application=application,
        engine=engine,
        dispatcher=dispatcher,
        board=board,
        feed=feed,
        store=store,
        illustrate_workflow=illustrate_workflow,
        news=news,
        surfaces=surfaces,
        mirrors=rounds,
        tidy_up=(
            web.sweep_cache,
            partial(remove_expired_pictures, store, blobs),
            partial(remove_expired_files, settings.data_dir),
            expiry(store, days=settings.keep_trajectories_days),
            daily_sweep(engine_db, blobs),
            erase_departed(destinations, privacy, days=settings.keep_departed_days),
        ),
    )


async def _ended(running: Sequence[asyncio.Task[None]]) -> None:
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
