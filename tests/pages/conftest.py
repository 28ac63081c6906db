"""A browser, and a site with a job that has something in every part of its page."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.illustrations import ClaimMark, Marks
from domain.requests import Job
from evaluation.peers.values import an_illustration
from tests.fakes.pages import PUBLIC, Site, a_finished_job, a_site, publish

HERE = "discord:1"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
AXE = Path(os.environ.get("LIMNER_AXE", "node_modules/axe-core/axe.min.js"))


@pytest.fixture
async def site(tmp_path: Path) -> AsyncGenerator[Site]:
    async with a_site(tmp_path) as found:
        await publish(found, HERE)
        for number in range(30):
            await a_finished_job(found, HERE, f"harbour{number}", channel=PUBLIC)
        await a_finished_job(found, HERE, "news", channel=PUBLIC, story_id="STORY1")
        yield found


@pytest.fixture
async def job(site: Site) -> Job:
    """A job with a marked picture that was made from another."""
    _before, parent = await a_finished_job(site, HERE, "before", channel=PUBLIC)
    job, picture = await a_finished_job(site, HERE, "after", channel=PUBLIC)
    claims = (ClaimMark(1, "the patch", True), ClaimMark(2, "the cat", False, "it is hidden"))
    marks = Marks(1.0, 0.5, None, 1.0, claims, model="qwen")
    recipe = replace(picture.recipe, prompt="Eileen Collins in space.", seed=8)
    async with site.store.workspace(HERE) as unit:
        changed = replace(picture, marks=marks, parent_id=parent.id, identical=None)
        await unit.illustrations.save(changed)
        edited = an_illustration(
            job, id="EDITED", parent_id=parent.id, sha256=picture.sha256, position=1,
            identical=None, recipe=recipe,
        )  # fmt: skip
        await unit.illustrations.save(edited)
    return job


@pytest.fixture
async def browser() -> AsyncGenerator[Any]:
    """Headless Chromium."""
    playwright = pytest.importorskip("playwright.async_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium; apt-get install chromium")
    async with playwright.async_playwright() as driver:
        opened = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        await opened.close()
