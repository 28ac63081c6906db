"""The generators of this installation: which are offered, and what draws them here."""

from __future__ import annotations

import importlib.util
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from agent.sandbox.pool import CannotBeRead, SandboxUnavailable, WorkerPool
from app.generator_tables import GeneratorTable, changed_generator, read_tables
from app.settings import Settings
from domain.errors import InvalidSettings
from domain.executors import Executor
from domain.translation.messages import gettext
from generation.backend_context import BackendContext
from generation.generator import Generator
from generation.ports import BoardWorkers
from jobs.common.tasks import GENERATION_QUEUE

log = structlog.get_logger(__name__)

ALIVE = timedelta(minutes=1)
"""A process without a heartbeat for so long does not draw."""
PICTURES_WITHOUT_GPU = 8
"""Pictures at once where services or a few processes draw them."""


def offered_generators(settings: Settings) -> Sequence[Generator]:
    """Every generator that can be asked for, in the order of the settings.

    Raises:
        InvalidSettings: A name, a value or the file is wrong; the message says which.
    """
    tables = read_tables(settings.generators_file)
    names = dict.fromkeys((*settings.generators, settings.generator))
    return [changed_generator(name, tables.get(name, GeneratorTable()), settings) for name in names]


def queues_to_work_on(
    queues: tuple[str, ...], settings: Settings, *, named: bool
) -> tuple[str, ...]:
    """The queues without the generation queue where this machine could not draw its jobs.

    All machines take jobs from one generation queue, so one without the libraries for an offered
    model must leave it alone. ``named`` says that the operator asked for just these queues.

    Raises:
        InvalidSettings: The operator asked for a queue that this machine cannot work on.
    """
    trouble = missing_torch(settings)
    if GENERATION_QUEUE not in queues or trouble is None:
        return queues
    if named:
        raise trouble
    log.warning("generation_left_to_others", why=str(trouble))
    return tuple(queue for queue in queues if queue != GENERATION_QUEUE)


def missing_torch(settings: Settings) -> InvalidSettings | None:
    """Why this machine cannot draw all offered generators, where it lacks the library for it."""
    lacking = [g.name for g in offered_generators(settings) if g.backend == "diffusers"]
    if not lacking or importlib.util.find_spec("torch"):
        return None
    return InvalidSettings(
        gettext(
            "This machine can't draw with {lacking}: torch isn't installed. Run `pip "
            "install 'limner[diffusers]'`, or leave the queue generation to other "
            "machines.",
            lacking=", ".join(lacking),
        )
    )


async def check_drawing(
    settings: Settings,
    queues: Sequence[str],
    executors: Callable[[], Awaitable[Sequence[Executor]]],
) -> None:
    """See that a picture which is asked for now can be drawn, by this process, which works on
    ``queues``, or by another of ``executors``.

    Raises:
        InvalidSettings: This machine lacks a library, and no other one draws; the message says
            what to install.
    """
    trouble = missing_torch(settings)
    if trouble is None or GENERATION_QUEUE in queues:
        return
    lately = datetime.now(UTC) - ALIVE
    others = await executors()
    if not any(GENERATION_QUEUE in e.queues and e.seen_at > lately for e in others):
        raise trouble


def pictures_at_once(settings: Settings) -> int:
    """The number of pictures that this process works on at once."""
    own_models = any(g.backend == "diffusers" for g in offered_generators(settings))
    return settings.generation_concurrency or (1 if own_models else PICTURES_WITHOUT_GPU)


def board_workers(pool: WorkerPool) -> BoardWorkers:
    """The worker processes of ``pool``, as they draw storyboards."""

    async def draw(data: bytes, facts: Mapping[str, Any]) -> tuple[Any, Sequence[bytes]] | None:
        try:
            return await pool.run("board", data, facts)
        except (CannotBeRead, SandboxUnavailable) as error:
            log.warning("board_workers_failed", why=str(error))
            return None

    return draw


def backend_context(
    settings: Settings,
    *,
    fatal: Callable[[str], None],
    boards: BoardWorkers | None = None,
) -> BackendContext:
    """The generators and backends of this process."""
    return BackendContext(
        board_workers=boards,
        fatal=fatal,
        cache=settings.data_dir / "cache",
        device=settings.diffusers_device,
        threads=settings.diffusers_threads,
        timeout_s=settings.render_timeout_s,
        models_loaded=settings.diffusers_models_loaded,
        previews=settings.render_previews,
    )
