"""A trajectory while it grows: hops taken one after another, each call a durable step."""

from __future__ import annotations

from collections.abc import Mapping

from agent.ports import Notebook, StepRunner
from agent.research.tools import ToolResult, ToolSession
from domain.metrics import HOPS
from domain.research import Hop, Source, Spending, ToolCall


class TrajectoryRecorder:
    """The hops of one job so far; after a crash the same calls rebuild the same trail."""

    def __init__(
        self,
        session: ToolSession,
        steps: StepRunner,
        notebook: Notebook,
        *,
        prices: Mapping[str, float] | None = None,
    ) -> None:
        """``prices`` are US dollars for one call of a provider, by its name."""
        self.session = session
        self.steps = steps
        self.notebook = notebook
        self.prices = prices or {}
        self.spent_usd = 0.0
        self.hops: list[Hop] = []
        self.results: list[ToolResult] = []

    @property
    def worked_s(self) -> float:
        """Seconds that the calls took."""
        return sum((hop.finished_at - hop.started_at).total_seconds() for hop in self.hops)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Everything found, in its order."""
        return tuple(source for result in self.results for source in result.sources)

    @property
    def next_step(self) -> str:
        """The name of the step that makes the next hop."""
        return f"hop-{len(self.hops) + 1}"

    async def take(self, thought: str, call: ToolCall, *, by_words: bool = False) -> ToolResult:
        """Make the next hop: tell it, run its call as a step, keep and tell what came of it.
        ``by_words`` leaves out results that hold too few of the query's words."""
        number = len(self.hops) + 1
        await self.notebook.hop_started(number, thought, call.name.value, dict(call.arguments))
        result = await self.steps.run(
            self.next_step, lambda: self.session.run(call, by_words=by_words), ToolResult
        )
        self.session.absorb(result)
        hop = Hop(
            number=number,
            thought=thought,
            call=call,
            observation=result.observation,
            started_at=result.started_at,
            finished_at=result.finished_at,
        )
        self.hops.append(hop)
        self.results.append(result)
        for provider, calls in result.calls.items():
            cost_usd = calls * self.prices.get(provider, 0.0)
            self.spent_usd += cost_usd
            await self.notebook.spent(
                f"hop-{number}:{provider}", Spending("search", provider, "calls", calls, cost_usd)
            )
        await self.notebook.hop_finished(hop, result.sources)
        HOPS.add(action=hop.call.name if hop.call else "none")
        return result
