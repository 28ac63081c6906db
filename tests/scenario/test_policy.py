"""The content policy in whole jobs on the command line, with judges and services on loopback."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.refused_files import remove_expired_files
from storage import schema
from tests import forks
from tests.fakes.image_services import KEY, ImageServices, image_services
from tests.fakes.moderations import Moderations, moderation_service
from tests.fakes.web import picture

FORBIDDEN = picture(66, size=(1024, 1024), kind="PNG")


@dataclass(frozen=True)
class Terminal:
    """An installation with an image service and a moderation service, used from a shell."""

    environment: dict[str, str]
    out: Path
    services: ImageServices
    moderations: Moderations

    async def limner(self, *arguments: str) -> tuple[int, dict[str, Any], str]:
        """Run a command; gives its exit status, its JSON and what stands on standard error."""
        process = await forks.start(
            *("app", *arguments, "--json"),
            env={**os.environ, **self.environment},
            stdout=forks.PIPE,
            stderr=forks.PIPE,
        )
        async with asyncio.timeout(240):
            out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, json.loads(out or "{}"), err.decode()

    async def imagine(self, prompt: str, *more: str) -> tuple[int, dict[str, Any], str]:
        """Ask for a picture without research."""
        return await self.limner(
            "imagine", prompt, "--research", "off", "--out", str(self.out), *more
        )

    def has_file_of(self, data: bytes) -> bool:
        """Whether those bytes lie anywhere in the installation."""
        sha256 = hashlib.sha256(data).hexdigest()
        root = Path(self.environment["LIMNER_DATA_DIR"])
        return self.out.exists() or any(
            path.name == sha256 or path.read_bytes() == data
            for path in root.rglob("*")
            if path.is_file() and path.stat().st_size >= len(data) // 2
        )


@pytest.fixture
async def terminal(tmp_path: Path) -> AsyncIterator[Terminal]:
    async with image_services() as services, moderation_service() as moderations:
        environment = {
            "LIMNER_DATA_DIR": str(tmp_path / "data"),
            "LIMNER_GENERATOR": "openai-images",
            "LIMNER_GENERATORS": "openai-images",
            "LIMNER_OPENAI_IMAGES_BASE_URL": services.base_url + "/v1",
            "LIMNER_OPENAI_IMAGES_API_KEY": KEY,
            "LIMNER_OPENAI_IMAGES_MODEL": "gpt-image-1",
            "LIMNER_SEARCH_PROVIDERS": "library",
            "LIMNER_MODERATION_BASE_URL": moderations.base_url,
        }
        await schema.upgrade(f"sqlite:///{tmp_path / 'data' / 'limner.sqlite'}")
        yield Terminal(environment, tmp_path / "out.png", services, moderations)


async def test_a_forbidden_picture_for_a_harmless_prompt_reaches_no_one(
    terminal: Terminal,
) -> None:
    terminal.services.data = FORBIDDEN
    terminal.moderations.pictures = "sexual"
    status, said, error = await terminal.imagine("a bowl of ramen")
    assert status == 1
    assert said["status"] == "failed"
    assert "judged as sexual content" in error
    assert said["illustrations"] == []
    assert not terminal.has_file_of(FORBIDDEN)
    terminal.moderations.pictures = ""
    status, said, _error = await terminal.imagine("a bowl of ramen")
    assert (status, said["status"]) == (0, "done")
    assert terminal.has_file_of(FORBIDDEN)


async def test_a_kept_refused_picture_is_a_file_for_whoever_runs_limner(
    terminal: Terminal,
) -> None:
    terminal.services.data = FORBIDDEN
    terminal.moderations.pictures = "sexual"
    code, _, _ = await terminal.limner("settings", "keep_refused", "yes")
    assert code == 0
    code, told, _ = await terminal.imagine("a red fox")
    assert code == 1
    code, found, _ = await terminal.limner("refused", told["job_id"])
    assert code == 0
    [path] = map(Path, found["paths"])
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_mode & 0o777 == 0o600
    assert not terminal.out.exists()
    await remove_expired_files(path.parent.parent)
    assert path.exists(), "its time is not over"
    os.utime(path, (0, 0))
    await remove_expired_files(path.parent.parent)
    assert not path.exists()


async def test_what_needs_approval_waits_with_its_own_status_until_it_is_approved(
    terminal: Terminal,
) -> None:
    terminal.moderations.words = {"guts": "violence/graphic"}
    gore = "a man torn apart, guts and entrails everywhere, gore"
    status, said, error = await terminal.imagine(gore)
    assert (status, said["status"]) == (1, "failed")
    assert "graphic violence" in error
    assert "guts" not in error
    assert terminal.services.asked == []
    status, said, _error = await terminal.limner("settings", "categories", "violence: approve")
    assert status == 0
    assert "minors: refuse (fixed)" in said["settings"]["categories"]
    status, said, error = await terminal.imagine(gore)
    assert (status, said["status"]) == (0, "awaiting_approval"), error
    assert not terminal.out.exists()
    status, said, error = await terminal.limner("approve", said["job_id"])
    assert (status, said["status"]) == (0, "done"), error
    assert terminal.out.exists()


async def test_a_judge_that_is_away_leaves_what_may_show_people_undrawn_and_says_why(
    terminal: Terminal,
) -> None:
    terminal.moderations.status = 500
    _status, said, _error = await terminal.limner("doctor")
    [finding] = [f for f in said["findings"] if f["name"] == "policy"]
    assert not finding["ok"]
    assert "isn't answering" in finding["text"]
    status, said, error = await terminal.imagine("a woman in a red coat")
    assert (status, said["status"]) == (1, "failed")
    assert "couldn't be checked" in error
    assert not terminal.out.exists()
    status, said, error = await terminal.imagine("a bowl of ramen")
    assert (status, said["status"]) == (0, "done"), error
    assert any("Not checked by a model" in note for note in said["notes"])
