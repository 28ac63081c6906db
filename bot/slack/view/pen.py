"""The parts of cards as blocks, with pictures and in words of a language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.buttons import OFFERED, Button, ButtonAction, ButtonLook
from bot.cards import phrases
from bot.cards.models import (
    ChoiceCard,
    EvidenceEntry,
    GalleryCard,
    IllustrationCard,
    JobEntry,
    LibraryCard,
    NoteCard,
    PicturesCard,
    ReferenceEntry,
    ResultCard,
    ScheduleEntry,
    SchedulesCard,
    SourceLine,
    StatusCard,
    StoryCard,
)
from bot.locale.catalog import label, phrase, slack_command
from bot.slack.view import blocks as b
from bot.slack.view import newer
from bot.slack.view.blocks import Block
from domain.translation.messages import gettext, ngettext, translated
from jobs.common.status_words import STATUS_WORDS

ACTION = "limner."
"""The prefix of the action ids of our buttons."""
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
class Pen:
    """Draws the parts of cards that need pictures or words of a language."""

    shown: Shown
    language: str | None
    newest: bool = False

    def say(self, text: str) -> str:
        """A sentence of ours in the reader's language."""
        return translated(text, self.language)

    def entry(self, entry: JobEntry) -> str:
        """A job in a list."""
        return f"{entry.title}\n{self.say(STATUS_WORDS[entry.status])}"

    def status(self, card: StatusCard) -> list[Block]:
        """The progress of a job."""
        done = "" if card.progress is None else f"  {_bar(card.progress)}"
        steps = b.context(*card.steps, f"… {card.thought}" if card.thought else None)
        if self.newest:
            title = self.say(gettext("Research"))
            steps = newer.plan(title, card.job_id, card.tasks, card.thought)
        return [
            *b.rich(b.paragraph(b.words(card.title, bold=True))),
            *b.rich(b.paragraph(b.words(f"{card.text}{done}"))),
            *steps,
            *b.context(*card.notes),
        ]

    def note(self, card: NoteCard) -> list[Block]:
        """A plain answer; what it says in columns stands in a table where there are tables."""
        if not (self.newest and card.rows):
            return [*_note(card, card.lines), *self.page(card.address)]
        others = card.lines[len(card.rows) - 1 :]
        return [
            *b.marked_section(card.text),
            *newer.table(card.rows),
            *_note(replace(card, text=""), others),
        ]

    def feedback(self, card: ResultCard) -> list[Block]:
        """Thumbs up and down for all pictures of a result."""
        if not (self.newest and card.pictures and card.buttons) or card.gone:
            return []
        good, bad = (Button(action, card.job_id) for action in (ButtonAction.UP, ButtonAction.DOWN))
        return newer.feedback(
            f"{ACTION}feedback",
            (self.say(gettext("Good picture")), good.code),
            (self.say(gettext("Bad picture")), bad.code),
        )

    def result(self, card: ResultCard) -> list[Block]:
        """The pictures with their sources in short."""
        by = self._requested(card.asked_by) if card.asked_by else ()
        title = b.rich(b.paragraph(b.words(card.title, bold=True), *by))
        if card.story is not None:
            title = _story_blocks(card.story)
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
        """A link to the page that shows a picture's sources."""
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
        text = b.marked_section(card.text) if card.text else []
        return [*text, *(block for picture in card.pictures for block in self.picture(picture))]

    def choice(self, card: ChoiceCard) -> list[Block]:
        """The references with thumbnails and boxes."""
        rows = [self.reference(r) for r in card.references]
        boxes = reference_options(card.references)
        keep = [
            b.checkboxes(f"{ACTION}{ButtonAction.KEEP}", boxes)
            for button in card.buttons
            if button.action is ButtonAction.KEEP and boxes
        ]
        others = [button for button in card.buttons if button.action is not ButtonAction.KEEP]
        return [
            *b.rich(b.paragraph(b.words(card.title, bold=True))),
            *b.marked_section(self.say(phrases.pick_sentence(card.until))),
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
        cards = [self.card(number, one) for number, one in enumerate(card.pictures, 1)]
        shown = [one for one in cards if one is not None]
        if self.newest and len(shown) == len(cards) <= newer.CARDS:
            return newer.carousel(shown)
        return [
            block
            for number, picture in enumerate(card.pictures, 1)
            for block in (
                *b.rich(b.paragraph(b.words(f"{number}. {picture.title}", bold=True))),
                *self.picture(picture),
            )
        ]

    def card(self, number: int, picture: IllustrationCard) -> Block | None:
        """A picture of the gallery as a card with a button that shows it; None where its file is
        not on Slack."""
        file_id = self.shown.files.get(picture.sha256)
        if file_id is None:
            return None
        return newer.picture_card(
            file_id,
            alt_text=picture.alt_text,
            title=f"{number}. {picture.title}",
            below=picture.votes or "",
            text=picture.caption,
            button=self.button(Button(ButtonAction.SHOW, picture.illustration_id, number=number)),
        )

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
        text = label(button.action, self.language, number=button.number)
        kept = words if button.action in OFFERED else ""
        if button.action is ButtonAction.DELETE and asks:
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
            action=f"{ACTION}{button.action.value}{f'.{button.number}' if button.number else ''}",
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
        blocks = [block for entry in card.entries for block in _schedule(entry)]
        return [*blocks, b.section(self.say(card.note))] if card.note else blocks

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
        """The requester, as a mention within the sentence."""
        before, _, after = self.say(gettext("Requested by {person}")).partition("{person}")
        parts = (b.words(f" · {before}"), b.member(member_id))
        return (*parts, b.words(after)) if after else parts

    def _unsupported(self, count: int) -> str | None:
        sentence = ngettext(
            "{count} detail without a source; see Sources.",
            "{count} details without a source; see Sources.",
            count,
        )
        return self.say(sentence) if count else None

    def _disputed(self, count: int) -> str | None:
        sentence = ngettext(
            "{count} detail disagrees with a source; see Sources.",
            "{count} details disagree with a source; see Sources.",
            count,
        )
        return self.say(sentence) if count else None


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


def reference_line(entry: ReferenceEntry) -> list[Block]:
    """A reference in a line of a list."""
    return [
        b.words(f"{entry.number}. "),
        b.link(entry.title, entry.address),
        b.words(f" ({entry.rights}) {entry.note}"),
    ]


def _note(card: NoteCard, bullets: Sequence[str]) -> list[Block]:
    lines = b.rich(b.bullets([b.parts(line) for line in bullets]))
    if card.calls:
        called = b.paragraph(b.member(card.calls), b.words(f" {card.text}"))
        return [*b.rich(called), *lines]
    return [*b.marked_section(card.text), *lines]


def _story_blocks(story: StoryCard) -> list[Block]:
    """A story of the news desk: its headline, its sentences, and the changes found since."""
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
    parts = (entry.about, *coming, *entry.slots, *entry.considered)
    return [*b.rich(b.paragraph(name, *where)), *b.context(*parts)]


def reference_options(references: Sequence[ReferenceEntry]) -> list[Block]:
    """The references as boxes or menu items; the value of each is its number."""
    return [b.option(f"{r.number}. {r.title}", str(r.number)) for r in references]
