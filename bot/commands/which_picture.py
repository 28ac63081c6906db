"""Which picture of a set a message means, and the question that is asked where nothing says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.buttons import Button, ButtonAction, ButtonLook
from bot.cards.models import NoteCard
from bot.cards.pictures import illustration_cards
from bot.commands.ports import Services
from bot.intents.described import are_told_apart, texts_of_each
from bot.intents.models import Intent, Reading
from bot.locale.talk import talk_phrase
from jobs.admission.requests import Requester
from jobs.common.views import JobView

LOOKED_THROUGH: Final = 20
"""Newest jobs of a person among which those of this place are looked for."""


def said_of_each(view: JobView) -> tuple[str, ...]:
    """What is known of each shown picture of a set by itself, from the prompt or, where that does
    not say it, from the pictures' descriptions; empty where nothing is."""
    shown = [card.illustration_id for card in illustration_cards(view)]
    if len(shown) < 2:
        return ()
    drawn = sorted(view.illustrations, key=lambda picture: picture.position)
    said = texts_of_each(
        view.job.request.prompt, view.research.grounded.text, pictures=len(drawn)
    ) or [picture.alt_text or "" for picture in drawn]
    texts = {picture.id: text for picture, text in zip(drawn, said, strict=True)}
    return tuple(texts[id_] for id_ in shown)


class SetOfPictures:
    """The finished pictures of a job, of which a person means one or all."""

    def __init__(self, services: Services, requester: Requester, view: JobView) -> None:
        self._services = services
        self._requester = requester
        self._view = view
        self.shown = [card.illustration_id for card in illustration_cards(view)]

    async def meant(self, reading: Reading) -> Sequence[str]:
        """The pictures that a message means: all where it says so, or the one that it names, that
        is the only one, or that this person last had something made of; else all where a wish that
        names none is for all and they have so many left today; empty where nothing says which."""
        if len(self.shown) < 2:
            return self.shown
        if reading.picture is not None:
            return [self.shown[min(reading.picture, len(self.shown)) - 1]]
        if reading.every:
            return self.shown
        used = await self._last_used()
        if used is not None:
            return [used]
        if reading.together and await self._has_room(len(self.shown)):
            return self.shown
        if reading.intent is Intent.SEED and not are_told_apart(said_of_each(self._view)):
            return [self._liked_best()]
        return []

    async def or_best(self, reading: Reading) -> str:
        """The picture that a message means, or where nothing says which the one that is liked best
        or stands first. Raises ``IndexError`` where there is none."""
        return next(iter(await self.meant(reading)), None) or self._liked_best()

    def question(self, intent: Intent, words: str, *, language: str) -> NoteCard:
        """Asks which picture a wish is for."""
        picks = [
            Button(ButtonAction.PICK, f"{intent.value}:{id_}", number=number)
            for number, id_ in enumerate(self.shown, 1)
        ]
        every = Button(ButtonAction.PICK, f"{intent.value}:{self._view.job.id}", number=0)
        nothing = Button(ButtonAction.NOTHING, "-")
        text = talk_phrase("which.one", language)
        return NoteCard(text, (), (*picks, every, nothing), words=words)

    async def changes(self, reading: Reading) -> list[Button]:
        """The buttons that offer a change: of the picture that is meant, or of each."""
        meant = await self.meant(reading)
        if len(meant) == 1:
            return [Button(ButtonAction.CHANGE, meant[0], ButtonLook.PRIMARY)]
        return [
            Button(ButtonAction.CHANGE, id_, number=number)
            for number, id_ in enumerate(self.shown, 1)
        ]

    async def _has_room(self, count: int) -> bool:
        """Whether so many pictures fit into what the person has left today."""
        usage = await self._services.team.usage(self._requester)
        return usage.daily_limit is None or usage.pictures_today + count <= usage.daily_limit

    async def _last_used(self) -> str | None:
        """The picture that the person's newest job here was made of, if it is one of the set."""
        jobs = await self._services.jobs.recent(
            self._requester.workspace_id,
            member_id=self._requester.member_id,
            limit=LOOKED_THROUGH,
        )
        here = self._requester.destination.channel
        used = (
            job.request.parent_id for job in jobs if job.request.routing.destination.channel == here
        )
        return next((id_ for id_ in used if id_ in self.shown), None)

    def _liked_best(self) -> str:
        scores = {
            picture.id: tally.score
            for picture, tally in zip(self._view.illustrations, self._view.tallies, strict=False)
        }
        return max(self.shown, key=lambda id_: max(0, scores.get(id_, 0)))
