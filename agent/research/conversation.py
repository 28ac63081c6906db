"""The conversation with a research model: its turns, what each is answered with, and its budgets.

The conversation is rebuilt from durable steps and only ever grows at its end, so that a server's
prefix cache holds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.ports import Completion, Message, Transcript
from agent.research import context, prompts
from agent.research.answers import Accepted, accepted, complaints
from agent.research.calls import BadArguments, CallLimits, MalformedTurn, UnknownTool
from agent.research.framing import sent_text, tool_response
from agent.research.metering import model_spending
from agent.research.observations import observation_message
from agent.research.page_summaries import summarize, summary_in
from agent.research.picture_reader import MAX_SHOWN_PIXELS
from agent.research.planner import QUICK_TOOL_CALLS
from agent.research.protocol import (
    Answer,
    ModelTurn,
    native_turn,
    read_turn,
    replayed,
    replayed_call,
)
from agent.research.tool_arguments import check_arguments
from agent.research.tools import ToolResult
from agent.research.trajectory import TrajectoryRecorder
from domain.errors import ContextTooLong, InvalidRequest, ModelUnavailable
from domain.requests import MAX_REFERENCES, Job, JobKind, ResearchDepth
from domain.research import Source, ToolCall, ToolName
from domain.special_tokens import break_special_tokens

if TYPE_CHECKING:
    from agent.research.loop import ModelResearcher

MAX_REASONING_CHARS = 20_000
FURTHER_CALLS = "further-calls"
"""The change of a run's steps by which all calls of a turn are run."""
_ENDS = ("</tool_call>", "</answer>")
_SEARCHES = (ToolName.SEARCH, ToolName.IMAGE_SEARCH)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a turn as it stays in the conversation: what the model said there, and what that
    means or why it means nothing."""

    said: str
    turn: ModelTurn | MalformedTurn


class Conversation:
    """The messages of one job, and the turns that are left."""

    def __init__(
        self, agent: ModelResearcher, job: Job, trail: TrajectoryRecorder, today: str
    ) -> None:
        self._agent = agent
        self._profile = profile = agent.settings.profile
        self._job = job
        self._trail = trail
        quick = job.request.research is ResearchDepth.QUICK
        self._max_calls = QUICK_TOOL_CALLS if quick else profile.max_calls
        room = min(MAX_REFERENCES - len(job.request.attachments), profile.max_references)
        self._most = max(0, min(room, agent.max_references(job)))
        self._limits = CallLimits(
            tools=tuple(profile.tools), queries=profile.max_queries, results=profile.max_results
        )
        self._tokens = 0
        self._thought_s = 0.0
        self._spent_usd = 0.0
        self._trimmed = 0
        self._truncated = False
        self._last_text: str | None = None
        system = profile.system_prompt(
            calls=self._max_calls,
            references=self._most,
            today=today,
            template=agent.settings.template,
        )
        self._messages = [Message("system", system)]

    async def to_the_answer(self) -> Accepted | None:
        """Let the model work until it answers; None when it never does so usefully."""
        self._messages.append(await self._request())
        for number in range(1, self._profile.max_turns + 1):
            completion = await self._next(number)
            if self._gives_up(completion):
                break
            if completion.truncated and not _is_whole(completion):
                self._say(_spoken(completion), self._profile.texts.cut_off)
                continue
            answer = await self._take(self._parts(completion))
            if answer is not None:
                return answer
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

    @property
    def _calls_left(self) -> int:
        return self._max_calls - len(self._trail.hops)

    def _parts(self, completion: Completion) -> list[_Part]:
        """The turn, or each of its calls where it holds several that are run."""
        if completion.calls:
            return [self._native(completion, number) for number in range(len(completion.calls))]
        said = _spoken(completion)
        try:
            turn = read_turn(said, self._limits)
        except MalformedTurn as error:
            return [_Part(said, error)]
        if turn.call is None or not turn.further or not self._profile.several_calls:
            return [_Part(said, turn)]
        calls = (turn.call, *turn.further)
        return [
            _Part(_as_call(turn.thought if n == 0 else "", call), replace(turn, call=call))
            for n, call in enumerate(calls)
        ]

    def _native(self, completion: Completion, number: int) -> _Part:
        call = completion.calls[number]
        thought = completion.text.strip() or completion.reasoning.strip()
        thought = thought if number == 0 else ""
        said = replayed_call(thought, call.name, call.arguments)
        try:
            return _Part(said, native_turn(thought, call.name, call.arguments, self._limits))
        except MalformedTurn as error:
            return _Part(said, error)

    async def _take(self, parts: Sequence[_Part]) -> Accepted | None:
        """Do what a turn says; the answer once it is one that can be taken."""
        for number, part in enumerate(parts):
            if number == 1 and not await self._trail.steps.is_patched(FURTHER_CALLS):
                break  # the run is past it: what was kept follows the first call alone
            turn = part.turn
            wrong = self._wrong_with(turn)
            if wrong:
                self._say(part.said, wrong)
            elif isinstance(turn, ModelTurn) and turn.answer is not None:
                return self._accepted(part.said, turn.answer)
            elif isinstance(turn, ModelTurn) and turn.call is not None:
                await self._call(part.said, turn.thought, turn.call)
        return None

    def _wrong_with(self, turn: ModelTurn | MalformedTurn) -> str:
        """What is answered to a turn that is not taken; empty when it is."""
        profile = self._profile
        if isinstance(turn, MalformedTurn):
            return self._explained(turn)
        if turn.call is not None:
            try:
                check_arguments(turn.call)
            except InvalidRequest as error:
                return self._explained(BadArguments(turn.call.name, str(error)))
        if turn.answer is None:
            return profile.texts.forced if self._calls_left <= 0 else ""
        if self._calls_left > 0 and self._most and not self._pictures_searched:
            return profile.complaint.replace("{why}", prompts.PICTURES_FIRST)
        wrong = " ".join(complaints(turn.answer, self._shown, most=self._most))
        return profile.complaint.replace("{why}", break_special_tokens(wrong)) if wrong else ""

    def _explained(self, error: MalformedTurn) -> str:
        """A user message about what cannot be read, in the words of the profile."""
        profile, why = self._profile, break_special_tokens(str(error).rstrip("."))
        if isinstance(error, UnknownTool) and profile.unknown_tool:
            name = break_special_tokens(error.name[:60])
            return tool_response([profile.unknown_tool.replace("{name}", name)])
        if isinstance(error, BadArguments) and profile.bad_arguments:
            text = profile.bad_arguments.replace("{name}", error.name)
            return tool_response([text.replace("{why}", f"{why}.")])
        return profile.texts.malformed.replace("{why}", why)

    async def _forced_answer(self) -> Accepted | None:
        self._messages.append(Message("user", self._profile.texts.forced))
        completion = await self._next(self._profile.max_turns + 1)
        for part in self._parts(completion):
            if isinstance(part.turn, ModelTurn) and part.turn.answer is not None:
                return self._accepted(part.said, part.turn.answer)
        return None

    def _accepted(self, said: str, answer: Answer) -> Accepted:
        """Take an answer, which ends the conversation."""
        self._messages.append(Message("assistant", said))
        return accepted(answer, self._shown, most=self._most)

    def transcript(self, *, answered: bool) -> Transcript:
        """All of it so far, as the model was sent it."""
        return Transcript(
            tuple(replace(each, text=sent_text(each)) for each in self._messages),
            agent=self._agent.settings.described(),
            answered=answered,
            trimmed=self._trimmed,
            tokens=self._tokens,
            cost_usd=self._spent_usd + self._trail.spent_usd,
        )

    async def _next(self, number: int) -> Completion:
        settings, last = self._agent.settings, number > self._profile.max_turns

        async def ask() -> Completion:
            began = time.monotonic()
            try:
                completion = await self._within_context(
                    number, settings.answer_grammar if last else settings.turn_grammar
                )
            except ModelUnavailable as error:
                completion = Completion("", failure=error.why)
            return replace(completion, seconds=round(time.monotonic() - began, 3))

        completion = await self._trail.steps.run(f"turn-{number}", ask, Completion)
        if completion.failure is not None:
            raise ModelUnavailable(completion.failure)
        self._trimmed = max(self._trimmed, completion.trimmed)
        self._thought_s += completion.seconds
        await self._spend(f"turn-{number}", completion, settings.model_name)
        return completion

    async def _within_context(self, number: int, grammar: str | None) -> Completion:
        """The model's next message; the conversation is shortened until the model can read it."""
        settings = self._agent.settings
        for level in range(self._trimmed, context.MOST + 1):
            try:
                completion = await self._agent.model.complete(
                    context.shortened(self._messages, level),
                    max_tokens=settings.max_new_tokens,
                    grammar=grammar,
                    on_text=lambda text: self._trail.notebook.thinking(number, text),
                )
            except ContextTooLong:
                if level == context.MOST:
                    raise
            else:
                return replace(completion, trimmed=level)
        raise AssertionError  # pragma: no cover - the loop returns or raises

    async def _spend(self, key: str, completion: Completion, name: str) -> None:
        settings = self._agent.settings
        priced = name == settings.model_name
        spending = model_spending(
            completion,
            name,
            prompt_usd=settings.prompt_usd if priced else 0.0,
            answer_usd=settings.answer_usd if priced else 0.0,
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

    def _say(self, said: str, text: str) -> None:
        self._messages.append(Message("assistant", said))
        self._messages.append(Message("user", text))

    async def _call(self, said: str, thought: str, call: ToolCall) -> None:
        profile = self._profile
        if call.name in _SEARCHES and "top_k" not in call.arguments:
            call = replace(call, arguments={**call.arguments, "top_k": profile.results})
        result = await self._trail.take(thought[:1000], call)
        summary = await self._summary(call, result)
        self._messages.append(Message("assistant", said))
        self._messages.append(
            await observation_message(
                call,
                result,
                shown=self._trail.session.shown,
                calls_left=self._calls_left,
                summary=summary,
                listed=self._trail.session.listed(result),
                profile=profile,
            )
        )

    async def _summary(self, call: ToolCall, result: ToolResult) -> str | None:
        """What the model for summaries makes of a page for the query, apart from the conversation;
        None where there is nothing to read, or the model does not answer."""
        if call.name is not ToolName.BROWSE or not result.sources:
            return None
        agent, text = self._agent, result.sources[0].text or ""

        async def ask() -> Completion:
            began = time.monotonic()
            query = str(call.arguments.get("query") or "")
            said = await summarize(agent.summarizer, query, text)
            return replace(said, seconds=round(time.monotonic() - began, 3))

        key = f"summary-{len(self._trail.hops)}"
        said = await self._trail.steps.run(key, ask, Completion)
        self._thought_s += said.seconds
        await self._spend(key, said, agent.settings.summary_model_name or agent.settings.model_name)
        return summary_in(said)

    @property
    def _shown(self) -> dict[str, Source]:
        return {s.img_id: s for s in self._trail.sources if s.img_id is not None}

    @property
    def _pictures_searched(self) -> bool:
        calls = [hop.call for hop in self._trail.hops]
        return any(call is not None and call.name is ToolName.IMAGE_SEARCH for call in calls)


def _is_whole(completion: Completion) -> bool:
    """Whether a turn that was cut off says all that counts."""
    return not completion.calls and any(tag in completion.text for tag in _ENDS)


def _spoken(completion: Completion) -> str:
    """A turn as it stays in the conversation; a thought that the server parted from it stands
    where the protocol wants it."""
    if completion.calls:
        call = completion.calls[0]
        return replayed_call(completion.text.strip(), call.name, call.arguments)
    text = replayed(completion.text)
    reasoning = completion.reasoning.strip()[:MAX_REASONING_CHARS]
    if not reasoning or "</think>" in text.lower():
        return text
    if not text:
        return replayed(reasoning)  # the server took the whole turn for a thought
    return f"<think>\n{break_special_tokens(reasoning)}\n</think>\n{text}"


def _as_call(thought: str, call: ToolCall) -> str:
    return replayed_call(
        thought, call.name.value, json.dumps(dict(call.arguments), ensure_ascii=False)
    )
