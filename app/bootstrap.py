"""Wiring: the one place where ports meet their implementations."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine
from ulid import ULID

from agent.cached import CachedFetcher, CachedProvider
from agent.fetch import FetchSettings, SafeFetcher
from agent.images import DecodingPool
from agent.pages import extract_page
from agent.ports import SearchProvider
from agent.providers.registry import ProviderSettings, build_provider
from agent.tools import SearchTools
from app import database, models
from app.chats import ChatSurface, Opener, configured_chats
from app.executor import claimed_executor
from app.library import LibraryDesk
from app.logs import configure_logging
from app.settings import Settings, secret
from bot.terminal.surface import TerminalSurface
from domain.errors import InvalidSettings, LimnerError
from domain.executors import Executor
from domain.requests import Destination, Job, JobKind
from generation.export import outgoing
from generation.registry import Renderers
from jobs.admission import Admission
from jobs.deliver import Courier
from jobs.desk import Desk
from jobs.engine import DbosEngine, EngineSettings
from jobs.illustrate import Illustrator
from jobs.policy import Policy
from jobs.ports import Surface
from jobs.rendering import CheckSettings, PictureMaker
from jobs.tasks import DELIVERY_QUEUE_PREFIX, GENERATION_QUEUE, RESEARCH_QUEUE, delivery_queue
from jobs.team import TeamDesk
from jobs.upkeep import Upkeep, UpkeepSettings
from jobs.watch import Watcher
from jobs.workflows import workflows
from storage.blobs import FolderBlobStore
from storage.cache import SqlCache
from storage.library import SqlLibrary
from storage.unit_of_work import SqlStore
from web.server import Door, serving

HOUR_S = 3600.0
TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class House:
    """A wired Limner: what surfaces and the command line work with.

    ``running`` is what goes on in the background; when one of it ends, it failed.
    """

    desk: Desk
    team: TeamDesk
    library: LibraryDesk
    settings: Settings
    database: AsyncEngine
    generators: tuple[str, ...] = ()
    """The names of the generators that can be asked for, the default first."""
    doors: list[Door] = field(default_factory=list[Door])
    """What this process serves over HTTP."""
    running: list[asyncio.Task[None]] = field(default_factory=list["asyncio.Task[None]"])
    upkeep: list[Upkeep] = field(default_factory=list[Upkeep])
    """This process's house-keeping, once it works on queues."""

    @property
    def trouble(self) -> LimnerError | None:
        """Why no job can go on in this process just now, if that is so."""
        return next((upkeep.trouble for upkeep in self.upkeep), None)


@asynccontextmanager
async def open_house(
    settings: Settings,
    *,
    work: bool | Sequence[str] = True,
    connect: bool = False,
    reached: Callable[[str], None] = lambda _name: None,
) -> AsyncGenerator[House]:
    """Wire everything up, and take it down again when the block ends.

    ``work`` says which queues this process works on: all of this machine's (True), those named, or
    none (False: it only asks, and starts the engine the first time it must). ``connect`` also opens
    the configured chat surfaces. ``reached`` is called with the name of each durable point that a
    job passes, for crash tests.

    Raises:
        OperatorError: A setting, the data folder or the database is not usable.
    """
    configure_logging(settings)
    chats = dict(configured_chats(settings)) if connect else dict[str, Opener]()
    async with AsyncExitStack() as stack:
        queues = (*_queues(work), *(f"{DELIVERY_QUEUE_PREFIX}{name}" for name in chats))
        executor = (
            stack.enter_context(claimed_executor(settings.data_dir, queues)) if queues else None
        )
        wired = await _wired(settings, stack, executor, queues, reached)
        surfaces = [await stack.enter_async_context(open_(wired.house)) for open_ in chats.values()]
        wired.surfaces.update({surface.name: surface for surface in surfaces})
        if executor is not None:
            await _started(stack, wired, executor, surfaces)
        if wired.house.doors:
            await stack.enter_async_context(_served(wired.house))
        yield wired.house


def _served(house: House) -> AbstractAsyncContextManager[int]:
    settings = house.settings
    return serving(
        house.doors,
        host=settings.http_host,
        port=settings.http_port,
        trouble=lambda: house.trouble,
    )


def _queues(work: bool | Sequence[str]) -> tuple[str, ...]:
    """Queue names as the engine knows them; ``delivery`` means this machine's terminal."""
    here = delivery_queue(Destination(TERMINAL, platform.node()))
    known = {"research": RESEARCH_QUEUE, "generation": GENERATION_QUEUE, "delivery": here}
    names = tuple(known) if work is True else tuple(work or ())
    for name in names:
        if name not in known:
            raise InvalidSettings(f"There is no queue {name!r}; the queues are {', '.join(known)}.")
    return tuple(known[name] for name in dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class _Wired:
    """The parts that are started, and where chat surfaces are added."""

    house: House
    engine: DbosEngine
    store: SqlStore
    illustrator: Illustrator
    surfaces: dict[str, Surface]


async def _started(
    stack: AsyncExitStack, wired: _Wired, executor: Executor, chats: Sequence[ChatSurface]
) -> None:
    """Begin to work: heartbeat first, then the queues, then chat."""
    upkeep = Upkeep(
        settings=UpkeepSettings(keep_traces_days=wired.house.settings.keep_traces_days),
        engine=wired.engine,
        store=wired.store,
        illustrator=wired.illustrator,
        executor=executor,
    )
    wired.house.upkeep.append(upkeep)
    await upkeep.beat()
    await wired.engine.start()
    stack.push_async_callback(upkeep.leave)
    running = wired.house.running
    stack.push_async_callback(_ended, running)
    running.append(asyncio.create_task(upkeep.run(), name="upkeep"))
    for chat in chats:
        watcher = Watcher(store=wired.store, surface=chat.name, board=chat)
        running.append(asyncio.create_task(chat.run(), name=chat.name))
        running.append(asyncio.create_task(watcher.run(), name=f"watch {chat.name}"))


async def _wired(
    settings: Settings,
    stack: AsyncExitStack,
    executor: Executor | None,
    queues: tuple[str, ...],
    reached: Callable[[str], None],
) -> _Wired:
    engine_db = await database.opened(settings)
    stack.push_async_callback(engine_db.dispose)
    store = SqlStore(engine_db)
    blobs = FolderBlobStore(settings.data_dir / "blobs")
    library = SqlLibrary(engine_db)
    decoder = DecodingPool(size=settings.decoder_processes)
    stack.push_async_callback(decoder.aclose)
    fetcher = SafeFetcher(
        FetchSettings(
            contact=settings.contact,
            total_timeout_s=settings.fetch_timeout_s,
            allowed_networks=settings.fetch_allowed_networks,
        )
    )
    stack.push_async_callback(fetcher.aclose)
    renderer = Renderers(default=settings.generator)
    engine = DbosEngine(
        EngineSettings(
            url=settings.engine_database,
            executor_id=executor.id if executor else f"client-{ULID()}",
            queues=queues,
            research_concurrency=settings.research_concurrency,
        )
    )
    policy = Policy(models.moderator(settings, stack))
    desk = Desk(
        store=store,
        blobs=blobs,
        renderer=renderer,
        checker=decoder,
        dispatcher=engine,
        admission=Admission(policy, jobs_per_member=settings.jobs_per_person),
        exporter=outgoing,
    )
    tools_for = _tools(settings, fetcher, decoder, blobs, library, SqlCache(engine_db))
    illustrator = Illustrator(
        store=store,
        researcher=models.researcher(settings, stack, decoder, blobs, tools_for),
        maker=PictureMaker(
            store=store,
            blobs=blobs,
            renderer=renderer,
            checker=decoder,
            verifier=models.verifier(settings, stack, decoder),
            check=CheckSettings(least_score=settings.check_least_score),
            reached=reached,
        ),
        policy=policy,
        dispatcher=engine,
        reached=reached,
    )
    terminal = TerminalSurface(
        view=desk.view, picture=desk.picture, folder=settings.data_dir / "pictures"
    )
    surfaces: dict[str, Surface] = {TERMINAL: terminal}
    courier = Courier(store=store, surfaces=surfaces, sleep=engine.sleep, reached=reached)
    engine.register(workflows(illustrator, courier))
    stack.push_async_callback(engine.stop)
    shelf = LibraryDesk(
        store=library, blobs=blobs, decoder=decoder, fetcher=fetcher, read_page=extract_page
    )
    team = TeamDesk(store=store, dispatcher=engine)
    house = House(
        desk=desk,
        team=team,
        library=shelf,
        settings=settings,
        database=engine_db,
        generators=tuple(generator.name for generator in renderer.offered),
    )
    return _Wired(house, engine, store, illustrator, surfaces)


def _tools(
    settings: Settings,
    fetcher: SafeFetcher,
    decoder: DecodingPool,
    blobs: FolderBlobStore,
    library: SqlLibrary,
    cache: SqlCache,
) -> Callable[[Job], SearchTools]:
    """The tools for a job: they answer from the cache, or for a re-research search anew."""
    ttl_s = settings.search_cache_hours * HOUR_S
    known = ProviderSettings(
        language=settings.search_language,
        wikipedia_base_url=settings.wikipedia_base_url,
        commons_base_url=settings.commons_base_url,
        openverse_base_url=settings.openverse_base_url,
        searxng_base_url=settings.searxng_base_url,
        serper_base_url=settings.serper_base_url,
        serper_api_key=secret(settings.serper_api_key),
        brave_base_url=settings.brave_base_url,
        brave_api_key=secret(settings.brave_api_key),
        tavily_base_url=settings.tavily_base_url,
        tavily_api_key=secret(settings.tavily_api_key),
        gdelt_base_url=settings.gdelt_base_url,
        feeds=settings.feeds,
    )
    plain = [
        build_provider(name, known, fetcher=fetcher, library=library)
        for name in settings.search_providers
    ]

    def tools(*, fresh: bool) -> SearchTools:
        providers: list[SearchProvider] = [
            p if p.local else CachedProvider(p, cache, ttl_s=ttl_s, fresh=fresh) for p in plain
        ]
        pictures = CachedFetcher(fetcher, cache, ttl_s=ttl_s, fresh=fresh)
        return SearchTools(providers=providers, fetcher=pictures, decoder=decoder, pictures=blobs)

    cached, anew = tools(fresh=False), tools(fresh=True)

    def tools_for(job: Job) -> SearchTools:
        return anew if job.kind is JobKind.RERESEARCH else cached

    return tools_for


async def _ended(running: Sequence[asyncio.Task[None]]) -> None:
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
