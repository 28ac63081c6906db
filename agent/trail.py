"""A trajectory while it grows: hops taken one after another, each call a durable step."""

from __future__ import annotations

from agent.ports import Notebook, StepRunner
from agent.tools import ToolResult, ToolSession
from domain.research import Hop, Source, ToolCall


class Trail:
    """The hops of one job so far; after a crash the same calls rebuild the same trail."""

    def __init__(self, session: ToolSession, steps: StepRunner, notebook: Notebook) -> None:
        self.session = session
        self.steps = steps
        self.notebook = notebook
        self.hops: list[Hop] = []
        self.results: list[ToolResult] = []

    @property
    def sources(self) -> tuple[Source, ...]:
        """Everything found, in its order."""
        return tuple(source for result in self.results for source in result.sources)

    async def take(self, thought: str, call: ToolCall) -> ToolResult:
        """Make the next hop: tell it, run its call as a step, keep and tell what came of it."""
        number = len(self.hops) + 1
        await self.notebook.hop_started(number, thought, call.name.value, dict(call.arguments))
        result = await self.steps.run(f"hop-{number}", lambda: self.session.run(call), ToolResult)
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
        await self.notebook.hop_finished(hop, result.sources)
        return result
