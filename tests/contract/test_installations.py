"""Installations on both databases: sealed, replaced, leased by one, and removed only when meant."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.errors import InvalidSettings, StorageUnavailable
from domain.installations import Installation
from evaluation.peers.values import NOON
from storage.installations import SqlInstallations
from storage.seals import Seal, WrongKey

OURS = Installation(
    workspace_id="slack:T1",
    token="xoxb-secret",
    bot_id="B1",
    bot_member_id="U1",
    scopes=("chat:write", "commands"),
    installed_at=NOON,
    installed_by="U2",
    refresh_token="xoxe-secret",
    expires_at=NOON + timedelta(hours=12),
)


def key() -> str:
    return Fernet.generate_key().decode()


@pytest.fixture
def installations(database: AsyncEngine) -> SqlInstallations:
    return SqlInstallations(database, Seal([key()]))


async def test_an_installation_is_kept_and_replaced(installations: SqlInstallations) -> None:
    assert await installations.get("slack:T1") is None
    await installations.save(OURS)
    assert await installations.get("slack:T1") == OURS
    newer = replace(OURS, token="xoxb-new", refresh_token=None, expires_at=None)
    await installations.save(newer)
    assert await installations.get("slack:T1") == newer


async def test_the_database_holds_no_token_that_can_be_read(
    installations: SqlInstallations, database: AsyncEngine
) -> None:
    await installations.save(OURS)
    async with database.connect() as connection:
        row = (
            await connection.execute(text("SELECT token, refresh_token FROM installations"))
        ).one()
    assert b"secret" not in b"".join(bytes(value) for value in row)
    assert "secret" not in repr(OURS)


async def test_a_token_moved_to_another_row_is_not_opened(
    installations: SqlInstallations, database: AsyncEngine
) -> None:
    await installations.save(OURS)
    await installations.save(replace(OURS, workspace_id="slack:T2", token="xoxb-theirs"))
    theirs = "SELECT token FROM installations WHERE workspace_id = 'slack:T2'"
    moved = f"UPDATE installations SET token = ({theirs})"  # noqa: S608
    async with database.begin() as connection:
        await connection.execute(text(moved))
    with pytest.raises(StorageUnavailable, match="encrypted with another key"):
        await installations.get("slack:T1")


async def test_keys_change_without_a_new_installation(database: AsyncEngine) -> None:
    old, new = key(), key()
    await SqlInstallations(database, Seal([old])).save(OURS)
    assert await SqlInstallations(database, Seal([new, old])).get("slack:T1") == OURS
    with pytest.raises(StorageUnavailable, match="LIMNER_SECRET_KEY") as raised:
        await SqlInstallations(database, Seal([new])).get("slack:T1")
    assert old not in str(raised.value)


async def test_one_process_at_a_time_holds_the_lease(installations: SqlInstallations) -> None:
    await installations.save(OURS)
    assert await installations.lease("slack:T1") is None
    mark = await installations.lease("slack:T1")
    assert mark is not None
    assert await installations.lease("slack:T1") == mark
    await installations.save(OURS)
    assert await installations.lease("slack:T1") is None
    assert await installations.lease("slack:T9") is not None


async def test_a_lease_ends_by_its_mark_whatever_the_clocks_say(
    installations: SqlInstallations,
) -> None:
    await installations.save(OURS)
    await installations.lease("slack:T1")
    mark = await installations.lease("slack:T1")
    assert mark is not None
    assert await installations.lease("slack:T1", over=mark - timedelta(hours=3)) == mark
    await asyncio.sleep(0.01)
    assert await installations.lease("slack:T1", over=mark) is None
    assert await installations.lease("slack:T1", over=mark) not in (None, mark)


async def test_only_what_was_installed_before_is_removed(installations: SqlInstallations) -> None:
    await installations.save(OURS)
    assert not await installations.remove("slack:T1", before=NOON - timedelta(seconds=1))
    assert await installations.get("slack:T1") is not None
    assert await installations.remove("slack:T1", before=NOON + timedelta(seconds=1))
    assert await installations.get("slack:T1") is None


@pytest.mark.parametrize("keys", [[], [""], ["short"], ["!" * 44], ["a" * 43]])
def test_a_wrong_key_is_said_with_the_way_to_a_right_one(keys: list[str]) -> None:
    with pytest.raises(InvalidSettings, match="LIMNER_SECRET_KEY.*openssl rand"):
        Seal(keys)


def test_what_is_sealed_opens_for_a_while_and_not_when_changed() -> None:
    seal = Seal([key()])
    sealed = seal.close("a state")
    assert seal.open(sealed) == "a state"
    for wrong in (sealed[:-4] + b"AAAA", b"", b"x", Seal([key()]).close("a state")):
        with pytest.raises(WrongKey):
            seal.open(wrong)
