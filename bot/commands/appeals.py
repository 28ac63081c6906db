"""Commands about refused requests and reported pictures."""

from __future__ import annotations

from bot.buttons import Button, ButtonAction
from bot.cards.builders import jobs_card
from bot.cards.models import NoteCard, Reply
from bot.cards.refusals import refused_pictures_card
from bot.locale.moderators import moderator_phrase
from domain.short_codes import id_shown
from jobs.admission.requests import Requester
from jobs.services.jobs import JobService
from jobs.services.team import TeamService


class AppealCommands:
    """The commands of one person about refused requests, reported pictures and suspended people."""

    def __init__(self, job_service: JobService, team: TeamService, requester: Requester) -> None:
        self._job_service = job_service
        self._team = team
        self._requester = requester

    async def press(self, button: Button) -> Reply:
        """Do what a button says, if the person may. Raises as the methods below."""
        match button.action:
            case ButtonAction.APPEAL:
                return await self.appeal(button.subject)
            case ButtonAction.ALLOW:
                return await self.allow(button.subject)
            case ButtonAction.REVEAL:
                return await self.reveal(button.subject)
            case ButtonAction.DISMISS:
                return await self.dismiss(button.subject)
            case ButtonAction.REPORT:
                return await self.report(button.subject)
            case ButtonAction.CLEAR:
                return await self.clear(button.subject)
            case _:
                return await self.lift(button.subject)

    async def appeal(self, identifier: str) -> Reply:
        """Send a refused request to the moderators. Raises as ``TeamService.appeal``."""
        sent = await self._team.appeal(self._requester, identifier)
        sentence = (
            self._say("appealed") if sent else self._say("appeal.local", job=id_shown(identifier))
        )
        return Reply(NoteCard(sentence), private=True)

    async def allow(self, identifier: str) -> Reply:
        """Let a refused request through, once. Raises as ``JobService.allow``."""
        job = await self._job_service.allow(self._requester, identifier)
        return Reply(NoteCard(self._say("allowed", job=id_shown(job.id))), replaces=True)

    async def reveal(self, identifier: str) -> Reply:
        """Show the refused pictures of a job, to this one moderator. Raises as
        ``JobService.refused_pictures``."""
        pictures = await self._job_service.refused_pictures(self._requester, identifier)
        job = (await self._job_service.view(self._requester.workspace_id, identifier)).job
        card = refused_pictures_card(job, pictures, language=self._requester.language)
        return Reply(card, private=True)

    async def dismiss(self, identifier: str) -> Reply:
        """Leave a refused request refused. Raises as ``TeamService.dismiss``."""
        await self._team.dismiss(self._requester, identifier)
        return Reply(NoteCard(self._say("dismissed")), replaces=True)

    async def report(self, job_id: str) -> Reply:
        """Notify the moderators about a picture. Raises as ``TeamService.report``."""
        new = await self._team.report(self._requester, job_id)
        sentence = self._say("reported" if new else "reported.before")
        return Reply(NoteCard(sentence), private=True)

    async def clear(self, job_id: str) -> Reply:
        """Leave a reported picture as it is. Raises as ``TeamService.clear``."""
        await self._team.clear(self._requester, job_id)
        return Reply(NoteCard(self._say("cleared")), replaces=True)

    async def lift(self, member_id: str) -> Reply:
        """Let a suspended person ask again. Raises as ``TeamService.lift``."""
        await self._team.lift(self._requester, member_id)
        return Reply(NoteCard(self._say("lifted", person=member_id)), replaces=True)

    async def queue(self) -> Reply:
        """The queue of the moderators. Raises as ``TeamService.waiting``."""
        jobs = await self._team.waiting(self._requester)
        if not jobs:
            return Reply(NoteCard(self._say("queue.empty")), private=True)
        return Reply(jobs_card(jobs), private=True)

    def _say(self, name: str, **parts: str) -> str:
        return moderator_phrase(name, self._requester.language, **parts)
