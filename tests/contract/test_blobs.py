"""Blobs are whole or not there, and stay within their workspace."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from domain.errors import NotFound, StorageUnavailable
from storage.blobs import FolderBlobStore


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobStore:
    return FolderBlobStore(tmp_path / "blobs")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_bytes_come_back_under_their_hash(blobs: FolderBlobStore, tmp_path: Path) -> None:
    sha256 = await blobs.put("w1", b"picture")
    assert await blobs.put("w1", b"picture") == sha256
    assert sha256 == hashlib.sha256(b"picture").hexdigest()
    assert await blobs.get("w1", sha256) == b"picture"
    assert len(files(tmp_path)) == 1


async def test_another_workspace_has_none_of_it(blobs: FolderBlobStore) -> None:
    sha256 = await blobs.put("w1", b"picture")
    with pytest.raises(NotFound):
        await blobs.get("w2", sha256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64])
async def test_a_name_that_is_no_known_hash_is_not_found(blobs: FolderBlobStore, name: str) -> None:
    with pytest.raises(NotFound):
        await blobs.get("w1", name)


async def test_a_full_disk_leaves_nothing_half_written(
    blobs: FolderBlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageUnavailable, match="No space left on device"):
        await blobs.put("w1", b"picture")
    assert files(tmp_path) == []


async def test_bytes_changed_on_the_disk_are_noticed(
    blobs: FolderBlobStore, tmp_path: Path
) -> None:
    sha256 = await blobs.put("w1", b"picture")
    files(tmp_path)[0].write_bytes(b"PICTURE")
    with pytest.raises(StorageUnavailable, match=sha256):
        await blobs.get("w1", sha256)
