"""The rule-based planner works without a model, within its budget, and through crashes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.research.planner import RulePlanner
from agent.research.tool_arguments import MOST_QUERIES
from agent.research.tools import SearchTools
from domain.errors import InvalidRequest
from domain.requests import Attachment, Job, ResearchDepth, Rights
from domain.research import Research, SourceKind, ToolCall, ToolName
from evaluation.peers.values import a_job, a_request
from tests.fakes.search import (
    Died,
    MemoryDecoder,
    MemoryFetcher,
    MemoryNotebook,
    MemoryPictures,
    MemoryProvider,
    MemorySteps,
)

BRIDGES = "the Golden Gate Bridge next to Tower Bridge"


def a_world() -> list[MemoryProvider]:
    library = MemoryProvider(
        page_texts={
            "Golden Gate Bridge": "The Golden Gate Bridge is painted in orange vermilion.",
            "Tower Bridge": "Tower Bridge has two stone towers with blue and white walkways.",
        },
        picture_seeds={"Golden Gate Bridge": 1, "Golden Gate Bridge at dusk": 1, "Tower Bridge": 2},
    )
    web = MemoryProvider(
        name="commons", local=False, license=None, picture_seeds={"Golden Gate Bridge 2": 7}
    )
    return [library, web]


def tools(world: list[MemoryProvider]) -> SearchTools:
    return SearchTools(
        providers=world,
        fetcher=MemoryFetcher(),
        decoder=MemoryDecoder(),
        pictures=MemoryPictures(),
    )


def job_for(prompt: str, **parts: object) -> Job:
    return a_job(request=a_request(prompt=prompt, attachments=(), **parts))


async def researched(
    job: Job, world: list[MemoryProvider] | None = None, steps: MemorySteps | None = None
) -> Research:
    known = tools(a_world() if world is None else world)
    planner = RulePlanner(tools_for=lambda _job: known)
    return await planner.research(job, steps=steps or MemorySteps(), notebook=MemoryNotebook())


async def test_every_subject_gets_a_passage_and_one_picture() -> None:
    research = await researched(job_for(BRIDGES))
    grounded = research.grounded
    assert [reference.subject for reference in grounded.references] == [
        "Golden Gate Bridge",
        "Tower Bridge",
    ]
    assert [hop.call.name for hop in research.hops if hop.call] == [
        ToolName.SEARCH,
        ToolName.IMAGE_SEARCH,
        ToolName.IMAGE_SEARCH,
    ]
    assert grounded.text.startswith(f"{BRIDGES}.\n")
    assert "orange vermilion" in grounded.text
    assert "Use the first reference image for the appearance of Golden Gate Bridge." in (
        grounded.text
    )
    assert "Use the second reference image for the appearance of Tower Bridge." in grounded.text
    assert "IMG_" not in grounded.text
    assert [e.n for e in grounded.evidence] == list(range(1, len(grounded.evidence) + 1))
    for evidence in grounded.evidence:
        source = research.source(evidence.source_id or "")
        assert evidence.passage is None or evidence.passage in (source.text or "")


async def test_copies_of_a_picture_are_dropped_and_pictures_are_counted_up() -> None:
    research = await researched(job_for(BRIDGES))
    pictures = [s for s in research.sources if s.kind is SourceKind.PICTURE]
    assert [p.img_id for p in pictures] == ["IMG_001", "IMG_002", "IMG_003"]
    assert len({p.phash for p in pictures}) == 3
    assert research.hops[1].observation is not None
    assert research.hops[1].observation.dropped == 1
    assert len({source.id for source in research.sources}) == len(research.sources)


async def test_everyday_requests_and_forbidden_searches_ask_nobody() -> None:
    for job in (
        job_for("a red cube"),
        job_for(BRIDGES, research=ResearchDepth.OFF),
    ):
        world = a_world()
        research = await researched(job, world)
        assert world[1].asked == []
        assert not research.hops
        assert not research.searched
        assert research.grounded.text == f"{job.request.prompt}."


async def test_the_board_finds_everyday_things_in_the_teams_own_library_and_nowhere_else() -> None:
    world = a_world()
    world[0].picture_seeds["red cube"] = 5
    research = await researched(job_for("a red cube"), world)
    assert world[1].asked == []
    assert not research.searched
    assert [reference.subject for reference in research.grounded.references] == ["red cube"]
    generated = await researched(job_for("a red cube", generator="qwen-image"), world)
    assert generated.grounded.references == ()


async def test_a_research_says_why_something_was_or_was_not_looked_up() -> None:
    research = await researched(job_for("Eileen Collins with a red cube"))
    assert research.decision == (
        "“Eileen Collins” was looked up: it is the name of a person.",
        "Not looked up, since generators know everyday things: “red cube”.",
    )
    off = await researched(job_for(BRIDGES, research=ResearchDepth.OFF))
    assert off.decision == ("Research is off for this request.",)


async def test_a_job_from_before_the_search_gate_goes_on_without_its_step() -> None:
    steps = MemorySteps()
    before = await researched(job_for(BRIDGES), steps=steps)
    del steps.kept["search-gate"]
    steps.ran, steps.before = [], {"search-gate"}
    research = await researched(job_for(BRIDGES), steps=steps)
    assert steps.ran == []
    assert research.grounded == before.grounded
    assert len(research.grounded.references) == 2


async def test_a_job_from_before_the_search_gate_makes_the_hops_that_it_made_then() -> None:
    steps = MemorySteps()
    await researched(job_for(BRIDGES), steps=steps)
    steps.kept |= {"hop-4": steps.kept["hop-3"], "research-keep": b"null"}
    del steps.kept["search-gate"]
    steps.ran, steps.before = [], {"search-gate"}
    assert len((await researched(job_for(BRIDGES), steps=steps)).hops) == 4
    del steps.kept["hop-4"], steps.kept["hop-3"]
    assert len((await researched(job_for(BRIDGES), steps=steps)).hops) == 2
    assert steps.ran == []


async def test_the_budget_is_kept() -> None:
    prompt = "Anna Bo, Clara Do, Emil Fo, Gina Ho and Ivan Jo"
    assert len((await researched(job_for(prompt, research=ResearchDepth.DEEP))).hops) == 6
    assert len((await researched(job_for(prompt, research=ResearchDepth.QUICK))).hops) == 3


async def test_the_requesters_own_pictures_come_first() -> None:
    attachment = Attachment("mine.png", "c" * 64, 10, 10)
    job = job_for(BRIDGES)
    job = replace(job, request=replace(job.request, attachments=(attachment,) * 4))
    grounded = (await researched(job)).grounded
    assert len(grounded.references) == 5
    assert [r.source_id for r in grounded.references[:4]] == [None] * 4
    assert "Use the fifth reference image for the appearance of Golden Gate" in grounded.text


async def test_a_crash_at_any_step_leads_to_the_same_research() -> None:
    job = job_for(BRIDGES)
    whole = await researched(job)
    for dies_after in range(4):
        steps = MemorySteps()
        steps.dies_after = dies_after
        with pytest.raises(Died):
            await researched(job, steps=steps)
        steps.dies_after = None
        again = await researched(job, steps=steps)
        assert steps.ran == ["search-gate", "hop-1", "hop-2", "hop-3"]
        assert again.grounded == whole.grounded
        assert again.sources == whole.sources


async def test_a_provider_that_fails_is_a_note_and_is_asked_once() -> None:
    world = a_world()
    world[1].down = True
    research = await researched(job_for(BRIDGES), world)
    assert research.notes == (
        "Searched your team's library only; no search provider could be reached.",
    )
    assert len(world[1].asked) == 2, "both queries of the one search, and then never again"
    assert len(research.grounded.references) == 2


async def test_nothing_found_is_said() -> None:
    research = await researched(job_for("Zaphod Beeblebrox"))
    assert "Nothing was found about Zaphod Beeblebrox." in research.notes
    assert research.grounded.text == "Zaphod Beeblebrox."


async def test_nothing_is_said_of_the_research_for_a_story_that_was_read_before() -> None:
    world = a_world()
    world[1].down = True
    research = await researched(job_for("Zaphod Beeblebrox sails", story_id="s1"), world)
    assert research.notes == ()


async def test_pictures_without_the_wanted_rights_are_never_references() -> None:
    world = a_world()
    world[0].picture_seeds = {}
    for rights, count in ((Rights.ANY, 1), (Rights.LICENSED, 0), (Rights.LIBRARY, 0)):
        research = await researched(job_for("the Golden Gate Bridge", rights=rights), world)
        assert len(research.grounded.references) == count


async def test_broken_missing_and_small_pictures_are_told_and_left_out() -> None:
    world = [MemoryProvider(picture_seeds={"Bridge A": 13, "Bridge B": 404, "Bridge C": 3})]
    research = await researched(job_for("the Bridge Bridge"), world)
    observation = research.hops[1].observation
    assert observation is not None
    assert [s.title for s in research.sources] == ["Bridge C"]
    assert observation.dropped == 2
    assert any("damaged" in problem for problem in observation.problems)
    assert any("404" in problem for problem in observation.problems)


async def test_a_page_that_the_request_names_is_read() -> None:
    research = await researched(job_for("the Tall Bridge of https://example.org/bridge"))
    assert research.hops[0].call == ToolCall(ToolName.BROWSE, {"url": "https://example.org/bridge"})
    assert "orange vermilion" in research.grounded.text


async def test_a_request_that_is_only_an_address_is_grounded_on_its_page() -> None:
    research = await researched(job_for("draw https://example.org/bridge"))
    assert "The Tall Bridge: The Tall Bridge was opened in 1932" in research.grounded.text
    assert "https://" not in research.grounded.text
    assert research.grounded.evidence[0].source_id == research.sources[0].id
    place = research.grounded.evidence[0]
    text = research.sources[0].text or ""
    start = place.passage_start or 0
    assert text[start : start + len(place.passage or "")] == place.passage


async def test_an_address_of_any_length_ends_no_job() -> None:
    research = await researched(job_for("Tower Bridge https://example.org/" + "x" * 3000))
    assert [hop.call.name for hop in research.hops if hop.call] == [
        ToolName.SEARCH,
        ToolName.IMAGE_SEARCH,
    ]


async def test_a_year_alone_names_nothing_to_search_for() -> None:
    world = a_world()
    assert not (await researched(job_for("1969"), world)).searched
    assert [provider.asked for provider in world] == [[], []]


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "http://169.254.169.254/", "file:///etc/passwd"]
)
async def test_only_addresses_of_results_and_of_the_request_are_opened(url: str) -> None:
    session = tools(a_world()).session(job_for("see https://example.org/private"))
    result = await session.run(ToolCall(ToolName.BROWSE, {"url": url}))
    assert result.sources == ()
    assert "Only addresses" in result.observation.problems[0]
    refused = await session.run(ToolCall(ToolName.BROWSE, {"url": "https://example.org/private"}))
    assert "doesn't allow bots" in refused.observation.problems[0]


@pytest.mark.parametrize(
    "call",
    [
        ToolCall(ToolName.SEARCH, {}),
        ToolCall(ToolName.SEARCH, {"queries": []}),
        ToolCall(ToolName.SEARCH, {"queries": ["x"] * (MOST_QUERIES + 1)}),
        ToolCall(ToolName.SEARCH, {"queries": ["x" * 201]}),
        ToolCall(ToolName.SEARCH, {"queries": ["x"], "host": "inside"}),
        ToolCall(ToolName.IMAGE_SEARCH, {"query": 7}),
        ToolCall(ToolName.BROWSE, {"path": "/etc/passwd"}),
    ],
)
async def test_arguments_that_fit_no_schema_are_refused(call: ToolCall) -> None:
    with pytest.raises(InvalidRequest, match=call.name.value):
        await tools(a_world()).session(job_for("x")).run(call)


async def test_of_things_of_one_name_the_one_that_fits_the_request_is_taken() -> None:
    """A car and an animal are both called so; the request is about a river."""
    web = MemoryProvider(
        page_texts={
            "Jaguar E-Type": "The Jaguar E-Type is a British sports car with chrome bumpers.",
            "Jaguar": "The jaguar is a large cat that hunts at the river and swims well.",
        },
        picture_seeds={"Jaguar E-Type 1961": 1, "Jaguar cat at a river": 2},
    )
    job = job_for("a jaguar drinking from a river", research=ResearchDepth.DEEP)
    grounded = (await researched(job, [web])).grounded
    jaguar = next(r for r in grounded.references if r.subject == "jaguar")
    assert jaguar.title == "Jaguar cat at a river"
    assert "sports car" not in grounded.text


async def test_the_reference_that_shows_little_else_is_taken() -> None:
    web = MemoryProvider(
        picture_seeds={
            "Tower Bridge with fireworks, parade and a red bus": 1,
            "Tower Bridge": 2,
        }
    )
    grounded = (await researched(job_for("Tower Bridge at night"), [web])).grounded
    assert grounded.references[0].title == "Tower Bridge"
