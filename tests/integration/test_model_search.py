"""What a model searches reaches it, and what was found before is named again."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydantic import TypeAdapter

from agent.ports import Message, SearchProvider
from agent.providers.matching import coverage
from agent.research.observations import observation_message
from agent.research.tools import SearchTools, ToolResult, ToolSession
from domain.research import Source, ToolCall, ToolName
from evaluation.peers.values import a_job, a_request
from tests.fakes.search import MemoryDecoder, MemoryFetcher, MemoryPictures, MemoryProvider

QUESTION = "which mascot stood beside the stadium at the closing night"
PAGES = {f"Which result {n}": f"Number {n} tells of a fox." for n in range(9)}


class Finds(MemoryProvider):
    """Gives everything it has for any query, as an engine that understands questions does."""

    def _titles(self, known: Mapping[str, object], query: str) -> list[str]:
        self.asked.append(query)
        return list(known)


def a_session(*providers: SearchProvider) -> ToolSession:
    tools = SearchTools(
        providers=providers,
        fetcher=MemoryFetcher(),
        decoder=MemoryDecoder(),
        pictures=MemoryPictures(),
    )
    return tools.session(a_job(request=a_request(prompt="x", attachments=())))


async def said(session: ToolSession, call: ToolCall) -> tuple[ToolResult, Message]:
    """A call's result, and its text for the model."""
    result = await session.run(call)
    session.absorb(result)
    message = await observation_message(
        call, result, shown=session.shown, calls_left=3, listed=session.listed(result)
    )
    return result, message


def search(query: str, top_k: int = 5) -> ToolCall:
    return ToolCall(ToolName.SEARCH, {"queries": [query], "top_k": top_k})


def pictures(query: str) -> ToolCall:
    return ToolCall(ToolName.IMAGE_SEARCH, {"query": query, "top_k": 3})


def titles(sources: tuple[Source, ...]) -> list[str]:
    return [source.title for source in sources]


@pytest.mark.parametrize("query", [QUESTION, "闭幕之夜站在体育场旁边的吉祥物", "wer stand da?"])
async def test_a_model_gets_what_the_engine_found_in_its_order(query: str) -> None:
    engine = Finds(name="serper", local=False, alternative=True, page_texts=PAGES)
    result, message = await said(a_session(engine), search(query))
    assert titles(result.sources) == list(PAGES)[:5]
    assert "Nothing was found" not in message.text


async def test_a_planner_gets_only_what_speaks_of_its_subject() -> None:
    engine = Finds(
        name="serper", local=False, alternative=True, page_texts={**PAGES, "Owl": "An owl"}
    )
    result = await a_session(engine).run(search("Owl"), by_words=True)
    assert titles(result.sources) == ["Owl"]


async def test_the_library_does_not_crowd_out_the_web() -> None:
    shelf = {f"Night {n}": f"Another night, number {n}." for n in range(5)}
    library = Finds(page_texts=shelf)
    engine = Finds(name="serper", local=False, alternative=True, page_texts=PAGES)
    result = await a_session(library, engine).run(search(QUESTION))
    assert titles(result.sources) == list(PAGES)[:5]
    alone = await a_session(Finds(page_texts=shelf)).run(search(QUESTION))
    assert titles(alone.sources) == list(shelf)


async def test_every_provider_has_its_share() -> None:
    one = Finds(name="wikipedia", local=False, page_texts={"A 1": "a", "A 2": "b", "A 3": "c"})
    two = Finds(name="serper", local=False, alternative=True, page_texts=PAGES)
    result = await a_session(one, two).run(search(QUESTION, top_k=3))
    assert titles(result.sources) == ["A 1", "A 2", "Which result 0"]


async def test_pages_that_were_found_before_are_named_again() -> None:
    engine = Finds(name="serper", local=False, alternative=True, page_texts={"Fox": "A red fox."})
    session = a_session(engine)
    first, told = await said(session, search("fox"))
    again, told_again = await said(session, search("red animal"))
    assert (len(first.sources), again.sources) == (1, ())
    assert again.observation.source_ids == ("S1",)
    assert again.observation.summary.startswith("1 page: Fox")
    assert again.observation.dropped == 0
    for message in (told, told_again):
        assert "1. title: Fox" in message.text
        assert "snippet: A red fox." in message.text


async def test_pictures_that_were_shown_before_are_named_by_their_ids() -> None:
    seeds = {"Fox": 1, "Owl": 2}
    engine = Finds(name="serper", local=False, alternative=True, picture_seeds=seeds)
    session = a_session(engine)
    await said(session, pictures("fox"))
    engine.picture_seeds = {"Fox again": 1, "Bee": 3}
    result, message = await said(session, pictures("bee"))
    assert [source.img_id for source in result.sources] == ["IMG_003"]
    assert [line for line in message.text.splitlines() if line.startswith("IMG_")] == [
        "IMG_003: title: Bee",
        "IMG_001: title: Fox",
    ]
    assert len(message.images) == 1
    engine.picture_seeds = {"Fox once more": 1}
    nothing_new, message = await said(session, pictures("vixen"))
    assert (nothing_new.sources, nothing_new.observation.source_ids) == ((), ("S1",))
    assert "No picture was found" not in message.text


async def test_a_result_that_was_kept_before_ids_were_listed_is_read() -> None:
    session = a_session(Finds(page_texts={"Fox": "A red fox."}))
    shape = TypeAdapter(ToolResult)
    kept = shape.dump_python(await session.run(search("fox")), mode="json")
    del kept["listed"]
    result = shape.validate_python(kept)
    session.absorb(result)
    assert titles(session.listed(result)) == ["Fox"]


def test_a_phrase_without_blanks_need_not_stand_whole() -> None:
    assert coverage("闭幕式上，吉祥物站在体育场旁边。", "体育场旁边的吉祥物") >= 0.6
    assert coverage("富士山は日本一高い山です", "東京から見た富士山の写真") < 0.6
    assert coverage("天气很好", "体育场旁边的吉祥物") == 0
