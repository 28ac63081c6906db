"""The key that signs links to pages: one for all processes that share a database."""

from __future__ import annotations

import secrets
from typing import Final, cast

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import READ_ONLY, translate_errors
from storage.page_rows import PageKeyRow
from storage.repositories.base import upsert

KEY_BYTES: Final = 32
_ID: Final = 1


async def page_key(engine: AsyncEngine) -> bytes:
    """The key; made at the first call, whichever process that is. Raises ``StorageUnavailable``."""
    query = select(PageKeyRow.key).where(PageKeyRow.id == _ID)
    with translate_errors():
        async with engine.connect() as connection:
            await connection.execution_options(**{READ_ONLY: True})
            found = (await connection.execute(query)).scalar_one_or_none()
    if found is not None:
        return found
    statement = upsert(engine.dialect.name, cast("Table", PageKeyRow.__table__))
    values = {"id": _ID, "key": secrets.token_bytes(KEY_BYTES)}
    with translate_errors():
        async with engine.begin() as connection:
            await connection.execute(statement, values)
            key: bytes = (await connection.execute(query)).scalar_one()
    return key
