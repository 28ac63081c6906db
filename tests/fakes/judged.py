"""Scripted judges and image services, and the drawing of a desk's jobs with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.errors import ModelUnavailable, Refused
from domain.illustrations import Delivery, Picture, Recipe
from domain.policy import Category, Finding, JudgedText, Verdict
from domain.requests import Job
from domain.research import GroundedPrompt, Research, Source
from generation.registry import Renderers
from jobs.common.ports import Notebook, StepRunner
from jobs.illustration.output_judging import OutputJudge
from jobs.illustration.rendering import RenderWorkflow
from jobs.illustration.request_judging import RequestJudge
from jobs.illustration.workflow import IllustrateWorkflow
from tests.fakes.job_service import Office
from tests.fakes.policies import a_policy
from tests.fakes.search import MemoryDecoder, MemorySteps
from tests.fakes.web import picture

FORBIDDEN = picture(66, size=(320, 320), kind="PNG")
"""What no judge here lets pass."""
PLAIN = GroundedPrompt("A fox.")
HARMLESS = picture(7, size=(320, 320), kind="PNG")


@dataclass
class ScriptedJudge:
    """Finds a category in the forbidden picture, and in texts that hold a word."""

    category: Category = Category.SEXUAL
    words: Sequence[str] = ()
    away: bool = False
    name: str = "scripted"
    local: bool = False
    asked: list[str] = field(default_factory=list[str])

    async def judge_picture(self, picture: bytes, *, text: str) -> Verdict:
        """A finding where it is the forbidden picture."""
        self.asked.append(text)
        if self.away:
            raise ModelUnavailable("it is away")
        return self._verdict(found=picture == FORBIDDEN)

    async def judge_text(self, text: JudgedText) -> Verdict:
        """A finding where a part of the text holds one of the words."""
        whole = " ".join((*text.earlier, text.request, *text.found))
        self.asked.append(whole)
        if self.away:
            raise ModelUnavailable("it is away")
        return self._verdict(found=any(word in whole for word in self.words))

    def _verdict(self, *, found: bool) -> Verdict:
        return Verdict((Finding(self.category, 0.97, self.name),) if found else ())


class ScriptedService(Renderers):
    """Plans as the storyboard, and gives scripted pictures, one after the other, the last again."""

    def __init__(self, *pictures: bytes, by_model: bool = True, filtered: bool = False) -> None:
        super().__init__(default="storyboard")
        self.script = list(pictures)
        self.by_model = by_model
        self.filtered = filtered
        self.asked: list[Recipe] = []

    def is_model(self, generator: str) -> bool:
        """As the test says."""
        return self.by_model

    def is_filtered(self, generator: str) -> bool:
        """As the test says."""
        return self.filtered

    async def render(self, recipe: Recipe, references: Sequence[bytes], **_: Any) -> Picture:
        """The next picture."""
        self.asked.append(recipe)
        data = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return Picture(data, "image/png", 320, 320, phash="0" * 16)


@dataclass
class ScriptedResearch:
    """A model's turn and then a tool call, as steps; gives what the test says."""

    found: Research = field(default_factory=lambda: Research((), (), PLAIN))
    calls: bool = True
    called: list[str] = field(default_factory=list[str])
    turned: asyncio.Event = field(default_factory=asyncio.Event)

    async def research(self, job: Job, *, steps: StepRunner, notebook: Notebook) -> Research:
        """One turn, and one tool call."""

        async def turn() -> str:
            self.turned.set()
            await asyncio.sleep(0.01)
            self.called.append("turn")
            return "search"

        async def call() -> str:
            self.called.append("call")
            return "found"

        await steps.run("turn-1", turn, str)
        if self.calls:
            await steps.run("hop-1", call, str)
        return self.found


def illustrate_workflow(
    office: Office,
    service: ScriptedService,
    *judges: ScriptedJudge,
    research: ScriptedResearch | None = None,
    shows_people: Callable[[str], bool] = lambda text: "woman" in text,
) -> IllustrateWorkflow:
    """Draws the office's jobs with that service, and has every picture judged."""
    policy = a_policy(texts=judges, pictures=judges, shows_people=shows_people)
    maker = RenderWorkflow(
        store=office.store,
        blobs=office.blobs,
        renderer=service,
        checker=MemoryDecoder(),
        judge=OutputJudge(store=office.store, blobs=office.blobs, policy=policy, renderer=service),
    )
    return IllustrateWorkflow(
        store=office.store,
        researcher=research or ScriptedResearch(),
        maker=maker,
        policy=policy,
        judge=RequestJudge(store=office.store, blobs=office.blobs, policy=policy),
        dispatcher=office.dispatcher,
    )


async def draw(
    office: Office,
    drawing: IllustrateWorkflow,
    job_id: str,
    *,
    grounded: GroundedPrompt = PLAIN,
    sources: Sequence[Source] = (),
) -> list[Delivery]:
    """Let a job be researched and drawn as its workflow does; gives what is to be delivered."""
    await office.researched(job_id, grounded=grounded, sources=sources)
    steps = MemorySteps()
    try:
        await drawing.render(office.workspace, job_id, steps)
    except Refused as error:
        await drawing.fail(office.workspace, job_id, steps, error=error)
    async with office.store.workspace(office.workspace) as unit:
        return list(await unit.deliveries.of_job(job_id))
