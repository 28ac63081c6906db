"""Commands that make pictures: requests, changes, re-renders, variations, larger copies, new
research."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.cards import builders
from bot.cards.models import Reply, StatusCard
from bot.cards.pictures import illustration_cards
from bot.commands.ids import illustration_id_of, job_id_of
from bot.commands.ports import Services
from bot.intents.models import Intent
from bot.intents.roles import with_named_references
from bot.locale.talk import talk_phrase
from bot.options import request_of, split_options
from bot.permutations import permuted
from bot.text import shortened
from domain.errors import InvalidRequest, NotPossibleNow, Refused
from domain.mentions import mentioned_ids, with_names
from domain.prompt_text import MAX_PROMPT_CHARS
from domain.requests import Attachment, Job, JobStatus
from domain.translation.messages import gettext, ngettext, translated
from jobs.admission.access import Action
from jobs.admission.requests import Requester
from jobs.common.views import JobView

Pictures = Sequence[tuple[str, bytes]]
"""Pictures that a person sent: name and bytes."""


BLEND: Final = gettext("One picture that blends the reference images.")
ILLUSTRATE: Final = gettext("Illustrate this picture.")
RESULT_S: Final[Mapping[str, float]] = {"slack": 1.2, "discord": 1.0}
"""The seconds that a platform wants between two results in one channel."""


class MakingCommands:
    """The picture commands of one person in one place."""

    def __init__(self, services: Services, requester: Requester) -> None:
        self._jobs = services.jobs
        self._team = services.team
        self._library = services.library
        self._generators = services.generators
        self._news = services.news
        self._privacy = services.privacy
        self._requester = requester

    async def imagine(
        self,
        text: str,
        *,
        event_key: str,
        options: Mapping[str, str] | None = None,
        pictures: Pictures = (),
        literal: bool = False,
    ) -> Reply:
        """Accept a request; without ``options`` they are looked for at the end of the text.

        ``pictures`` are references that the requester brings along. Choices in braces make a job
        each (``a {red, blue} car``), unless the text is ``literal``; the reply shows the first, and
        the others get messages of their own.

        Raises:
            InvalidRequest: The text or an option cannot be used.
            Refused: The policy or the team's settings stand against it.
            UnusableReference: One of the pictures cannot be used.
        """
        text = await self._in_names(text)
        prompt, options = (text, options) if options is not None else split_options(text)
        prompts = permuted(prompt) if not literal else [prompt]
        preferences = await self._team.preferences(self._requester)
        named = [with_named_references(each, pictures=len(pictures)) for each in prompts]
        requests = [request_of(self._requester, each, options, preferences) for each in named]
        if len(requests) > 1:
            await self._check_room(sum(request.count for request in requests))
        brought = tuple(await self._attached(pictures))
        jobs = [
            await self._jobs.submit(
                request.with_attachments(brought),
                event_key=event_key if number == 1 else f"{event_key}:{number}",
                requester=self._requester,
            )
            for number, request in enumerate(requests, 1)
        ]
        return await self._begun(jobs[0])

    async def check_imagine(
        self,
        text: str,
        *,
        options: Mapping[str, str] | None = None,
        pictures: int = 0,
        literal: bool = False,
    ) -> None:
        """See whether :meth:`imagine` would accept that, with so many pictures; nothing is kept.
        Raises as that, but for pictures that cannot be used."""
        prompt, options = (text, options) if options is not None else split_options(text)
        prompts = permuted(prompt) if not literal else [prompt]
        preferences = await self._team.preferences(self._requester)
        named = [with_named_references(each, pictures=pictures) for each in prompts]
        requests = [request_of(self._requester, each, options, preferences) for each in named]
        if len(requests) > 1:
            await self._check_room(sum(request.count for request in requests))
        await self._jobs.check_request(self._requester, requests[0])

    async def check_picture(self, identifier: str, words: str = "") -> None:
        """See whether something may be made of a picture now, by ``words`` where it is changed.
        Raises as :meth:`regenerate`, and ``Refused`` where the requester may have nothing made."""
        await self._picture_id(identifier)
        await self._check_words(words)

    async def check_job(self, identifier: str) -> None:
        """See whether a job may be done again now. Raises ``NotFound`` or ``Refused``."""
        await self._view(identifier)
        await self._check_words()

    async def _check_words(self, words: str = "") -> None:
        preferences = await self._team.preferences(self._requester)
        request = request_of(self._requester, words.strip() or "a picture", {}, preferences)
        await self._jobs.check_request(self._requester, request)

    async def _check_room(self, count: int) -> None:
        """See that so many pictures fit into what the person has left today, before the first of
        them is begun. Raises ``Refused``."""
        usage = await self._team.usage(self._requester)
        if usage.daily_limit is None:
            return
        left = max(0, usage.daily_limit - usage.pictures_today)
        if count > left:
            raise Refused(
                ngettext(
                    "That makes {wanted} pictures, but you have {count} picture left today.",
                    "That makes {wanted} pictures, but you have {count} pictures left today.",
                    left,
                    wanted=count,
                )
            )

    async def blend(
        self,
        text: str,
        *,
        event_key: str,
        pictures: Pictures,
        options: Mapping[str, str] | None = None,
    ) -> Reply:
        """Combine two to four pictures into one. Raises ``InvalidRequest`` for fewer, and as
        :meth:`imagine`."""
        if len(pictures) < 2:
            raise InvalidRequest(gettext("Send two to four pictures to blend."), field="reference")
        asked = text.strip() or translated(BLEND, self._requester.language)
        return await self.imagine(asked, event_key=event_key, options=options, pictures=pictures)

    async def illustrate(self, text: str, *, event_key: str, pictures: Pictures = ()) -> Reply:
        """Draw a message: all of it is the prompt, as much as fits."""
        return await self.imagine(
            shortened(
                text.strip() or translated(ILLUSTRATE, self._requester.language),
                most=MAX_PROMPT_CHARS,
            ),
            event_key=event_key,
            options={},
            pictures=pictures,
            literal=True,
        )

    async def edit(
        self,
        identifier: str,
        instruction: str,
        *,
        event_key: str,
        pictures: Pictures = (),
        references: Sequence[int] = (),
    ) -> Reply:
        """Change an earlier picture; a job with a single picture names it too.

        Raises:
            InvalidRequest: The instruction is empty, or the job has several pictures.
            NotFound: There is no such picture here.
            NotPossibleNow: It has not been rendered yet.
        """
        if not instruction.strip():
            raise InvalidRequest(
                talk_phrase("edit.empty", self._requester.language), field="instruction"
            )
        illustration_id = await self._picture_id(identifier)
        job = await self._jobs.edit(
            self._requester,
            illustration_id,
            await self._in_names(instruction),
            event_key=event_key,
            pictures=await self._attached(pictures),
            references=references,
        )
        return await self._begun(job)

    async def regenerate(
        self,
        identifier: str,
        *,
        event_key: str,
        seed: int | None = None,
        generator: str | None = None,
    ) -> Reply:
        """Make a picture again from its recipe; a job with a single picture names it too.

        Raises:
            InvalidRequest: The generator cannot serve it, or the job has several pictures.
            NotFound: There is no such picture here.
            NotPossibleNow: It has not been rendered yet.
        """
        illustration_id = await self._picture_id(identifier)
        job = await self._jobs.rerender(
            self._requester, illustration_id, event_key=event_key, seed=seed, generator=generator
        )
        return await self._begun(job)

    async def vary(self, identifier: str, *, event_key: str, count: int = 1) -> Reply:
        """Make variations of a picture. Raises as :meth:`regenerate`."""
        illustration_id = await self._picture_id(identifier)
        job = await self._jobs.vary(
            self._requester, illustration_id, event_key=event_key, count=count
        )
        return await self._begun(job)

    async def upscale(self, identifier: str, *, event_key: str, factor: int = 2) -> Reply:
        """Enlarge a picture. Raises as :meth:`regenerate`."""
        illustration_id = await self._picture_id(identifier)
        job = await self._jobs.upscale(
            self._requester, illustration_id, event_key=event_key, factor=factor
        )
        return await self._begun(job)

    async def pick(self, subject: str, words: str, *, event_key: str) -> Reply:
        """Do what a message wants with the picture that was picked for it, or with every picture of
        a job; ``subject`` is that of a ``PICK`` button. Raises as :meth:`make_of_each`."""
        wish, _, identifier = subject.partition(":")
        view = await self._view(identifier, kind="picture")
        shown = [card.illustration_id for card in illustration_cards(view)]
        chosen = shown if identifier == view.job.id else [identifier]
        if wish == Intent.CHANGE and not words:
            raise InvalidRequest(talk_phrase("words.lost", self._requester.language))
        return await self.make_of_each(wish, chosen, words, event_key=event_key)

    async def make_of_each(
        self, wish: str, identifiers: Sequence[str], words: str, *, event_key: str
    ) -> Reply:
        """Change pictures as ``words`` say, or enlarge or redraw them, with a job each; the reply
        shows the first, and the others get messages of their own.

        Raises:
            NotPossibleNow: There is no picture any more.
            Refused: They are more than the person has left today.
            LimnerError: As :meth:`edit`, :meth:`upscale` and :meth:`regenerate`.
        """
        if not identifiers:
            raise NotPossibleNow(talk_phrase("state.deleted", self._requester.language))
        if len(identifiers) > 1:
            await self._check_room(len(identifiers))
        replies: list[Reply] = []
        for number, identifier in enumerate(identifiers, 1):
            key = event_key if number == 1 else f"{event_key}:{number}"
            match wish:
                case Intent.UPSCALE:
                    replies.append(await self.upscale(identifier, event_key=key))
                case Intent.AGAIN:
                    replies.append(await self.regenerate(identifier, event_key=key))
                case Intent.SEED:
                    replies.append(await self.vary(identifier, event_key=key))
                case _:
                    replies.append(await self.edit(identifier, words, event_key=key))
        return replies[0]

    async def research(self, identifier: str, *, event_key: str, choose: bool = False) -> Reply:
        """Search anew for the prompt of a job or a picture; with ``choose`` the references are
        picked before anything is drawn. Raises ``NotFound``."""
        job_id = (await self._view(identifier)).job.id
        job = await self._jobs.reresearch(
            self._requester, job_id, event_key=event_key, choose=choose
        )
        return await self._begun(job)

    async def _in_names(self, text: str) -> str:
        """A text in which names stand for the ids of people and channels."""
        ids, names = mentioned_ids(text), self._requester.names
        return with_names(text, await names(ids) if ids and names is not None else None)

    async def _attached(self, pictures: Pictures) -> list[Attachment]:
        workspace_id = self._requester.workspace_id
        return [await self._jobs.attach(workspace_id, name, data) for name, data in pictures]

    async def _begun(self, job: Job) -> Reply:
        view = await self._jobs.view(self._requester.workspace_id, job.id)
        card = builders.card_of(view)
        if isinstance(card, StatusCard) and view.job.status is JobStatus.QUEUED:
            between_s = RESULT_S.get(self._requester.destination.surface, 0.0)
            wait_s = await self._jobs.wait_s(view.job, between_s=between_s)
            card = builders.with_wait(card, wait_s or 0.0)
        return Reply(card, private=job.request.routing.private, job_id=job.id)

    async def _view(self, identifier: str, *, kind: str = "job") -> JobView:
        """The job that an id means, if the requester can see it."""
        job_id = await job_id_of(self._jobs, self._requester.workspace_id, identifier, kind=kind)
        await self._jobs.check(self._requester, Action.READ, job_id)
        return await self._jobs.view(self._requester.workspace_id, job_id)

    async def _picture_id(self, identifier: str) -> str:
        await self._view(identifier, kind="picture")
        return await illustration_id_of(self._jobs, self._requester.workspace_id, identifier)
