"""The reply to a message that was understood: what it wants is done, or asked back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.buttons import Button, ButtonAction, ButtonLook
from bot.cards import builders
from bot.cards.builders import deletion_card
from bot.cards.evidence import evidence_card
from bot.cards.models import NoteCard, Reply
from bot.cards.pictures import illustration_cards, state_phrase
from bot.commands.answers import answers
from bot.commands.describing import describe
from bot.commands.incoming_messages import MAKING, UnderstoodMessage, is_running
from bot.commands.making import Pictures
from bot.commands.ports import Services
from bot.commands.provenance import verify
from bot.commands.service import Commands
from bot.commands.typed import run_command, suggestion_card, typed
from bot.commands.which_picture import LOOKED_THROUGH, SetOfPictures
from bot.intents.models import Intent
from bot.intents.subcommands import Ask, Sub, is_use_of_preset, preset_verb
from bot.locale.talk import talk_phrase
from bot.text import cited, plain
from domain.requests import MAX_REFERENCES, Audience, Job
from domain.team import Scope
from jobs.admission.requests import Requester
from jobs.common.views import JobView

_LANGUAGE: Final = re.compile(r"\b(?:(english|englisch)|(german|deutsch))\b", re.IGNORECASE)
_MENTIONED: Final = re.compile(r"[\w -]{1,60}")


@dataclass(frozen=True, slots=True)
class MessageReply:
    """The reply to one message, and what is done for it."""

    services: Services
    requester: Requester
    understood: UnderstoodMessage
    commands: Commands
    event_key: str
    pictures: Pictures
    help_card: NoteCard

    def say(self, name: str, *buttons: Button, **parts: object) -> Reply:
        """A sentence of ours."""
        sentence = talk_phrase(name, self.understood.language, **parts)
        card = NoteCard(sentence, (), buttons, words=self.understood.message.text)
        return Reply(card, private=True)

    async def make(self) -> Reply:
        """Do what the message wants.

        Raises:
            LimnerError: It cannot be done; the message says why.
        """
        reading = self.understood.reading
        if len(self.pictures) > MAX_REFERENCES:
            return self.say("files.most", count=len(self.pictures), most=MAX_REFERENCES)
        match reading.intent:
            case Intent.NOTHING:
                return self.say("thanks" if reading.suggestion == "thanks" else "talk")
            case Intent.HELP:
                return Reply(self.help_card, private=True)
            case Intent.NEW:
                return await self._new()
            case Intent.SUGGEST:
                return self._suggest()
            case Intent.OFFER:
                return await self._offer()
            case Intent.GALLERY:
                return await self.commands.gallery()
            case Intent.SETTINGS | Intent.NEWS | Intent.COMMAND:
                return await self._command(reading.ask)
            case Intent.STATUS:
                return await self._status(reading.ask)
            case Intent.CANCEL:
                return await self._cancel(reading.ask)
            case Intent.SOURCES if reading.ask is not None and reading.ask.subject:
                return await self.commands.sources(reading.ask.subject)
            case _:
                return await self._about_picture()

    async def _new(self) -> Reply:
        instruction = self.understood.reading.instruction
        if not instruction:
            return await self.commands.illustrate(
                "", event_key=self.event_key, pictures=self.pictures
            )
        return await self.commands.imagine(
            instruction, event_key=self.event_key, pictures=self.pictures
        )

    def _suggest(self) -> Reply:
        suggestion = self.understood.reading.suggestion
        message, language = self.understood.message, self.understood.language
        return Reply(
            suggestion_card(suggestion, words=message.text, language=language), private=True
        )

    async def _offer(self) -> Reply:
        view = self.understood.view
        nothing = Button(ButtonAction.NOTHING, "-")
        if view is None or not illustration_cards(view):
            asks = self.understood.message.text.rstrip().endswith("?")
            new = Button(ButtonAction.NEW, "-", ButtonLook.PRIMARY)
            return self.say("question.no_picture" if asks else "offer.new", new, nothing)
        changes = await self._set_of(view).changes(self.understood.reading)
        return self.say("offer", *changes, Button(ButtonAction.NEW, "-"), nothing)

    async def _status(self, ask: Ask | None) -> Reply:
        if ask is not None and ask.subject:
            return await self.commands.job(ask.subject)
        view = self.understood.view
        if view is not None and self.understood.message.job_id is not None:
            return Reply(builders.status_note(view))
        job = await self._running_job()
        if job is not None:
            return await self.commands.job(job.id)
        return await self._personal("status", await self.commands.jobs())

    async def _cancel(self, ask: Ask | None) -> Reply:
        if ask is not None and ask.subject:
            await self.commands.cancel(ask.subject)
            return self.say("cancelled")
        view = self.understood.view
        if view is not None and is_running(view):
            await self.commands.cancel(view.job.id)
            return self.say("cancelled")
        job = await self._running_job()
        if job is None:
            return self.say("cancel.none")
        await self.commands.cancel(job.id)
        return self.say("cancelled")

    async def _command(self, ask: Ask | None) -> Reply:
        """A sub-command, or the words for one."""
        reading = self.understood.reading
        if ask is None:
            found = _LANGUAGE.search(self.understood.message.text)
            if reading.intent is Intent.SETTINGS and found:
                value = "en" if found[1] else "de"
                return await self.commands.settings(Scope.MEMBER, "language", value)
            ask = Ask(Sub.NEWS if reading.intent is Intent.NEWS else Sub.SETTINGS)
        if ask.sub is Sub.EDIT:
            return await self._edit(ask)
        if ask.sub is Sub.VERIFY:
            return await self._verify(self.pictures, ask.words)
        if ask.sub is Sub.DESCRIBE:
            return await self._describe(self.pictures, ask.words)
        if ask.sub is Sub.BLEND:
            return await self.commands.blend(
                ask.words, event_key=self.event_key, pictures=self.pictures
            )
        if is_use_of_preset(ask):
            name, _, prompt = preset_verb(ask.words)[1].partition(" ")
            return await self.commands.presets.use(
                name, prompt, event_key=self.event_key, pictures=self.pictures
            )
        return await self._personal(typed(ask), await run_command(self.commands, ask))

    async def _edit(self, ask: Ask) -> Reply:
        if ask.subject is not None:
            return await self.commands.edit(
                ask.subject, ask.words, event_key=self.event_key, pictures=self.pictures
            )
        if not ask.words:
            return self.say("edit.empty")
        return await self._about_picture(instruction=ask.words)

    async def _personal(self, command: str, reply: Reply) -> Reply:
        """A reply for this person alone: behind a button, where others would read it."""
        files = reply.files is not None  # which only the answer to a button can carry
        if reply.job_id is not None or not reply.private or (self._is_alone and not files):
            return reply
        if not _MENTIONED.fullmatch(command.replace(":", " ")):
            return reply
        button = Button(ButtonAction.RUN, command.replace(" ", ":"), ButtonLook.PRIMARY)
        note = NoteCard(talk_phrase("personal", self.understood.language), (), (button,))
        return Reply(note, private=True, whispered=None if files else reply.card)

    async def _about_picture(self, *, instruction: str = "") -> Reply:
        view, reading = self.understood.view, self.understood.reading
        if view is None:
            return self.say("which")
        shown = illustration_cards(view)
        if reading.intent is Intent.SOURCES:
            return await self.commands.sources(view.job.id)
        if reading.intent is Intent.QUESTION:
            return self._answer(view)
        if reading.intent is Intent.DELETE:
            return self._confirm_deletion(view, [card.illustration_id for card in shown])
        if reading.intent is Intent.RESEARCH:
            return await self.commands.research(view.job.id, event_key=self.event_key)
        if reading.intent is Intent.REFERENCE and not self.pictures:
            return await self.commands.research(view.job.id, event_key=self.event_key, choose=True)
        if not shown:
            return self.say(state_phrase(view))
        words = instruction or reading.instruction or self.understood.message.text
        pictures = self._set_of(view)
        brought = self.pictures and reading.intent is not Intent.UPSCALE
        if brought or reading.references:  # which a button could not keep
            return await self.commands.edit(
                await pictures.or_best(reading),
                words or talk_phrase("use", self.understood.language),
                event_key=self.event_key,
                pictures=self.pictures,
                references=reading.references,
            )
        meant = await pictures.meant(reading)
        if not meant:
            language = self.understood.language
            wish = reading.intent if reading.intent in MAKING else Intent.CHANGE
            return Reply(pictures.question(wish, words, language=language), private=True)
        return await self.commands.make_of_each(
            reading.intent, meant, words, event_key=self.event_key
        )

    async def _verify(self, pictures: Pictures, address: str) -> Reply:
        """Provenance of attached pictures. Raises as :func:`bot.commands.provenance.verify`."""
        return await verify(
            self.services, self.requester, pictures=pictures, address=address or None
        )

    async def _describe(self, pictures: Pictures, words: str) -> Reply:
        """Descriptions of attached pictures. Raises as :func:`bot.commands.describing.describe`."""
        address = words if words.startswith(("http://", "https://")) else None
        return await describe(self.services, self.requester, pictures=pictures, address=address)

    async def _running_job(self) -> Job | None:
        """The person's newest job that is not over, here before elsewhere."""
        jobs = await self.services.jobs.recent(
            self.requester.workspace_id,
            member_id=self.requester.member_id,
            limit=LOOKED_THROUGH,
        )
        going = [job for job in jobs if not job.status.final]
        here = self.requester.destination.channel
        near = [job for job in going if job.request.routing.destination.channel == here]
        return next(iter((*near, *going)), None)

    @property
    def _is_alone(self) -> bool:
        """Whether only this person reads the answer."""
        return self.requester.audience is Audience.ALONE

    def _set_of(self, view: JobView) -> SetOfPictures:
        return SetOfPictures(self.services, self.requester, view)

    def _answer(self, view: JobView) -> Reply:
        card = evidence_card(view)
        research = Button(ButtonAction.RERESEARCH, view.job.id)
        if not any(entry.title for entry in card.entries):
            if builders.is_undrawn(view):
                return Reply(builders.status_note(view), private=True)
            return self.say("answer.no_sources", research)
        found = answers(self.understood.message.text, card.entries)
        sources = Button(ButtonAction.SOURCES, view.job.id)
        if not found:
            return self.say("answer.none", sources, research)
        lines = tuple(
            plain(f"[{e.n}] {e.passage or e.claim} — {cited(e.title or '', e.address or '')}")
            for e in found
        )
        text = talk_phrase("answer", self.understood.language)
        return Reply(NoteCard(text, lines, (sources,)))

    def _confirm_deletion(self, view: JobView, shown: Sequence[str]) -> Reply:
        """Ask whether to delete: the picture that is named, or of a set which."""
        named = self.understood.reading.picture
        only = shown[min(named, len(shown)) - 1] if named is not None and shown else None
        card = deletion_card(view, only=only, language=self.understood.language)
        return Reply(card, private=True)
