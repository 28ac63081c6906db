"""Card models: jobs, pictures, evidence, settings and errors as plain values for any platform.

A card holds words only, already safe to show and short enough for every platform: one line each, no
control or direction characters, cut at the end of a word where they are too long. Sentences of ours
are translatable texts, which :func:`bot.cards.languages.in_language` gives in the reader's language
where a platform draws the card. ``bot/cards/builders.py`` makes them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.buttons import Button
from domain.requests import JobKind, JobStatus
from domain.research import EvidenceVerdict
from domain.short_codes import short_code
from domain.translation.messages import gettext

MAX_TITLE_CHARS = 256
MAX_TEXT_CHARS = 500
MAX_ALT_TEXT_CHARS = 1000
MAX_ADDRESS_CHARS = 500
MAX_STEPS = 10
MAX_ENTRIES = 50


class Blame(StrEnum):
    """Who has to react to an error."""

    REQUESTER = "asker"
    OPERATOR = "operator"
    NOBODY = "nobody"
    """The error may pass without any action."""


@dataclass(frozen=True, slots=True)
class TaskSource:
    """A page or picture that a task found."""

    title: str
    address: str | None


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """One hop of a job's research as a task, for platforms that show tasks; ``number`` counts from
    1, ``title`` is the query and ``found`` the result."""

    number: int
    title: str
    found: str
    sources: tuple[TaskSource, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusCard:
    """A job at one moment: ``text`` is one sentence, ``steps`` its last hops, oldest first."""

    job_id: str
    title: str
    status: JobStatus
    text: str
    steps: tuple[str, ...]
    notes: tuple[str, ...]
    position: int
    """Jobs that wait before it."""
    can_cancel: bool
    progress: float | None = None
    """The share of the rendering that is done, 0 to 1; None before it began."""
    thought: str | None = None
    """The text that the research model is writing now."""
    buttons: tuple[Button, ...] = ()
    tasks: tuple[TaskEntry, ...] = ()
    """The hops of ``steps`` once more, with what each found."""


@dataclass(frozen=True, slots=True)
class IllustrationCard:
    """A finished picture; ``sha256`` names its bytes, ``caption`` says how it was made."""

    illustration_id: str
    job_id: str
    title: str
    sha256: str
    media_type: str
    width: int
    height: int
    alt_text: str
    caption: str
    compared: str | None
    """For a re-render: whether it is bit for bit its parent, or what is different."""
    checked: str | None = None
    """The result of the check: ``4 of 5 claims shown, marked 0.82``."""
    votes: str | None = None
    """``3 for, 1 against``; None where there are no votes."""
    address: str | None = None
    """The address of its page on the web; None where it has none."""

    @property
    def code(self) -> str:
        """The command that people type for it."""
        return short_code(self.illustration_id)


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """A reference, in the order in which the prompt mentions them; ``number`` counts from 1."""

    number: int
    title: str
    rights: str
    """Author and license as far as they are known; for a requester's own picture, that it is."""
    note: str
    address: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class EvidenceEntry:
    """A numbered citation; without a source it says that nothing was found for its claim.

    ``verdict`` is what its passage says of the claim: ``supported``, ``mentioned``,
    ``contradicted`` or ``unsupported``.
    """

    n: int
    claim: str
    verdict: EvidenceVerdict
    title: str | None = None
    rights: str | None = None
    passage: str | None = None
    address: str | None = None
    provider: str | None = None
    fetched: str | None = None
    """The time when the source was read, as a mark."""
    sha256: str | None = None

    @property
    def doubt(self) -> str:
        """A caveat that a reader must know before trusting the citation, in a few words; often
        empty."""
        if self.passage is None:
            return ""
        return _DOUBTS.get(self.verdict, "")


_DOUBTS = {
    EvidenceVerdict.MENTIONED: gettext("the source speaks of it, not word for word"),
    EvidenceVerdict.CONTRADICTED: gettext("the source says otherwise"),
    EvidenceVerdict.UNSUPPORTED: gettext("the source doesn't confirm it"),
}


@dataclass(frozen=True, slots=True)
class EvidenceCard:
    """The sources of a job's pictures; ``left_out`` counts entries beyond those shown."""

    job_id: str
    title: str
    references: tuple[ReferenceEntry, ...]
    entries: tuple[EvidenceEntry, ...]
    notes: tuple[str, ...]
    left_out: int = 0
    address: str | None = None
    """The address of the page that shows all of it; None where there is none."""
    buttons: tuple[Button, ...] = ()
    messages: tuple[str, ...] = ()
    """The addresses of messages of the workspace that say how something looks."""

    def count_claims(self, verdict: EvidenceVerdict) -> int:
        """The number of claims that have a citation with that verdict."""
        return len({entry.claim for entry in self.entries if entry.verdict is verdict})


@dataclass(frozen=True, slots=True)
class SourceLine:
    """The citations of one source, as they stand under a picture."""

    numbers: tuple[int, ...]
    title: str
    address: str | None


@dataclass(frozen=True, slots=True)
class StoryCard:
    """The news desk's text beside a picture; ``text`` may be two sentences, ``notice`` reports
    corrections since it was posted, or what to check before."""

    story_id: str
    headline: str
    text: str
    label: str
    """The kind of picture: ``AI-generated illustration``."""
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class ResultCard:
    """The answer: pictures, their sources in short, and what can be done with them.

    ``asked_by`` is the surface's own id of the requester. ``gone`` where the pictures were deleted.
    """

    job_id: str
    title: str
    asked_by: str
    pictures: tuple[IllustrationCard, ...]
    sources: tuple[SourceLine, ...]
    unsupported: int
    """Claims for which no source was found."""
    notes: tuple[str, ...]
    buttons: tuple[Button, ...]
    gone: bool = False
    story: StoryCard | None = None
    contradicted: int = 0
    """Claims that a source disagrees with."""
    address: str | None = None
    """The address of the page that shows the pictures' sources; None where there is none."""


@dataclass(frozen=True, slots=True)
class ReviewCard:
    """A result that waits for approval; ``text`` says how many still have to approve."""

    result: ResultCard
    text: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class ChoiceCard:
    """The references of a job, to be chosen from before it is rendered.

    ``until`` is a mark of a time; then the job goes on with all of them.
    """

    job_id: str
    title: str
    references: tuple[ReferenceEntry, ...]
    until: str
    buttons: tuple[Button, ...]
    """``KEEP`` is a menu of all references, ``REPLACE`` asks for pictures of the person's own,
    ``GO`` renders with what is chosen."""


@dataclass(frozen=True, slots=True)
class ErrorCard:
    """The error, in one sentence that says what to do next."""

    text: str
    blame: Blame
    buttons: tuple[Button, ...] = ()
    title: str = ""
    """The prompt."""
    sku: str = ""
    """The platform's id of the subscription that is lacking, which the card offers."""


@dataclass(frozen=True, slots=True)
class NoteCard:
    """A plain answer: a sentence, and perhaps lines below it."""

    text: str
    lines: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    calls: str = ""
    """The id of the person whom the message mentions, so that the platform notifies them."""
    words: str = ""
    """The user's text that the buttons of an offer are about, for platforms whose buttons can hold
    it."""
    rows: tuple[tuple[str, ...], ...] = ()
    """``lines`` as columns, for platforms with tables; the first row holds the headings. Empty
    where it is no table."""
    address: str | None = None
    """The address of the page that it is about; None where there is none."""


@dataclass(frozen=True, slots=True)
class JobEntry:
    """A job in a list; ``created`` is a mark of a time."""

    job_id: str
    title: str
    status: JobStatus
    kind: JobKind
    created: str


@dataclass(frozen=True, slots=True)
class JobsCard:
    """The newest jobs, newest first."""

    entries: tuple[JobEntry, ...]


@dataclass(frozen=True, slots=True)
class GalleryCard:
    """The pictures with the best votes, best first."""

    pictures: tuple[IllustrationCard, ...]


@dataclass(frozen=True, slots=True)
class PicturesCard:
    """Pictures alone, without a word from outside: what is left where a platform refuses the rest.

    ``job_id`` is empty where they are of several jobs; ``text`` is a sentence of our own.
    """

    job_id: str
    pictures: tuple[IllustrationCard, ...]
    text: str = ""
    buttons: tuple[Button, ...] = ()
    refused: bool = False
    """Whether they are refused pictures under review: shown to one moderator only, and behind a
    spoiler where the platform supports that."""


@dataclass(frozen=True, slots=True)
class SettingsCard:
    """The settings of one scope: ``lines`` are pairs of a setting's name and its value in words.
    ``scope`` is given where the reader may change them."""

    title: str
    lines: tuple[tuple[str, str], ...]
    scope: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """A schedule of the news desk: when (in words of its own time zone), where, about what, and the
    outcome of its latest slots."""

    schedule_id: str
    name: str
    state: str
    """``on``, ``paused``, or why it paused itself."""
    about: str
    channel: str
    """The surface's own id of the channel."""
    next_times: tuple[str, ...]
    slots: tuple[str, ...]
    considered: tuple[str, ...] = ()
    """The stories that were not chosen for the latest slot, each with the reason."""


@dataclass(frozen=True, slots=True)
class SchedulesCard:
    """The schedules of a team, and what is asked beside them."""

    entries: tuple[ScheduleEntry, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class LibraryCard:
    """Items of the library: id, title and rights of each; with a ``MORE`` button where there are
    further ones."""

    entries: tuple[tuple[str, str, str], ...]
    buttons: tuple[Button, ...] = ()


Card = (
    StatusCard
    | ResultCard
    | ReviewCard
    | ChoiceCard
    | EvidenceCard
    | ErrorCard
    | NoteCard
    | JobsCard
    | GalleryCard
    | PicturesCard
    | SettingsCard
    | LibraryCard
    | SchedulesCard
)
"""Everything that a platform has to be able to draw."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command or a press of a button.

    ``private`` is for the requester's eyes alone. ``job_id`` names a job that was begun: the
    platform keeps the message under it, and it lives on with the job. ``replaces`` says that
    the answer takes the place of the message on which a button was pressed.
    """

    card: Card
    private: bool = False
    job_id: str | None = None
    replaces: bool = False
    deleted: tuple[tuple[str, str], ...] = ()
    """Channels and messages that the platform should remove."""
    files: Callable[[int], AsyncIterator[tuple[str, bytes]]] | None = None
    """Files to send to the requester alone after the card, by the most bytes of one of them."""
    whispered: Card | None = None
    """The card for the person alone, on platforms that can show one."""
