"""Research without a model: find the subjects, search each, choose references, quote what grounds
the prompt.

It produces the same trajectory as a model-driven agent: hops of one thought, one tool call and one
observation, each call a durable step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from agent.ports import Notebook, SearchProvider, StepRunner
from agent.providers.matching import coverage
from agent.research.evidence import PassageIndex, best_passages, quotable
from agent.research.grounding import Grounds, ground
from agent.research.picture_reader import MAX_SHOWN_PIXELS
from agent.research.results import MIN_COVERAGE
from agent.research.search_gate import Decision, SearchGate
from agent.research.senses import BAGGAGE, Sense, get_sense
from agent.research.subject_models import Subject
from agent.research.subjects import addresses
from agent.research.tools import SearchTools, ToolResult
from agent.research.trajectory import TrajectoryRecorder
from domain.requests import Job, JobKind, Request, ResearchDepth, Rights
from domain.research import (
    MAX_TOOL_CALLS,
    Research,
    Source,
    SourceKind,
    Spending,
    ToolCall,
    ToolName,
)
from domain.translation.messages import gettext

QUICK_TOOL_CALLS = 3
MAX_BROWSED = 2


class RulePlanner:
    """The researcher that needs no model; ``tools_for`` gives the tools a job may use, and
    ``search_usd`` is the price of one call of each provider."""

    def __init__(
        self,
        *,
        tools_for: Callable[[Job], SearchTools],
        search_usd: Mapping[str, float] | None = None,
        gate: SearchGate | None = None,
    ) -> None:
        self._tools_for = tools_for
        self._search_usd = search_usd or {}
        self._gate = gate or SearchGate()

    def generator_of(self, job: Job) -> str:
        """The name of the generator that will draw a job's pictures."""
        return self._gate.generator_of(job)

    async def decide(self, job: Job, steps: StepRunner, notebook: Notebook) -> Decision:
        """What of a job's request is looked up; a step, so that a resumed job decides the same."""
        if not await steps.is_patched("search-gate"):
            return await self._decided_before(job, steps)
        decision = await steps.run("search-gate", lambda: self._decide(job), Decision)
        if self._gate.entities is None or not decision.candidates:
            return decision
        # Named like a tool call, since it asks somebody outside: a request is judged before.
        decision = await steps.run(
            "hop-names", lambda: self._gate.with_known_names(decision), Decision
        )
        for name, calls in decision.calls.items():
            cost_usd = calls * self._search_usd.get(name, 0.0)
            spending = Spending("search", name, "calls", calls, cost_usd)
            await notebook.spent(f"hop-names:{name}", spending)
        return decision

    async def _decided_before(self, job: Job, steps: StepRunner) -> Decision:
        """What a run from before the gate decided, as its history tells: one that searched holds
        the first step of a search."""
        searched = await steps.is_recorded("today") or await steps.is_recorded("hop-1")
        decision = await self._gate.decide(job)
        return replace(decision, search=searched, library=False, from_history=True)

    async def _decide(self, job: Job) -> Decision:
        decision = await self._gate.decide(job)
        if decision.library and not await self._in_library(job, decision):
            return replace(decision, library=False)
        return decision

    async def _in_library(self, job: Job, decision: Decision) -> bool:
        """Whether the team's library has anything of what is worth nothing else."""
        local = [provider for provider in self._tools_for(job).providers if provider.local]
        for provider in local:
            for subject in decision.subjects:
                pages = await provider.pages(
                    subject.text[:200], workspace_id=job.workspace_id, limit=1
                )
                pictures = await provider.pictures(
                    subject.text[:200],
                    workspace_id=job.workspace_id,
                    limit=1,
                    rights=job.request.rights,
                )
                texts = [*(page.title for page in pages), *(hit.title for hit in pictures)]
                if any(coverage(text, subject.text) >= MIN_COVERAGE for text in texts):
                    return True
        return False

    async def research(
        self,
        job: Job,
        *,
        steps: StepRunner,
        notebook: Notebook,
        decision: Decision | None = None,
    ) -> Research:
        """Work through the job's request within its budget of tool calls, as was decided.

        A provider or a page that fails becomes a note; only a broken store or a cancelled job ends
        the work.
        """
        decision = decision or await self.decide(job, steps, notebook)
        if not decision.search and not decision.library:
            request = job.request
            untold = request.research is ResearchDepth.OFF or request.origin.story_id is not None
            notes = () if untold else (NO_SEARCH,)
            grounded = ground(request, (), edits=job.kind is JobKind.EDIT)
            return Research(
                (), (), grounded, notes=notes, searched=False, decision=decision.reasons
            )
        session = self._tools_for(job).session(
            job, language=decision.language, library_only=not decision.search
        )
        trail = TrajectoryRecorder(session, steps, notebook, prices=self._search_usd)
        return await self.along(job, trail, decision)

    async def along(self, job: Job, trail: TrajectoryRecorder, decision: Decision) -> Research:
        """The research that follows the hops a trail already holds, within what they left of the
        budget."""
        request = job.request
        found = decision.subjects
        pictures: dict[str, list[Source]] = {}
        for thought, call, subject in _plan(request, found, taken=len(trail.hops)):
            if decision.from_history and await _is_kept_without(trail):
                break
            result = await trail.take(thought, call, by_words=True)
            if subject is not None:
                pictures[subject.text] = list(result.sources)
        while decision.from_history and await trail.steps.is_recorded(trail.next_step):
            call = ToolCall(ToolName.SEARCH, {"queries": [request.prompt[:200]]})
            await trail.take(gettext("Go on with the earlier research."), call, by_words=True)
        for subject in found:
            pictures.setdefault(subject.text, [])
            pictures[subject.text] += _shown_before(subject, trail.sources, pictures[subject.text])
        # In a thread: each subject is looked for in every sentence that was read.
        grounds, named = await asyncio.to_thread(_all_grounds, request, found, trail, pictures)
        return Research(
            hops=tuple(trail.hops),
            sources=trail.sources,
            grounded=ground(request, [*grounds, *named], edits=job.kind is JobKind.EDIT),
            notes=_notes(request, trail, grounds, searched=decision.search),
            searched=decision.search,
            decision=decision.reasons,
            unfound=_unfound(trail, grounds) if decision.search else (),
        )


async def _is_kept_without(trail: TrajectoryRecorder) -> bool:
    """Whether a run's history ends its research without another hop."""
    steps = trail.steps
    return not await steps.is_recorded(trail.next_step) and await steps.is_recorded("research-keep")


def _notes(
    request: Request, trail: TrajectoryRecorder, grounds: Sequence[Grounds], *, searched: bool
) -> tuple[str, ...]:
    """What the requester should know of a research. For a story nothing: it was found and read
    before, and who reads a post must not be told that nothing was found about it."""
    if request.origin.story_id is not None:
        return ()
    if not searched:
        return (NO_SEARCH,)
    notes = list(source_notes(trail.results, trail.session.providers))
    empty = [each.subject.text for each in _empty(grounds)]
    if empty:
        notes.append(nothing_found(empty))
    if request.rights is not Rights.ANY and any(g.picture is None for g in grounds):
        notes.append(
            gettext(
                "Only images with the rights {rights!r} were considered.",
                rights=request.rights.value,
            )
        )
    return tuple(notes)


def _empty(grounds: Sequence[Grounds]) -> list[Grounds]:
    return [each for each in grounds if not each.findings and each.picture is None]


def _unfound(trail: TrajectoryRecorder, grounds: Sequence[Grounds]) -> tuple[str, ...]:
    """The subjects about which every provider was asked in vain."""
    if any(result.unavailable for result in trail.results):
        return ()
    return tuple(each.subject.text for each in _empty(grounds))


def nothing_found(subjects: Sequence[str]) -> str:
    """The note about subjects that nothing grounds."""
    return gettext("Nothing was found about {listed}.", listed=_listed(subjects))


_SHOWN_OF_LARGE = 0.9 * MAX_SHOWN_PIXELS
"""A picture that has so many pixels may be the small copy of a large one."""
NO_SEARCH = gettext("This request needed no research.")


def _plan(
    request: Request, found: Sequence[Subject], *, taken: int
) -> Iterator[tuple[str, ToolCall, Subject | None]]:
    """The calls in their order, within the budget: the requester's addresses, one text search for
    all subjects, and a picture search for each, named ones first."""
    quick = request.research is ResearchDepth.QUICK
    left = (QUICK_TOOL_CALLS if quick else MAX_TOOL_CALLS) - taken
    for url in addresses(request.prompt)[: 1 if quick else MAX_BROWSED]:
        left -= 1
        yield (
            gettext("Read the page linked in the request."),
            ToolCall(ToolName.BROWSE, {"url": url}),
            None,
        )
    if not found or left < 1:
        return
    names = [subject.text[:200] for subject in found]
    left -= 1
    yield (
        gettext("Find out what is known about {listed}.", listed=_listed(names)),
        ToolCall(ToolName.SEARCH, {"queries": names}),
        None,
    )
    room = max(0, 5 - len(request.attachments))
    wanted = sorted(found, key=lambda subject: not subject.named)[: min(left, room)]
    for subject in found:
        if subject in wanted:
            yield (
                gettext("Find a picture that shows {text}.", text=subject.text),
                ToolCall(ToolName.IMAGE_SEARCH, {"query": subject.text[:200]}),
                subject,
            )


def _all_grounds(
    request: Request,
    found: Sequence[Subject],
    trail: TrajectoryRecorder,
    pictures: dict[str, list[Source]],
) -> tuple[list[Grounds], list[Grounds]]:
    """What grounds the subjects, and what further pages say that the request names."""
    grounds = _grounds(request, found, trail.sources, pictures)
    return grounds, _named_pages(request, trail, grounds)


def _grounds(
    request: Request,
    found: Sequence[Subject],
    sources: Sequence[Source],
    pictures: dict[str, list[Source]],
) -> list[Grounds]:
    read = [source for source in sources if source.kind is SourceKind.PAGE]
    pages = PassageIndex(read)
    used: set[str] = set()
    grounds: list[Grounds] = []
    for subject in found:
        sense = get_sense(subject.text, request.prompt, read)
        passages = best_passages(subject.text, request.prompt, sense.fitting(read) or pages)
        unused = [p for p in pictures.get(subject.text, []) if p.id not in used]
        picture = _best(subject, unused, sense)
        if picture is not None:
            used.add(picture.id)
        grounds.append(Grounds(subject, tuple(passages), picture))
    return grounds


def _named_pages(
    request: Request, trail: TrajectoryRecorder, grounds: Sequence[Grounds]
) -> list[Grounds]:
    """What the pages say that the request names, where no subject quotes them already."""
    named = set(addresses(request.prompt))
    quoted = {finding.source.id for each in grounds for finding in each.findings}
    extra: list[Grounds] = []
    for hop, result in zip(trail.hops, trail.results, strict=True):
        asked = hop.call is not None and hop.call.arguments.get("url") in named
        for page in result.sources if asked else ():
            findings = best_passages(page.title, request.prompt, [page])
            if page.id not in quoted and findings:
                title = page.title if quotable(page.title) else "the linked page"
                extra.append(Grounds(Subject(title, named=True, start=0), tuple(findings)))
    return extra


def _shown_before(
    subject: Subject, sources: Sequence[Source], own: Sequence[Source]
) -> list[Source]:
    """Pictures of a subject that other hops found: a copy is never found twice."""
    return [
        source
        for source in sources
        if source.kind is SourceKind.PICTURE
        and source not in own
        and coverage(f"{source.title} {source.text or ''}", subject.text) >= 0.99
    ]


def _best(subject: Subject, pictures: Sequence[Source], sense: Sense) -> Source | None:
    """Of those that speak of the subject the one whose title says most of it, in the sense of the
    request, and shows little else; then one with a known license, a larger one, an earlier one."""

    def worth(picture: Source) -> tuple[float, float, bool, bool]:
        title = coverage(picture.title, subject.text)
        fit = sense.fit(f"{picture.title} {picture.text or ''}")
        apart = round(fit - BAGGAGE * sense.baggage(picture.title), 2)
        width, height = picture.width or 0, picture.height or 0
        large = min(width, height) >= 400 or width * height >= _SHOWN_OF_LARGE
        return title, apart, picture.license is not None, large

    speak_of_it = (
        picture
        for picture in pictures
        if coverage(f"{picture.title} {picture.text or ''}", subject.text) >= MIN_COVERAGE
    )
    return max(speak_of_it, key=worth, default=None)


def source_notes(
    results: Sequence[ToolResult], providers: Sequence[SearchProvider]
) -> tuple[str, ...]:
    """What the requester should know about where was searched."""
    asked = {name for result in results for name in result.asked}
    silent = {name for result in results for name in result.unavailable}
    remote = {provider.name for provider in providers if not provider.local}
    if remote and silent and not asked & remote:
        return (gettext("Searched your team's library only; no search provider could be reached."),)
    if silent:
        return (gettext("No answer from {silent}.", silent=", ".join(sorted(silent))),)
    if providers and not remote:
        return (gettext("Searched your team's library only; web search is off."),)
    return ()


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
