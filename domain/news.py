"""Values of the news desk: schedules, slots, candidates, stories and their correction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from domain.normal_forms import folded_letters
from domain.relative_days import explained, without_explanations
from domain.requests import Destination
from domain.sentences import joined


class ClosedBy(StrEnum):
    """The reason why a schedule's channel is closed."""

    CHANNEL = "channel"
    """Its channel or thread was deleted, archived or locked."""
    REMOVAL = "removal"
    """The app was removed from the workspace."""


GOING_ON: Final[Mapping[str, Any]] = {
    "paused": False, "paused_why": None, "closed_by": None, "failures": 0
}  # fmt: skip
"""What changes in a schedule that goes on after a pause."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule: when and about what Limner illustrates the news, and where it posts.

    ``cron`` is minute, hour, day of month, month and day of week in ``time_zone`` (an IANA name).
    ``quiet_days`` are weekdays (``sat``) and dates (``2026-12-24``) on which nothing is posted, and
    ``ends_on`` is the last day. A slot that comes up more than ``grace`` late is skipped. With
    ``approvals`` the draft is made ``lead`` before the slot and shown in ``review``.
    """

    id: str
    workspace_id: str
    owner_id: str
    name: str
    destination: Destination
    cron: str
    time_zone: str
    created_at: datetime
    topic: str = ""
    feeds: tuple[str, ...] = ()
    language: str = "en"
    style: str | None = None
    generator: str | None = None
    approvals: int = 0
    review: Destination | None = None
    quiet_days: tuple[str, ...] = ()
    ends_on: date | None = None
    min_sources: int = 2
    """Independent sources that must report a story before it is taken."""
    grace: timedelta = timedelta(hours=3)
    lead: timedelta = timedelta(hours=1)
    paused: bool = False
    paused_why: str | None = None
    closed_by: ClosedBy | None = None
    """The reason of the pause, where its channel disappeared: it then resumes when the channel is
    back."""
    failures: int = 0
    """Failed slots in a row."""
    counted_from: datetime | None = None
    """Due times up to then are not accounted for: it was made, changed or taken up again then."""
    revision: int = 1
    """Counts up with every change, so that other processes notice."""


class SlotStatus(StrEnum):
    """The outcome of one due time of a schedule; all but the first two are final."""

    DUE = "due"
    WORKING = "working"
    POSTED = "posted"
    EMPTY = "empty"
    """No story was worth a picture."""
    SKIPPED = "skipped"
    """It came up too late, on a quiet day, or while everything was paused."""
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    """The draft was not approved in time."""

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to it."""
        return self not in (SlotStatus.DUE, SlotStatus.WORKING)


@dataclass(frozen=True, slots=True)
class Preview:
    """The person who tries a schedule, and the place."""

    member_id: str
    destination: Destination


MOST_CONSIDERED = 10


class Outcome(StrEnum):
    """The outcome of a story that was considered for a due time."""

    CHOSEN = "chosen"
    ALTERNATIVE = "alternative"
    """Good enough, but another was better."""
    UNREAD = "unread"
    """Too few of its pages could be read, or they held no sentence to quote."""
    REFUSED = "refused"
    """Against the content policy."""
    TOLD = "told"
    """Posted before."""
    FEW_SOURCES = "few_sources"
    """Fewer independent sites report it than the schedule asks for."""
    OFF_TOPIC = "off_topic"
    OLD = "old"
    """Older than three days, or without a time."""
    DOUBTFUL = "doubtful"
    """It needs an editor before it is posted."""


class Doubt(StrEnum):
    """What an editor should look at before a story is posted, the gravest first."""

    ACCUSES = "accuses"
    """It accuses somebody, or leaves out what they answer."""
    CONFLICT = "conflict"
    """Its pages contradict one another, or one goes further than the post."""
    FIRMER = "firmer"
    """Its headline says more than the sentences below it or the other pages."""
    OMITS = "omits"
    """It leaves out what several pages tell."""
    HEADLINES = "headlines"
    """No sentence of its pages could be quoted, only headlines."""
    UNCLEAR = "unclear"
    """It is hard to understand by itself."""
    WORDING = "wording"
    """It praises, exclaims, or has words that nobody prints."""


@dataclass(frozen=True, slots=True)
class Considered:
    """A story that was looked at for a due time; ``sources`` counts the sites that report it."""

    headline: str
    site: str
    sources: int
    outcome: Outcome
    doubts: tuple[Doubt, ...] = ()
    """Of a doubtful one the reasons."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One due time of a schedule; there is at most one for each."""

    schedule_id: str
    due_at: datetime
    status: SlotStatus
    changed_at: datetime
    note: str = ""
    """In one sentence why it is so."""
    story_id: str | None = None
    job_id: str | None = None
    extra: bool = False
    """Whether it was requested beside the schedule's own times."""
    preview: Preview | None = None
    """Whom the result is shown to alone, where it is only a try."""
    considered: tuple[Considered, ...] = ()
    """The stories that were looked at, the chosen one first; at most ``MOST_CONSIDERED``."""


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One article as a feed or a search gave it; untrusted text, cleaned to one line each.

    ``published_at`` is when it says it was published, never later than ``seen_at``; None where it
    does not say. ``site`` is the registrable part of its host, such as ``bbc.co.uk``.
    """

    title: str
    url: str
    site: str
    summary: str
    seen_at: datetime
    published_at: datetime | None = None
    author: str | None = None
    picture_url: str | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The fingerprint of a story, apart from its wording and addresses: its names and numbers, and
    its most telling words, each folded and sorted."""

    entities: tuple[str, ...]
    words: tuple[str, ...]
    terms: tuple[tuple[str, float], ...] = ()
    """The average topic of its articles, the strongest words first, each with its weight (0 to 1);
    empty for stories of older releases."""
    cohesion: float = 0.0
    """The average similarity (0 to 1) of its articles."""
    moments: tuple[tuple[str, float], ...] = ()
    """The days that its articles mention, as ``weekday 0`` or ``day 3-14``, each with its weight;
    empty for stories of older releases."""
    articles: tuple[str, ...] = ()
    """Its articles, the latest last, each as a short hash of its address."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Articles about one event, the clearest first; ``sites`` counts independent ones: copies of
    one agency's text count once. ``score`` is higher for better stories."""

    items: tuple[NewsItem, ...]
    fingerprint: Fingerprint
    sites: int
    score: float


@dataclass(frozen=True, slots=True)
class Gathering:
    """The result of one look at the news: stories best first, how many articles there were, and
    what went wrong meanwhile."""

    candidates: tuple[Candidate, ...]
    items: int
    problems: tuple[str, ...] = ()
    dead: tuple[tuple[str, str], ...] = ()
    """The feeds that are missing, gone or no feeds, each with a sentence that says so."""
    dropped: tuple[Considered, ...] = ()
    """Stories that are no candidates, those nearest to one first."""
    grown: tuple[tuple[int, Fingerprint], ...] = ()
    """Known stories of which there are further articles: the place of each among the known ones,
    and its fingerprint with these."""


@dataclass(frozen=True, slots=True)
class CitedPage:
    """A page that a story cites: as it was read, to be compared with later."""

    title: str
    url: str
    site: str
    passage: str
    """The sentence that is quoted, word for word."""
    fetched_at: datetime
    sha256: str
    """Of the text that was read."""
    retracting_words: tuple[str, ...] = ()
    """Words of retraction or correction that stood in it already."""
    author: str | None = None
    published_at: datetime | None = None
    """The time of publication by its own account; None where there is none."""
    outlet: str | None = None
    """The name of its site, such as "The Guardian"; None where there is none."""
    dated: str = ""
    """When it was published, in the house style and the zone of the story's workspace."""
    captions: tuple[str, ...] = ()
    """The sentences of the story that quote it, in that style."""
    further: tuple[str, ...] = ()
    """Further sentences of it that are quoted."""
    days: tuple[tuple[str, str], ...] = ()
    """Words of these sentences that say a day by the day of publication ("today"), each with that
    day in words."""

    title_hidden: bool = False
    """Whether its headline is not shown beside the story: it accuses somebody, names a private
    person, or contradicts the story."""

    @property
    def shown_title(self) -> str:
        """Its headline as the list of sources shows it; the outlet and the day where it is
        hidden."""
        if not self.title_hidden:
            return self.title
        day = self.published_at.date().isoformat() if self.published_at else ""
        return ", ".join(filter(None, (self.named, self.dated or day)))

    @property
    def named(self) -> str:
        """The outlet as people know it, otherwise the site."""
        return self.outlet or self.site

    def is_quoted_in(self, sentence: str) -> bool:
        """Whether a sentence is a passage and no more, in quotation marks with the outlet or
        without, or in the house style."""
        return self.quoted_passage(sentence) is not None

    def quoted_passage(self, sentence: str) -> str | None:
        """The passage, or those that follow one another, that a sentence quotes; None where it is
        no quotation."""
        quotation = folded_letters(without_explanations(sentence) if self.days else sentence)
        captioned = sentence in self.captions
        passages = (self.passage, *self.further)
        letters = [folded_letters(passage) for passage in passages]
        outlets = [folded_letters(name) for name in ("", self.site, self.named)]
        for length in range(len(passages), 0, -1):
            for first in range(len(passages) - length + 1):
                said = "".join(letters[first : first + length])
                quoted = quotation in {said + outlet for outlet in outlets}
                if said and (quoted or (captioned and said in quotation)):
                    return joined(passages[first : first + length])
        return None

    def explained(self, passage: str) -> str:
        """A passage with the days of its words such as "today" in square brackets."""
        return explained(passage, dict(self.days))


@dataclass(frozen=True, slots=True)
class StoryText:
    """The text of a post beside the picture: a headline, two sentences, their source pages in the
    order of their numbers, and what the picture should show.

    ``rests_on`` holds for each sentence the numbers of its pages, from 1 (none for one that a
    person wrote); pages that no sentence names stand at the end. ``sensitive`` says why the picture
    must be drawn and not look like a photograph: real people or a disaster.
    """

    headline: str
    sentences: tuple[str, ...]
    pages: tuple[CitedPage, ...]
    picture: str
    sensitive: str | None = None
    rests_on: tuple[tuple[int, ...], ...] = ()
    by_model: bool = False
    """Whether a model wrote the sentences; otherwise they are quotations, or a person's."""
    doubtful: bool = False
    """Whether no page had a sentence that an editor would send as it is."""
    doubts: tuple[Doubt, ...] = ()
    """What an editor should look at then."""

    @property
    def numbered(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The sentences, each with the numbers of its source pages."""
        rests_on = (*self.rests_on, *((),) * len(self.sentences))
        return tuple(zip(self.sentences, rests_on, strict=False))


@dataclass(frozen=True, slots=True)
class Story:
    """A story that a schedule took up."""

    id: str
    workspace_id: str
    schedule_id: str
    due_at: datetime
    text: StoryText
    fingerprint: Fingerprint
    found_at: datetime
    job_id: str | None = None
    posted_at: datetime | None = None
    rechecks: int = 0
    """The number of times its pages were read again after it was posted."""
    corrections: tuple[str, ...] = ()
    """The changes that were found, one sentence each."""
    annotated: bool = False
    """Whether the post says so."""
    taken: bool = True
    """Whether it counts as reported, so that it is not posted again: not a preview, not
    rejected."""
    recheck_at: datetime | None = None
    """When its pages are read again next."""
    alternatives: tuple[Candidate, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Correction:
    """The change to a cited page: it is gone, its headline is another, or it retracts."""

    url: str
    kind: str
    """``gone``, ``headline`` or ``retraction``."""
    sentence: str
    """The change, in one sentence."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A private notice that one person gets once.

    ``surface`` is where they are; ``about`` names the schedule or story, and ``offers`` what can be
    done: ``annotate`` and ``replace`` for a story that has to be corrected.
    """

    id: str
    workspace_id: str
    surface: str
    member_id: str
    text: str
    about: str = ""
    offers: tuple[str, ...] = ()
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SlotKey:
    """A slot named across workspaces."""

    workspace_id: str
    schedule_id: str
    due_at: datetime
