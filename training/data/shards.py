"""JSONL in shards of one size, and pictures in folders by their hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SHARD_RECORDS = 1000


class ShardWriter:
    """Writes records into ``00000.jsonl`` and so on; a shard is there whole or not at all."""

    def __init__(self, folder: Path, *, size: int = SHARD_RECORDS) -> None:
        self._folder = folder
        self._size = size
        self._lines: list[bytes] = []
        self.count = 0
        self.files: list[str] = []

    def add(self, record: Mapping[str, Any]) -> None:
        """Add a record."""
        self._lines.append(json_line(record))
        self.count += 1
        if len(self._lines) >= self._size:
            self._write()

    def close(self) -> None:
        """Write what is left, and remove shards of an earlier, larger export."""
        if self._lines:
            self._write()
        for old in self._folder.glob("[0-9]*.jsonl"):
            if old.name not in self.files:
                old.unlink()

    def _write(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{len(self.files):05d}.jsonl"
        draft = self._folder / f".{name}.draft"
        draft.write_bytes(b"".join(self._lines))
        draft.replace(self._folder / name)
        self.files.append(name)
        self._lines.clear()


def json_line(record: Mapping[str, Any]) -> bytes:
    """A record as one line."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def image_file(sha256: str, data: bytes) -> str:
    """The path of a picture below the folder of an export."""
    kind = "png" if data.startswith(b"\x89PNG") else "jpg"
    return f"images/{sha256[:2]}/{sha256}.{kind}"


def write_image(folder: Path, name: str, data: bytes) -> None:
    """Write a picture unless it is there."""
    file = folder / name
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.write_bytes(data)
    draft.replace(file)
