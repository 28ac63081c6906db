"""Servers of open models behind one generator: what is sent along, which server is asked, what a
recipe says of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.generators import offered_generators
from app.settings import Settings
from domain.errors import InvalidRequest, RenderFailed
from domain.illustrations import Recipe
from domain.requests import AspectRatio
from domain.research import GroundedPrompt, Reference
from evaluation.peers.values import SHA, a_request
from generation.backends.addresses import REST_S, Addresses
from generation.registry import Renderers
from tests.fakes.inference_servers import InferenceServer, inference_server
from tests.fakes.web import picture


async def told(fraction: float, preview: bytes | None = None) -> None:
    assert 0 <= fraction <= 1
    assert preview is None


@asynccontextmanager
async def offered(tmp_path: Path, name: str, **about: Any) -> AsyncGenerator[Renderers]:
    """One generator as settings make it."""
    settings = Settings(data_dir=tmp_path, generators=(name,), generator=name, **about)
    renderers = Renderers(default=name, offered=offered_generators(settings))
    try:
        yield renderers
    finally:
        await renderers.aclose()


async def planned(
    renderers: Renderers, *, references: int = 0, prompt: str = "a red cat"
) -> Recipe:
    name = renderers.offered[0].name
    await renderers.prepare(name)
    known = tuple(Reference(f"IMG_{n:03d}", SHA, "n", f"T{n}") for n in range(1, references + 1))
    request = a_request(aspect=AspectRatio.parse("1:1"), attachments=())
    grounded = GroundedPrompt(prompt, known)
    return renderers.plan(request, grounded, (), generator=name, seed=7)


async def draw(renderers: Renderers, *, references: int = 0) -> Recipe:
    recipe = await planned(renderers, references=references)
    pictures = [picture(n) for n in range(references)]
    await renderers.render(recipe, pictures, progress=told)
    return recipe


def sent(server: InferenceServer) -> list[Mapping[str, Any]]:
    return [request.model_dump(exclude_none=True) for request in server.asked]


@pytest.mark.parametrize("software", ["vllm-omni", "sglang"])
async def test_text_and_edits_have_servers_and_settings_of_their_own(
    tmp_path: Path, software: str
) -> None:
    async with (
        inference_server(software) as words,
        inference_server(software, model="Qwen/Qwen-Image-Edit-2511") as edits,
        offered(
            tmp_path,
            "openai-images",
            openai_images_base_url=words.base_url,
            openai_images_model="Qwen/Qwen-Image",
            openai_images_edit_base_url=edits.base_url,
            openai_images_edit_model="Qwen/Qwen-Image-Edit-2511",
        ) as renderers,
    ):
        recipe = await draw(renderers)
        edited = await draw(renderers, references=2)
    [text] = sent(words)
    [edit] = sent(edits)
    always = {
        "prompt": "a red cat",
        "seed": 7,
        "generator_device": "cpu",
        "negative_prompt": " ",
        "true_cfg_scale": 4.0,
        "response_format": "b64_json",
        "output_format": "png",
        "n": 1,
    }
    assert text == {
        **always,
        "model": "Qwen/Qwen-Image",
        "num_inference_steps": 50,
        "size": text["size"],
    }
    assert edit == {
        **always,
        "prompt": edit["prompt"],
        "model": "Qwen/Qwen-Image-Edit-2511",
        "num_inference_steps": 40,
        "size": edit["size"],
    }
    assert (recipe.revision, edited.revision) == ("Qwen/Qwen-Image", "Qwen/Qwen-Image-Edit-2511")
    owner, number = ("vllm", "0.30.0") if software == "vllm-omni" else ("sglang", "0.5.9")
    assert recipe.versions["server"] == f"{owner} {number}"


async def test_upstreams_server_gets_the_settings_of_its_model(tmp_path: Path) -> None:
    async with (
        inference_server("upstream") as server,
        offered(
            tmp_path, "qwen-edit-server", qwen_edit_server_base_url=server.base_url
        ) as renderers,
    ):
        await draw(renderers, references=2)
    [body] = sent(server)
    assert (body["seed"], body["true_cfg_scale"], body["negative_prompt"]) == (7, 4.0, " ")
    assert (body["num_inference_steps"], len(body["image_urls"])) == (40, 2)


LONG = "A red cat. " + "It sits on a very old wooden chair in the sun. " * 200 + "No dogs."


@pytest.mark.parametrize(("model", "limit"), [("Qwen/Qwen-Image", 1019), ("our/klein", 20_000)])
async def test_a_servers_model_gets_no_more_of_a_prompt_than_it_reads(
    tmp_path: Path, model: str, limit: int
) -> None:
    async with (
        inference_server("sglang", model=model) as server,
        offered(
            tmp_path,
            "openai-images",
            openai_images_base_url=server.base_url,
            openai_images_model=model,
        ) as renderers,
    ):
        recipe = await planned(renderers, prompt=LONG)
        old = replace(recipe, prompt=LONG, parameters={})
        drawn = await renderers.render(old, [], progress=told)
    assert recipe.revision == model
    reads_all = limit > len(LONG)
    assert (recipe.prompt == LONG) is reads_all
    assert ("left_out" in recipe.parameters) is not reads_all
    [body] = sent(server)
    assert body["prompt"] == recipe.prompt
    assert recipe.prompt.endswith("No dogs.")
    if not reads_all:
        assert f"openai-images reads {limit}" in recipe.parameters["notes"][0]
        assert list(drawn.notes) == recipe.parameters["notes"]


async def test_what_a_server_tells_of_its_model_decides_what_is_planned(tmp_path: Path) -> None:
    async with (
        inference_server("sglang", model="our/qwen", task="T2I") as server,
        offered(
            tmp_path,
            "openai-images",
            openai_images_base_url=server.base_url,
            openai_images_model="our/qwen",
        ) as renderers,
    ):
        recipe = await planned(renderers, references=1)
        assert recipe.references == ()
        assert "described in words instead" in recipe.parameters["notes"][0]
        long = await planned(renderers, prompt=LONG)  # by the class of its pipeline
        assert "reads 1019" in long.parameters["notes"][0]


async def test_a_server_that_only_edits_is_not_asked_for_words_alone(tmp_path: Path) -> None:
    async with (
        inference_server("sglang", model="our/edit", task="I2I") as server,
        offered(
            tmp_path,
            "openai-images",
            openai_images_base_url=server.base_url,
            openai_images_model="our/edit",
        ) as renderers,
    ):
        with pytest.raises(InvalidRequest, match="only edits pictures"):
            await planned(renderers)
        assert (await planned(renderers, references=1)).references


async def test_a_server_without_a_named_model_draws_with_the_one_it_has(tmp_path: Path) -> None:
    """Its authors' steps and guidance, a seed and a negative prompt: nothing of OpenAI's model."""
    async with (
        inference_server("vllm-omni", model="Qwen/Qwen-Image-2512") as server,
        offered(tmp_path, "openai-images", openai_images_base_url=server.base_url) as renderers,
    ):
        recipe = await draw(renderers)
        await renderers.render(replace(recipe, parameters={}), [], progress=told)
    first, second = sent(server)
    assert first["model"] == second["model"] == "Qwen/Qwen-Image-2512"
    assert (first["negative_prompt"], first["seed"], second["seed"]) == (" ", 7, 7)
    assert (first["num_inference_steps"], first["true_cfg_scale"]) == (50, 4.0)
    assert recipe.revision == "Qwen/Qwen-Image-2512"
    license_name = renderers.offered[0].capabilities.license
    assert license_name == "not stated"


async def test_a_providers_key_and_price_stay_with_it_when_edits_are_drawn_elsewhere(
    tmp_path: Path,
) -> None:
    async with (
        inference_server("sglang", model="Qwen/Qwen-Image-Edit-2511") as edits,
        offered(
            tmp_path,
            "openai-images",
            openai_images_api_key="sk-paid",
            openai_images_edit_base_url=edits.base_url,
        ) as renderers,
    ):
        recipe = await planned(renderers, references=1)
        drawn = await renderers.render(recipe, [picture(1)], progress=told)
    [edit] = sent(edits)
    assert edit["model"] == "Qwen/Qwen-Image-Edit-2511"
    assert (edit["num_inference_steps"], edit["true_cfg_scale"], edit["seed"]) == (40, 4.0, 7)
    assert edits.authorization == [""]
    assert drawn.cost_usd == 0.0
    assert not renderers.is_filtered("openai-images")


@asynccontextmanager
async def several(
    tmp_path: Path, count: int
) -> AsyncGenerator[tuple[Renderers, list[InferenceServer]]]:
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(inference_server("sglang")) for _ in range(count)
        ]
        addresses = ", ".join(server.base_url for server in servers)
        about = {"openai_images_base_url": addresses, "openai_images_model": "Qwen/Qwen-Image"}
        renderers = await stack.enter_async_context(offered(tmp_path, "openai-images", **about))
        yield renderers, servers


async def test_the_least_busy_server_draws(tmp_path: Path) -> None:
    async with several(tmp_path, 2) as (renderers, (first, second)):
        first.hold = asyncio.Event()
        waiting = asyncio.create_task(draw(renderers))
        await first.reached.wait()
        await draw(renderers)
        await draw(renderers)
        assert (len(first.asked), len(second.asked)) == (0, 2)
        first.hold.set()
        await waiting
        assert len(first.asked) == 1
        assert "127.0.0.1" in await renderers.examine("openai-images")


async def test_another_server_is_asked_when_one_fails(tmp_path: Path) -> None:
    async with several(tmp_path, 2) as (renderers, (first, second)):
        first.fails = [503]
        await draw(renderers)
        await draw(renderers)  # the one that failed rests
        assert (len(first.asked), len(second.asked)) == (0, 2)
        first.fails, second.fails = [503, 503], [503, 503]
        with pytest.raises(RenderFailed, match="answered 503"):
            await draw(renderers)


def test_a_server_that_failed_rests_unless_it_is_the_only_one() -> None:
    now = [0.0]
    addresses = Addresses(("a", "b"), clock=lambda: now[0])
    addresses.failed("a")
    for _ in range(3):
        with addresses.least_busy() as chosen:
            assert chosen == "b"
    addresses.failed("b")
    with addresses.least_busy() as chosen:
        assert chosen == "a"
    now[0] = REST_S + 1
    with addresses.least_busy() as one, addresses.least_busy() as other:
        assert {one, other} == {"a", "b"}
    with Addresses(("only",)).least_busy(["only"]) as chosen:
        assert chosen == "only"
