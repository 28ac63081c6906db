"""The names and ids of the engine's tasks: which workflow of a job runs on which queue."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.galleries import GalleryMessage
from domain.illustrations import Delivery, DeliveryKind
from domain.news import Notice, SlotKey
from domain.requests import Destination, Job, JobKey, JobKind
from domain.tasks import Task

RESEARCH: Final = "research"
RENDER: Final = "render"
DELIVER: Final = "deliver"
NEWS: Final = "news"
RECHECK: Final = "recheck"
NOTICE: Final = "notice"
PRIVACY: Final = "privacy"
GALLERY: Final = "gallery"
JOBLESS: Final = frozenset({NEWS, RECHECK, NOTICE, PRIVACY, GALLERY})
"""Workflows that are about no job."""

RESEARCH_QUEUE: Final = "research"
GENERATION_QUEUE: Final = "generation"
NEWS_QUEUE: Final = "news"
DELIVERY_QUEUE_PREFIX: Final = "delivery-"


def delivery_queue(destination: Destination) -> str:
    """The queue that the process holding that surface's connection listens to.

    Each machine's terminal is a surface of its own: only there can its files be written.
    """
    suffix = f".{destination.channel}" if destination.surface == "terminal" else ""
    return f"{DELIVERY_QUEUE_PREFIX}{destination.surface}{suffix}"


def delivery_id(job_id: str, kind: DeliveryKind) -> str:
    """The outbox id of a job's result or failure; the same on every try."""
    return f"{job_id}:{kind.value}"


def task_ids(job_id: str) -> tuple[str, ...]:
    """Every task that a job may have, in the order in which they follow one another."""
    return (
        f"{job_id}:{RESEARCH}",
        f"{job_id}:{RENDER}",
        *(f"{delivery_id(job_id, kind)}:{DELIVER}" for kind in DeliveryKind),
    )


def first_task(job: Job) -> Task:
    """The first task of a new job: research, or for a re-render the picture at once."""
    return render_task(job) if job.kind is JobKind.RERENDER else research_task(job)


def research_task(job: Job) -> Task:
    """The research of a job, fair by person: each lane of a member runs one job at a time."""
    return Task(
        id=f"{job.id}:{RESEARCH}",
        workflow=RESEARCH,
        queue=RESEARCH_QUEUE,
        workspace_id=job.workspace_id,
        subject_id=job.id,
        job_id=job.id,
        partition=f"{job.workspace_id}/{job.request.origin.member_id}/{job.request.routing.lane}",
    )


def render_task(job: Job) -> Task:
    """The rendering of a job."""
    return Task(
        id=f"{job.id}:{RENDER}",
        workflow=RENDER,
        queue=GENERATION_QUEUE,
        workspace_id=job.workspace_id,
        subject_id=job.id,
        job_id=job.id,
    )


def deliver_task(delivery: Delivery) -> Task:
    """The delivery of a message."""
    return Task(
        id=f"{delivery.id}:{DELIVER}",
        workflow=DELIVER,
        queue=delivery_queue(delivery.destination),
        workspace_id=delivery.workspace_id,
        subject_id=delivery.id,
        job_id=delivery.job_id,
    )


def slot_task(key: SlotKey) -> Task:
    """The work on one due time of a schedule; the same due time is the same task everywhere."""
    return Task(
        id=f"schedule:{key.schedule_id}:{key.due_at.isoformat()}",
        workflow=NEWS,
        queue=NEWS_QUEUE,
        workspace_id=key.workspace_id,
        subject_id=f"{key.schedule_id}@{key.due_at.isoformat()}",
    )


def slot_of_task(workspace_id: str, subject_id: str) -> SlotKey:
    """The slot that a task is about."""
    schedule_id, _, due = subject_id.partition("@")
    return SlotKey(workspace_id, schedule_id, datetime.fromisoformat(due))


def recheck_task(workspace_id: str, story_id: str, number: int) -> Task:
    """Reading a story's pages again, for the first or second time."""
    return Task(
        id=f"story:{story_id}:recheck-{number}",
        workflow=RECHECK,
        queue=NEWS_QUEUE,
        workspace_id=workspace_id,
        subject_id=story_id,
    )


def notice_task(notice: Notice) -> Task:
    """Notify one person."""
    return Task(
        id=f"notice:{notice.id}",
        workflow=NOTICE,
        queue=f"{DELIVERY_QUEUE_PREFIX}{notice.surface}",
        workspace_id=notice.workspace_id,
        subject_id=notice.id,
    )


def privacy_task(workspace_id: str, order: str, surface: str, event_key: str) -> Task:
    """Delete all that is kept about a person; the same key is the same deletion."""
    return Task(
        id=f"privacy:{workspace_id}:{event_key}"[:300],
        workflow=PRIVACY,
        queue=f"{DELIVERY_QUEUE_PREFIX}{surface}",
        workspace_id=workspace_id,
        subject_id=order,
    )


def gallery_task(workspace_id: str, message: GalleryMessage) -> Task:
    """Taking deleted pictures out of a posted gallery; the same deletion is the same task."""
    subject = f"{message.surface}/{message.channel}/{message.message}"
    return Task(
        id=f"gallery:{workspace_id}:{subject}:{message.changes}"[:300],
        workflow=GALLERY,
        queue=f"{DELIVERY_QUEUE_PREFIX}{message.surface}",
        workspace_id=workspace_id,
        subject_id=subject,
    )


def gallery_of_task(subject_id: str) -> tuple[str, str, str]:
    """The surface, the channel and the message of the gallery that a task is about."""
    surface, _, rest = subject_id.partition("/")
    channel, _, message = rest.rpartition("/")
    return surface, channel, message


def job_of_task(task_id: str) -> str:
    """The job that a task id belongs to."""
    return task_id.partition(":")[0]


def tasks_of(keys: list[JobKey]) -> list[str]:
    """Every task id of these jobs."""
    return [task_id for key in keys for task_id in task_ids(key.job_id)]
