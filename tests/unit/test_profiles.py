"""Each profile writes results in the bytes that its agent was trained on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.model_clients.completion_request import CompletionRequest
from agent.ports import Message
from agent.profiles.gen_searcher import GEN_SEARCHER
from agent.profiles.genevolve import GENEVOLVE
from agent.profiles.limner import LIMNER
from agent.profiles.profile import AgentProfile
from agent.profiles.registry import PROFILES, profile_for
from agent.profiles.skills import SKILLS, own_skills
from agent.research.observations import observation_message
from agent.research.tools import UNKNOWN_ADDRESS, ToolResult
from domain.errors import NotFound
from domain.research import Observation, Source, SourceKind, ToolCall, ToolName
from tests.fakes.search import NOW

GOLDEN: Mapping[str, Any] = json.loads(
    (Path(__file__).parent.parent / "data" / "agents" / "observations.json").read_text()
)
INPUTS: Mapping[str, Any] = GOLDEN["inputs"]
TRAINED = (GEN_SEARCHER, GENEVOLVE)


def result(
    sources: Sequence[Source],
    *,
    blocks: Sequence[Sequence[str]] = (),
    problems: Sequence[str] = (),
    unavailable: Sequence[str] = (),
) -> ToolResult:
    ids = tuple(source.id for source in sources)
    return ToolResult(
        Observation(ids, "", tuple(problems)),
        tuple(sources),
        NOW,
        NOW,
        unavailable=tuple(unavailable),
        listed=ids,
        blocks=tuple(tuple(block) for block in blocks),
    )


def page(number: int, about: Mapping[str, str]) -> Source:
    link = about["link"]
    text = about["snippet"]
    return Source(
        f"S{number}", SourceKind.PAGE, "p", about["title"], link, link, NOW, "a", text=text
    )


def a_picture(img_id: str, about: Mapping[str, str]) -> Source:
    url, title = about["url"], about["title"]
    place = about.get("page_url", url)
    return Source(img_id, SourceKind.PICTURE, "p", title, url, place, NOW, img_id, img_id=img_id)


async def written(
    profile: AgentProfile, call: ToolCall, found: ToolResult, summary: str | None = None
) -> Message:
    async def shown(source: Source) -> bytes:
        return source.sha256.encode()

    return await observation_message(
        call, found, shown=shown, calls_left=3, summary=summary, listed=found.sources,
        profile=profile,
    )  # fmt: skip


def searched() -> tuple[ToolCall, ToolResult]:
    """The golden search of three queries."""
    sources: list[Source] = []
    blocks: list[list[str]] = []
    for _query, hits in INPUTS["searches"]:
        blocks.append([])
        for hit in hits:
            sources.append(page(len(sources) + 1, hit))
            blocks[-1].append(sources[-1].id)
    queries = [query for query, _hits in INPUTS["searches"]]
    return ToolCall(ToolName.SEARCH, {"queries": queries}), result(sources, blocks=blocks)


def pictured(number: int) -> tuple[ToolCall, ToolResult]:
    """One of the golden picture searches; the second shows a picture again."""
    ids = (("IMG_001", "IMG_002"), ("IMG_001", "IMG_003"))[number]
    query, found = INPUTS["pictures"][number]
    sources = [a_picture(img_id, about) for img_id, about in zip(ids, found, strict=True)]
    return ToolCall(ToolName.IMAGE_SEARCH, {"query": query}), result(sources)


@pytest.mark.parametrize("profile", TRAINED, ids=lambda p: p.name)
async def test_a_search_is_answered_byte_for_byte(profile: AgentProfile) -> None:
    call, found = searched()
    message = await written(profile, call, found)
    assert message == Message("user", GOLDEN[profile.name]["search"])
    assert await sent(message) == message.text


async def sent(message: Message) -> object:
    """What a server gets of a message."""
    body = b"".join([piece async for piece in CompletionRequest({"model": "m"}, [message])])
    return json.loads(body)["messages"][0]["content"]


@pytest.mark.parametrize("profile", TRAINED, ids=lambda p: p.name)
@pytest.mark.parametrize("number", [0, 1])
async def test_a_picture_search_is_answered_byte_for_byte(
    profile: AgentProfile, number: int
) -> None:
    call, found = pictured(number)
    golden: str = GOLDEN[profile.name]["image_search"][number]
    paths = [about["local_path"] for about in INPUTS["pictures"][number][1]]
    message = await written(profile, call, found)
    lines = message.text.split("\n")
    places = [n for n, line in enumerate(lines) if line.startswith("  local_path: ")]
    for place, path in zip(places, paths, strict=True):
        lines[place] = f"  local_path: {path}"
    assert "\n".join(lines) == golden
    assert await sent(Message("user", message.text)) == message.text


async def test_the_names_of_files_are_made_as_each_agent_makes_them() -> None:
    call, found = pictured(0)
    told = (await written(GEN_SEARCHER, call, found)).text
    digest = hashlib.md5(b"https://img.example.org/1.jpg", usedforsecurity=False).hexdigest()
    assert f"  local_path: saved_img/{digest}.jpg\n" in told
    told = (await written(GENEVOLVE, call, found)).text
    digest = hashlib.sha1(b"https://img.example.org/2.png", usedforsecurity=False).hexdigest()
    assert f"  local_path: /tmp/genevolve_images/{digest[:24]}.png\n" in told


async def test_five_of_the_listed_pictures_go_along_also_again() -> None:
    about = {"title": "t", "url": "https://x.org/1.jpg", "page_url": "https://x.org/"}
    sources = [a_picture(f"IMG_{n:03d}", about) for n in range(1, 9)]
    found = replace(result(sources), sources=tuple(sources[6:]))
    call = ToolCall(ToolName.IMAGE_SEARCH, {"query": "x"})

    async def told(profile: AgentProfile) -> Message:
        async def shown(source: Source) -> bytes:
            if source.img_id == "IMG_002":
                raise NotFound("picture", source.id)
            return source.sha256.encode()

        return await observation_message(
            call, found, shown=shown, calls_left=1, listed=sources, profile=profile
        )

    trained, ours = await told(GEN_SEARCHER), await told(LIMNER)
    assert trained.text.count("IMG_0") == 8
    assert trained.images == (b"IMG_001", b"IMG_003", b"IMG_004", b"IMG_005")
    assert ours.images == (b"IMG_007", b"IMG_008")
    assert (await told(GENEVOLVE)).images == ()


NOTHING = {
    "gen-searcher": (
        "--- search result for [\"Big\" o'clock] ---\nNo results for 'Big oclock'.\n"
        "--- end of search result ---"
    ),
    "genevolve": '--- search result for ["Big" o\'clock] ---\n--- end of search result ---',
}


@pytest.mark.parametrize("profile", TRAINED, ids=lambda p: p.name)
async def test_a_search_without_results(profile: AgentProfile) -> None:
    call = ToolCall(ToolName.SEARCH, {"queries": ['"Big" o\'clock']})
    message = await written(profile, call, result([], blocks=[[]]))
    assert message.text == f"<tool_response>\n{NOTHING[profile.name]}\n</tool_response>"


async def test_a_picture_search_without_results() -> None:
    call = ToolCall(ToolName.IMAGE_SEARCH, {"query": "a b"})
    told = (await written(GEN_SEARCHER, call, result([]))).text
    assert told.startswith("<tool_response>\n[ImageSearch] No image results found for 'a b'.")
    assert "<= 3 words" in told
    told = (await written(GENEVOLVE, call, result([]))).text
    assert told == (
        "<tool_response>\n--- image search result for [a b] ---\n--- end of image search result "
        "---\n</tool_response>"
    )


async def test_nobody_answering_is_another_thing_than_nothing_found() -> None:
    down = result([], blocks=[[]], problems=["serper didn't answer."], unavailable=["serper"])
    call = ToolCall(ToolName.SEARCH, {"queries": ["a"]})
    told = (await written(GEN_SEARCHER, call, down)).text
    assert "\nSearch failed for 'a': serper didn't answer.\n" in told
    told = (await written(GENEVOLVE, call, down)).text
    assert told.split("\n")[1] == "--- search error for [a]: serper didn't answer. ---"


async def test_a_page_is_answered_with_what_it_says_alone() -> None:
    call = ToolCall(ToolName.BROWSE, {"url": "https://x.org/", "query": "height"})
    source = page(1, {"title": "T", "link": "https://x.org/", "snippet": "It is 9 m high."})
    told = await written(GEN_SEARCHER, call, result([source]), "It is nine metres high.\nRed.")
    assert told.text == "<tool_response>\nIt is nine metres high.\nRed.\n</tool_response>"
    failed = await written(GEN_SEARCHER, call, result([], problems=["it answered 404"]))
    assert failed.text == "<tool_response>\nBrowse error. Please try again.\n</tool_response>"
    refused = await written(GEN_SEARCHER, call, result([], problems=[UNKNOWN_ADDRESS]))
    assert refused.text == f"<tool_response>\nBrowse error. {UNKNOWN_ADDRESS}\n</tool_response>"


async def test_a_guide_is_given_by_its_name() -> None:
    call = ToolCall(ToolName.QUERY_KNOWLEDGE, {"skill_name": "text_rendering"})
    told = await written(GENEVOLVE, call, result([]))
    guide = own_skills()["text_rendering"]
    assert told.text == (
        "<tool_response>\n## Skill Guidance\n\n=== Skill: text_rendering ===\n"
        f"{guide}\n</tool_response>"
    )
    unknown = replace(call, arguments={"skill_name": "cooking"})
    told = await written(GENEVOLVE, unknown, result([]))
    assert told.text == (
        f"<tool_response>\nUnknown skill 'cooking'. Available skills: {', '.join(SKILLS)}\n"
        "</tool_response>"
    )


@pytest.mark.parametrize("title", ["NASA", "BBC", "IMG_001", "A [1] B", "F_1"])
async def test_the_brackets_of_the_format_stay_whatever_stands_in_them(title: str) -> None:
    source = page(1, {"title": title, "link": "https://x.org/", "snippet": "x"})
    call = ToolCall(ToolName.SEARCH, {"queries": ["NASA"]})
    told = (await written(GEN_SEARCHER, call, result([source], blocks=[["S1"]]))).text
    assert f"--- search result for [NASA] ---\n[{title}](https://x.org/) x\n" in told


@pytest.mark.parametrize("title", ["INST", "/INST", "TOOL_CALLS", "SYSTEM_PROMPT", "gMASK"])
async def test_no_bracket_makes_a_word_of_a_chat_template(title: str) -> None:
    source = page(1, {"title": title, "link": "https://x.org/", "snippet": f"[{title}](https://x"})
    call = ToolCall(ToolName.SEARCH, {"queries": [title]})
    told = (await written(GEN_SEARCHER, call, result([source], blocks=[["S1"]]))).text
    assert f"[{title}]" not in told


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("Gen-Searcher-8B", "gen-searcher"),
        ("GenSearcher/Gen-Searcher-SFT-8B", "gen-searcher"),
        ("gen_searcher", "gen-searcher"),
        ("MeiGen-AI/GenEvolve", "genevolve"),
        ("genevolve-8b", "genevolve"),
        ("Qwen3-VL-8B-Instruct", "limner"),
        ("", "limner"),
    ],
)
def test_the_profile_follows_the_name_of_the_model(name: str, profile: str) -> None:
    assert profile_for([name]).name == profile


def test_a_profile_says_all_that_its_agent_must_know() -> None:
    for profile in PROFILES.values():
        prompt = profile.system_prompt(calls=8, references=3, today="2026-11-25")
        for tool in profile.tools:
            assert f'"name": "{tool.value}"' in prompt
        assert "{" + "calls}" not in prompt
        assert "At most 8 tool calls" in prompt
        assert profile.described() == {"profile": profile.name, "texts": "built in"}
    for profile in TRAINED:
        assert "FINAL STEP" in profile.texts.forced
        assert "FINAL STEP" in profile.texts.system
        assert "RESPONSE TOO LONG" in profile.texts.cut_off
        assert "RESPONSE TOO LONG" in profile.texts.system
    assert GEN_SEARCHER.texts.malformed.startswith("Error: Invalid format.")
    assert GENEVOLVE.texts.malformed.startswith("<tool_response>\nFormat error:")
    for skill in SKILLS:
        assert skill in GENEVOLVE.system_prompt(calls=10, references=2, today="2026-11-25")


def test_the_date_follows_as_in_training() -> None:
    today = INPUTS["date"]
    told = GEN_SEARCHER.system_prompt(calls=8, references=5, today=today, template="Last line.\n ")
    assert told == f"Last line.\n {today}"
    told = GEN_SEARCHER.system_prompt(calls=8, references=5, today=today)
    assert told.endswith(f".\n {today}")
    told = GENEVOLVE.system_prompt(calls=8, references=5, today=today, template="Last line.\n")
    assert told == "Last line.\n"
    assert LIMNER.system_prompt(calls=8, references=5, today=today).endswith(f"Today is {today}")
