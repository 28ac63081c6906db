"""Jobs as text for a terminal: live progress, results, evidence and lists.

What strangers wrote (titles, passages, addresses) is shown without control characters, so that no
page can steer the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.text import Text

from bot.cards.builders import illustration_cards, job_card, result_card
from bot.cards.evidence import evidence_card
from bot.cards.models import SchedulesCard, StoryCard
from bot.text import plain
from domain.illustrations import JobEvent
from domain.library import LibraryItem
from domain.requests import Job, JobKind
from domain.research import EvidenceChange
from jobs.common.views import JobView

TOOLS = {"search": "Search", "image_search": "Search images of", "browse": "Read"}


class Progress:
    """Shows a job's events while they come: lines that stay, and one that changes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            self._status = self._console.status("Waiting in the queue")
            self._status.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._status is not None:
            self._status.stop()

    def show(self, event: JobEvent) -> None:
        """Show what an event says."""
        line = event_line(event)
        if line is not None:
            self._print(line)
        now = event_status(event)
        if now is not None:
            self._say(now)

    def pause(self, why: str) -> None:
        """Say that the job is paused, and why."""
        self._print(
            f"Paused: {plain(why)} It resumes by itself; press Ctrl-C to leave it for later."
        )
        self._say("Paused")

    def resume(self) -> None:
        """Say that the job goes on."""
        self._print("Resumed")
        self._say("Resuming")

    def _print(self, line: str) -> None:
        self._console.print(Text(line), highlight=False, soft_wrap=True)

    def _say(self, now: str) -> None:
        if self._status is not None:
            self._status.update(Text(now))


def event_line(event: JobEvent) -> str | None:
    """The line that stays for an event; None where there is nothing to keep."""
    data = event.data
    match event.kind:
        case "hop_started":
            return (
                f"{data['number']}. {TOOLS.get(data['tool'], plain(data['tool']))}: {_asked(data)}"
            )
        case "hop_finished":
            return _found(data)
        case "grounded":
            references = [plain(title, most=60) for title in data["references"]]
            kept = f"{len(references)} reference{'s' * (len(references) != 1)}"
            cited = f"{data['evidence']} citation{'s' * (data['evidence'] != 1)}"
            named = f" ({'; '.join(references)})" if references else ""
            return f"Found {kept}{named} and {cited}"
        case "render_started":
            return f"Drawing with {plain(data['generator'])}"
        case "taken_over":
            return "Continuing the work of a process that stopped"
        case _:
            return None


def event_status(event: JobEvent) -> str | None:
    """What goes on after an event."""
    match event.kind:
        case "research_started":
            return "Thinking about the request"
        case "thinking":
            return plain(event.data["text"][-100:])
        case "hop_started":
            return plain(event.data["thought"], most=100)
        case "grounded":
            return "Waiting for the generator"
        case "render_progress":
            return f"Rendering {event.data['fraction']:.0%}"
        case "rendered":
            return "Delivering"
        case _:
            return None


def _asked(data: Mapping[str, Any]) -> str:
    arguments: Mapping[str, Any] = data["arguments"]
    queries = arguments.get("queries") or [arguments.get("query") or arguments.get("url") or ""]
    return ", ".join(plain(query, most=80) for query in queries)


def _found(data: Mapping[str, Any]) -> str:
    dropped = f", {data['dropped']} dropped" if data["dropped"] else ""
    line = f"   found {plain(data['summary'], most=200)}{dropped}  ({data['seconds']:.1f} s)"
    return "\n".join((line, *(f"   ! {plain(p, most=200)}" for p in data["problems"])))


def result_lines(view: JobView, paths: Sequence[str]) -> Iterator[str]:
    """What a person reads when a job is done: pictures, sources, notes, and how to go on."""
    yield from paths
    cards = illustration_cards(view)
    yield from (card.compared for card in cards if card.compared)
    evidence = list(evidence_lines(view))
    if evidence:
        yield ""
        yield from evidence
    yield from (f"Note: {note}" for note in job_card(view).notes)
    for card in cards:
        yield ""
        yield f"Redraw:  limner regenerate {card.illustration_id}"
    if evidence:
        yield f"Sources: limner sources {view.job.id}"


def evidence_lines(view: JobView, *, details: bool = False) -> Iterator[str]:
    """The numbered citations; with ``details`` each with its time, hash and address."""
    card = evidence_card(view)
    for entry in card.entries:
        if entry.title is None:
            yield f"[{entry.n}] {entry.claim} (no source found)"
            continue
        doubt = f", {entry.doubt}" if entry.doubt else ""
        yield f"[{entry.n}] {entry.claim}: {entry.title}{doubt} ({entry.rights})"
        if entry.passage:
            yield f"    “{entry.passage}”"
        if details:
            yield f"    {entry.address or 'address too long to show; see --json'}"
            yield f"    fetched {entry.fetched} from {entry.provider}, sha256 {entry.sha256}"
    if card.left_out:
        yield f"… and {card.left_out} more; use --json to see all."


def reference_lines(view: JobView) -> Iterator[str]:
    """The references in the order in which the prompt speaks of them."""
    for entry in evidence_card(view).references:
        yield f"Reference {entry.number}: {entry.title} ({entry.rights}), {entry.note}"


def job_line(job: Job) -> str:
    """A job in one line."""
    kinds = {JobKind.RERENDER: " (redrawn)", JobKind.RERESEARCH: " (researched again)"}
    when = job.created_at.strftime("%Y-%m-%d %H:%M")
    return f"{job.id}  {when}  {job.status.value:<11} {plain(job.request.prompt, most=80)}" + (
        kinds.get(job.kind, "")
    )


def change_lines(change: EvidenceChange) -> Iterator[str]:
    """How the evidence of two researches differs."""
    named = (
        ("New", change.added),
        ("Gone", change.removed),
        ("Changed", change.changed),
        ("Unchanged", change.kept),
    )
    for name, addresses in named:
        for address in addresses:
            yield f"{name}: {plain(address)}"
    if not any(addresses for _name, addresses in named):
        yield "Neither run cited any sources."


def item_line(item: LibraryItem) -> str:
    """A library item in one line."""
    rights = " · ".join(filter(None, (item.author, item.license or "unknown license")))
    return f"{item.id}  {item.kind.value:<7}  {plain(item.title, most=80)} ({plain(rights)})"


def posted_lines(view: JobView) -> Iterator[str]:
    """A story of the news desk with the numbered sources of its words and its picture."""
    card = result_card(view)
    if card.story is not None:
        yield from story_lines(card.story)
        yield ""
        for source in card.sources:
            yield f"{''.join(f'[{n}]' for n in source.numbers)} {source.title}  {source.address}"


def schedule_lines(card: SchedulesCard) -> Iterator[str]:
    """The schedules of the news desk: when they come up, and what became of the latest times."""
    if not card.entries:
        yield "No schedules yet. Create one with `limner news add`."
    for entry in card.entries:
        yield f"{entry.schedule_id[-6:]}  {entry.name} ({entry.state}): {entry.about}"
        for when in entry.next_times[:3]:
            yield f"        next {when}"
        for slot in entry.slots:
            yield f"        {slot}"


def story_lines(story: StoryCard) -> Iterator[str]:
    """A story of the news desk."""
    yield story.headline
    yield story.text
    yield f"({story.label})"
    if story.notice:
        yield story.notice
