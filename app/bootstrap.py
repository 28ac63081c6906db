"""Wiring: the one place where ports meet their implementations."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from pydantic import SecretStr
from ulid import ULID

from agent.cached import CachedFetcher, CachedProvider
from agent.fetch import FetchSettings, SafeFetcher
from agent.images import DecodingPool
from agent.pages import extract_page
from agent.planner import RulePlanner
from agent.ports import SearchProvider
from agent.prompts import read_template
from agent.providers.registry import ProviderSettings, build_provider
from agent.tools import SearchTools
from app import database
from app.executor import claimed_executor
from app.generators import offered_generators, queues_to_work_on, workshop
from app.library import LibraryDesk
from app.logs import configure_logging
from app.restart import give_up
from app.settings import Settings
from bot.terminal.surface import TerminalSurface
from domain.errors import InvalidSettings
from domain.executors import Executor
from domain.requests import Destination, Job, JobKind
from generation.export import outgoing
from generation.registry import Renderers
from jobs.deliver import Courier
from jobs.desk import Desk
from jobs.engine import DbosEngine, EngineSettings
from jobs.illustrate import Illustrator
from jobs.ports import Researcher
from jobs.tasks import GENERATION_QUEUE, RESEARCH_QUEUE, delivery_queue
from jobs.upkeep import Upkeep, UpkeepSettings
from jobs.workflows import workflows
from storage.blobs import FolderBlobStore
from storage.cache import SqlCache
from storage.library import SqlLibrary
from storage.unit_of_work import SqlStore

HOUR_S = 3600.0
TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class House:
    """A wired Limner: what surfaces and the command line work with."""

    desk: Desk
    library: LibraryDesk
    settings: Settings


@asynccontextmanager
async def open_house(
    settings: Settings,
    *,
    work: bool | Sequence[str] = True,
    reached: Callable[[str], None] = lambda _name: None,
    fatal: Callable[[str], None] = give_up,
) -> AsyncGenerator[House]:
    """Wire everything up, and take it down again when the block ends.

    ``work`` says which queues this process works on: all of this machine's (True), those named, or
    none (False: it only asks, and starts the engine the first time it must). ``reached`` is called
    with the name of each durable point that a job passes, for crash tests; ``fatal`` must end the
    process when its card is beyond repair.

    Raises:
        OperatorError: A setting, the data folder or the database is not usable.
    """
    configure_logging(settings)
    async with AsyncExitStack() as stack:
        queues = queues_to_work_on(_queues(work), settings, named=work is not True)
        executor = (
            stack.enter_context(claimed_executor(settings.data_dir, queues)) if queues else None
        )
        house, engine, upkeep = await _wired(settings, stack, executor, queues, reached, fatal)
        if upkeep is not None:
            await upkeep.beat()
            await engine.start()
            keeping = asyncio.create_task(upkeep.run(), name="upkeep")
            stack.push_async_callback(_ended, keeping, upkeep)
        yield house


def _queues(work: bool | Sequence[str]) -> tuple[str, ...]:
    """Queue names as the engine knows them; ``delivery`` means this machine's terminal."""
    here = delivery_queue(Destination(TERMINAL, platform.node()))
    known = {"research": RESEARCH_QUEUE, "generation": GENERATION_QUEUE, "delivery": here}
    names = tuple(known) if work is True else tuple(work or ())
    for name in names:
        if name not in known:
            raise InvalidSettings(f"There is no queue {name!r}; the queues are {', '.join(known)}.")
    return tuple(known[name] for name in dict.fromkeys(names))


async def _wired(
    settings: Settings,
    stack: AsyncExitStack,
    executor: Executor | None,
    queues: tuple[str, ...],
    reached: Callable[[str], None],
    fatal: Callable[[str], None],
) -> tuple[House, DbosEngine, Upkeep | None]:
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
    renderer = Renderers(
        default=settings.generator,
        offered=offered_generators(settings),
        workshop=workshop(settings, fatal=fatal),
    )
    stack.push_async_callback(renderer.aclose)
    engine = DbosEngine(
        EngineSettings(
            url=settings.engine_database,
            executor_id=executor.id if executor else f"client-{ULID()}",
            queues=queues,
            research_concurrency=settings.research_concurrency,
            jobs_per_person=settings.jobs_per_person,
            generation_concurrency=settings.generation_concurrency,
        )
    )
    desk = Desk(
        store=store,
        blobs=blobs,
        renderer=renderer,
        checker=decoder,
        dispatcher=engine,
        exporter=outgoing,
    )
    tools_for = _tools(settings, fetcher, decoder, blobs, library, SqlCache(engine_db))
    illustrator = Illustrator(
        store=store,
        blobs=blobs,
        researcher=_researcher(settings, stack, decoder, blobs, tools_for, renderer),
        renderer=renderer,
        checker=decoder,
        dispatcher=engine,
        reached=reached,
    )
    surface = TerminalSurface(
        view=desk.view, picture=desk.picture, folder=settings.data_dir / "pictures"
    )
    courier = Courier(
        store=store, surfaces={TERMINAL: surface}, sleep=engine.sleep, reached=reached
    )
    engine.register(workflows(illustrator, courier))
    stack.push_async_callback(engine.stop)
    upkeep = None
    if executor is not None:
        upkeep = Upkeep(
            settings=UpkeepSettings(keep_traces_days=settings.keep_traces_days),
            engine=engine,
            store=store,
            illustrator=illustrator,
            executor=executor,
        )
    shelf = LibraryDesk(
        store=library, blobs=blobs, decoder=decoder, fetcher=fetcher, read_page=extract_page
    )
    return House(desk=desk, library=shelf, settings=settings), engine, upkeep


def _researcher(
    settings: Settings,
    stack: AsyncExitStack,
    decoder: DecodingPool,
    blobs: FolderBlobStore,
    tools_for: Callable[[Job], SearchTools],
    renderer: Renderers,
) -> Researcher:
    """The model-driven agent where a model is configured, the rule-based planner otherwise."""
    if not settings.model_base_url:
        return RulePlanner(tools_for=tools_for)
    from agent.chat_models import ModelSettings, OpenAiChatModel
    from agent.loop import LoopSettings, ModelResearcher
    from agent.protocol import answer_grammar, turn_grammar

    key = settings.model_api_key
    model = OpenAiChatModel(
        ModelSettings(
            base_urls=settings.model_base_url,
            model=settings.model_name,
            api_key=key.get_secret_value() if key else None,
            timeout_s=settings.model_timeout_s,
        )
    )
    stack.push_async_callback(model.aclose)

    def max_references(job: Job) -> int:
        return renderer.max_references(job.request.generator)

    return ModelResearcher(
        model=model,
        tools_for=tools_for,
        max_references=max_references,
        decoder=decoder,
        pictures=blobs,
        settings=LoopSettings(
            template=read_template(settings.model_prompt_file),
            max_new_tokens=settings.model_max_tokens,
            turn_grammar=turn_grammar() if settings.model_grammar else None,
            answer_grammar=answer_grammar() if settings.model_grammar else None,
        ),
    )


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
        serper_api_key=_secret(settings.serper_api_key),
        brave_base_url=settings.brave_base_url,
        brave_api_key=_secret(settings.brave_api_key),
        tavily_base_url=settings.tavily_base_url,
        tavily_api_key=_secret(settings.tavily_api_key),
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


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


async def _ended(keeping: asyncio.Task[None], upkeep: Upkeep) -> None:
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping
    await upkeep.leave()
