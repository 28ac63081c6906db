"""Pictures are kept as small as a model is shown them, until it chooses them."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from PIL import Image

from agent.model_clients.chat import ModelSettings, OpenAiChatModel
from agent.ports import Fetched
from agent.research.loop import LoopSettings, ModelResearcher
from agent.research.tools import SearchTools
from agent.sandbox import picture_worker
from domain.errors import FetchFailed
from domain.pictures import CheckedPicture
from domain.research import Research
from evaluation.peers.values import a_job, a_request
from tests.fakes.model_server import ModelServer, answer, model_server, turn
from tests.fakes.search import (
    NOW,
    Died,
    MemoryCache,
    MemoryDecoder,
    MemoryFetcher,
    MemoryNotebook,
    MemoryPictures,
    MemoryProvider,
    MemorySteps,
)
from tests.fakes.web import picture

SCRIPT = (
    turn("who", "search", queries=["Golden Gate Bridge"]),
    turn("look", "image_search", query="Golden Gate Bridge"),
    answer("The Golden Gate Bridge as in the first reference image.", "IMG_002"),
)


class LargePictures(MemoryFetcher):
    """Pictures of 1200 × 900 pixels; those that are ``gone`` or ``replaced`` were read before."""

    gone = replaced = False

    async def get(self, url: str, **named: Any) -> Fetched:
        if "/picture/" not in url:
            return await super().get(url, **named)
        self.read.append(url)
        seed = int(url.rpartition("/")[2])
        if self.gone and self.read.count(url) > 1:
            raise FetchFailed(url, "the site answered 404", status=404)
        if self.replaced and self.read.count(url) > 1:
            seed += 50
        return Fetched(url, 200, "image/jpeg", picture(seed, size=(1200, 900)), NOW)


class Decoder(MemoryDecoder):
    """Decodes as the worker processes do."""

    async def decode(self, data: bytes, *, max_pixels: int = 2_000_000) -> CheckedPicture:
        return (await self.decode_sizes(data, [max_pixels]))[0]

    async def decode_sizes(
        self, data: bytes, max_pixels: Sequence[int]
    ) -> tuple[CheckedPicture, ...]:
        found, bodies = picture_worker.run({"sizes": [*max_pixels]}, data)
        about: list[Mapping[str, Any]] = found["pictures"]
        phash, size = str(found["phash"]), found["original_size"]
        return tuple(
            CheckedPicture(
                data=bodies[int(each["body"])],
                media_type=str(each["media_type"]),
                width=int(each["width"]),
                height=int(each["height"]),
                phash=phash,
                original_size=size,
            )
            for each in about
        )


class World:
    """An agent whose pictures are kept small, and what it writes."""

    def __init__(self, server: ModelServer) -> None:
        self.fetcher = LargePictures()
        self.pictures = MemoryPictures()
        self.notebook = MemoryNotebook()
        self.steps = MemorySteps()
        self.model = OpenAiChatModel(ModelSettings((server.base_url,), "m", temperature=0.0))
        self._provider = MemoryProvider(
            page_texts={"Golden Gate Bridge": "The Golden Gate Bridge was opened in 1937."},
            picture_seeds={"Golden Gate Bridge": 1, "Golden Gate Bridge by night": 2},
        )

    async def research(self) -> Research:
        """Research as a process does that has just started."""
        tools = SearchTools(
            providers=[self._provider],
            fetcher=self.fetcher,
            decoder=Decoder(),
            pictures=self.pictures,
            shown=MemoryCache(),
            large_later=True,
        )
        agent = ModelResearcher(
            model=self.model,
            tools_for=lambda _job: tools,
            max_references=lambda _job: 5,
            decoder=Decoder(),
            pictures=self.pictures,
            settings=LoopSettings(),
        )
        job = a_job(request=a_request(prompt="the Golden Gate Bridge in fog", attachments=()))
        return await agent.research(job, steps=self.steps, notebook=self.notebook)

    def pixels(self, sha256: str) -> int:
        (data,) = (data for (_tenant, name), data in self.pictures.kept.items() if name == sha256)
        with Image.open(io.BytesIO(data)) as image:
            return image.width * image.height


@asynccontextmanager
async def a_world() -> AsyncGenerator[tuple[World, ModelServer]]:
    async with model_server(*SCRIPT) as server:
        world = World(server)
        try:
            yield world, server
        finally:
            await world.model.aclose()


async def test_only_what_was_chosen_is_made_large() -> None:
    async with a_world() as (world, server):
        research = await world.research()
    (reference,) = research.grounded.references
    sources = {source.img_id: source for source in research.sources if source.img_id}
    assert len(sources) == 2
    chosen, other = sources["IMG_002"], sources["IMG_001"]
    assert (chosen.width, chosen.height) == (1200, 900)
    assert reference.sha256 == chosen.sha256
    assert world.pixels(reference.sha256) == 1200 * 900
    assert 140_000 < world.pixels(other.sha256) <= 160_000
    _hop, kept = world.notebook.finished[2]
    assert tuple(kept) == tuple(s for s in research.sources if s.img_id)
    shown = [part for part in server.requests[2]["messages"][5]["content"] if "image_url" in part]
    for part in shown:
        data = base64.b64decode(part["image_url"]["url"].partition(",")[2])
        with Image.open(io.BytesIO(data)) as image:
            assert 140_000 < image.width * image.height <= 160_000


@pytest.mark.parametrize("finished_steps", range(6))
async def test_a_resumed_job_shows_and_chooses_the_same(finished_steps: int) -> None:
    async with a_world() as (world, server):
        undisturbed = await world.research()
        requests = list(server.requests)
    async with a_world() as (world, server):
        world.steps.dies_after = finished_steps
        with pytest.raises(Died):
            await world.research()
        world.steps.dies_after = None
        resumed = await world.research()
        assert server.requests[-1]["messages"] == requests[-1]["messages"]
    assert resumed.grounded == undisturbed.grounded
    assert [s.sha256 for s in resumed.sources] == [s.sha256 for s in undisturbed.sources]


@pytest.mark.parametrize("trouble", ["gone", "replaced"])
async def test_a_picture_that_cannot_be_had_any_more_stays_as_it_was_shown(trouble: str) -> None:
    async with a_world() as (world, _server):
        setattr(world.fetcher, trouble, True)
        research = await world.research()
    (reference,) = research.grounded.references
    assert 140_000 < world.pixels(reference.sha256) <= 160_000
    assert reference.sha256 in [source.sha256 for source in research.sources]


async def test_a_run_from_before_takes_no_further_step() -> None:
    async with a_world() as (world, _server):
        world.steps.before = {"large-references"}
        research = await world.research()
    assert "large-references" not in world.steps.ran
    assert len(research.grounded.references) == 1
