"""A moderation service on loopback in the shape of OpenAI's, which flags what tests say."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp import web


@dataclass
class Moderations:
    """``words`` and ``pictures`` say which inputs get which category; ``status`` fails instead."""

    base_url: str = ""
    words: dict[str, str] = field(default_factory=dict[str, str])
    pictures: str = ""
    """The category of every picture; none where empty."""
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Judge the parts of one input."""
        body: dict[str, Any] = await request.json()
        self.asked.append(body)
        if self.status != 200:
            return web.json_response({"error": {"message": "busy"}}, status=self.status)
        given = body["input"]
        parts = [{"type": "text", "text": given}] if isinstance(given, str) else given
        found: set[str] = set()
        for part in cast("list[Any]", parts):
            plain = {"type": "text", "text": part} if isinstance(part, str) else part
            if plain["type"] == "image_url" and self.pictures:
                found.add(self.pictures)
            text = str(plain.get("text", ""))
            found |= {category for word, category in self.words.items() if word in text}
        known = {"sexual", "sexual/minors", "violence/graphic", "hate", *found}
        result = {
            "flagged": bool(found),
            "categories": {name: name in found for name in known},
            "category_scores": {name: 0.98 if name in found else 0.001 for name in known},
            "category_applied_input_types": {name: ["text", "image"] for name in known},
        }
        return web.json_response({"id": "modr-1", "model": "omni", "results": [result]})


@asynccontextmanager
async def moderation_service() -> AsyncGenerator[Moderations]:
    """A running service."""
    service = Moderations()
    app = web.Application(client_max_size=10_000_000)
    app.router.add_post("/v1/moderations", service.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        service.base_url = f"http://{host}:{port}/v1"
        yield service
    finally:
        await runner.cleanup()
