"""The schema appears by migrations alone, and every other version is recognised."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from domain.errors import InvalidSettings, SchemaMismatch, StorageUnavailable
from storage import schema
from storage.database import open_database


async def execute(url: str, statement: str) -> None:
    engine = open_database(url)
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


async def test_an_upgraded_database_is_as_the_rows_say(database_url: str) -> None:
    await schema.upgrade(database_url)
    await schema.require_current(database_url)
    await schema.check(database_url)


async def test_the_revision_in_the_code_is_the_newest_migration() -> None:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(schema.alembic_config())
    assert scripts.get_heads() == [schema.REVISION]


async def test_upgrades_at_once_take_turns(database_url: str) -> None:
    await asyncio.gather(*(schema.upgrade(database_url) for _ in range(4)))
    await schema.check(database_url)


async def test_an_empty_database_asks_for_an_upgrade(database_url: str) -> None:
    with pytest.raises(SchemaMismatch, match="limner db upgrade"):
        await schema.require_current(database_url)


async def test_a_newer_schema_is_left_alone(database_url: str) -> None:
    await schema.upgrade(database_url)
    await execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    for refuse in (schema.upgrade, schema.require_current, schema.check):
        with pytest.raises(SchemaMismatch, match="'9999' of a newer Limner"):
            await refuse(database_url)


async def test_a_schema_changed_by_hand_is_noticed(database_url: str) -> None:
    await schema.upgrade(database_url)
    await execute(database_url, "ALTER TABLE jobs ADD COLUMN colour text")
    with pytest.raises(SchemaMismatch, match="colour"):
        await schema.check(database_url)


async def test_a_migration_can_be_taken_back(database_url: str) -> None:
    from alembic import command

    await schema.upgrade(database_url)
    engine = open_database(database_url)
    async with engine.begin() as connection:

        def down(sync: object) -> None:
            config = schema.alembic_config()
            config.attributes["connection"] = sync
            command.downgrade(config, "base")

        await connection.run_sync(down)
    await engine.dispose()
    await schema.upgrade(database_url)
    await schema.check(database_url)


async def test_a_migration_keeps_what_was_there(database_url: str) -> None:
    from alembic import command

    engine = open_database(database_url)
    async with engine.begin() as connection:

        def up(sync: object) -> None:
            config = schema.alembic_config()
            config.attributes["connection"] = sync
            command.upgrade(config, "0001")

        await connection.run_sync(up)
        await connection.execute(
            text("INSERT INTO workspaces (id, created_at) VALUES ('w1', '2026-03-01 12:00:00+00')")
        )
        await connection.execute(
            text(
                "INSERT INTO jobs (workspace_id, id, event_key, kind, member_id, status, request, "
                "created_at, notes) VALUES ('w1', 'j1', 'e1', 'illustrate', 'm1', 'done', "
                ":request, '2026-03-01 12:00:00+00', '[]')"
            ),
            {"request": '{"prompt": "a cat", "destination": {"surface": "discord"}}'},
        )
        await connection.execute(
            text(
                "INSERT INTO search_cache (namespace, key, value, expires_at) "
                "VALUES ('fetch', 'k', '', '2026-03-01 12:00:00+00')"
            )
        )
    await engine.dispose()
    await schema.upgrade(database_url)
    engine = open_database(database_url)
    async with engine.connect() as connection:
        kept = (await connection.execute(text("SELECT id, surface, live, private FROM jobs"))).all()
    await engine.dispose()
    assert [tuple(row) for row in kept] == [("j1", "discord", True, False)]


async def test_totals_and_votes_of_before_are_added_up(database_url: str) -> None:
    from alembic import command

    engine = open_database(database_url)
    async with engine.begin() as connection:

        def up(sync: object) -> None:
            config = schema.alembic_config()
            config.attributes["connection"] = sync
            command.upgrade(config, "0005")

        await connection.run_sync(up)
        for statement in OLD_ROWS:
            await connection.execute(text(statement.replace(":", "\\:")))
    await engine.dispose()
    await schema.upgrade(database_url)
    engine = open_database(database_url)
    async with engine.connect() as connection:
        found = {
            table: [tuple(row) for row in await connection.execute(text(query))]
            for table, query in {
                "jobs": "SELECT day, member_id, jobs, pictures FROM job_counts ORDER BY day",
                "usage": "SELECT month, name, amount, cost_usd FROM usage_totals ORDER BY name",
                "pictures": "SELECT id, posted, score, votes_up FROM illustrations ORDER BY id",
            }.items()
        }
    await engine.dispose()
    assert found == {
        "jobs": [("2026-02-28", "m1", 1, 1), ("2026-03-01", "m1", 1, 2)],
        "usage": [("2026-03", "library", 3.0, 0.5)],
        "pictures": [("p1", True, 1, 2), ("p2", False, 0, 0)],
    }


OLD_JOB = (
    "INSERT INTO jobs (workspace_id, id, event_key, kind, member_id, surface, live, private, "
    "status, request, created_at, notes) VALUES ('w1', '{id}', '{id}', 'illustrate', 'm1', "
    "'terminal', true, {private}, 'done', '{request}', '{at}+00', '[]')"
)
OLD_PICTURE = (
    "INSERT INTO illustrations (workspace_id, id, job_id, position, recipe, status, created_at) "
    "VALUES ('w1', '{id}', '{job}', 0, '{{}}', 'rendered', '2026-03-01 12:00:00+00')"
)
OLD_VOTE = (
    "INSERT INTO votes (workspace_id, illustration_id, member_id, value, at) "
    "VALUES ('w1', 'p1', 'm{member}', {value}, '2026-03-01 12:00:00+00')"
)
OLD_USAGE = (
    "INSERT INTO usage (workspace_id, job_id, key, at, member_id, kind, name, unit, amount, "
    "cost_usd) VALUES ('w1', 'j1', 'hop-{n}', '2026-03-0{n} 12:00:00+00', 'm1', 'search', "
    "'library', 'calls', {n}, 0.25)"
)
OLD_ROWS = (
    "INSERT INTO workspaces (id, created_at) VALUES ('w1', '2026-03-01 12:00:00+00')",
    OLD_JOB.format(id="j1", private=False, request='{"count": 2}', at="2026-03-01 00:30:00"),
    OLD_JOB.format(id="j2", private=True, request="{}", at="2026-02-28 23:30:00"),
    OLD_JOB.format(
        id="j3",
        private=False,
        request='{"shadow_of": {"job_id": "j1"}}',
        at="2026-03-01 12:00:00",
    ),
    OLD_PICTURE.format(id="p1", job="j1"),
    OLD_PICTURE.format(id="p2", job="j2"),
    *(OLD_VOTE.format(member=n, value=value) for n, value in enumerate((1, 1, -1))),
    *(OLD_USAGE.format(n=n) for n in (1, 2)),
)


async def test_a_file_that_is_no_database_is_said_in_words(tmp_path: object) -> None:
    path = f"{tmp_path}/limner.sqlite"
    with open(path, "wb") as file:  # noqa: ASYNC230, PTH123
        file.write(b"not a database" * 1000)
    with pytest.raises(StorageUnavailable, match="can't be used"):
        await schema.upgrade(f"sqlite:///{path}")


def test_an_address_that_cannot_be_read_is_said_in_words() -> None:
    with pytest.raises(InvalidSettings, match="LIMNER_DATABASE_URL"):
        open_database("postgresql://user@host:notaport/x")
