"""Messages as they come in, and as they are understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.cards.pictures import illustration_cards
from bot.commands.which_picture import said_of_each
from bot.intents.meaning import text_about
from bot.intents.models import Heard, Intent, Reading
from bot.intents.subcommands import Sub, is_use_of_preset
from bot.intents.things import words_shown
from bot.options import split_options, wants_privacy
from domain.illustrations import Illustration
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


def intent_input(message: IncomingMessage, view: JobView | None) -> Heard:
    """What intents are read from: the message, and the pictures of the job that it refers to."""
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


def is_running(view: JobView | None) -> bool:
    """Whether there is a job, which is not over."""
    return view is not None and not view.job.status.final
