"""Cards as Discord's components: one container each, within the limits of one message.

A message takes 4000 characters over all its texts and 40 components, nested ones counted. Each card
shares them out so that it can never hold more, whatever its content.
"""

from __future__ import annotations

from typing import Final

from discord import SelectOption, ui

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
    ScheduleEntry,
    SchedulesCard,
    SettingsCard,
    StatusCard,
    StoryCard,
)
from bot.discord.view.command_links import link_commands
from bot.discord.view.components import (
    MAX_OPTION_CHARS,
    MAX_OPTIONS,
    MAX_PICTURES,
    MAX_REFERENCES,
    Frame,
    Item,
    button_rows,
    caption_line,
    citation,
    joined,
    page_link,
    picture_items,
    reference_item,
    reference_menu,
    say,
    select_menu,
    sendable,
    short_citation,
    text_item,
    text_items,
    title_line,
)
from bot.discord.view.markdown import bar, escaped, fitted, length, lines, linked
from bot.discord.view.premium import premium_row
from bot.discord.view.settings import settings_items
from bot.discord.view.state_emoji import sign
from bot.locale.catalog import discord_command
from bot.marks import unmarked
from bot.text import plain
from domain.requests import JobStatus
from domain.short_codes import short_code
from domain.translation.messages import changed, gettext, ngettext
from jobs.common.status_words import STATUS_WORDS

EVIDENCE_ROOM: Final = 1700
"""Characters for the citations of an evidence card; what is longer goes into a file beside it."""


_WORKING, _DONE, _ASKING, _WRONG, _PLAIN = 0x4A6FA5, 0x3F8F5F, 0xC58B2A, 0xB04A4A, 0x808890


def layout(card: Card, frame: Frame = Frame()) -> ui.LayoutView:
    """The card as the components of one message."""
    colour, items = _drawn(card, frame)
    if isinstance(card, ErrorCard | NoteCard) and frame.commands:
        link_commands(items, frame.commands, frame.language)
    if frame.hint:
        items.append(text_item(f"-# {escaped(say(plain(frame.hint), frame), most=200)}"))
    if frame.see:
        items.append(text_item(frame.see))
    if called := mentioned(card):
        items.insert(0, text_item(f"<@{called}>"))
    if frame.mark:
        items.append(text_item(f"-# {escaped(short_code(frame.mark), most=100)}"))
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container[ui.LayoutView](*items, accent_colour=colour))
    view.stop()  # buttons are identified by their custom ids, so nothing is kept of a view
    return view


def mentioned(card: Card) -> int | None:
    """The person whom a message mentions; it never mentions others."""
    calls = card.calls if isinstance(card, NoteCard) else ""
    return int(calls) if calls.isdecimal() else None


def fits(card: EvidenceCard, frame: Frame) -> bool:
    """Whether an evidence card can be shown in full."""
    shown = [citation(entry, frame) for entry in card.entries]
    return not card.left_out and sum(length(text) + 1 for text in shown) <= EVIDENCE_ROOM


def _drawn(card: Card, frame: Frame) -> tuple[int, list[Item]]:
    card = in_language(card, frame.language)
    match card:
        case StatusCard():
            return _WORKING, _status(card, frame)
        case ResultCard():
            return _DONE, _result(card, frame)
        case ReviewCard():
            return _ASKING, _review(card, frame)
        case ChoiceCard():
            return _ASKING, _choice(card, frame)
        case EvidenceCard():
            return _PLAIN, _evidence(card, frame)
        case GalleryCard():
            return _DONE, _gallery(card, frame)
        case PicturesCard():
            return _DONE, _pictures(card, frame)
        case JobsCard():
            return _PLAIN, _jobs(card, frame)
        case LibraryCard():
            return _PLAIN, _library(card, frame)
        case SettingsCard():
            return _PLAIN, settings_items(card, frame.language)
        case SchedulesCard():
            return _PLAIN, _schedules(card, frame)
        case ErrorCard():
            about = title_line(card.title) if card.title else ""
            failed = sign(JobStatus.FAILED, frame.emoji)
            content = text_item(joined(about, f"{failed} {escaped(card.text, most=1200)}"))
            return _WRONG, [content, *button_rows(card.buttons, frame), *premium_row(card.sku)]
        case NoteCard():
            below = (escaped(line, most=400) for line in card.lines)
            page = page_link(card.address, frame).removeprefix(" · ")
            text = joined(escaped(card.text, most=1600), lines(below, most=2000), page)
            return _PLAIN, [text_item(text), *button_rows(card.buttons, frame)]


def _status(card: StatusCard, frame: Frame) -> list[Item]:
    progress = f"\n{bar(card.progress)}" if card.progress is not None else ""
    steps = (f"-# {escaped(step, most=260)}" for step in card.steps[-5:])
    thought = f"> {escaped(card.thought, most=400)}" if card.thought else ""
    line = f"{sign(card.status, frame.emoji)} {escaped(card.text, most=600)}{progress}"
    notes = lines((f"-# {escaped(note, most=300)}" for note in card.notes), most=800)
    return [
        text_item(joined(title_line(card.title), line)),
        *text_items(joined(*steps, thought, notes)),
        text_item(f"-# {escaped(short_code(card.job_id), most=100)}"),
        *button_rows(card.buttons, frame),
    ]


def _result(card: ResultCard, frame: Frame, *, buttons: bool = True) -> list[Item]:
    sources = (
        f"**{', '.join(map(str, line.numbers[:9]))}** {linked(line.title, line.address, most=300)}"
        for line in card.sources
    )
    cited, named = lines(sources, most=1200), say(phrases.SOURCES, frame)
    missing = _doubts(card, frame)
    gone = say(phrases.GONE, frame) if card.gone else ""
    notes = lines((f"-# {escaped(note, most=250)}" for note in card.notes), most=500)
    by = say(gettext("Requested by {person}", person=f"<@{card.asked_by}>"), frame)
    asked = f"{by} · " if card.asked_by.isdecimal() else ""
    if card.story is not None:
        head, asked = _story_text(card.story, gone), f"{escaped(card.story.label, most=120)} · "
    else:
        head = joined(title_line(card.title), gone)
    return [
        text_item(head),
        *picture_items(card.pictures, frame),
        *text_items(lines((caption_line(p, card.pictures) for p in card.pictures), most=1000)),
        *text_items(joined(f"**{named}**" if cited else "", cited, missing, notes)),
        text_item(
            f"-# {asked}{escaped(short_code(card.job_id), most=100)}"
            f"{page_link(card.address, frame)}"
        ),
        *(_one_of(card, frame) if buttons else []),
        *(button_rows(card.buttons, frame) if buttons else []),
    ]


def _one_of(card: ResultCard, frame: Frame) -> list[Item]:
    """A menu that shows one picture of a set by itself, with everything that it allows."""
    if len(card.pictures) < 2 or not card.buttons:
        return []
    options = [
        SelectOption(
            label=f"{number} · {fitted(picture.caption, most=80)}", value=picture.illustration_id
        )
        for number, picture in enumerate(card.pictures[:MAX_PICTURES], 1)
    ]
    return [select_menu(Button(ButtonAction.SHOW, ""), options, frame)]


def _pictures(card: PicturesCard, frame: Frame) -> list[Item]:
    return [
        *text_items(escaped(card.text, most=200)),
        *picture_items(card.pictures, frame, covered=card.refused),
        *text_items(f"-# {escaped(short_code(card.job_id), most=100)}" if card.job_id else ""),
        *button_rows(card.buttons, frame),
    ]


def _story_text(story: StoryCard, gone: str) -> str:
    """A story of the news desk: its headline, its sentences, and the changes found since."""
    notice = f"⚠️ {escaped(story.notice, most=500)}" if story.notice else ""
    return joined(title_line(story.headline), escaped(story.text, most=1000), notice, gone)


def _review(card: ReviewCard, frame: Frame) -> list[Item]:
    return [
        text_item(f"{sign(JobStatus.REVIEWING, frame.emoji)} {escaped(card.text, most=400)}"),
        *_result(card.result, frame, buttons=False),
        *button_rows(card.buttons, frame),
    ]


def _choice(card: ChoiceCard, frame: Frame) -> list[Item]:
    pick = say(phrases.pick_sentence(escaped(card.until, most=20)), frame)
    references = card.references[:MAX_REFERENCES]
    buttons = sendable(card.buttons)
    menu = [button for button in buttons if button.action is ButtonAction.KEEP]
    others = [button for button in buttons if button.action is not ButtonAction.KEEP]
    return [
        text_item(
            joined(title_line(card.title), f"{sign(JobStatus.CHOOSING, frame.emoji)} {pick}")
        ),
        *(reference_item(reference, frame) for reference in references),
        *(reference_menu(button, references, frame) for button in menu[:1] if references),
        *button_rows(others, frame),
        text_item(f"-# {escaped(short_code(card.job_id), most=100)}"),
    ]


def _evidence(card: EvidenceCard, frame: Frame) -> list[Item]:
    if fits(card, frame):
        cited = "\n".join(citation(entry, frame) for entry in card.entries)
    else:
        cited = lines((short_citation(entry, frame) for entry in card.entries), most=EVIDENCE_ROOM)
    nothing = "" if card.entries or card.references else say(phrases.NO_SOURCES, frame)
    listed = gettext("The full list is in the attached file.")
    whole = say(listed, frame) if frame.whole else ""
    notes = lines((f"-# {escaped(note, most=200)}" for note in card.notes), most=300)
    return [
        text_item(title_line(card.title)),
        *(reference_item(reference, frame) for reference in card.references[:MAX_REFERENCES]),
        *text_items(joined(cited, nothing, whole, notes)),
        *([ui.File[ui.LayoutView](f"attachment://{frame.whole}")] if frame.whole else []),
        text_item(
            f"-# {escaped(short_code(card.job_id), most=100)}{page_link(card.address, frame)}"
        ),
        *button_rows(card.buttons, frame),
    ]


def _gallery(card: GalleryCard, frame: Frame) -> list[Item]:
    shown = card.pictures[:MAX_PICTURES]
    heading = (
        f"**{number}** {escaped(picture.title, most=180)}\n"
        f"-# {escaped(picture.votes or say(gettext('no votes yet'), frame), most=60)} · "
        f"{escaped(picture.code, most=60)}"
        for number, picture in enumerate(shown, 1)
    )
    if not shown:
        return [text_item(say(phrases.NO_VOTES, frame))]
    return [
        text_item(f"### {say(gettext('Liked best'), frame)}"),
        *picture_items(shown, frame),
        *text_items(lines(heading, most=3500)),
    ]


def _jobs(card: JobsCard, frame: Frame) -> list[Item]:
    if not card.entries:
        return [text_item(say(phrases.NO_JOBS.format(command=_typed("imagine")), frame))]
    heading = (
        f"{sign(job.status, frame.emoji)} {escaped(job.title, most=110)} · "
        f"{escaped(job.created, most=40)}\n"
        f"-# {escaped(short_code(job.job_id), most=100)}"
        for job in card.entries
    )
    options = {
        job.job_id: SelectOption(
            label=fitted(job.title or job.job_id, most=MAX_OPTION_CHARS),
            value=job.job_id,
            description=f"{say(STATUS_WORDS[job.status], frame)} · {unmarked(job.created)}",
        )
        for job in card.entries
        if 0 < length(job.job_id) <= MAX_OPTION_CHARS
    }
    menu = Button(ButtonAction.SHOW, "")
    picks = [select_menu(menu, list(options.values())[:MAX_OPTIONS], frame)] if options else []
    return [text_item(lines(heading, most=3600)), *picks]


def _library(card: LibraryCard, frame: Frame) -> list[Item]:
    if not card.entries:
        return [text_item(say(phrases.LIBRARY_EMPTY.format(command=_typed("library.add")), frame))]
    heading = (
        f"{escaped(title, most=150)}\n-# {escaped(rights, most=120)} · {escaped(item_id, most=60)}"
        for item_id, title, rights in card.entries
    )
    return [text_item(lines(heading, most=3800)), *button_rows(card.buttons, frame)]


def _schedules(card: SchedulesCard, frame: Frame) -> list[Item]:
    if not card.entries:
        return [text_item(say(phrases.NO_SCHEDULES.format(command=_typed("news.add")), frame))]
    room = 3600 // min(len(card.entries), 25)
    schedules = lines((_schedule(entry, room) for entry in card.entries), most=3400)
    return [text_item(joined(schedules, say(card.note, frame)) if card.note else schedules)]


def _schedule(entry: ScheduleEntry, room: int) -> str:
    """A schedule within so many characters: what comes next goes before what was."""
    where = f" · <#{entry.channel}>" if entry.channel.isdecimal() else ""
    heading = f"**{escaped(entry.name, most=80)}** · {escaped(entry.state, most=120)}{where}"
    about = f"-# {escaped(entry.about, most=120)}"
    coming = (f"-# ⏰ {escaped(time, most=40)}" for time in entry.next_times)
    been = (f"-# {escaped(slot, most=160)}" for slot in entry.slots)
    others = (f"-# {escaped(line, most=200)}" for line in entry.considered)
    left = room - length(heading) - length(about) - 2
    return joined(heading, about, lines((*coming, *been, *others), most=left) if left > 60 else "")


def _doubts(card: ResultCard, frame: Frame) -> str:
    """Claims that the sources leave open or contradict."""
    missing = ngettext(
        "{count} detail has no source", "{count} details have no source", card.unsupported
    )
    disputed = ngettext(
        "{count} detail disagrees with a source; see Sources",
        "{count} details disagree with a source; see Sources",
        card.contradicted,
    )
    kinds = ((card.unsupported, missing), (card.contradicted, disputed))
    return joined(*(f"-# {say(claims_text, frame)}" for claims, claims_text in kinds if claims))


def _typed(path: str) -> str:
    """A command as code."""
    return changed(discord_command(path), "`{}`".format)
