"""All data of one person, or of a whole workspace: read whole, and removed whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.requests import Job


@dataclass(frozen=True, slots=True)
class Holdings:
    """Counts of a person's data: their jobs, and the finished pictures of these."""

    jobs: int
    pictures: int


class PrivacyRepository(Protocol):
    """All data of one workspace; without a member, of all members."""

    async def tables(self) -> Sequence[str]:
        """The names of the tables that :meth:`rows` can read."""
        ...

    async def rows(
        self, table: str, member_id: str | None, *, offset: int, limit: int
    ) -> Sequence[Mapping[str, Any]]:
        """Rows of a table in the order of their keys, as JSON values, without secrets; of a member
        their requests, actions, settings, words and costs, not what others did about them."""
        ...

    async def holdings(self, member_id: str | None) -> Holdings:
        """Counts of the data."""
        ...

    async def jobs(self, member_id: str | None, *, limit: int) -> Sequence[Job]:
        """The oldest jobs that are left; of a member also those that only show one of theirs."""
        ...

    async def pictures(self, job_ids: Collection[str]) -> Sequence[tuple[str, str]]:
        """A name (without its ending) and the hash of each picture that these jobs made or that was
        brought along for them."""
        ...

    async def blobs(self, job_ids: Collection[str]) -> frozenset[str]:
        """The hashes of all bytes that rows of these jobs name and no other row does."""
        ...

    async def remove_jobs(self, job_ids: Collection[str]) -> int:
        """Remove jobs with all that belongs to them; gives how many pictures there were."""
        ...

    async def library_blobs(self) -> frozenset[str]:
        """The hashes of the bytes of the library."""
        ...

    async def forget_member(self, member_id: str) -> None:
        """Remove what else is kept of a member, and their name from what others did. Only a
        suspension stays, and the attempts that count towards one."""
        ...

    async def forget_everybody(self) -> None:
        """Remove all other rows of the workspace, but not its tokens of a chat platform."""
        ...

    async def linked(self) -> Sequence[str]:
        """The codes of the channels that channels here name as linked."""
        ...
