"""The catalogue against a hub and services of our own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp import web

from generation.catalogue import CATALOGUE
from generation.catalogue_check import CatalogueFinding, check_catalogue
from generation.image_services.registry import IMAGE_SERVICES

GONE = "zai-org/GLM-Image"
RENAMED = "lightx2v/Qwen-Image-2512-Lightning"
GATED = "black-forest-labs/FLUX.2-dev"


@asynccontextmanager
async def a_hub() -> AsyncGenerator[str]:
    """A hub that has every model but one, and a service with lists of models."""

    async def model(request: web.Request) -> web.Response:
        source = request.match_info["source"]
        if source == GONE:
            return web.json_response({"error": "Repository not found"}, status=404)
        if source == GATED and request.headers.get("Authorization") != "Bearer hf_x":
            return web.json_response({"error": "gated"}, status=401)
        files = ["model_index.json", "README.md"]
        for generator in CATALOGUE.values():
            models = filter(None, (generator.text, generator.edit))
            loras = [model.distilled for model in models if model.distilled]
            files += [lora.file for lora in loras if lora.source == source != RENAMED]
        return web.json_response({"id": source, "siblings": [{"rfilename": f} for f in files]})

    async def openai(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer k"
        return web.json_response({"data": [{"id": "gpt-image-2"}]})

    async def gemini(_request: web.Request) -> web.Response:
        return web.json_response({"models": [{"name": "models/gemini-9-image"}]})

    application = web.Application()
    application.router.add_get("/api/models/{source:.+}", model)
    application.router.add_get("/v1/models", openai)
    application.router.add_get("/v1beta/models", gemini)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_models_that_are_gone_and_renamed_files_are_reported() -> None:
    async with a_hub() as hub:
        spec = IMAGE_SERVICES["openai-images"].service
        services = {
            "openai-images": replace(spec, base_url=f"{hub}/v1", api_key="k"),
            "gemini-image": replace(
                IMAGE_SERVICES["gemini-image"].service, base_url=hub, api_key="k"
            ),
            "seedream": IMAGE_SERVICES["seedream"].service,
        }
        findings = await check_catalogue(services, hub=hub, token="hf_x")
        without = await check_catalogue({}, hub=hub)
    by_place = {finding.place: finding for finding in findings}
    trouble = {place: f.trouble for place, f in by_place.items() if f.trouble}
    assert trouble == {
        GONE: "isn't there, or HF_TOKEN can't access it",
        RENAMED: "has no Qwen-Image-2512-Lightning-4steps-V1.0-bf16.safetensors",
        "gemini-3.1-flash-image at 127.0.0.1": "has no model gemini-3.1-flash-image",
    }
    assert by_place["gpt-image-2 at 127.0.0.1"].asked
    [seedream] = [f for f in findings if f.name == "seedream"]
    assert not seedream.asked
    assert GATED in {f.place for f in without if f.trouble}


async def test_a_hub_that_cannot_be_reached_is_reported() -> None:
    findings = await check_catalogue({}, hub="http://127.0.0.1:9")
    assert all(finding.trouble.startswith("can't be reached") for finding in findings)
    assert CatalogueFinding("qwen-image", "Qwen/Qwen-Image", findings[0].trouble) in findings
