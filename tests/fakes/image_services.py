"""Image services on loopback in their real wire formats: OpenAI, Gemini, Ark and Gen-Searcher's.

Each checks the request as the real one does, and refuses what that would refuse. ``script`` holds
what to do with the next requests instead: a status to fail with, or a ready answer.
"""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from PIL import Image

from tests.fakes.web import picture

KEY = "sk-secret-key"


@dataclass
class ImageServices:
    """A running server; ``asked`` holds every request in its order."""

    base_url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    script: list[int | tuple[int, dict[str, Any]]] = field(
        default_factory=list[int | tuple[int, dict[str, Any]]]
    )
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    retry_after: str = "0"
    delay_s: float = 0.0
    data: bytes | None = None
    """What to send instead of a picture of the size that was asked for."""

    def _drawn(self, width: int, height: int, seed: int = 1) -> str:
        data = self.data or picture(seed, size=(width, height), kind="PNG")
        return base64.b64encode(data).decode("ascii")

    async def _scripted(self) -> web.Response | None:
        self.reached.set()
        await asyncio.sleep(self.delay_s)
        if not self.script:
            return None
        step = self.script.pop(0)
        status, body = (step, {"error": {"message": "busy"}}) if isinstance(step, int) else step
        return web.json_response(body, status=status, headers={"Retry-After": self.retry_after})

    async def generations(self, request: web.Request) -> web.Response:
        """OpenAI's and Ark's ``images/generations``."""
        body: dict[str, Any] = await request.json()
        self.asked.append({"path": request.path, "body": body})
        if response := await self._scripted():
            return response
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            message = f"Incorrect API key provided: {request.headers.get('Authorization')}."
            return _error(401, message, "invalid_api_key")
        if body["model"].startswith("gpt-image"):
            unknown = set(body) - {"model", "prompt", "n", "size", "output_format", "quality"}
            if unknown:
                return _error(400, f"Unknown parameter: {unknown.pop()!r}.", "unknown_parameter")
        width, _, height = body["size"].partition("x")
        encoded = self._drawn(int(width), int(height), body.get("seed", 1) % 97)
        if "seedream" in body["model"]:
            usage: dict[str, Any] = {"generated_images": 1, "output_tokens": 16384}
        else:
            details = {"text_tokens": 10, "image_tokens": 0}
            usage = {"input_tokens_details": details, "output_tokens": 1056}
        return web.json_response({"created": 1, "data": [{"b64_json": encoded}], "usage": usage})

    async def edits(self, request: web.Request) -> web.Response:
        """OpenAI's ``images/edits``: a form with pictures."""
        form = await request.post()
        fields = {k: v for k, v in form.items() if isinstance(v, str)}
        files = [
            (name, part.content_type, part.file.read())
            for name, part in form.items()
            if isinstance(part, web.FileField)
        ]
        self.asked.append({"path": request.path, "body": fields, "files": files})
        if response := await self._scripted():
            return response
        for _name, content_type, data in files:
            with Image.open(io.BytesIO(data)) as image:
                assert Image.MIME[image.format or ""] == content_type
        width, _, height = str(fields["size"]).partition("x")
        details = {"text_tokens": 10, "image_tokens": 300 * len(files)}
        usage = {"input_tokens_details": details, "output_tokens": 1056}
        return web.json_response(
            {"data": [{"b64_json": self._drawn(int(width), int(height))}], "usage": usage}
        )

    async def generate_content(self, request: web.Request) -> web.Response:
        """Gemini's ``generateContent``."""
        body: dict[str, Any] = await request.json()
        self.asked.append({"path": request.path, "body": body})
        if response := await self._scripted():
            return response
        if request.headers.get("x-goog-api-key") != KEY:
            return _error(400, "API key not valid. Please pass a valid API key.", "INVALID")
        width, _, height = body["generationConfig"]["imageConfig"]["aspectRatio"].partition(":")
        size = {"16": (1376, 768), "1": (1024, 1024), "2": (848, 1264)}[width]
        assert height
        part = {"inlineData": {"mimeType": "image/png", "data": self._drawn(*size)}}
        parts = [{"text": "Here it is:"}, part]
        return web.json_response(
            {
                "candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}],
                "usageMetadata": {"promptTokenCount": 20, "candidatesTokenCount": 1290},
            }
        )

    async def generate(self, request: web.Request) -> web.Response:
        """Gen-Searcher's ``/generate``: 422 without pictures, as FastAPI answers."""
        body: dict[str, Any] = await request.json()
        self.asked.append({"path": request.path, "body": body})
        if response := await self._scripted():
            return response
        if not body.get("image_urls"):
            return web.json_response({"detail": "image_urls: field required"}, status=422)
        return web.json_response({"success": True, "image": self._drawn(1024, 1024)})


def _error(status: int, message: str, code: str) -> web.Response:
    return web.json_response({"error": {"message": message, "code": code}}, status=status)


@asynccontextmanager
async def image_services() -> AsyncGenerator[ImageServices]:
    """Start the server on a free port and stop it at the end."""
    services = ImageServices()
    app = web.Application(client_max_size=64_000_000)
    for prefix in ("/v1", "/api/v3"):
        app.router.add_post(prefix + "/images/generations", services.generations)
    app.router.add_post("/v1/images/edits", services.edits)
    app.router.add_post("/v1beta/models/{call}", services.generate_content)
    app.router.add_post("/generate", services.generate)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    services.base_url = f"http://{host}:{port}"
    try:
        yield services
    finally:
        await runner.cleanup()
