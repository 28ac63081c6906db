"""A person's accounts on several chats, joined so that they count as one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

_EVERYWHERE: Final = frozenset({"discord"})
"""Surfaces on which a member has the same id in every workspace."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account: a workspace in which they use it, and their id there."""

    workspace_id: str
    member_id: str

    @property
    def surface(self) -> str:
        """The surface that it is an account of."""
        return self.workspace_id.partition(":")[0]

    @property
    def key(self) -> str:
        """The same for the account in every workspace: on Discord a person has one in all."""
        place = self.surface if self.surface in _EVERYWHERE else self.workspace_id
        return f"{place}/{self.member_id}"


class AccountRepository(Protocol):
    """The accounts that are one person's, across workspaces; codes are kept as digests."""

    async def keep_code(self, account: Account, digest: str, *, expires_at: datetime) -> None:
        """Keep the code that an account was given, in the place of an earlier one."""
        ...

    async def take_code(self, digest: str, *, now: datetime) -> Account | None:
        """The account that was given a code; the code is used up. None where it is unknown or
        has expired."""
        ...

    async def join(self, one: Account, other: Account, *, now: datetime) -> None:
        """Let two accounts be one person's, with all that each was joined with before."""
        ...

    async def unlink(self, account: Account) -> bool:
        """Unlink an account from all others; False where it was linked with none."""
        ...

    async def joined(self, account: Account) -> Sequence[Account]:
        """All accounts of the person, the account itself among them; empty where it is joined with
        none."""
        ...
