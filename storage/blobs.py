"""Blobs in a folder: bytes named by their SHA-256, apart for each workspace, written atomically."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from domain.errors import NotFound, StorageUnavailable
from domain.translation.messages import gettext

DRAFTS = ".drafts"
OLD_S = 86_400.0


def is_name(sha256: str) -> bool:
    """Whether a text can name a blob: 64 hex digits in lower case."""
    return re.fullmatch(r"[0-9a-f]{64}", sha256) is not None


def relative_name(workspace_id: str, sha256: str) -> str:
    """The path of a blob in its store: ``<hash of the workspace>/<first two digits>/<SHA-256>``."""
    return name_within(tenant_name(workspace_id), sha256)


def name_within(tenant: str, sha256: str) -> str:
    """The same by the name of the workspace's folder."""
    return f"{tenant}/{sha256[:2]}/{sha256}"


def tenant_name(workspace_id: str) -> str:
    """The folder in which a workspace's blobs lie."""
    return hashlib.sha256(workspace_id.encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A blob as its store lists it; ``written_at`` in seconds since 1970 by the store's clock."""

    tenant: str
    sha256: str
    size: int
    written_at: float

    @property
    def name(self) -> str:
        """The path in its store."""
        return name_within(self.tenant, self.sha256)


class FolderBlobStore:
    """Blobs as files under their ``relative_name``; the folders appear on first use.

    A file is written in a folder of drafts first. ``place`` names one that no other living process
    uses: what lies there when it is opened, a process left that died in the middle of writing.
    """

    def __init__(self, folder: Path, *, place: str = "") -> None:
        self._folder = folder
        self._drafts = folder / DRAFTS / (place or "shared")
        if place:
            self._clear()

    async def put(self, workspace_id: str, data: bytes) -> str:
        """Keep the bytes durably and give their SHA-256 (64 hex digits); the same bytes again cost
        nothing. Raises ``StorageUnavailable``."""
        return await asyncio.to_thread(self._keep, workspace_id, data)

    async def get(self, workspace_id: str, sha256: str) -> bytes:
        """The bytes. Raises ``NotFound`` when this workspace has none of that name, and
        ``StorageUnavailable`` when they cannot be read or are no longer what they were."""
        if not is_name(sha256):
            raise NotFound("picture", sha256[:80])
        path = self._path(workspace_id, sha256)
        try:
            data, found = await asyncio.to_thread(_read, path)
        except FileNotFoundError as error:
            raise NotFound("picture", sha256) from error
        except OSError as error:
            raise self._unavailable(error) from error
        if found != sha256:
            raise StorageUnavailable(
                (
                    gettext(
                        "The stored picture {sha256} was modified on disk. Restore "
                        "{path!r} from a backup.",
                        sha256=sha256,
                        path=str(path),
                    )
                ),
                permanent=True,
            )
        return data

    async def remove(self, workspace_id: str, sha256: str) -> None:
        """Forget the bytes; nothing happens when there are none. Raises ``StorageUnavailable``."""
        if not is_name(sha256):
            return
        try:
            await asyncio.to_thread(self._path(workspace_id, sha256).unlink, missing_ok=True)
        except OSError as error:
            raise self._unavailable(error) from error

    async def now(self) -> float:
        """The time by the clock that dates the files, in seconds since 1970."""
        return await asyncio.to_thread(self._now)

    async def listed(self) -> AsyncIterator[StoredBlob]:
        """Every blob; those of a workspace come one after another. Raises
        ``StorageUnavailable``."""
        for tenant in await asyncio.to_thread(_folders, self._folder):
            for part in await asyncio.to_thread(_folders, tenant):
                for blob in await asyncio.to_thread(_blobs_in, part):
                    yield blob

    async def read_listed(self, blob: StoredBlob) -> bytes | None:
        """The bytes of a listed blob; None where it was removed meanwhile. Raises
        ``StorageUnavailable``."""
        path = self._folder / blob.name
        try:
            return await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unavailable(error) from error

    async def restore(self, tenant: str, data: bytes) -> None:
        """Keep bytes for the tenant of that name, as :meth:`listed` gives it. Raises
        ``StorageUnavailable``."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._folder / name_within(tenant, sha256)
        await asyncio.to_thread(self._write, path, data)

    async def remove_old(self, blob: StoredBlob) -> bool:
        """Remove a blob unless it was written anew; False where it was."""
        return await asyncio.to_thread(self._remove_old, blob)

    async def remove_drafts(self, *, age_s: float) -> int:
        """Remove older drafts, whichever process left them; gives how many."""
        return await asyncio.to_thread(self._remove_drafts, age_s)

    def _now(self) -> float:
        probe = self._drafts / f"now.{secrets.token_hex(4)}"
        try:
            probe.parent.mkdir(parents=True, exist_ok=True)
            probe.touch(exist_ok=False)
            try:
                return probe.stat().st_mtime
            finally:
                probe.unlink(missing_ok=True)
        except OSError as error:
            raise self._unavailable(error) from error

    def _remove_old(self, blob: StoredBlob) -> bool:
        path = self._folder / blob.name
        aside = self._drafts / f"{blob.sha256}.{secrets.token_hex(4)}"
        try:
            aside.parent.mkdir(parents=True, exist_ok=True)
            # Put aside first: a process that keeps the same bytes from now on does not find them
            # and writes them, and one that did a moment ago has made them new.
            path.rename(aside)
            if aside.stat().st_mtime > blob.written_at:
                aside.rename(path)
                return False
            aside.unlink()
        except FileNotFoundError:
            return False  # another process removed it
        except OSError as error:
            raise self._unavailable(error) from error
        return True

    def _remove_drafts(self, age_s: float) -> int:
        before, removed = self._now() - age_s, 0
        with suppress(OSError):
            for path in (self._folder / DRAFTS).rglob("*"):
                with suppress(FileNotFoundError):
                    if path.is_file() and path.stat().st_mtime <= before:
                        path.unlink()
                        removed += 1
        return removed

    def _path(self, workspace_id: str, sha256: str) -> Path:
        return self._folder / relative_name(workspace_id, sha256)

    def _clear(self) -> None:
        """Remove the drafts of dead processes: those of this place, and old ones of processes that
        have none."""
        with suppress(OSError):
            horizon = time.time() - OLD_S
            shared = self._folder / DRAFTS / "shared"
            old = [path for path in shared.glob("*") if path.stat().st_mtime < horizon]
            for path in (*self._drafts.glob("*"), *old):
                path.unlink(missing_ok=True)

    def _keep(self, workspace_id: str, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        self._write(self._path(workspace_id, sha256), data)
        return sha256

    def _write(self, path: Path, data: bytes) -> None:
        if _is_there(path, len(data)):
            return
        draft = self._drafts / f"{path.name}.{secrets.token_hex(4)}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.parent.mkdir(parents=True, exist_ok=True)
            with draft.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise self._unavailable(error) from error

    def _unavailable(self, error: OSError) -> StorageUnavailable:
        return StorageUnavailable(
            gettext(
                "The picture folder {folder!r} can't be used ({strerror}). Free up "
                "space, fix its permissions, or set LIMNER_DATA_DIR to another folder.",
                folder=str(self._folder),
                strerror=error.strerror,
            )
        )


def _is_there(path: Path, size: int) -> bool:
    """Whether a blob is kept already; it is new then, so that no sweep takes it."""
    try:
        if path.stat().st_size != size:
            return False
        os.utime(path)
    except OSError:  # there is none, or a sweep has just taken it
        return False
    return True


def _read(path: Path) -> tuple[bytes, str]:
    """A file's bytes and their SHA-256."""
    data = path.read_bytes()
    return data, hashlib.sha256(data).hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folders(folder: Path) -> list[Path]:
    """The folders that are named by hashes."""
    try:
        found = [entry for entry in folder.iterdir() if re.fullmatch(r"[0-9a-f]+", entry.name)]
        return sorted(entry for entry in found if entry.is_dir())
    except FileNotFoundError:
        return []


def _blobs_in(folder: Path) -> list[StoredBlob]:
    found: list[StoredBlob] = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            about = path.stat()
            if is_name(path.name):
                tenant = folder.parent.name
                found.append(StoredBlob(tenant, path.name, about.st_size, about.st_mtime))
    return found
