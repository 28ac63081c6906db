"""Joining one person's accounts: a code is given with one account and entered with the other."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.accounts import Account
from domain.errors import InvalidRequest, NotPossibleNow
from domain.requests import LOCAL_WORKSPACE
from domain.stores import Store
from domain.translation.messages import gettext
from jobs.admission.requests import Requester, record

CODE_LIFE: Final = timedelta(minutes=10)
CODE_CHARS: Final = 10
_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""None that is easily taken for another; ten of them cannot be guessed within ten minutes."""


class AccountService:
    """Joins accounts, and parts them."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def get_code(self, requester: Requester) -> str:
        """A new code for the requester's account, good once and for ten minutes.

        Raises:
            NotPossibleNow: The requester has no account: they are at the command line.
        """
        account = _account(requester)
        code = "".join(secrets.choice(_LETTERS) for _ in range(CODE_CHARS))
        async with self._store.workspace(requester.workspace_id) as unit:
            expires_at = datetime.now(UTC) + CODE_LIFE
            await unit.accounts.keep_code(account, _digest(code), expires_at=expires_at)
        return code

    async def join(self, requester: Requester, code: str) -> Account:
        """Join the requester's account with the one that was given the code; gives that one.

        Raises:
            InvalidRequest: The code is unknown, used up, expired, or the requester's own.
            NotPossibleNow: The requester has no account.
        """
        account, now = _account(requester), datetime.now(UTC)
        async with self._store.workspace(requester.workspace_id) as unit:
            other = await unit.accounts.take_code(_digest(code), now=now)
            if other is not None and other.key != account.key:
                await unit.accounts.join(other, account, now=now)
                await record(unit, requester, "link_account", other.surface)
        if other is None:
            raise InvalidRequest(
                gettext(
                    "That code isn't valid any more. Get a new one with your other account; it "
                    "works once, for ten minutes."
                ),
                field="code",
            )
        if other.key == account.key:
            raise InvalidRequest(
                gettext("That code is for this account. Enter it with your other one."),
                field="code",
            )
        return other

    async def unlink(self, requester: Requester) -> bool:
        """Part the requester's account from those it is joined with; False where there are none.

        Raises:
            NotPossibleNow: The requester has no account.
        """
        account = _account(requester)
        async with self._store.workspace(requester.workspace_id) as unit:
            parted = await unit.accounts.unlink(account)
            if parted:
                await record(unit, requester, "unlink_account", account.surface)
        return parted


def _account(requester: Requester) -> Account:
    if requester.workspace_id == LOCAL_WORKSPACE:
        raise NotPossibleNow(gettext("Accounts are linked on Discord and Slack."))
    return Account(requester.workspace_id, requester.member_id)


def _digest(code: str) -> str:
    """A code as it is kept, in one spelling regardless of case and blanks."""
    plain = "".join(code.split()).replace("-", "").upper()
    return hashlib.sha256(plain.encode()).hexdigest()
