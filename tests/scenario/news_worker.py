"""A process with the news desk's clock, for crash tests: serves until a slot is over, or dies.

``python -m tests.scenario.news_worker SCHEDULE POINT`` with the settings in the environment; ``-``
as POINT lets it live.
"""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import sys

from app.application import EVERYTHING, open_application
from app.settings import load_settings
from domain.requests import LOCAL_WORKSPACE, Destination
from jobs.admission.requests import Requester

ASKER = Requester(LOCAL_WORKSPACE, "ann", Destination("terminal", platform.node()))


async def main(name: str, point: str) -> None:
    """Serve until all slots of the schedule that came up are over."""

    def reached(passed: str) -> None:
        if passed == point:
            os.kill(os.getpid(), signal.SIGKILL)

    async with open_application(
        load_settings(), work=EVERYTHING, serve=True, reached=reached
    ) as application:
        while True:
            [view] = await application.news.schedules(ASKER)
            assert view.schedule.name == name
            if view.slots and all(slot.status.final for _when, slot in view.slots):
                return
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
