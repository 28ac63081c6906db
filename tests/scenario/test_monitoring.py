"""A running Limner is watched over HTTP: its metrics cover each part, and no person."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client.parser import text_string_to_metric_families

from app.application import EVERYTHING, open_application
from app.monitoring import examine_monitoring
from app.wiring import Application
from domain.requests import LOCAL_WORKSPACE
from domain.tracing import trace_id_of
from storage import schema
from storage.database import open_database
from tests.fakes.emulate import free_port
from tests.scenario.conftest import Place

PROMPT = "Zyxwv Quuxian bridge next to Tower Bridge"
MEMBER = "U0PERSON77"


async def get(port: int, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def until_over(application: Application, job_id: str) -> None:
    async with asyncio.timeout(120):
        while True:
            view = await application.job_service.view(LOCAL_WORKSPACE, job_id)
            if view.job.status.final:
                return
            await asyncio.sleep(0.1)


def values(text: str) -> dict[str, float]:
    """The sum of each sample's values over its labels."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


async def test_a_job_shows_in_the_metrics_without_a_word_of_its_requester(ready: Place) -> None:
    port = free_port()
    ready.environment["LIMNER_METRICS_PORT"] = str(port)
    async with open_application(ready.settings, work=EVERYTHING, serve=True) as application:
        job = await application.job_service.submit(
            ready.request(prompt=PROMPT, member=MEMBER), event_key="the-event-of-it"
        )
        await until_over(application, job.id)
        status, text = await get(port, "/metrics")
        assert (await get(port, "/livez"))[0] == 200
        ready_status, parts = await get(port, "/readyz")
        monitoring = await examine_monitoring(application.settings)
    assert status == 200
    found = values(text)
    for name in (
        "limner_jobs_finished_total",
        "limner_job_seconds_count",
        "limner_stage_seconds_count",
        "limner_step_seconds_count",
        "limner_provider_calls_total",
        "limner_fetches_total",
        "limner_cache_lookups_total",
        "limner_sandbox_seconds_count",
        "limner_policy_verdicts_total",
        "limner_renders_total",
        "limner_deliveries_total",
        "limner_database_seconds_count",
        "limner_processes",
        "limner_disk_free_bytes",
        "process_cpu_seconds_total",
    ):
        assert found.get(name, 0.0) > 0, name
    assert 'limner_jobs_finished_total{kind="illustrate",outcome="done"} 1.0' in text
    for private in ("Zyxwv", "Quuxian", "Tower", MEMBER, job.id, "the-event-of-it"):
        assert private.lower() not in text.lower(), private
    labels = re.findall(r'="([^"]*)"', text)
    assert [value for value in labels if re.search(r"\s|[0-9A-Z]{20,}|@", value)] == []
    assert ready_status == 200
    assert monitoring == (True, f"The process on port {port} is ready.")
    assert {"database", "schema", "disk"} <= json.loads(parts)["parts"].keys()


async def test_a_database_of_an_earlier_version_is_not_ready(ready: Place) -> None:
    from sqlalchemy import text

    port = free_port()
    ready.environment["LIMNER_METRICS_PORT"] = str(port)
    async with open_application(ready.settings, work=EVERYTHING, serve=True):
        engine = open_database(ready.settings.database)
        for version, expected in (("0001", 503), (schema.REVISION, 200), ("9999", 200)):
            async with engine.begin() as connection:
                await connection.execute(
                    text("UPDATE alembic_version SET version_num = :version"), {"version": version}
                )
            assert (await get(port, "/readyz"))[0] == expected, version
        await engine.dispose()


async def test_a_job_is_one_trace_at_the_collector(ready: Place) -> None:
    trace_service: Any = pytest.importorskip(
        "opentelemetry.proto.collector.trace.v1.trace_service_pb2"
    )
    bodies: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.Response(content_type="application/x-protobuf")

    collector = web.Application()
    collector.router.add_post("/v1/traces", take)
    server = TestServer(collector)
    await server.start_server()
    ready.environment["LIMNER_TRACES_ENDPOINT"] = str(server.make_url("")).rstrip("/")
    try:
        async with open_application(ready.settings, work=EVERYTHING, serve=True) as application:
            job = await application.job_service.submit(
                ready.request(prompt=PROMPT, member=MEMBER), event_key="traced"
            )
            await until_over(application, job.id)
    finally:
        await server.close()
    spans = [
        span
        for body in bodies
        for resource in trace_service.ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert {span.trace_id for span in spans} == {trace_id_of(job.id).to_bytes(16)}
    names = {span.name for span in spans}
    assert {"job", "research", "render", "deliver", "fetch", "search", "draw"} <= names
    assert b"Quuxian" not in b"".join(bodies)
