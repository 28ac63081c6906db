"""Installations of a chat app, their tokens sealed with a key that is not in the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.errors import StorageUnavailable
from domain.installations import Installation
from domain.translation.messages import gettext
from storage.database import READ_ONLY, database_now, translate_errors
from storage.rows import InstallationRow
from storage.seals import Seal, WrongKey

LEASED: Final = timedelta(seconds=30)


class SqlInstallations:
    """Every installation, of all workspaces; only the surface that owns them gets this.

    ``learned`` is called with each token that passes through here, so that no log ever holds one.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        seal: Seal,
        *,
        learned: Callable[[str], None] = lambda _token: None,
    ) -> None:
        self._engine = engine
        self._seal = seal
        self._learned = learned

    async def save(self, installation: Installation) -> None:
        """Keep an installation in the place of an earlier one, and end any lease on it."""
        values = {
            "token": self._closed(installation.workspace_id, installation.token),
            "refresh_token": self._closed(installation.workspace_id, installation.refresh_token),
            "bot_id": installation.bot_id,
            "bot_member_id": installation.bot_member_id,
            "scopes": list(installation.scopes),
            "installed_at": installation.installed_at,
            "installed_by": installation.installed_by,
            "expires_at": installation.expires_at,
            "leased_until": None,
        }
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        statement = (
            insert(InstallationRow)
            .values(workspace_id=installation.workspace_id, **values)
            .on_conflict_do_update(index_elements=["workspace_id"], set_=values)
        )
        await self._write(statement)

    async def get(self, workspace_id: str) -> Installation | None:
        """The installation of that workspace or organisation.

        Raises:
            StorageUnavailable: Its token was sealed with a key that is not set.
        """
        query = select(InstallationRow.__table__).where(
            InstallationRow.workspace_id == workspace_id
        )
        rows = await self._read(query)
        return self._opened(rows[0]) if rows else None

    async def remove(self, workspace_id: str, *, before: datetime) -> bool:
        """Forget an installation that was made before that time; False where there is none."""
        statement = delete(InstallationRow).where(
            InstallationRow.workspace_id == workspace_id, InstallationRow.installed_at < before
        )
        return await self._write(statement) > 0

    async def lease(self, workspace_id: str, *, over: datetime | None = None) -> datetime | None:
        """Be the one process that exchanges the token, until it is saved: gives None then, and
        otherwise the mark of the lease that another process has. ``over`` is such a mark, of a
        process that has had its time: its lease ends."""
        mark = InstallationRow.leased_until
        free = mark.is_(None) if over is None else or_(mark.is_(None), mark == over)
        here = InstallationRow.workspace_id == workspace_id
        with translate_errors():
            async with self._engine.begin() as connection:
                until = await database_now(connection) + LEASED  # earlier versions go by it
                mine = update(InstallationRow).where(here, free).values(leased_until=until)
                if (await connection.execute(mine)).rowcount > 0:
                    return None
                found = (await connection.execute(select(mark).where(here))).scalar_one_or_none()
        return found or until

    async def now(self) -> datetime:
        """The time by the database's clock, which the times of installations are of; for a file,
        this machine's. The clocks of processes may differ by hours."""
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                return await database_now(connection)

    def _closed(self, workspace_id: str, secret: str | None) -> bytes | None:
        """A secret, sealed together with whose it is, so that rows cannot be exchanged."""
        if not secret:
            return None
        self._learned(secret)
        return self._seal.close(f"{workspace_id}\n{secret}")

    def _secret(self, workspace_id: str, sealed: bytes) -> str:
        owner, _, secret = self._seal.open(sealed).partition("\n")
        if owner != workspace_id:
            raise WrongKey
        self._learned(secret)
        return secret

    def _opened(self, row: Any) -> Installation:
        own, refresh = row.workspace_id, row.refresh_token
        try:
            return Installation(
                workspace_id=own,
                token=self._secret(own, row.token),
                bot_id=row.bot_id,
                bot_member_id=row.bot_member_id,
                scopes=tuple(row.scopes),
                installed_at=row.installed_at,
                installed_by=row.installed_by,
                refresh_token=self._secret(own, refresh) if refresh else None,
                expires_at=row.expires_at,
            )
        except WrongKey as error:
            raise StorageUnavailable(
                (
                    gettext(
                        "The token of {own!r} was encrypted with another key. Add that key "
                        "after the new one in LIMNER_SECRET_KEY, or reinstall the app "
                        "there.",
                        own=own,
                    )
                ),
                permanent=True,
            ) from error

    async def _read(self, query: Any) -> Sequence[Any]:
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                return (await connection.execute(query)).all()

    async def _write(self, statement: Any) -> int:
        with translate_errors():
            async with self._engine.begin() as connection:
                return (await connection.execute(statement)).rowcount
