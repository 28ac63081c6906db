"""Inference servers for open models on loopback, which take exactly what the real ones take.

The fields and their ranges are those of public request models: ``ImageGenerationRequest`` of
vLLM-Omni (vllm_omni/entrypoints/openai/protocol/images.py) and ``ImageGenerationsRequest`` and the
form of ``/v1/images/edits`` of SGLang (sglang/multimodal_gen/runtime/entrypoints/openai). A request
with another field is answered with 422, although SGLang would let it pass.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tests.fakes.web import picture

STRICT = ConfigDict(extra="forbid")


class VllmOmniGeneration(BaseModel):
    """What vLLM-Omni's ``/v1/images/generations`` and ``/edits`` take of it."""

    model_config = STRICT
    prompt: str
    model: str | None = None
    n: int = Field(default=1, ge=1, le=10)
    size: str | None = Field(default=None, pattern=r"^\d+x\d+$")
    response_format: str = Field(default="b64_json", pattern="^(b64_json|file)$")
    negative_prompt: str | None = None
    num_inference_steps: int | None = Field(default=None, ge=1, le=200)
    guidance_scale: float | None = Field(default=None, ge=0, le=20)
    true_cfg_scale: float | None = Field(default=None, ge=0, le=20)
    seed: int | None = None
    generator_device: str | None = None
    output_format: str | None = Field(default=None, pattern="^(png|jpeg|webp)$")


class SglangGeneration(BaseModel):
    """What SGLang's ``/v1/images/generations`` and ``/edits`` take of it."""

    model_config = STRICT
    prompt: str
    model: str | None = None
    n: int | None = 1
    size: str | None = Field(default="1024x1024", pattern=r"^\d+x\d+$")
    response_format: str | None = Field(default="url", pattern="^(url|b64_json)$")
    output_format: str | None = Field(default=None, pattern="^(png|jpeg|webp)$")
    seed: int | None = None
    generator_device: str | None = Field(default="cuda", pattern="^(cpu|cuda)$")
    negative_prompt: str | None = None
    guidance_scale: float | None = None
    true_cfg_scale: float | None = None
    num_inference_steps: int | None = None


class UpstreamEdit(BaseModel):
    """What Gen-Searcher's own ``/generate`` takes (its documentation)."""

    model_config = STRICT
    image_urls: list[str] = Field(min_length=1, max_length=3)
    prompt: str
    seed: int = 0
    true_cfg_scale: float = 4.0
    negative_prompt: str = " "
    num_inference_steps: int = 40
    guidance_scale: float = 1.0
    num_images_per_prompt: int = 1


SOFTWARE: Mapping[str, tuple[type[BaseModel], str]] = {
    "vllm-omni": (VllmOmniGeneration, "0.30.0"),
    "sglang": (SglangGeneration, "0.5.9"),
    "upstream": (UpstreamEdit, ""),
}


@dataclass
class InferenceServer:
    """One running server; ``asked`` holds what it was asked, ``fails`` the next statuses."""

    software: str
    base_url: str = ""
    model: str = "Qwen/Qwen-Image"
    task: str = ""
    """SGLang's word for what the model does, such as T2I; with it come its pipeline's class and
    precision, as from ``DiffusionModelCard`` of its common_api.py."""
    asked: list[BaseModel] = field(default_factory=list[BaseModel])
    authorization: list[str] = field(default_factory=list[str])
    """The header of each of these requests; empty where there was none."""
    fails: list[int] = field(default_factory=list[int])
    hold: asyncio.Event | None = None
    """While it is set and not done, requests wait."""
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def draw(self, request: web.Request) -> web.Response:
        """A picture of the size that was asked for, or what the real server says of a mistake."""
        self.reached.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.fails:
            return web.json_response({"detail": "overloaded"}, status=self.fails.pop(0))
        plain: dict[str, Any] = {}
        if request.content_type == "application/json":
            plain = await request.json()
        else:
            form = await request.post()
            plain = {name: value for name, value in form.items() if name != "image"}
        try:
            read = SOFTWARE[self.software][0].model_validate(plain)
        except ValidationError as error:
            return web.json_response({"detail": error.errors(include_url=False)}, status=422)
        self.asked.append(read)
        self.authorization.append(request.headers.get("Authorization", ""))
        size = str(getattr(read, "size", None) or "1024x1024").split("x")
        data = picture(len(self.asked), size=(int(size[0]), int(size[1])), kind="PNG")
        encoded = base64.b64encode(data).decode("ascii")
        if self.software == "upstream":
            return web.json_response({"success": True, "image": encoded})
        return web.json_response({"created": 1, "data": [{"b64_json": encoded}]})

    async def models(self, _request: web.Request) -> web.Response:
        """``/v1/models``."""
        owner = "vllm" if self.software == "vllm-omni" else "sglang"
        card = {"id": self.model, "object": "model", "owned_by": owner, "root": self.model}
        if self.task:
            edits = "Edit" if self.task != "T2I" else ""
            card |= {"task_type": self.task, "pipeline_class": f"QwenImage{edits}Pipeline"}
        return web.json_response({"object": "list", "data": [card]})

    async def version(self, _request: web.Request) -> web.Response:
        """``/version``."""
        return web.json_response({"version": SOFTWARE[self.software][1]})


@asynccontextmanager
async def inference_server(
    software: str, *, model: str = "Qwen/Qwen-Image", task: str = ""
) -> AsyncGenerator[InferenceServer]:
    """A server of that software on a free port of loopback."""
    server = InferenceServer(software, model=model, task=task)
    application = web.Application(client_max_size=64_000_000)
    application.router.add_post("/v1/images/generations", server.draw)
    application.router.add_post("/v1/images/edits", server.draw)
    application.router.add_post("/generate", server.draw)
    if software != "upstream":
        application.router.add_get("/v1/models", server.models)
        application.router.add_get("/version", server.version)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    tail = "" if software == "upstream" else "/v1"
    server.base_url = f"http://127.0.0.1:{port}{tail}"
    try:
        yield server
    finally:
        await runner.cleanup()
