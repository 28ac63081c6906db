"""The model-driven agent in the dialect of each profile, over a real client and a local server."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from agent.model_clients.chat import ModelSettings, OpenAiChatModel
from agent.profiles.gen_searcher import GEN_SEARCHER
from agent.profiles.genevolve import GENEVOLVE
from agent.profiles.limner import LIMNER
from agent.profiles.profile import AgentProfile
from agent.research.loop import LoopSettings, ModelResearcher
from agent.research.page_summaries import PIECE_CHARS, pieces, summarize, summary_in
from agent.research.tools import SearchTools
from domain.requests import Job, ResearchDepth
from domain.research import Research, ToolName
from evaluation.peers.values import a_job, a_request
from tests.fakes.model_server import Messages, ModelServer, Saying, answer, model_server, turn
from tests.fakes.search import (
    NOW,
    MemoryDecoder,
    MemoryFetcher,
    MemoryNotebook,
    MemoryPictures,
    MemoryProvider,
    MemorySteps,
)

BRIDGE = "the Golden Gate Bridge in fog"
PICTURES = turn("look", "image_search", query="Golden Gate Bridge")
GOOD = answer("The bridge as in the first reference image.", "IMG_001")
TRAINED = (GEN_SEARCHER, GENEVOLVE)


def a_job_for(prompt: str = BRIDGE, **parts: Any) -> Job:
    return a_job(request=a_request(prompt=prompt, attachments=(), **parts))


@dataclass
class Outcome:
    """What a run gave, and what its servers were sent."""

    research: Research
    server: ModelServer
    steps: MemorySteps = field(default_factory=MemorySteps)

    def told(self, number: int) -> str:
        """The last message before a turn."""
        content = self.server.requests[number]["messages"][-1]["content"]
        return str(content if isinstance(content, str) else content[0]["text"])


async def researched(
    profile: AgentProfile,
    *script: Any,
    job: Job | None = None,
    steps: MemorySteps | None = None,
    settings: LoopSettings | None = None,
    seeds: dict[str, int] | None = None,
    prepare: Any = None,
) -> Outcome:
    """Research with a model that says this script."""
    library = MemoryProvider(
        page_texts={
            "Golden Gate Bridge": "The Golden Gate Bridge is orange. It opened in 1937.",
            "City Park": "The park lies in San Francisco.",
        },
        picture_seeds=seeds or {"Golden Gate Bridge": 1, "Golden Gate Bridge by night": 2},
    )
    pictures, steps = MemoryPictures(), steps or MemorySteps()
    tools = SearchTools(
        providers=[library], fetcher=MemoryFetcher(), decoder=MemoryDecoder(), pictures=pictures
    )
    async with model_server(*script) as server:
        if prepare is not None:
            prepare(server)
        model = OpenAiChatModel(ModelSettings((server.base_url,), "m", timeout_s=60))
        agent = ModelResearcher(
            model=model,
            tools_for=lambda _job: tools,
            max_references=lambda _job: 5,
            decoder=MemoryDecoder(),
            pictures=pictures,
            settings=replace(settings or LoopSettings(), profile=profile),
            clock=lambda: NOW,
        )
        try:
            research = await agent.research(
                job or a_job_for(), steps=steps, notebook=MemoryNotebook()
            )
        finally:
            await model.aclose()
    return Outcome(research, server, steps)


async def test_each_query_has_its_own_block() -> None:
    search = turn("who", "search", queries=["Golden Gate Bridge", "Park", "zzz"])
    out = await researched(GEN_SEARCHER, search, PICTURES, GOOD)
    assert out.told(1) == (
        "<tool_response>\n--- search result for [Golden Gate Bridge] ---\n"
        "[Golden Gate Bridge](https://library/0) The Golden Gate Bridge is orange. It opened in "
        "1937.\n--- end of search result ---\n\n--- search result for [Park] ---\n"
        "[City Park](https://library/0) The park lies in San Francisco.\n"
        "--- end of search result ---\n\n--- search result for [zzz] ---\n"
        "No results for 'zzz'.\n--- end of search result ---\n</tool_response>"
    )


async def test_a_picture_that_was_shown_keeps_its_id_and_is_shown_again() -> None:
    again = turn("more", "image_search", query="Golden Gate Bridge by night")
    out = await researched(GEN_SEARCHER, PICTURES, again, GOOD)
    content = out.server.requests[2]["messages"][-1]["content"]
    assert content[0]["text"].startswith(
        "<tool_response>\n--- image search result for [Golden Gate Bridge by night] ---\n"
        "IMG_001: title: Golden Gate Bridge\n  url: https://library/picture/1\n"
        "  local_path: saved_img/"
    )
    assert [part["type"] for part in content] == ["text", "image_url", "image_url"]


async def test_genevolve_reads_guides_and_sees_pictures_as_text() -> None:
    guide = turn("letters", "query_knowledge", skill_name="text_rendering")
    browse = turn("read", "browse", url="https://library/0", query="colour")
    out = await researched(GENEVOLVE, guide, PICTURES, browse, GOOD)
    assert out.told(1).startswith(
        "<tool_response>\n## Skill Guidance\n\n=== Skill: text_rendering ===\n"
    )
    assert out.told(2).startswith("<tool_response>\n--- image search result for")
    assert isinstance(out.server.requests[2]["messages"][-1]["content"], str)
    assert out.told(3) == "<tool_response>\nUnknown tool: browse\n</tool_response>"
    calls = [hop.call.name for hop in out.research.hops if hop.call]
    assert calls == [ToolName.QUERY_KNOWLEDGE, ToolName.IMAGE_SEARCH]
    assert not out.server.requests[0]["messages"][0]["content"].endswith(NOW.date().isoformat())


@pytest.mark.parametrize("profile", TRAINED, ids=lambda p: p.name)
async def test_the_words_that_the_agent_knows_stand_where_it_knows_them(
    profile: AgentProfile,
) -> None:
    def cut(server: ModelServer) -> None:
        server.cut = {1}

    out = await researched(profile, PICTURES, "<think>on and on", GOOD, prepare=cut)
    assert "RESPONSE TOO LONG" in out.told(2)
    out = await researched(profile, PICTURES, "no turn", GOOD)
    start = (
        "Error: Invalid format." if profile is GEN_SEARCHER else "<tool_response>\nFormat error:"
    )
    assert out.told(2).startswith(start)

    def always(messages: Messages) -> Saying:
        if "FINAL STEP" in str(messages[-1]["content"]):
            return GOOD
        return turn(f"again {len(messages)}", "image_search", query="Golden Gate Bridge")

    out = await researched(profile, always)
    assert len(out.research.hops) == profile.max_calls
    assert len(out.server.requests) == profile.max_turns + 1
    assert len(out.research.grounded.references) == 1


async def test_quick_research_holds_to_its_budget_in_every_profile() -> None:
    def always(messages: Messages) -> Saying:
        if "FINAL STEP" in str(messages[-1]["content"]):
            return GOOD
        return turn(f"again {len(messages)}", "image_search", query="Golden Gate Bridge")

    out = await researched(GENEVOLVE, always, job=a_job_for(research=ResearchDepth.QUICK))
    assert len(out.research.hops) == 3


async def test_genevolve_takes_two_references_at_most() -> None:
    seeds = {f"Golden Gate Bridge {n}": n for n in (1, 2, 3)}
    three = answer("As in the first reference image.", "IMG_001", "IMG_002", "IMG_003")
    out = await researched(GENEVOLVE, PICTURES, three, GOOD, seeds=seeds)
    assert out.told(2) == (
        "<tool_response>\nFormat error: Choose at most 2 reference images.\n</tool_response>"
    )


async def test_the_research_says_which_agent_did_it() -> None:
    out = await researched(GEN_SEARCHER, PICTURES, GOOD)
    assert out.research.agent == {
        "profile": "gen-searcher", "texts": "built in", "model": "model"
    }  # fmt: skip


TWO_CALLS = [
    {"name": "search", "arguments": {"queries": ["Golden Gate Bridge"]}},
    {"name": "image_search", "arguments": {"query": "Golden Gate Bridge"}},
]


@pytest.mark.parametrize("profile", [GEN_SEARCHER, LIMNER], ids=lambda p: p.name)
async def test_a_second_native_call_is_answered(profile: AgentProfile) -> None:
    out = await researched(profile, {"calls": TWO_CALLS}, GOOD)
    roles = [message["role"] for message in out.server.requests[1]["messages"]]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    assert [hop.call.name.value for hop in out.research.hops if hop.call] == [
        "search", "image_search"
    ]  # fmt: skip
    assert len(out.research.grounded.references) == 1


async def test_a_second_call_that_cannot_be_run_is_explained() -> None:
    calls = [TWO_CALLS[1], {"name": "shell", "arguments": {"cmd": "ls"}}]
    out = await researched(LIMNER, {"calls": calls}, GOOD)
    assert "there is no tool 'shell'" in out.told(1)


async def test_a_run_from_before_goes_on_with_the_first_call_alone() -> None:
    steps = MemorySteps()
    steps.before = {"further-calls"}
    out = await researched(LIMNER, {"calls": TWO_CALLS}, PICTURES, GOOD, steps=steps)
    assert [hop.call.name.value for hop in out.research.hops if hop.call] == [
        "search", "image_search"
    ]  # fmt: skip
    assert len(out.server.requests) == 3


async def test_several_calls_in_a_text_are_run_where_the_model_was_not_trained_otherwise() -> None:
    both = "".join(f"<tool_call>{json.dumps(call)}</tool_call>" for call in TWO_CALLS)
    out = await researched(LIMNER, both, GOOD)
    assert len(out.research.hops) == 2
    out = await researched(GEN_SEARCHER, both, PICTURES, GOOD)
    assert len(out.server.requests) == 3


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
async def test_a_thought_in_a_field_of_its_own_stays_a_thought(key: str) -> None:
    call = PICTURES.partition("</think>\n")[2]
    out = await researched(GEN_SEARCHER, {key: "look around", "content": call}, GOOD)
    assert out.research.hops[0].thought == "look around"
    said = out.server.requests[1]["messages"][2]["content"]
    assert said == f"<think>\nlook around\n</think>\n{call}"
    out = await researched(GEN_SEARCHER, {key: f"look {call}", "content": ""}, GOOD)
    assert len(out.research.hops) == 1


async def test_a_conversation_that_is_too_long_is_shortened_and_the_work_stays() -> None:
    too_long = {
        "status": 400,
        "message": "This model's maximum context length is 8192 tokens. However, you requested "
        "9000 tokens (8900 in the messages, 100 in the completion).",
    }

    def small(messages: Messages) -> Any:
        images = sum(isinstance(m["content"], list) for m in messages)
        return too_long if images > 1 else GOOD

    search = turn("who", "search", queries=["Golden Gate Bridge"])
    again = turn("more", "image_search", query="Golden Gate Bridge by night")
    out = await researched(GEN_SEARCHER, search, PICTURES, again, small, small)
    assert len(out.research.hops) == 3
    assert not any("fixed rules" in note for note in out.research.notes)
    assert len(out.research.grounded.references) == 1
    first, last = out.server.requests[3]["messages"], out.server.requests[4]["messages"]
    assert [m["role"] for m in first] == [m["role"] for m in last]
    assert isinstance(last[5]["content"], str)
    assert isinstance(last[7]["content"], list)


LONG_PAGE = "\n".join(
    f"Paragraph {n} tells of rivers and of roads near the town, and of its people." * 3
    for n in range(200)
)


async def test_a_page_is_summed_up_as_a_whole_piece_by_piece() -> None:
    text = LONG_PAGE + "\nThe tower is 321 metres high."

    def summing(messages: Messages) -> Saying:
        excerpt = messages[-1]["content"]
        if "321 metres" in excerpt:
            return "It is 321 metres high."
        return "NOTHING."

    async with model_server(summing) as server:
        model = OpenAiChatModel(ModelSettings((server.base_url,), "m", timeout_s=60))
        said = await summarize(model, "height", text)
        await model.aclose()
    assert len(text) > 39_000
    assert len(server.requests) == len(pieces(text)) == 1 + len(text) // PIECE_CHARS
    assert summary_in(said) == "It is 321 metres high."
    assert said.tokens == 110 * len(server.requests)


async def test_what_the_pieces_say_is_put_together() -> None:
    text = f"It is red.\n{LONG_PAGE}\nIt is tall."

    def summing(messages: Messages) -> Saying:
        excerpt = messages[-1]["content"]
        if "several parts" in messages[0]["content"]:
            assert "RED" in excerpt
            assert "TALL" in excerpt
            return "Red and tall."
        return "RED" if "red." in excerpt else "TALL" if "tall." in excerpt else "nothing"

    async with model_server(summing) as server:
        model = OpenAiChatModel(ModelSettings((server.base_url,), "m", timeout_s=60))
        said = await summarize(model, "look", text)
        await model.aclose()
    assert summary_in(said) == "Red and tall."


@pytest.mark.parametrize(
    "said",
    [
        GOOD,
        PICTURES,
        "<tool_call>{",
        '{"gen_prompt": "A bridge.", "reference_images": []}',
        {"name": "search", "arguments": {"queries": ["x"]}},
        "<think>I never end",
        "<function=browse>{}</function>",
    ],
)
async def test_a_turn_of_the_agent_is_no_summary(said: Saying) -> None:
    async with model_server(said) as server:
        model = OpenAiChatModel(ModelSettings((server.base_url,), "m", timeout_s=60))
        found = await summarize(model, "height", "It is 9 m high.")
        await model.aclose()
    assert summary_in(found) is None


async def test_a_summary_in_the_tags_of_an_answer_is_one() -> None:
    async with model_server("<think>x</think><answer>It is 9 m high.</answer>") as server:
        model = OpenAiChatModel(ModelSettings((server.base_url,), "m", timeout_s=60))
        found = await summarize(model, "height", "It is 9 m high.")
        await model.aclose()
    assert summary_in(found) == "It is 9 m high."


def test_pieces_hold_the_whole_text() -> None:
    for text in (LONG_PAGE, "x" * 50_000, "A b. " * 9_000, "", "  "):
        parts = pieces(text)
        assert all(len(part) <= PIECE_CHARS for part in parts)
        assert "".join("".join(parts).split()) == "".join(text.split())
