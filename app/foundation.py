"""The foundation of every process of Limner: storage, tools that read and draw, and the queues."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine
from ulid import ULID

from agent.language.frequencies import keep_word_lists
from agent.language.tag_models import keep_tag_models
from agent.policy.rules import judge
from agent.policy.shown_people import shows_people
from agent.sandbox.picture_decoder import DecodingPool
from agent.sandbox.pool import WorkerPool
from app import database
from app.blobs import Blobs, opened_blobs
from app.generators import backend_context, board_workers, offered_generators
from app.judges import configured_judges
from app.limits import room, room_per_workspace
from app.logs import log_storage_health
from app.message_search import make_search_tokens
from app.provenance import CopyWorkers
from app.searching import Searching, searching
from app.settings import Settings
from domain.encoder.text_encoder import keep_encoder_weights
from domain.executors import Executor
from domain.health import StorageHealth
from domain.sentence_vectors import keep_sentence_weights
from domain.team_messages import SearchTokens
from generation.registry import Renderers
from jobs.admission.judging import Policy
from jobs.engine.dbos_engine import DbosEngine, EngineSettings
from jobs.engine.dispatch import TaskDispatcher
from storage.changes import ChangeFeed
from storage.engine_database import EngineDatabase
from storage.library import SqlLibrary
from storage.tasks import SqlTaskBoard
from storage.unit_of_work import SqlStore

STORAGE_PATIENCE_S = 20.0
"""How long a user waits for a database that cannot be used before they get the error."""


@dataclass(frozen=True, slots=True)
class Process:
    """Facts about this process that are known before anything is wired."""

    settings: Settings
    stack: AsyncExitStack
    """Takes down what is wired, the newest first."""
    executor: Executor | None
    """None where this process only asks."""
    queues: tuple[str, ...]
    """The queues that it works on."""
    umask: int
    """The mode mask that the person has set, for the pictures that they get."""
    reached: Callable[[str], None]
    fatal: Callable[[str], None]
    serve: bool = False
    """Whether it goes on until it is stopped."""
    many: bool = False
    """Whether it makes many pictures, so that processes of their own for what takes long pay."""


@dataclass(frozen=True, slots=True)
class Storage:
    """The database, the blobs, and how this process learns of changes and outages."""

    database: AsyncEngine
    health: StorageHealth
    feed: ChangeFeed
    store: SqlStore
    blobs: Blobs
    search_tokens: SearchTokens
    """What lets messages be searched for jobs, for minutes."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The parts that read, search, draw and judge."""

    pool: WorkerPool
    decoder: DecodingPool
    library: SqlLibrary
    web: Searching
    renderer: Renderers
    policy: Policy
    copies: CopyWorkers


@dataclass(frozen=True, slots=True)
class Queues:
    """The workflow engine and the tasks that it is given."""

    engine: DbosEngine
    board: SqlTaskBoard
    dispatcher: TaskDispatcher


async def open_storage(process: Process) -> Storage:
    """The database with its store, and the blobs."""
    settings, executor = process.settings, process.executor
    weights = settings.weights_dir or settings.data_dir / "weights"
    keep_sentence_weights(weights)
    keep_encoder_weights(weights)
    keep_word_lists(weights)
    keep_tag_models(weights)
    engine_db = await database.opened(settings)
    process.stack.push_async_callback(engine_db.dispose)
    health = StorageHealth(changed=log_storage_health)
    feed = ChangeFeed()
    blobs = await process.stack.enter_async_context(
        opened_blobs(settings, place=executor.place if executor else "")
    )
    return Storage(
        database=engine_db,
        health=health,
        feed=feed,
        store=SqlStore(engine_db, changes=feed, health=health, patience_s=STORAGE_PATIENCE_S),
        blobs=blobs,
        search_tokens=make_search_tokens(settings, engine_db),
    )


def open_tools(process: Process, storage: Storage) -> Tools:
    """Workers for untrusted bytes, the web, the generators and the judges."""
    settings, stack = process.settings, process.stack
    library = SqlLibrary(storage.database)
    pool = WorkerPool(size=settings.worker_processes)
    stack.push_async_callback(pool.aclose)
    decoder = DecodingPool(pool=pool)
    web = searching(
        settings,
        stack,
        storage.database,
        pool=pool,
        decoder=decoder,
        blobs=storage.blobs,
        library=library,
    )
    if process.many:
        web.fetcher.prepare()
    # A command that makes one picture need not start a process to draw it.
    boards = board_workers(pool) if process.many else None
    renderer = Renderers(
        default=settings.generator,
        offered=offered_generators(settings),
        backend_context=backend_context(settings, fatal=process.fatal, boards=boards),
    )
    stack.push_async_callback(renderer.aclose)
    judges = configured_judges(settings, stack, decoder)
    copies = CopyWorkers(settings, in_process=not process.many)
    stack.push_async_callback(copies.aclose)
    return Tools(
        pool=pool,
        decoder=decoder,
        library=library,
        web=web,
        renderer=renderer,
        policy=Policy(
            judge, texts=judges.texts, pictures=judges.pictures, shows_people=shows_people
        ),
        copies=copies,
    )


def make_queues(process: Process, storage: Storage) -> Queues:
    """The engine, not yet started, and the dispatcher that gives it tasks."""
    settings, health = process.settings, storage.health
    engine = DbosEngine(
        EngineSettings(
            url=settings.engine_database,
            executor_id=process.executor.id if process.executor else f"client-{ULID()}",
            redact=settings.redactor.known,
        ),
        database=EngineDatabase(
            settings.engine_database,
            health=health,
            connections=database.engine_share(settings.database_connections),
        ),
        health=health,
    )
    board = SqlTaskBoard(storage.database, changes=storage.feed)
    dispatcher = TaskDispatcher(
        board=board,
        runner=engine,
        changes=storage.feed.listener(of_tasks=True),
        executor_id=process.executor.id if process.executor else "",
        room=room(settings, process.queues),
        per_workspace=room_per_workspace(process.queues),
        health=health,
    )
    return Queues(engine, board, dispatcher)
