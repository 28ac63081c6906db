"""``limner describe``: a vision model on loopback says what a picture shows."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from tests import forks
from tests.fakes.model_server import ModelServer, model_server
from tests.fakes.web import picture

ROOT = Path(__file__).parent.parent.parent


async def described(server: ModelServer | None, *arguments: str) -> tuple[int, str, str]:
    """Run the command as a person would: its exit status, and what it prints."""
    model = {"LIMNER_CHECK_BASE_URL": server.base_url, "LIMNER_CHECK_MODEL": "m"} if server else {}
    process = await forks.start(
        *("app", "describe", *arguments),
        stdout=forks.PIPE,
        stderr=forks.PIPE,
        env={**os.environ, "LIMNER_SEARCH_PROVIDERS": "library", **model},
    )
    out, err = await asyncio.wait_for(process.communicate(), timeout=60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_a_picture_in_a_file_is_described(tmp_path: Path) -> None:
    file = tmp_path / "fox.png"
    file.write_bytes(picture(1))
    async with model_server("A fox\non a hill.") as server:
        assert await described(server, str(file)) == (0, "A fox on a hill.\n", "")
        status, out, _err = await described(server, str(file), "--json")
    assert (status, json.loads(out)) == (0, {"description": "A fox on a hill."})
    [asked, _again] = server.requests
    parts = asked["messages"][-1]["content"]
    assert any(part["type"] == "image_url" for part in parts)


async def test_what_cannot_be_described_is_reported_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "fox.png"
    file.write_bytes(picture(1))
    status, out, err = await described(None, str(file))
    assert status != 0
    assert out == ""
    assert "no vision model is set up" in err
    text = tmp_path / "fox.txt"
    text.write_text("a fox")
    async with model_server("A fox.") as server:
        status, out, err = await described(server, str(text))
    assert status != 0
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert server.requests == []
