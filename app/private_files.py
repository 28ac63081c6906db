"""Limner's files are for its own user alone: folders 0700, files 0600."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.settings import Settings

log = structlog.get_logger(__name__)

PRIVATE_UMASK = 0o077
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OWN_UMASK: ContextVar[int | None] = ContextVar("own_umask", default=None)
"""The umask that the process was started with, while it makes private files."""


@contextmanager
def private_files() -> Generator[int]:
    """Let everything that is made while the block runs be private; gives the umask from before,
    which holds for files that people asked for. The umask belongs to the whole process."""
    own = _OWN_UMASK.get()
    if own is not None:  # an outer block is at it
        yield own
        return
    own = os.umask(PRIVATE_UMASK)
    _OWN_UMASK.set(own)
    try:
        yield own
    finally:
        _OWN_UMASK.set(None)  # by hand: a token is of no use where the block ends in another task
        os.umask(own)


@dataclass
class _Tightened:
    files: int = 0
    folders: int = 0
    refused: int = 0


def tighten(settings: Settings) -> None:
    """Take the rights of others from what an earlier version, or a copy, left in the data folder.

    A folder that is private already is taken to hold only private things. Links are not followed.
    Files of another user stay as they are, and the log says so.
    """
    done = _Tightened()
    folder = settings.data_dir
    if _is_dedicated(folder):
        _tighten_folder(folder, done, always=True)
    elif folder.is_dir():
        log.warning("data_folder_shared", folder=str(folder))
    for path in _database_files(settings):
        _tighten_one(path, done)
    if done.files or done.folders:
        log.warning("tightened", folder=str(folder), files=done.files, folders=done.folders)
    if done.refused:
        log.warning("not_tightened", folder=str(folder), entries=done.refused)


def _is_dedicated(folder: Path) -> bool:
    """Whether a folder can be Limner's alone: others use a home, a temporary folder, a root."""
    try:
        path = folder.resolve(strict=True)
        if path in (Path.home(), Path(path.anchor), Path(tempfile.gettempdir()).resolve()):
            return False
        about = path.stat()
    except (OSError, RuntimeError):
        return False
    return stat.S_ISDIR(about.st_mode) and not about.st_mode & stat.S_ISVTX


def _database_files(settings: Settings) -> Iterable[Path]:
    for url in (settings.database, settings.engine_database):
        if url.startswith("sqlite") and (name := url.partition(":///")[2]):
            yield from (Path(name + tail) for tail in ("", "-wal", "-shm", "-journal", "-writers"))


def _tighten_folder(folder: Path, done: _Tightened, *, always: bool = False) -> None:
    """The content first and the folder itself last, so that what was interrupted goes on."""
    try:
        if not always and not folder.lstat().st_mode & _OTHERS:
            return
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_symlink():
                    continue
                if entry.is_dir(follow_symlinks=False):
                    _tighten_folder(Path(entry.path), done)
                else:
                    _tighten_one(Path(entry.path), done)
    except OSError:
        done.refused += 1
        return
    _tighten_one(folder, done)


def _tighten_one(path: Path, done: _Tightened) -> None:
    try:
        about = path.lstat()
        if stat.S_ISLNK(about.st_mode) or not about.st_mode & _OTHERS:
            return
        path.chmod(stat.S_IMODE(about.st_mode) & ~_OTHERS)
    except FileNotFoundError:
        return
    except OSError:
        done.refused += 1
        return
    if stat.S_ISDIR(about.st_mode):
        done.folders += 1
    else:
        done.files += 1
