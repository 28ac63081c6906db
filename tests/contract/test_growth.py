"""Nothing grows with the jobs that are kept: each call does the same work in a database with many
old jobs as in one with few. Work is counted by the databases themselves, never timed: on SQLite in
instructions of its virtual machine, on Postgres in rows that a plan touches."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.requests import Destination, Request
from domain.team import JobMessage, MessageKind, Role, UsageEntry
from evaluation.history_bench import Doors, calls
from evaluation.peers.values import NOON
from evaluation.seeding import past_job_id, seed_past_jobs
from jobs.admission.requests import Requester
from storage.mirrors import SqlMirrorOperations
from storage.newsroom import SqlNewsOperations
from tests.fakes.job_service import Office, an_office

FEW, MANY = 250, 2500
"""Old jobs; the few are more than any call asks for at once."""
REQUESTER = Requester("w1", "ann", Destination("terminal", "c1"), Role.ADMIN)
ALLOWANCE = {"sqlite": 600, "postgresql": 60}
"""What may be added in absolute terms: a tree with more rows is a level deeper."""


async def filled(office: Office, copies: int) -> Doors:
    """An office with so many old jobs, and one of them to ask about."""
    request = Request.checked(
        "a harbour",
        workspace_id="w1",
        member_id=REQUESTER.member_id,
        destination=REQUESTER.destination,
    )
    job = await office.job_service.submit(request, event_key="first", requester=REQUESTER)
    await office.researched(job.id)
    [picture] = await office.finished(job.id)
    await office.team.vote(REQUESTER, picture.id, 1)
    await office.team.keep_message(
        "w1",
        JobMessage("terminal", "c1", job.id, job.id, MessageKind.LIVE, NOON, False, job.id),
    )
    async with office.store.workspace("w1") as unit:
        spent = UsageEntry("hop-1", NOON, job.id, "ann", "search", "library", "calls", 1.0)
        await unit.ledger.spend([spent])
    await seed_past_jobs(office.engine, "w1", job.id, copies=copies)
    old = past_job_id(copies // 2)
    return Doors(
        office.services,
        office.store,
        SqlNewsOperations(office.engine),
        SqlMirrorOperations(office.engine),
        REQUESTER,
        old,
        f"{old}{picture.id}",
    )


async def statements_of(database: AsyncEngine, doors: Doors) -> Mapping[str, list[tuple[str, Any]]]:
    """What each call asks of the database, with the values it asks for."""
    said: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.split()[0] in ("SELECT", "UPDATE", "DELETE", "INSERT"):
            said.append((statement, values))

    found: dict[str, list[tuple[str, Any]]] = {}
    event.listen(database.sync_engine, "before_cursor_execute", note)
    for name, call in calls(doors).items():
        said.clear()
        await call()
        found[name] = list(said)
    event.remove(database.sync_engine, "before_cursor_execute", note)
    return found


def sqlite_work(path: Path, statements: list[tuple[str, Any]]) -> int:
    """Instructions that SQLite's virtual machine carries out."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for statement, values in statements:
            if statement.startswith("INSERT"):
                continue  # what was added once cannot be added again
            cursor = connection.cursor()
            connection.set_progress_handler(count, 1)
            cursor.execute(statement, values).fetchall()
            connection.set_progress_handler(None, 0)
        connection.execute("ROLLBACK")
    return steps


def postgres_work(address: str, statements: list[tuple[str, Any]]) -> int:
    """Rows that Postgres touches where it reads no table whole unless it must, as it would not if
    there were far more of them."""
    rows = 0
    with psycopg.connect(address) as connection:
        for way in ("seqscan", "hashjoin", "mergejoin"):
            connection.execute(f"SET enable_{way} = off".encode())
        for statement, values in statements:
            if statement.startswith("INSERT"):
                continue
            explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
            [plan] = connection.execute(explain.encode(), values).fetchall()
            rows += touched(plan[0][0]["Plan"])
        connection.rollback()
    return rows


def touched(node: Mapping[str, Any]) -> int:
    """Rows that a node of a plan and those below it read, kept or not."""
    each = sum(
        node.get(name, 0)
        for name in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
    )
    own = int(each * node.get("Actual Loops", 1))
    return own + sum(touched(part) for part in node.get("Plans", ()))


@pytest.mark.timeout(300)
async def test_no_call_works_more_because_of_old_jobs(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    work: list[Mapping[str, int]] = []
    for copies in (FEW, MANY):
        folder = tmp_path / str(copies)
        folder.mkdir()
        url = None if kind == "sqlite" else request.getfixturevalue("postgres").new_database()
        async with an_office(folder, url=url) as office:
            asked = await statements_of(office.engine, await filled(office, copies))
            address = url or ""
        work.append(
            {
                name: sqlite_work(folder / "office.sqlite", said)
                if url is None
                else postgres_work(address, said)
                for name, said in asked.items()
            }
        )
    few, many = work
    grown = {
        name: (few[name], many[name])
        for name in few
        if many[name] > few[name] * 1.5 + ALLOWANCE[kind]
    }
    assert not grown, json.dumps(grown)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database."""
    return str(request.param)
