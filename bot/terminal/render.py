"""How a job goes on, as text for a terminal; and how the evidence of two researches differs.

What strangers wrote (thoughts, queries, addresses) is shown without control characters, so that no
page can steer the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.text import Text

from bot.text import plain
from domain.illustrations import JobEvent
from domain.research import EvidenceChange

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
