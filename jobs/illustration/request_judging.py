"""The models that judge a request work beside the first turn of its research, and no tool is called
before their verdict; the results of research are judged before they are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from domain.policy import CATEGORIES, Finding, Refusal, RefusedPart, Verdict
from domain.requests import Job, JobKind
from domain.research import Reference, Research
from domain.stores import Store
from domain.team import Preferences
from jobs.admission.judging import Policy, get_earlier_prompts, judged_research, judged_text
from jobs.admission.requests import preferences_of
from jobs.admission.rulings import PolicyRefused, Ruling, Terms, notes_of, refusal, rule, terms_of
from jobs.admission.verdicts import hold_for_approval, record_verdict
from jobs.admission.words import policy_sentence
from jobs.common.ports import BlobStore, StepRunner
from jobs.linked.policy import Elsewhere, apply_elsewhere, get_earlier_elsewhere, get_elsewhere
from jobs.services.choosing import Choice, chosen

T = TypeVar("T")

TOOL_CALL: Final = "hop-"
MODEL_TURN: Final = "turn-"
NOTHING: Final = Verdict()


@dataclass(frozen=True, slots=True)
class JudgedRequest:
    """The outcome of judging a request; ``refusal`` is empty where it may go on."""

    refusal: str = ""
    notes: tuple[str, ...] = ()
    reason: Refusal | None = None
    """The same as data; older versions kept none."""


class JudgingSteps:
    """The steps of a research, between which a request is judged at the right moment.

    The judgement begins with the first turn of a model and is waited for, as a step of its own,
    before the first tool call, or at the end where there was none.
    """

    def __init__(self, steps: StepRunner, judge: Callable[[], Awaitable[JudgedRequest]]) -> None:
        self._steps = steps
        self._judge = judge
        self._asked: asyncio.Task[JudgedRequest] | None = None
        self._judged: JudgedRequest | None = None

    async def run(self, name: str, work: Callable[[], Awaitable[T]], shape: type[T]) -> T:
        """Run a step as the engine does. Raises ``PolicyRefused`` where no tool may be called."""
        if name.startswith(TOOL_CALL):
            await self.passed()
        if not name.startswith(MODEL_TURN) or self._judged is not None:
            return await self._steps.run(name, work, shape)

        async def beside() -> T:
            self._begin()
            return await work()

        return await self._steps.run(name, beside, shape)

    async def is_patched(self, change: str) -> bool:
        """As the engine says."""
        return await self._steps.is_patched(change)

    async def is_recorded(self, name: str) -> bool:
        """As the engine says."""
        return await self._steps.is_recorded(name)

    async def retire_patch(self, change: str) -> None:
        """As the engine does."""
        await self._steps.retire_patch(change)

    async def passed(self) -> JudgedRequest:
        """Wait for the judgement, once. Raises ``PolicyRefused``."""
        if self._judged is None:
            self._judged = await self._steps.run("judge-request", self._verdict, JudgedRequest)
        if self._judged.refusal:
            raise PolicyRefused(self._judged.refusal, refusal=self._judged.reason)
        return self._judged

    async def close(self) -> None:
        """Stop a judgement that no caller waits for any more."""
        if self._asked is not None:
            self._asked.cancel()
            await asyncio.gather(self._asked, return_exceptions=True)

    def _begin(self) -> asyncio.Task[JudgedRequest]:
        if self._asked is None:
            self._asked = asyncio.ensure_future(self._judge())
        return self._asked

    async def _verdict(self) -> JudgedRequest:
        asked = self._begin()
        try:
            return await asked
        finally:
            self._asked = None  # the step may be tried again


@dataclass(frozen=True, slots=True)
class _RequestContext:
    """A job, what it changes, and what holds where it was asked for and where it is shown too."""

    job: Job
    earlier: tuple[str, ...]
    preferences: Preferences
    terms: Terms
    elsewhere: Elsewhere | None


class RequestJudge:
    """Has requests, and what research adds to them, judged by every judge there is."""

    def __init__(self, *, store: Store, blobs: BlobStore, policy: Policy) -> None:
        self._store = store
        self._blobs = blobs
        self._policy = policy

    async def judge(self, workspace_id: str, job_id: str) -> JudgedRequest:
        """Judge what a person asked for, together with what it changes and brings along; where it
        needs approval its job is made to wait for it."""
        if not self._policy.asks_models:
            return JudgedRequest()
        known = await self._known(workspace_id, job_id)
        job = known.job
        text = judged_text(job.request, known.earlier)
        # The first attachment of an edit is an earlier picture, judged when it was finished.
        brought = job.request.attachments[1 if job.kind is JobKind.EDIT else 0 :]
        verdict, seen = await asyncio.gather(
            self._policy.judge_text(text),
            self._looked_at(workspace_id, [a.sha256 for a in brought], text.request),
        )
        verdict = verdict.joined([seen])
        return await self._ruled(known, verdict, verdict.findings)

    async def judge_found(
        self, workspace_id: str, job_id: str, research: Research
    ) -> tuple[Research, JudgedRequest]:
        """Judge what research added to a request. References that are refused, and where nothing
        passes unjudged also those that no judge answered about, are left out, with a note."""
        if not self._policy.asks_models or _adds_nothing(research):
            return research, JudgedRequest()
        known = await self._known(workspace_id, job_id)
        text = judged_research(known.job.request, known.earlier, research.grounded)
        found = [r for r in research.grounded.references if r.source_id is not None]
        shown = [r.sha256 for r in found] if self._policy.sees_pictures else []
        verdict, *looks = await asyncio.gather(
            self._policy.judge_text(text),
            *(self._looked_at(workspace_id, [sha256], text.request) for sha256 in shown),
        )
        seen = dict(zip(shown, looks, strict=True))
        floor = [f for look in looks for f in look.findings if CATEGORIES[f.category].floor]
        kept = _without_refused(research, seen, known.terms)
        used = [seen[r.sha256] for r in kept.grounded.references if r.sha256 in seen]
        judged = await self._ruled(
            known, verdict, (*verdict.findings, *floor), shown=Verdict().joined(used)
        )
        return (research if judged.refusal else kept), judged

    async def _known(self, workspace_id: str, job_id: str) -> _RequestContext:
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            job = await unit.jobs.get(job_id)
            preferences = await preferences_of(unit, job.request)
            earlier = await get_earlier_prompts(unit, job.request)
            mirrored = await unit.mirrors.get(job_id)
        before = await get_earlier_elsewhere(self._store, job.request)
        elsewhere = await get_elsewhere(self._store, job.request, mirrored)
        return _RequestContext(
            job, (*before, *earlier), preferences, terms_of(job.request, preferences), elsewhere
        )

    async def _looked_at(self, workspace_id: str, hashes: Sequence[str], text: str) -> Verdict:
        """The findings of the judges that see pictures; one picture each, at the same time."""
        if not self._policy.sees_pictures:
            return Verdict()

        async def look(sha256: str) -> Verdict:
            data = await self._blobs.get(workspace_id, sha256)
            return await self._policy.judge_picture(data, text=text)

        return Verdict().joined(await asyncio.gather(*map(look, hashes)))

    async def _ruled(
        self,
        known: _RequestContext,
        verdict: Verdict,
        findings: Sequence[Finding],
        *,
        shown: Verdict = NOTHING,
    ) -> JudgedRequest:
        """The ruling on the findings; ``shown`` are findings in pictures that are used, and which
        only the linked channel may refuse."""
        job, ruling = known.job, rule(findings, known.terms)
        judged = _judged(verdict, ruling, known.terms)
        async with self._store.workspace(job.workspace_id) as unit:
            outcome = "passed"
            if judged.refusal:
                outcome = "refused" if ruling.refused else "not judged"
            elif ruling.approval:
                outcome = "needs approval"
                await hold_for_approval(unit, job, known.preferences)
            if known.elsewhere is not None and not judged.refusal:
                whole = verdict.joined([shown])
                there = _ruling_on(whole, (*findings, *shown.findings), known.elsewhere.terms)
                await apply_elsewhere(unit, job, there, known.preferences)
            await record_verdict(unit, job, job.id, verdict, outcome)
        return judged


def _ruling_on(verdict: Verdict, findings: Sequence[Finding], terms: Terms) -> Ruling:
    """The ruling on findings where a judge that did not answer may count against them."""
    return replace(rule(findings, terms), unjudged=bool(verdict.away) and terms.closed)


def _judged(verdict: Verdict, ruling: Ruling, terms: Terms) -> JudgedRequest:
    if ruling.refused is not None:
        category = ruling.refused.category
        reason = Refusal(RefusedPart.REQUEST, category)
        return JudgedRequest(refusal(category), reason=reason)
    if verdict.away and terms.closed:
        sentence = policy_sentence("away.request")
        return JudgedRequest(sentence, reason=Refusal(RefusedPart.UNJUDGED))
    return JudgedRequest(notes=tuple(notes_of(ruling, verdict)))


def _adds_nothing(research: Research) -> bool:
    grounded = research.grounded
    found = research.sources or research.messages
    return not found and not grounded.references and not grounded.evidence


def _without_refused(research: Research, seen: dict[str, Verdict], terms: Terms) -> Research:
    """The research without the references that may not be used."""
    keep: list[int] = []
    notes: list[str] = []
    for number, reference in enumerate(research.grounded.references, 1):
        why = _against(reference, seen, terms)
        if why is None:
            keep.append(number)
        else:
            notes.append(why)
    if not notes:
        return research
    grounded = chosen(research.grounded, Choice(keep=tuple(keep)))
    return replace(research, grounded=grounded, notes=(*research.notes, *dict.fromkeys(notes)))


def _against(reference: Reference, seen: dict[str, Verdict], terms: Terms) -> str | None:
    """The reason why a reference is left out; None where it is used."""
    verdict = seen.get(reference.sha256, Verdict())
    refused: Finding | None = rule(verdict.findings, terms).refused
    if refused is not None:
        return policy_sentence("reference", refused.category)
    if verdict.away and terms.closed:
        return policy_sentence("away.reference")
    return None
