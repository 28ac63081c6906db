"""An opened database of either kind, with the schema in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import schema
from storage.database import open_database
from storage.unit_of_work import SqlStore


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A database with this program's schema."""
    await schema.upgrade(database_url)
    engine = open_database(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def store(database: AsyncEngine) -> SqlStore:
    """The store over that database."""
    return SqlStore(database)
