"""Cards as Slack messages: each kind of card becomes blocks, and a line for notifications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.buttons import Button, ButtonAction
from bot.cards import phrases
from bot.cards.languages import in_language
from bot.cards.models import (
    Card,
    ChoiceCard,
    ErrorCard,
    EvidenceCard,
    GalleryCard,
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
from bot.marks import unmarked
from bot.slack.view import blocks as b
from bot.slack.view.blocks import Block
from bot.slack.view.pen import ACTION, Pen, Shown, reference_line, reference_options
from domain.translation.messages import gettext

__all__ = [
    "ACTION",
    "Drawn",
    "Shown",
    "drawn",
    "evidence_blocks",
    "job_rows",
    "reference_options",
    "review_rows",
]


NOTHING_SHOWN = Shown()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message: ``notice`` is what notifications and screen readers say, escaped for Slack."""

    notice: str
    blocks: list[Block]


def drawn(
    card: Card, *, shown: Shown = NOTHING_SHOWN, language: str | None = None, newest: bool = False
) -> Drawn:
    """A card as a message within Slack's limits, whatever its content; ``newest`` with those kinds
    of blocks too that not every workspace takes."""
    pen = Pen(shown, language, newest)
    card = in_language(card, language)
    match card:
        case StatusCard():
            return _message(f"{card.text} {card.title}", pen.status(card), pen.row(card.buttons))
        case ResultCard():
            tail = [*pen.one_of(card), *pen.row(card.buttons), *pen.feedback(card)]
            return _message(
                pen.say(gettext("Done: {title}", title=card.title)), pen.result(card), tail
            )
        case ReviewCard():
            body = [*b.rich(b.paragraph(*b.parts(card.text))), *pen.result(card.result)]
            return _message(f"{card.text} {card.result.title}", body, pen.row(card.buttons))
        case ChoiceCard():
            asked = gettext("Pick the reference images: {title}", title=card.title)
            return _message(pen.say(asked), pen.choice(card), [])
        case EvidenceCard():
            return _message(
                f"{pen.say(phrases.SOURCES)}: {card.title}",
                evidence_blocks(card, language),
                [*pen.page(card.address), *pen.row(card.buttons)],
            )
        case ErrorCard():
            return _message(card.text, b.marked_section(f"⚠ {card.text}"), pen.row(card.buttons))
        case NoteCard():
            return _message(
                card.text, pen.note(card), pen.row(card.buttons, words=card.words, asks=False)
            )
        case JobsCard():
            return _message(pen.say(gettext("Your jobs")), job_rows(card, language), [])
        case GalleryCard():
            return _message(pen.say(gettext("Favorite pictures")), pen.gallery(card), [])
        case PicturesCard():
            return _message(
                card.text or pen.say(phrases.PICTURE), pen.pictures(card), pen.row(card.buttons)
            )
        case SettingsCard():
            return _message(card.title, _settings(card), [])
        case LibraryCard():
            return _message(
                pen.say(gettext("The library")), pen.library(card), pen.row(card.buttons)
            )
        case SchedulesCard():
            return _message(pen.say(gettext("Schedules")), pen.schedules(card), [])


def drawn_in_stream(card: StatusCard, language: str | None) -> list[Block]:
    """The first chunks of a streamed message: what is drawn, and its buttons."""
    title = b.rich(b.paragraph(b.words(card.title, bold=True)))
    blocks = [*title, *Pen(NOTHING_SHOWN, language).row(card.buttons)]
    return [{"type": "blocks", "blocks": blocks}] if blocks else []


def evidence_blocks(card: EvidenceCard, language: str | None) -> list[Block]:
    """All sources of a picture, in full."""
    card, pen = in_language(card, language), Pen(Shown(), language)
    if not (card.references or card.entries or card.notes):
        return [b.section(pen.say(phrases.NO_SOURCES))]
    found = b.rich(b.paragraph(b.words(card.title, bold=True)))
    if card.references:
        found += [
            b.header(pen.say(gettext("References"))),
            *b.rich(b.bullets([reference_line(r) for r in card.references])),
        ]
    if card.entries:
        found.append(b.header(pen.say(phrases.SOURCES)))
    for entry in card.entries:
        found += pen.evidence(entry)
    if card.messages:
        links = [[b.link(address, address)] for address in card.messages]
        found += [b.header(pen.say(gettext("Messages"))), *b.rich(b.bullets(links))]
    more = f"… (+{card.left_out})" if card.left_out else None
    return [*found, *b.context(*card.notes, more)]


def job_rows(card: JobsCard, language: str | None) -> list[Block]:
    """A list of jobs, each with a button that shows it."""
    pen = Pen(Shown(), language)
    if not card.entries:
        return [b.section(pen.say(phrases.NO_JOBS.format(command="/illustrate")))]
    return [
        block
        for entry in card.entries
        for block in (
            b.section(
                pen.entry(entry), accessory=pen.button(Button(ButtonAction.SHOW, entry.job_id))
            ),
            *b.marked_section(entry.created),
        )
    ]


def review_rows(
    card: JobsCard, buttons: Mapping[str, Sequence[Button]], language: str | None
) -> list[Block]:
    """Jobs that wait for approval, each with its buttons."""
    pen = Pen(Shown(), language)
    return [
        block
        for entry in card.entries
        for block in (
            b.section(pen.entry(entry)),
            *b.marked_section(entry.created),
            *b.actions(
                f"limner.review.{entry.job_id}",
                [pen.button(button) for button in buttons.get(entry.job_id, ())],
            ),
        )
    ]


def _message(notice: str, blocks: Sequence[Block], tail: Sequence[Block]) -> Drawn:
    fitted = b.fitted(blocks, most=b.MESSAGE_BLOCKS, most_bytes=b.MESSAGE_BYTES, tail=tail)
    return Drawn(b.notice(unmarked(notice)), fitted)


def _settings(card: SettingsCard) -> list[Block]:
    lines = [[b.words(name, bold=True), *b.parts(f"  {value}")] for name, value in card.lines]
    return [*b.rich(b.paragraph(b.words(card.title, bold=True)), b.bullets(lines))]
