"""Simpler and simpler forms of a card, for platforms that refuse it as it is.

A link filter, a block list or an undocumented limit must never cost a requester their picture. So
each card has simpler forms with less external text: without links, and finally the pictures alone,
or with our own words only.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar, cast

import structlog

from bot.cards.models import (
    Card,
    ChoiceCard,
    ErrorCard,
    EvidenceCard,
    GalleryCard,
    IllustrationCard,
    JobsCard,
    LibraryCard,
    NoteCard,
    PicturesCard,
    ResultCard,
    ReviewCard,
    SchedulesCard,
    SettingsCard,
    StatusCard,
)
from bot.cards.phrases import PICTURE
from bot.refusals import MessageRefused
from domain.translation.messages import Translatable, changed, gettext
from jobs.common.status_words import STATUS_WORDS

T = TypeVar("T")

log = structlog.get_logger(__name__)

REMEMBERED: Final = 5_000
LEFT_OUT: Final = "[link]"
ALT_TEXT: Final = gettext("A picture made by Limner")
NOT_HERE: Final = gettext("The answer is ready, but it can't be shown here.")
_KEPT: Final = frozenset(
    {"job_id", "illustration_id", "schedule_id", "story_id", "sha256", "media_type", "asked_by"}
    | {"channel", "item_id", "subject", "calls"}
)
"""Fields that hold names of ours and no words."""
_LINK: Final = re.compile(
    r"(?:https?://|www\.)\S+"  # what is written as an address
    r"|(?<![\w@])(?:[\w-]+[.。．｡])+[a-z]{2,24}\b(?:[/?#:]\S*)?",
    re.IGNORECASE,
)


def forms_of(card: Card) -> tuple[Card, ...]:
    """The card, and what to show instead where it is refused, each form simpler than the last."""
    forms: list[Card] = [card]
    unlinked = without_links(card)
    for form in (unlinked, _barest(unlinked)):
        if form != forms[-1]:
            forms.append(form)
    return tuple(forms)


class KnownForms:
    """Remembers which form of a job's messages a platform took, so that what was refused once is
    not sent again with each change; the oldest jobs are forgotten."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, int] = OrderedDict()

    def first(self, job_id: str | None, forms: int) -> int:
        """The index of the first of so many forms to try."""
        return min(self._known.get(job_id or "", 0), forms - 1)

    def took(self, job_id: str | None, form: int) -> None:
        """Note which form was taken."""
        if job_id and form:
            self._known[job_id] = form
            self._known.move_to_end(job_id)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    async def show(
        self, card: Card, put: Callable[[Card], Awaitable[T]], *, job_id: str | None = None
    ) -> T:
        """Show a card in the first of its forms that the platform takes.

        Raises:
            MessageRefused: It takes none of them.
        """
        forms = forms_of(card)
        for number in range(self.first(job_id, len(forms)), len(forms)):
            try:
                shown = await put(forms[number])
            except MessageRefused as error:
                log.warning("message_refused", job_id=job_id, form=number, code=error.code)
                if number == len(forms) - 1:
                    raise
            else:
                self.took(job_id, number)
                return shown
        raise AssertionError("a card has at least one form")


def in_words(card: ResultCard, sentence: str) -> ResultCard:
    """A result whose pictures cannot be shown, with a sentence that says where they are."""
    return replace(card, pictures=(), notes=(sentence, *card.notes))


def without_links(card: Card) -> Card:
    """The card without any address, and without words that may be taken for one."""
    return cast("Card", _unlinked(card))


def text_without_links(text: str) -> str:
    """The text with ``[link]`` in the place of addresses and host names."""
    while (left := _LINK.sub(LEFT_OUT, text)) != text:
        text = left  # what is left of two addresses side by side may look like a third
    return text


def _unlinked(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_unlinked, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, Translatable):
        return value.then(text_without_links)
    if type(value) is str:
        return text_without_links(value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed: dict[str, Any] = {}
    for field in fields(value):
        if field.name == "address":
            changed[field.name] = None
        elif field.name not in _KEPT:
            changed[field.name] = _unlinked(getattr(value, field.name))
    return replace(value, **changed)


def _barest(card: Card) -> Card:
    """The card without any word from outside: what is left of it, or a sentence of ours."""
    match card:
        case ResultCard() if card.pictures:
            return PicturesCard(card.job_id, _anonymous(card.pictures))
        case ResultCard():
            return NoteCard(NOT_HERE)
        case ReviewCard():
            text = gettext("A picture needs approval.")
            pictures = _anonymous(card.result.pictures)
            return PicturesCard(card.result.job_id, pictures, text, card.buttons)
        case GalleryCard() if card.pictures:
            return PicturesCard("", _anonymous(card.pictures))
        case PicturesCard():
            return card
        case StatusCard():
            return replace(
                card,
                title=PICTURE,
                text=changed(STATUS_WORDS[card.status], _as_sentence),
                steps=(),
                notes=(),
                thought=None,
                tasks=(),
            )
        case ChoiceCard():
            numbered = (
                replace(
                    r,
                    title=gettext("Reference {number}", number=r.number),
                    rights="",
                    note="",
                    address=None,
                )
                for r in card.references
            )
            return replace(card, title=PICTURE, references=tuple(numbered))
        case ErrorCard():
            text = gettext("That didn't work. The reason can't be shown here.")
            return replace(card, text=text, title="")
        case JobsCard():
            return replace(card, entries=tuple(replace(e, title=PICTURE) for e in card.entries))
        case NoteCard():
            return NoteCard(NOT_HERE, buttons=card.buttons, calls=card.calls)
        case EvidenceCard() | GalleryCard() | LibraryCard() | SchedulesCard() | SettingsCard():
            return NoteCard(NOT_HERE)


def _anonymous(pictures: tuple[IllustrationCard, ...]) -> tuple[IllustrationCard, ...]:
    """The pictures without words about them; their alternative text names Limner."""
    return tuple(
        replace(
            picture,
            title=gettext("Picture"),
            alt_text=ALT_TEXT,
            caption="",
            compared=None,
            checked=None,
            votes=None,
        )
        for picture in pictures
    )


def _as_sentence(word: str) -> str:
    return f"{word[:1].upper()}{word[1:]}."
