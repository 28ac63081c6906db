"""A worker process for crash tests: works until a job is over in both of its workspaces, or dies.

``python -m tests.scenario.mirror_worker JOB_ID POINT`` with the settings in the environment; ``-``
as POINT lets it live.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from app.application import open_application
from app.settings import load_settings
from domain.requests import JobRef
from jobs.linked.linked_copy import shadow_key
from storage.mirrors import SqlMirrorOperations

HERE, THERE = "terminal:one", "terminal:two"


async def main(job_id: str, point: str) -> None:
    """Work until the job and its shadow are over, and nothing of it is left to carry over."""

    def reached(passed: str) -> None:
        if passed == point:
            os.kill(os.getpid(), signal.SIGKILL)

    key = shadow_key(JobRef(HERE, job_id))
    async with open_application(load_settings(), reached=reached) as application:
        async for _event in application.job_service.follow(HERE, job_id):
            pass
        while True:
            shadow = await application.job_service.job_of_event(THERE, key)
            if shadow is not None and shadow.status.final:
                break
            await asyncio.sleep(0.1)
        while await SqlMirrorOperations(application.database).open_mirrors():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
