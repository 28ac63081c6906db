"""A job's progress as text for a terminal, and the differences in evidence of two researches.

Untrusted text (thoughts, queries, addresses) is shown without control characters, so that no page
can steer the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.text import Text

from bot.marks import in_local_time
from bot.text import plain
from domain.illustrations import JobEvent
from domain.research import EvidenceChange
from domain.translation.messages import gettext, joined, ngettext, stored, translated

TOOLS = {
    "search": gettext("Search"),
    "image_search": gettext("Search images of"),
    "browse": gettext("Read"),
}


class Progress:
    """Shows a job's events while they come: lines that stay, and one that changes."""

    def __init__(self, console: Console, language: str | None = None) -> None:
        self._console = console
        self._language = language
        self._status: Status | None = None

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            self._status = self._console.status(
                translated(gettext("Waiting in the queue"), self._language)
            )
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
            gettext(
                "Paused: {why} It resumes by itself; press Ctrl-C to leave it for later.",
                why=plain(why),
            )
        )
        self._say(gettext("Paused"))

    def resume(self) -> None:
        """Say that the job goes on."""
        self._print(gettext("Resumed"))
        self._say(gettext("Resuming"))

    def _print(self, line: str) -> None:
        self._console.print(
            Text(in_local_time(translated(line, self._language))), highlight=False, soft_wrap=True
        )

    def _say(self, now: str) -> None:
        if self._status is not None:
            self._status.update(Text(translated(now, self._language)))


def event_line(event: JobEvent) -> str | None:
    """The line that stays for an event; None where there is nothing to keep."""
    data = event.data
    match event.kind:
        case "hop_started":
            tool = TOOLS.get(data["tool"], plain(data["tool"]))
            return joined(f"{data['number']}.", joined(tool, _asked(data), by=": "))
        case "hop_finished":
            return _found(data)
        case "grounded":
            references = [plain(title, most=60) for title in data["references"]]
            kept = ngettext("{count} reference", "{count} references", len(references))
            named = f"({'; '.join(references)})" if references else ""
            return gettext(
                "Found {references} and {citations}",
                references=joined(kept, named),
                citations=ngettext("{count} citation", "{count} citations", data["evidence"]),
            )
        case "render_started":
            return gettext("Drawing with {generator}", generator=plain(data["generator"]))
        case "taken_over":
            return gettext("Continuing the work of a process that stopped")
        case _:
            return None


def event_status(event: JobEvent) -> str | None:
    """The text after an event."""
    match event.kind:
        case "research_started":
            return gettext("Thinking about the request")
        case "thinking":
            return plain(event.data["text"][-100:])
        case "hop_started":
            return plain(stored(event.data["thought"]), most=100)
        case "grounded":
            return gettext("Waiting for the generator")
        case "render_progress":
            return gettext("Rendering {share:.0%}", share=event.data["fraction"])
        case "rendered":
            return gettext("Delivering")
        case _:
            return None


def _asked(data: Mapping[str, Any]) -> str:
    arguments: Mapping[str, Any] = data["arguments"]
    queries = arguments.get("queries") or [arguments.get("query") or arguments.get("url") or ""]
    return ", ".join(plain(query, most=80) for query in queries)


def _found(data: Mapping[str, Any]) -> str:
    found = gettext("found {what}", what=plain(stored(data["summary"]), most=200))
    dropped = gettext("{count} dropped", count=data["dropped"]) if data["dropped"] else ""
    took = f" ({data['seconds']:.1f} s)"
    line = joined("  ", joined(found, dropped, by=", "), took)
    problems = (joined("   !", plain(stored(p), most=200)) for p in data["problems"])
    return joined(line, *problems, by="\n")


def change_lines(change: EvidenceChange) -> Iterator[str]:
    """The differences in evidence of two researches."""
    named = (
        (gettext("New"), change.added),
        (gettext("Gone"), change.removed),
        (gettext("Changed"), change.changed),
        (gettext("Unchanged"), change.kept),
    )
    for name, addresses in named:
        for address in addresses:
            yield joined(name, plain(address), by=": ")
    if not any(addresses for _name, addresses in named):
        yield gettext("Neither run cited any sources.")
