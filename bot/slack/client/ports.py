"""What the Slack surface needs from other packages, as Protocols; ``app`` wires the
implementations."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from domain.installations import Installation


class Installations(Protocol):
    """The store of installations in many workspaces; tokens are sealed."""

    async def save(self, installation: Installation) -> None:
        """Keep one in the place of an earlier one, and end any lease on it."""
        ...

    async def get(self, workspace_id: str) -> Installation | None:
        """The installation of a workspace or organisation. Raises ``StorageUnavailable``."""
        ...

    async def remove(self, workspace_id: str, *, before: datetime) -> bool:
        """Forget one that was made before that time; False where there is none."""
        ...

    async def lease(self, workspace_id: str, *, over: datetime | None = None) -> datetime | None:
        """Be the one process that exchanges its token, until it is saved: gives None then, and
        otherwise the mark of the lease that another process has. ``over`` ends that lease."""
        ...

    async def now(self) -> datetime:
        """The time by the clock that the times of installations are of: the database's, because
        those of processes differ."""
        ...


class Sealer(Protocol):
    """Seals short texts so that only we can read and make them."""

    def close(self, text: str, *, now: datetime | None = None) -> bytes:
        """The text, sealed at that time; URL-safe."""
        ...

    def open_within(self, sealed: bytes, seconds: int, *, now: datetime) -> str:
        """The unsealed value, if it was sealed not longer before ``now``. Raises an error
        otherwise."""
        ...
