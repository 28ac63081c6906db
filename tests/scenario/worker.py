"""A worker process for crash tests: works until a job is over, or dies at a named point of its way.

``python -m tests.scenario.worker JOB_ID POINT`` with the settings in the environment; ``-`` as
POINT lets it live.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from app.application import open_application
from app.settings import load_settings
from domain.requests import LOCAL_WORKSPACE


async def main(job_id: str, point: str) -> None:
    """Work until the job is over."""

    def reached(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    async with open_application(load_settings(), reached=reached) as application:
        async for _event in application.job_service.follow(LOCAL_WORKSPACE, job_id):
            pass


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
