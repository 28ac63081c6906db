"""The languages in which jobs are shown to those who asked for them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from jobs.admission.requests import Requester
from jobs.common.views import JobView
from jobs.services.team import TeamService

REMEMBERED: Final = 5_000


class JobLanguages:
    """Looks each job's language up once, and not while storage is out of reach; the oldest jobs are
    forgotten."""

    def __init__(self, team: TeamService) -> None:
        self._team = team
        self._set: OrderedDict[str, str | None] = OrderedDict()
        self._own: OrderedDict[str, str | None] = OrderedDict()

    def note(self, job_id: str, language: str | None) -> None:
        """Remember which language the requester's own client uses, for the notice of an outage."""
        self._own[job_id] = language
        _limit(self._own)

    async def of(self, view: JobView) -> str | None:
        """The language that the requester has set, or else that of the request; while storage is
        out of reach and neither is known, that of their client."""
        job_id, request = view.job.id, view.job.request
        if job_id not in self._set and not view.paused:
            requester = Requester(
                request.origin.workspace_id, request.origin.member_id, request.routing.destination
            )
            self._set[job_id] = (await self._team.preferences(requester)).language
            _limit(self._set)
        own = self._own.get(job_id) if view.paused else None
        return self._set.get(job_id) or request.origin.language or own


def _limit(remembered: OrderedDict[str, str | None]) -> None:
    while len(remembered) > REMEMBERED:
        remembered.popitem(last=False)
