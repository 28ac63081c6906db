"""Answers to what people write: in threads, in replies, after a mention, in direct messages.

A message is first read (who is addressed, what is wanted, of which picture), then carried out.
Between the two a surface fetches attached pictures and finds out where it can answer.
"""

from __future__ import annotations

import asyncio
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
from bot.commands.answers import answers, languages_of
from bot.commands.brought_files import check_usable
from bot.commands.describing import describe
from bot.commands.intent_model import known_better
from bot.commands.making import Pictures
from bot.commands.ports import Services
from bot.commands.provenance import verify
from bot.commands.service import Commands
from bot.commands.typed import run_command, suggestion_card, typed
from bot.commands.which_picture import LOOKED_THROUGH, SetOfPictures, said_of_each
from bot.intents.meaning import text_about
from bot.intents.models import Heard, Intent, Reading
from bot.intents.reader import needs_picture, read
from bot.intents.subcommands import Ask, Sub, is_use_of_preset, preset_verb
from bot.intents.things import words_shown
from bot.locale.talk import talk_phrase
from bot.options import split_options, wants_privacy
from bot.text import cited, plain
from domain.illustrations import Illustration
from domain.requests import MAX_REFERENCES, Audience, Job
from domain.team import Scope
from jobs.admission.access import Action
from jobs.admission.requests import Requester
from jobs.common.views import JobView

MAKING: Final = frozenset(
    {
        Intent.NEW,
        Intent.CHANGE,
        Intent.AGAIN,
        Intent.SEED,
        Intent.REFERENCE,
        Intent.RESEARCH,
        Intent.UPSCALE,
    }
)
"""Intents that make a picture, and so need a place where it can be posted."""
WITH_FILES: Final = frozenset({Sub.VERIFY, Sub.EDIT, Sub.DESCRIBE, Sub.BLEND, Sub.PRESET})
"""Sub-commands that look at the pictures that came with them."""
_LANGUAGE: Final = re.compile(r"\b(?:(english|englisch)|(german|deutsch))\b", re.IGNORECASE)
_MENTIONED: Final = re.compile(r"[\w -]{1,60}")


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message: ``text`` without Limner's own mention, ``job_id`` the job of the thread that it
    stands in or of the message that it replies to.

    ``addressed`` and ``to_other`` are as :class:`bot.intents.models.Heard` has them; ``files``
    counts attached pictures and ``unusable`` names attached files that are none.
    """

    text: str
    addressed: bool
    to_other: bool = False
    job_id: str | None = None
    files: int = 0
    unusable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnderstoodMessage:
    """The intent of a message and the job that it refers to, if there is one."""

    message: IncomingMessage
    reading: Reading
    language: str
    view: JobView | None = None

    @property
    def makes_picture(self) -> bool:
        """Whether a picture is made of it, so that its files are wanted."""
        ask = self.reading.ask
        draws = ask is not None and (ask.sub is Sub.BLEND or is_use_of_preset(ask))
        return draws or self.reading.intent in MAKING

    @property
    def wants_files(self) -> bool:
        """Whether the pictures that came with it are looked at."""
        ask = self.reading.ask
        return self.makes_picture or (ask is not None and ask.sub in WITH_FILES)

    @property
    def is_private(self) -> bool:
        """Whether a new picture is for the person alone. Raises ``InvalidRequest``."""
        if self.reading.intent is not Intent.NEW:
            return False
        return wants_privacy(split_options(self.reading.instruction)[1])


class Conversation:
    """Reads the messages of one person in one place, and carries them out."""

    def __init__(self, services: Services, requester: Requester) -> None:
        self.services = services
        self.requester = requester

    async def understand(self, message: IncomingMessage) -> UnderstoodMessage | None:
        """The understood message; None where it is to be left alone."""
        view = await self._view_of(message)
        intent_input = _intent_input(message, view)
        reading = await asyncio.to_thread(read, intent_input)  # the encoder takes 15 ms and more
        if self.services.intents is not None:
            reading = await known_better(self.services.intents, intent_input, reading)
        if reading.intent is Intent.NOTHING and not message.addressed:
            return None
        if reading.intent is Intent.CANCEL and not message.addressed and not _is_running(view):
            return None
        if view is None and (needs_picture(reading.intent) or reading.intent is Intent.COMMAND):
            view = await self._newest_here()
        if reading.intent in MAKING or message.addressed:
            check_usable(message.unusable, self._language(message))
        return UnderstoodMessage(message, reading, await self._preferred_language(message), view)

    async def _preferred_language(self, message: IncomingMessage) -> str:
        wished = await self.services.team.preferences(self.requester)
        return wished.language or self._language(message)

    def _language(self, message: IncomingMessage) -> str:
        """Of the reader's client where the surface reports it, otherwise of the message."""
        return self.requester.language or languages_of(message.text)

    async def _view_of(self, message: IncomingMessage) -> JobView | None:
        """The job that a message refers to: of its thread or of the message it replies to; in a
        direct message the newest there."""
        if message.job_id is None:
            alone = self.requester.audience is Audience.ALONE
            return await self._newest_here() if alone else None
        return await self._readable(message.job_id)

    async def _readable(self, job_id: str) -> JobView:
        await self.services.jobs.check(self.requester, Action.READ, job_id)
        return await self.services.jobs.view(self.requester.workspace_id, job_id)

    async def _newest_here(self) -> JobView | None:
        """The person's newest job whose answer went to this place."""
        here = self.requester.destination
        jobs = await self.services.jobs.recent(
            self.requester.workspace_id,
            member_id=self.requester.member_id,
            limit=LOOKED_THROUGH,
        )
        found = next(
            (job for job in jobs if job.request.routing.destination.channel == here.channel), None
        )
        return await self._readable(found.id) if found is not None else None

    async def act(
        self,
        understood: UnderstoodMessage,
        commands: Commands,
        *,
        event_key: str,
        help_card: NoteCard,
        pictures: Pictures = (),
    ) -> Reply:
        """Do what a message wants, with the commands of where the answer goes.

        Raises:
            LimnerError: It cannot be done; the message says why.
        """
        command = _MessageCommand(self, understood, commands, event_key, pictures, help_card)
        return await command.reply()

    async def verify(self, pictures: Pictures, address: str) -> Reply:
        """Provenance of attached pictures. Raises as :func:`bot.commands.provenance.verify`."""
        return await verify(
            self.services, self.requester, pictures=pictures, address=address or None
        )

    async def describe(self, pictures: Pictures, words: str) -> Reply:
        """Descriptions of attached pictures. Raises as :func:`bot.commands.describing.describe`."""
        address = words if words.startswith(("http://", "https://")) else None
        return await describe(self.services, self.requester, pictures=pictures, address=address)

    async def running_job(self) -> Job | None:
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
    def is_alone(self) -> bool:
        """Whether only this person reads the answer."""
        return self.requester.audience is Audience.ALONE


@dataclass(frozen=True, slots=True)
class _MessageCommand:
    """One message being answered."""

    conversation: Conversation
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

    async def reply(self) -> Reply:
        """The answer to the message."""
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
        job = await self.conversation.running_job()
        if job is not None:
            return await self.commands.job(job.id)
        return await self._personal("status", await self.commands.jobs())

    async def _cancel(self, ask: Ask | None) -> Reply:
        if ask is not None and ask.subject:
            await self.commands.cancel(ask.subject)
            return self.say("cancelled")
        view = self.understood.view
        if view is not None and _is_running(view):
            await self.commands.cancel(view.job.id)
            return self.say("cancelled")
        job = await self.conversation.running_job()
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
            return await self.conversation.verify(self.pictures, ask.words)
        if ask.sub is Sub.DESCRIBE:
            return await self.conversation.describe(self.pictures, ask.words)
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
        if (
            reply.job_id is not None
            or not reply.private
            or (self.conversation.is_alone and not files)
        ):
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

    def _set_of(self, view: JobView) -> SetOfPictures:
        return SetOfPictures(self.conversation.services, self.conversation.requester, view)

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


def _intent_input(message: IncomingMessage, view: JobView | None) -> Heard:
    shown = illustration_cards(view) if view is not None else ()
    return Heard(
        text=message.text,
        addressed=message.addressed,
        to_other=message.to_other,
        pictures=len(shown),
        has_job=view is not None,
        files=message.files,
        shown=_words_shown(view) if view is not None else frozenset(),
        of_each=said_of_each(view) if view is not None else (),
        about=text_about(view.job.request.prompt, view.research.grounded.text) if view else "",
    )


def _words_shown(view: JobView) -> frozenset[str]:
    """The words that say what is in the pictures of a job."""
    references = view.research.grounded.references
    return words_shown(
        view.job.request.prompt,
        view.research.grounded.text,
        *(reference.subject or reference.title for reference in references),
        *(text for picture in view.illustrations for text in _texts(picture)),
    )


def _texts(picture: Illustration) -> tuple[str, ...]:
    return (picture.recipe.request, picture.recipe.prompt, picture.alt_text or "")


def _is_running(view: JobView | None) -> bool:
    return view is not None and not view.job.status.final
