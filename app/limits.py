"""Limits: how much is worked on at once, and what a month may cost, as configured."""

from __future__ import annotations

from collections.abc import Sequence

from app.generators import pictures_at_once
from app.settings import Settings
from jobs.admission.budgets import Budget, Budgets
from jobs.common.tasks import DELIVERY_QUEUE_PREFIX, GENERATION_QUEUE, RESEARCH_QUEUE

TERMINAL = "terminal"
SIDE_CONCURRENCY = 8
"""Tasks at once on each queue that is not one of the others."""
DELIVERIES = 512
"""Deliveries to one chat platform at once; most wait for the platform, which costs little."""
DELIVERIES_PER_WORKSPACE = 64


def budgets(settings: Settings) -> Budgets:
    """The monthly budget of each person and each workspace."""
    return Budgets(
        person=Budget(settings.budget_person_usd, settings.budget_person_gpu_s),
        workspace=Budget(settings.budget_workspace_usd, settings.budget_workspace_gpu_s),
    )


def room(settings: Settings, queues: Sequence[str]) -> dict[str, int]:
    """The number of tasks of each queue that this process works on at once."""
    limits = {
        RESEARCH_QUEUE: settings.research_concurrency,
        GENERATION_QUEUE: pictures_at_once(settings),
    }
    limits |= {queue: DELIVERIES for queue in queues if _is_of_chat(queue)}
    return {queue: limits.get(queue, SIDE_CONCURRENCY) for queue in queues}


def room_per_workspace(queues: Sequence[str]) -> dict[str, int]:
    """The number of deliveries of one workspace that this process works on at once, by queue of a
    chat."""
    return {queue: DELIVERIES_PER_WORKSPACE for queue in queues if _is_of_chat(queue)}


def _is_of_chat(queue: str) -> bool:
    """Whether a queue holds the deliveries to a chat platform, each at that platform's pace."""
    of_terminal = queue.startswith(f"{DELIVERY_QUEUE_PREFIX}{TERMINAL}")
    return queue.startswith(DELIVERY_QUEUE_PREFIX) and not of_terminal
