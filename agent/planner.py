"""Research without a model: find the subjects, search each, choose references, quote what grounds
the prompt.

It produces the same trajectory as a model-driven agent: hops of one thought, one tool call and one
observation, each call a durable step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from agent.evidence import best_passages
from agent.grounding import Grounds, ground
from agent.matching import coverage
from agent.ports import Notebook, StepRunner
from agent.subjects import Subject, addresses, needs_search, subjects
from agent.tools import SearchTools, ToolResult, ToolSession
from domain.requests import Job, Request, ResearchDepth, Rights
from domain.research import (
    MAX_TOOL_CALLS,
    Hop,
    Research,
    Source,
    SourceKind,
    ToolCall,
    ToolName,
)

QUICK_TOOL_CALLS = 3
MAX_BROWSED = 2


class RulePlanner:
    """The researcher that needs no model; ``tools_for`` gives the tools a job may use."""

    def __init__(self, *, tools_for: Callable[[Job], SearchTools]) -> None:
        self._tools_for = tools_for

    async def research(self, job: Job, *, steps: StepRunner, notebook: Notebook) -> Research:
        """Work through the job's request within its budget of tool calls.

        A provider or a page that fails becomes a note; only a broken store or a cancelled job ends
        the work.
        """
        request = job.request
        found = subjects(request.prompt)
        if not _searches(request, found):
            notes = () if request.research is ResearchDepth.OFF else (_NO_SEARCH,)
            return Research((), (), ground(request, ()), notes=notes, searched=False)
        tools = self._tools_for(job)
        session = tools.session(job)
        hops: list[Hop] = []
        results: list[ToolResult] = []
        pictures: dict[str, list[Source]] = {}
        for number, (thought, call, subject) in enumerate(_plan(request, found), 1):
            hop, result = await _hop(number, thought, call, session, steps, notebook)
            hops.append(hop)
            results.append(result)
            if subject is not None:
                pictures[subject.text] = list(result.sources)
        sources = tuple(source for result in results for source in result.sources)
        grounds = _grounds(request, found, sources, pictures)
        return Research(
            hops=tuple(hops),
            sources=sources,
            grounded=ground(request, grounds),
            notes=_notes(request, grounds, results, tools),
        )


_NO_SEARCH = "Nothing in this request had to be looked up."


async def _hop(
    number: int,
    thought: str,
    call: ToolCall,
    session: ToolSession,
    steps: StepRunner,
    notebook: Notebook,
) -> tuple[Hop, ToolResult]:
    await notebook.hop_started(number, thought, call.name.value, dict(call.arguments))
    result = await steps.run(f"hop-{number}", lambda: session.run(call), ToolResult)
    session.absorb(result)
    hop = Hop(
        number=number,
        thought=thought,
        call=call,
        observation=result.observation,
        started_at=result.started_at,
        finished_at=result.finished_at,
    )
    await notebook.hop_finished(hop, result.sources)
    return hop, result


def _searches(request: Request, found: Sequence[Subject]) -> bool:
    match request.research:
        case ResearchDepth.OFF:
            return False
        case ResearchDepth.AUTO:
            return needs_search(request.prompt, tuple(found))
        case ResearchDepth.QUICK | ResearchDepth.DEEP:
            return bool(found) or bool(addresses(request.prompt))


def _plan(
    request: Request, found: Sequence[Subject]
) -> Iterator[tuple[str, ToolCall, Subject | None]]:
    """The calls in their order, within the budget: the asker's addresses, one text search for all
    subjects, and a picture search for each, named ones first."""
    quick = request.research is ResearchDepth.QUICK
    left = QUICK_TOOL_CALLS if quick else MAX_TOOL_CALLS
    for url in addresses(request.prompt)[: 1 if quick else MAX_BROWSED]:
        left -= 1
        yield "Read the page that the request names.", ToolCall(ToolName.BROWSE, {"url": url}), None
    if not found:
        return
    names = [subject.text[:200] for subject in found]
    left -= 1
    yield (
        f"Find out what is known about {_listed(names)}.",
        ToolCall(ToolName.SEARCH, {"queries": names}),
        None,
    )
    room = max(0, 5 - len(request.attachments))
    wanted = sorted(found, key=lambda subject: not subject.named)[: min(left, room)]
    for subject in found:
        if subject in wanted:
            yield (
                f"Find a picture that shows {subject.text}.",
                ToolCall(ToolName.IMAGE_SEARCH, {"query": subject.text[:200]}),
                subject,
            )


def _grounds(
    request: Request,
    found: Sequence[Subject],
    sources: Sequence[Source],
    pictures: dict[str, list[Source]],
) -> list[Grounds]:
    pages = [source for source in sources if source.kind is SourceKind.PAGE]
    used: set[str] = set()
    grounds: list[Grounds] = []
    for subject in found:
        passages = best_passages(subject.text, request.prompt, pages)
        picture = _best(subject, [p for p in pictures.get(subject.text, []) if p.id not in used])
        if picture is not None:
            used.add(picture.id)
        grounds.append(Grounds(subject, tuple(passages), picture))
    return grounds


def _best(subject: Subject, pictures: Sequence[Source]) -> Source | None:
    """The picture whose title says most of the subject; then one with a known license, a larger
    one, an earlier one."""

    def worth(picture: Source) -> tuple[float, bool, bool]:
        title = coverage(picture.title, subject.text)
        large = min(picture.width or 0, picture.height or 0) >= 400
        return title, picture.license is not None, large

    return max(pictures, key=worth, default=None)


def _notes(
    request: Request,
    grounds: Sequence[Grounds],
    results: Sequence[ToolResult],
    tools: SearchTools,
) -> tuple[str, ...]:
    notes: list[str] = []
    asked = {name for result in results for name in result.asked}
    silent = {name for result in results for name in result.unavailable}
    remote = [provider.name for provider in tools.providers if not provider.local]
    if remote and silent and not asked & set(remote):
        notes.append("Searched only the local library: no search provider could be reached.")
    elif silent:
        notes.append(f"Did not answer: {', '.join(sorted(silent))}.")
    elif not remote and tools.providers:
        notes.append("Searched only the local library, as the settings say.")
    empty = [g.subject.text for g in grounds if not g.findings and g.picture is None]
    if empty:
        notes.append(f"Nothing was found about {_listed(empty)}.")
    if request.rights is not Rights.ANY and any(g.picture is None for g in grounds):
        notes.append(f"Only pictures with the rights {request.rights.value!r} were considered.")
    return tuple(notes)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
