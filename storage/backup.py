"""Backups: the databases as they are at one moment, and every blob by its hash.

SQLite files are copied with SQLite's online backup, Postgres with ``pg_dump`` in its custom
format; both are consistent while Limner runs. Blobs never change and are named by their content, so
only those that a backup does not hold yet are copied. ``manifest.json`` is written last: a folder
without it is no backup.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from domain.errors import InvalidRequest, StorageUnavailable
from domain.translation.messages import gettext
from storage.blobs import StoredBlob, is_name

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
DUMP: Final = "postgres.dump"
BUSY_S: Final = 30.0
"""How long a copy of an SQLite file waits for another process that writes it."""
PAGES: Final = 2_000
"""Pages of an SQLite file that are copied without a pause for those who write it."""


class ArchivedStore(Protocol):
    """The part of a blob store that a backup needs."""

    def listed(self) -> AsyncIterator[StoredBlob]:
        """Every blob."""
        ...

    async def read_listed(self, blob: StoredBlob) -> bytes | None:
        """The bytes of a listed blob; None where it was removed meanwhile."""
        ...

    async def restore(self, tenant: str, data: bytes) -> None:
        """Keep bytes for the tenant of that name, as ``listed`` gives it."""
        ...


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of a backup. ``files`` are the SHA-256 of the databases' copies by their names;
    ``made_at`` is the moment of the databases' state."""

    made_at: str
    limner: str
    database: str
    files: Mapping[str, str]
    blobs: int = 0
    blob_bytes: int = 0
    format: int = FORMAT


@dataclass
class BackupReport:
    """The blobs of a backup or a restore; ``damaged`` are names whose bytes no longer match, so
    they were left out."""

    folder: Path
    made_at: str = ""
    blobs: int = 0
    copied: int = 0
    copied_bytes: int = 0
    damaged: list[str] = field(default_factory=list[str])


async def back_up(databases: Mapping[str, str], blobs: ArchivedStore, folder: Path) -> BackupReport:
    """Copy everything into the folder. ``databases`` are addresses by the name of their copy.

    Raises:
        InvalidRequest: The folder holds something else.
        StorageUnavailable: A database, the store or the folder cannot be used; the message says
            what to do.
    """
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    await asyncio.to_thread(_prepare, folder)
    files = {
        name: await asyncio.to_thread(_copy_database, url, folder / name)
        for name, url in databases.items()
    }
    report = BackupReport(folder, made_at)
    kept = 0
    async for blob in blobs.listed():
        await _archive(blob, blobs, folder, report)
        kept += blob.size
    kind = "postgresql" if DUMP in files else "sqlite"
    manifest = Manifest(made_at, version("limner"), kind, files, report.blobs, kept)
    text = json.dumps(asdict(manifest), indent=2)
    await asyncio.to_thread(_write, folder / MANIFEST, text.encode())
    return report


async def restore(folder: Path, databases: Mapping[str, str], blobs: ArchivedStore) -> BackupReport:
    """Put a backup back into an installation that holds nothing yet.

    Raises:
        InvalidRequest: The folder is no backup, is damaged, or is of another kind of database; or
            the installation holds something.
        StorageUnavailable: A database, the store or the folder cannot be used.
    """
    manifest = await asyncio.to_thread(read_manifest, folder)
    if set(manifest.files) != set(databases):
        raise InvalidRequest(
            gettext(
                "The backup is of another kind of database ({database}). Set "
                "LIMNER_DATABASE_URL to an empty database of that kind.",
                database=manifest.database,
            ),
            field="folder",
        )
    for name, url in databases.items():
        await asyncio.to_thread(_check_empty, name, url)
    for name, url in databases.items():
        await asyncio.to_thread(_put_back, folder / name, url)
    report = BackupReport(folder, manifest.made_at)
    for path in await asyncio.to_thread(_archived, folder):
        data = await asyncio.to_thread(path.read_bytes)
        if hashlib.sha256(data).hexdigest() != path.name:
            report.damaged.append(path.name)
            continue
        await blobs.restore(path.parent.parent.name, data)
        report.blobs += 1
        report.copied += 1
        report.copied_bytes += len(data)
    return report


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup whose databases' copies are what they were.

    Raises:
        InvalidRequest: It is none, or one of them is not; the message says which.
    """
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InvalidRequest(
            gettext(
                "{folder!r} isn't a complete backup: it has no readable {manifest}. "
                "Choose another folder.",
                folder=str(folder),
                manifest=MANIFEST,
            ),
            field="folder",
        ) from error
    if manifest.format != FORMAT:
        raise InvalidRequest(
            gettext(
                "This backup was made by a newer Limner ({limner}). Install that version.",
                limner=manifest.limner,
            ),
            field="folder",
        )
    for name, expected in manifest.files.items():
        if Path(name).name != name or _hash_of(folder / name) != expected:
            raise InvalidRequest(
                gettext(
                    "The file {name!r} of this backup is missing or was changed. "
                    "Choose another backup.",
                    name=name,
                ),
                field="folder",
            )
    return manifest


def _prepare(folder: Path) -> None:
    """Make the folder; an earlier backup in it is none until this one is complete."""
    _check_destination(folder)
    with _folder_trouble(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / MANIFEST).unlink(missing_ok=True)


def _check_destination(folder: Path) -> None:
    known = {MANIFEST, DUMP, "blobs"}
    if folder.exists() and not folder.is_dir():
        raise InvalidRequest(
            gettext("{folder!r} is a file. Name a folder.", folder=str(folder)), field="folder"
        )
    if not folder.exists():
        return
    strange = [p.name for p in folder.iterdir() if p.name not in known and p.suffix != ".sqlite"]
    if strange:
        raise InvalidRequest(
            gettext(
                "{folder!r} holds other files, such as {strange!r}. Name an empty "
                "folder or an earlier backup.",
                folder=str(folder),
                strange=strange[0],
            ),
            field="folder",
        )


async def _archive(
    blob: StoredBlob, blobs: ArchivedStore, folder: Path, report: BackupReport
) -> None:
    path = folder / "blobs" / blob.name
    report.blobs += 1
    if await asyncio.to_thread(_holds, path, blob.size):
        return
    data = await blobs.read_listed(blob)
    if data is None:  # deleted since it was listed
        report.blobs -= 1
        return
    if hashlib.sha256(data).hexdigest() != blob.sha256:
        report.damaged.append(blob.sha256)
        report.blobs -= 1
        return
    await asyncio.to_thread(_write, path, data)
    report.copied += 1
    report.copied_bytes += len(data)


def _holds(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _archived(folder: Path) -> Sequence[Path]:
    return [path for path in sorted((folder / "blobs").glob("*/*/*")) if is_name(path.name)]


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, readable by its owner alone."""
    with _folder_trouble(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def _copy_database(url: str, path: Path) -> str:
    """Copy a database; gives the SHA-256 of the copy."""
    if url.startswith("sqlite"):
        _copy_sqlite(Path(url.partition(":///")[2]), path)
    else:
        arguments, environment = _client_of(url)
        command = ["pg_dump", "--format=custom", "--no-owner", f"--file={path}", *arguments]
        _run(command, environment)
        path.chmod(0o600)
    return _hash_of(path)


def _copy_sqlite(source: Path, path: Path) -> None:
    with _folder_trouble(path.parent):
        draft = path.with_name(f"{path.name}.draft")
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            with (
                closing(sqlite3.connect(source, timeout=BUSY_S)) as theirs,
                closing(sqlite3.connect(draft)) as ours,
            ):
                theirs.backup(ours, pages=PAGES)
        except sqlite3.Error as error:
            raise StorageUnavailable(
                gettext(
                    "The database {source!r} can't be copied ({error}). Try again.",
                    source=str(source),
                    error=error,
                ),
                permanent=True,
            ) from error
        draft.replace(path)


def _check_empty(name: str, url: str) -> None:
    """Refuse to overwrite a database that holds something."""
    if url.startswith("sqlite"):
        path = Path(url.partition(":///")[2])
        if path.exists() and path.stat().st_size > 0:
            raise InvalidRequest(
                gettext(
                    "The database {path!r} exists already. Restore into an empty data "
                    "folder (LIMNER_DATA_DIR), or move the old one away first.",
                    path=str(path),
                ),
                field="folder",
            )
        return
    arguments, environment = _client_of(url)
    asked = (
        "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', "
        "'information_schema')"
    )
    command = ["psql", "--no-psqlrc", "--tuples-only", "--no-align", f"--command={asked}"]
    if _run([*command, *arguments], environment).strip() != "0":
        raise InvalidRequest(
            gettext(
                "The database that {name} is to be restored into holds tables already. "
                "Create an empty one and name it in LIMNER_DATABASE_URL.",
                name=name,
            ),
            field="folder",
        )


def _put_back(copy: Path, url: str) -> None:
    if url.startswith("sqlite"):
        path = Path(url.partition(":///")[2])
        with _folder_trouble(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(path, copy.read_bytes())
        return
    arguments, environment = _client_of(url)
    _run(["pg_restore", "--no-owner", "--exit-on-error", *arguments, str(copy)], environment)


def _client_of(url: str) -> tuple[list[str], dict[str, str]]:
    """The arguments and the environment with which Postgres' programs reach a database; the
    password stands in the environment, where other users do not see it."""
    parts = urlsplit(url)
    database = f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"
    if parts.query:
        database += f"?{parts.query}"
    environment = dict(os.environ)
    if parts.username:
        environment["PGUSER"] = unquote(parts.username)
    if parts.password:
        environment["PGPASSWORD"] = unquote(parts.password)
    return [f"--dbname={database}"], environment


def _run(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """The output of a program of Postgres. Raises ``StorageUnavailable``."""
    program = shutil.which(command[0], path=environment.get("PATH"))
    if program is None:
        raise StorageUnavailable(
            gettext(
                "{command} isn't installed here. Install Postgres' client programs of "
                "the server's version (on Debian: postgresql-client).",
                command=command[0],
            ),
            permanent=True,
        )
    done = subprocess.run(  # noqa: S603 - our own arguments, and the operator's address
        [program, *command[1:]], env=dict(environment), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        stderr_lines = done.stderr.strip().splitlines()
        why = (
            stderr_lines[-1]
            if stderr_lines
            else gettext("it exited with {returncode}", returncode=done.returncode)
        )
        raise StorageUnavailable(
            gettext("{command} failed: {why}.", command=command[0], why=why[:300].rstrip(".")),
            permanent=True,
        )
    return done.stdout


def _hash_of(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _folder_trouble(folder: Path) -> Generator[None]:
    """Turn what the file system refuses into a sentence."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(
            gettext(
                "The folder {folder!r} can't be used ({strerror}). Free up space, fix "
                "its permissions, or name another folder.",
                folder=str(folder),
                strerror=error.strerror,
            ),
            permanent=True,
        ) from error
