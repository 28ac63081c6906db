"""Adds to a research what messages of the workspace say of things that only the team knows.

It is no tool of an agent: what a tool finds stays in the conversation, the sources and the pages of
a job, and these texts must stay nowhere. One step asks, reads and forgets; kept is how a thing
looks, in a few common words, and the addresses of the messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from agent.ports import Notebook, Researcher, StepRunner
from agent.research.own_subjects import get_own_subjects, says_our
from agent.research.planner import NO_SEARCH, nothing_found
from agent.research.told_looks import MAX_DETAILS, get_looks
from domain.errors import LimnerError, StorageUnavailable
from domain.requests import Job, ResearchDepth
from domain.research import Research
from domain.team_messages import TOLD, MessageSearch, TeamMessage
from domain.translation.messages import ngettext

CHANGE: Final = "team-messages"
STEP: Final = "hop-messages"
"""Named like a tool call, since it asks somebody outside: a request is judged before."""
MAX_LINKS: Final = 5

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ToldLooks:
    """What messages say of a subject's looks, and where they stand."""

    subject: str
    details: tuple[str, ...]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What is kept of a search: never a text."""

    looks: tuple[ToldLooks, ...] = ()
    problem: str = ""


class TeamMessageResearcher:
    """A researcher that also asks the workspace's messages, where ``may_ask`` says so."""

    def __init__(
        self,
        researcher: Researcher,
        search: MessageSearch,
        *,
        may_ask: Callable[[Job], bool],
        passes: Callable[[str, str], bool],
    ) -> None:
        """``may_ask`` depends on the job's request alone. ``passes`` says whether a line may join a
        prompt: what others wrote must not get a request refused."""
        self._passes = passes
        self._researcher = researcher
        self._search = search
        self._may_ask = may_ask

    async def research(self, job: Job, *, steps: StepRunner, notebook: Notebook) -> Research:
        """Research the job, then look up what only its team can know. Raises as the researcher
        does, and ``StorageUnavailable``."""
        if not self._may_ask(job):
            return await self._researcher.research(job, steps=steps, notebook=notebook)
        try:
            research = await self._researcher.research(job, steps=steps, notebook=notebook)
            research = await self._with_messages(job, research, steps)
        except StorageUnavailable:
            raise  # the job goes on later
        except LimnerError:
            await self._search.finish(job)
            raise
        await self._search.finish(job)
        return research

    async def _with_messages(self, job: Job, research: Research, steps: StepRunner) -> Research:
        request = job.request
        if request.research is ResearchDepth.OFF:
            return research
        if not (research.unfound or says_our(request.prompt)):
            return research
        own = await asyncio.to_thread(get_own_subjects, request.prompt, research.unfound)
        if not own or not await steps.is_patched(CHANGE):
            return research
        told = await steps.run(STEP, lambda: self._look_up(job, own), Told)
        return with_told(research, told)

    async def _look_up(self, job: Job, subjects: Sequence[str]) -> Told:
        looks: list[ToldLooks] = []
        for subject in subjects:
            found = await self._search.search(job, [subject])
            if found.problem:
                return Told(tuple(looks), found.problem)
            told = await asyncio.to_thread(_read, subject, found.messages)
            if not told.details:
                continue
            passes = await asyncio.to_thread(self._passes, job.request.prompt, _line(told))
            if passes:
                looks.append(told)
        return Told(tuple(looks))


def _read(subject: str, messages: Sequence[TeamMessage]) -> ToldLooks:
    """What the messages say of a subject's looks, and the addresses of those that say it."""
    details: dict[str, str] = {}
    addresses: list[str] = []
    for message in messages:
        if len(details) >= MAX_DETAILS or len(addresses) == MAX_LINKS:
            break
        found = _read_one(subject, message)
        if found:
            addresses.append(message.address)
        for detail in found:
            details.setdefault(detail.casefold(), detail)
    return ToldLooks(subject, tuple(details.values())[:MAX_DETAILS], tuple(addresses))


def _read_one(subject: str, message: TeamMessage) -> tuple[str, ...]:
    try:
        return get_looks(subject, message.text)
    except Exception as error:  # its words may repeat the message: only its kind is logged
        log.warning("team_message_not_read", error=type(error).__name__)
        return ()


def with_told(research: Research, told: Told) -> Research:
    """The research with what messages say, in its prompt and its notes."""
    known = {looks.subject for looks in told.looks}
    notes = [note for note in research.notes if note != NO_SEARCH or not known]
    if known & set(research.unfound):
        missed = nothing_found(research.unfound)
        left = [subject for subject in research.unfound if subject not in known]
        at = notes.index(missed) if missed in notes else len(notes)
        notes[at : at + 1] = [nothing_found(left)] if left else []
    addresses = tuple(dict.fromkeys(a for looks in told.looks for a in looks.addresses))
    notes += [_note(looks) for looks in told.looks]
    notes += [told.problem] if told.problem else []
    text = "\n".join((research.grounded.text, *map(_line, told.looks)))
    grounded = replace(research.grounded, text=text)
    return replace(research, grounded=grounded, notes=tuple(notes), messages=addresses)


def _note(looks: ToldLooks) -> str:
    return ngettext(
        "What {subject} looks like comes from {count} message in public channels of this "
        "workspace.",
        "What {subject} looks like comes from {count} messages in public channels of this "
        "workspace.",
        len(looks.addresses),
        subject=looks.subject,
    )


def _line(looks: ToldLooks) -> str:
    subject = looks.subject[:1].upper() + looks.subject[1:]
    return f"{subject} {TOLD}: {', '.join(looks.details)}."
