"""Cards as Slack messages: each kind of card becomes blocks, and a line for notifications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
    JobEntry,
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
    SourceLine,
    StatusCard,
    StoryCard,
)
from bot.locale.catalog import label, phrase, slack_command
from bot.marks import unmarked
from bot.slack.view import blocks as b
from bot.slack.view.blocks import Block
from domain.translation.messages import gettext, ngettext, translated
from jobs.common.status_words import STATUS_WORDS

ACTION = "limner."
"""What the action ids of our buttons begin with."""
MAX_SOURCES = 12
BAR_STEPS = 12
NO_LONGER = gettext("This picture is no longer on Slack.")


@dataclass(frozen=True, slots=True)
class Shown:
    """The pictures of a card on Slack: the file of each by the hash of its bytes, and for one that
    could not be uploaded a sentence that says where it is."""

    files: Mapping[str, str] = field(default_factory=dict[str, str])
    elsewhere: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message: ``notice`` is what notifications and screen readers say, escaped for Slack."""

    notice: str
    blocks: list[Block]


def drawn(card: Card, *, shown: Shown = Shown(), language: str | None = None) -> Drawn:
    """A card as a message that Slack takes, whatever is in it."""
    pen = _Pen(shown, language)
    card = in_language(card, language)
    match card:
        case StatusCard():
            return _message(f"{card.text} {card.title}", pen.status(card), pen.row(card.buttons))
        case ResultCard():
            tail = [*pen.one_of(card), *pen.row(card.buttons)]
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
                pen.page(card.address),
            )
        case ErrorCard():
            return _message(card.text, [b.section(f"⚠ {card.text}")], pen.row(card.buttons))
        case NoteCard():
            return _message(
                card.text, _note(card), pen.row(card.buttons, words=card.words, asks=False)
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


def evidence_blocks(card: EvidenceCard, language: str | None) -> list[Block]:
    """Everything that a picture rests on, in full."""
    card, pen = in_language(card, language), _Pen(Shown(), language)
    if not (card.references or card.entries or card.notes):
        return [b.section(pen.say(phrases.NO_SOURCES))]
    found = b.rich(b.paragraph(b.words(card.title, bold=True)))
    if card.references:
        found += [
            b.header(pen.say(gettext("References"))),
            *b.rich(b.bullets([_reference(r) for r in card.references])),
        ]
    if card.entries:
        found.append(b.header(pen.say(phrases.SOURCES)))
    for entry in card.entries:
        found += pen.evidence(entry)
    more = f"… (+{card.left_out})" if card.left_out else None
    return [*found, *b.context(*card.notes, more)]


def reference_options(references: Sequence[ReferenceEntry]) -> list[Block]:
    """The references as boxes or menu items; the value of each is its number."""
    return [b.option(f"{r.number}. {r.title}", str(r.number)) for r in references]


def job_rows(card: JobsCard, language: str | None) -> list[Block]:
    """A list of jobs, each with a button that shows it."""
    pen = _Pen(Shown(), language)
    if not card.entries:
        return [b.section(pen.say(phrases.NO_JOBS.format(command="/illustrate")))]
    return [
        block
        for entry in card.entries
        for block in (
            b.section(
                pen.entry(entry), accessory=pen.button(Button(ButtonAction.SHOW, entry.job_id))
            ),
            *b.said(entry.created),
        )
    ]


def review_rows(
    card: JobsCard, buttons: Mapping[str, Sequence[Button]], language: str | None
) -> list[Block]:
    """Jobs that wait for approval, each with its buttons."""
    pen = _Pen(Shown(), language)
    return [
        block
        for entry in card.entries
        for block in (
            b.section(pen.entry(entry)),
            *b.said(entry.created),
            *b.actions(
                f"limner.review.{entry.job_id}",
                [pen.button(button) for button in buttons.get(entry.job_id, ())],
            ),
        )
    ]


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws the parts that need pictures or words of a language."""

    shown: Shown
    language: str | None

    def say(self, text: str) -> str:
        """A sentence of ours in the reader's language."""
        return translated(text, self.language)

    def entry(self, entry: JobEntry) -> str:
        """A job in a list."""
        return f"{entry.title}\n{self.say(STATUS_WORDS[entry.status])}"

    def status(self, card: StatusCard) -> list[Block]:
        """How a job goes on."""
        done = "" if card.progress is None else f"  {_bar(card.progress)}"
        return [
            *b.rich(b.paragraph(b.words(card.title, bold=True))),
            *b.rich(b.paragraph(b.words(f"{card.text}{done}"))),
            *b.context(*card.steps, f"… {card.thought}" if card.thought else None),
            *b.context(*card.notes),
        ]

    def result(self, card: ResultCard) -> list[Block]:
        """The pictures with their sources in short."""
        by = self._requested(card.asked_by) if card.asked_by else ()
        title = b.rich(b.paragraph(b.words(card.title, bold=True), *by))
        if card.story is not None:
            title = _told(card.story)
        if card.gone:
            return [*title, b.section(self.say(phrases.GONE))]
        pictures = [block for picture in card.pictures for block in self.picture(picture)]
        more = len(card.sources) - MAX_SOURCES
        return [
            *title,
            *pictures,
            *b.rich(b.paragraph(*_sources(card.sources[:MAX_SOURCES]))),
            *b.context(
                f"… (+{more})" if more > 0 else None,
                self._unsupported(card.unsupported),
                self._disputed(card.contradicted),
                *card.notes,
            ),
            *self.page(card.address),
        ]

    def page(self, address: str | None) -> list[Block]:
        """A link to the page that shows what a picture rests on."""
        if address is None:
            return []
        return b.rich(b.paragraph(b.link(phrase("page", self.language), address)))

    def picture(self, card: IllustrationCard) -> list[Block]:
        """A picture, or where it is, with how it was made in small print."""
        file_id = self.shown.files.get(card.sha256)
        where = self.say(self.shown.elsewhere.get(card.sha256, NO_LONGER))
        image = b.picture(file_id, alt_text=card.alt_text) if file_id else b.section(where)
        return [image, *b.context(card.caption, card.compared, card.checked, card.votes)]

    def pictures(self, card: PicturesCard) -> list[Block]:
        """Pictures alone."""
        text = b.said(card.text) if card.text else []
        return [*text, *(block for picture in card.pictures for block in self.picture(picture))]

    def choice(self, card: ChoiceCard) -> list[Block]:
        """The references with thumbnails and boxes."""
        rows = [self.reference(r) for r in card.references]
        boxes = reference_options(card.references)
        keep = [
            b.checkboxes(f"{ACTION}{ButtonAction.KEEP}", boxes)
            for button in card.buttons
            if button.deed is ButtonAction.KEEP and boxes
        ]
        others = [button for button in card.buttons if button.deed is not ButtonAction.KEEP]
        return [
            *b.rich(b.paragraph(b.words(card.title, bold=True))),
            *b.said(self.say(phrases.pick_sentence(card.until))),
            *rows,
            *b.actions("limner.keep", keep),
            *self.row(others),
        ]

    def reference(self, entry: ReferenceEntry) -> Block:
        """A reference with its thumbnail."""
        text = f"{entry.number}. {entry.title}\n{entry.rights}\n{entry.note}"
        file_id = self.shown.files.get(entry.sha256)
        if file_id is None:
            return b.section(text)
        alt_text = f"{self.say(phrases.reference_name(entry.number))}: {entry.title}"
        return b.section(text, accessory=b.picture(file_id, alt_text=alt_text))

    def gallery(self, card: GalleryCard) -> list[Block]:
        """The best pictures."""
        if not card.pictures:
            return [b.section(self.say(phrases.NO_VOTES))]
        return [
            block
            for number, picture in enumerate(card.pictures, 1)
            for block in (
                *b.rich(b.paragraph(b.words(f"{number}. {picture.title}", bold=True))),
                *self.picture(picture),
            )
        ]

    def one_of(self, card: ResultCard) -> list[Block]:
        """A menu that shows one picture of a set by itself, with everything that it allows."""
        if len(card.pictures) < 2 or not card.buttons:
            return []
        options = [
            b.option(f"{number} · {picture.caption}", picture.illustration_id)
            for number, picture in enumerate(card.pictures, 1)
        ]
        show = label(ButtonAction.SHOW, self.language)
        menu = b.select(f"{ACTION}{ButtonAction.SHOW}.one", options, hint=show)
        return b.actions("limner.one", [menu])

    def row(self, buttons: Sequence[Button], *, words: str = "", asks: bool = True) -> list[Block]:
        """The buttons of a card; ``words`` are what an offer is about. A card that asks something
        itself needs no further question."""
        drawn_ = [self.button(button, words, asks=asks) for button in buttons]
        return b.actions("limner.buttons", drawn_)

    def button(self, button: Button, words: str = "", *, asks: bool = True) -> Block:
        """A button; what cannot be undone asks first."""
        sure = None
        text = label(button.deed, self.language, number=button.number)
        kept = words if button.deed in (ButtonAction.CHANGE, ButtonAction.NEW) else ""
        if button.deed is ButtonAction.DELETE and asks:
            sure = b.confirmation(
                phrase("delete.title", self.language),
                phrase("delete.text", self.language),
                text,
                phrase("delete.no", self.language),
            )
        styles = {
            ButtonLook.PRIMARY: "primary",
            ButtonLook.DANGER: "danger",
            ButtonLook.PLAIN: None,
        }
        return b.button(
            text,
            action=f"{ACTION}{button.deed.value}{f'.{button.number}' if button.number else ''}",
            value=f"{button.code} {kept}".strip(),
            style=styles[button.look],
            confirm=sure,
        )

    def evidence(self, entry: EvidenceEntry) -> list[Block]:
        """A citation with its passage."""
        claim = [b.words(f"[{entry.n}] "), b.words(entry.claim, bold=True)]
        if entry.title is None:
            missing = b.words(f"\n{self.say(phrases.NO_SOURCE)}", italic=True)
            return b.rich(b.paragraph(*claim, missing))
        unsure = f" · {self.say(entry.doubt)}" if entry.doubt else ""
        source = [
            b.words("\n"),
            b.link(entry.title, entry.address),
            b.words(f" ({entry.rights}){unsure}"),
        ]
        passage = [b.words(entry.passage)] if entry.passage else []
        found = b.rich(b.paragraph(*claim, *source), b.quote(*passage))
        read = self.say(gettext("read {time}", time=entry.fetched))
        small = f"{read} · {entry.provider} · sha256 {entry.sha256}"
        return [*found, *b.rich(b.paragraph(*b.parts(small)))]

    def schedules(self, card: SchedulesCard) -> list[Block]:
        """The schedules of the news desk."""
        if not card.entries:
            return [
                b.section(self.say(phrases.NO_SCHEDULES.format(command=slack_command("news.add"))))
            ]
        return [block for entry in card.entries for block in _schedule(entry)]

    def library(self, card: LibraryCard) -> list[Block]:
        """Items of the library."""
        if not card.entries:
            return [
                b.section(
                    self.say(phrases.LIBRARY_EMPTY.format(command=slack_command("library.add")))
                )
            ]
        return b.rich(
            b.bullets(
                [
                    [b.words(title, bold=True), b.words(f"  {rights}  {item_id}")]
                    for item_id, title, rights in card.entries
                ]
            )
        )

    def _requested(self, member_id: str) -> tuple[Block, ...]:
        """Who asked, as a mention within the sentence."""
        before, _, after = self.say(gettext("Requested by {person}")).partition("{person}")
        said = (b.words(f" · {before}"), b.member(member_id))
        return (*said, b.words(after)) if after else said

    def _unsupported(self, count: int) -> str | None:
        said = ngettext(
            "{count} detail without a source; see Sources.",
            "{count} details without a source; see Sources.",
            count,
        )
        return self.say(said) if count else None

    def _disputed(self, count: int) -> str | None:
        said = ngettext(
            "{count} detail disagrees with a source; see Sources.",
            "{count} details disagree with a source; see Sources.",
            count,
        )
        return self.say(said) if count else None


def _message(notice: str, blocks: Sequence[Block], tail: Sequence[Block]) -> Drawn:
    fitted = b.fitted(blocks, most=b.MESSAGE_BLOCKS, most_bytes=b.MESSAGE_BYTES, tail=tail)
    return Drawn(b.notice(unmarked(notice)), fitted)


def _bar(share: float) -> str:
    full = round(min(max(share, 0.0), 1.0) * BAR_STEPS)
    return f"{'▰' * full}{'▱' * (BAR_STEPS - full)} {share:.0%}"


def _sources(sources: Sequence[SourceLine]) -> list[Block]:
    """A line for each source, with the numbers of its citations."""
    pieces: list[Block] = []
    for source in sources:
        numbers = ", ".join(str(number) for number in source.numbers[:20])
        begin = "\n" if pieces else ""
        pieces += [b.words(f"{begin}[{numbers}] "), b.link(source.title, source.address)]
    return pieces


def _reference(entry: ReferenceEntry) -> list[Block]:
    return [
        b.words(f"{entry.number}. "),
        b.link(entry.title, entry.address),
        b.words(f" ({entry.rights}) {entry.note}"),
    ]


def _note(card: NoteCard) -> list[Block]:
    lines = b.rich(b.bullets([b.parts(line) for line in card.lines]))
    if card.calls:
        called = b.paragraph(b.member(card.calls), b.words(f" {card.text}"))
        return [*b.rich(called), *lines]
    return [*b.said(card.text), *lines]


def _settings(card: SettingsCard) -> list[Block]:
    lines = [[b.words(name, bold=True), *b.parts(f"  {value}")] for name, value in card.lines]
    return [*b.rich(b.paragraph(b.words(card.title, bold=True)), b.bullets(lines))]


def _told(story: StoryCard) -> list[Block]:
    """A story of the news desk: its headline, its sentences, and what was found changed since."""
    return [
        b.header(story.headline),
        *b.rich(b.paragraph(b.words(story.text))),
        *b.context(f"⚠ {story.notice}" if story.notice else None, story.label),
    ]


def _schedule(entry: ScheduleEntry) -> list[Block]:
    """A schedule: what comes next stands before what was."""
    name = b.words(entry.name, bold=True)
    where = (b.words(f" · {entry.state} · "), b.channel(entry.channel))
    coming = (f"⏰ {time}" for time in entry.next_times)
    told = (entry.about, *coming, *entry.slots, *entry.considered)
    return [*b.rich(b.paragraph(name, *where)), *b.context(*told)]
