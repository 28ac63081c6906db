"""Wiring of the news desk."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncEngine

from app import models
from app.searching import Searching
from app.settings import Settings
from domain.stores import Store
from jobs.admission.judging import Policy
from jobs.common.ports import Dispatcher
from jobs.news.corrections import CorrectionWatch
from jobs.news.editor import NewsEditor
from jobs.news.service import NewsService
from jobs.news.settling import Settler
from jobs.services.jobs import JobService
from jobs.services.team import TeamService
from storage.newsroom import SqlNewsOperations

if TYPE_CHECKING:
    from jobs.news.timer import NewsTimer


@dataclass(frozen=True, slots=True)
class NewsParts:
    """The news service for surfaces, the news workflows for the engine, and the clock of
    long-running processes."""

    job_service: NewsService
    editor: NewsEditor
    corrections: CorrectionWatch
    settler: Settler
    make_timer: Callable[[], NewsTimer]


def news_parts(
    settings: Settings,
    stack: AsyncExitStack,
    engine_db: AsyncEngine,
    *,
    store: Store,
    searching: Searching,
    job_service: JobService,
    team: TeamService,
    policy: Policy,
    dispatcher: Dispatcher,
    reached: Callable[[str], None],
) -> NewsParts:
    """The news desk over one store."""
    newsroom = models.newsroom(settings, stack, searching)
    operations = SqlNewsOperations(engine_db)
    editor = NewsEditor(
        store=store, newsroom=newsroom, job_service=job_service, policy=policy, reached=reached
    )
    corrections = CorrectionWatch(
        store=store, operations=operations, newsroom=newsroom, dispatcher=dispatcher
    )
    settler = Settler(store=store, operations=operations, team=team, dispatcher=dispatcher)

    def make_timer() -> NewsTimer:
        from jobs.news.timer import Ledger, NewsTimer  # with its scheduler only for who waits

        ledger = Ledger(store=store, operations=operations, dispatcher=dispatcher, reached=reached)
        return NewsTimer(
            operations=operations, ledger=ledger, settler=settler, corrections=corrections
        )

    return NewsParts(
        job_service=NewsService(
            store=store,
            dispatcher=dispatcher,
            job_service=job_service,
            editor=editor,
            newsroom=newsroom,
            max_schedules=settings.news_schedules,
        ),
        editor=editor,
        corrections=corrections,
        settler=settler,
        make_timer=make_timer,
    )
