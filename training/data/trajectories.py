"""Makes trajectories: requests run as jobs of the product by a strong model, in a database of their
own whose only workspace agreed to everything being kept.

The pictures of a strong generator become the ground truth. What is made is exported like any other
data, with this folder as the data folder.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable, Sequence
from pathlib import Path

from app.application import open_application
from app.settings import Settings
from app.wiring import Application
from domain.errors import LimnerError
from domain.requests import LOCAL_WORKSPACE, Destination, JobStatus, Request, ResearchDepth
from domain.team import Role, Scope
from evaluation.runs.runner import own_storage, with_settings
from jobs.admission.requests import Requester
from training.data.prompts import Prompt

HERE = Destination("terminal", platform.node())
OWNER = Requester(LOCAL_WORKSPACE, "training", HERE, Role.ADMIN)


async def make_trajectories(
    settings: Settings,
    prompts: Sequence[Prompt],
    folder: Path,
    *,
    generator: str | None = None,
    at_once: int = 8,
    report: Callable[[int, str], None] = lambda _number, _status: None,
) -> dict[str, int]:
    """Run every request that was not run before; gives how many ended how.

    Raises:
        OperatorError: A setting, a generator or the folder cannot be used.
    """
    ended: dict[str, int] = {}
    queue = iter(prompts)
    async with open_application(with_settings(settings, **own_storage(folder))) as application:
        await application.team.prefer(OWNER, Scope.WORKSPACE, training=True)

        async def work() -> None:
            for prompt in queue:
                status = await _one(application, prompt, generator)
                ended[status] = ended.get(status, 0) + 1
                report(sum(ended.values()), status)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(prompts))):
                group.create_task(work())
    return ended


async def _one(application: Application, prompt: Prompt, generator: str | None) -> str:
    """Run one request to its end; the same request again is the same job."""
    service = application.job_service
    request = Request.checked(
        prompt.prompt,
        workspace_id=LOCAL_WORKSPACE,
        member_id=f"prompt-{prompt.id}",  # one each, so that none waits for another
        destination=HERE,
        research=ResearchDepth.DEEP,
        generator=generator,
        live=False,
    )
    try:
        job = await service.submit(request, event_key=f"training:{prompt.id}")
    except LimnerError as error:
        if application.trouble is not None:
            raise
        return f"refused: {type(error).__name__}"
    if not job.status.final:
        async for _event in service.follow(LOCAL_WORKSPACE, job.id):
            pass
    view = await service.view(LOCAL_WORKSPACE, job.id)
    return view.job.status.value if view.job.status is not JobStatus.DONE else "done"
