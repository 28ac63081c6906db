"""Cards as Discord's components: one container each, within the limits of one message.

A message takes 4000 characters over all its texts and 40 components, nested ones counted. Each card
shares them out so that it can never hold more, whatever its content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from discord import ButtonStyle, MediaGalleryItem, SelectOption, ui

from bot.buttons import Button, ButtonAction, ButtonLook
from bot.cards import phrases
from bot.cards.languages import in_language
from bot.cards.models import (
    Card,
    ChoiceCard,
    ErrorCard,
    EvidenceCard,
    EvidenceEntry,
    GalleryCard,
    IllustrationCard,
    JobsCard,
    LibraryCard,
    NoteCard,
    PicturesCard,
    ReferenceEntry,
    ResultCard,
    ReviewCard,
    ScheduleEntry,
    SchedulesCard,
    SettingsCard,
    StatusCard,
    StoryCard,
)
from bot.discord.view.command_links import Commands, link_commands
from bot.discord.view.markdown import bar, escaped, fitted, length, lines, linked, mark_shown
from bot.discord.view.premium import premium_row
from bot.discord.view.settings import settings_items
from bot.locale.catalog import discord_command, label, phrase
from bot.marks import unmarked, with_marks
from bot.text import plain
from domain.requests import JobStatus
from domain.short_codes import short_code
from domain.translation.messages import changed, gettext, ngettext, translated
from jobs.common.status_words import STATUS_WORDS

MAX_ALT_CHARS = 1024
MAX_OPTIONS = 25
MAX_PICTURES = 10
MAX_REFERENCES = 5
MAX_OPTION_CHARS = 100
MAX_BUTTONS_A_ROW = 5
EVIDENCE_ROOM = 1700
"""Characters for the citations of an evidence card; what is longer goes into a file beside it."""

Item = ui.Item[Any]

_SIGNS: Final[Mapping[JobStatus, str]] = {
    JobStatus.QUEUED: "⏳",
    JobStatus.RESEARCHING: "🔎",
    JobStatus.CHOOSING: "👉",
    JobStatus.RENDERING: "🎨",
    JobStatus.REVIEWING: "👀",
    JobStatus.DELIVERING: "📨",
    JobStatus.DONE: "✅",
    JobStatus.FAILED: "⚠️",
    JobStatus.CANCELLED: "⏹️",
}
_STYLES: Final[Mapping[ButtonLook, ButtonStyle]] = {
    ButtonLook.PRIMARY: ButtonStyle.primary,
    ButtonLook.PLAIN: ButtonStyle.secondary,
    ButtonLook.DANGER: ButtonStyle.danger,
}
_WORKING, _DONE, _ASKING, _WRONG, _PLAIN = 0x4A6FA5, 0x3F8F5F, 0xC58B2A, 0xB04A4A, 0x808890


@dataclass(frozen=True, slots=True)
class Frame:
    """What a card is drawn with beside its own words.

    ``files`` are names of the files that come with the message: those of pictures by their SHA-256.
    ``whole`` is the name of the file that holds an evidence card in full. ``kept`` are the numbers
    that are picked on a choice card, None for all.
    """

    language: str | None = None
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    whole: str | None = None
    kept: frozenset[int] | None = None
    mark: str | None = None
    """The id of the job, for cards that do not say it themselves."""
    hint: str | None = None
    """A line about the message."""
    see: str | None = None
    """The address of a message of Limner's own, to go on to."""
    commands: Commands = ()
    """Discord's ids of the commands, so that those that a sentence of ours names can be clicked."""


def layout(card: Card, frame: Frame = Frame()) -> ui.LayoutView:
    """The card as the components of one message."""
    colour, items = _drawn(card, frame)
    if isinstance(card, ErrorCard | NoteCard) and frame.commands:
        link_commands(items, frame.commands, frame.language)
    if frame.hint:
        items.append(_text(f"-# {escaped(_say(plain(frame.hint), frame), most=200)}"))
    if frame.see:
        items.append(_text(frame.see))
    if called := mentioned(card):
        items.insert(0, _text(f"<@{called}>"))
    if frame.mark:
        items.append(_text(f"-# {escaped(short_code(frame.mark), most=100)}"))
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
    shown = [_entry(entry, frame) for entry in card.entries]
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
            about = _heading(card.title) if card.title else ""
            content = _text(_joined(about, f"⚠️ {escaped(card.text, most=1200)}"))
            return _WRONG, [content, *_rows(card.buttons, frame), *premium_row(card.sku)]
        case NoteCard():
            below = (escaped(line, most=400) for line in card.lines)
            text = _joined(escaped(card.text, most=1600), lines(below, most=2000))
            return _PLAIN, [_text(text), *_rows(card.buttons, frame)]


def _status(card: StatusCard, frame: Frame) -> list[Item]:
    progress = f"\n{bar(card.progress)}" if card.progress is not None else ""
    steps = (f"-# {escaped(step, most=260)}" for step in card.steps[-5:])
    thought = f"> {escaped(card.thought, most=400)}" if card.thought else ""
    line = f"{_SIGNS[card.status]} {escaped(card.text, most=600)}{progress}"
    notes = lines((f"-# {escaped(note, most=300)}" for note in card.notes), most=800)
    return [
        _text(_joined(_heading(card.title), line)),
        *_texts(_joined(*steps, thought, notes)),
        _text(f"-# {escaped(short_code(card.job_id), most=100)}"),
        *_rows(card.buttons, frame),
    ]


def _result(card: ResultCard, frame: Frame, *, buttons: bool = True) -> list[Item]:
    sources = (
        f"**{', '.join(map(str, line.numbers[:9]))}** {linked(line.title, line.address, most=300)}"
        for line in card.sources
    )
    cited, named = lines(sources, most=1200), _say(phrases.SOURCES, frame)
    missing = _doubts(card, frame)
    gone = _say(phrases.GONE, frame) if card.gone else ""
    notes = lines((f"-# {escaped(note, most=250)}" for note in card.notes), most=500)
    by = _say(gettext("Requested by {person}", person=f"<@{card.asked_by}>"), frame)
    asked = f"{by} · " if card.asked_by.isdecimal() else ""
    if card.story is not None:
        head, asked = _story_text(card.story, gone), f"{escaped(card.story.label, most=120)} · "
    else:
        head = _joined(_heading(card.title), gone)
    return [
        _text(head),
        *_shown(card.pictures, frame),
        *_texts(lines((_caption(p, card.pictures) for p in card.pictures), most=1000)),
        *_texts(_joined(f"**{named}**" if cited else "", cited, missing, notes)),
        _text(
            f"-# {asked}{escaped(short_code(card.job_id), most=100)}{_page(card.address, frame)}"
        ),
        *(_one_of(card, frame) if buttons else []),
        *(_rows(card.buttons, frame) if buttons else []),
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
    return [_menu(Button(ButtonAction.SHOW, ""), options, frame)]


def _pictures(card: PicturesCard, frame: Frame) -> list[Item]:
    return [
        *_texts(escaped(card.text, most=200)),
        *_shown(card.pictures, frame, covered=card.refused),
        *_texts(f"-# {escaped(short_code(card.job_id), most=100)}" if card.job_id else ""),
        *_rows(card.buttons, frame),
    ]


def _story_text(story: StoryCard, gone: str) -> str:
    """A story of the news desk: its headline, its sentences, and what was found changed since."""
    notice = f"⚠️ {escaped(story.notice, most=500)}" if story.notice else ""
    return _joined(_heading(story.headline), escaped(story.text, most=1000), notice, gone)


def _review(card: ReviewCard, frame: Frame) -> list[Item]:
    return [
        _text(f"👀 {escaped(card.text, most=400)}"),
        *_result(card.result, frame, buttons=False),
        *_rows(card.buttons, frame),
    ]


def _choice(card: ChoiceCard, frame: Frame) -> list[Item]:
    pick = _say(phrases.pick_sentence(escaped(card.until, most=20)), frame)
    references = card.references[:MAX_REFERENCES]
    buttons = _sendable(card.buttons)
    menu = [button for button in buttons if button.deed is ButtonAction.KEEP]
    others = [button for button in buttons if button.deed is not ButtonAction.KEEP]
    return [
        _text(_joined(_heading(card.title), f"👉 {pick}")),
        *(_reference(reference, frame) for reference in references),
        *(_picks(button, references, frame) for button in menu[:1] if references),
        *_rows(others, frame),
        _text(f"-# {escaped(short_code(card.job_id), most=100)}"),
    ]


def _evidence(card: EvidenceCard, frame: Frame) -> list[Item]:
    if fits(card, frame):
        cited = "\n".join(_entry(entry, frame) for entry in card.entries)
    else:
        cited = lines((_short_entry(entry, frame) for entry in card.entries), most=EVIDENCE_ROOM)
    nothing = "" if card.entries or card.references else _say(phrases.NO_SOURCES, frame)
    listed = gettext("The full list is in the attached file.")
    whole = _say(listed, frame) if frame.whole else ""
    notes = lines((f"-# {escaped(note, most=200)}" for note in card.notes), most=300)
    return [
        _text(_heading(card.title)),
        *(_reference(reference, frame) for reference in card.references[:MAX_REFERENCES]),
        *_texts(_joined(cited, nothing, whole, notes)),
        *([ui.File[ui.LayoutView](f"attachment://{frame.whole}")] if frame.whole else []),
        _text(f"-# {escaped(short_code(card.job_id), most=100)}{_page(card.address, frame)}"),
    ]


def _gallery(card: GalleryCard, frame: Frame) -> list[Item]:
    shown = card.pictures[:MAX_PICTURES]
    heading = (
        f"**{number}** {escaped(picture.title, most=180)}\n"
        f"-# {escaped(picture.votes or _say(gettext('no votes yet'), frame), most=60)} · "
        f"{escaped(picture.code, most=60)}"
        for number, picture in enumerate(shown, 1)
    )
    if not shown:
        return [_text(_say(phrases.NO_VOTES, frame))]
    return [
        _text(f"### {_say(gettext('Liked best'), frame)}"),
        *_shown(shown, frame),
        *_texts(lines(heading, most=3500)),
    ]


def _jobs(card: JobsCard, frame: Frame) -> list[Item]:
    if not card.entries:
        return [_text(_say(phrases.NO_JOBS.format(command=_typed("imagine")), frame))]
    heading = (
        f"{_SIGNS[job.status]} {escaped(job.title, most=110)} · {escaped(job.created, most=40)}\n"
        f"-# {escaped(short_code(job.job_id), most=100)}"
        for job in card.entries
    )
    options = {
        job.job_id: SelectOption(
            label=fitted(job.title or job.job_id, most=MAX_OPTION_CHARS),
            value=job.job_id,
            description=f"{_say(STATUS_WORDS[job.status], frame)} · {unmarked(job.created)}",
        )
        for job in card.entries
        if 0 < length(job.job_id) <= MAX_OPTION_CHARS
    }
    menu = Button(ButtonAction.SHOW, "")
    picks = [_menu(menu, list(options.values())[:MAX_OPTIONS], frame)] if options else []
    return [_text(lines(heading, most=3600)), *picks]


def _library(card: LibraryCard, frame: Frame) -> list[Item]:
    if not card.entries:
        return [_text(_say(phrases.LIBRARY_EMPTY.format(command=_typed("library.add")), frame))]
    heading = (
        f"{escaped(title, most=150)}\n-# {escaped(rights, most=120)} · {escaped(item_id, most=60)}"
        for item_id, title, rights in card.entries
    )
    return [_text(lines(heading, most=3800)), *_rows(card.buttons, frame)]


def _schedules(card: SchedulesCard, frame: Frame) -> list[Item]:
    if not card.entries:
        return [_text(_say(phrases.NO_SCHEDULES.format(command=_typed("news.add")), frame))]
    room = 3600 // min(len(card.entries), 25)
    told = lines((_schedule(entry, room) for entry in card.entries), most=3400)
    return [_text(_joined(told, _say(card.note, frame)) if card.note else told)]


def _schedule(entry: ScheduleEntry, room: int) -> str:
    """A schedule within so many characters: what comes next goes before what was."""
    where = f" · <#{entry.channel}>" if entry.channel.isdecimal() else ""
    heading = f"**{escaped(entry.name, most=80)}** · {escaped(entry.state, most=120)}{where}"
    about = f"-# {escaped(entry.about, most=120)}"
    coming = (f"-# ⏰ {escaped(time, most=40)}" for time in entry.next_times)
    been = (f"-# {escaped(slot, most=160)}" for slot in entry.slots)
    others = (f"-# {escaped(line, most=200)}" for line in entry.considered)
    left = room - length(heading) - length(about) - 2
    return _joined(heading, about, lines((*coming, *been, *others), most=left) if left > 60 else "")


def _shown(
    pictures: Sequence[IllustrationCard], frame: Frame, *, covered: bool = False
) -> list[Item]:
    """The pictures that came with the message; for the others where they can be seen."""
    tiles = [
        MediaGalleryItem(
            f"attachment://{frame.files[picture.sha256]}",
            description=fitted(picture.alt_text or picture.title or "–", most=MAX_ALT_CHARS),
            spoiler=covered,
        )
        for picture in pictures[:MAX_PICTURES]
        if picture.sha256 in frame.files
    ]
    # What is covered is nowhere else.
    missing = [
        _elsewhere(p, frame) for p in pictures if not covered and p.sha256 not in frame.files
    ]
    gallery = [ui.MediaGallery[ui.LayoutView](*tiles)] if tiles else []
    return [*gallery, *_texts(lines(missing, most=500))]


def _elsewhere(picture: IllustrationCard, frame: Frame) -> str:
    shown = escaped(picture.code, most=60)
    if picture.address:
        link = f"[{shown}]({picture.address})"
        return _say(gettext("The picture {link}", link=link), frame)
    return _say(phrases.SAVED.format(code=shown), frame)


def _page(address: str | None, frame: Frame) -> str:
    """A link to the page that shows a picture's sources."""
    return f" · [{phrase('page', frame.language)}]({address})" if address else ""


def _caption(picture: IllustrationCard, among: Sequence[IllustrationCard]) -> str:
    number = f"**{among.index(picture) + 1}** " if len(among) > 1 else ""
    parts = filter(None, (picture.caption, picture.checked, picture.votes, picture.compared))
    return f"-# {number}{escaped(' · '.join(parts), most=300)}"


def _reference(entry: ReferenceEntry, frame: Frame) -> Item:
    named = _say(phrases.reference_name(entry.number), frame)
    text = _joined(
        f"**{named}** {linked(entry.title, entry.address, most=220)}",
        f"-# {escaped(' · '.join(filter(None, (entry.rights, entry.note))), most=120)}",
    )
    name = frame.files.get(entry.sha256)
    if name is None:
        return _text(text)
    alt = fitted(f"{named}: {entry.title}", most=MAX_ALT_CHARS)
    thumbnail = ui.Thumbnail[ui.LayoutView](f"attachment://{name}", description=alt)
    return ui.Section[ui.LayoutView](text, accessory=thumbnail)


def _entry(entry: EvidenceEntry, frame: Frame) -> str:
    """A citation in full."""
    claim = f"**{entry.n}** {escaped(entry.claim, most=1000)}"
    if entry.title is None:
        return f"{claim}\n-# {_say(phrases.NO_SOURCE, frame)}"
    passage = f"> “{escaped(entry.passage, most=1000)}”" if entry.passage else ""
    parts = (_say(entry.doubt, frame), entry.rights, entry.fetched)
    line = " · ".join(escaped(part, most=300) for part in parts if part)
    return _joined(claim, passage, f"-# {linked(entry.title, entry.address, most=900)} · {line}")


def _short_entry(entry: EvidenceEntry, frame: Frame) -> str:
    found = linked(entry.title, entry.address, most=260) if entry.title else ""
    source = found or _say(phrases.NO_SOURCE, frame)
    source += f" · {_say(entry.doubt, frame)}" if entry.doubt else ""
    return f"**{entry.n}** {escaped(entry.claim, most=120)}\n-# {source}"


def _picks(button: Button, references: Sequence[ReferenceEntry], frame: Frame) -> Item:
    options = {
        str(entry.number): SelectOption(
            label=fitted(f"{entry.number} · {entry.title}", most=MAX_OPTION_CHARS),
            value=str(entry.number),
            description=fitted(entry.rights, most=MAX_OPTION_CHARS) or None,
            default=frame.kept is None or entry.number in frame.kept,
        )
        for entry in references
    }
    return _menu(button, list(options.values()), frame, most=len(options), least=0)


def _menu(
    button: Button,
    options: list[SelectOption],
    frame: Frame,
    *,
    most: int = 1,
    least: int = 1,
) -> Item:
    select = ui.Select[ui.LayoutView](
        custom_id=button.code,
        placeholder=label(button.deed, frame.language),
        options=options,
        min_values=least,
        max_values=most,
    )
    return ui.ActionRow[ui.LayoutView](select)


def _sendable(buttons: Sequence[Button]) -> list[Button]:
    """The buttons whose code Discord takes; the same one twice is one."""
    codes = {button.code: button for button in buttons}
    return [button for code, button in codes.items() if length(code) <= MAX_OPTION_CHARS]


def _rows(buttons: Sequence[Button], frame: Frame) -> list[Item]:
    """The buttons, five to a row; those of the pictures of a set in rows of their own."""
    rows: list[list[ui.Button[ui.LayoutView]]] = []
    kind: ButtonAction | None = None
    for button in _sendable(buttons)[: 3 * MAX_BUTTONS_A_ROW]:
        same = button.deed if button.number is not None else None
        if not rows or same != kind or len(rows[-1]) == MAX_BUTTONS_A_ROW:
            rows.append([])
        kind = same
        rows[-1].append(
            ui.Button[ui.LayoutView](
                custom_id=button.code,
                label=label(button.deed, frame.language, number=button.number),
                style=_STYLES[button.look],
            )
        )
    return [ui.ActionRow[ui.LayoutView](*row) for row in rows]


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
    return _joined(*(f"-# {_say(claims_text, frame)}" for claims, claims_text in kinds if claims))


def _typed(path: str) -> str:
    """A command as code."""
    return changed(discord_command(path), "`{}`".format)


def _say(text: str, frame: Frame) -> str:
    """A sentence of ours in the reader's language."""
    return translated(text, frame.language)


def _heading(title: str) -> str:
    return f"### {escaped(title or '–', most=400)}"


def _joined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _texts(text: str) -> list[Item]:
    """A text, or nothing where it is empty."""
    return [_text(text)] if text else []


def _text(text: str) -> Item:
    return ui.TextDisplay[ui.LayoutView](with_marks(text, mark_shown) or "–")
