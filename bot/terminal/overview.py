"""The state of a running process, as a table for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE
from rich.console import Group
from rich.table import Table
from rich.text import Text

from bot.text import plain
from domain.translation.messages import gettext, ngettext, translated

PART_NAMES: Mapping[str, str] = {
    "database": gettext("database"),
    "schema": gettext("schema"),
    "disk": gettext("disk"),
    "research": gettext("research"),
    "generation": gettext("generation"),
    "delivery": gettext("delivery"),
    "news": gettext("news"),
    "terminal": gettext("terminal"),
}


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """The waiting and running tasks of a queue, in all processes together."""

    name: str
    waiting: int = 0
    running: int = 0
    oldest_s: float = 0.0
    """Seconds that the oldest waiting task has waited."""
    processes: int = 0
    """Living processes that work on it."""


@dataclass(frozen=True, slots=True)
class Overview:
    """``parts`` maps the name of a part to its error, empty where it works."""

    parts: Mapping[str, str]
    queues: Sequence[QueueLoad]
    unfinished_jobs: int
    up_s: float


def overview_table(overview: Overview, language: str | None = None) -> Group:
    """How long the process has run, its parts and whether they work, its queues and their load."""

    def said(text: str) -> Text:
        return Text(translated(text, language))

    minutes = int(overview.up_s // 60)
    title = ngettext(
        "Limner has run for {count} minute; Ctrl-C stops it.",
        "Limner has run for {count} minutes; Ctrl-C stops it.",
        minutes,
    )
    table = Table(show_header=False, box=SIMPLE)
    table.add_column(no_wrap=True)
    table.add_column()
    for name, trouble in overview.parts.items():
        state = Text(plain(trouble), "red") if trouble else said(gettext("works"))
        table.add_row(said(_name(name)), state)
    table.add_section()
    for queue in overview.queues:
        table.add_row(said(_queue_name(queue.name)), said(_load(queue)))
    table.add_section()
    table.add_row(said(gettext("unfinished jobs")), str(overview.unfinished_jobs))
    return Group(said(title), table)


def _queue_name(name: str) -> str:
    kind, _, surface = name.partition("-")
    if not surface:
        return _name(kind)
    return gettext("{queue} to {place}", queue=_name(kind), place=_name(surface))


def _name(part: str) -> str:
    return PART_NAMES.get(part) or part.capitalize()  # such as Discord


def _load(queue: QueueLoad) -> str:
    if not queue.processes:
        return gettext("no process works on it, {waiting} waiting", waiting=queue.waiting)
    if queue.waiting:
        return gettext(
            "{running} running, {waiting} waiting, the oldest for {seconds} s",
            running=queue.running,
            waiting=queue.waiting,
            seconds=int(queue.oldest_s),
        )
    return gettext("{running} running", running=queue.running)
