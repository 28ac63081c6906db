"""Jobs of the real product whose conversations are kept; a scripted strong model researches."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.profiles.limner import LIMNER
from agent.sandbox.picture_decoder import DecodingPool
from app import database
from app.application import open_application
from app.blobs import opened_blobs
from app.settings import Settings, load_settings
from app.wiring import Application
from domain.requests import LOCAL_WORKSPACE, Destination, JobStatus, Request, ResearchDepth
from domain.team import Role, Scope
from jobs.admission.requests import Requester
from storage.unit_of_work import SqlStore
from tests.fakes.model_server import Messages, model_server
from tests.fakes.training_world import QUERY, learnable_turns, photograph
from training.data.archiving import archive_searches
from training.data.card import DataCard
from training.data.export import ExportSettings, export
from training.data.filters import FilterSettings
from training.replay import SearchArchive

PROMPT = "Look up pictures, then answer. Today is"
ADMIN = Requester(LOCAL_WORKSPACE, "ada", Destination("terminal", platform.node()), Role.ADMIN)


def strong(messages: Messages) -> str:
    """What the strong model says, by how many turns it has had."""
    said = sum(message["role"] == "assistant" for message in messages)
    return learnable_turns(str(messages[1]["content"]), said)


async def jobs_of(names: Sequence[str], folder: Path) -> Settings:
    """A job for each subject, with a vote for its picture; gives the installation's settings."""
    prompt_file = await asyncio.to_thread(_prompt_file, folder)
    async with model_server(strong) as server:
        settings = load_settings(
            data_dir=folder / "data",
            model_base_url=server.base_url,
            model_name="strong",
            model_prompt_file=prompt_file,
            agent_profile="limner",
            search_providers="library",
            judge_claims=False,
            check_pictures=False,
        )
        async with open_application(settings) as application:
            await application.team.prefer(ADMIN, Scope.WORKSPACE, training=True)
            for name in names:
                await _job(application, name, folder)
    return settings


def _prompt_file(folder: Path) -> Path:
    folder.mkdir(parents=True)
    file = folder / "prompt.txt"
    file.write_text(PROMPT)
    return file


async def _job(application: Application, name: str, folder: Path) -> None:
    """One job, for which the library holds the one picture that its query finds."""
    file = folder / f"{name}.png"
    await asyncio.to_thread(file.write_bytes, photograph(name))
    added = await application.library.add(
        LOCAL_WORKSPACE, str(file), title=QUERY, author="Limner", license="CC0 1.0", tags=()
    )
    request = Request.checked(
        f"The {name} at the harbour",
        workspace_id=LOCAL_WORKSPACE,
        member_id=ADMIN.member_id,
        destination=ADMIN.destination,
        research=ResearchDepth.DEEP,
    )
    service = application.job_service
    job = await service.submit(request, event_key=name)
    async for _event in service.follow(LOCAL_WORKSPACE, job.id):
        pass
    view = await service.view(LOCAL_WORKSPACE, job.id)
    assert view.job.status is JobStatus.DONE, view.job.error
    await application.team.vote(ADMIN, view.illustrations[0].id, 1)
    for item in added:
        await application.library.remove(LOCAL_WORKSPACE, item.id)


async def exported(settings: Settings, out: Path, **parts: Any) -> tuple[DataCard, SearchArchive]:
    """The training data of those jobs, and the archive of their searches."""
    engine = await database.opened(settings)
    decoder = DecodingPool(size=1)
    try:
        async with opened_blobs(settings) as blobs:
            store = SqlStore(engine)
            chosen = ExportSettings(out, LIMNER, FilterSettings("limner"), **parts)
            card = await export(store, blobs, decoder, chosen)
            return card, await archive_searches(store, blobs, out / "archive")
    finally:
        await decoder.aclose()
        await engine.dispose()
