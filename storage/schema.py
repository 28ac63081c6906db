"""The schema's version: bringing it up to date, and finding out whether it is.

Alembic alone makes and changes tables; its scripts lie in ``migrations/``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from domain.errors import SchemaMismatch
from domain.translation.messages import gettext
from storage.connections import file_trouble
from storage.database import READ_ONLY, make_room, open_database, sqlite_file, translate_errors
from storage.rows import INDEX_TABLE, TABLES

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

REVISION = "0025"
"""The newest migration, so that a start need not load Alembic to see that all is well."""
_LOCK = 0x4C494D4E  # any number, the same in every process: one upgrades, the others wait


async def upgrade(url: str) -> None:
    """Bring the schema to this program's version; processes that come at once take turns.

    Raises:
        SchemaMismatch: It belongs to a newer Limner.
        StorageUnavailable: The database cannot be used.
    """
    make_room(url)
    if await _revision(url) == REVISION:
        return
    engine = open_database(url)
    try:
        with translate_errors():
            async with engine.begin() as connection:
                await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


async def pending(url: str) -> Sequence[tuple[str, str]]:
    """The migrations that :func:`upgrade` would run, oldest first: each with a sentence about it.
    Nothing is changed.

    Raises:
        SchemaMismatch: The schema belongs to a newer Limner.
        StorageUnavailable: The database cannot be used.
    """
    found = await _revision(url)
    if found == REVISION:
        return ()
    if found is not None and found not in _known():
        raise _newer(found)
    return [
        (script.revision, " ".join((script.doc or "").split()))
        for script in reversed([*_scripts().iterate_revisions("head", found or "base")])
    ]


async def require_current(url: str) -> None:
    """Refuse a schema of another version.

    Raises:
        SchemaMismatch: It is missing, older or newer; the message says what to do.
        StorageUnavailable: The database cannot be used.
    """
    found = await _revision(url)
    if found == REVISION:
        return
    if found is None or found in _known():
        what = (
            gettext("has no schema yet")
            if found is None
            else gettext("has the older schema {found}", found=found)
        )
        raise SchemaMismatch(
            gettext("The database {what}. Run `limner db upgrade` once.", what=what)
        )
    raise _newer(found)


async def check(url: str) -> None:
    """Compare the schema with this program's, table by table.

    Raises:
        SchemaMismatch: They differ; the message says what to do.
        StorageUnavailable: The database cannot be used.
    """
    await require_current(url)
    engine = open_database(url)
    try:
        with translate_errors():
            async with engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                differences = await connection.run_sync(_differences)
    finally:
        await engine.dispose()
    if differences:
        raise SchemaMismatch(
            gettext(
                "The database schema was changed outside of Limner's migrations "
                "({differences}). Restore it from a backup.",
                differences="; ".join(differences),
            )
        )


async def _revision(url: str) -> str | None:
    path = sqlite_file(url)
    if path is not None:
        try:
            with translate_errors():
                return _revision_of_file(path)
        except OSError as error:
            raise file_trouble(error) from error
    engine = open_database(url)
    try:
        with translate_errors():
            async with engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                return await connection.run_sync(_read_revision)
    finally:
        await engine.dispose()


def _revision_of_file(path: Path) -> str | None:
    """Read without SQLAlchemy, since this is a part of every start."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(path, timeout=15)) as connection:
        named = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
        if connection.execute(named).fetchone() is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])


def _read_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    found = _read_revision(connection)
    if found is not None and found not in _known():
        raise _newer(found)
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def alembic_config() -> Config:
    """Alembic's settings for the packaged migrations; the connection goes into ``attributes``."""
    from alembic.config import Config

    spec = find_spec("migrations")
    if spec is None or spec.origin is None:  # pragma: no cover - a broken installation
        raise SchemaMismatch(gettext("The migrations are missing. Reinstall Limner."))
    config = Config()
    config.set_main_option("script_location", str(Path(spec.origin).parent).replace("%", "%%"))
    return config


def _known() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(alembic_config())


def _newer(found: str) -> SchemaMismatch:
    return SchemaMismatch(
        gettext(
            "The database has the schema {found!r} of a newer Limner. Update Limner or "
            "use another database. Nothing was changed.",
            found=found,
        )
    )


def ours(name: str | None, kind: str, parents: object = None) -> bool:
    """Whether a name belongs to the rows: the full-text table and its parts are made by hand."""
    del parents
    return not (kind == "table" and name is not None and name.startswith(INDEX_TABLE))


def _differences(connection: Connection) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    context = MigrationContext.configure(
        connection,
        opts={"compare_type": True, "include_name": ours},
    )
    return [str(difference)[:200] for difference in compare_metadata(context, TABLES)]
