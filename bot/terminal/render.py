"""Jobs as text for a terminal: live progress, results, evidence and lists.

What strangers wrote (titles, passages, addresses) is shown without control characters, so that no
page can steer the terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.text import Text

from domain.illustrations import JobEvent
from domain.library import LibraryItem
from domain.requests import Job, JobKind
from domain.research import EvidenceChange, Source
from jobs.desk import JobView

TOOLS = {"search": "Search", "image_search": "Look for pictures of", "browse": "Read"}


def plain(text: object, *, most: int = 500) -> str:
    """One line without control and direction characters, at most ``most`` characters."""
    line = " ".join(str(text).split())
    line = "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    return line if len(line) <= most else line[: most - 1] + "…"


class Progress:
    """Shows a job's events while they come: lines that stay, and one that changes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            self._status = self._console.status("Waiting for a turn")
            self._status.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._status is not None:
            self._status.stop()

    def show(self, event: JobEvent) -> None:
        """Show what an event says."""
        line = event_line(event)
        if line is not None:
            self._console.print(Text(line), highlight=False, soft_wrap=True)
        now = event_status(event)
        if now is not None and self._status is not None:
            self._status.update(Text(now))


def event_line(event: JobEvent) -> str | None:
    """The line that stays for an event; None where there is nothing to keep."""
    data = event.data
    match event.kind:
        case "hop_started":
            return f"{data['number']}. {TOOLS.get(data['tool'], data['tool'])}: {_asked(data)}"
        case "hop_finished":
            return _found(data)
        case "grounded":
            references = [plain(title, most=60) for title in data["references"]]
            kept = f"{len(references)} reference{'s' * (len(references) != 1)}"
            named = f" ({'; '.join(references)})" if references else ""
            return f"Kept {kept}{named} and {data['evidence']} citations"
        case "render_started":
            return f"Render with {plain(data['generator'])}"
        case "taken_over":
            return "Taken over from a process that stopped"
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
    for illustration in view.illustrations:
        if illustration.identical:
            yield "Made again bit for bit: the same as its parent."
        elif illustration.identical is False:
            yield f"Not the same bytes as its parent: {plain(illustration.difference)}."
    evidence = list(evidence_lines(view))
    if evidence:
        yield ""
        yield from evidence
    for note in view.job.notes:
        yield f"Note: {plain(note)}"
    for illustration in view.illustrations:
        yield ""
        yield f"Again:   limner regenerate {illustration.id}"
    if view.research.grounded.evidence:
        yield f"Sources: limner sources {view.job.id}"


def evidence_lines(view: JobView, *, details: bool = False) -> Iterator[str]:
    """The numbered citations; with ``details`` each with its time, hash and address."""
    sources = {source.id: source for source in view.research.sources}
    for evidence in view.research.grounded.evidence:
        source = sources.get(evidence.source_id or "")
        if source is None:
            yield f"[{evidence.n}] {plain(evidence.claim)} (unsupported: no source was found)"
            continue
        yield f"[{evidence.n}] {plain(evidence.claim)}: {_title(source)}"
        if evidence.passage:
            yield f"    “{plain(evidence.passage)}”"
        if details:
            yield f"    {plain(source.page_url)}"
            fetched = source.fetched_at.strftime("%Y-%m-%d %H:%M UTC")
            yield f"    fetched {fetched} from {plain(source.provider)}, sha256 {source.sha256}"


def reference_lines(view: JobView) -> Iterator[str]:
    """The references in the order in which the prompt speaks of them."""
    sources = {source.id: source for source in view.research.sources}
    for number, reference in enumerate(view.research.grounded.references, 1):
        source = sources.get(reference.source_id or "")
        about = _title(source) if source else f"{plain(reference.title)} (brought by the asker)"
        yield f"Reference {number}: {about}, {plain(reference.note)}"


def _title(source: Source) -> str:
    rights = " · ".join(filter(None, (source.author, source.license or "license unknown")))
    return f"{plain(source.title, most=120)} ({plain(rights, most=120)})"


def job_line(job: Job) -> str:
    """A job in one line."""
    kinds = {JobKind.RERENDER: " (again)", JobKind.RERESEARCH: " (researched again)"}
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
        ("The same", change.kept),
    )
    for name, addresses in named:
        for address in addresses:
            yield f"{name}: {plain(address)}"
    if not any(addresses for _name, addresses in named):
        yield "Neither research cited anything."


def item_line(item: LibraryItem) -> str:
    """A library item in one line."""
    rights = " · ".join(filter(None, (item.author, item.license or "license unknown")))
    return f"{item.id}  {item.kind.value:<7}  {plain(item.title, most=80)} ({plain(rights)})"
