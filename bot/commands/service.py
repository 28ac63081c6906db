"""All commands, typed or by buttons; every answer is a reply that any platform can draw."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.buttons import Button, ButtonAction
from bot.cards import builders
from bot.cards import team as team_cards
from bot.cards.audit import audit_card
from bot.cards.evidence import evidence_card
from bot.cards.models import ChoiceCard, NoteCard, Reply
from bot.cards.news import draft_words
from bot.cards.pictures import illustration_cards
from bot.commands.accounts import AccountCommands
from bot.commands.appeals import AppealCommands
from bot.commands.library import LibraryCommands
from bot.commands.making import MakingCommands, Pictures
from bot.commands.news import NewsCommands
from bot.commands.presets import PresetCommands
from bot.commands.privacy import PrivacyCommands
from bot.commands.settings import SettingsCommands
from bot.locale.talk import talk_phrase
from bot.text import plain
from domain.errors import InvalidRequest, NotFound, NotPossibleNow, Refused
from domain.requests import Attachment, JobStatus
from domain.team import Scope
from domain.translation.messages import gettext
from jobs.admission.access import Action
from jobs.admission.refusals import get_refusal
from jobs.services.choosing import Choice


class Commands(MakingCommands):
    """The commands of one person in one place."""

    @property
    def has_news(self) -> bool:
        """Whether the news desk can be asked here."""
        return self._news is not None

    @property
    def news(self) -> NewsCommands:
        """The news desk commands. Raises ``NotPossibleNow`` where there is no news desk."""
        if self._news is None:
            raise NotPossibleNow(
                gettext("Scheduled news isn't running here. The operator must start `limner run`.")
            )
        return NewsCommands(self._news, self._requester)

    @property
    def presets(self) -> PresetCommands:
        """The preset commands."""
        return PresetCommands(self, self._team, self._requester)

    @property
    def privacy(self) -> PrivacyCommands:
        """The privacy commands. Raises ``NotPossibleNow`` where there are none."""
        if self._privacy is None:
            raise NotPossibleNow(gettext("This isn't possible here."))
        return PrivacyCommands(self._privacy, self._requester)

    @property
    def accounts(self) -> AccountCommands:
        """The account commands."""
        return AccountCommands(self._team.accounts, self._requester)

    @property
    def library(self) -> LibraryCommands:
        """The library commands."""
        return LibraryCommands(self._library, self._team, self._requester)

    async def job(self, identifier: str) -> Reply:
        """A job's progress or result; what waits for approval, for those who may decide. Raises
        ``NotFound``."""
        view = await self._view(identifier)
        alone = builders.picture_card(view, identifier.strip().upper())
        if alone is not None:
            return Reply(alone, private=True)
        status, owner = (
            view.job.status,
            view.job.request.origin.member_id == self._requester.member_id,
        )
        if status is JobStatus.FAILED and owner and view.job.request.origin.shadow_of is None:
            return Reply(builders.failure_card(view), private=True)
        if status is JobStatus.REVIEWING and await self._decides(view.job.id):
            return Reply(builders.review_card(view), private=True)
        refused = status is JobStatus.FAILED and get_refusal(view.job) is not None
        if refused and await self._decides(view.job.id):
            card = builders.appeal_card(view, language=self._requester.language)
            return Reply(card, private=True)
        if builders.is_reported(view) and await self._decides(view.job.id):
            report = builders.report_card(view, language=self._requester.language)
            return Reply(report, private=True)
        return Reply(builders.card_of(view), private=True)

    async def set_with(self, illustration_id: str) -> list[tuple[str, str]]:
        """The pictures of the set that one belongs to, as labels and ids; none where it is alone.
        Raises ``NotFound``."""
        shown = illustration_cards(await self._view(illustration_id))
        if len(shown) < 2:
            return []
        return [
            (f"{number} · {card.caption}", card.illustration_id)
            for number, card in enumerate(shown, 1)
        ]

    async def _decides(self, job_id: str) -> bool:
        """Whether the requester may approve or reject what waits."""
        try:
            await self._jobs.check(self._requester, Action.DECIDE, job_id)
        except Refused:
            return False
        return True

    async def jobs(self, *, everybody: bool = False, limit: int = 20) -> Reply:
        """The requester's newest jobs, or those of all members that the requester can see."""
        me = self._requester.member_id
        newest = await self._jobs.recent(
            self._requester.workspace_id, member_id=None if everybody else me, limit=limit
        )
        return Reply(
            builders.jobs_card(await self._jobs.visible(self._requester, newest)), private=True
        )

    async def report(self, identifier: str) -> Reply:
        """Notify the moderators about a picture. Raises as ``TeamService.report``."""
        job_id = (await self._view(identifier)).job.id
        return await AppealCommands(self._jobs, self._team, self._requester).report(job_id)

    async def queue(self) -> Reply:
        """The queue of the moderators. Raises ``Refused`` for all but moderators."""
        return await AppealCommands(self._jobs, self._team, self._requester).queue()

    async def sources(self, identifier: str) -> Reply:
        """The sources of a job or a picture, or the job's state where nothing was looked up because
        it is not that far, or was cancelled. Raises ``NotFound``."""
        view = await self._view(identifier)
        card = evidence_card(view)
        if view.page is not None and await self._manages(view.job.id):
            card = replace(card, buttons=(Button(ButtonAction.REVOKE, view.job.id),))
        if not (card.references or card.entries) and builders.is_undrawn(view):
            return Reply(builders.status_note(view), private=True)
        return Reply(card, private=True)

    async def _manages(self, job_id: str) -> bool:
        try:
            await self._jobs.check(self._requester, Action.MANAGE, job_id)
        except (NotFound, Refused):
            return False
        return True

    async def revoke_links(self, identifier: str) -> Reply:
        """Let every link to a job's page end; messages get a new one.

        Raises:
            NotFound: There is no such job here.
            Refused: It is somebody else's.
        """
        job_id = (await self._view(identifier)).job.id
        await self._jobs.revoke_links(self._requester, job_id)
        said = gettext("All links to its page have ended. Messages here get a new one.")
        return Reply(NoteCard(said), private=True)

    async def cancel(self, identifier: str) -> Reply:
        """Stop a job, waiting or running.

        Raises:
            NotFound: There is no such job here. NotPossibleNow: It is over already. Refused: It
            belongs to another member.
        """
        job_id = (await self._view(identifier)).job.id
        await self._jobs.cancel(self._requester, job_id)
        return Reply(builders.job_card(await self._view(job_id)), replaces=True)

    async def ask_deletion(self, identifier: str) -> Reply:
        """Ask whether a job's pictures are to be deleted, of a set which. Raises ``NotFound`` or
        ``Refused``."""
        view = await self._view(identifier)
        await self._jobs.check(self._requester, Action.MANAGE, view.job.id)
        only = identifier if identifier != view.job.id else None
        card = builders.deletion_card(view, only=only, language=self._requester.language)
        return Reply(card, private=True)

    async def delete(self, identifier: str) -> Reply:
        """Remove a job's pictures and messages, or the one picture of a set that is named. Raises
        ``NotFound``, ``NotPossibleNow`` or ``Refused``."""
        job_id = (await self._view(identifier)).job.id
        before = await self._jobs.delete(
            self._requester, job_id, identifier if identifier != job_id else None
        )
        shown = [card.illustration_id for card in illustration_cards(before)]
        count = len(shown)
        if identifier in shown and count > 1:
            sentence = talk_phrase("deleted.one", self._requester.language)
            return Reply(NoteCard(sentence), private=True, replaces=True)
        name = "deleted.one" if count <= 1 else "deleted.all"
        return Reply(
            NoteCard(talk_phrase(name, self._requester.language, count=count)),
            private=True,
            deleted=tuple((m.channel, m.message) for m in before.messages),
        )

    async def choose(
        self,
        identifier: str,
        *,
        keep: Sequence[int] | None = None,
        replaced: Mapping[int, tuple[str, bytes]] | None = None,
        added: Pictures = (),
    ) -> Reply:
        """Go on with the references that were chosen. Raises as ``JobService.choose``."""
        job_id = (await self._view(identifier)).job.id
        swapped: dict[int, Attachment] = {}
        for number, picture in (replaced or {}).items():
            swapped[number] = (await self._attached([picture]))[0]
        choice = Choice(
            keep=tuple(keep) if keep is not None else None,
            replaced=swapped,
            added=tuple(await self._attached(added)),
        )
        await self._jobs.choose(self._requester, job_id, choice)
        return Reply(builders.job_card(await self._view(job_id)), replaces=True)

    async def choice(self, identifier: str) -> ChoiceCard:
        """The references that a job waits for, so that some are chosen. Raises as
        :meth:`choose`."""
        job_id = (await self._view(identifier)).job.id
        await self._jobs.check(self._requester, Action.CHOOSE, job_id)
        view = await self._jobs.view(self._requester.workspace_id, job_id)
        if view.job.status is not JobStatus.CHOOSING:
            raise NotPossibleNow(
                gettext("The references for this picture have already been chosen.")
            )
        return builders.choice_card(view)

    async def draft_words(self, identifier: str) -> str:
        """The words of a draft of the news desk, as a form shows them. Raises ``NotFound``, or
        ``Refused`` for who may not change them."""
        job = await self._jobs.check(self._requester, Action.DRAFT, identifier)
        return draft_words(await self._jobs.view(self._requester.workspace_id, job.id))

    async def decide(self, identifier: str, *, approved: bool, reason: str | None = None) -> Reply:
        """Approve or reject what waits for it. Raises as ``TeamService.decide``."""
        job_id = (await self._view(identifier)).job.id
        view = await self._team.decide(
            self._requester, job_id, approved=approved, reason=plain(reason or "", most=300) or None
        )
        return Reply(builders.review_card(view), replaces=True)

    async def vote(self, illustration_id: str, value: int) -> Reply:
        """Count a vote: 1 for, -1 against, 0 takes it back. Raises ``NotFound``."""
        tally = await self._team.vote(self._requester, illustration_id, value)
        return Reply(NoteCard(f"👍 {tally.up} 👎 {tally.down}"), private=True)

    async def take_back(self, illustration_id: str, value: int) -> Reply:
        """Take a vote back if it is that one. Raises ``NotFound``."""
        tally = await self._team.take_back(self._requester, illustration_id, value)
        return Reply(NoteCard(f"👍 {tally.up} 👎 {tally.down}"), private=True)

    async def gallery(self) -> Reply:
        """The pictures that the team likes best."""
        best = await self._team.gallery(self._requester, limit=10)
        return Reply(builders.gallery_card(best))

    @property
    def scoped_settings(self) -> SettingsCommands:
        """The settings commands, at each scope."""
        return SettingsCommands(self._team, self._requester, self._generators)

    async def settings(
        self, scope: Scope, name: str | None = None, value: str | None = None
    ) -> Reply:
        """Show what is set at a scope, or set one thing; an empty value takes it back. Raises as
        ``SettingsCommands.change``."""
        changes = {} if name is None else {name: value or ""}
        return await self.scoped_settings.change(scope, changes)

    async def usage(self, *, everybody: bool = False) -> Reply:
        """The requests and costs of the requester or the team. Raises ``Refused``."""
        usage = await self._team.usage(self._requester, everybody=everybody)
        card = team_cards.usage_card(usage, everybody=everybody, now=datetime.now(UTC))
        return Reply(card, private=True)

    async def audit(self) -> Reply:
        """The audit log, the newest entry first. Raises ``Refused`` for all but admins."""
        entries = await self._team.audit(self._requester, limit=50)
        return Reply(audit_card(entries), private=True)

    async def press(
        self,
        button: Button,
        *,
        message: str,
        text: str | None = None,
        numbers: Sequence[int] | None = None,
        pictures: Pictures = (),
        replaced: Sequence[int] = (),
    ) -> Reply:
        """Do what a button says, if the person may.

        ``message`` is the surface's id of the message that it stands on: while a job that was begun
        there by this person and this button goes on, pressing again changes nothing. ``text`` is
        what was typed for ``EDIT``, ``REJECT`` and ``TEXT``, ``numbers`` the references that were
        picked for ``KEEP`` and ``REPLACE``, and ``pictures`` what was brought along for ``EDIT``
        and ``REPLACE``: there they stand in for the references ``replaced``, in this order, and
        what is left over is added.

        Raises:
            LimnerError: It cannot be done; the message says why.
        """
        subject = button.subject
        match button.action:
            case ButtonAction.SOURCES:
                return await self.sources(subject)
            case ButtonAction.REFERENCES:
                return await self.sources(subject)
            case ButtonAction.SHOW:
                return await self.job(subject)
            case ButtonAction.MORE:
                return await self.library.list(after=subject)
            case ButtonAction.CANCEL:
                return await self.cancel(subject)
            case ButtonAction.ASK_DELETION:
                return await self.ask_deletion(subject)
            case ButtonAction.DELETE:
                return await self.delete(subject)
            case ButtonAction.APPROVE:
                return await self.decide(subject, approved=True)
            case ButtonAction.REJECT:
                return await self.decide(subject, approved=False, reason=text)
            case ButtonAction.GO:
                return await self.choose(subject)
            case ButtonAction.KEEP:
                return await self.choose(subject, keep=numbers)
            case ButtonAction.REPLACE:
                return await self._replace(subject, numbers, pictures, replaced)
            case (
                ButtonAction.APPEAL
                | ButtonAction.ALLOW
                | ButtonAction.DISMISS
                | ButtonAction.LIFT
                | ButtonAction.REVEAL
                | ButtonAction.REPORT
                | ButtonAction.CLEAR
            ):
                appeals = AppealCommands(self._jobs, self._team, self._requester)
                return await appeals.press(button)
            case ButtonAction.REVOKE:
                return await self.revoke_links(subject)
            case ButtonAction.CANVAS:  # made where there are canvases, on Slack
                raise NotPossibleNow(gettext("This isn't possible here."))
            case ButtonAction.UP:
                return await self.vote(subject, 1)
            case ButtonAction.DOWN:
                return await self.vote(subject, -1)
            case (
                ButtonAction.RERENDER
                | ButtonAction.RERESEARCH
                | ButtonAction.VARY
                | ButtonAction.EDIT
                | ButtonAction.UPSCALE
                | ButtonAction.CHANGE
                | ButtonAction.NEW
                | ButtonAction.PICK
            ):
                return await self._make(button, message, text, pictures)
            case ButtonAction.FORGET:
                member = self._requester.member_id
                return await self.privacy.press(button, event_key=f"{message}:{member}")
            case ButtonAction.SETTING:
                raise InvalidRequest(gettext("Choose a setting in the menu."))
            case ButtonAction.NOTHING:
                sentence = talk_phrase("noted", self._requester.language)
                return Reply(NoteCard(sentence), private=True, replaces=True)
            case ButtonAction.RUN:
                raise InvalidRequest(
                    gettext("Type {command!r} instead.", command=subject.replace(":", " "))
                )
            case (
                ButtonAction.TEXT
                | ButtonAction.PICTURE
                | ButtonAction.STORY
                | ButtonAction.ANNOTATE
                | ButtonAction.RETELL
            ):
                key = await self._fresh_key(button, message, text)
                return await self.news.press(button, event_key=key, text=text)

    async def _replace(
        self, subject: str, keep: Sequence[int] | None, pictures: Pictures, replaced: Sequence[int]
    ) -> Reply:
        if not pictures:
            raise InvalidRequest(gettext("Attach a picture, or give the address of one."))
        return await self.choose(
            subject,
            keep=keep,
            replaced=dict(zip(replaced, pictures, strict=False)),
            added=pictures[len(replaced) :],
        )

    async def _make(
        self, button: Button, message: str, text: str | None, pictures: Pictures
    ) -> Reply:
        key = await self._fresh_key(button, message, text)
        match button.action:
            case ButtonAction.RERENDER:
                return await self.regenerate(button.subject, event_key=key)
            case ButtonAction.RERESEARCH:
                return await self.research(button.subject, event_key=key)
            case ButtonAction.VARY:
                return await self.vary(button.subject, event_key=key)
            case ButtonAction.UPSCALE:
                return await self.upscale(button.subject, event_key=key)
            case ButtonAction.NEW:
                return await self.imagine(self._offered(text), event_key=key)
            case ButtonAction.CHANGE:
                return await self.edit(button.subject, self._offered(text), event_key=key)
            case ButtonAction.PICK:
                return await self.pick(button.subject, text or "", event_key=key)
            case _:
                return await self.edit(button.subject, text or "", event_key=key, pictures=pictures)

    def _offered(self, text: str | None) -> str:
        """The words that an offer was made for. Raises ``InvalidRequest`` where they are lost."""
        if not text:
            raise InvalidRequest(talk_phrase("words.lost", self._requester.language))
        return text

    async def _fresh_key(self, button: Button, message: str, text: str | None) -> str:
        """The event key of a press: that of the job which an earlier press began and which still
        goes on, or a new one."""
        surface, member = self._requester.destination.surface, self._requester.member_id
        about = f"{button.action.value}:{button.subject[-30:]}"
        suffix = f":{hashlib.sha256(text.encode()).hexdigest()[:12]}" if text else ""
        stem = f"{surface}:press:{message}:{about}:{member}{suffix}"
        number = 1
        while True:
            key = f"{stem}:{number}"
            job = await self._jobs.job_of_event(self._requester.workspace_id, key)
            if job is None or not job.status.final:
                return key
            number += 1
