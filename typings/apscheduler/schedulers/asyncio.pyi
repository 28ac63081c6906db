from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

from apscheduler.executors.base import BaseExecutor
from apscheduler.job import Job
from apscheduler.triggers.base import BaseTrigger

class AsyncIOScheduler:
    def __init__(
        self,
        *,
        timezone: tzinfo = ...,
        executors: Mapping[str, BaseExecutor] = ...,
        job_defaults: Mapping[str, object] = ...,
    ) -> None: ...
    def start(self) -> None: ...
    def shutdown(self, wait: bool = ...) -> None: ...
    def add_job(
        self,
        func: Callable[..., object],
        *,
        trigger: BaseTrigger,
        id: str,
        replace_existing: bool = ...,
        next_run_time: datetime = ...,
    ) -> Job: ...
    def remove_job(self, job_id: str) -> None: ...
    def get_job(self, job_id: str) -> Job | None: ...
