"""The hops of a job's research, as lines and as tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.cards.models import (
    MAX_ADDRESS_CHARS,
    MAX_STEPS,
    MAX_TITLE_CHARS,
    TaskEntry,
    TaskSource,
)
from bot.text import cited, plain
from domain.requests import JobKind
from domain.research import Hop, Source
from domain.translation.messages import gettext, joined, stored
from jobs.common.views import JobView

MAX_TASK_SOURCES: Final = 5


def steps_of(view: JobView) -> tuple[str, ...]:
    """The last steps of a job's research; a re-render does none, its ancestor did."""
    return tuple(_step(hop) for hop in _hops(view))


def tasks_of(view: JobView) -> tuple[TaskEntry, ...]:
    """The same steps as tasks, each with the pages that it found."""
    sources = {source.id: source for source in view.research.sources}
    return tuple(_task(hop, sources) for hop in _hops(view))


def _hops(view: JobView) -> tuple[Hop, ...]:
    return () if view.job.kind is JobKind.RERENDER else view.research.hops[-MAX_STEPS:]


def _task(hop: Hop, sources: Mapping[str, Source]) -> TaskEntry:
    seen = hop.observation
    found = [sources[one] for one in seen.source_ids if one in sources] if seen is not None else []
    pages = {source.page_url: source for source in found if _is_web(source.page_url)}
    return TaskEntry(
        number=hop.number,
        title=plain(stored(hop.thought), most=MAX_TITLE_CHARS),
        found=plain(_found(hop), most=MAX_TITLE_CHARS),
        sources=tuple(
            TaskSource(cited(source.title, address), address)
            for address, source in list(pages.items())[:MAX_TASK_SOURCES]
        ),
    )


def _is_web(address: str) -> bool:
    return address.startswith(("http://", "https://")) and len(address) <= MAX_ADDRESS_CHARS


def _step(hop: Hop) -> str:
    step = joined(f"{hop.number}.", stored(hop.thought), _found(hop))
    return plain(step, most=MAX_TITLE_CHARS)


def _found(hop: Hop) -> str:
    return gettext(
        "Found {what}.",
        what=stored(hop.observation.summary) if hop.observation else gettext("nothing"),
    )
