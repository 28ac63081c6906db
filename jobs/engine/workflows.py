"""The workflows as the engine runs them: each body, and what happens when it fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from domain.patience import is_pause
from jobs.common.ports import StepRunner
from jobs.common.tasks import (
    DELIVER,
    GALLERY,
    NEWS,
    NOTICE,
    PRIVACY,
    RECHECK,
    RENDER,
    RESEARCH,
    job_of_task,
)
from jobs.illustration.delivery import DeliveryWorker
from jobs.illustration.workflow import IllustrateWorkflow
from jobs.news.corrections import CorrectionWatch
from jobs.news.editor import NewsEditor
from jobs.services.privacy import PrivacyService

Workflow = Callable[[str, str, StepRunner], Awaitable[None]]


def workflows(
    illustrate_workflow: IllustrateWorkflow,
    delivery_worker: DeliveryWorker,
    editor: NewsEditor,
    corrections: CorrectionWatch,
    privacy: PrivacyService,
) -> Mapping[str, Workflow]:
    """Every workflow by name; each process registers all of them, whichever queues it serves.

    This is the edge at which any failure becomes a failed job and a message to the requester.
    """

    async def report_failure(subject_id: str, work: Awaitable[None], fail: Fail) -> None:
        try:
            await work
        except Exception as error:  # the edge: any failure is reported to the requester
            if is_pause(error):
                raise
            await fail(job_of_task(subject_id), error)

    async def research(workspace_id: str, job_id: str, steps: StepRunner) -> None:
        work = illustrate_workflow.research(workspace_id, job_id, steps)
        await report_failure(job_id, work, failing(workspace_id, steps))

    async def render(workspace_id: str, job_id: str, steps: StepRunner) -> None:
        work = illustrate_workflow.render(workspace_id, job_id, steps)
        await report_failure(job_id, work, failing(workspace_id, steps))

    async def deliver(workspace_id: str, delivery_id: str, steps: StepRunner) -> None:
        work = delivery_worker.deliver(workspace_id, delivery_id, steps)
        await report_failure(delivery_id, work, failing(workspace_id, steps))

    def failing(workspace_id: str, steps: StepRunner) -> Fail:
        async def fail(job_id: str, error: Exception) -> None:
            await illustrate_workflow.fail(workspace_id, job_id, steps, error=error)

        return fail

    return {
        RESEARCH: research,
        RENDER: render,
        DELIVER: deliver,
        NEWS: editor.work,
        RECHECK: corrections.work,
        NOTICE: delivery_worker.notify,
        PRIVACY: privacy.work,
        GALLERY: privacy.galleries.work,
    }


Fail = Callable[[str, Exception], Awaitable[None]]
