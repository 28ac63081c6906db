"""The model-driven agent: a loop of thought, tool call and observation, and the grounded prompt.

Budgets, the order of references and the prompt's ordinals are enforced, never only asked for.
Each model turn and each tool call is a durable step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from agent.ports import (
    ChatModel,
    Completion,
    Notebook,
    PictureDecoder,
    PictureStore,
    StepRunner,
    TranscriptKeeper,
)
from agent.profiles.limner import LIMNER
from agent.profiles.profile import AgentProfile
from agent.providers.matching import coverage
from agent.research.citations import ground_answer
from agent.research.conversation import Conversation
from agent.research.gaps import ask_for_gaps, with_gaps
from agent.research.metering import model_spending
from agent.research.planner import RulePlanner, source_notes
from agent.research.references import with_large_references
from agent.research.search_gate import Decision, SearchGate
from agent.research.subjects import addresses
from agent.research.support.judge import ClaimJudge
from agent.research.tools import SearchTools
from agent.research.trajectory import TrajectoryRecorder
from domain.errors import ModelUnavailable
from domain.requests import Job, ResearchDepth
from domain.research import (
    Research,
)
from domain.translation.messages import gettext, joined


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """``profile`` is the dialect of the model, ``template`` replaces its system prompt.
    ``max_job_tokens``, ``max_job_s`` (of work, not of waiting in queues) and ``max_job_usd`` (0: no
    limit) are for all of a job's turns and calls; once one is used up only an answer is accepted.

    ``prompt_usd`` and ``answer_usd`` are the price of a million tokens, ``search_usd`` that of one
    call of a provider.
    """

    profile: AgentProfile = LIMNER
    template: str | None = None
    max_new_tokens: int = 4096
    max_job_tokens: int = 500_000
    max_job_s: float = 600.0
    max_job_usd: float = 0.0
    model_name: str = "model"
    checkpoint: str = ""
    """The id of the trained agent that the model is, if it is one of the installation's own."""
    summary_model_name: str = ""
    """Of the model for summaries of pages, where it is another one."""
    prompt_usd: float = 0.0
    answer_usd: float = 0.0
    search_usd: Mapping[str, float] = field(default_factory=dict[str, float])
    asks_for_gaps: bool = False
    """Whether the model is asked first which facts the generator lacks."""
    turn_grammar: str | None = None
    answer_grammar: str | None = None
    """Regular expressions that hold the model to the protocol, where its server takes them."""

    def described(self) -> dict[str, str]:
        """What a recipe says of the agent."""
        about = {**self.profile.described(), "model": self.model_name}
        if self.checkpoint:
            about["checkpoint"] = self.checkpoint
        return about if self.template is None else {**about, "system_prompt": "from a file"}


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
        summarizer: ChatModel | None = None,
        judge: ClaimJudge | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        gate: SearchGate | None = None,
        keeper: TranscriptKeeper | None = None,
    ) -> None:
        """``summarizer`` sums up pages; the research model does where there is none. ``judge`` says
        what pages say of claims; without one rules do. ``keeper`` keeps conversations to train
        with."""
        self.model = model
        self.summarizer = summarizer or model
        self.max_references = max_references
        self.decoder = decoder
        self.pictures = pictures
        self.settings = settings
        self._tools_for = tools_for
        self._judge = judge
        self._clock = clock
        self._keeper = keeper
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
        conversation = Conversation(self, job, trail, today)
        try:
            answer = await conversation.to_the_answer()
            why: str = gettext("The research model gave no usable answer.")
        except ModelUnavailable as error:
            answer, why = None, error.sentence
        if self._keeper is not None:
            await self._keeper.keep(job, conversation.transcript(answered=answer is not None))
        if answer is None:
            by_rule = await self._planner.along(job, trail, decision)
            fixed = gettext("Research used fixed rules instead.")
            notes = (joined(why, fixed), *by_rule.notes)
            research = replace(by_rule, notes=notes, agent=self.settings.described())
            return await with_large_references(research, trail)
        research = Research(
            hops=tuple(trail.hops),
            sources=trail.sources,
            grounded=await ground_answer(answer, trail, job, judge=self._judge),
            notes=()
            if job.request.origin.story_id is not None
            else source_notes(trail.results, trail.session.providers),
            decision=decision.reasons,
            agent=self.settings.described(),
            unfound=_unfound(decision, trail),
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


def _unfound(decision: Decision, trail: TrajectoryRecorder) -> tuple[str, ...]:
    """The named subjects that no source speaks of, where every provider answered."""
    if any(result.unavailable for result in trail.results):
        return ()
    told = [f"{source.title} {source.text or ''}" for source in trail.sources]
    return tuple(
        subject.text
        for subject in decision.subjects
        if subject.named and not any(coverage(text, subject.text) >= 1.0 for text in told)
    )
