from datetime import tzinfo

from apscheduler.triggers.base import BaseTrigger

class CronTrigger(BaseTrigger):
    def __init__(
        self,
        *,
        minute: str = ...,
        hour: str = ...,
        day: str = ...,
        month: str = ...,
        year: str = ...,
        day_of_week: str = ...,
        timezone: tzinfo = ...,
    ) -> None: ...
