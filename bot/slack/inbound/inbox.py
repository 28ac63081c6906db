"""Acknowledged events that are not handled yet, kept in files, so that no killed process loses
them.

Slack sends nothing again that was acknowledged, and wants that within seconds, before a job is made
of it. So it lies here meanwhile. Each process has a folder of its own, locked while it lives; the
next one to start takes over the folders of the dead.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import structlog
from ulid import ULID

from domain.errors import StorageUnavailable
from domain.translation.messages import gettext

log = structlog.get_logger(__name__)

KEPT_S = 24 * 3600.0
"""Older entries are not handled any more: no user waits for them."""
SECRETS = frozenset(
    {"token", "response_url", "response_urls", "bot_access_token", "action_token"}
    | {"workflow_token", "access_token"}
)
"""Parts of payloads, at any depth, that are not kept."""


class Inbox:
    """One process's folder, and what the dead left in theirs."""

    def __init__(self, folder: Path, left: Sequence[Mapping[str, Any]]) -> None:
        self._folder = folder
        self.left = left
        """Payloads that dead processes acknowledged and did not finish."""

    def keep(self, key: str, payload: Mapping[str, Any]) -> None:
        """Write a payload down; a small file, so the event loop does not wait long.

        Raises:
            StorageUnavailable: The folder cannot be written; what is not kept is not acknowledged.
        """
        kept = _without_secrets(payload)
        path = self._path(key)
        draft = path.with_suffix(".draft")
        try:
            draft.write_text(json.dumps(kept), encoding="utf-8")
            draft.replace(path)
        except OSError as error:
            raise StorageUnavailable(
                gettext(
                    "The data folder isn't writable ({strerror}); fix its permissions "
                    "or free up space.",
                    strerror=error.strerror,
                )
            ) from error

    def done(self, key: str) -> None:
        """Forget a payload."""
        with suppress(OSError):
            self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


@contextmanager
def opened_inbox(root: Path) -> Generator[Inbox]:
    """This process's inbox; it also holds what dead processes left.

    Raises:
        StorageUnavailable: The folder cannot be written.
    """
    folder = root / str(ULID())
    try:
        folder.mkdir(parents=True, mode=0o700)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        left = [payload for dead in _dead(root, folder) for payload in _taken(dead, folder)]
    except OSError as error:
        raise StorageUnavailable(
            gettext(
                "The data folder {root!r} isn't writable ({strerror}); fix its "
                "permissions, free up space, or set LIMNER_DATA_DIR to another folder.",
                root=str(root),
                strerror=error.strerror,
            )
        ) from error
    try:
        yield Inbox(folder, left)
    finally:
        if not any(folder.glob("*.json")):
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _dead(root: Path, own: Path) -> Generator[Path]:
    """The folders of processes that are gone, each held until it was emptied."""
    for folder in sorted(root.iterdir()):
        if folder == own or not (folder / "lock").exists():
            continue
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(lock)


def _taken(dead: Path, own: Path) -> Generator[Mapping[str, Any]]:
    """The events of a dead process's folder, moved into our own."""
    for path in sorted(dead.glob("*.json"), key=lambda path: path.stat().st_mtime):
        if time.time() - path.stat().st_mtime > KEPT_S:
            log.warning("slack_payload_too_old", file=path.name)
            continue
        try:
            payload = cast("dict[str, Any]", json.loads(path.read_text("utf-8")))
        except (OSError, ValueError):
            continue
        path.replace(own / path.name)
        yield payload


def _without_secrets(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _cleaned(value) for name, value in payload.items() if name not in SECRETS}


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _without_secrets(cast("Mapping[str, Any]", value))
    if isinstance(value, list):
        return [_cleaned(part) for part in cast("Sequence[Any]", value)]
    return value
