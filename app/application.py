"""An application that is opened, works, and is taken down again."""

from __future__ import annotations

import asyncio
import gc
import platform
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

from agent.policy.rules import load
from app.chats import Opener, configured_chats
from app.executor import claimed_executor
from app.foundation import Process
from app.generators import queues_to_work_on
from app.limits import TERMINAL
from app.logs import configure_logging
from app.memory import give_back_memory, limit_heap
from app.message_search import SLACK, opened_message_searches
from app.private_files import private_files, tighten
from app.restart import give_up
from app.settings import Settings
from app.wiring import Application, Wired, wire
from domain.encoder.text_encoder import get_text_encoder
from domain.errors import InvalidSettings
from domain.executors import Executor
from domain.requests import Destination
from domain.sentence_vectors import sentence_vectors
from domain.translation.messages import gettext
from jobs.common.tasks import (
    DELIVERY_QUEUE_PREFIX,
    GENERATION_QUEUE,
    NEWS_QUEUE,
    RESEARCH_QUEUE,
    delivery_queue,
)
from jobs.engine.maintenance import Maintenance, MaintenanceSettings
from jobs.illustration.status_watch import Watcher
from storage.changes import opened_changes
from storage.executors import SqlExecutors

EVERYTHING = ("research", "generation", "delivery", "news")
"""The queues that a process may work on, as people name them."""
PICTURES = EVERYTHING[:3]
"""The services of a command that makes one picture."""
MEANINGS_AFTER_S = 5.0
"""Seconds after the start in which other work comes first."""


@asynccontextmanager
async def open_application(
    settings: Settings,
    *,
    work: Sequence[str] = PICTURES,
    serve: bool = False,
    many: bool = False,
    chats: bool = False,
    reached: Callable[[str], None] = lambda _name: None,
    fatal: Callable[[str], None] = give_up,
) -> AsyncGenerator[Application]:
    """Wire everything up, and take it down again when the block ends.

    ``work`` names the queues that this process works on; with none it only asks, and starts the
    engine the first time it must. A process that goes on to ``serve`` also opens the configured
    chat surfaces where it works on everything or ``chats`` says so, and minds the clock of the news
    where it works on them. Like that one, a process that makes ``many`` pictures draws them in
    processes of their own. ``reached`` is called with the name of each durable point that a job
    passes, for crash tests; ``fatal`` must end the process when its card is beyond repair.

    Raises:
        OperatorError: A setting, the data folder or the database is not usable.
    """
    opens = serve and (chats or set(work) == set(EVERYTHING))
    many = many or serve
    configured = dict(configured_chats(settings)) if opens else dict[str, Opener]()
    async with AsyncExitStack() as stack:
        umask = await _prepare(stack, settings, serve=serve, many=many)
        queues = _queues_to_work_on(work, settings, chats=configured)
        executor = (
            stack.enter_context(claimed_executor(settings.data_dir, queues)) if queues else None
        )
        process = Process(
            settings,
            stack,
            executor,
            queues,
            umask,
            reached,
            fatal,
            serve=serve,
            many=many,
        )
        wired = await wire(process)
        await _open_chats(process, wired, configured)
        if executor is not None:
            await _start_work(stack, wired, executor)
            if serve:
                _start_service(process, wired)
        if many:
            returning = asyncio.create_task(give_back_memory(), name="give back memory")
            stack.push_async_callback(_ended, [returning])
        if serve:
            from app.monitoring import monitored  # most commands are not watched

            await stack.enter_async_context(monitored(wired.application))
        if wired.application.doors or wired.application.pages:
            from app.serving import served  # most commands serve nothing

            await stack.enter_async_context(served(wired.application))
        yield wired.application


async def _prepare(stack: AsyncExitStack, settings: Settings, *, serve: bool, many: bool) -> int:
    """Set up what belongs to the whole process: heap, traces, log and the rights of files. Returns
    the umask from before."""
    if many:
        limit_heap()
    if serve:
        from app.tracing import traced  # most commands are not traced

        await stack.enter_async_context(traced(settings))
    umask = stack.enter_context(private_files())
    configure_logging(settings)
    tighten(settings)
    return umask


def _queues_to_work_on(
    work: Sequence[str], settings: Settings, *, chats: Iterable[str]
) -> tuple[str, ...]:
    """The queues of this process; each chat surface has one for its deliveries."""
    named = tuple(work) not in (EVERYTHING, PICTURES)
    own = queues_to_work_on(_queues(work), settings, named=named)
    return (*own, *(f"{DELIVERY_QUEUE_PREFIX}{name}" for name in chats))


async def _open_chats(process: Process, wired: Wired, configured: Mapping[str, Opener]) -> None:
    """Open the chat surfaces, and the search in Slack's messages where Slack itself is not among
    them."""
    application, stack = wired.application, process.stack
    surfaces = [
        await stack.enter_async_context(open_(application)) for open_ in configured.values()
    ]
    wired.surfaces.update({surface.name: surface for surface in surfaces})
    application.surfaces.extend(surfaces)
    if process.serve and RESEARCH_QUEUE in process.queues and SLACK not in wired.surfaces:
        others = opened_message_searches(
            process.settings, application.database, application.search_tokens
        )
        application.message_searches.update(await stack.enter_async_context(others))


def _start_service(process: Process, wired: Wired) -> None:
    """Begin what only a process that serves does: the clock of the news, and loading early what the
    first message would wait for."""
    if NEWS_QUEUE in process.queues:
        timer = wired.news.make_timer()
        clock = asyncio.create_task(timer.run(wired.feed.listener()), name="news clock")
        wired.application.running.append(clock)
    if wired.application.surfaces or RESEARCH_QUEUE in process.queues:
        # Not one of those that run: a process ends when one of these does.
        meanings = asyncio.create_task(_load_meanings(), name="meanings")
        process.stack.push_async_callback(_ended, [meanings])


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


async def _start_work(stack: AsyncExitStack, wired: Wired, executor: Executor) -> None:
    """Begin to work: heartbeat first, then the tasks, then chat."""
    application, feed = wired.application, wired.feed
    await stack.enter_async_context(opened_changes(feed, application.database))
    maintenance = Maintenance(
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
    await maintenance.enter()
    stack.push_async_callback(maintenance.leave)
    await wired.engine.start()
    running = application.running
    stack.push_async_callback(_ended, running)
    # The first judgement would keep the loop from running while it reads the words.
    reading = asyncio.create_task(asyncio.to_thread(_load_what_stays), name="policy words")
    stack.push_async_callback(_ended, [reading])
    running.append(asyncio.create_task(maintenance.run(), name="upkeep"))
    running.append(asyncio.create_task(wired.dispatcher.run(maintenance), name="dispatch"))
    running.append(asyncio.create_task(wired.mirrors.run(feed.listener()), name="mirrors"))
    for chat in application.surfaces:
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


async def _load_meanings() -> None:
    """Read the weights that tell what a text means before the first one is read; in a new data
    folder that takes seconds, which the start does not wait for."""
    await asyncio.sleep(MEANINGS_AFTER_S)
    await asyncio.to_thread(sentence_vectors, ["Make the sky darker"])
    with suppress(FileNotFoundError):  # its package is not made for every system
        await asyncio.to_thread(get_text_encoder().cut, "Make the sky darker")


async def _ended(running: Sequence[asyncio.Task[None]]) -> None:
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
