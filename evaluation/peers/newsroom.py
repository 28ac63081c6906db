"""A newsroom with scripted findings, and a news desk over a store whose jobs are not worked on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.news import (
    Candidate,
    CitedPage,
    Correction,
    Doubt,
    Fingerprint,
    Gathering,
    NewsItem,
    Schedule,
    Story,
    StoryText,
)
from domain.requests import Destination
from domain.research import Account, Spending
from evaluation.peers.values import SHA

DOUBTFUL: dict[str, Any] = {"doubtful": True, "doubts": (Doubt.ACCUSES, Doubt.OMITS)}
"""What a text has that an editor must look at."""
START = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
"""A Monday."""


def a_schedule(**parts: Any) -> Schedule:
    """Weekdays at nine, about harbours."""
    schedule = Schedule(
        id="S1",
        workspace_id="w1",
        owner_id="ann",
        name="Harbour news",
        destination=Destination("chat", "c1"),
        cron="0 9 * * mon-fri",
        time_zone="UTC",
        created_at=START,
        counted_from=START,
        topic="harbour",
    )
    return replace(schedule, **parts)


def an_item(number: int = 1) -> NewsItem:
    """An article."""
    return NewsItem(
        title=f"Harbour {number} opens",
        url=f"https://news{number}.example/1",
        site=f"news{number}.example",
        summary="The harbour opened.",
        seen_at=START,
    )


def a_candidate(name: str = "harbour") -> Candidate:
    """Two articles about one event."""
    return Candidate((an_item(1), an_item(2)), Fingerprint((name,), ("open",)), 2, 1.0)


def a_text(name: str = "harbour", **parts: Any) -> StoryText:
    """The story in words."""
    pages = tuple(
        CitedPage(
            title=f"Harbour {n} opens",
            url=f"https://news{n}.example/1",
            site=f"news{n}.example",
            passage=f"The {name} opened.",
            fetched_at=START,
            sha256=SHA,
        )
        for n in (1, 2)
    )
    text = StoryText(
        headline=f"The {name} opens",
        sentences=(f"The {name} opened.", "It has two piers."),
        pages=pages,
        picture=f"A {name} with two piers",
        rests_on=((1,), (1, 2)),
    )
    return replace(text, **parts)


def a_story(**parts: Any) -> Story:
    """A story that was taken up."""
    story = Story(
        id="STORY1",
        workspace_id="w1",
        schedule_id="S1",
        due_at=START,
        text=a_text(),
        fingerprint=Fingerprint(("harbour",), ("open",)),
        found_at=START,
    )
    return replace(story, **parts)


@dataclass
class FakeNewsroom:
    """Gives the candidates of a test; those that were reported before are left out."""

    names: list[str] = field(default_factory=lambda: ["harbour"])
    problems: tuple[str, ...] = ()
    dead: tuple[tuple[str, str], ...] = ()
    """Feeds that will not come back, and the notices about them."""
    items: int = 7
    unreadable: set[str] = field(default_factory=set[str])
    doubtful: set[str] = field(default_factory=set[str])
    parts: dict[str, Any] = field(default_factory=dict[str, Any])
    failure: Exception | None = None
    corrections: dict[str, Correction] = field(default_factory=dict[str, Correction])
    grown: Mapping[str, Fingerprint] = field(default_factory=dict[str, Fingerprint])
    """For names of known stories, what is known of them from now on."""
    gathered: int = 0
    delay_s: float = 0.0
    tokens: int = 0
    """The model's usage for the words of a candidate."""
    used_up: bool = False

    async def gather(self, schedule: Schedule, *, known: Sequence[Fingerprint]) -> Gathering:
        """The scripted answer."""
        self.gathered += 1
        if self.failure is not None:
            raise self.failure
        reported = {entity for fingerprint in known for entity in fingerprint.entities}
        found = tuple(a_candidate(name) for name in self.names if name not in reported)
        dead = tuple((feed, why) for feed, why in self.dead if feed in schedule.feeds)
        more = tuple(
            (place, self.grown[name])
            for place, fingerprint in enumerate(known)
            for name in fingerprint.entities
            if name in self.grown
        )
        return Gathering(found, self.items, self.problems, dead, grown=more)

    async def write(
        self, schedule: Schedule, candidate: Candidate, *, account: Account
    ) -> StoryText | None:
        """The candidate's name in words."""
        if self.tokens:
            account.add(Spending("model", "m", "tokens", self.tokens, self.tokens / 1e6))
        account.used_up = self.used_up
        [name] = candidate.fingerprint.entities
        if name in self.unreadable:
            return None
        return replace(a_text(name, **self.parts), **(DOUBTFUL if name in self.doubtful else {}))

    async def check_feeds(self, feeds: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """The scripted state of the feeds."""
        return tuple((feed, why) for feed, why in self.dead if feed in feeds)

    async def recheck(self, page: CitedPage) -> Correction | None:
        """The scripted state of that page."""
        return self.corrections.get(page.url)


@dataclass
class Clock:
    """A clock that tests set."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def on(self, **parts: float) -> None:
        """Let time pass."""
        self.now += timedelta(**parts)
