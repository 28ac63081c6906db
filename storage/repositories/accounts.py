"""Linked accounts of one person. A person's accounts are in several workspaces, so that their rows
are found by the account and not by the workspace of the unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from ulid import ULID

from domain.accounts import Account
from storage.account_rows import AccountCodeRow, AccountRow
from storage.repositories.base import Repository, ensure_workspace, insert_into


class SqlAccountRepository(Repository):
    """Accounts in a database."""

    async def keep_code(self, account: Account, digest: str, *, expires_at: datetime) -> None:
        """Keep the code that an account was given, in the place of an earlier one."""
        await ensure_workspace(self._session, self._workspace_id)
        values = {"digest": digest, "expires_at": expires_at}
        statement = insert_into(self._session, AccountCodeRow).values(
            workspace_id=account.workspace_id, member_id=account.member_id, **values
        )
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace_id", "member_id"], set_=values
            )
        )

    async def take_code(self, digest: str, *, now: datetime) -> Account | None:
        """The account that was given a code; the code is used up."""
        taken = await self._session.execute(
            delete(AccountCodeRow)
            .where(AccountCodeRow.digest == digest)
            .returning(
                AccountCodeRow.workspace_id, AccountCodeRow.member_id, AccountCodeRow.expires_at
            )
        )
        row = taken.one_or_none()
        if row is None or row.expires_at <= now:
            return None
        return Account(row.workspace_id, row.member_id)

    async def join(self, one: Account, other: Account, *, now: datetime) -> None:
        """Let two accounts be one person's, with all that each was joined with before."""
        await ensure_workspace(self._session, self._workspace_id)
        mine, theirs = await self._person(one), await self._person(other)
        person = mine or theirs or str(ULID())
        if mine and theirs and mine != theirs:
            await self._session.execute(
                update(AccountRow).where(AccountRow.person_id == theirs).values(person_id=person)
            )
        for account in (one, other):
            await self._session.execute(delete(AccountRow).where(AccountRow.account == account.key))
            await self._session.execute(
                insert_into(self._session, AccountRow).values(
                    workspace_id=account.workspace_id,
                    member_id=account.member_id,
                    account=account.key,
                    person_id=person,
                    at=now,
                )
            )

    async def unlink(self, account: Account) -> bool:
        """Unlink an account from all others."""
        joined = len(await self.joined(account)) > 1
        await self._session.execute(delete(AccountRow).where(AccountRow.account == account.key))
        return joined

    async def joined(self, account: Account) -> Sequence[Account]:
        """All accounts of the person."""
        person = await self._person(account)
        if person is None:
            return ()
        rows = await self._session.execute(
            select(AccountRow.workspace_id, AccountRow.member_id)
            .where(AccountRow.person_id == person)
            .order_by(AccountRow.at, AccountRow.account)
        )
        return [Account(workspace_id, member_id) for workspace_id, member_id in rows]

    async def _person(self, account: Account) -> str | None:
        found = await self._session.scalars(
            select(AccountRow.person_id).where(AccountRow.account == account.key).limit(1)
        )
        return found.first()
