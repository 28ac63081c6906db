"""What a process measures: labels hold names alone, Prometheus reads it, the loop is watched."""

from __future__ import annotations

import asyncio
import re
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from app.monitoring import LoopWatch, examine_monitoring
from app.settings import load_settings
from domain.errors import StorageUnavailable
from domain.metrics import (
    FETCHES,
    JOB_SECONDS,
    LOOP_BLOCKED,
    LOOP_LAG,
    METRICS,
    MODEL_CALLS,
    MetricKind,
    measured_by,
)
from web.health import HealthPages
from web.metrics import MOST_VALUES, MetricsPage, PrometheusMeter


def lines(meter: PrometheusMeter, name: str) -> list[str]:
    return [line for line in meter.text().decode().splitlines() if line.startswith(name)]


def test_metrics_are_named_as_prometheus_wants_them() -> None:
    for metric in METRICS:
        assert re.fullmatch(r"limner_[a-z_]+", metric.name)
        assert metric.name.endswith("_total") == (metric.kind is MetricKind.COUNTER), metric.name
        assert metric.help.endswith("."), metric.name
        assert bool(metric.buckets) == (metric.kind is MetricKind.HISTOGRAM)
    assert len({metric.name for metric in METRICS}) == len(METRICS)


def test_nothing_is_measured_without_a_meter_and_each_meter_hears_everything() -> None:
    FETCHES.add(outcome="ok")
    meter = PrometheusMeter()
    with measured_by(meter):
        FETCHES.add(outcome="ok")
        JOB_SECONDS.observe(2.0, kind="illustrate", outcome="done")
    FETCHES.add(outcome="ok")
    assert lines(meter, "limner_fetches_total{") == ['limner_fetches_total{outcome="ok"} 1.0']
    families = {family.name for family in text_string_to_metric_families(meter.text().decode())}
    assert {metric.name.removesuffix("_total") for metric in METRICS} <= families


@pytest.mark.parametrize(
    "value",
    [
        "a red fox in the snow",
        "01JABCDEFGHJKMNPQRSTVWXYZ0",
        "198273645102938475",
        "U02ABCDEF12345678",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "anna@example.org",
        "Ægir",
        "x" * 200,
        "two\nlines",
        "",
    ],
)
def test_a_label_that_may_be_a_persons_is_left_out(value: str) -> None:
    meter = PrometheusMeter()
    with measured_by(meter):
        MODEL_CALLS.add(model=value, outcome="ok")
    assert lines(meter, "limner_model_calls_total{") == [
        'limner_model_calls_total{model="other",outcome="ok"} 1.0'
    ]


def test_names_of_models_are_labels_and_their_number_is_limited() -> None:
    meter = PrometheusMeter()
    with measured_by(meter):
        MODEL_CALLS.add(model="GenSearcher/Gen-Searcher-8B", outcome="ok")
        for number in range(10 * MOST_VALUES):
            MODEL_CALLS.add(model=f"m-{number}", outcome="ok")
    found = lines(meter, "limner_model_calls_total{")
    assert any("GenSearcher/Gen-Searcher-8B" in line for line in found)
    assert len(found) == MOST_VALUES + 1


async def test_metrics_ask_for_their_token_and_survive_a_database_that_is_away() -> None:
    meter, asked = PrometheusMeter(), 0

    async def refresh() -> None:
        nonlocal asked
        asked += 1
        raise StorageUnavailable("The database is away.")

    page = MetricsPage(meter, refresh=refresh, token="s3cret")

    async def get(**headers: str) -> int:
        return (await page.answer("/metrics", query="", headers=headers, body=b"")).status

    assert await get() == 401
    assert await get(authorization="Bearer wrong") == 401
    assert await get(authorization="Bearer \udcff") == 401
    assert asked == 0
    assert await get(authorization="Bearer s3cret") == 200
    assert await get(authorization="Bearer s3cret") == 200
    assert asked == 1  # the database is not asked each time


async def test_readiness_names_the_part_that_is_not_ready() -> None:
    troubles = {"database": "", "slack": ""}

    async def ready() -> dict[str, str]:
        return troubles

    pages = HealthPages(ready)

    async def get(path: str) -> tuple[int, bytes]:
        answer = await pages.answer(path, query="", headers={}, body=b"")
        return answer.status, answer.body

    assert (await get("/readyz"))[0] == 200
    troubles["slack"] = "Limner isn't connected to slack now."
    status, body = await get("/readyz")
    assert (status, b"isn't connected to slack" in body) == (503, True)
    assert (await get("/livez"))[0] == 200


async def test_the_watchdog_tells_what_holds_the_event_loop_up() -> None:
    meter, watch = PrometheusMeter(), LoopWatch(tick_s=0.02, blocked_s=0.2)
    with capture_logs() as logs, measured_by(meter), watch.watched():
        turning = asyncio.create_task(watch.run())
        await asyncio.sleep(0.1)
        time.sleep(0.8)  # noqa: ASYNC251 - what is watched for
        await asyncio.sleep(0.1)
        turning.cancel()
        await asyncio.gather(turning, return_exceptions=True)
    [blocked] = [entry for entry in logs if entry["event"] == "event_loop_blocked"]
    assert "test_the_watchdog_tells" in blocked["stack"]
    assert lines(meter, LOOP_BLOCKED.name)[0].endswith(" 1.0")
    assert lines(meter, f"{LOOP_LAG.name}_count")


async def test_the_doctor_says_when_nobody_serves_the_port_forexamine_monitoring() -> None:
    ok, told = await examine_monitoring(load_settings(metrics_port=1))
    assert (ok, told) == (True, "No process answers on port 1 of 127.0.0.1 now.")
    ok, told = await examine_monitoring(load_settings())
    assert told.startswith("Not set up; set LIMNER_METRICS_PORT")
