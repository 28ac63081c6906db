"""The tools ask every provider, keep what is owed to authors, and survive a crash."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from agent.ports import PictureHit, SearchProvider
from agent.research import time_limits
from agent.research.metering import MeteredProvider
from agent.research.tools import SearchTools, ToolResult, ToolSession
from agent.research.trajectory import TrajectoryRecorder
from domain.errors import InvalidRequest
from domain.requests import Rights
from domain.research import Source, SourceKind, Spending, ToolCall, ToolName
from evaluation.peers.values import a_job, a_request
from tests.fakes.search import (
    MemoryDecoder,
    MemoryFetcher,
    MemoryNotebook,
    MemoryPictures,
    MemoryProvider,
    MemorySteps,
)
from tests.fakes.web import picture

BRIDGE = ToolCall(ToolName.IMAGE_SEARCH, {"query": "bridge"})
TOWER = ToolCall(ToolName.IMAGE_SEARCH, {"query": "tower"})


class World:
    """Tools over given providers, and what they reach."""

    def __init__(self, *providers: MemoryProvider) -> None:
        self.fetcher = MemoryFetcher()
        self.pictures = MemoryPictures()
        given: list[SearchProvider] = [*providers]
        self.tools = SearchTools(
            providers=given,
            fetcher=self.fetcher,
            decoder=MemoryDecoder(),
            pictures=self.pictures,
        )

    def session(self, *, prompt: str = "x", rights: Rights = Rights.ANY) -> ToolSession:
        request = a_request(prompt=prompt, attachments=(), rights=rights)
        return self.tools.session(a_job(request=request))


async def taken(session: ToolSession, call: ToolCall) -> ToolResult:
    result = await session.run(call)
    session.absorb(result)
    return result


def facts(sources: tuple[Source, ...]) -> list[tuple[str, str | None, str, str]]:
    return [(s.id, s.img_id, s.title, s.sha256) for s in sources]


async def test_a_picture_keeps_author_license_time_and_the_hash_of_its_blob() -> None:
    world = World(MemoryProvider(name="commons", local=False, picture_seeds={"Bridge": 1}))
    (source,) = (await world.session().run(BRIDGE)).sources
    kept = world.pictures.kept["w1", source.sha256]
    assert hashlib.sha256(kept).hexdigest() == source.sha256
    assert (source.author, source.license) == ("Ann Author", "CC0 1.0")
    assert source.fetched_at.tzinfo is not None
    assert source.phash


async def test_a_page_is_hashed_as_the_text_that_was_read() -> None:
    world = World(MemoryProvider(page_texts={"Bridge": "The bridge is née orange."}))
    result = await world.session().run(ToolCall(ToolName.SEARCH, {"queries": ["bridge"]}))
    (source,) = result.sources
    assert source.sha256 == hashlib.sha256((source.text or "").encode()).hexdigest()


async def test_a_picture_of_the_library_is_read_from_its_blob_and_not_fetched() -> None:
    library = MemoryProvider(picture_seeds={"Bridge": 1})
    world = World(library)
    library.blobs["Bridge"] = await world.pictures.put("w1", picture(1))
    (source,) = (await world.session().run(BRIDGE)).sources
    assert source.sha256 == library.blobs["Bridge"]
    assert world.fetcher.read == []


async def test_a_blob_of_another_workspace_is_out_of_reach() -> None:
    library = MemoryProvider(picture_seeds={"Bridge": 1})
    world = World(library)
    library.blobs["Bridge"] = await world.pictures.put("w2", picture(1))
    result = await world.session().run(BRIDGE)
    assert result.sources == ()
    assert result.observation.dropped == 1
    assert result.observation.problems == ("Bridge: its bytes are gone",)


async def test_the_next_provider_answers_for_one_that_fails() -> None:
    down = MemoryProvider(name="first", local=False, down=True)
    world = World(down, MemoryProvider(name="second", picture_seeds={"Bridge": 1, "Tower": 2}))
    session = world.session()
    result = await taken(session, BRIDGE)
    assert [s.provider for s in result.sources] == ["second"]
    assert "The search provider 'first' didn't answer: it is down." in (result.observation.problems)
    assert (result.unavailable, result.asked) == (("first",), ("second",))
    assert (await taken(session, TOWER)).observation.problems == ()
    assert down.asked == ["bridge"], "a provider that failed is not asked again"


async def test_the_next_engine_is_asked_only_when_the_one_before_gave_nothing() -> None:
    def engine(name: str) -> MemoryProvider:
        return MemoryProvider(name=name, local=False, alternative=True, picture_seeds={"Bridge": 1})

    down, first, second = engine("serper"), engine("brave"), engine("tavily")
    down.down = True
    empty = MemoryProvider(name="searxng", local=False, alternative=True)
    beside = MemoryProvider(name="commons", local=False, picture_seeds={"Bridge in fog": 2})
    result = await World(down, empty, first, beside, second).session().run(BRIDGE)
    asked = [len(p.asked) for p in (down, empty, first, beside, second)]
    assert asked == [1, 1, 1, 1, 0]
    assert [s.provider for s in result.sources] == ["brave", "commons"]
    assert result.unavailable == ("serper",)


async def test_a_call_says_how_many_results_it_wants() -> None:
    seeds = {f"Bridge {n}": n for n in range(1, 8)}
    texts = {f"Bridge {n}": f"Bridge number {n}." for n in range(1, 8)}
    world = World(MemoryProvider(picture_seeds=seeds, page_texts=texts))
    two = replace(BRIDGE, arguments={"query": "bridge", "top_k": 2})
    for call, most in ((BRIDGE, 4), (two, 2)):
        assert len((await world.session().run(call)).sources) == most
    pages = ToolCall(ToolName.SEARCH, {"queries": ["bridge"], "top_k": 5})
    assert len((await world.session().run(pages)).sources) == 5
    with pytest.raises(InvalidRequest, match="top_k"):
        await world.session().run(replace(pages, arguments={"queries": ["x"], "top_k": 50}))


class Meter:
    """Counts in memory."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    async def count(self, name: str) -> int:
        self.calls[name] += 1
        return self.calls[name]


async def test_calls_are_counted_and_end_when_the_limit_of_the_day_is_reached() -> None:
    meter, seeds = Meter(), {"Bridge": 1, "Tower": 2}
    inner = MemoryProvider(name="serper", local=False, picture_seeds=seeds)
    world = World()
    world.tools = SearchTools(
        providers=[MeteredProvider(inner, meter, most_a_day=2)],
        fetcher=world.fetcher,
        decoder=MemoryDecoder(),
        pictures=world.pictures,
    )
    first = await world.session().run(BRIDGE)
    assert first.calls == {"serper": 1}
    session, notebook = world.session(), MemoryNotebook()
    trail = TrajectoryRecorder(session, MemorySteps(), notebook, prices={"serper": 0.25})
    await trail.take("look", TOWER)
    assert notebook.spendings == {"hop-1:serper": Spending("search", "serper", "calls", 1, 0.25)}
    assert trail.spent_usd == 0.25
    third = await world.session().run(TOWER)
    assert third.unavailable == ("serper",)
    assert "today's limit of 2 calls has been reached" in third.observation.problems[0]
    assert len(inner.asked) == 2


async def test_the_order_of_the_settings_is_the_order_of_the_sources() -> None:
    one = MemoryProvider(name="one", picture_seeds={"Bridge": 1})
    two = MemoryProvider(name="two", picture_seeds={"Bridge": 2})
    for order in ((one, two), (two, one)):
        result = await World(*order).session().run(BRIDGE)
        assert [s.provider for s in result.sources] == [p.name for p in order]


async def test_rights_are_kept_before_anything_is_opened() -> None:
    web = MemoryProvider(name="web", local=False, license=None, picture_seeds={"Bridge": 1})
    for rights in (Rights.LICENSED, Rights.LIBRARY):
        world = World(web)
        result = await world.session(rights=rights).run(BRIDGE)
        assert result.sources == ()
        assert result.observation.dropped == 1
        assert world.fetcher.read == []


async def test_only_what_a_provider_has_is_asked_of_it() -> None:
    pages = MemoryProvider(name="pages", kinds=frozenset({SourceKind.PAGE}))
    pictures = MemoryProvider(name="pictures", kinds=frozenset({SourceKind.PICTURE}))
    session = World(pages, pictures).session()
    await session.run(BRIDGE)
    assert (pages.asked, pictures.asked) == ([], ["bridge"])


async def test_kept_results_rebuild_the_session() -> None:
    seeds = {"Bridge": 1, "Bridge again": 1, "Tower": 2, "Tower bridge": 1}
    world = World(MemoryProvider(picture_seeds=seeds))
    first = world.session()
    kept = await taken(first, BRIDGE)
    went_on = await taken(first, TOWER)
    shape = TypeAdapter(ToolResult)
    again = world.session()
    again.absorb(shape.validate_json(shape.dump_json(kept)))
    assert facts((await again.run(TOWER)).sources) == facts(went_on.sources)
    assert [s.img_id for s in (*kept.sources, *went_on.sources)] == ["IMG_001", "IMG_002"]


async def test_a_page_of_a_result_may_be_opened_and_no_other() -> None:
    world = World(MemoryProvider(name="web.example", page_texts={"Bridge": "A bridge in orange."}))
    session = world.session()
    browse = ToolCall(ToolName.BROWSE, {"url": "https://web.example/0"})
    assert (await taken(session, browse)).sources == ()
    assert world.fetcher.read == []
    await taken(session, ToolCall(ToolName.SEARCH, {"queries": ["bridge"]}))
    (page,) = (await taken(session, browse)).sources
    assert page.title == "The Tall Bridge"
    assert "orange vermilion" in (page.text or "")


async def test_a_provider_that_is_too_slow_becomes_a_note_and_the_others_are_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time_limits, "SOURCE_S", 0.2)
    slow = Hanging(name="slow", local=False, picture_seeds={"Bridge": 1})
    session = World(slow, MemoryProvider(name="quick", picture_seeds={"Bridge": 2})).session()
    result = await taken(session, BRIDGE)
    assert [source.provider for source in result.sources] == ["quick"]
    assert result.observation.problems == (
        "The search provider 'slow' didn't answer: it took longer than 0.2 s.",
    )
    assert slow.given_up


async def test_a_call_that_is_too_slow_ends_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limits, "HOP_S", 0.2)
    slow = Hanging(name="slow", local=False, picture_seeds={"Bridge": 1})
    result = await taken(World(slow).session(), BRIDGE)
    assert result.sources == ()
    assert result.observation.problems == ("It took longer than 0.2 s and was stopped.",)
    assert slow.given_up


class Hanging(MemoryProvider):
    """A provider that never answers."""

    given_up = False

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> list[PictureHit]:
        try:
            await asyncio.Event().wait()
        finally:
            self.given_up = True
        raise AssertionError
