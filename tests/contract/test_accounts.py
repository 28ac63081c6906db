"""Joining one person's accounts, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.accounts import Account
from domain.errors import InvalidRequest, NotPossibleNow
from domain.requests import LOCAL_WORKSPACE, Destination
from jobs.admission.requests import Requester
from tests.fakes.job_service import Office, an_office

ANN = Requester("discord:1", "11", Destination("discord", "c1"))
UMA = Requester("slack:T1", "U1", Destination("slack", "C1"))


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path, workspace="discord:1", url=database_url) as opened:
        yield opened


async def joined(office: Office, requester: Requester) -> list[str]:
    async with office.store.workspace(requester.workspace_id, read_only=True) as unit:
        account = Account(requester.workspace_id, requester.member_id)
        return sorted(one.key for one in await unit.accounts.joined(account))


async def test_a_code_joins_two_accounts_whatever_case_it_is_typed_in(office: Office) -> None:
    code = await office.team.accounts.get_code(ANN)
    other = await office.team.accounts.join(UMA, f" {code[:5].lower()}-{code[5:]} ")
    assert other == Account("discord:1", "11")
    assert await joined(office, ANN) == await joined(office, UMA) == ["discord/11", "slack:T1/U1"]
    elsewhere = replace(ANN, workspace_id="discord:2")  # a person has one account on Discord
    assert await joined(office, elsewhere) == ["discord/11", "slack:T1/U1"]


async def test_a_code_works_once_and_the_newest_alone(office: Office) -> None:
    old = await office.team.accounts.get_code(ANN)
    code = await office.team.accounts.get_code(ANN)
    await office.team.accounts.join(UMA, code)
    for used in (old, code, "WRONGCODE2", ""):
        with pytest.raises(InvalidRequest, match="isn't valid any more"):
            await office.team.accounts.join(replace(UMA, member_id="U2"), used)


async def test_a_code_ends_after_a_while(office: Office) -> None:
    await office.team.accounts.get_code(ANN)
    async with office.store.workspace("discord:1") as unit:
        account, now = Account("discord:1", "11"), datetime.now(UTC)
        await unit.accounts.keep_code(account, "d" * 64, expires_at=now - timedelta(seconds=1))
        assert await unit.accounts.take_code("d" * 64, now=now) is None


async def test_nobody_joins_an_account_with_itself_and_the_terminal_has_none(
    office: Office,
) -> None:
    code = await office.team.accounts.get_code(ANN)
    with pytest.raises(InvalidRequest, match="for this account"):
        await office.team.accounts.join(ANN, code)
    local = Requester(LOCAL_WORKSPACE, "me", Destination("terminal", "here"))
    with pytest.raises(NotPossibleNow):
        await office.team.accounts.get_code(local)


async def test_what_is_kept_of_accounts_goes_with_the_person(office: Office) -> None:
    await office.team.accounts.join(UMA, await office.team.accounts.get_code(ANN))
    await office.team.accounts.get_code(UMA)
    async with office.store.workspace("slack:T1") as unit:
        kept = await unit.privacy.rows("accounts", "U1", offset=0, limit=9)
        assert [row["account"] for row in kept] == ["slack:T1/U1"]
        [code] = await unit.privacy.rows("account_codes", "U1", offset=0, limit=9)
        assert "digest" not in code
        await unit.privacy.forget_member("U1")
        assert not await unit.privacy.rows("accounts", "U1", offset=0, limit=9)
        assert not await unit.privacy.rows("account_codes", "U1", offset=0, limit=9)
    assert await joined(office, ANN) == ["discord/11"]
