"""The model-driven agent: Gen-Searcher's loop of thought, tool call and observation.

Budgets, the order of references and the prompt's ordinals are enforced here, never only asked for.
Each model turn and each tool call is a durable step; the conversation is rebuilt from them and only
ever grows at its end, so that a server's prefix cache holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from agent.ports import (
    ChatModel,
    Completion,
    Message,
    Notebook,
    PictureDecoder,
    PictureStore,
    StepRunner,
)
from agent.research import prompts
from agent.research.answers import Accepted, accepted, complaints
from agent.research.citations import ground_answer
from agent.research.gaps import ask_for_gaps, with_gaps
from agent.research.metering import model_spending
from agent.research.observations import observation_message, page_excerpt
from agent.research.picture_reader import MAX_SHOWN_PIXELS
from agent.research.planner import QUICK_TOOL_CALLS, RulePlanner, source_notes
from agent.research.protocol import (
    MalformedTurn,
    ModelTurn,
    native_call,
    read_turn,
    replayed,
    replayed_call,
)
from agent.research.references import with_large_references
from agent.research.search_gate import Decision, SearchGate
from agent.research.subjects import addresses
from agent.research.support.judge import ClaimJudge
from agent.research.tool_arguments import check_arguments
from agent.research.tools import SearchTools, ToolResult
from agent.research.trajectory import TrajectoryRecorder
from domain.errors import InvalidRequest, ModelUnavailable
from domain.requests import MAX_REFERENCES, Job, JobKind, ResearchDepth
from domain.research import (
    MAX_TOOL_CALLS,
    Research,
    Source,
    ToolCall,
    ToolName,
)
from domain.special_tokens import break_special_tokens

MAX_TURNS = 9
"""Model calls before the one in which only an answer is accepted."""


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """``template`` replaces our own system prompt. ``max_job_tokens``, ``max_job_s`` (of work, not
    of waiting in queues) and ``max_job_usd`` (0: no limit) are for all of a job's turns and calls;
    once one is used up only an answer is accepted.

    ``prompt_usd`` and ``answer_usd`` are the price of a million tokens, ``search_usd`` that of one
    call of a provider.
    """

    template: str | None = None
    max_new_tokens: int = 4096
    max_job_tokens: int = 500_000
    max_job_s: float = 600.0
    max_job_usd: float = 0.0
    model_name: str = "model"
    prompt_usd: float = 0.0
    answer_usd: float = 0.0
    search_usd: Mapping[str, float] = field(default_factory=dict[str, float])
    asks_for_gaps: bool = False
    """Whether the model is asked first which facts the generator lacks."""
    turn_grammar: str | None = None
    answer_grammar: str | None = None
    """Regular expressions that hold the model to the protocol, where its server takes them."""


class ModelResearcher:
    """The researcher that asks a vision-language model what to look up next."""

    def __init__(
        self,
        *,
        model: ChatModel,
        tools_for: Callable[[Job], SearchTools],
        max_references: Callable[[Job], int],
        decoder: PictureDecoder,
        pictures: PictureStore,
        settings: LoopSettings,
        judge: ClaimJudge | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        gate: SearchGate | None = None,
    ) -> None:
        """``judge`` says what pages say of claims; without one rules do."""
        self.model = model
        self.max_references = max_references
        self.decoder = decoder
        self.pictures = pictures
        self.settings = settings
        self._tools_for = tools_for
        self._judge = judge
        self._clock = clock
        self._planner = RulePlanner(tools_for=tools_for, search_usd=settings.search_usd, gate=gate)

    async def research(self, job: Job, *, steps: StepRunner, notebook: Notebook) -> Research:
        """Work through the job's request with the model.

        A request that needs no search costs no model call. When the model cannot be reached or
        gives no usable answer, the rule-based planner goes on from there, and a note says so.
        """
        decision = await self._planner.decide(job, steps, notebook)
        decision = await self._without_known(job, decision, steps, notebook)
        if not decision.search:
            return await self._planner.research(
                job, steps=steps, notebook=notebook, decision=decision
            )
        trail = TrajectoryRecorder(
            self._tools_for(job).session(job, language=decision.language),
            steps,
            notebook,
            prices=self.settings.search_usd,
        )
        today = await steps.run("today", self._today, str)
        conversation = _Conversation(self, job, trail, today)
        try:
            answer = await conversation.to_the_answer()
            why = "The research model gave no usable answer."
        except ModelUnavailable as error:
            answer, why = None, str(error)
        if answer is None:
            by_rule = await self._planner.along(job, trail, decision)
            notes = (f"{why} Research used fixed rules instead.", *by_rule.notes)
            research = replace(by_rule, notes=notes)
            return await with_large_references(research, trail)
        research = Research(
            hops=tuple(trail.hops),
            sources=trail.sources,
            grounded=await ground_answer(answer, trail, job, judge=self._judge),
            notes=source_notes(trail.results, trail.session.providers),
            decision=decision.reasons,
        )
        return await with_large_references(research, trail)

    async def _without_known(
        self, job: Job, decision: Decision, steps: StepRunner, notebook: Notebook
    ) -> Decision:
        """The decision once the model was asked which facts the generator lacks, where the
        settings say so."""
        request = job.request
        asked = self.settings.asks_for_gaps and request.research is ResearchDepth.AUTO
        if not asked or not decision.search or not await steps.is_patched("search-gaps"):
            return decision
        generator = self._planner.generator_of(job)

        async def ask() -> Completion:
            return await ask_for_gaps(self.model, request.prompt, generator=generator)

        said = await steps.run("turn-gaps", ask, Completion)
        settings = self.settings
        spending = model_spending(
            said,
            settings.model_name,
            prompt_usd=settings.prompt_usd,
            answer_usd=settings.answer_usd,
        )
        if said.tokens:
            await notebook.spent("turn-gaps", spending)
        linked = bool(addresses(request.prompt))
        return with_gaps(decision, said.text, generator=generator, linked=linked)

    async def _today(self) -> str:
        return self._clock().date().isoformat()


class _Conversation:
    """The messages of one job, and the turns that are left."""

    def __init__(
        self, agent: ModelResearcher, job: Job, trail: TrajectoryRecorder, today: str
    ) -> None:
        self._agent = agent
        self._job = job
        self._trail = trail
        quick = job.request.research is ResearchDepth.QUICK
        self._max_calls = QUICK_TOOL_CALLS if quick else MAX_TOOL_CALLS
        room = MAX_REFERENCES - len(job.request.attachments)
        self._most = max(0, min(room, agent.max_references(job)))
        self._tokens = 0
        self._thought_s = 0.0
        self._spent_usd = 0.0
        self._truncated = False
        self._last_text: str | None = None
        system = prompts.system_prompt(
            calls=self._max_calls,
            references=self._most,
            today=today,
            template=agent.settings.template,
        )
        self._messages = [Message("system", system)]

    async def to_the_answer(self) -> Accepted | None:
        """Let the model work until it answers; None when it never does so usefully."""
        self._messages.append(await self._request())
        for number in range(1, MAX_TURNS + 1):
            completion = await self._next(number)
            if self._gives_up(completion):
                break
            if completion.truncated:
                self._say(completion, prompts.TRUNCATED)
                continue
            try:
                turn = _read(completion)
                if turn.call is not None:
                    check_arguments(turn.call)
            except (MalformedTurn, InvalidRequest) as error:
                self._say(completion, prompts.MALFORMED.format(why=str(error).rstrip(".")))
                continue
            wrong = self._wrong_with(turn)
            if wrong:
                self._say(completion, wrong)
            elif turn.answer is not None:
                return accepted(turn.answer, self._shown, most=self._most)
            else:
                await self._call(completion, turn)
            if self._used_up:
                break
        return await self._forced_answer()

    async def _request(self) -> Message:
        """The requester's words, with the pictures that came along."""
        request, agent = self._job.request, self._agent
        if not request.attachments:
            return Message("user", break_special_tokens(request.prompt))
        shown: list[bytes] = []
        for attachment in request.attachments:
            data = await agent.pictures.get(self._job.workspace_id, attachment.sha256)
            decoded = await agent.decoder.decode(data, max_pixels=MAX_SHOWN_PIXELS)
            shown.append(decoded.data)
        told = prompts.CHANGES if self._job.kind is JobKind.EDIT else prompts.BROUGHT
        return Message("user", f"{break_special_tokens(request.prompt)}\n\n{told}", tuple(shown))

    @property
    def _used_up(self) -> bool:
        """Whether one of the job's budgets is."""
        settings = self._agent.settings
        spent_usd = self._spent_usd + self._trail.spent_usd
        return (
            self._tokens >= settings.max_job_tokens
            or self._thought_s + self._trail.worked_s >= settings.max_job_s
            or 0 < settings.max_job_usd <= spent_usd
        )

    def _wrong_with(self, turn: ModelTurn) -> str:
        """Why a turn that can be read is not taken; empty when it is."""
        left = self._max_calls - len(self._trail.hops)
        if turn.answer is None:
            return prompts.LAST if left <= 0 else ""
        if left > 0 and self._most and not self._pictures_searched:
            return prompts.PICTURES_FIRST
        wrong = " ".join(complaints(turn.answer, self._shown, most=self._most))
        return break_special_tokens(wrong)

    async def _forced_answer(self) -> Accepted | None:
        self._messages.append(Message("user", prompts.LAST))
        completion = await self._next(MAX_TURNS + 1)
        try:
            turn = _read(completion)
        except MalformedTurn:
            return None
        if turn.answer is None:
            return None
        return accepted(turn.answer, self._shown, most=self._most)

    async def _next(self, number: int) -> Completion:
        settings, last = self._agent.settings, number > MAX_TURNS

        async def ask() -> Completion:
            began = time.monotonic()
            try:
                completion = await self._agent.model.complete(
                    self._messages,
                    max_tokens=settings.max_new_tokens,
                    grammar=settings.answer_grammar if last else settings.turn_grammar,
                    on_text=lambda text: self._trail.notebook.thinking(number, text),
                )
            except ModelUnavailable as error:
                completion = Completion("", failure=error.why)
            return replace(completion, seconds=round(time.monotonic() - began, 3))

        completion = await self._trail.steps.run(f"turn-{number}", ask, Completion)
        if completion.failure is not None:
            raise ModelUnavailable(completion.failure)
        self._thought_s += completion.seconds
        await self._spend(f"turn-{number}", completion)
        return completion

    async def _spend(self, key: str, completion: Completion) -> None:
        settings = self._agent.settings
        spending = model_spending(
            completion,
            settings.model_name,
            prompt_usd=settings.prompt_usd,
            answer_usd=settings.answer_usd,
        )
        self._tokens += completion.tokens
        self._spent_usd += spending.cost_usd
        if completion.tokens:
            await self._trail.notebook.spent(key, spending)

    def _gives_up(self, completion: Completion) -> bool:
        """Two truncated turns in a row, or the same turn twice, end the run."""
        twice = completion.truncated and self._truncated
        same = completion.text == self._last_text and not completion.calls
        self._truncated, self._last_text = completion.truncated, completion.text
        return twice or same

    def _say(self, completion: Completion, text: str) -> None:
        self._messages.append(Message("assistant", _spoken(completion)))
        self._messages.append(Message("user", text))

    async def _call(self, completion: Completion, turn: ModelTurn) -> None:
        call = turn.call
        assert call is not None  # noqa: S101 - the caller has looked
        result = await self._trail.take(turn.thought[:1000], call)
        summary = await self._summary(call, result)
        self._messages.append(Message("assistant", _spoken(completion)))
        self._messages.append(
            await observation_message(
                call,
                result,
                shown=self._trail.session.shown,
                calls_left=self._max_calls - len(self._trail.hops),
                summary=summary,
                listed=self._trail.session.listed(result),
            )
        )

    async def _summary(self, call: ToolCall, result: ToolResult) -> str | None:
        """What the model makes of a page for the query, without tools and apart from the
        conversation; None where there is nothing to read, or the model does not answer."""
        if call.name is not ToolName.BROWSE or not result.sources:
            return None
        text = page_excerpt(call, result.sources[0])

        async def ask() -> Completion:
            asked = prompts.summary_request(str(call.arguments.get("query") or ""), text)
            try:
                return await self._agent.model.complete(
                    [Message("system", prompts.SUMMARY), Message("user", asked)],
                    max_tokens=prompts.SUMMARY_TOKENS,
                )
            except ModelUnavailable as error:
                return Completion("", failure=error.why)

        key = f"summary-{len(self._trail.hops)}"
        said = await self._trail.steps.run(key, ask, Completion)
        await self._spend(key, said)
        return said.text.rpartition("</think>")[2].strip() or None

    @property
    def _shown(self) -> dict[str, Source]:
        return {s.img_id: s for s in self._trail.sources if s.img_id is not None}

    @property
    def _pictures_searched(self) -> bool:
        calls = [hop.call for hop in self._trail.hops]
        return any(call is not None and call.name is ToolName.IMAGE_SEARCH for call in calls)


def _read(completion: Completion) -> ModelTurn:
    if completion.calls:
        call = native_call(completion.calls[0].name, completion.calls[0].arguments)
        return ModelTurn(completion.text.strip(), call=call)
    return read_turn(completion.text)


def _spoken(completion: Completion) -> str:
    """A turn as it stays in the conversation."""
    if completion.calls:
        call = completion.calls[0]
        return replayed_call(completion.text.strip(), call.name, call.arguments)
    return replayed(completion.text)
