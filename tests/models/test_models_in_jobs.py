"""Whole jobs that are drawn by a model: again bit for bit, notes that reach the requester, a card
that dies, and services that refuse."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import platform
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ulid import ULID

from app.application import open_application
from app.settings import load_settings
from app.wiring import Application
from domain.requests import LOCAL_WORKSPACE, Destination, Job, JobStatus, Request, ResearchDepth
from generation.stamp import MADE_BY_MODEL, source_type_of
from jobs.admission.requests import Requester
from jobs.common.views import JobView
from storage import schema
from tests.fakes.image_services import KEY, ImageServices, image_services

if TYPE_CHECKING:
    from evaluation.peers.tiny_models import TinyModels

HERE = Destination("terminal", platform.node())
ASKER = Requester(LOCAL_WORKSPACE, "m1", HERE)


@pytest.fixture
async def environment(models: TinyModels, tmp_path: Path) -> dict[str, str]:
    """Settings of an installation whose default generator is a tiny FLUX of its own."""
    file = tmp_path / "generators.toml"
    file.write_text(
        f"""
        [tiny]
        based_on = "flux1-dev"
        model = {json.dumps(str(models["flux"]))}
        pixels = 65536
        steps = 2
        arguments = {{ max_sequence_length = 48 }}
        """
    )
    settings = {
        "LIMNER_DATA_DIR": str(tmp_path / "data"),
        "LIMNER_GENERATOR": "tiny",
        "LIMNER_GENERATORS_FILE": str(file),
        "LIMNER_DIFFUSERS_DEVICE": "cpu",
        "LIMNER_DIFFUSERS_THREADS": "1",
        "LIMNER_SEARCH_PROVIDERS": "library",
    }
    await schema.upgrade(f"sqlite:///{tmp_path / 'data' / 'limner.sqlite'}")
    return settings


def opened(environment: dict[str, str], **about: Any) -> Any:
    plain = {k.removeprefix("LIMNER_").lower(): v for k, v in environment.items()}
    return open_application(load_settings(**plain), **about)


def a_request(tmp_path: Path, **parts: Any) -> Request:
    out = replace(HERE, thread=str(tmp_path / f"{ULID()}.png"))
    return Request.checked(
        "a red cat",
        workspace_id=LOCAL_WORKSPACE,
        member_id="m1",
        destination=out,
        research=ResearchDepth.OFF,
        seed=3,
        **parts,
    )


async def over(application: Application, job: Job) -> JobView:
    async with asyncio.timeout(240):
        async for _event in application.job_service.follow(LOCAL_WORKSPACE, job.id):
            pass
    return await application.job_service.view(LOCAL_WORKSPACE, job.id)


async def test_a_model_draws_a_job_and_draws_it_again_bit_for_bit(
    environment: dict[str, str], tmp_path: Path
) -> None:
    async with opened(environment) as application:
        first = await over(
            application, await application.job_service.submit(a_request(tmp_path), event_key="1")
        )
        assert first.job.error is None
        picture = first.illustrations[0]
        again = await over(
            application, await application.job_service.rerender(ASKER, picture.id, event_key="2")
        )
        other = await over(
            application,
            await application.job_service.rerender(ASKER, picture.id, event_key="3", seed=4),
        )
        data = await application.job_service.picture(LOCAL_WORKSPACE, picture.sha256 or "")
    assert picture.recipe.parameters["pipeline"] == "FluxPipeline"
    assert picture.alt_text == "AI-generated image: a red cat."
    assert source_type_of(data) == MADE_BY_MODEL
    assert again.illustrations[0].identical is True
    assert other.illustrations[0].identical is False
    assert other.illustrations[0].difference == "the seed changed from 3 to 4"


async def test_what_a_render_has_to_say_reaches_the_requester(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    studio: Any = importlib.import_module("generation.backends.diffusion.gpu_runner")
    async with opened(environment) as application:
        first = await over(
            application, await application.job_service.submit(a_request(tmp_path), event_key="1")
        )
        drawn = studio.draw

        def draw(pipe: Any, run: Any) -> Any:
            if run.width > 200:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return drawn(pipe, run)

        monkeypatch.setattr(studio, "draw", draw)
        picture = first.illustrations[0]
        view = await over(
            application, await application.job_service.rerender(ASKER, picture.id, event_key="2")
        )
    note = "Drawn at 176×176 because the GPU ran out of memory at 256×256."
    assert view.job.notes == (note,)
    assert view.illustrations[0].identical is False
    assert view.illustrations[0].difference == "the size changed from 256×256 to 176×176"


async def test_a_failed_card_restarts_the_worker_and_the_job_is_finished(
    environment: dict[str, str], tmp_path: Path
) -> None:
    marker = tmp_path / "runs"
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.models.failing_card",
        str(marker),
        env={**os.environ, **environment},
        cwd=Path(__file__).parent.parent.parent,
    )
    try:
        async with opened(environment, work=()) as application:
            view = await over(
                application,
                await application.job_service.submit(a_request(tmp_path), event_key="1"),
            )
    finally:
        worker.send_signal(signal.SIGTERM)
        status = await asyncio.wait_for(worker.wait(), 60)
    assert view.job.status is JobStatus.DONE
    assert view.job.error is None
    assert marker.read_text().count("run") == 2, "it was drawn again after the restart"
    assert status == 0, "the restarted worker has the same process number, and stops in order"
    log = (tmp_path / "data" / "limner.log").read_text()
    assert '"event": "card_failed"' in log
    assert '"event": "process_starts_again"' in log
    assert len([d for d in view.deliveries if d.receipt]) == 1


@pytest.fixture
async def services() -> AsyncIterator[ImageServices]:
    """Image services on loopback."""
    async with image_services() as running:
        yield running


async def test_a_service_draws_a_job_and_its_refusal_and_costs_are_reported(
    environment: dict[str, str], services: ImageServices, tmp_path: Path
) -> None:
    environment |= {
        "LIMNER_GENERATORS": "openai-images",
        "LIMNER_OPENAI_IMAGES_BASE_URL": services.base_url + "/v1",
        "LIMNER_OPENAI_IMAGES_API_KEY": KEY,
        "LIMNER_OPENAI_IMAGES_MODEL": "gpt-image-2",
    }
    request = a_request(tmp_path, generator="openai-images")
    async with opened(environment) as application:
        drawn = await over(
            application, await application.job_service.submit(request, event_key="1")
        )
        events = [e async for e in application.job_service.follow(LOCAL_WORKSPACE, drawn.job.id)]
        policy = {"error": {"code": "moderation_blocked", "message": "Rejected."}}
        services.script = [(400, policy)]
        refused = await over(
            application, await application.job_service.submit(request, event_key="2")
        )
        moved = await over(
            application,
            await application.job_service.rerender(
                ASKER, drawn.illustrations[0].id, event_key="3", generator="tiny"
            ),
        )
    (rendered,) = [e for e in events if e.kind == "rendered"]
    assert rendered.data["cost_usd"] == pytest.approx((10 * 5 + 1056 * 30) / 1e6)
    assert refused.job.status is JobStatus.FAILED
    assert "refused this picture (Rejected)" in (refused.job.error or "")
    assert moved.job.status is JobStatus.DONE, "the same job can go to any other generator"
    assert moved.illustrations[0].recipe.generator == "tiny"
